// Programs and loops of folds across rows.
#include "across.hpp"

#include <bit>
#include <cstring>

#include <onepass/core/config.hpp>

#include "splice.hpp"

namespace onepass {

namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

const reduction& reduction_of_store(const stage& of, const instruction& store) { return of.code.reduction_of(of.code[store.operands[0]]); }

/// Writes what a step does, lane after lane: those that join first follow each other, so that few accumulators wait.
class step_writer {
 public:
  step_writer(const stage& of, const across_step& step)
      : of_(of), step_(step), inputs_(of.inputs * step.times), folds_(static_cast<std::uint32_t>(of.operands.size()) - of.inputs) {}

  program write() {
    const std::vector<value_id> joined = lanes_from(0, 1);
    const std::uint32_t outputs = inputs_ + (step_.begins ? 0 : folds_);
    for (std::uint32_t f = 0; f < folds_; ++f) made_.store(outputs + f, joined[f]);
    return std::move(made_);
  }

 private:
  /// The join of lanes `first`, `first + apart`, `first + 2 apart`...; those that get no element change nothing.
  std::vector<value_id> lanes_from(std::uint32_t first, std::uint32_t apart) {
    if (apart >= step_.lanes) return lane(first);
    std::vector<value_id> earlier = lanes_from(first, 2 * apart);
    if (first + apart >= step_.times) return earlier;
    const std::vector<value_id> later = lanes_from(first + apart, 2 * apart);
    each_fold([&](std::uint32_t f, const reduction& how) { earlier[f] = joined(made_, how, earlier[f], later[f]); });
    return earlier;
  }

  std::vector<value_id> lane(std::uint32_t number) {
    std::vector<value_id> accumulators(folds_);
    each_fold([&](std::uint32_t f, const reduction& how) {
      accumulators[f] = step_.begins ? made_.literal(how.type, how.identity) : made_.input(inputs_ + f, how.type);
    });
    for (std::uint32_t t = number; t < step_.times; t += step_.lanes) {
      append_all(made_, of_.code,
                 [&](const instruction& input) { return made_.input(t * of_.inputs + static_cast<std::uint32_t>(input.immediate), input.type); },
                 [&](const instruction& store, value_id element) {
                   value_id& accumulator = accumulators[store.immediate - of_.inputs];
                   accumulator = joined(made_, reduction_of_store(of_, store), accumulator, element);
                 });
    }
    return accumulators;
  }

  template <class F>
  void each_fold(F&& f) {
    for (const instruction& at : of_.code.instructions()) {
      if (at.code == opcode::store) f(static_cast<std::uint32_t>(at.immediate) - of_.inputs, reduction_of_store(of_, at));
    }
  }

  const stage& of_;
  const across_step step_;
  const std::uint32_t inputs_, folds_;
  program made_;
};

/// The join of rows `first`, `first + apart`...
value_id rows_from(program& to, const reduction& how, std::uint32_t first, std::uint32_t apart, std::uint32_t rows) {
  if (apart >= rows) return to.input(first, how.type);
  const value_id earlier = rows_from(to, how, first, 2 * apart, rows);
  return joined(to, how, earlier, rows_from(to, how, first + apart, 2 * apart, rows));
}

}  // namespace

program across_program(const stage& of, const across_step& step) { return step_writer(of, step).write(); }

program across_joining(const stage& of, std::size_t f, std::uint32_t rows) {
  program made;
  for (const instruction& at : of.code.instructions()) {
    if (at.code != opcode::store || at.immediate - of.inputs != f) continue;
    made.store(rows, rows_from(made, reduction_of_store(of, at), 0, 1, rows));
  }
  return made;
}

namespace {

class runner {
 public:
  explicit runner(const across_tile& what) : what_(what), size_(size_of(what.folds[0]->type)) {
    const auto results = static_cast<std::ptrdiff_t>(what.results);
    for (const tile_operand& at : what.inputs) gapless_ &= at.row_stride == results * at.column_stride;
  }

  void run() {
    const std::size_t blocks = fold_blocks(what_.elements);
    for (std::size_t b = 0; b < blocks; ++b) fold_one_block(b, std::min(fold_block, what_.elements - b * fold_block));
    for (std::size_t f = 0; f < what_.folds.size(); ++f) join_blocks(f, blocks);
  }

 private:
  std::size_t row_bytes() const { return what_.results * size_; }
  std::byte* block_result(std::size_t f, std::size_t block) const { return what_.finished[f] + block * row_bytes(); }
  std::byte* accumulator(std::size_t f, std::size_t row) const {
    return what_.rooms[f] + aligned(fold_blocks(what_.elements) * row_bytes()) + row * row_bytes();
  }

  void fold_one_block(std::size_t number, std::size_t count) {
    const across_block block(count, fold_lanes(size_), across_at_once(what_.work));
    block.each_call([&](const across_block::call& call) {
      if (gapless_) return fold_gapless(block, number, call);
      across_block::call one = call;
      for (std::size_t k = 0; k < call.repeats; ++k, one.done += call.step.times) {
        fold_groups(block, number, one, 1, call.groups, static_cast<std::ptrdiff_t>(row_bytes()));
      }
    });
    for (std::size_t f = 0; f < what_.folds.size(); ++f) join_groups(f, block.groups(), number);
  }

  /// All groups are one row, and what is repeated are rows that go into the same accumulators.
  void fold_gapless(const across_block& block, std::size_t number, const across_block::call& call) {
    fold_groups(block, number, call, call.step.times * block.groups(), call.repeats, 0);
  }

  /// One call, whose rows are so many elements apart.
  void fold_groups(const across_block& block, std::size_t number, const across_block::call& call, std::size_t apart, std::size_t rows,
                   std::ptrdiff_t accumulator_row) {
    tile_operand* next = operands();
    for (std::uint32_t t = 0; t < call.step.times; ++t) {
      const std::size_t element = number * fold_block + call.first_group + (call.done + t) * block.groups();
      for (const tile_operand& at : what_.inputs) {
        *next++ = {at.data + static_cast<std::ptrdiff_t>(element) * at.row_stride, static_cast<std::ptrdiff_t>(apart) * at.row_stride,
                   at.column_stride};
      }
    }
    for (int in_and_out = call.step.begins ? 1 : 0; in_and_out < 2; ++in_and_out) {
      for (std::size_t f = 0; f < what_.folds.size(); ++f) {
        std::byte* const to = block.groups() == 1 ? block_result(f, number) : accumulator(f, call.first_group);
        *next++ = {to, accumulator_row, static_cast<std::ptrdiff_t>(size_)};
      }
    }
    const kernel* const code = what_.kernels.find(call.step);
    ONEPASS_EXPECTS(code != nullptr);
    invoke(*code, rows, gapless_ ? call.groups * what_.results : what_.results);
  }

  /// Accumulators join by halves, several halvings at once.
  void join_groups(std::size_t f, std::size_t groups, std::size_t block) {
    while (groups > 1) {
      const std::size_t rows = std::min<std::size_t>(groups, across_kernels::most_joined), left = groups / rows;
      for (std::size_t k = 0; k < rows; ++k) operands()[k] = operand(accumulator(f, k * left));
      join(f, rows, left == 1 ? block_result(f, block) : accumulator(f, 0), 1, left * what_.results);
      groups = left;
    }
  }

  void join_blocks(std::size_t f, std::size_t count) {
    const auto pair = static_cast<std::ptrdiff_t>(2 * row_bytes());
    for (; count > 1; count = (count + 1) / 2) {
      operands()[0] = operand(block_result(f, 0), pair);
      operands()[1] = operand(block_result(f, 1), pair);
      join(f, 2, block_result(f, 0), count / 2, what_.results);
      if (count % 2 != 0) std::memmove(block_result(f, count / 2), block_result(f, count - 1), row_bytes());
    }
  }

  tile_operand* operands() { return what_.call.operands(); }
  tile_operand operand(std::byte* at, std::ptrdiff_t row = 0) const { return {at, row, static_cast<std::ptrdiff_t>(size_)}; }

  /// Joins the first `inputs` operands.
  void join(std::size_t f, std::size_t inputs, std::byte* to, std::size_t rows, std::size_t columns) {
    operands()[inputs] = operand(to, static_cast<std::ptrdiff_t>(row_bytes()));
    invoke(what_.kernels.joining[f][static_cast<std::size_t>(std::countr_zero(inputs)) - 1], rows, columns);
  }

  void invoke(const kernel& code, std::size_t rows, std::size_t columns) {
    tile& call = what_.call;
    call.rows = rows;
    call.columns = columns;
    const outcome came = code.entry(call, code.context);
    ONEPASS_EXPECTS(came == outcome::done);
  }

  const across_tile& what_;
  const std::size_t size_;
  bool gapless_ = true;
};

}  // namespace

void run_across(const across_tile& what) { runner(what).run(); }

}  // namespace onepass
