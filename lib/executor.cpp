// The loops around kernels: tiles, packing, blocks of folds, threads.
#include "executor.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <emmintrin.h>

#include <onepass/core/config.hpp>
#include <onepass/run/environment.hpp>

#include "copy.hpp"
#include "parallel.hpp"

namespace onepass {

namespace {

constexpr std::size_t cache_line = 64;
/// Rows so long are worth calls of their own if that lets them be written past the caches.
constexpr std::size_t columns_worth_a_call = 1024;

/// Blocks of which all states are made before those of the next ones (measured at 10 million elements: argmax takes 1.15 times
/// as long with one, because calls are seen, and variance 1.1 times as long with sixteen).
constexpr std::size_t blocks_at_once = 4;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + cache_line - 1) / cache_line * cache_line; }

/// What a tile covers.
struct region {
  std::int64_t row = 0, column = 0;
  std::size_t rows = 0, columns = 0;
  std::int64_t first_row = 0;    ///< number of its first row among all rows
  std::int64_t column_tile = 0;  ///< which part of these rows it is
};

/// What is in the buffer of a packed stream that is the same for several tiles: where it came from, and how many rows.
struct held_rows {
  const std::byte* from;
  std::size_t rows;
};

/// Memory of a task: the buffers of a tile, then what they hold, then offsets of all streams, then the tiles that kernels
/// are called with, what kernels ask for, and what scans need.
/// Behind the memory of all tasks come, if rows are divided, the results of folds for the parts of each row.
struct memory_map {
  std::size_t held_at, offsets_at, stage_tile_at, row_tile_at, kernel_at, scan_at, before_at, task_bytes, results_bytes = 0;
  std::size_t tasks;

  memory_map(const pass& what, const plan& how, const pass_code& code) {
    std::size_t operands = 0;
    for (const stage& s : what.stages) operands = std::max(operands, how.across ? across_operands(s) : s.operands.size());
    if (what.scans) operands = std::max(operands, scan_operands);
    held_at = aligned(how.buffer_bytes);
    offsets_at = aligned(held_at + what.streams.size() * sizeof(held_rows));
    stage_tile_at = aligned(offsets_at + what.streams.size() * sizeof(std::ptrdiff_t));
    row_tile_at = aligned(stage_tile_at + tile_bytes(operands));
    kernel_at = aligned(row_tile_at + tile_bytes(operands));
    scan_at = kernel_at + aligned(code.room_bytes);
    before_at = scan_at + aligned(how.down_rows ? scan_down_room(static_cast<std::size_t>(how.tile_columns)) : scan_room());
    task_bytes = what.scans ? before_at + what.streams.size() * bytes_before(how) : scan_at;
    tasks = std::min(static_cast<std::size_t>(how.threads), static_cast<std::size_t>(how.tiles));
    for (const stream& s : what.streams) {
      if (how.column_tiles > 1 && s.where == stream::home::fold) results_bytes += bytes_of_parts(how, s);
    }
  }

  /// Memory for what stands before the rows (columns) of a tile in one stream that is scanned.
  static std::size_t bytes_before(const plan& how) { return aligned(static_cast<std::size_t>(how.down_rows ? how.tile_columns : how.tile_rows) * 8); }

  /// Memory for one fold's results of the parts of all rows.
  static std::size_t bytes_of_parts(const plan& how, const stream& s) {
    return aligned(static_cast<std::size_t>(how.all_rows() * how.column_tiles) * size_of(s.type));
  }
};

class runner {
 public:
  runner(const pass& what, const plan& how, const pass_code& code, const pass_arguments& arguments, std::byte* room)
      : what_(what), how_(how), code_(code), arguments_(arguments), map_(what, how, code), room_(room) {}

  void run() {
    const auto tiles = static_cast<std::size_t>(how_.tiles);
    const std::size_t tasks = map_.tasks;
    if (tasks == 0) return;
    if (tasks == 1) {
      run_tiles(0, tiles, room_);
    } else {
      // The tiles of a row that is scanned follow each other.
      const std::size_t together = what_.scans ? static_cast<std::size_t>(how_.tiles_together()) : 1, groups = tiles / together;
      auto body = [&](std::size_t i) noexcept {
        run_tiles(i * groups / tasks * together, (i + 1) * groups / tasks * together, room_ + i * map_.task_bytes);
      };
      parallel_for(tasks, body);
    }
    if (how_.column_tiles > 1 && what_.what == pass::kind::fold) join_parts();
  }

 private:
  /// True for a stream whose elements are brought into a buffer.
  bool is_packed(std::size_t s) const {
    if (what_.streams[s].where == stream::home::position) return false;
    return how_.streams[s].access == access::packed || how_.streams[s].access == access::counted;
  }
  bool is_buffered(std::size_t s) const { return is_packed(s) || how_.streams[s].access == access::tile; }
  std::byte* buffer(std::size_t s, std::byte* memory) const { return memory + how_.streams[s].buffer; }

  // --- tiles ---

  void run_tiles(std::size_t first, std::size_t last, std::byte* memory) noexcept {
    const environment_scope environment;
    std::fill_n(held(memory), what_.streams.size(), held_rows{nullptr, 0});
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      if (what_.streams[s].where == stream::home::position) number_columns(s, memory);
    }
    for (std::size_t t = first; t < last; ++t) run_tile(t, memory);
    if (how_.streaming) _mm_sfence();  // before another thread may look
  }

  /// Byte offset of the tile's outer position in each stream; the tile's rows and columns.
  region find_region(std::size_t number, std::ptrdiff_t* offsets) const {
    auto rest = static_cast<std::int64_t>(number);
    const auto take = [&rest](std::int64_t length) {
      const std::int64_t index = rest % length;
      rest /= length;
      return index;
    };
    region r;
    if (how_.down_rows) r.row = take(how_.row_tiles) * how_.tile_rows;
    r.column_tile = take(how_.column_tiles);
    r.column = r.column_tile * how_.tile_columns;
    if (!how_.down_rows) r.row = take(how_.row_tiles) * how_.tile_rows;
    r.columns = static_cast<std::size_t>(std::min(how_.tile_columns, how_.columns - r.column));
    r.rows = static_cast<std::size_t>(std::min(how_.tile_rows, how_.rows - r.row));
    r.first_row = rest * how_.rows + r.row;
    for (std::size_t s = 0; s < what_.streams.size(); ++s) offsets[s] = how_.streams[s].first;
    for (int d = how_.outer_rank; d-- > 0;) {
      const std::int64_t index = take(how_.outer[d]);
      for (std::size_t s = 0; s < what_.streams.size(); ++s) offsets[s] += index * how_.streams[s].outer[d];
    }
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      offsets[s] += r.row * how_.streams[s].row + r.column * how_.streams[s].column;
    }
    return r;
  }

  void run_tile(std::size_t number, std::byte* memory) {
    auto* const offset = reinterpret_cast<std::ptrdiff_t*>(memory + map_.offsets_at);
    const region r = find_region(number, offset);
    if (how_.across) return fold_across(offset, r, memory);
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      if (is_packed(s) && !how_.streams[s].is_result && !is_held(s, offset[s], r, memory)) copy_packed(s, offset[s], r, memory, true);
    }
    if (what_.what == pass::kind::fold && r.columns > fold_block) {
      for (std::size_t i = 0; i < r.rows; ++i) run_long_row(i, offset, r, memory);
    } else {
      const std::size_t rows = how_.as_one_row ? 1 : r.rows;
      for (std::size_t k = 0; k < what_.stages.size(); ++k) {
        if (is_done_by_scan(k)) continue;
        if (!is_copy_to_scan(k)) call(k, operands_of_stage(k, offset, r, memory), rows, r.rows / rows * r.columns);
        if (what_.scans) scan_after(k, offset, r, 0, r.rows, memory);
      }
    }
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      if (is_packed(s) && how_.streams[s].is_result) copy_packed(s, offset[s], r, memory, false);
    }
  }

  /// A tile whose results lie along its rows.
  void fold_across(const std::ptrdiff_t* offset, const region& r, std::byte* memory) {
    const stage& only = what_.stages[0];
    tile_operand inputs[most_streams_across];
    std::byte *rooms[most_streams_across], *finished[most_streams_across];
    const reduction* folds[most_streams_across];
    const std::size_t count = only.operands.size() - only.inputs;
    for (std::size_t i = 0; i < only.inputs; ++i) {
      const std::size_t s = only.operands[i];
      const planned_stream& at = how_.streams[s];
      inputs[i] = {arguments_.bases[s] + offset[s], at.column, at.row};
      if (at.access != access::packed) continue;
      const auto size = static_cast<std::ptrdiff_t>(size_of(what_.streams[s].type)), run = static_cast<std::ptrdiff_t>(r.rows) * size;
      copy_tile(arguments_.set, {buffer(s, memory), size, run, inputs[i].data, at.row, at.column, r.rows, r.columns}, static_cast<std::size_t>(size));
      inputs[i] = {buffer(s, memory), run, size};
    }
    for (std::size_t f = 0; f < count; ++f) {
      const std::size_t s = only.operands[only.inputs + f];
      const tile_operand to = operand(s, offset[s], r, memory);
      const bool follow = to.row_stride == static_cast<std::ptrdiff_t>(size_of(what_.streams[s].type));
      rooms[f] = buffer(s, memory);
      finished[f] = follow && r.columns <= fold_block ? to.data : rooms[f];
      folds[f] = arguments_.folds[what_.streams[s].index].how;
    }
    const across_tile work{only, code_.across, r.rows, r.columns, {inputs, only.inputs}, {rooms, count}, {finished, count}, {folds, count},
                           tile_at(map_.stage_tile_at, memory)};
    run_across(work);
    for (std::size_t f = 0; f < count; ++f) {
      const std::size_t s = only.operands[only.inputs + f];
      const auto size = static_cast<std::ptrdiff_t>(size_of(what_.streams[s].type));
      const tile_operand to = operand(s, offset[s], r, memory);
      if (to.data == finished[f]) continue;
      copy_tile(arguments_.set, {to.data, 0, to.row_stride, finished[f], 0, size, 1, r.rows}, static_cast<std::size_t>(size));
    }
  }

  held_rows* held(std::byte* memory) const { return reinterpret_cast<held_rows*>(memory + map_.held_at); }

  /// True if the buffer of a stream whose rows are all the same has them already; if not, it is about to.
  bool is_held(std::size_t s, std::ptrdiff_t offset, const region& r, std::byte* memory) const {
    if (!how_.as_one_row || how_.streams[s].row != 0) return false;
    const std::byte* const from = arguments_.bases[s] + offset;
    held_rows& has = held(memory)[s];
    if (has.from == from && has.rows >= r.rows) return true;
    has = {from, r.rows};
    return false;
  }

  void copy_packed(std::size_t s, std::ptrdiff_t offset, const region& r, std::byte* memory, bool in) const {
    const std::size_t size = size_of(what_.streams[s].type);
    const auto unit = static_cast<std::ptrdiff_t>(size);
    const std::ptrdiff_t buffer_row = static_cast<std::ptrdiff_t>(r.columns) * unit;
    std::byte* const outside = arguments_.bases[s] + offset;
    std::byte* const inside = buffer(s, memory);
    const planned_stream& at = how_.streams[s];
    if (at.uneven) return copy_uneven(s, outside, inside, r, in);
    if (in) {
      copy_tile(arguments_.set, {inside, buffer_row, unit, outside, at.row, at.column, r.rows, r.columns}, size);
    } else {
      copy_tile(arguments_.set, {outside, at.row, at.column, inside, buffer_row, unit, r.rows, r.columns}, size);
    }
  }

  /// The numbers of the columns of a block, the same for every row and block.
  void number_columns(std::size_t s, std::byte* memory) const {
    auto* const number = reinterpret_cast<std::int64_t*>(buffer(s, memory));
    const auto columns = std::min(how_.tile_columns, static_cast<std::int64_t>(fold_block));
    for (std::int64_t c = 0; c < columns; ++c) number[c] = c;
  }

  /// The same for a stream that does not run evenly through the joined axes: row after row.
  void copy_uneven(std::size_t s, std::byte* outside, std::byte* inside, const region& r, bool in) const {
    const planned_stream& at = how_.streams[s];
    const std::size_t size = size_of(what_.streams[s].type);
    const strided_loops loops{how_.joined_rank, how_.joined(), how_.joined(at)};
    const auto first = static_cast<std::size_t>(r.column);
    for (std::size_t i = 0; i < r.rows; ++i, outside += at.row, inside += r.columns * size) {
      if (in) {
        gather(arguments_.set, inside, outside, loops, first, r.columns, size);
      } else {
        scatter(arguments_.set, outside, loops, inside, first, r.columns, size);
      }
    }
  }

  /// Where stream s is for a tile.
  tile_operand operand(std::size_t s, std::ptrdiff_t offset, const region& r, std::byte* memory) const {
    const planned_stream& at = how_.streams[s];
    const auto size = static_cast<std::ptrdiff_t>(size_of(what_.streams[s].type));
    if (what_.streams[s].where == stream::home::fold) {
      if (how_.column_tiles > 1) return {part_of_row(s, r.first_row, r.column_tile), how_.column_tiles * size, 0};
      if (arguments_.local[s]) return {buffer(s, memory), size, 0};
      return {arguments_.bases[s] + offset, at.row, 0};
    }
    if (what_.streams[s].where == stream::home::position) return {buffer(s, memory), 0, size};
    if (is_buffered(s)) return {buffer(s, memory), static_cast<std::ptrdiff_t>(r.columns) * size, size};
    return {arguments_.bases[s] + offset, at.row, at.access == access::stays ? 0 : size};
  }

  tile& tile_at(std::size_t where, std::byte* memory) const {
    auto* const made = reinterpret_cast<tile*>(memory + where);
    made->scalars = arguments_.scalars;
    made->room = memory + map_.kernel_at;
    return *made;
  }

  tile& operands_of_stage(std::size_t k, const std::ptrdiff_t* offset, const region& r, std::byte* memory) const {
    const stage& at = what_.stages[k];
    tile& whole = tile_at(map_.stage_tile_at, memory);
    for (std::size_t i = 0; i < at.operands.size(); ++i) {
      const std::size_t s = fold_stream(at.operands[i]);
      whole.operands()[i] = operand(s, offset[s], r, memory);
    }
    return whole;
  }

  /// The stream of a fold's results, if `s` is those for the block at hand; else `s`. A row of one block is its block.
  std::size_t fold_stream(std::size_t s) const {
    const stream& at = what_.streams[s];
    if (at.where != stream::home::block) return s;
    return fold_stream_of(at.index, at.type);
  }

  /// Row i of a tile, of several blocks: all stages. Where they need results of their block alone, a few blocks go through
  /// all of them while they are near.
  void run_long_row(std::size_t i, const std::ptrdiff_t* offset, const region& r, std::byte* memory) {
    const bool by_blocks = what_.joins_states && !what_.whole_rows && !what_.scans;
    const std::size_t part = by_blocks ? blocks_at_once * fold_block : r.columns;
    for (std::size_t first = 0; first < r.columns; first += part) {
      for (std::size_t k = 0; k < what_.stages.size(); ++k) {
        if (is_done_by_scan(k)) continue;
        run_part(k, i, first, std::min(part, r.columns - first), offset, r, memory);
        if (!by_blocks) finish_row(k, i, offset, r, memory);
        if (what_.scans) scan_after(k, offset, r, i, 1, memory);
      }
    }
    if (!by_blocks) return;
    for (std::size_t k = 0; k < what_.stages.size(); ++k) finish_row(k, i, offset, r, memory);
  }

  /// Stage k on some columns of row i, from the first of a block on.
  void run_part(std::size_t k, std::size_t i, std::size_t first, std::size_t columns, const std::ptrdiff_t* offset, const region& r,
                std::byte* memory) {
    const stage& at = what_.stages[k];
    tile& row = operands_of_stage(k, offset, r, memory);
    for (std::size_t o = 0; o < at.operands.size(); ++o) {
      tile_operand& where = row.operands()[o];
      where.data += static_cast<std::ptrdiff_t>(i) * where.row_stride;
      if (what_.streams[at.operands[o]].where != stream::home::position) where.data += static_cast<std::ptrdiff_t>(first) * where.column_stride;
    }
    if (!at.folds) {
      if (!is_copy_to_scan(k)) call(k, row, 1, columns);
      return;
    }
    tile& blocks = tile_at(map_.row_tile_at, memory);
    std::copy_n(row.operands(), at.operands.size(), blocks.operands());
    run_blocks(k, blocks, first / fold_block, columns, memory);
  }

  /// Joins the results of blocks that no stage after k needs any more.
  void finish_row(std::size_t k, std::size_t i, const std::ptrdiff_t* offset, const region& r, std::byte* memory) {
    if (!what_.stages[k].folds) return;
    join_after(k, fold_block, fold_blocks(r.columns), r.columns, [&](std::size_t s) { return block_results(s, memory); });
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      if (!is_known_after(k, s)) continue;
      const tile_operand to = operand(s, offset[s], r, memory);
      std::memcpy(to.data + static_cast<std::ptrdiff_t>(i) * to.row_stride, block_results(s, memory), size_of(what_.streams[s].type));
    }
  }

  /// True for a stage that only copies a stream that follows: what a scan does anyway.
  bool is_copy(std::size_t k) const {
    const stage& at = what_.stages[k];
    const bool is_one_for_row = what_.streams[at.operands[0]].where == stream::home::fold;
    return at.operands.size() == 2 && at.code.size() == 2 && !is_one_for_row && how_.streams[at.operands[0]].access != access::stays;
  }
  /// True for one that copies what is scanned next: the scan takes it from where it is. From memory a copy takes whole rows
  /// sooner than a scan along them, which turns squares, so it goes first there.
  bool is_copy_to_scan(std::size_t k) const {
    return what_.scans && (how_.down_rows || !how_.streaming) && is_copy(k) && what_.streams[what_.stages[k].operands[1]].where == stream::home::scan;
  }
  /// True for one that copies what was scanned: the scan has put it there, unless it is to go past the caches.
  bool is_done_by_scan(std::size_t k) const {
    if (!what_.scans || how_.streaming || k == 0 || !is_copy(k)) return false;
    const stage &at = what_.stages[k], &before = what_.stages[k - 1];
    const bool was_made = std::find(before.operands.begin() + before.inputs, before.operands.end(), at.operands[0]) != before.operands.end();
    const bool is_kept = what_.streams[at.operands[0]].where == stream::home::scan && how_.streams[at.operands[0]].access == access::tile;
    return was_made && is_kept && k + 1 == what_.stages.size();
  }

  /// Scans what stage k has written for scans, in rows from `first` on.
  void scan_after(std::size_t k, const std::ptrdiff_t* offset, const region& r, std::size_t first, std::size_t rows, std::byte* memory) {
    const stage& at = what_.stages[k];
    for (std::size_t o = at.inputs; o < at.operands.size(); ++o) {
      const std::size_t s = at.operands[o];
      if (what_.streams[s].where != stream::home::scan) continue;
      const reduction& how = *arguments_.folds[what_.streams[s].index].how;
      const std::size_t source = is_copy_to_scan(k) ? at.operands[0] : s;
      const bool is_last = k + 1 < what_.stages.size() && is_done_by_scan(k + 1) && what_.stages[k + 1].operands[0] == s;
      const std::size_t result = is_last ? what_.stages[k + 1].operands[1] : s;
      tile_operand from = operand(source, offset[source], r, memory), to = operand(result, offset[result], r, memory);
      from.data += static_cast<std::ptrdiff_t>(first) * from.row_stride;
      to.data += static_cast<std::ptrdiff_t>(first) * to.row_stride;
      std::byte* const before = memory + map_.before_at + s * memory_map::bytes_before(how_) + first * size_of(how.type);
      if (how_.down_rows ? r.row == 0 : r.column_tile == 0) begin_scan(how, before, how_.down_rows ? r.columns : rows);
      tile& call = tile_at(map_.stage_tile_at, memory);
      const scan_tile work{code_.scans[s], how, from, to, rows, r.columns, before, memory + map_.scan_at, call, arguments_.set};
      how_.down_rows ? run_scan_down(work) : run_scan(work);
    }
  }

  /// True for the stream of a fold whose blocks can be joined after stage k, and not before.
  bool is_known_after(std::size_t k, std::size_t s) const {
    const stream& at = what_.streams[s];
    if (at.where != stream::home::fold || !how_.streams[s].is_result) return false;
    const std::int32_t group = arguments_.folds[at.index].group;
    if (group >= 0) return arguments_.groups[static_cast<std::size_t>(group)].last_stage == k;
    const stage& made_in = what_.stages[k];
    return std::find(made_in.operands.begin() + made_in.inputs, made_in.operands.end(), s) != made_in.operands.end();
  }

  /// Joins `count` results of each fold that is known after stage k into the first one; results_of(s) are those of stream
  /// s, each of `unit` elements of `total`.
  template <class F>
  void join_after(std::size_t k, std::size_t unit, std::size_t count, std::size_t total, F&& results_of) const {
    for (std::size_t s = 0; s < what_.streams.size(); ++s) {
      if (!is_known_after(k, s)) continue;
      const cut_fold& fold = arguments_.folds[what_.streams[s].index];
      if (fold.group < 0) {
        fold.how->join_blocks(results_of(s), count, results_of(s));
        continue;
      }
      const cut_group& group = arguments_.groups[static_cast<std::size_t>(fold.group)];
      if (group.states[0] != what_.streams[s].index) continue;  // once for all states
      void* states[joining::most_states] = {};
      for (int i = 0; i < group.how->states; ++i) {
        states[i] = results_of(fold_stream_of(group.states[i], group.how->types[i]));
      }
      group.how->join(states, count, unit, total);
    }
  }

  std::size_t fold_stream_of(std::uint32_t fold, dtype type) const {
    const stream wanted{stream::home::fold, fold, type};
    return static_cast<std::size_t>(std::find(what_.streams.begin(), what_.streams.end(), wanted) - what_.streams.begin());
  }

  /// Results of the blocks of one row of fold stream s; behind the rows that the stream itself may keep there.
  std::byte* block_results(std::size_t s, std::byte* memory) const {
    return buffer(s, memory) + static_cast<std::size_t>(how_.tile_rows) * size_of(what_.streams[s].type);
  }

  /// Blocks of one row with folds, from block `first` on: they are the rows of a call, and what is left a call of its own.
  /// Changes the operands.
  void run_blocks(std::size_t k, tile& row, std::size_t first, std::size_t columns, std::byte* memory) {
    const stage& at = what_.stages[k];
    tile_operand* const operands = row.operands();
    const std::size_t full = columns / fold_block;
    for (std::size_t o = 0; o < at.operands.size(); ++o) {
      const std::size_t s = at.operands[o];
      const auto size = static_cast<std::ptrdiff_t>(size_of(what_.streams[s].type));
      if (what_.streams[s].where == stream::home::block || (o >= at.inputs && what_.streams[s].where == stream::home::fold)) {
        operands[o] = {block_results(fold_stream(s), memory) + static_cast<std::ptrdiff_t>(first) * size, size, 0};
      } else if (what_.streams[s].where == stream::home::position) {
        operands[o].row_stride = 0;
      } else {
        operands[o].row_stride = operands[o].column_stride * static_cast<std::ptrdiff_t>(fold_block);
      }
    }
    if (full > 0) call(k, row, full, fold_block);
    const std::size_t rest = columns - full * fold_block;
    if (rest > 0 || full == 0) {
      for (std::size_t o = 0; o < at.operands.size(); ++o) operands[o].data += static_cast<std::ptrdiff_t>(full) * operands[o].row_stride;
      call(k, row, 1, rest);
    }
  }

  // --- divided rows ---

  /// The result of fold stream s for one part of one of all rows.
  std::byte* part_of_row(std::size_t s, std::int64_t row, std::int64_t part) const {
    std::byte* at = room_ + map_.tasks * map_.task_bytes;
    for (std::size_t before = 0; before < s; ++before) {
      if (what_.streams[before].where == stream::home::fold) at += memory_map::bytes_of_parts(how_, what_.streams[before]);
    }
    return at + static_cast<std::size_t>(row * how_.column_tiles + part) * size_of(what_.streams[s].type);
  }

  /// Joins the parts of each row, and puts the results where they belong.
  void join_parts() const {
    const environment_scope environment;
    const std::int64_t rows = how_.all_rows();
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::size_t k = 0; k < what_.stages.size(); ++k) {
        join_after(k, static_cast<std::size_t>(how_.tile_columns), static_cast<std::size_t>(how_.column_tiles),
                   static_cast<std::size_t>(how_.columns), [&](std::size_t s) { return part_of_row(s, row, 0); });
      }
      for (std::size_t s = 0; s < what_.streams.size(); ++s) {
        if (what_.streams[s].where != stream::home::fold || !how_.streams[s].is_result || arguments_.local[s]) continue;
        std::memcpy(arguments_.bases[s] + offset_of_row(s, row), part_of_row(s, row, 0), size_of(what_.streams[s].type));
      }
    }
  }

  std::ptrdiff_t offset_of_row(std::size_t s, std::int64_t row) const {
    const planned_stream& at = how_.streams[s];
    std::ptrdiff_t offset = row % how_.rows * at.row;
    row /= how_.rows;
    for (int d = how_.outer_rank; d-- > 0; row /= how_.outer[d]) offset += row % how_.outer[d] * at.outer[d];
    return offset;
  }

  // --- calls ---

  /// Changes the operands.
  void call(std::size_t k, tile& what, std::size_t rows, std::size_t columns) {
    what.rows = rows;
    what.columns = columns;
    const stage_kernels& kernels = code_.stages[k];
    if (!how_.streaming || !kernels.streaming) return invoke(kernels.cached, what);
    if (rows == 1 || columns < columns_worth_a_call || columns_before_line(k, what) != no_common_line) return stream_from_line(k, what);
    // Rows begin at different places in their lines: one after the other.
    what.rows = 1;
    for (std::size_t r = 0; r < rows; ++r) {
      what.columns = columns;
      stream_from_line(k, what);
      const auto done = static_cast<std::ptrdiff_t>(columns - what.columns);
      for (std::size_t o = 0; o < what_.stages[k].operands.size(); ++o) {
        tile_operand& at = what.operands()[o];
        at.data += at.row_stride - done * at.column_stride;
      }
    }
  }

  /// Writes past the caches from the column on where the results start cache lines. What is left in `what` is that part.
  void stream_from_line(std::size_t k, tile& what) {
    const std::size_t columns = what.columns, head = columns_before_line(k, what);
    if (head == no_common_line) return invoke(code_.stages[k].cached, what);
    if (head > 0) {
      what.columns = std::min(head, columns);
      invoke(code_.stages[k].cached, what);
      for (std::size_t o = 0; o < what_.stages[k].operands.size(); ++o) {
        what.operands()[o].data += static_cast<std::ptrdiff_t>(what.columns) * what.operands()[o].column_stride;
      }
      what.columns = columns - what.columns;
    }
    if (what.columns > 0) invoke(code_.stages[k].streaming, what);
  }

  static constexpr std::size_t no_common_line = ~std::size_t{0};

  /// Columns until every result starts a cache line; no_common_line if they never do together, or if one is read again.
  std::size_t columns_before_line(std::size_t k, const tile& what) const {
    const stage& at = what_.stages[k];
    std::size_t head = no_common_line;
    for (std::size_t o = at.inputs; o < at.operands.size(); ++o) {
      if (what_.streams[at.operands[o]].where == stream::home::fold) continue;
      if (is_buffered(at.operands[o]) || what_.streams[at.operands[o]].where == stream::home::scan) return no_common_line;
      const std::size_t size = size_of(what_.streams[at.operands[o]].type);
      const std::size_t past = reinterpret_cast<std::uintptr_t>(what.operands()[o].data) % cache_line;
      const std::size_t mine = past == 0 ? 0 : (cache_line - past) / size;
      const bool rows_agree = what.rows == 1 || (past == 0 && what.operands()[o].row_stride % static_cast<std::ptrdiff_t>(cache_line) == 0);
      if (past % size != 0 || !rows_agree || (head != no_common_line && head != mine)) return no_common_line;
      head = mine;
    }
    return at.folds && head != 0 ? no_common_line : head;
  }

  void invoke(const kernel& code, const tile& what) {
    const outcome came = code.entry(what, code.context);
    ONEPASS_EXPECTS(came == outcome::done);
  }

  const pass& what_;
  const plan& how_;
  const pass_code& code_;
  const pass_arguments& arguments_;
  const memory_map map_;
  std::byte* const room_;
};

}  // namespace

std::size_t room_for(const pass& what, const plan& how, const pass_code& code) {
  const memory_map map(what, how, code);
  return map.tasks * map.task_bytes + map.results_bytes;
}

void run_pass(const pass& what, const plan& how, const pass_code& code, const pass_arguments& arguments, std::byte* room) {
  runner(what, how, code, arguments, room).run();
}

}  // namespace onepass
