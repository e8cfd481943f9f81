// Evaluation: one or several expressions, in one pass where their shapes allow it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include <onepass/run/assign.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {
namespace launch {

/// What evaluating E gives.
template <class E>
using result_of = std::conditional_t<E::is_number, typename E::element_type, array<typename E::element_type>>;

template <class A>
using expression_of = std::remove_cvref_t<decltype(as_expression(std::declval<A>()))>;

// Destinations of results: arrays, numbers, views.

template <element T, class E>
destination destination_for(array<T>& y, const extents& shape, std::type_identity<E>) {
  return array_destination(y.held(), dtype_of<T>, shape, 1);
}
template <element T, class E>
destination destination_for(T&, const extents& shape, std::type_identity<E>) {
  static_assert(E::is_number, "onepass: only a reduction over everything gives a single number");
  destination to{destination::place::number, dtype_of<T>};
  to.where = layout(shape);
  return to;
}
template <class T, class E>
destination destination_for(view<T>& y, const extents& shape, std::type_identity<E>) {
  return memory_destination(y.data(), dtype_of<T>, y.layout(), shape);
}

/// What is evaluated into a destination: arrays and views of storage types round f32.
template <element T, class E>
ONEPASS_INLINE decltype(auto) stored_in(const array<T>&, E&& e) {
  return stored_as<T>(std::forward<E>(e));
}
template <class T, class E>
ONEPASS_INLINE decltype(auto) stored_in(const view<T>&, E&& e) {
  return stored_as<T>(std::forward<E>(e));
}
template <element T, class E>
ONEPASS_INLINE decltype(auto) stored_in(const T&, E&& e) {
  return stored_as<T>(std::forward<E>(e));
}

/// A number's destination gets its bits after the evaluation.
template <class Y>
void receive(Y& y, std::uint64_t bits) {
  if constexpr (std::is_arithmetic_v<Y>) y = from_bits<Y>(bits);
}

template <class... E, class... Y, std::size_t... I>
ONEPASS_COLD void evaluate_each(const options& how, operands_now with, std::index_sequence<I...>, Y&... into) {
  static constexpr const expression_list& what = list_of<E...>;
  destination to[] = {destination_for(into, what.shape(I, with.places(what)), std::type_identity<E>{})...};
  std::uint64_t bits[sizeof...(E)] = {};
  ((to[I].bits = &bits[I], to[I].object = &into), ...);
  evaluate_in_core(how, what, with, to);
  (receive(into, bits[I]), ...);
}

template <class... Y, class... E>
void evaluate_together(const options& how, std::tuple<Y&...> into, const E&... e) {
  gathered<E...> with(e...);
  std::apply([&](Y&... y) { evaluate_each<E...>(how, with, std::index_sequence_for<E...>{}, y...); }, into);
}

template <class E>
ONEPASS_INLINE auto evaluate_one(const options& how, const E& e, bool consumed) {
  if constexpr (E::is_number) {
    typename E::element_type result;
    gathered<E> with(e);
    if constexpr (fused::is_fold<E>::value) {
      const shape_word word = e.operand().word();
      if constexpr (is_quick<E>) {
        if (is_packed(word) && run_quick(how, with, word_size(word), &result)) return result;
      }
      if (run_quick_number(how, list_of<E>, with, word, &result)) return result;
    }
    evaluate_each<E>(how, with, std::index_sequence<0>{}, result);
    return result;
  } else {
    array<typename E::element_type> result;
    assign_to_array(how, result, e, consumed);
    return result;
  }
}

// One expression into one destination has the quick ways of assignment.

template <element T, class E>
ONEPASS_INLINE void evaluate_into_one(const options& how, array<T>& y, const E& e, bool consumed) {
  assign_to_array(how, y, e, consumed);
}
template <class T, class E>
ONEPASS_INLINE void evaluate_into_one(const options& how, view<T>& y, const E& e, bool) {
  assign_to_view(how, y, e);
}
template <element T, class E>
ONEPASS_INLINE void evaluate_into_one(const options& how, T& y, const E& e, bool consumed) {
  static_assert(E::is_number, "onepass: only a reduction over everything gives a single number");
  y = evaluate_one(how, e, consumed);
}

}  // namespace launch

/// Evaluates one expression to an array, or a reduction over everything to a number.
template <operand A>
ONEPASS_INLINE auto evaluate(const options& how, A&& a) {
  return launch::evaluate_one(how, as_expression(std::forward<A>(a)), !std::is_lvalue_reference_v<A>);
}
template <operand A>
ONEPASS_INLINE auto evaluate(A&& a) {
  return evaluate(default_options, std::forward<A>(a));
}

/// Evaluates into existing arrays, views and numbers: `evaluate_into(std::tie(y, s), relu(a) + b, sum(a))`.
template <class... Y, operand... A>
  requires(sizeof...(Y) == sizeof...(A))
ONEPASS_INLINE void evaluate_into(const options& how, std::tuple<Y&...> into, A&&... a) {
  if constexpr (sizeof...(A) == 1) {
    auto& y = std::get<0>(into);
    (launch::evaluate_into_one(how, y, launch::stored_in(y, as_expression(std::forward<A>(a))), !std::is_lvalue_reference_v<A>), ...);
  } else {
    std::apply([&](Y&... y) { launch::evaluate_together(how, into, launch::stored_in(y, as_expression(std::forward<A>(a)))...); }, into);
  }
}
template <class... Y, operand... A>
  requires(sizeof...(Y) == sizeof...(A))
ONEPASS_INLINE void evaluate_into(std::tuple<Y&...> into, A&&... a) {
  evaluate_into(default_options, into, std::forward<A>(a)...);
}

/// Evaluates several expressions together: `auto [y, s] = evaluate(relu(a * w) + b, sum(a))` reads `a` once.
template <operand A, operand B, operand... More>
auto evaluate(const options& how, A&& a, B&& b, More&&... more) {
  std::tuple<launch::result_of<launch::expression_of<A>>, launch::result_of<launch::expression_of<B>>,
             launch::result_of<launch::expression_of<More>>...>
      results;
  std::apply([&](auto&... result) { evaluate_into(how, std::tie(result...), std::forward<A>(a), std::forward<B>(b), std::forward<More>(more)...); },
             results);
  return results;
}
template <operand A, operand B, operand... More>
auto evaluate(A&& a, B&& b, More&&... more) {
  return evaluate(default_options, std::forward<A>(a), std::forward<B>(b), std::forward<More>(more)...);
}

}  // namespace ONEPASS_TARGET
}  // namespace onepass
