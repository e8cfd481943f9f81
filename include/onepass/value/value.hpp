// What a value is: anything that the instructions can be applied to. Operation bodies are templates over values.
//
// There are three interpretations of a body: scalar<T> computes one element and is the definition; pack<T, N>
// computes N elements in registers; traced<T> writes the computation down as a program. Each provides the same
// functions in namespace prim, one per row of the instruction table, with the same meaning to the last bit:
//   - no contraction: prim::mul followed by prim::add is two roundings, whatever flags the compiler got;
//   - rounding is to nearest even, subnormals are kept;
//   - two results are equal if their bits are equal or both are NaN.
// A body can hold no `if` on data: a comparison yields a truth value that does not convert to bool; prim::select
// chooses. This file must not know any of the interpretations.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <onepass/core/config.hpp>
#include <onepass/core/dtype.hpp>

namespace onepass {

/// Anything a body can be applied to. `x.like(c)` is the number `c` as a literal of x's type, `x.literal<T>(c)` as one
/// of element type T.
template <class V>
concept value = requires { typename V::element_type; } && V::is_value;

template <class V>
concept floating_value = value<V> && floating_element<typename V::element_type>;

template <class V>
concept integer_value = value<V> && integer_element<typename V::element_type>;

template <class V>
concept numeric_value = value<V> && numeric_element<typename V::element_type>;

/// Integers of 32 and 64 bits, which shift.
template <class V>
concept word_value = integer_value<V> && sizeof(typename V::element_type) >= 4;

/// A truth value: what comparisons yield and what arrays of bool hold.
template <class V>
concept truth_value = value<V> && std::is_same_v<typename V::element_type, bool>;

template <value V>
using element_of = typename V::element_type;

template <class S>
concept literal_number = std::is_arithmetic_v<S> && !std::is_same_v<S, bool>;

/// The instructions, as bodies call them: prim::max(x, y) is one row of the table, op::maximum(x, y) an operation.
namespace prim {

// clang-format off
template <numeric_value V>  ONEPASS_INLINE V add(V a, V b) { return V::add(a, b); }
template <numeric_value V>  ONEPASS_INLINE V sub(V a, V b) { return V::sub(a, b); }
template <numeric_value V>  ONEPASS_INLINE V mul(V a, V b) { return V::mul(a, b); }
template <floating_value V> ONEPASS_INLINE V div(V a, V b) { return V::div(a, b); }
template <floating_value V> ONEPASS_INLINE V sqrt(V a) { return V::sqrt(a); }
template <floating_value V> ONEPASS_INLINE V fma(V a, V b, V c) { return V::fma(a, b, c); }
template <numeric_value V>  ONEPASS_INLINE V min(V a, V b) { return V::min(a, b); }
template <numeric_value V>  ONEPASS_INLINE V max(V a, V b) { return V::max(a, b); }
template <floating_value V> ONEPASS_INLINE V floor(V a) { return V::floor(a); }
template <floating_value V> ONEPASS_INLINE V ceil(V a) { return V::ceil(a); }
template <floating_value V> ONEPASS_INLINE V trunc(V a) { return V::trunc(a); }
template <floating_value V> ONEPASS_INLINE V round_even(V a) { return V::round_even(a); }
template <floating_value V> ONEPASS_INLINE V scale(V a, V b) { return V::scale(a, b); }
template <value V>          ONEPASS_INLINE V bit_and(V a, V b) { return V::bit_and(a, b); }
template <value V>          ONEPASS_INLINE V bit_or(V a, V b) { return V::bit_or(a, b); }
template <value V>          ONEPASS_INLINE V bit_xor(V a, V b) { return V::bit_xor(a, b); }
template <value V>          ONEPASS_INLINE V bit_andnot(V a, V b) { return V::bit_andnot(a, b); }
template <word_value V>     ONEPASS_INLINE V shift_left(V a, V b) { return V::shift_left(a, b); }
template <word_value V>     ONEPASS_INLINE V shift_right(V a, V b) { return V::shift_right(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto less(V a, V b) { return V::less(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto less_equal(V a, V b) { return V::less_equal(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto equal(V a, V b) { return V::equal(a, b); }
template <floating_value V> ONEPASS_INLINE auto unordered(V a, V b) { return V::unordered(a, b); }
template <truth_value M, value V> ONEPASS_INLINE V select(M which, V a, V b) { return V::select(which, a, b); }
template <floating_value V> ONEPASS_INLINE auto truncate(V a) { return V::truncate(a); }
// clang-format on

/// The bits moved by a count that is known here, from 0 to the width less one.
template <int Count, word_value V>
ONEPASS_INLINE V shift_left(V a) {
  return V::template shift_left<Count>(a);
}
template <int Count, word_value V>
ONEPASS_INLINE V shift_right(V a) {
  return V::template shift_right<Count>(a);
}

/// `exceptional()` where the truth value holds, `common` elsewhere. Where it holds for no element at hand, the function
/// is not called: so an expensive way for few elements costs next to nothing.
///
///   rarely(large, reduced, [&] { return reduce_exactly(x); })
template <truth_value M, value V, class F>
ONEPASS_INLINE V rarely(M which, V common, F&& exceptional) {
  return V::rarely(which, common, exceptional);
}

/// Element `index` of a table of constants; the last one if there is none of that number, taken as unsigned.
template <class Table, value V>
  requires std::is_same_v<element_of<V>, std::int32_t>
ONEPASS_INLINE auto lookup(const Table& table, V index) {
  return V::lookup(table, index);
}

/// The same bits as another element type of the same size.
template <element T, value V>
ONEPASS_INLINE auto reinterpret(V a) {
  return V::template reinterpret<T>(a);
}

/// Change of element type by one instruction; the identity if the type is the same.
template <element T, value V>
ONEPASS_INLINE auto convert(V a) {
  if constexpr (std::is_same_v<T, element_of<V>>) {
    return a;
  } else {
    return V::template convert<T>(a);
  }
}

}  // namespace prim

// Bodies read like formulas: these operators are the instructions of the same meaning. A literal takes the type of
// the value beside it.

// clang-format off
template <numeric_value V>  ONEPASS_INLINE V operator+(V a, V b) { return V::add(a, b); }
template <numeric_value V>  ONEPASS_INLINE V operator-(V a, V b) { return V::sub(a, b); }
template <numeric_value V>  ONEPASS_INLINE V operator*(V a, V b) { return V::mul(a, b); }
template <floating_value V> ONEPASS_INLINE V operator/(V a, V b) { return V::div(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto operator<(V a, V b) { return V::less(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto operator<=(V a, V b) { return V::less_equal(a, b); }
template <numeric_value V>  ONEPASS_INLINE auto operator>(V a, V b) { return V::less(b, a); }
template <numeric_value V>  ONEPASS_INLINE auto operator>=(V a, V b) { return V::less_equal(b, a); }

template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator+(V a, S b) { return V::add(a, a.like(b)); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator+(S a, V b) { return V::add(b.like(a), b); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator-(V a, S b) { return V::sub(a, a.like(b)); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator-(S a, V b) { return V::sub(b.like(a), b); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator*(V a, S b) { return V::mul(a, a.like(b)); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE V operator*(S a, V b) { return V::mul(b.like(a), b); }
template <floating_value V, literal_number S> ONEPASS_INLINE V operator/(V a, S b) { return V::div(a, a.like(b)); }
template <floating_value V, literal_number S> ONEPASS_INLINE V operator/(S a, V b) { return V::div(b.like(a), b); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE auto operator<(V a, S b) { return V::less(a, a.like(b)); }
template <numeric_value V, literal_number S>  ONEPASS_INLINE auto operator>(V a, S b) { return V::less(a.like(b), a); }
// clang-format on

}  // namespace onepass
