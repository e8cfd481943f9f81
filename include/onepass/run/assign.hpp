// Assignment: `y = e` for arrays, views and parts of arrays, `y(mask) = e`, and `y += e` and its like.
//
// A whole array takes the shape of what is assigned. Everything else keeps its shape, and what is assigned stretches to
// it. An update is the assignment of `y + e`, in the same single pass, and masked assignment that of `where(mask, e, y)`.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/core/error.hpp>
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/bits.hpp>
#include <onepass/op/division.hpp>
#include <onepass/op/selection.hpp>
#include <onepass/run/launch.hpp>

namespace onepass {

/// Throws shape_error unless a result has the shape of its destination.
ONEPASS_COLD void require_shape(const extents& result, const extents& destination);

inline namespace ONEPASS_TARGET {
namespace launch {

/// An expression whose elements are stored as T: f32 is rounded for a storage type, nothing else changes its type.
template <element T, class E>
ONEPASS_INLINE decltype(auto) stored_as(E&& e) {
  using Computed = typename std::remove_cvref_t<E>::element_type;
  if constexpr (storage_element<T> && std::is_same_v<Computed, float>) {
    return make_node<cast_op<T>>(std::forward<E>(e));
  } else {
    static_assert(std::is_same_v<Computed, T>, "onepass: the expression has another element type; use cast<...>");
    return std::forward<E>(e);
  }
}

/// `consumed`: nobody sees the expression after this.
template <element T, class E>
ONEPASS_INLINE void assign_to_array(const options& how, array<T>& y, const E& e, bool consumed) {
  gathered<E> with(e);
  const shape_word word = e.word();
  if constexpr (is_quick<E> && !E::has_folds) {
    const block* const held = y.held().get();
    const bool is_fit = held != nullptr && held->word == word && is_packed(word) && held->references.value() == 1;
    if (is_fit && run_quick(how, with, held->size, held->data)) return;
  }
  assign_array(how, list_of<E>, with, word, y.held(), consumed);
}

template <class T, class E>
ONEPASS_INLINE void assign_to_view(const options& how, const view<T>& y, const E& e) {
  gathered<E> with(e);
  const shape_word word = e.word();
  if constexpr (is_quick<E> && !E::has_folds) {
    if (y.where().word() == word && is_packed(word) && run_quick(how, with, word_size(word), y.data())) return;
  }
  assign_memory(how, list_of<E>, with, word, y.data(), y.where());
}

template <element T, class E>
ONEPASS_COLD void assign_to_part(const options& how, subarray<T>& y, const E& e, bool consumed) {
  assign_part(how, list_of<E>, gathered<E>(e), y.parent().held(), consumed, y.held(), y.offset_in_parent(), y.layout());
}

/// An expression that keeps the shape of `y`.
template <element T, class E>
ONEPASS_INLINE void update_array(array<T>& y, const E& e) {
  const block* const held = y.held().get();
  if (__builtin_expect(held == nullptr || held->word != e.word() || !is_packed(e.word()), 0)) require_shape(e.shape(), y.shape());
  assign_to_array(default_options, y, e, true);
}

/// A number as an expression of its own: what fills.
template <element T>
class number {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 0;
  static constexpr std::size_t scalars = 1;
  static constexpr std::size_t places = 0;
  static constexpr bool has_folds = false;
  static constexpr bool is_number = true;
  static constexpr unsigned widths = detail::width_of<T>;

  explicit number(constant_leaf<computed_type<T>> constant) noexcept : constant_(constant) {}

  static constexpr shape_word word() noexcept { return 0; }
  static extents shape_at(const leaf_place*) { return {}; }
  void put(operand_words to) const noexcept { constant_.put(to); }
  static consteval void list_leaf_types(dtype*&) {}

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    if constexpr (storage_element<T>) {
      return cast_op<T>::body(reader.template scalar<float, Scalar>());
    } else {
      return reader.template scalar<T, Scalar>();
    }
  }

 private:
  constant_leaf<computed_type<T>> constant_;
};

/// A number that is assigned to elements of type T, in that type. Throws value_error if it does not fit.
template <element T, class N>
number<T> number_as(N from) {
  static_assert(std::is_same_v<N, bool> == std::is_same_v<T, bool>, "onepass: a number assigned to truth values, or a truth value to numbers");
  if constexpr (std::is_same_v<T, bool>) {
    return number<T>(constant_leaf<T>(from));
  } else {
    return number<T>(detail::weak_constant<computed_type<T>>(from, "assignment"));
  }
}

/// True if nobody sees what is made of a E&& after the assignment.
template <class E>
inline constexpr bool is_consumed = !std::is_lvalue_reference_v<E> || !expression<E>;

}  // namespace launch

// What the assignments of arrays, views and parts of arrays call.

template <element T, class E>
ONEPASS_INLINE void assign_elements(array<T>& y, E&& from) {
  launch::assign_to_array(default_options, y, launch::stored_as<T>(as_expression(std::forward<E>(from))), launch::is_consumed<E>);
}
template <class T, operand E>
ONEPASS_INLINE void assign_elements(const view<T>& y, E&& from) {
  launch::assign_to_view(default_options, y, launch::stored_as<T>(as_expression(std::forward<E>(from))));
}
template <element T, operand E>
void assign_elements(subarray<T>& y, E&& from) {
  launch::assign_to_part(default_options, y, launch::stored_as<T>(as_expression(std::forward<E>(from))), launch::is_consumed<E>);
}
template <class T, class N>
  requires std::is_arithmetic_v<N>
void assign_elements(const view<T>& y, N number) {
  launch::assign_to_view(default_options, y, launch::number_as<T>(number));
}
template <element T, class N>
  requires std::is_arithmetic_v<N>
void assign_elements(subarray<T>& y, N number) {
  launch::assign_to_part(default_options, y, launch::number_as<T>(number), true);
}

// Updates: the destination itself is an operand.

template <element T, class E>
ONEPASS_INLINE void update_elements(array<T>& y, E&& e) {
  launch::update_array(y, launch::stored_as<T>(std::forward<E>(e)));
}
template <class T, class E>
ONEPASS_INLINE void update_elements(const view<T>& y, E&& e) {
  launch::assign_to_view(default_options, y, launch::stored_as<T>(std::forward<E>(e)));
}
template <element T, class E>
void update_elements(subarray<T>& y, E&& e) {
  launch::assign_to_part(default_options, y, launch::stored_as<T>(std::forward<E>(e)), true);
}

/// A destination as an operand of its own update. A part lives until that is done, so the operand has nothing to hold.
template <element T>
ONEPASS_INLINE const array<T>& itself(const array<T>& y) {
  return y;
}
template <class T>
ONEPASS_INLINE const view<T>& itself(const view<T>& y) {
  return y;
}
template <element T>
view<const T> itself(const subarray<T>& y) {
  return view<const T>(y.data(), view_layout(y.layout(), {}));
}

/// What `y(mask) = from` calls.
template <class Y, class Mask, operand_or_number E>
void assign_masked(Y&& y, Mask&& mask, E&& from) {
  update_elements(y, make_node<where_op>(std::forward<Mask>(mask), std::forward<E>(from), itself(y)));
}

// `a += b` and its like: the same elements as of `a = a + b`, but `a` keeps its shape, so `b` has to broadcast to it.
#define ONEPASS_UPDATE(symbol, op)                                                                                   \
  template <element T, operand_or_number B>                                                                          \
  ONEPASS_INLINE array<T>& operator symbol(array<T>& a, B&& b) {                                                     \
    update_elements(a, make_node<op>(itself(a), std::forward<B>(b)));                                                \
    return a;                                                                                                        \
  }                                                                                                                  \
  template <class T, operand_or_number B>                                                                            \
    requires(!std::is_const_v<T>)                                                                                    \
  ONEPASS_INLINE const view<T>& operator symbol(const view<T>& a, B&& b) {                                           \
    update_elements(a, make_node<op>(itself(a), std::forward<B>(b)));                                                \
    return a;                                                                                                        \
  }                                                                                                                  \
  template <element T, operand_or_number B>                                                                          \
  void operator symbol(subarray<T>&& a, B&& b) {                                                                     \
    update_elements(a, make_node<op>(itself(a), std::forward<B>(b)));                                                \
  }                                                                                                                  \
  template <class Y, class Mask, operand_or_number B>                                                                \
  void operator symbol(masked<Y, Mask>&& a, B&& b) {                                                                 \
    auto&& y = std::move(a).where();                                                                                 \
    assign_masked(y, std::move(a).mask(), make_node<op>(itself(y), std::forward<B>(b)));                             \
  }
ONEPASS_UPDATE(+=, add_op)
ONEPASS_UPDATE(-=, subtract_op)
ONEPASS_UPDATE(*=, multiply_op)
ONEPASS_UPDATE(/=, divide_op)
ONEPASS_UPDATE(%=, fmod_op)
ONEPASS_UPDATE(&=, bit_and_op)
ONEPASS_UPDATE(|=, bit_or_op)
ONEPASS_UPDATE(^=, bit_xor_op)
ONEPASS_UPDATE(<<=, shift_left_op)
ONEPASS_UPDATE(>>=, shift_right_op)
#undef ONEPASS_UPDATE

}  // namespace ONEPASS_TARGET
}  // namespace onepass
