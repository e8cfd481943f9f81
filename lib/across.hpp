// Folds across rows: where the results lie beside each other, and so do the elements that they are made from.
//
// Along the axis that is kept, a register holds elements of many results. So the lanes of the reduction order become
// rows of an array of accumulators: element i of every result joins accumulator row i modulo the lanes, in a kernel that
// is a map; then rows join by halves and blocks in pairs, in another. The order is that of ir/reduction.hpp, so the bits
// are the same as when each result's elements are folded along a register; nothing is packed or transposed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <onepass/plan/cut.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/plan/plan.hpp>

namespace onepass {

/// The kernels of a stage that is folded across rows.
struct across_kernels {
  /// How many elements of each result the first kernel takes at once.
  static constexpr std::uint32_t at_once = 4;

  /// Inputs (at_once times, or once), then the accumulators of all folds; accumulators.
  kernel several, single;
  /// The same for the first elements: without accumulators among the inputs.
  kernel first_several, first_single;
  std::vector<kernel> joins;  ///< of each fold: earlier, later; joined
  std::string refusal;        ///< why they are interpreted although compiled ones were wanted

  explicit operator bool() const noexcept { return static_cast<bool>(several); }
};

/// The programs behind them, in this order: several, single, first_several, first_single, then the join of each fold.
std::vector<program> across_programs(const stage& of);

/// A tile to be folded across rows.
struct across_tile {
  const stage& work;
  const across_kernels& kernels;
  std::size_t results, elements;        ///< results beside each other, and elements of each
  std::span<const tile_operand> inputs;  ///< of the stage: column_stride along the results, row_stride along the elements
  std::span<std::byte* const> rooms;    ///< for each fold, see across_bytes; the results are left at their beginning
  std::span<const reduction* const> folds;
  const std::uint64_t* scalars;
  std::byte* calls;                     ///< room for tile_bytes(across_operands(work)), aligned
};

/// Operands of the kernel with the most of them.
constexpr std::size_t across_operands(const stage& of) noexcept {
  return across_kernels::at_once * of.inputs + 2 * (of.operands.size() - of.inputs) + 3;
}

/// Folds it. False if a kernel found no memory.
bool run_across(const across_tile& what);

}  // namespace onepass
