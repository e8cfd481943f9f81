// Loops of scans.
#include "scan.hpp"

#include <algorithm>
#include <cstring>

#include <onepass/core/config.hpp>

#include "copy.hpp"
#include "splice.hpp"

namespace onepass {

program scan_program(const reduction& how, std::uint32_t at_once) {
  program made;
  value_id before = made.input(0, how.type);
  for (std::uint32_t i = 0; i < at_once; ++i) {
    before = joined(made, how, before, made.input(1 + i, how.type));
    made.store(1 + at_once + i, before);
  }
  return made;
}

program scan_down_program(const reduction& how, std::uint32_t at_once) {
  program made;
  const value_id before_run = made.input(0, how.type);
  value_id in_run = made.input(1, how.type);
  for (std::uint32_t i = 0; i < at_once; ++i) {
    in_run = joined(made, how, in_run, made.input(2 + i, how.type));
    made.store(2 + at_once + i, joined(made, how, before_run, in_run));
  }
  made.store(2 + 2 * at_once, in_run);
  return made;
}

namespace {

constexpr std::size_t widest_element = 8;

class runner {
 public:
  explicit runner(const scan_tile& what) : what_(what), size_(static_cast<std::ptrdiff_t>(size_of(what.how.type))) {}

  void run() {
    if (what_.columns == 0) return;
    const std::size_t runs = std::min(what_.columns, fold_block) / scan_run;
    for (std::size_t row = 0; row < what_.rows;) {
      const std::size_t rows = what_.rows - row >= runs ? std::min(scan_abreast, what_.rows - row) : 1;
      const tile_operand from = moved(what_.from, row, 0), to = moved(what_.to, row, 0);
      if (rows == 1 && runs > 0) {
        scan_row(from.data, to.data, before(row));
      } else {
        scan_rows(from, to, rows, before(row));
      }
      row += rows;
    }
  }

  /// Rows are what is scanned, and columns lie beside each other as they are.
  void run_down() {
    for (std::size_t first = 0; first < what_.rows; first += scan_run) {
      const std::size_t rows = std::min(scan_run, what_.rows - first);
      scan_down(moved(what_.from, first, 0), moved(what_.to, first, 0), rows, what_.columns, what_.before, what_.room);
    }
  }

 private:
  std::ptrdiff_t bytes(std::size_t count) const { return static_cast<std::ptrdiff_t>(count) * size_; }
  std::byte* before(std::size_t row) const { return what_.before + bytes(row); }
  tile_operand moved(tile_operand at, std::size_t rows, std::size_t columns) const {
    at.data += static_cast<std::ptrdiff_t>(rows) * at.row_stride + bytes(columns);
    return at;
  }

  // --- runs below each other ---

  /// A run of so many rows, down so many columns. What stands before it becomes what stands before the next.
  void scan_down(tile_operand from, tile_operand to, std::size_t rows, std::size_t columns, std::byte* before, std::byte* in_run) {
    begin_scan(what_.how, in_run, columns);
    const std::size_t groups = rows / scan_kernels::at_once, rest = rows % scan_kernels::at_once;
    join_down(what_.kernels.down_several, scan_kernels::at_once, from, to, groups, columns, before, in_run);
    join_down(what_.kernels.down_single, 1, moved(from, rows - rest, 0), moved(to, rows - rest, 0), rest, columns, before, in_run);
    std::memcpy(before, moved(to, rows - 1, 0).data, columns * static_cast<std::size_t>(size_));
  }

  void join_down(const kernel& code, std::ptrdiff_t at_once, tile_operand from, tile_operand to, std::size_t groups, std::size_t columns,
                 std::byte* before, std::byte* in_run) {
    tile_operand* const operands = what_.call.operands();
    operands[0] = {before, 0, size_};
    operands[1] = operands[2 + 2 * at_once] = {in_run, 0, size_};
    for (std::ptrdiff_t i = 0; i < at_once; ++i) {
      operands[2 + i] = {from.data + i * from.row_stride, at_once * from.row_stride, size_};
      operands[2 + at_once + i] = {to.data + i * to.row_stride, at_once * to.row_stride, size_};
    }
    invoke(code, groups, columns);
  }

  // --- rows beside each other ---

  /// Elements in the room, so many rows or runs beside each other: the row of element `position`.
  std::byte* elements(std::size_t position) const { return what_.room + bytes((1 + position) * scan_abreast); }
  /// What stands before each row or run.
  std::byte* before_each() const { return what_.room + (fold_block + scan_abreast) * widest_element; }

  /// Several rows, run after run: turned, they are columns.
  void scan_rows(tile_operand from, tile_operand to, std::size_t rows, std::byte* before) {
    const tile_operand turned{elements(0), bytes(scan_abreast), size_};
    for (std::size_t first = 0; first < what_.columns; first += scan_run) {
      const std::size_t columns = std::min(scan_run, what_.columns - first);
      const tile_operand source = moved(from, 0, first), result = moved(to, 0, first);
      take(source.data, source.row_stride, 0, rows, columns);
      scan_down(turned, turned, columns, rows, before, elements(0) - bytes(scan_abreast));
      give(result.data, result.row_stride, 0, rows, columns);
    }
  }

  /// Brings rows of so many elements into the room, behind `first` others, and back.
  void take(std::byte* from, std::ptrdiff_t stride, std::size_t first, std::size_t rows, std::size_t columns) const {
    const strided_copy all{elements(0) + bytes(first), size_, bytes(scan_abreast), from, stride, size_, rows, columns};
    copy_tile(what_.set, all, static_cast<std::size_t>(size_));
  }
  void give(std::byte* to, std::ptrdiff_t stride, std::size_t first, std::size_t rows, std::size_t columns) const {
    const strided_copy all{to, stride, size_, elements(0) + bytes(first), size_, bytes(scan_abreast), rows, columns};
    copy_tile(what_.set, all, static_cast<std::size_t>(size_));
  }

  // --- runs of one row beside each other ---

  void scan_row(std::byte* from, std::byte* to, std::byte* before) {
    for (std::size_t first = 0; first < what_.columns; first += fold_block) {
      scan_block(from + bytes(first), to + bytes(first), std::min(fold_block, what_.columns - first), before);
    }
  }

  void scan_block(std::byte* from, std::byte* to, std::size_t count, std::byte* before) {
    const std::size_t full = count / scan_run, rest = count % scan_run, runs = full + (rest != 0);
    take(from, bytes(scan_run), 0, full, scan_run);
    if (rest != 0) take(from + bytes(full * scan_run), 0, full, 1, rest);
    join_along(runs);
    join_runs(before, runs);
    join(before_each(), elements(0), scan_run, runs);
    give(to, bytes(scan_run), 0, full, scan_run);
    if (rest != 0) give(to + bytes(full * scan_run), 0, full, 1, rest);
    std::memcpy(before, to + bytes(count - 1), static_cast<std::size_t>(size_));
  }

  /// Each element of the runs joins the one after it, which then is the join of all up to it.
  void join_along(std::size_t runs) {
    const std::ptrdiff_t stride = bytes(scan_abreast);
    begin_scan(what_.how, elements(0) - stride, runs);
    join_each(elements(0) - stride, elements(0), elements(0), stride, scan_run, runs);
  }

  /// What stands before a run, joined with its last element, stands before the next.
  void join_runs(const std::byte* before, std::size_t runs) {
    std::memcpy(before_each(), before, static_cast<std::size_t>(size_));
    join_each(before_each(), elements(scan_run - 1), before_each() + size_, size_, runs - 1, 1);
  }

  /// Row after row: what stands before, joined with the row at `from`, becomes the row at `to` and stands before the next.
  void join_each(std::byte* before, std::byte* from, std::byte* to, std::ptrdiff_t stride, std::size_t rows, std::size_t columns) {
    constexpr auto several = static_cast<std::ptrdiff_t>(scan_kernels::at_once);
    tile_operand* const operands = what_.call.operands();
    operands[0] = {before, several * stride, size_};
    for (std::ptrdiff_t i = 0; i < several; ++i) {
      operands[1 + i] = {from + i * stride, several * stride, size_};
      operands[1 + several + i] = {to + i * stride, several * stride, size_};
    }
    const std::size_t groups = rows / scan_kernels::at_once;
    const auto done = static_cast<std::ptrdiff_t>(groups) * several * stride;
    invoke(what_.kernels.several, groups, columns);
    operands[0] = {before + done, stride, size_};
    operands[1] = {from + done, stride, size_};
    operands[2] = {to + done, stride, size_};
    invoke(what_.kernels.single, rows % scan_kernels::at_once, columns);
  }

  /// Joins the row of elements at `earlier` with each of these rows.
  void join(std::byte* earlier, std::byte* elements, std::size_t rows, std::size_t columns) {
    tile_operand* const operands = what_.call.operands();
    operands[0] = {earlier, 0, size_};
    operands[1] = operands[2] = {elements, bytes(scan_abreast), size_};
    invoke(what_.kernels.single, rows, columns);
  }

  void invoke(const kernel& code, std::size_t rows, std::size_t columns) {
    if (rows == 0) return;
    what_.call.rows = rows;
    what_.call.columns = columns;
    const outcome came = code.entry(what_.call, code.context);
    ONEPASS_EXPECTS(came == outcome::done);
  }

  const scan_tile& what_;
  const std::ptrdiff_t size_;
};

}  // namespace

std::size_t scan_room() noexcept { return (fold_block + 2 * scan_abreast) * widest_element; }

void begin_scan(const reduction& how, std::byte* before, std::size_t rows) {
  const std::size_t size = size_of(how.type);
  for (std::size_t row = 0; row < rows; ++row) std::memcpy(before + row * size, &how.identity, size);
}

void run_scan(const scan_tile& what) { runner(what).run(); }
void run_scan_down(const scan_tile& what) { runner(what).run_down(); }

}  // namespace onepass
