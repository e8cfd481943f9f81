// From an expression to a run: the quick ways that the templates go on their own, and the way to the compiled core.
//
// The quick ways serve the simplest case, an expression whose operands and result are gapless and of one shape, small
// enough for one thread: a few comparisons, then the loop. Everything else, and every first time, goes to the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <onepass/expression/trace.hpp>
#include <onepass/run/evaluation.hpp>
#include <onepass/run/fused.hpp>
#include <onepass/run/options.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {
namespace launch {

/// What is remembered for evaluating the expressions E... together.
template <class... E>
inline constinit site site_of{};

/// True if E can be the loop that the compiler makes: elements, or one fold of elements.
template <class E>
consteval bool is_single_stage() {
  if constexpr (fused::is_fold<E>::value) {
    return !E::argument::has_folds;
  } else {
    return !E::has_folds;
  }
}

/// What the leaves and scalars of an expression are right now. Leaves come first to last.
template <class E>
struct operands_of {
  fused::row_operands<E::leaves> leaves;
  std::uint64_t scalars[E::scalars + 1];

  /// Gathers them; `fits` becomes false if a leaf is not gapless of the shape `word`, or shares memory with the
  /// result other than element by element.
  ONEPASS_INLINE operands_of(const E& e, shape_word word, const void* result, std::size_t result_bytes, std::size_t n, bool& fits) {
    std::size_t k = 0;
    e.each_leaf([&](const auto& leaf) {
      using T = typename std::remove_cvref_t<decltype(leaf)>::element_type;
      const void* const data = leaf.data();
      leaves.data[k++] = data;
      fits &= leaf.word() == word;
      const std::size_t bytes = n * sizeof(T);
      const auto apart = reinterpret_cast<std::uintptr_t>(result) - reinterpret_cast<std::uintptr_t>(data);
      const bool in_place = apart == 0 && bytes == result_bytes;
      fits &= in_place | (apart + result_bytes - 1 >= bytes + result_bytes - 1);
    });
    std::size_t s = 0;
    e.each_scalar([&](std::uint64_t bits) { scalars[s++] = bits; });
  }

  /// Which leaves are the same array, as sharing_of() says it.
  ONEPASS_INLINE std::uint64_t sharing() const {
    std::uint64_t word = 0;
    for (std::size_t i = 1; i < E::leaves; ++i) {
      std::uint64_t first = i;
      for (std::size_t j = i; j-- > 0;) {
        if (leaves.data[j] == leaves.data[i]) first = j;
      }
      word |= first << (4 * i);
    }
    return word;
  }
};

/// The quick way of the fused loop. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_fused(const operands_of<E>& operands, void* result, std::size_t n) {
  const pack_scope scope;
  if (!scope.is_fit()) return false;
  if constexpr (fused::is_fold<E>::value) {
    fused::fold_everything<E>(operands.leaves, operands.scalars, static_cast<typename E::element_type*>(result), n);
  } else {
    void* const to[] = {result};
    fused::run_row<true, E>(operands.leaves, operands.scalars, to, n, false);
  }
  return true;
}

/// The quick way of a compiled kernel. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_compiled(const site& here, const operands_of<E>& operands, isa cap, void* result, std::size_t n) {
  if constexpr (E::leaves + 1 > quick_kernel::most_operands) {
    return false;
  } else {
    const quick_kernel* const known = here.find(operands.sharing(), cap);
    if (known == nullptr) return false;
    static constexpr auto sizes = fused::operand_sizes<E>();
    const void* data[E::leaves + 1];
    for (std::size_t k = 0; k < E::leaves; ++k) data[k] = operands.leaves.data[k];
    data[E::leaves] = result;
    tile_operand at[E::leaves + 1];
    for (std::size_t j = 0; j < known->operands; ++j) at[j].data = static_cast<std::byte*>(const_cast<void*>(data[known->order[j]]));
    if constexpr (fused::is_fold<E>::value) {
      run_quick_fold(*known, at, sizes.size, operands.scalars, n);
      return true;
    } else {
      return known->code.checks_environment && known->code.entry({1, n, operands.scalars, at}, known->code.context) == outcome::done;
    }
  }
}

/// Tries the quick ways. `word` is the shape of all operands (and of the result, unless it is a fold).
template <class E>
ONEPASS_INLINE bool run_quick(site& here, const options& how, const E& e, shape_word word, std::size_t n, void* result) {
  if constexpr (!is_single_stage<E>() || E::leaves == 0) {
    return false;
  } else {
    if (word == 0 || n > here.limit(how.threads)) return false;
    if constexpr (fused::is_fold<E>::value) {
      if (E::over != axes::all || n == 0) return false;
    }
    const std::size_t result_bytes = (fused::is_fold<E>::value ? 1 : n) * sizeof(typename E::element_type);
    bool fits = true;
    const operands_of<E> operands(e, word, result, result_bytes, n, fits);
    if (!fits) return false;
    const engine wanted = how.engine != engine::automatic ? how.engine : how.isa == isa::automatic ? here.automatic_engine() : engine::automatic;
    if (wanted == engine::fused) return run_fused<E>(operands, result, n);
    if (wanted == engine::compiled) return run_compiled<E>(here, operands, how.isa, result, n);
    return false;
  }
}

/// The way to the core.
template <class... E>
ONEPASS_COLD void run_core(const options& how, destination* to, const E&... e) {
  constexpr std::size_t leaves = (E::leaves + ...);
  source sources[leaves + 1];
  std::uint64_t scalars[(E::scalars + ... + 1)];
  std::size_t k = 0, s = 0;
  (e.each_leaf([&](const auto& leaf) { sources[k++] = leaf.describe(); }), ...);
  (e.each_scalar([&](std::uint64_t bits) { scalars[s++] = bits; }), ...);
  request what{};
  what.remembered = &site_of<E...>;
  what.trace = trace<E...>;
  what.fused_isa = target_isa;
  if constexpr ((is_single_stage<E>() && ...)) {
    what.fused = {fused::run_tile<E...>, nullptr, true};
    what.fused_streaming = {fused::run_tile<E...>, &fused::streaming_context, true};
  }
  what.sources = sources;
  what.source_count = leaves;
  what.scalars = scalars;
  what.scalar_count = s;
  what.destinations = to;
  what.destination_count = sizeof...(E);
  evaluate_request(how, what);
}

}  // namespace launch
}  // namespace ONEPASS_TARGET
}  // namespace onepass
