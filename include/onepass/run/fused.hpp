// Engine 1: the loop is made by the C++ compiler, from packs, for the instruction set of this translation unit.
//
// One row is a main loop of wide packs, then masked packs for what is left: the same bodies under a mask. Folds keep the
// lanes of the reduction order in packs. Everything here depends on expression types alone, and every expression has one
// loop for all its uses, because loops are most of what user code costs the compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <onepass/expression/fold.hpp>
#include <onepass/expression/node.hpp>
#include <onepass/ir/reduction.hpp>
#include <onepass/run/environment.hpp>
#include <onepass/run/fused_loops.hpp>
#include <onepass/value/pack.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {
namespace fused {

/// Where the operands of a row are. Beside a fold, an operand that stays the same along the row is a repeated element
/// whose index is masked away. A copy in the loop's own frame: what nobody else can see stays in registers.
template <std::size_t Leaves, std::size_t Scalars>
struct row_operands {
  const void* data[Leaves + 1];
  std::size_t index_mask[Leaves + 1];
  std::uint64_t scalars[Scalars + 1];

  ONEPASS_INLINE row_operands(const void* const* all, const std::uint64_t* numbers) {
    for (std::size_t k = 0; k < Leaves; ++k) data[k] = all[k];
    for (std::size_t k = 0; k < Scalars; ++k) scalars[k] = numbers[k];
  }
};

template <class... E>
using operands_for = row_operands<(E::leaves + ...), (E::scalars + ...)>;

/// Reads full packs of N elements at `index`.
template <std::size_t N, bool Direct, class Operands>
struct pack_reader {
  const Operands& operands;
  std::size_t index;

  template <element T, std::size_t Leaf>
  ONEPASS_INLINE auto leaf() const {
    const T* const from = static_cast<const T*>(operands.data[Leaf]);
    return values_of<T, N>::load(from + (Direct ? index : index & operands.index_mask[Leaf]));
  }
  template <element T, std::size_t Scalar>
  ONEPASS_INLINE auto scalar() const {
    return values_of<T, N>::filled(from_bits<T>(operands.scalars[Scalar]));
  }
};

/// Reads the first `count` elements of a pack at `index`.
template <std::size_t N, bool Direct, class Operands>
struct masked_reader {
  const Operands& operands;
  std::size_t index, count;

  template <element T, std::size_t Leaf>
  ONEPASS_INLINE auto leaf() const {
    const T* const from = static_cast<const T*>(operands.data[Leaf]);
    return values_of<T, N>::load_first(from + (Direct ? index : index & operands.index_mask[Leaf]), count);
  }
  template <element T, std::size_t Scalar>
  ONEPASS_INLINE auto scalar() const {
    return values_of<T, N>::filled(from_bits<T>(operands.scalars[Scalar]));
  }
};

/// Lanes of one register step for the element widths (a set of 1, 2, 4, 8) that occur in an expression.
constexpr std::size_t step_lanes(unsigned widths) {
  return vector_bytes / ((widths & 4) != 0 ? 4 : (widths & 8) != 0 ? 8 : (widths & 2) != 0 ? 2 : 1);
}

/// Registers that the main loop works on at once, operation by operation.
inline constexpr std::size_t unroll = 2;

template <class E>
struct is_fold : std::false_type {};
template <class Op, folded Form, class Arg>
struct is_fold<fold<Op, Form, Arg>> : std::true_type {};

/// What a row computes for one expression: elements to store.
template <class E, std::size_t N>
struct map_output {
  using T = typename E::element_type;
  static constexpr std::size_t lanes = N;
  T* to;

  ONEPASS_INLINE explicit map_output(T* result) : to(result) {}

  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void full(const Reader& reader, bool streaming) {
    const auto result = E::template at<Leaf, Scalar>(reader);
    using V = std::remove_const_t<decltype(result)>;
    if (streaming) {
      V::stream(to + reader.index, result);
    } else {
      V::store(to + reader.index, result);
    }
  }
  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void tail(const Reader& reader) {
    const auto result = E::template at<Leaf, Scalar>(reader);
    std::remove_const_t<decltype(result)>::store_first(to + reader.index, result, reader.count);
  }
  ONEPASS_INLINE void finish() {}
};

/// Joins elements onto lanes by the reduction's own body.
template <class Op>
struct plain_join {
  template <class V>
  ONEPASS_INLINE static V join(V lane, V element) {
    return Op::combine(lane, element);
  }
  template <class V>
  ONEPASS_INLINE static V join_lanes(V earlier, V later) {
    return Op::combine(earlier, later);
  }
  template <class V>
  ONEPASS_INLINE static V settled(V found) {
    return found;
  }
};

/// How Op joins packs V: in a cheaper way of its own, if it has one.
template <class Op, class V>
struct choose_join {
  using type = plain_join<Op>;
};
template <class Op, class V>
  requires requires { typename Op::template watch<V>; }
struct choose_join<Op, V> {
  using type = typename Op::template watch<V>;
};

/// What a row computes for a fold: the lanes of one block, joined at the end.
template <class E, std::size_t N>
struct fold_output {
  using Op = typename E::op;
  using Arg = typename E::argument;
  using T = typename E::element_type;
  using V = pack<T, N>;
  static constexpr std::size_t lanes = fold_lanes(sizeof(T));
  static constexpr std::size_t packs = lanes / N;
  static_assert(packs >= 1);

  T* to;
  typename choose_join<Op, V>::type how;
  V held[packs] = {};

  ONEPASS_INLINE explicit fold_output(T* result) : to(result) {
    for (auto& lane : held) lane = V::filled(Op::template identity<T>);
  }

  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void full(const Reader& reader, bool) {
    held[Step % packs] = how.join(held[Step % packs], Arg::template at<Leaf, Scalar>(reader));
  }
  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void tail(const Reader& reader) {
    const V element = Arg::template at<Leaf, Scalar>(reader);
    const V counted = V::select(V::truth::first(reader.count), element, V::filled(Op::template identity<T>));
    held[Step % packs] = how.join(held[Step % packs], counted);
  }
  ONEPASS_INLINE void finish() {
    join_packs(std::integral_constant<std::size_t, packs>{});
    pack<T, 1>::store(to, how.settled(join_lanes(held[0])));
  }

 private:
  template <std::size_t Count>
  ONEPASS_INLINE void join_packs(std::integral_constant<std::size_t, Count>) {
    if constexpr (Count > 1) {
      for (std::size_t i = 0; i < Count / 2; ++i) held[i] = how.join_lanes(held[i], held[i + Count / 2]);
      join_packs(std::integral_constant<std::size_t, Count / 2>{});
    }
  }
  template <std::size_t M>
  ONEPASS_INLINE pack<T, 1> join_lanes(pack<T, M> all) const {
    if constexpr (M == 1) {
      return all;
    } else {
      return join_lanes(how.join_lanes(all.lower(), all.upper()));
    }
  }
};

template <class E, std::size_t N>
using output = std::conditional_t<is_fold<E>::value, fold_output<E, N>, map_output<E, N>>;

/// The outputs of a row, one after another.
template <std::size_t N, class... E>
struct outputs {
  static constexpr std::size_t width = N;
  ONEPASS_INLINE explicit outputs(const void* const*) {}
  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void full(const Reader&, bool) {}
  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void tail(const Reader&) {}
  ONEPASS_INLINE void finish() {}
};
template <std::size_t N, class First, class... Rest>
struct outputs<N, First, Rest...> {
  output<First, N> first;
  outputs<N, Rest...> rest;
  static constexpr std::size_t of_first = output<First, N>::lanes, of_rest = outputs<N, Rest...>::width;
  static constexpr std::size_t width = of_first > of_rest ? of_first : of_rest;

  ONEPASS_INLINE explicit outputs(const void* const* to)
      : first(static_cast<typename First::element_type*>(const_cast<void*>(to[0]))), rest(to + 1) {}

  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void full(const Reader& reader, bool streaming) {
    first.template full<Leaf, Scalar, Step>(reader, streaming);
    rest.template full<Leaf + First::leaves, Scalar + First::scalars, Step>(reader, streaming);
  }
  template <std::size_t Leaf, std::size_t Scalar, std::size_t Step, class Reader>
  ONEPASS_INLINE void tail(const Reader& reader) {
    first.template tail<Leaf, Scalar, Step>(reader);
    rest.template tail<Leaf + First::leaves, Scalar + First::scalars, Step>(reader);
  }
  ONEPASS_INLINE void finish() {
    first.finish();
    rest.finish();
  }
};

/// One pack of every step of a full width.
template <std::size_t N, bool Direct, class Outputs, class Operands, std::size_t... Step>
ONEPASS_INLINE void run_steps(Outputs& all, const Operands& operands, std::size_t i, bool streaming, std::index_sequence<Step...>) {
  (all.template full<0, 0, Step>(pack_reader<N, Direct, Operands>{operands, i + Step * N}, streaming), ...);
}

/// The same for what is left of a width: packs that begin before the end, masked.
template <std::size_t N, bool Direct, class Outputs, class Operands, std::size_t... Step>
ONEPASS_INLINE void run_last_steps(Outputs& all, const Operands& operands, std::size_t i, std::size_t n, std::index_sequence<Step...>) {
  const auto run = [&]<std::size_t S>(std::integral_constant<std::size_t, S>) ONEPASS_INLINE_LAMBDA {
    const std::size_t at = i + S * N;
    if (at < n) all.template tail<0, 0, S>(masked_reader<N, Direct, Operands>{operands, at, n - at < N ? n - at : N});
  };
  (run(std::integral_constant<std::size_t, Step>{}), ...);
}

/// The element types of all leaves of E..., in order.
template <class... E>
consteval auto leaf_types() {
  struct {
    dtype type[(E::leaves + ... + 1)];
  } result{};
  dtype* next = result.type;
  (E::list_leaf_types(next), ...);
  return result;
}

/// Sizes of the elements of all leaves of E..., in order; one more stays free.
template <class... E>
consteval auto leaf_sizes() {
  struct {
    std::uint8_t size[(E::leaves + ... + 1)];
  } result{};
  for (std::size_t k = 0; k < (E::leaves + ...); ++k) result.size[k] = static_cast<std::uint8_t>(size_of(leaf_types<E...>().type[k]));
  return result;
}

/// True if all leaves of E... have elements of one type.
template <class... E>
consteval bool have_one_type() {
  bool one = true;
  for (std::size_t k = 1; k < (E::leaves + ...); ++k) one &= leaf_types<E...>().type[k] == leaf_types<E...>().type[0];
  return one;
}

/// Asks for the bytes that a later turn of the main loop will read where this one reads from `now` on.
template <std::size_t Bytes>
ONEPASS_INLINE void look_ahead(const void* now) {
  const auto later = reinterpret_cast<std::uintptr_t>(now) + bytes_ahead;  // which may be beyond the array: nothing happens
  for (std::size_t b = 0; b < Bytes; b += 64) __builtin_prefetch(reinterpret_cast<const void*>(later + b));
}

/// Whether the elements of the first leaf may be asked for early. Of two arrays at once the processor asks early enough.
enum class ahead : bool { no, yes };
template <class... E>
inline constexpr ahead if_alone = (E::leaves + ...) == 1 ? ahead::yes : ahead::no;

/// Computes one row of E..., whose results come after the leaves in `to`. Precondition: n <= fold_block if one is a fold.
template <bool Direct, ahead Ahead, class... E>
ONEPASS_INLINE void run_row(operands_for<E...> operands, const void* const* to, std::size_t n, row_way way) {
  constexpr std::size_t L = step_lanes((E::widths | ...));
  constexpr std::size_t N = unroll * L;
  outputs<N, E...> all(to + (E::leaves + ...));
  constexpr std::size_t width = outputs<N, E...>::width;
  constexpr auto steps = std::make_index_sequence<width / N>{};
  constexpr std::size_t first_size = leaf_sizes<E...>().size[0];

  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    if constexpr (Ahead == ahead::yes) {
      if (has(way, row_way::early)) look_ahead<width * first_size>(static_cast<const std::byte*>(operands.data[0]) + i * first_size);
    }
    run_steps<N, Direct>(all, operands, i, has(way, row_way::streaming), steps);
  }
  if constexpr ((is_fold<E>::value || ...)) {  // which lanes an element joins is known here: they stay in registers
    if (i < n) run_last_steps<N, Direct>(all, operands, i, n, steps);
  } else {
    for (; i < n; i += L) all.template tail<0, 0, 0>(masked_reader<L, Direct, operands_for<E...>>{operands, i, n - i < L ? n - i : L});
  }
  all.finish();
}

/// For each leaf and scalar of an expression an earlier one that stands at the same place of an equal type of operand, as
/// in (a - b) * (a - b); itself, if there is none. If they are the same in truth, nothing has to be computed twice.
template <class E>
struct repeated_operands {
  std::size_t leaf[E::leaves + 1] = {}, scalar[E::scalars + 1] = {};
  bool any = false;

  consteval repeated_operands() {
    for (std::size_t k = 0; k < E::leaves; ++k) leaf[k] = k;
    for (std::size_t k = 0; k < E::scalars; ++k) scalar[k] = k;
    visit(std::type_identity<E>{}, 0, 0);
  }

 private:
  template <class Leaf>
  consteval void visit(std::type_identity<Leaf>, std::size_t, std::size_t) {}
  template <class Op, folded Form, class Arg>
  consteval void visit(std::type_identity<fold<Op, Form, Arg>>, std::size_t first_leaf, std::size_t first_scalar) {
    visit(std::type_identity<Arg>{}, first_leaf, first_scalar);
  }
  template <class Op, class... Args>
  consteval void visit(std::type_identity<node<Op, Args...>>, std::size_t first_leaf, std::size_t first_scalar) {
    ((visit(std::type_identity<Args>{}, first_leaf, first_scalar), first_leaf += Args::leaves, first_scalar += Args::scalars), ...);
  }
  /// A leaf that is read twice is cheap: only operands that are computed are worth a loop of their own.
  template <class Op, class Op2, class... Args>
  consteval void visit(std::type_identity<node<Op, node<Op2, Args...>, node<Op2, Args...>>>, std::size_t first_leaf, std::size_t first_scalar) {
    using A = node<Op2, Args...>;
    any = true;
    visit(std::type_identity<A>{}, first_leaf, first_scalar);
    for (std::size_t k = 0; k < A::leaves; ++k) leaf[first_leaf + A::leaves + k] = leaf[first_leaf + k];
    for (std::size_t k = 0; k < A::scalars; ++k) scalar[first_scalar + A::scalars + k] = scalar[first_scalar + k];
  }
};

/// Calls run(operands); where operands are repeated, with the earlier ones in their place, so that the compiler sees it.
template <class E, class Run>
ONEPASS_INLINE void run_with(operands_for<E> operands, Run run) {
  constexpr repeated_operands<E> repeated;
  if constexpr (repeated.any) {
    bool same = true;
    operands_for<E> earlier = operands;
    for (std::size_t k = 0; k < E::leaves; ++k) same &= (earlier.data[k] = operands.data[repeated.leaf[k]]) == operands.data[k];
    for (std::size_t k = 0; k < E::scalars; ++k) same &= (earlier.scalars[k] = operands.scalars[repeated.scalar[k]]) == operands.scalars[k];
    if (same) return run(earlier);
  }
  run(operands);
}

/// One row of one result, as run_row() computes it, in as few steps as there can be: the compiler copies the whole
/// expression for each of them, and most expressions are of this kind.
template <class E>
ONEPASS_INLINE void run_elements(operands_for<E> operands, const void* const* all, std::size_t n, bool streaming) {
  constexpr std::size_t L = step_lanes(E::widths), N = unroll * L;
  auto* const to = static_cast<typename E::element_type*>(const_cast<void*>(all[E::leaves]));
  std::size_t i = 0;
  for (; i + N <= n; i += N) {
    const auto elements = E::template at<0, 0>(pack_reader<N, true, operands_for<E>>{operands, i});
    using V = std::remove_const_t<decltype(elements)>;
    if (streaming) {
      V::stream(to + i, elements);
    } else {
      V::store(to + i, elements);
    }
  }
  for (; i < n; i += L) {
    const std::size_t count = n - i < L ? n - i : L;
    const auto elements = E::template at<0, 0>(masked_reader<L, true, operands_for<E>>{operands, i, count});
    std::remove_const_t<decltype(elements)>::store_first(to + i, elements, count);
  }
}

// The loops of E..., as fused_loops has them.

/// No leaf stays.
template <class... E>
void loop_follow(const void* const* all, const std::uint64_t* scalars, std::size_t n, row_way way, const std::size_t*) noexcept {
  const pack_scope scope(has(way, row_way::default_environment));
  const operands_for<E...> operands(all, scalars);
  if constexpr (sizeof...(E) > 1) {
    run_row<true, ahead::no, E...>(operands, all, n, way);
  } else if constexpr ((is_fold<E>::value || ...) || (repeated_operands<E>{}.any || ...)) {
    constexpr ahead early = (is_fold<E>::value || ...) ? if_alone<E...> : ahead::no;
    run_with<E...>(operands, [&](const operands_for<E...>& with) ONEPASS_INLINE_LAMBDA { run_row<true, early, E...>(with, all, n, way); });
  } else {
    run_elements<E...>(operands, all, n, has(way, row_way::streaming));
  }
}

/// Some leaves may stay. For folds, whose lanes take no notice of where a row is cut.
template <class... E>
void loop_some_stay(const void* const* all, const std::uint64_t* scalars, std::size_t n, row_way way, const std::size_t* index_masks) noexcept {
  const pack_scope scope(has(way, row_way::default_environment));
  operands_for<E...> operands(all, scalars);
  for (std::size_t k = 0; k < (E::leaves + ...); ++k) operands.index_mask[k] = index_masks[k];
  run_row<false, ahead::no, E...>(operands, all, n, way);
}

/// All leaves are one array, which is said in a way that the compiler sees: each element is read once.
template <class... E>
void loop_one_array(const void* const* all, const std::uint64_t* scalars, std::size_t n, row_way way, const std::size_t*) noexcept {
  const pack_scope scope(has(way, row_way::default_environment));
  operands_for<E...> operands(all, scalars);
  for (std::size_t k = 1; k < (E::leaves + ...); ++k) operands.data[k] = operands.data[0];
  run_row<true, ahead::yes, E...>(operands, all, n, way);
}

/// Repeats one element over at least `bytes` bytes, up to the next line. Here, so that it has the registers of the loops.
inline void repeat(std::byte* to, const std::byte* from, std::size_t size, std::size_t bytes) noexcept {
  std::uint64_t pattern = 0;
  if (size == 8) {
    std::memcpy(&pattern, from, 8);
  } else if (size == 4) {
    std::uint32_t element;
    std::memcpy(&element, from, 4);
    pattern = element * 0x100000001ull;
  } else if (size == 2) {
    std::uint16_t element;
    std::memcpy(&element, from, 2);
    pattern = element * 0x0001000100010001ull;
  } else {
    pattern = static_cast<std::uint8_t>(*from) * 0x0101010101010101ull;
  }
  std::uint64_t line[8];
  for (std::uint64_t& word : line) word = pattern;
  for (std::size_t i = 0; i < bytes; i += sizeof line) std::memcpy(to + i, line, sizeof line);
}

/// Sizes of the elements of all leaves of E..., then of the results.
template <class... E>
struct operand_sizes {
  std::uint8_t size[(E::leaves + ... + sizeof...(E))] = {};
  consteval operand_sizes() {
    for (std::size_t k = 0; k < (E::leaves + ...); ++k) size[k] = leaf_sizes<E...>().size[k];
    std::size_t k = (E::leaves + ...);
    ((size[k++] = sizeof(typename E::element_type)), ...);
  }
};
template <class... E>
inline constexpr operand_sizes<E...> sizes_of{};

/// Joins the results of the blocks of a fold: detail::join_blocks() on packs, which need no default environment.
template <class E>
void join_results(void* values, std::size_t count, void* to) noexcept {
  using T = typename E::element_type;
  using one = pack<T, 1>;
  T* const block = static_cast<T*>(values);
  const auto joined = [&](std::size_t i) { return E::op::combine(one::load(&block[2 * i]), one::load(&block[2 * i + 1])); };
  for (; count > 2; count = (count + 1) / 2) {
    for (std::size_t i = 0; i < count / 2; ++i) one::store(&block[i], joined(i));
    if (count % 2 != 0) block[count / 2] = block[count - 1];
  }
  one::store(static_cast<T*>(to), count == 2 ? joined(0) : one::load(block));
}

template <class... E>
consteval fused_loops make_loops() {
  constexpr std::size_t leaves = (E::leaves + ...);
  constexpr bool folds = (is_fold<E>::value || ...);
  fused_loops made;
  made.follow = loop_follow<E...>;
  made.repeat = repeat;
  made.leaves = leaves;
  made.results = sizeof...(E);
  made.sizes = sizes_of<E...>.size;
  if constexpr (folds) {
    made.some_stay = loop_some_stay<E...>;
    made.repeated_bytes = unroll * step_lanes((E::widths | ...)) * 8;
    if constexpr (sizeof...(E) > 1 && leaves > 0 && have_one_type<E...>()) made.one_array = loop_one_array<E...>;
    if constexpr (sizeof...(E) == 1) made.join_blocks = join_results<E...>;
  }
  return made;
}

}  // namespace fused
}  // namespace ONEPASS_TARGET
}  // namespace onepass
