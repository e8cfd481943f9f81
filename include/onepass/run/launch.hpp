// From an expression to what the compiled core knows of it: its types as a list of constants, its operands as words; and
// the quick way, which calls the loop without the core.
//
// User code compiles these lines for every expression that it has, so they are few: whatever does not depend on types,
// and is not the simplest case of a small expression, is out of line.
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

template <std::size_t Places>
extents joined_shape_of(const leaf_place* places) {
  return joined_shape(places, Places);
}

/// The shape of an expression, from its places; the same function for all that have as many and no folds.
template <class E>
consteval auto shape_function() -> extents (*)(const leaf_place*) {
  if constexpr (E::has_folds) {
    return E::shape_at;
  } else {
    return joined_shape_of<E::places>;
  }
}

/// The types of all leaves of E..., in order; their sizes and numbers.
template <class... E>
struct listed {
  static constexpr std::size_t leaves = (E::leaves + ...);
  static constexpr std::size_t scalars = (E::scalars + ...);
  static constexpr std::size_t places = (E::places + ...);
  static constexpr extents (*shapes[])(const leaf_place*) = {shape_function<E>()...};
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

/// The loops of E..., if they are a single stage.
template <class... E>
consteval fused_loops loops_of_list() {
  if constexpr ((is_single_stage<E>() && ...)) {
    return fused::make_loops<E...>();
  } else {
    return {};
  }
}
template <class... E>
inline constexpr fused_loops loops_of = loops_of_list<E...>();

/// The half of a request that types tell.
template <class... E>
inline constexpr expression_list list_of{
    &site_of<E...>, trace<E...>, &loops_of<E...>, target_isa,
    listed<E...>::leaf_types.type, listed<E...>::leaves, listed<E...>::scalars, listed<E...>::places,
    sizeof...(E), listed<E...>::shapes, listed<E...>::first_place.of, listed<E...>::types};

/// The other half: what the leaves and scalars are right now, laid out as operands_now tells.
template <class... E>
struct gathered {
  const void* operands[listed<E...>::leaves + sizeof...(E)];
  leaf_place places[listed<E...>::places + 1];
  std::uint64_t scalars[listed<E...>::scalars + 1];

  ONEPASS_INLINE explicit gathered(const E&... e) {
    operand_words next{operands, places, scalars};
    ((e.put(next), next = next.after<E>()), ...);
  }
  ONEPASS_INLINE operator operands_now() { return operands_now{operands}; }
};

/// True for expressions whose loop is called from user code, if nothing but a few comparisons is in its way. With more
/// leaves the call is what costs least, and the core makes the same comparisons (lib/quick.cpp).
template <class E>
inline constexpr bool is_quick = is_single_stage<E>() && E::leaves > 0 && E::leaves <= 4;

/// Calls a compiled kernel that the site remembers. Compiled once for all expressions with so many leaves.
template <std::size_t Leaves>
[[gnu::noinline]] bool run_compiled(const site& here, const void* const* operands, const std::uint64_t* scalars, isa cap, std::size_t n) {
  const quick_kernel* const known = here.find(sharing_of(operands, Leaves), cap);
  if (known == nullptr || !known->in_order || !known->code.checks_environment) return false;
  tile_of<Leaves + 1> what;
  what.head = {1, n, scalars, nullptr};
  for (std::size_t k = 0; k <= Leaves; ++k) what.operands[k].data = static_cast<std::byte*>(const_cast<void*>(operands[k]));
  return known->code.entry(what.head, known->code.context) == outcome::done;
}

/// Calls the loop, fused or compiled. False if nothing was done: then the core has to look closer. Precondition: all
/// operands, and the result unless it is a fold, have one shape, of `n` elements, without gaps.
template <class E>
ONEPASS_INLINE bool run_quick(const options& how, gathered<E>& with, std::size_t n, void* result) {
  const site& here = site_of<E>;
  if (n > here.limit(how.threads)) return false;
  constexpr bool is_fold = fused::is_fold<E>::value;
  if (is_fold && (n == 0 || n > fold_block)) return false;
  const std::size_t result_bytes = (is_fold ? 1 : n) * sizeof(typename E::element_type);
  for (std::size_t k = 0; k < E::leaves; ++k) {
    const std::size_t bytes = n * fused::sizes_of<E>.size[k];
    const auto distance = reinterpret_cast<std::uintptr_t>(result) - reinterpret_cast<std::uintptr_t>(with.operands[k]);
    const bool overlap = distance + result_bytes - 1 < bytes + result_bytes - 1;
    if (__builtin_expect(overlap, 0) && (distance != 0 || bytes != result_bytes)) return false;
  }
  with.operands[E::leaves] = result;
  const engine wanted = how.engine == engine::automatic && how.isa == isa::automatic ? here.automatic_engine() : how.engine;
  if (wanted == engine::compiled) return run_compiled<E::leaves>(here, with.operands, with.scalars, how.isa, n);
  if (wanted != engine::fused || flushes_subnormals()) return false;
  fused::loop_follow<E>(with.operands, with.scalars, n, row_way::usual, nullptr);
  return true;
}

}  // namespace launch
}  // namespace ONEPASS_TARGET
}  // namespace onepass
