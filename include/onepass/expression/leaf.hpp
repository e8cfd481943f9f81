// The leaves of expressions: array operands and constants. A leaf keeps what it refers to alive and unchanged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/op/operation.hpp>
#include <onepass/value/traced.hpp>

namespace onepass {

/// An array operand as the compiled core sees it.
struct source {
  const void* data;
  dtype type;
  layout where;
  const block* owner;  ///< the block whose elements these are, or null
};

// Every expression tells its shape in the two quick questions below, and in full by shape().
//   word(): the word of its first leaf; a constant has none and is passed over.
//   difference(w): 0 if the words of all leaves are w. Then w is the word of the shape, if it is a word at all.

namespace detail {
/// The width of an element in bytes as a bit of a set of widths; truth values take any width.
template <element T>
inline constexpr unsigned width_of = std::is_same_v<T, bool> ? 0 : sizeof(T);
}  // namespace detail

/// The elements of an array.
template <element T>
class array_leaf {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 1;
  static constexpr std::size_t scalars = 0;
  static constexpr bool has_folds = false;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE explicit array_leaf(block_reference held) noexcept : held_(std::move(held)) {
    if (__builtin_expect(!held_, 0)) held_ = empty_block(dtype_of<T>);
  }
  ONEPASS_INLINE_SPECIAL_MEMBERS(array_leaf)

  ONEPASS_INLINE shape_word word() const noexcept { return held_->word; }
  ONEPASS_INLINE shape_word difference(shape_word w) const noexcept { return word() ^ w; }
  ONEPASS_INLINE const T* data() const noexcept { return static_cast<const T*>(held_->data); }
  ONEPASS_INLINE const block* owner() const noexcept { return held_.get(); }
  extents shape() const { return held_->shape(); }
  source describe() const { return {data(), dtype_of<T>, layout(shape()), held_.get()}; }

  template <class F>
  ONEPASS_INLINE void each_leaf(F&& f) const {
    f(*this);
  }
  template <class F>
  ONEPASS_INLINE void each_scalar(F&&) const {}

  static consteval void list_leaf_sizes(std::uint8_t*& next) { *next++ = sizeof(T); }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template leaf<T, Leaf>();
  }

 private:
  block_reference held_;
};

/// The elements of a view.
template <element T>
class view_leaf {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 1;
  static constexpr std::size_t scalars = 0;
  static constexpr bool has_folds = false;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE view_leaf(const T* data, view_layout where) noexcept : data_(data), where_(std::move(where)) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(view_leaf)

  ONEPASS_INLINE shape_word word() const noexcept { return where_.word(); }
  ONEPASS_INLINE shape_word difference(shape_word w) const noexcept { return word() ^ w; }
  ONEPASS_INLINE const T* data() const noexcept { return data_; }
  ONEPASS_INLINE const block* owner() const noexcept { return nullptr; }
  extents shape() const { return where_.get().shape; }
  source describe() const { return {data_, dtype_of<T>, where_.get(), where_.owner().get()}; }

  template <class F>
  ONEPASS_INLINE void each_leaf(F&& f) const {
    f(*this);
  }
  template <class F>
  ONEPASS_INLINE void each_scalar(F&&) const {}

  static consteval void list_leaf_sizes(std::uint8_t*& next) { *next++ = sizeof(T); }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template leaf<T, Leaf>();
  }

 private:
  const T* data_;
  view_layout where_;
};

/// A number, already of the type in which its neighbours meet. It is an argument of the kernel, not part of it.
template <element T>
class constant_leaf {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 0;
  static constexpr std::size_t scalars = 1;
  static constexpr bool has_folds = false;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE explicit constant_leaf(T number) noexcept : number_(number) {}

  ONEPASS_INLINE static constexpr shape_word word() noexcept { return scalar_word; }
  ONEPASS_INLINE static constexpr shape_word difference(shape_word) noexcept { return 0; }
  extents shape() const { return {}; }

  template <class F>
  ONEPASS_INLINE void each_leaf(F&&) const {}
  template <class F>
  ONEPASS_INLINE void each_scalar(F&& f) const {
    f(to_bits(number_));
  }

  static consteval void list_leaf_sizes(std::uint8_t*&) {}

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template scalar<T, Scalar>();
  }

 private:
  T number_;
};

// What an operand becomes inside an expression: arrays and views leaves, expressions themselves.

// clang-format off
template <element T> ONEPASS_INLINE array_leaf<T> as_expression(const array<T>& a) { return array_leaf<T>(a.held()); }
template <element T> ONEPASS_INLINE array_leaf<T> as_expression(array<T>&& a) { return array_leaf<T>(std::move(a.held())); }
template <class T> ONEPASS_INLINE view_leaf<std::remove_const_t<T>> as_expression(const view<T>& v) { return {v.data(), v.where()}; }
// clang-format on

/// True for what may be a node's argument as it is.
template <class E>
concept expression = operand<E> && requires { std::remove_cvref_t<E>::leaves; };

template <expression E>
ONEPASS_INLINE E&& as_expression(E&& e) {
  return std::forward<E>(e);
}

}  // namespace onepass
