// The leaves of expressions: array operands and constants. A leaf keeps what it refers to alive and unchanged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/ir/reduction.hpp>
#include <onepass/op/operation.hpp>
#include <onepass/value/storage.hpp>
#include <onepass/value/traced.hpp>

namespace onepass {

/// An array operand as the compiled core sees it.
struct source {
  const void* data;
  dtype type;
  layout where;
  const block* owner;  ///< the block whose elements these are, or null
};

/// What tells a leaf's shape and keeps it alive, as one word: a shape word, the record of a view, or, marked by bit 1,
/// the block of an array.
using leaf_place = std::uint64_t;

/// Folds and row operations that name axes tell them in a word of their own among those of the leaves; it looks like no
/// shape, and nothing has to be released.
constexpr leaf_place place_of_axes(axis_set over) noexcept { return leaf_place{over.bits()} << 4 | 15; }
constexpr bool is_axes(leaf_place place) noexcept { return (place & 15) == 15; }
constexpr axis_set axes_at(leaf_place place) noexcept { return axis_set(static_cast<std::uint16_t>(place >> 4)); }

extents shape_of(leaf_place place);
/// The shape to which all these places broadcast. Precondition: they do.
extents joined_shape(const leaf_place* places, std::size_t count);
source describe_leaf(const void* data, dtype type, leaf_place place);
void release_leaf(leaf_place place) noexcept;
/// References to `held` that end with these places: those of arrays, and of views that nobody else has.
std::int64_t references_in(const leaf_place* places, std::size_t count, const block* held) noexcept;

/// Where an expression puts down what it refers to: for each leaf its elements and its place, for each fold along named
/// axes a place, for each constant its bits.
struct operand_words {
  const void** data;
  leaf_place* places;
  std::uint64_t* scalars;

  /// One by one: gathered into wide stores they would wait for each other, and what reads them one by one for all of them.
  ONEPASS_INLINE void put(const void* elements, leaf_place place) const noexcept {
    __atomic_store_n(data, elements, __ATOMIC_RELAXED);
    __atomic_store_n(places, place, __ATOMIC_RELAXED);
  }

  /// Where the one goes that follows an expression of type E.
  template <class E>
  ONEPASS_INLINE operand_words after() const noexcept {
    return {data + E::leaves, places + E::places, scalars + E::scalars};
  }
};

// Every expression tells its shape in three ways.
//   word(): the word of all its leaves, if they have one shape and it fits a word; else 0. Constants have no say.
//   shape_at(places): its shape, from the places of its leaves and folds. Throws shape_error if they do not broadcast.
//   shape(): the same from the expression itself.
// While shapes are checked, the places of leaves are outside of the expression: let_go() takes them out, take_back()
// puts them back. So the check can release them before it throws, and no call site has to.

namespace detail {
/// The widths in bytes of an element, as it is stored and as it is computed with: bits of a set. Truth values take any.
template <element T>
inline constexpr unsigned width_of = std::is_same_v<T, bool> ? 0 : sizeof(T) | sizeof(computed_type<T>);
}  // namespace detail

/// The elements of an array; those of a storage type are f32 from here on.
template <element T>
class array_leaf {
 public:
  using element_type = computed_type<T>;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 1;
  static constexpr std::size_t scalars = 0;
  static constexpr std::size_t places = 1;
  static constexpr bool has_folds = false;
  static constexpr bool is_number = false;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE explicit array_leaf(const block_reference& held) noexcept : held_(retained_operand(held.get(), dtype_of<T>)) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(array_leaf)

  ONEPASS_INLINE shape_word word() const noexcept { return held_->word; }
  ONEPASS_INLINE const T* data() const noexcept { return static_cast<const T*>(held_->data); }
  ONEPASS_INLINE leaf_place place() const noexcept { return reinterpret_cast<leaf_place>(held_.get()) | 2; }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept { *to = reinterpret_cast<leaf_place>(held_.let_go()) | 2; }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { held_.take_back(reinterpret_cast<block*>(*from - 2)); }
  ONEPASS_INLINE static extents shape_at(const leaf_place* places) { return shape_of(*places); }
  extents shape() const { return held_->shape(); }

  ONEPASS_INLINE void put(operand_words to) const noexcept { to.put(data(), place()); }

  static consteval void list_leaf_types(dtype*& next) { *next++ = dtype_of<T>; }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return widened(reader.template leaf<T, Leaf>());
  }

 private:
  block_reference held_;
};

/// The elements of a view; those of a storage type are f32 from here on.
template <element T>
class view_leaf {
 public:
  using element_type = computed_type<T>;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 1;
  static constexpr std::size_t scalars = 0;
  static constexpr std::size_t places = 1;
  static constexpr bool has_folds = false;
  static constexpr bool is_number = false;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE view_leaf(const T* data, view_layout where) noexcept : data_(data), where_(std::move(where)) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(view_leaf)

  ONEPASS_INLINE shape_word word() const noexcept { return where_.word(); }
  ONEPASS_INLINE const T* data() const noexcept { return data_; }
  ONEPASS_INLINE leaf_place place() const noexcept { return where_.word(); }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept { *to = where_.let_go(); }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { where_.take_back(*from); }
  ONEPASS_INLINE static extents shape_at(const leaf_place* places) { return shape_of(*places); }
  extents shape() const { return where_.get().shape; }

  ONEPASS_INLINE void put(operand_words to) const noexcept { to.put(data(), place()); }

  static consteval void list_leaf_types(dtype*& next) { *next++ = dtype_of<T>; }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return widened(reader.template leaf<T, Leaf>());
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
  static constexpr std::size_t places = 0;
  static constexpr bool has_folds = false;
  static constexpr bool is_number = true;
  static constexpr unsigned widths = detail::width_of<T>;

  ONEPASS_INLINE explicit constant_leaf(T number) noexcept : number_(number) {}

  ONEPASS_INLINE static void let_go(leaf_place*) noexcept {}
  ONEPASS_INLINE static void take_back(const leaf_place*) noexcept {}
  ONEPASS_INLINE static extents shape_at(const leaf_place*) { return {}; }
  static extents shape() { return {}; }

  ONEPASS_INLINE void put(operand_words to) const noexcept { *to.scalars = to_bits(number_); }

  static consteval void list_leaf_types(dtype*&) {}

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
template <class T> ONEPASS_INLINE view_leaf<std::remove_const_t<T>> as_expression(const view<T>& v) { return {v.data(), v.where()}; }
template <class T> ONEPASS_INLINE view_leaf<std::remove_const_t<T>> as_expression(view<T>&& v) { return {v.data(), std::move(v).where()}; }
template <element T> ONEPASS_INLINE view_leaf<T> as_expression(const subarray<T>& p) { return {p.data(), view_layout(p.layout(), p.held())}; }
template <element T> ONEPASS_INLINE view_leaf<T> as_expression(subarray<T>&& p) { return as_expression(view<const T>(std::move(p))); }
// clang-format on

/// True for what may be a node's argument as it is.
template <class E>
concept expression = operand<E> && requires { std::remove_cvref_t<E>::leaves; };

template <expression E>
ONEPASS_INLINE E&& as_expression(E&& e) {
  return std::forward<E>(e);
}

}  // namespace onepass
