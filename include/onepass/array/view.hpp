// A view: elements that lie in somebody else's memory, in any layout. Two words, whatever the layout.
//
// A gapless row-major view of a shape that fits a word is that word and a pointer. Any other view refers to a counted
// record with its layout and, if the elements belong to an array, a reference that keeps them alive.
// Views of raw memory come from borrow(): nothing keeps that memory alive but the caller.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <onepass/array/block.hpp>
#include <onepass/array/layout.hpp>
#include <onepass/array/masked.hpp>

#if defined(__clang__)
#define ONEPASS_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define ONEPASS_LIFETIME_BOUND
#endif

namespace onepass {

/// What a view refers to if its layout does not fit a word.
struct view_record {
  reference_count references;
  block_reference owner;
  onepass::layout layout;
};

/// How a view is laid out: a shape word, or a counted view_record.
class view_layout {
 public:
  ONEPASS_INLINE explicit view_layout(shape_word word) noexcept : bits_(word) {}
  view_layout(const layout& where, block_reference owner);
  /// In a record also if a word would do.
  static view_layout recorded(const layout& where);
  ONEPASS_INLINE view_layout(const view_layout& other) noexcept : bits_(other.bits_) {
    if (!is_packed(bits_)) retain(bits_);
  }
  ONEPASS_INLINE view_layout(view_layout&& other) noexcept : bits_(std::exchange(other.bits_, scalar_word)) {}
  ONEPASS_INLINE view_layout& operator=(view_layout other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  ONEPASS_INLINE ~view_layout() {
    if (!is_packed(bits_)) release(bits_);
  }

  /// The shape word, or something that is none.
  ONEPASS_INLINE shape_word word() const noexcept { return bits_; }
  layout get() const { return is_packed(bits_) ? layout(unpack_shape(bits_)) : record(bits_)->layout; }
  block_reference owner() const { return is_packed(bits_) ? block_reference() : record(bits_)->owner; }
  /// Gives the bits away, to be released or taken back by the caller.
  ONEPASS_INLINE std::uint64_t let_go() noexcept { return std::exchange(bits_, scalar_word); }
  /// Precondition: this was let go.
  ONEPASS_INLINE void take_back(std::uint64_t bits) noexcept { bits_ = bits; }

  ONEPASS_COLD static void release(std::uint64_t bits) noexcept;
  /// The record behind the bits of a layout that does not fit a word.
  static view_record* record(std::uint64_t bits) noexcept { return reinterpret_cast<view_record*>(bits); }

 private:
  // These take the bits, not this object: an object whose address is never needed stays in registers.
  ONEPASS_COLD static void retain(std::uint64_t bits) noexcept;

  std::uint64_t bits_;
};

/// Throws value_error: elements of this layout do not follow each other.
void require_contiguous(const layout& where);

/// Elements of type T in somebody else's memory. An operand like an array; unless T is const also a destination:
/// assigning writes the elements. (To make a view see other elements, make a new one.)
template <class T>
class view {
 public:
  using element_type = std::remove_const_t<T>;
  static constexpr bool is_operand = true;

  ONEPASS_INLINE view(T* data, view_layout where) noexcept : data_(data), layout_(std::move(where)) {}
  view(const view&) = default;
  view(view&&) noexcept = default;
  /// Views that may write are views that may read.
  view(const view<element_type>& from) noexcept
    requires std::is_const_v<T>
      : view(from.data(), from.where()) {}

  /// Writes elements: afterwards this view shows what `from` shows.
  ONEPASS_INLINE view& operator=(const view& from)
    requires(!std::is_const_v<T>)
  {
    assign_elements(*this, from);
    return *this;
  }
  /// Evaluates an expression, stretched to this shape, as if all of it were computed before this changes; a number fills.
  /// Throws shape_error if it does not broadcast to this shape, value_error if positions of this view share memory.
  template <class E>
  ONEPASS_INLINE view& operator=(E&& from)
    requires(!std::is_const_v<T>)
  {
    assign_elements(*this, std::forward<E>(from));
    return *this;
  }

  T* data() const noexcept { return data_; }
  extents shape() const { return layout_.get().shape; }
  int rank() const { return shape().rank(); }
  std::size_t size() const { return shape().size(); }
  onepass::layout layout() const { return layout_.get(); }
  /// Strides in elements.
  dimensions strides() const { return layout_.get().strides; }
  const view_layout& where() const& noexcept { return layout_; }
  view_layout where() && noexcept { return std::move(layout_); }

  /// The elements, if they follow each other. Throws value_error if they do not.
  std::span<T> span() const {
    const onepass::layout where = layout_.get();
    require_contiguous(where);
    return {data_, where.shape.size()};
  }

  /// One element. Throws shape_error for positions outside, or if there are not as many as dimensions.
  template <detail::position... Index>
  T& operator()(Index... index) const {
    const std::int64_t position[sizeof...(Index) + 1] = {static_cast<std::int64_t>(index)...};
    return data_[offset_of(layout_.get(), position, sizeof...(Index))];
  }
  /// A part of this view; see slice. `v(all, 3)` is column 3, `v(slice::every(-1))` has its rows reversed.
  template <detail::view_index... Index>
    requires(!(detail::position<Index> && ...))
  view operator()(Index... index) const {
    return part_of(*this, detail::selected(layout_.get(), index...));
  }
  /// The elements at which a condition holds, as a destination: `v(v < 0) = 0`.
  template <detail::mask Mask>
  masked<view, std::remove_cvref_t<Mask>> operator()(Mask&& mask) const
    requires(!std::is_const_v<T>)
  {
    return {*this, std::forward<Mask>(mask)};
  }
  /// The same with brackets; more than one index takes C++23.
  template <class ONEPASS_SUBSCRIPTS Index>
  decltype(auto) operator[](Index&& ONEPASS_SUBSCRIPTS index) const {
    return (*this)(std::forward<Index>(index) ONEPASS_SUBSCRIPTS);
  }

 private:
  T* data_;
  view_layout layout_;
};

/// What a part of its layout shows of a view.
template <class T>
view<T> part_of(const view<T>& of, const part& shown) {
  return view<T>(of.data() + shown.offset, view_layout(shown.where, of.where().owner()));
}

/// A view of raw memory, row-major and gapless. Throws value_error for a null pointer with elements.
template <class T>
view<T> borrow(T* data ONEPASS_LIFETIME_BOUND, const extents& shape);

/// A view of raw memory with strides in elements, one for each dimension.
template <class T>
view<T> borrow(T* data ONEPASS_LIFETIME_BOUND, const extents& shape, const integer_list& strides);

/// The layout of borrowed memory, checked.
view_layout borrowed_layout(const void* data, const extents& shape);
view_layout borrowed_layout(const void* data, const extents& shape, const integer_list& strides);

template <class T>
view<T> borrow(T* data, const extents& shape) {
  static_assert(element<std::remove_const_t<T>>, "onepass: arrays do not hold elements of this type");
  return view<T>(data, borrowed_layout(data, shape));
}

template <class T>
view<T> borrow(T* data, const extents& shape, const integer_list& strides) {
  static_assert(element<std::remove_const_t<T>>, "onepass: arrays do not hold elements of this type");
  return view<T>(data, borrowed_layout(data, shape, strides));
}

}  // namespace onepass
