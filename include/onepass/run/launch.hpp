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
struct operands_of : fused::operands_for<E> {
  /// Gathers them; `fits` becomes false if one shares memory with the result other than element by element.
  ONEPASS_INLINE operands_of(const E& e, const void* result, std::size_t result_bytes, std::size_t n, bool& fits) {
    std::size_t k = 0;
    e.each_leaf([&](const auto& leaf) {
      using T = typename std::remove_cvref_t<decltype(leaf)>::element_type;
      const void* const data = leaf.data();
      this->data[k++] = data;
      const std::size_t bytes = n * sizeof(T);
      const auto distance = reinterpret_cast<std::uintptr_t>(result) - reinterpret_cast<std::uintptr_t>(data);
      const bool overlap = distance + result_bytes - 1 < bytes + result_bytes - 1;
      if (__builtin_expect(overlap, 0)) fits &= distance == 0 && bytes == result_bytes;
    });
    std::size_t s = 0;
    e.each_scalar([&](std::uint64_t bits) { this->scalars[s++] = bits; });
  }

  /// Lists the leaves, then the result; named one by one, so that nothing else has to live in memory.
  ONEPASS_INLINE void list(tile_operand* to, void* result) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((to[I].data = static_cast<std::byte*>(const_cast<void*>(this->data[I]))), ...);
    }(std::make_index_sequence<E::leaves>{});
    to[E::leaves].data = static_cast<std::byte*>(result);
  }

  /// Which leaves are the same array, as sharing_of() says it; `listed` has them already.
  ONEPASS_INLINE std::uint64_t sharing(const tile_operand* listed) const {
    if constexpr (E::leaves <= 4) {
      return sharing_of_few(std::make_index_sequence<E::leaves>{});
    } else {
      return sharing_of(listed, E::leaves);
    }
  }

 private:
  template <std::size_t... I>
  ONEPASS_INLINE std::uint64_t sharing_of_few(std::index_sequence<I...>) const {
    return ((first_like<I>(std::make_index_sequence<I>{}) << (4 * I)) | ...);
  }
  /// The first leaf that is the same as leaf I, if none before is I.
  template <std::size_t I, std::size_t... Before>
  ONEPASS_INLINE std::uint64_t first_like(std::index_sequence<Before...>) const {
    std::uint64_t first = I;
    ((first = this->data[I - 1 - Before] == this->data[I] ? I - 1 - Before : first), ...);
    return first;
  }
};

/// The loop of the quick way, a function of its own: whatever is alive where it is called, its pointers are in registers.
template <class E, class... Word>
[[gnu::noinline]] bool loop_fused(void* result, std::size_t n, Word... word) {
  const pack_scope scope;
  if (!scope.is_fit()) return false;
  const fused::operands_for<E> operands = fused::operands_from<E>(word...);
  fused::run_with<E>(operands, [&](const fused::operands_for<E>& with) ONEPASS_INLINE_LAMBDA {
    if constexpr (fused::is_fold<E>::value) {
      fused::fold_everything<E>(with, static_cast<typename E::element_type*>(result), n);
    } else {
      void* const to[] = {result};
      fused::run_row<true, fused::ahead::no, E>(with, to, n, false);
    }
  });
  return true;
}

/// The quick way of the fused loop. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_fused(const operands_of<E>& operands, void* result, std::size_t n) {
  return [&]<std::size_t... L, std::size_t... S>(std::index_sequence<L...>, std::index_sequence<S...>) {
    return loop_fused<E>(result, n, operands.data[L]..., operands.scalars[S]...);
  }(std::make_index_sequence<E::leaves>{}, std::make_index_sequence<E::scalars>{});
}

/// The quick way of a compiled kernel. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_compiled(const site& here, const operands_of<E>& operands, isa cap, void* result, std::size_t n) {
  if constexpr (E::leaves + 1 > quick_kernel::most_operands) {
    return false;
  } else {
    tile_of<E::leaves + 1> what;
    what.head = {1, n, operands.scalars};
    operands.list(what.operands, result);
    const quick_kernel* const known = here.find(operands.sharing(what.operands), cap);
    if (known == nullptr) return false;
    if (__builtin_expect(!known->in_order, 0)) put_in_order(*known, what.operands);
    if constexpr (fused::is_fold<E>::value) {
      static constexpr auto sizes = fused::operand_sizes<E>();
      run_quick_fold(*known, what.head, sizes.size);
      return true;
    } else {
      return known->code.checks_environment && known->code.entry(what.head, known->code.context) == outcome::done;
    }
  }
}

/// Tries the quick ways. Precondition: all operands (and the result, unless it is a fold) have one shape, of `n`
/// elements, without gaps.
template <class E>
ONEPASS_INLINE bool run_quick(site& here, const options& how, const E& e, std::size_t n, void* result) {
  if constexpr (!is_single_stage<E>() || E::leaves == 0) {
    return false;
  } else {
    if (n > here.limit(how.threads)) return false;
    if constexpr (fused::is_fold<E>::value) {
      if (!E::is_number || n == 0) return false;
    }
    const std::size_t result_bytes = (fused::is_fold<E>::value ? 1 : n) * sizeof(typename E::element_type);
    bool fits = true;
    const operands_of<E> operands(e, result, result_bytes, n, fits);
    if (!fits) return false;
    const engine wanted = how.engine != engine::automatic ? how.engine : how.isa == isa::automatic ? here.automatic_engine() : engine::automatic;
    if (wanted == engine::fused) return run_fused<E>(operands, result, n);
    if (wanted == engine::compiled) return run_compiled<E>(here, operands, how.isa, result, n);
    return false;
  }
}

/// The types of all leaves of E..., in order; their sizes and numbers.
template <class... E>
struct listed {
  static constexpr std::size_t leaves = (E::leaves + ...);
  static constexpr std::size_t scalars = (E::scalars + ...);
  static constexpr std::size_t places = (E::places + ...);
  static constexpr extents (*shapes[])(const leaf_place*) = {E::shape_at...};
  static constexpr dtype types[] = {dtype_of<typename E::element_type>...};
  static constexpr auto leaf_types = fused::leaf_types<E...>();
  static constexpr auto first_place = [] {
    struct {
      std::size_t of[sizeof...(E)];
    } first{};
    std::size_t next = 0, k = 0;
    ((first.of[k++] = next, next += E::places), ...);
    return first;
  }();
};

template <class... E>
constexpr kernel fused_kernel(const void* context) {
  if constexpr ((is_single_stage<E>() && ...)) {
    return {fused::run_tile<E...>, context, true};
  } else {
    return {};
  }
}

/// The half of a request that types tell.
template <class... E>
inline constexpr expression_list list_of{
    &site_of<E...>, trace<E...>,
    fused_kernel<E...>(nullptr), fused_kernel<E...>(&fused::streaming_context), target_isa,
    listed<E...>::leaf_types.type, listed<E...>::leaves, listed<E...>::scalars, listed<E...>::places,
    sizeof...(E), listed<E...>::shapes, listed<E...>::first_place.of, listed<E...>::types};

/// The other half: what the leaves and scalars are right now.
template <class... E>
struct gathered {
  const void* data[listed<E...>::leaves + 1];
  leaf_place places[listed<E...>::places + 1];
  std::uint64_t scalars[listed<E...>::scalars + 1];

  ONEPASS_INLINE explicit gathered(const E&... e) {
    std::size_t k = 0, p = 0, s = 0;
    (e.each_leaf([&](const auto& leaf) { data[k++] = leaf.data(); }), ...);
    (e.each_place([&](leaf_place place) { places[p++] = place; }), ...);
    (e.each_scalar([&](std::uint64_t bits) { scalars[s++] = bits; }), ...);
  }
  ONEPASS_INLINE operator operands_now() const { return {data, places, scalars}; }
};

}  // namespace launch
}  // namespace ONEPASS_TARGET
}  // namespace onepass
