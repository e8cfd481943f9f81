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
constexpr std::size_t most_runs = fold_block / scan_run;

class runner {
 public:
  explicit runner(const scan_tile& what) : what_(what), size_(static_cast<std::ptrdiff_t>(size_of(what.how.type))) {}

  bool run() {
    if (what_.columns == 0) return true;
    if (what_.columns <= scan_run) {
      scan_short_rows();
    } else {
      for (std::size_t row = 0; row < what_.rows; ++row) {
        std::byte* const data = what_.data + static_cast<std::ptrdiff_t>(row) * what_.row_stride;
        for (std::size_t first = 0; first < what_.columns; first += fold_block) {
          scan_block(data + bytes(first), std::min(fold_block, what_.columns - first), before(row));
        }
      }
    }
    return fine_;
  }

  /// Rows are what is scanned, and columns lie beside each other as they are.
  bool run_down() {
    for (std::size_t first = 0; first < what_.rows; first += scan_run) {
      scan_run_down(what_.data + static_cast<std::ptrdiff_t>(first) * what_.row_stride, std::min(scan_run, what_.rows - first));
    }
    return fine_;
  }

 private:
  std::ptrdiff_t bytes(std::size_t count) const { return static_cast<std::ptrdiff_t>(count) * size_; }
  std::byte* before(std::size_t row) const { return what_.before + bytes(row); }

  /// Runs lie beside each other in the room, behind the identity of each: where element `position` of the first one is.
  std::byte* elements(std::size_t position) const { return what_.room + bytes((1 + position) * most_runs); }
  /// What stands before each of them.
  std::byte* before_runs() const { return what_.room + (fold_block + most_runs) * widest_element; }

  void scan_run_down(std::byte* data, std::size_t rows) {
    std::byte* const in_run = what_.room;
    begin_scan(what_.how, in_run, what_.columns);
    join_down(what_.kernels.down_several, scan_kernels::at_once, data, rows / scan_kernels::at_once, in_run);
    const std::size_t rest = rows % scan_kernels::at_once;
    join_down(what_.kernels.down_single, 1, data + static_cast<std::ptrdiff_t>(rows - rest) * what_.row_stride, rest, in_run);
    std::memcpy(what_.before, data + static_cast<std::ptrdiff_t>(rows - 1) * what_.row_stride, what_.columns * static_cast<std::size_t>(size_));
  }

  void join_down(const kernel& code, std::ptrdiff_t at_once, std::byte* data, std::size_t groups, std::byte* in_run) {
    tile_operand* const operands = what_.call.operands();
    operands[0] = {what_.before, 0, size_};
    operands[1] = operands[2 + 2 * at_once] = {in_run, 0, size_};
    for (std::ptrdiff_t i = 0; i < at_once; ++i) {
      operands[2 + i] = operands[2 + at_once + i] = {data + i * what_.row_stride, at_once * what_.row_stride, size_};
    }
    invoke(code, groups, what_.columns);
  }

  /// Every row is one run.
  void scan_short_rows() {
    const std::size_t columns = what_.columns;
    for (std::size_t row = 0; row < what_.rows; row += most_runs) {
      const std::size_t runs = std::min(most_runs, what_.rows - row);
      std::byte* const data = what_.data + static_cast<std::ptrdiff_t>(row) * what_.row_stride;
      take_runs(data, what_.row_stride, 0, runs, columns);
      join_along(runs, columns);
      join(before(row), elements(0), columns, runs);
      std::memcpy(before(row), elements(columns - 1), runs * static_cast<std::size_t>(size_));
      give_runs(data, what_.row_stride, 0, runs, columns);
    }
  }

  void scan_block(std::byte* data, std::size_t count, std::byte* before) {
    const std::size_t full = count / scan_run, rest = count % scan_run, runs = full + (rest != 0);
    std::byte* const last = data + bytes(full * scan_run);
    take_runs(data, bytes(scan_run), 0, full, scan_run);
    if (rest != 0) take_runs(last, 0, full, 1, rest);
    join_along(runs, scan_run);
    join_runs(before, runs);
    join(before_runs(), elements(0), scan_run, runs);
    give_runs(data, bytes(scan_run), 0, full, scan_run);
    if (rest != 0) give_runs(last, 0, full, 1, rest);
    std::memcpy(before, data + bytes(count - 1), static_cast<std::size_t>(size_));
  }

  /// What stands before a run, joined with its last element, stands before the next.
  void join_runs(const std::byte* before, std::size_t runs) {
    std::memcpy(before_runs(), before, static_cast<std::size_t>(size_));
    join_each(before_runs(), elements(scan_run - 1), before_runs() + size_, size_, runs - 1, 1);
  }

  /// Brings runs of so many elements into the room, behind `first` others.
  void take_runs(std::byte* from, std::ptrdiff_t stride, std::size_t first, std::size_t runs, std::size_t columns) const {
    copy_tile(what_.set, {elements(0) + bytes(first), size_, bytes(most_runs), from, stride, size_, runs, columns}, static_cast<std::size_t>(size_));
  }
  void give_runs(std::byte* to, std::ptrdiff_t stride, std::size_t first, std::size_t runs, std::size_t columns) const {
    copy_tile(what_.set, {to, stride, size_, elements(0) + bytes(first), size_, bytes(most_runs), runs, columns}, static_cast<std::size_t>(size_));
  }

  /// Each element of the runs joins the one after it, which then is the join of all up to it.
  void join_along(std::size_t runs, std::size_t columns) {
    const std::ptrdiff_t stride = bytes(most_runs);
    begin_scan(what_.how, elements(0) - stride, runs);
    join_each(elements(0) - stride, elements(0), elements(0), stride, columns, runs);
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
    operands[1] = operands[2] = {elements, bytes(most_runs), size_};
    invoke(what_.kernels.single, rows, columns);
  }

  void invoke(const kernel& code, std::size_t rows, std::size_t columns) {
    if (rows == 0) return;
    what_.call.scalars = nullptr;
    what_.call.rows = rows;
    what_.call.columns = columns;
    const outcome came = code.entry(what_.call, code.context);
    ONEPASS_EXPECTS(came != outcome::foreign_environment);
    fine_ &= came == outcome::done;
  }

  const scan_tile& what_;
  const std::ptrdiff_t size_;
  bool fine_ = true;
};

}  // namespace

std::size_t scan_room() noexcept { return (fold_block + 2 * most_runs) * widest_element; }

void begin_scan(const reduction& how, std::byte* before, std::size_t rows) {
  const std::size_t size = size_of(how.type);
  for (std::size_t row = 0; row < rows; ++row) std::memcpy(before + row * size, &how.identity, size);
}

bool run_scan(const scan_tile& what) { return runner(what).run(); }
bool run_scan_down(const scan_tile& what) { return runner(what).run_down(); }

}  // namespace onepass
