// Folds across rows: where the results lie beside each other, and so do the elements that they are made from.
//
// Along the axis that is kept, a register holds elements of many results. So the lanes of the reduction order become
// rows of an array of accumulators: element i of every result joins accumulator row i modulo the lanes, in a kernel that
// is a map; then rows join by halves and blocks in pairs, in others. The order is that of ir/reduction.hpp, so the bits
// are the same as when each result's elements are folded along a register; nothing is packed or transposed.
// A kernel reads several elements of a result at once, so that memory is asked for as many of them and accumulators are
// seldom loaded and stored. Where a block is short, they are those of several lanes, which join before they are stored.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <onepass/plan/cut.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/plan/plan.hpp>

namespace onepass {

/// What a kernel does for each result: takes so many elements, one after another of so many lanes in turns. The lanes
/// start as identities, or one lane as what it was; at the end they are joined.
struct across_step {
  std::uint32_t lanes, times;
  bool begins;

  bool operator==(const across_step&) const = default;
};

/// One block of each result: lanes form `groups`, lane l being of group l modulo their number, because lanes that are
/// joined first are half of all apart. Elements g, g + groups, g + 2 groups... belong to the lanes of group g in turns.
class across_block {
 public:
  /// What a call of a kernel is for.
  struct call {
    across_step step;
    std::size_t first_group, groups;  ///< that many groups from this one on
    std::size_t done;                 ///< elements of each group that earlier calls took
    std::size_t repeats;              ///< so many times, going on where the last one ended
  };

  /// Precondition: elements > 0, at_once > 1. Several lanes are of one group only if a single call takes all its elements.
  across_block(std::size_t elements, std::size_t lanes, std::uint32_t at_once) : elements_(elements), groups_(lanes), at_once_(at_once) {
    while (groups_ > 1 && elements <= groups_ / 2 * at_once) groups_ /= 2;
    lanes_ = static_cast<std::uint32_t>(lanes / groups_);
  }

  std::size_t groups() const { return groups_; }

  template <class F>
  void each_call(F&& f) const {
    const std::size_t longer = elements_ % groups_, most = (elements_ + groups_ - 1) / groups_;
    const std::size_t calls = (most + at_once_ - 1) / at_once_;
    if (longer > 0) divide(0, longer, most, calls, f);
    divide(longer, groups_ - longer, elements_ / groups_, calls, f);
  }

 private:
  /// Elements of some groups, in calls that take about as many.
  template <class F>
  void divide(std::size_t first, std::size_t groups, std::size_t elements, std::size_t calls, F&& f) const {
    const std::size_t least = elements / calls, larger = elements % calls;
    for (std::size_t k = 0, done = 0; k < calls;) {
      const std::size_t times = least + (k < larger ? 1 : 0), repeats = k == 0 ? 1 : k < larger ? larger - k : calls - k;
      f(call{{lanes_, static_cast<std::uint32_t>(times), k == 0}, first, groups, done, repeats});
      done += repeats * times;
      k += repeats;
    }
  }

  std::size_t elements_, groups_;
  std::uint32_t at_once_, lanes_;
};

/// Elements of a result that a kernel takes at once: so many that it reads from this many places of memory. Fewer leave
/// memory waiting (4 take 1.2 to 1.5 times as long), twice as many are too many for what asks for lines ahead.
constexpr std::uint32_t across_at_once(const stage& of) noexcept {
  constexpr std::uint32_t places = 16;
  return std::max<std::uint32_t>(2, places / std::max<std::uint32_t>(1, of.inputs));
}

/// The kernels of a stage that is folded across rows.
struct across_kernels {
  /// Rows of accumulators that join at once: 2, 4 and 8.
  static constexpr std::uint32_t most_joined = 8;
  using joins = std::array<kernel, 3>;

  struct folding {
    across_step step;
    kernel code;  ///< inputs `times` times, then the accumulators of all folds, unless it begins; accumulators
  };
  std::vector<folding> foldings;  ///< those that results of so many elements need
  std::vector<joins> joining;     ///< of each fold: rows, from the earliest on; the joined one
  std::string refusal;            ///< why they are interpreted although compiled ones were wanted

  const kernel* find(const across_step& wanted) const {
    const auto at = std::find_if(foldings.begin(), foldings.end(), [&](const folding& f) { return f.step == wanted; });
    return at == foldings.end() ? nullptr : &at->code;
  }
};

/// Calls f(step) for every kernel that results of so many elements of `size` bytes need, for some more than once.
template <class F>
void each_across_step(const stage& of, std::size_t elements, std::size_t size, F&& f) {
  const auto visit = [&](std::size_t block) {
    across_block(block, fold_lanes(size), across_at_once(of)).each_call([&](const across_block::call& call) { f(call.step); });
  };
  if (elements >= fold_block) visit(fold_block);
  if (elements % fold_block != 0) visit(elements % fold_block);
}

/// The program of a step, and that of joining so many rows of fold `f`'s accumulators.
program across_program(const stage& of, const across_step& step);
program across_joining(const stage& of, std::size_t f, std::uint32_t rows);

/// Memory for the block results and accumulators of a fold with elements of `size` bytes, in a tile of so many results with
/// so many elements each.
inline std::size_t across_bytes(const stage& of, std::size_t results, std::size_t elements, std::size_t size) {
  constexpr auto aligned = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
  const std::size_t groups = across_block(std::clamp<std::size_t>(elements, 1, fold_block), fold_lanes(size), across_at_once(of)).groups();
  return aligned(fold_blocks(elements) * results * size) + aligned(groups * results * size);
}

/// A tile to be folded across rows.
struct across_tile {
  const stage& work;
  const across_kernels& kernels;
  std::size_t results, elements;        ///< results beside each other, and elements of each
  std::span<const tile_operand> inputs;  ///< of the stage: column_stride along the results, row_stride along the elements
  std::span<std::byte* const> rooms;    ///< for each fold, see across_bytes
  std::span<std::byte* const> finished;  ///< where the results are left, beside each other: of several blocks, where its room begins
  std::span<const reduction* const> folds;
  tile& call;                           ///< with room for across_operands(work), the scalars, and what the kernels ask for
};

/// Operands of the kernel with the most of them.
constexpr std::size_t across_operands(const stage& of) noexcept {
  const std::size_t folding = across_at_once(of) * of.inputs + 2 * (of.operands.size() - of.inputs);
  return std::max<std::size_t>(folding, across_kernels::most_joined + 1);
}

/// Folds it.
void run_across(const across_tile& what);

}  // namespace onepass
