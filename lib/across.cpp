// Programs and loops of folds across rows.
#include "across.hpp"

#include <algorithm>
#include <cstring>

#include <onepass/core/config.hpp>

#include "splice.hpp"

namespace onepass {

namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

program accumulating(const stage& of, std::uint32_t times, bool first) {
  program made;
  const std::uint32_t inputs = of.inputs * times, folds = static_cast<std::uint32_t>(of.operands.size()) - of.inputs;
  std::vector<value_id> accumulators(folds);
  for (const instruction& at : of.code.instructions()) {
    if (at.code != opcode::store) continue;
    const auto fold = static_cast<std::uint32_t>(at.immediate) - of.inputs;
    const std::uint64_t identity = of.code.reduction_of(of.code[at.operands[0]]).identity;
    accumulators[fold] = first ? made.literal(at.type, identity) : made.input(inputs + fold, at.type);
  }
  for (std::uint32_t t = 0; t < times; ++t) {
    append_all(made, of.code,
               [&](const instruction& input) { return made.input(t * of.inputs + static_cast<std::uint32_t>(input.immediate), input.type); },
               [&](const instruction& store, value_id element) {
                 value_id& accumulator = accumulators[store.immediate - of.inputs];
                 accumulator = joined(made, of.code.reduction_of(of.code[store.operands[0]]), accumulator, element);
               });
  }
  const std::uint32_t outputs = first ? inputs : inputs + folds;
  for (std::uint32_t fold = 0; fold < folds; ++fold) made.store(outputs + fold, accumulators[fold]);
  return made;
}

program joining_program(const reduction& how) {
  program made;
  const value_id earlier = made.input(0, how.type), later = made.input(1, how.type);
  made.store(2, joined(made, how, earlier, later));
  return made;
}

}  // namespace

std::vector<program> across_programs(const stage& of) {
  constexpr std::uint32_t several = across_kernels::at_once;
  std::vector<program> made{accumulating(of, several, false), accumulating(of, 1, false), accumulating(of, several, true), accumulating(of, 1, true)};
  std::vector<program> joins(of.operands.size() - of.inputs);
  for (const instruction& at : of.code.instructions()) {
    if (at.code == opcode::store) joins[at.immediate - of.inputs] = joining_program(of.code.reduction_of(of.code[at.operands[0]]));
  }
  made.insert(made.end(), joins.begin(), joins.end());
  return made;
}

namespace {

class runner {
 public:
  explicit runner(const across_tile& what) : what_(what), size_(size_of(what.folds[0]->type)), lanes_(fold_lanes(size_)) {
    gapless_ = std::all_of(what.inputs.begin(), what.inputs.end(), [&](const tile_operand& at) {
      const auto run = static_cast<std::ptrdiff_t>(what.results) * at.column_stride;
      return at.row_stride == run;
    });
    gapless_ &= fold_bytes * what.results <= most_gapless_bytes;
  }

  bool run() {
    const std::size_t blocks = fold_blocks(what_.elements);
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::size_t first = b * fold_block, count = std::min(fold_block, what_.elements - first);
      fold_one_block(first, count);
      for (std::size_t f = 0; f < what_.folds.size(); ++f) std::memcpy(block_result(f, b), accumulator(f, 0), row_bytes());
    }
    for (std::size_t f = 0; f < what_.folds.size(); ++f) join_blocks(f, blocks);
    return fine_;
  }

 private:
  /// Accumulators of results without gaps stay in the first cache.
  static constexpr std::size_t most_gapless_bytes = 32 << 10;

  std::size_t row_bytes() const { return what_.results * size_; }
  std::byte* block_result(std::size_t f, std::size_t block) const { return what_.rooms[f] + block * row_bytes(); }
  std::byte* accumulator(std::size_t f, std::size_t lane) const {
    return what_.rooms[f] + aligned(fold_blocks(what_.elements) * row_bytes()) + lane * row_bytes();
  }

  void fold_one_block(std::size_t first, std::size_t count) {
    const std::size_t used = std::min(count, lanes_), full = count / lanes_, rest = count % lanes_;
    if (gapless_) {
      accumulate(1, first, true, 1, used * what_.results);
      if (full > 1) accumulate(1, first + lanes_, false, full - 1, lanes_ * what_.results);
      if (full > 0 && rest > 0) accumulate(1, first + full * lanes_, false, 1, rest * what_.results);
    } else {
      std::size_t done = 0;
      if (full == 0) accumulate(1, first, true, rest, what_.results);
      while (done < full) {
        const std::uint32_t times = full - done >= across_kernels::at_once ? across_kernels::at_once : 1;
        accumulate(times, first + done * lanes_, done == 0, lanes_, what_.results);
        done += times;
      }
      if (full > 0 && rest > 0) accumulate(1, first + full * lanes_, false, rest, what_.results);
    }
    for (std::size_t f = 0; f < what_.folds.size(); ++f) join_lanes(f, used);
  }

  /// Every accumulator takes `times` elements, from element `first` on. Rows of the call are the lanes; or, without gaps,
  /// all lanes are one row, and rows follow each other into the same accumulators.
  void accumulate(std::uint32_t times, std::size_t first, bool begins, std::size_t rows, std::size_t columns) {
    const across_kernels& kernels = what_.kernels;
    const kernel& code = times == 1 ? (begins ? kernels.first_single : kernels.single) : (begins ? kernels.first_several : kernels.several);
    tile& call = *reinterpret_cast<tile*>(what_.calls);
    tile_operand* next = call.operands();
    for (std::uint32_t t = 0; t < times; ++t) {
      for (const tile_operand& at : what_.inputs) {
        const auto element = static_cast<std::ptrdiff_t>(first + t * lanes_);
        const std::ptrdiff_t row = gapless_ ? static_cast<std::ptrdiff_t>(lanes_) * at.row_stride : at.row_stride;
        *next++ = {at.data + element * at.row_stride, row, at.column_stride};
      }
    }
    for (int in_and_out = begins ? 1 : 0; in_and_out < 2; ++in_and_out) {
      for (std::size_t f = 0; f < what_.folds.size(); ++f) {
        *next++ = {accumulator(f, 0), gapless_ ? 0 : static_cast<std::ptrdiff_t>(row_bytes()), static_cast<std::ptrdiff_t>(size_)};
      }
    }
    invoke(code, rows, columns);
  }

  /// Accumulators join by halves. Those that no element joined are identities, which change nothing.
  void join_lanes(std::size_t f, std::size_t used) {
    for (std::size_t half = lanes_ / 2; half > 0; half /= 2) {
      if (used <= half) continue;
      join(f, {accumulator(f, 0), 0, 0}, {accumulator(f, half), 0, 0}, accumulator(f, 0), 1, (used - half) * what_.results);
      used = half;
    }
  }

  void join_blocks(std::size_t f, std::size_t count) {
    const auto pair = static_cast<std::ptrdiff_t>(2 * row_bytes());
    for (; count > 1; count = (count + 1) / 2) {
      join(f, {block_result(f, 0), pair, 0}, {block_result(f, 1), pair, 0}, block_result(f, 0), count / 2, what_.results);
      if (count % 2 != 0) std::memmove(block_result(f, count / 2), block_result(f, count - 1), row_bytes());
    }
  }

  void join(std::size_t f, tile_operand earlier, tile_operand later, std::byte* to, std::size_t rows, std::size_t columns) {
    const auto size = static_cast<std::ptrdiff_t>(size_);
    earlier.column_stride = later.column_stride = size;
    tile& call = *reinterpret_cast<tile*>(what_.calls);
    call.operands()[0] = earlier;
    call.operands()[1] = later;
    call.operands()[2] = {to, static_cast<std::ptrdiff_t>(row_bytes()), size};
    invoke(what_.kernels.joins[f], rows, columns);
  }

  void invoke(const kernel& code, std::size_t rows, std::size_t columns) {
    tile& call = *reinterpret_cast<tile*>(what_.calls);
    call.scalars = what_.scalars;
    call.rows = rows;
    call.columns = columns;
    const outcome came = code.entry(call, code.context);
    ONEPASS_EXPECTS(came != outcome::foreign_environment);
    fine_ &= came == outcome::done;
  }

  const across_tile& what_;
  const std::size_t size_, lanes_;
  bool gapless_, fine_ = true;
};

}  // namespace

bool run_across(const across_tile& what) { return runner(what).run(); }

}  // namespace onepass
