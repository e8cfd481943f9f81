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

  /// Which leaves are the same array, as sharing_of() says it.
  ONEPASS_INLINE std::uint64_t sharing() const { return sharing(std::make_index_sequence<E::leaves>{}); }

 private:
  template <std::size_t... I>
  ONEPASS_INLINE std::uint64_t sharing(std::index_sequence<I...>) const {
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

/// The quick way of the fused loop. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_fused(const operands_of<E>& operands, void* result, std::size_t n) {
  const pack_scope scope;
  if (!scope.is_fit()) return false;
  if constexpr (fused::is_fold<E>::value) {
    fused::fold_everything<E>(operands, static_cast<typename E::element_type*>(result), n);
  } else {
    void* const to[] = {result};
    fused::run_row<true, E>(operands, to, n, false);
  }
  return true;
}

/// Hands pointers over in the order of the leaves; named one by one, so that nothing else has to live in memory.
template <class E, std::size_t... I>
ONEPASS_INLINE void list_in_order(const operands_of<E>& operands, void* result, tile_operand* at, std::index_sequence<I...>) {
  ((at[I].data = static_cast<std::byte*>(const_cast<void*>(operands.data[I]))), ...);
  at[E::leaves].data = static_cast<std::byte*>(result);
}

/// The same for a kernel that has its operands in another order.
template <class E>
ONEPASS_COLD void list_reordered(const quick_kernel& of, operands_of<E> operands, void* result, tile_operand* at) {
  for (std::size_t j = 0; j < of.operands; ++j) {
    at[j].data = static_cast<std::byte*>(of.order[j] < E::leaves ? const_cast<void*>(operands.data[of.order[j]]) : result);
  }
}

/// The quick way of a compiled kernel. False if nothing was done.
template <class E>
ONEPASS_INLINE bool run_compiled(const site& here, const operands_of<E>& operands, isa cap, void* result, std::size_t n) {
  if constexpr (E::leaves + 1 > quick_kernel::most_operands) {
    return false;
  } else {
    const quick_kernel* const known = here.find(operands.sharing(), cap);
    if (known == nullptr) return false;
    tile_of<E::leaves + 1> what;
    what.head = {1, n, operands.scalars};
    if (__builtin_expect(known->in_order, 1)) {
      list_in_order<E>(operands, result, what.operands, std::make_index_sequence<E::leaves>{});
    } else {
      list_reordered<E>(*known, operands, result, what.operands);
    }
    if constexpr (fused::is_fold<E>::value) {
      static constexpr auto sizes = fused::operand_sizes<E>();
      run_quick_fold(*known, what.head, sizes.size);
      return true;
    } else {
      return known->code.checks_environment && known->code.entry(what.head, known->code.context) == outcome::done;
    }
  }
}

/// Tries the quick ways. `word` is the shape of all operands (and of the result, unless it is a fold).
template <class E>
ONEPASS_INLINE bool run_quick(site& here, const options& how, const E& e, shape_word word, std::size_t n, void* result) {
  if constexpr (!is_single_stage<E>() || E::leaves == 0) {
    return false;
  } else {
    if (!is_packed(word) || e.difference(word) != 0 || n > here.limit(how.threads)) return false;
    if constexpr (fused::is_fold<E>::value) {
      if (E::over != axes::all || n == 0) return false;
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

/// Calls f with the request to evaluate E... into `to`.
template <class F, class... E>
auto with_request(destination* to, F&& f, const E&... e) {
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
  return f(std::as_const(what));
}

/// The way to the core. Takes copies, so that an expression on the quick way never needs an address.
template <class... E>
ONEPASS_COLD void run_core(options how, destination* to, E... e) {
  with_request(to, [&](const request& what) { evaluate_request(how, what); }, e...);
}

}  // namespace launch
}  // namespace ONEPASS_TARGET
}  // namespace onepass
