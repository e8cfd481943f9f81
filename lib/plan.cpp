// Choosing loops, tiles and threads.
//
// The constants are measured, on one 2-core Zen 5 (the figures are in docs/performance.md): they are costs and bytes,
// never element counts. They decide how fast a result arrives, not what it is.
#include <onepass/plan/plan.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <onepass/array/counting.hpp>

#include "across.hpp"

namespace onepass {

namespace {

/// Time to move a byte, by where the data fits.
constexpr double ns_per_byte_l2 = 0.005, ns_per_byte_l3 = 0.009, ns_per_byte_memory = 0.025;
/// Time of one instruction on one vector register, and elements of four bytes that it holds.
constexpr double ns_per_instruction = 0.13, elements_per_register = 16;
/// A second thread is woken only for so much work: a sleeping worker takes 15 to 35 us to arrive.
constexpr double ns_worth_a_thread = 20000;
/// Writing past the caches pays once all streams together exceed the last one by this factor.
constexpr double streaming_factor = 1.2;
/// Share of a cache that the streams of a tile may fill.
constexpr double cache_share = 0.5;
/// Share of the first cache that buffers may fill: what else a tile moves passes by. Squares and folds take more.
constexpr double buffer_share = 0.17, square_share = 0.33, fold_buffer_share = 0.4;
/// What a tile has along the rows of streams that run along the rows: two cache lines. Where results go past the caches
/// one, so that rows are as long as a share of the second cache lets them be: a line that is written in two parts is read.
constexpr std::int64_t bytes_along_rows = 128, bytes_along_streaming_rows = 64;
constexpr double streaming_buffer_share = 0.25;
/// Share of the second cache that accumulators of results folded across rows fill: long pieces of each row come faster
/// from memory than short ones, though accumulators leave the first cache (measured: pieces of 2 KiB take 1.2 to 1.4 times
/// as long as pieces of 16 KiB at 3000 x 3000).
constexpr double accumulator_share = 0.5;
/// Rows are not taken as one if a tile holds only a few of them.
constexpr std::int64_t longest_joined_row = 128;
/// Time that a kernel takes for a row beside its elements, and a packed stream for a row and for each of its bytes.
constexpr double ns_per_row = 5, ns_per_packed_row = 0.6, ns_per_packed_byte = 0.01;

/// Time on one thread, whichever takes longer: moving the bytes or computing.
double estimated_time(double elements, double bytes, double operations, const machine_sizes& sizes) {
  const double per_byte = bytes <= static_cast<double>(sizes.l2_bytes)   ? ns_per_byte_l2
                          : bytes <= static_cast<double>(sizes.l3_bytes) ? ns_per_byte_l3
                                                                         : ns_per_byte_memory;
  return std::max(bytes * per_byte, elements * operations * ns_per_instruction / elements_per_register);
}

int threads_for(double ns, int most) { return static_cast<int>(std::clamp(ns / ns_worth_a_thread, 1.0, static_cast<double>(std::max(1, most)))); }

bool exceeds_caches(double bytes, const machine_sizes& sizes) { return bytes > streaming_factor * static_cast<double>(sizes.l3_bytes); }

class planner {
 public:
  planner(plan& into, const pass& of, const extents& space, std::span<const layout> layouts, std::span<const char> local,
          const machine_sizes& sizes, std::span<std::byte* const> bases)
      : of_(of), layouts_(layouts), local_(local), sizes_(sizes), bases_(bases), result_(into) {
    result_.reset(of.streams.size());
    result_.space = space;
    for (const stage& s : of.stages) {
      for (std::size_t i = s.inputs; i < s.operands.size(); ++i) result_.streams[s.operands[i]].is_result = true;
    }
  }

  void make(double operations, int threads) {
    make_nest();
    count_bytes();
    estimate(operations);
    choose_threads(threads);
    choose_streaming();
    result_.looks_ahead = of_.what == pass::kind::fold && !only_scans() && !result_.across && result_.bytes_read > sizes_.l2_bytes;
    divide();
  }

 private:
  bool is_laid_out(std::size_t s) const {
    if (of_.streams[s].where == stream::home::block || of_.streams[s].where == stream::home::position) return false;
    return of_.streams[s].where != stream::home::scratch && !local_[s];
  }
  /// True for a stream of positions. It is never read, so it has no bytes.
  bool is_counted(std::size_t s) const {
    return of_.streams[s].where == stream::home::source && !bases_.empty() && counts(bases_[s]);
  }
  std::ptrdiff_t size(std::size_t s) const { return static_cast<std::ptrdiff_t>(size_of(of_.streams[s].type)); }
  /// True for a stream that has one element for a whole row, whatever its strides.
  bool is_row_result(std::size_t s) const { return of_.streams[s].where == stream::home::fold; }
  bool is_position(std::size_t s) const { return of_.streams[s].where == stream::home::position; }

  // --- loops ---

  void make_nest() {
    const extents& space = result_.space;
    loops_ = space.rank();
    for (int d = 0; d < loops_; ++d) {
      length_[d] = space[d];
      each_stream([&](std::size_t s, planned_stream& at) { at.outer[d] = is_laid_out(s) ? layouts_[s].strides[d] * size(s) : 0; });
    }
    if (of_.what == pass::kind::fold) {
      take_joined_axes();
      drop_and_order();
      merge();
    } else {
      drop_and_order();
      turn();
      merge();
      choose_columns();
      take_loop(result_.columns, &planned_stream::column);
      choose_rows();
    }
    take_loop(result_.rows, &planned_stream::row);
    if (is_down_rows()) turn_down();
    result_.outer_rank = loops_;
    std::copy_n(length_, loops_, result_.outer);  // the joined axes are at the end
    if (of_.what == pass::kind::map) join_rows();
    result_.across = is_across();
    each_stream([&](std::size_t s, planned_stream& at) {
      if (is_laid_out(s)) set_access(s);
      if (of_.streams[s].where == stream::home::block) at.access = access::stays;
      if (of_.streams[s].where == stream::home::position) at.access = access::counted;
    });
  }

  /// True for a pass that only folds if elements follow each other along its rows and not along the columns; or if its
  /// rows are shorter than the lanes of the reduction, which a kernel for each row would hardly fill.
  bool is_across() const {
    if (of_.what != pass::kind::fold || of_.stages.size() != 1 || of_.joins_states || of_.as_fused) return false;
    if (result_.rows <= 1 || result_.columns <= 1 || of_.streams.size() > most_streams_across) return false;
    std::ptrdiff_t fold_size = 0;
    bool any = false, follow = false;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      const planned_stream& at = result_.streams[s];
      if (at.is_result) {
        if (!is_row_result(s) || (fold_size != 0 && fold_size != size(s))) return false;
        fold_size = size(s);
      } else if (!is_laid_out(s) || is_counted(s) || at.uneven) {
        return false;
      } else {
        follow |= at.row != 0 && (at.row != size(s) || std::abs(at.column) <= std::abs(at.row));
        any |= at.row != 0;
      }
    }
    return any && (!follow || result_.columns * fold_size <= static_cast<std::ptrdiff_t>(fold_bytes));
  }

  bool only_scans() const { return of_.scans && std::none_of(of_.stages.begin(), of_.stages.end(), [](const stage& s) { return s.folds; }); }

  /// True for a pass that only scans, and whose elements follow each other along its rows and not along the columns.
  bool is_down_rows() const {
    if (!only_scans() || result_.rows <= 1 || result_.columns <= 1) return false;
    std::ptrdiff_t along = 0, down = 0;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      const planned_stream& at = result_.streams[s];
      if (!is_laid_out(s)) continue;
      if (at.uneven) return false;
      along += at.column != size(s) && at.column != 0 ? size(s) : 0;
      down += at.row != size(s) && at.row != 0 ? size(s) : 0;
    }
    return down < along;
  }

  /// Rows become columns.
  void turn_down() {
    result_.down_rows = true;
    std::swap(result_.rows, result_.columns);
    each_stream([](std::size_t, planned_stream& at) { std::swap(at.row, at.column); });
  }

  /// The axes that are joined become the columns, whatever else is merged; their order is that of the reduction.
  void take_joined_axes() {
    bool joined[max_rank];
    int& count = result_.joined_rank;
    for (int d = 0; d < loops_; ++d) {
      joined[d] = of_.over.holds(d, loops_) && length_[d] != 1;
      count += joined[d];
    }
    for (int d = 0, to = max_rank - count; d < loops_; ++d) {
      if (joined[d]) result_.outer[to++] = length_[d];
    }
    each_stream([&](std::size_t s, planned_stream& at) {
      std::ptrdiff_t strides[max_rank];
      std::copy_n(at.outer, loops_, strides);
      for (int d = 0, kept = 0, to = max_rank - count; d < loops_; ++d) {
        if (joined[d]) {
          at.outer[to++] = strides[d];
        } else if (!of_.over.holds(d, loops_)) {
          at.outer[kept++] = strides[d];
        }
      }
      if (is_laid_out(s) && !is_row_result(s)) set_column_stride(at);
    });
    int kept = 0;
    for (int d = 0; d < loops_; ++d) {
      if (!of_.over.holds(d, loops_)) length_[kept++] = length_[d];
    }
    loops_ = kept;
    for (int i = 0; i < count; ++i) result_.columns *= result_.joined()[i];
  }

  /// One stride for all joined axes, if the stream runs through them as through one.
  void set_column_stride(planned_stream& at) const {
    const std::ptrdiff_t* const strides = result_.joined(at);
    const int count = result_.joined_rank;
    for (int i = 0; i + 1 < count; ++i) at.uneven |= strides[i] != strides[i + 1] * result_.joined()[i + 1];
    if (count > 0 && !at.uneven) at.column = strides[count - 1];
  }

  template <class F>
  void each_stream(F&& f) {
    for (std::size_t s = 0; s < result_.streams.size(); ++s) f(s, result_.streams[s]);
  }

  /// The innermost loop that is left becomes the rows or the columns.
  void take_loop(std::int64_t& length, std::ptrdiff_t planned_stream::*stride) {
    if (loops_ == 0) return;
    --loops_;
    length = length_[loops_];
    each_stream([&](std::size_t, planned_stream& at) { at.*stride = at.outer[loops_]; });
  }

  void copy_loop(int to, int from) {
    length_[to] = length_[from];
    each_stream([&](std::size_t, planned_stream& at) { at.outer[to] = at.outer[from]; });
  }
  void swap_loops(int a, int b) {
    std::swap(length_[a], length_[b]);
    each_stream([&](std::size_t, planned_stream& at) { std::swap(at.outer[a], at.outer[b]); });
  }

  void set_access(std::size_t s) {
    planned_stream& out = result_.streams[s];
    const bool single = result_.columns <= 1;
    if (is_counted(s)) {
      out.access = access::counted;
    } else if (result_.across) {
      out.access = is_row_result(s) || out.row == 0 ? access::stays : out.row == size(s) ? access::follows : access::packed;
    } else if (result_.as_one_row) {
      out.access = out.column == 0 && out.row == 0 ? access::stays : runs_on(out, size(s)) ? access::follows : access::packed;
    } else if (is_row_result(s) || (out.column == 0 && !single && !out.uneven)) {
      out.access = access::stays;
    } else if (out.column == size(s) || single) {
      out.access = access::follows;
      out.column = size(s);
    } else {
      out.access = access::packed;
    }
  }

  /// True for a stream whose elements follow each other along the columns and from row to row.
  bool runs_on(const planned_stream& at, std::ptrdiff_t size) const { return at.column == size && at.row == result_.columns * size; }

  /// Takes rows as one if packing what does not run on takes less time than the rows do.
  void join_rows() {
    if (result_.rows < 2 || result_.columns < 2) return;
    double ns = 0;
    each_stream([&](std::size_t s, const planned_stream& at) {
      const bool packed_anyway = at.column != 0 && at.column != size(s);
      const bool once = at.row == 0 && !at.is_result;
      if (!is_laid_out(s) || is_counted(s) || packed_anyway || once || runs_on(at, size(s))) return;
      ns += ns_per_packed_row + ns_per_packed_byte * static_cast<double>(result_.columns * size(s));
    });
    result_.as_one_row = ns < ns_per_row && result_.columns <= longest_joined_row;
  }

  /// The first stream that is written and laid out: its strides decide the order of the loops.
  std::size_t leading_stream() const {
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (result_.streams[s].is_result && is_laid_out(s)) return s;
    }
    return 0;
  }

  /// Long strides of the result outermost; dimensions of length 1 are no loops.
  void drop_and_order() {
    int kept = 0;
    for (int d = 0; d < loops_; ++d) {
      if (length_[d] != 1) copy_loop(kept++, d);
    }
    loops_ = kept;
    const planned_stream& leading = result_.streams[leading_stream()];
    for (int d = 1; d < loops_; ++d) {
      for (int e = d; e > 0 && std::abs(leading.outer[e - 1]) < std::abs(leading.outer[e]); --e) swap_loops(e - 1, e);
    }
  }

  /// Every loop goes the way that most bytes go.
  void turn() {
    const planned_stream& leading = result_.streams[leading_stream()];
    for (int d = 0; d < loops_; ++d) {
      std::ptrdiff_t forward = 0;
      each_stream([&](std::size_t s, const planned_stream& at) {
        if (at.outer[d] != 0 && !is_counted(s)) forward += at.outer[d] > 0 ? size(s) : -size(s);
      });
      if (forward > 0 || (forward == 0 && leading.outer[d] >= 0)) continue;
      each_stream([&](std::size_t, planned_stream& at) {
        at.first += (length_[d] - 1) * at.outer[d];
        at.outer[d] = -at.outer[d];
      });
    }
  }

  /// The loop along which the fewest bytes have to be packed becomes the innermost one.
  void choose_columns() {
    move_inside([&](std::size_t s, std::ptrdiff_t stride) { return stride != 0 && stride != size(s); });
  }

  /// Of the loops around the columns, that one comes next along which what is packed follows in memory.
  void choose_rows() {
    move_inside([&](std::size_t s, std::ptrdiff_t stride) {
      const std::ptrdiff_t column = result_.streams[s].column;
      return column != 0 && std::abs(column) != size(s) && std::abs(stride) != size(s);
    });
  }

  /// Moves the loop inside of which the fewest bytes are `bad`; of equals the innermost.
  template <class F>
  void move_inside(F&& is_bad) {
    int best = 0;
    std::ptrdiff_t least = 0;
    for (int d = 0; d < loops_; ++d) {
      std::ptrdiff_t bad = 0;
      each_stream([&](std::size_t s, const planned_stream& at) { bad += is_laid_out(s) && !is_counted(s) && is_bad(s, at.outer[d]) ? size(s) : 0; });
      if (d == 0 || bad <= least) {
        best = d;
        least = bad;
      }
    }
    for (; best + 1 < loops_; ++best) swap_loops(best, best + 1);
  }

  /// Two neighbours are one loop if every stream runs through both as through one.
  void merge() {
    if (result_.space.size() == 0) return;  // lengths beside a 0 may multiply to anything
    for (int d = loops_ - 1; d > 0; --d) {
      bool same = true;
      each_stream([&](std::size_t, planned_stream& at) { same &= at.outer[d - 1] == at.outer[d] * length_[d]; });
      if (!same) continue;
      const std::int64_t length = length_[d - 1] * length_[d];
      for (int e = d - 1; e + 1 < loops_; ++e) copy_loop(e, e + 1);
      length_[d - 1] = length;
      --loops_;
    }
  }

  // --- costs ---

  /// Elements that a stream really has in the space: dimensions that it repeats do not count.
  std::size_t distinct_elements(std::size_t s) const {
    std::size_t elements = 1;
    for (int d = 0; d < result_.space.rank(); ++d) {
      if (layouts_[s].strides[d] != 0) elements *= static_cast<std::size_t>(result_.space[d]);
    }
    return elements;
  }

  void count_bytes() {
    if (result_.space.size() == 0) return;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (!is_laid_out(s) || result_.streams[s].counted || is_counted(s)) continue;
      if (result_.streams[s].is_result) {
        result_.bytes_written += distinct_bytes(s);
      } else {
        result_.bytes_read += bytes_shared_with(s);
      }
    }
  }

  std::size_t distinct_bytes(std::size_t s) const { return distinct_elements(s) * size_of(of_.streams[s].type); }

  /// A range of addresses.
  struct range {
    std::intptr_t first, end;
  };
  range range_of(std::size_t s) const {
    std::int64_t lowest, highest;
    layouts_[s].bounds(lowest, highest);
    const auto base = reinterpret_cast<std::intptr_t>(bases_[s]);
    return {base + lowest * size(s), base + (highest + 1) * size(s)};
  }

  /// Bytes of an operand and of all that overlap it: no more than there are in their range together.
  std::size_t bytes_shared_with(std::size_t s) {
    std::size_t bytes = distinct_bytes(s);
    if (bases_.empty() || bases_[s] == nullptr) return bytes;
    range all = range_of(s);
    for (bool grows = true; grows;) {
      grows = false;
      for (std::size_t t = s + 1; t < of_.streams.size(); ++t) {
        planned_stream& other = result_.streams[t];
        if (of_.streams[t].where != stream::home::source || other.counted || bases_[t] == nullptr) continue;
        const range its = range_of(t);
        if (its.first >= all.end || all.first >= its.end) continue;
        all = {std::min(all.first, its.first), std::max(all.end, its.end)};
        bytes += distinct_bytes(t);
        other.counted = grows = true;
      }
    }
    return std::min(bytes, static_cast<std::size_t>(all.end - all.first));
  }

  void estimate(double operations) {
    const auto bytes = static_cast<double>(result_.bytes_read + result_.bytes_written);
    result_.estimated_ns = estimated_time(static_cast<double>(result_.space.size()), bytes, operations, sizes_);
  }

  void choose_threads(int wanted) { result_.threads = threads_for(result_.estimated_ns, wanted > 0 ? wanted : sizes_.threads); }

  /// Writing past the caches needs results whose rows start at full cache lines, and none of them read back.
  void choose_streaming() {
    if (!exceeds_caches(static_cast<double>(result_.bytes_read + result_.bytes_written), sizes_)) return;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (of_.streams[s].where == stream::home::destination && result_.streams[s].access == access::follows) result_.streaming = true;
    }
  }

  // --- tiles ---

  /// Positions have a buffer, too, but it is the same for all tiles, and no longer than a block.
  bool is_buffered(std::size_t s) const {
    return !is_position(s) && (result_.streams[s].access == access::packed || result_.streams[s].access == access::counted);
  }
  /// Bytes that one element of a tile touches, and those of them that lie in buffers.
  std::int64_t bytes_per_element() const {
    std::int64_t bytes = 0;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (is_row_result(s) || is_position(s) || result_.streams[s].access == access::stays) continue;
      bytes += size(s) * (is_buffered(s) ? 2 : 1);
    }
    return std::max<std::int64_t>(bytes, 1);
  }
  std::int64_t buffered_bytes_per_element() const {
    std::int64_t bytes = 0;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) bytes += is_buffered(s) ? size(s) : 0;
    return bytes;
  }
  /// True if a packed stream runs along the rows: its elements are nearer to each other there than along the columns.
  bool runs_along_rows(std::size_t s) const {
    const planned_stream& at = result_.streams[s];
    return result_.rows > 1 && at.access == access::packed && at.row != 0 && std::abs(at.row) < std::abs(at.column);
  }

  /// Elements of a tile. Several stages return to what they have in L1, the copies around a single stage to their buffers;
  /// without either the space only needs pieces to hand out to threads. Long rows of states are visited block after block.
  std::int64_t elements_per_tile() const {
    const auto l1 = static_cast<double>(sizes_.l1_bytes), l2 = static_cast<double>(sizes_.l2_bytes);
    const std::int64_t buffered = buffered_bytes_per_element();
    double elements;
    if (buffered > 0 && !of_.whole_rows) {
      const bool squares = rows_along_lines() != 0, long_rows = squares && result_.streaming && !result_.as_one_row;
      const double share = of_.what == pass::kind::fold ? fold_buffer_share : squares ? square_share : buffer_share;
      elements = (long_rows ? l2 * streaming_buffer_share : l1 * share) / static_cast<double>(buffered);
    } else {
      const bool returns = of_.whole_rows || of_.scans || (of_.joins_states && result_.columns <= static_cast<std::int64_t>(fold_block));
      elements = (buffered > 0 || returns ? l1 : l2) * cache_share / static_cast<double>(bytes_per_element());
    }
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(elements));
  }

  void divide() {
    const std::int64_t budget = elements_per_tile();
    if (result_.across) {
      divide_across(budget);
    } else if (result_.down_rows) {
      divide_down();
    } else if (only_scans() && result_.rows >= runs_abreast()) {
      divide_abreast();
    } else if (of_.what == pass::kind::fold) {
      divide_fold(budget);
    } else {
      divide_map(budget);
    }
    const bool nothing = result_.space.size() == 0 && of_.what == pass::kind::map;
    result_.tiles = nothing || result_.rows == 0 ? 0 : result_.row_tiles * result_.column_tiles;
    for (int d = 0; d < result_.outer_rank; ++d) result_.tiles *= result_.outer[d];
    // The tiles of a row that is scanned wait for each other: they are one thread's.
    if (of_.scans) result_.threads = static_cast<int>(std::clamp<std::int64_t>(result_.tiles / result_.tiles_together(), 1, result_.threads));
    lay_out_buffers();
  }

  /// What a tile needs beside its operands: room for packed streams and scratch, and for the results of folds: of the
  /// rows of the tile, then of the blocks of one row.
  void lay_out_buffers() {
    constexpr std::size_t line = 64;
    std::size_t bytes = 0;
    each_stream([&](std::size_t s, planned_stream& at) {
      at.buffer = bytes;
      const auto rows = static_cast<std::size_t>(result_.tile_rows), columns = static_cast<std::size_t>(result_.tile_columns);
      if (result_.across) {
        if (is_row_result(s)) bytes += across_bytes(of_.stages[0], rows, columns, size_of(of_.streams[s].type));
        if (at.access == access::packed) bytes += rows * columns * size_of(of_.streams[s].type) + line;
      } else if (is_row_result(s)) {
        bytes += (rows + fold_blocks(columns)) * size_of(of_.streams[s].type);
      } else if (is_position(s)) {
        bytes += std::min(columns, fold_block) * size_of(of_.streams[s].type) + line;
      } else if (at.access == access::packed || at.access == access::counted || at.access == access::tile) {
        bytes += rows * columns * size_of(of_.streams[s].type) + line;  // a line more keeps buffers off each other's sets
      }
      bytes = (bytes + line - 1) / line * line;
    });
    result_.buffer_bytes = bytes;
  }

  /// Results of a tile by the bytes of their accumulators and buffers, but enough tiles for all threads; then as many
  /// elements of each as for any fold, by bytes.
  void divide_across(std::int64_t budget) {
    const auto block = static_cast<std::int64_t>(fold_block);
    const std::int64_t buffered = buffered_bytes_per_element();
    const double most = accumulator_share * static_cast<double>(sizes_.l2_bytes) / static_cast<double>(accumulator_bytes());
    std::int64_t results = std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
    if (buffered > 0) results = std::min(results, budget / std::min(result_.columns, block));
    if (result_.threads > 1) results = std::min(results, (result_.rows + result_.threads - 1) / result_.threads);
    result_.tile_rows = evenly(result_.rows, results);
    std::int64_t blocks = 1;
    while (blocks < 64 && 2 * blocks * block * result_.tile_rows <= budget) blocks *= 2;
    result_.tile_columns = std::min(result_.columns, blocks * block);
    result_.row_tiles = (result_.rows + result_.tile_rows - 1) / result_.tile_rows;
    result_.column_tiles = (result_.columns + result_.tile_columns - 1) / result_.tile_columns;
  }

  /// Runs of one row that are scanned beside each other, if not several rows are.
  std::int64_t runs_abreast() const {
    return std::min(result_.columns / static_cast<std::int64_t>(scan_run), static_cast<std::int64_t>(scan_abreast));
  }

  void count_tiles() {
    result_.row_tiles = std::max<std::int64_t>(1, (result_.rows + result_.tile_rows - 1) / result_.tile_rows);
    result_.column_tiles = std::max<std::int64_t>(1, (result_.columns + result_.tile_columns - 1) / result_.tile_columns);
  }

  /// Whole runs below each other, as wide as the second cache lets them be: each step goes through memory in long pieces.
  void divide_down() {
    const auto budget = static_cast<std::int64_t>(static_cast<double>(sizes_.l2_bytes) * cache_share) / bytes_per_element();
    const auto run = static_cast<std::int64_t>(scan_run);
    result_.tile_columns = evenly(std::max<std::int64_t>(1, result_.columns), std::min(budget / run, static_cast<std::int64_t>(fold_block)));
    result_.tile_rows = std::clamp<std::int64_t>(result_.rows, 1, std::max(budget / result_.tile_columns / run, std::int64_t{1}) * run);
    count_tiles();
  }

  /// As many rows as are scanned beside each other, in pieces of whole runs.
  void divide_abreast() {
    const auto budget = static_cast<std::int64_t>(static_cast<double>(sizes_.l2_bytes) * cache_share) / bytes_per_element();
    const auto abreast = static_cast<std::int64_t>(scan_abreast);
    result_.tile_columns = evenly(std::max<std::int64_t>(1, result_.columns), budget / std::clamp<std::int64_t>(result_.rows, 1, abreast));
    result_.tile_rows = std::clamp<std::int64_t>(result_.rows, 1, std::max(budget / result_.tile_columns / abreast, std::int64_t{1}) * abreast);
    count_tiles();
  }

  /// What the folds of one result need while they are made across rows.
  std::size_t accumulator_bytes() const {
    constexpr std::size_t lines = 64;  // so many results take whole cache lines
    const std::size_t columns = std::min(static_cast<std::size_t>(result_.columns), fold_block);
    std::size_t bytes = 0;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (!is_row_result(s)) continue;
      bytes += across_bytes(of_.stages[0], lines, columns, size_of(of_.streams[s].type)) / lines;
    }
    return bytes;
  }

  /// Columns of a tile are a power of two of blocks, so that its blocks are a subtree of the order in which they are
  /// joined; or the whole row, if later stages need what it gave, or if it is short.
  void divide_fold(std::int64_t budget) {
    const auto block = static_cast<std::int64_t>(fold_block);
    result_.tile_columns = std::max<std::int64_t>(1, result_.columns);
    if (!of_.whole_rows) {
      std::int64_t blocks = 1;
      while (blocks < 16 && 2 * blocks * block <= budget) blocks *= 2;
      // The results of all tiles are joined at the end by one thread: keep them few.
      while (result_.columns / (blocks * block) > 1024) blocks *= 2;
      result_.tile_columns = std::min(result_.tile_columns, blocks * block);
    }
    divide_rows(budget, rows_along_lines());
  }

  /// Rows of a tile that make up cache lines of streams that run along the rows; 0 if there are none.
  std::int64_t rows_along_lines() const {
    std::ptrdiff_t widest = 0;
    for (std::size_t s = 0; s < of_.streams.size(); ++s) {
      if (runs_along_rows(s)) widest = std::max(widest, size(s));
    }
    return widest == 0 ? 0 : (result_.streaming ? bytes_along_streaming_rows : bytes_along_rows) / widest;
  }

  /// A length divided into pieces of about the same size, of at most `most` and of whole cache lines of every type.
  static std::int64_t evenly(std::int64_t length, std::int64_t most) {
    constexpr std::int64_t line = 64;
    const std::int64_t pieces = (length + std::max(most, line) - 1) / std::max(most, line);
    return std::min(length, (length + pieces * line - 1) / (pieces * line) * line);
  }

  void divide_map(std::int64_t budget) {
    std::int64_t& columns = result_.tile_columns;
    columns = std::max<std::int64_t>(1, result_.columns);
    const std::int64_t along = rows_along_lines();
    if (along > 0 && !result_.as_one_row) {
      columns = std::max<std::int64_t>(1, evenly(columns, budget / std::clamp<std::int64_t>(result_.rows, 1, along)));
    } else if (columns > budget && !result_.as_one_row) {
      columns = std::max<std::int64_t>(256, budget / 256 * 256);  // whole cache lines of every type
      columns = std::min(columns, result_.columns);
    }
    divide_rows(budget, along);
  }

  /// Rows of a tile: by their bytes, and where streams run along the rows a multiple of `along`.
  void divide_rows(std::int64_t budget, std::int64_t along) {
    std::int64_t& rows = result_.tile_rows;
    rows = budget / result_.tile_columns;
    if (along > 0) rows = std::max(rows / along, std::int64_t{1}) * along;
    rows = std::clamp<std::int64_t>(rows, 1, std::max<std::int64_t>(1, result_.rows));
    result_.column_tiles = std::max<std::int64_t>(1, (result_.columns + result_.tile_columns - 1) / result_.tile_columns);
    result_.row_tiles = (result_.rows + rows - 1) / rows;
  }

  const pass& of_;
  std::span<const layout> layouts_;
  std::span<const char> local_;
  const machine_sizes& sizes_;
  std::span<std::byte* const> bases_;
  plan& result_;
  int loops_ = 0;
  std::int64_t length_[max_rank] = {};  ///< of the loops that are left; their strides are in planned_stream::outer
};

void append(std::string& text, const char* format, auto... values) {
  char line[160];
  std::snprintf(line, sizeof line, format, values...);
  text += line;
}

}  // namespace

void plan::reset(std::size_t stream_count) {
  std::vector<planned_stream> kept = std::move(streams);
  plan fresh;  // not plan(), which would clear all outer loops
  *this = std::move(fresh);
  streams = std::move(kept);
  planned_stream empty;
  streams.assign(stream_count, empty);
}

std::int64_t plan::all_rows() const noexcept {
  std::int64_t all = rows;
  for (int d = 0; d < outer_rank; ++d) all *= outer[d];
  return all;
}

std::size_t elements_for_one_thread(std::size_t bytes, double operations, const machine_sizes& sizes, int threads) {
  const auto fits = [&](std::size_t n) {
    const auto elements = static_cast<double>(n), moved = elements * static_cast<double>(bytes);
    return !exceeds_caches(moved, sizes) &&
           threads_for(estimated_time(elements, moved, operations, sizes), threads > 0 ? threads : sizes.threads) == 1;
  };
  std::size_t limit = 1;
  while (fits(2 * limit)) limit *= 2;
  for (std::size_t step = limit / 2; step > 0; step /= 2) {
    if (fits(limit + step)) limit += step;
  }
  return limit;
}

void make_plan(plan& into, const pass& of, const extents& space, std::span<const layout> layouts, std::span<const char> local,
               double operations, const machine_sizes& sizes, int threads, std::span<std::byte* const> bases) {
  planner(into, of, space, layouts, local, sizes, bases).make(operations, threads);
}

std::string plan::text(const pass& of) const {
  constexpr const char* homes[] = {"source", "destination", "fold", "scan", "block of fold", "position", "scratch", "finished fold"};
  constexpr const char* accesses[] = {"follows", "stays", "packed", "counted", "in the tile"};
  std::string text = "space " + to_string(space) + "\n";
  const char* const how = as_one_row ? " as one row" : across ? " across rows" : down_rows ? " down rows" : "";
  text += "loop ";
  for (int d = 0; d < outer_rank; ++d) append(text, " %lld x", static_cast<long long>(outer[d]));
  append(text, " %lld rows x %lld columns, tiles of %lld x %lld%s\n", static_cast<long long>(rows), static_cast<long long>(columns),
         static_cast<long long>(tile_rows), static_cast<long long>(tile_columns), how);
  for (std::size_t s = 0; s < streams.size(); ++s) {
    append(text, "  %-5s %s %u %s: %s\n", streams[s].is_result ? "write" : "read", homes[static_cast<int>(of.streams[s].where)],
           of.streams[s].index, std::string(name(of.streams[s].type)).c_str(), accesses[static_cast<int>(streams[s].access)]);
  }
  append(text, "tiles %lld, threads %d, %s stores, reads %zu bytes, writes %zu bytes, about %.3g us\n", static_cast<long long>(tiles), threads,
         streaming ? "streaming" : "cached", bytes_read, bytes_written, estimated_ns / 1000);
  return text;
}

}  // namespace onepass
