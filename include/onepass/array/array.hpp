// An array: a value that owns its elements. Copies share them until one of the copies is written to.
//
// Row-major, gapless, 64-byte aligned, any rank up to max_rank, which is a property of the value and not of the type.
// Reading through a const array never copies. Access that could write (non-const data(), operator(), begin()) first
// makes the elements this array's own, so what another copy or an unevaluated expression sees never changes.
// Pointers and references into an array are valid until it is assigned, copied-and-written, or destroyed.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

#include <onepass/array/block.hpp>
#include <onepass/array/layout.hpp>
#include <onepass/array/view.hpp>

namespace onepass {

template <element T>
class subarray;

/// Makes the elements of `held` its own, copying them if others share them.
void make_unique(block_reference& held);

/// An array of T. `array<float> a({1000, 1000})` is not initialised, `array<float> z({n}, 0.5f)` is filled.
template <element T>
class array {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;

  /// No elements: shape (0,).
  array() = default;

  /// Elements are not initialised. One allocation. Throws shape_error if the bytes overflow.
  explicit array(const extents& shape) : block_(allocate_block(dtype_of<T>, shape)) {}

  array(const extents& shape, T fill) : array(shape) {
    T* const elements = static_cast<T*>(block_->data);
    for (std::size_t i = 0, n = block_->size; i < n; ++i) elements[i] = fill;
  }

  /// Takes over a block of elements of T. (A template, so that `{0}` is a shape and no null block.)
  template <std::same_as<block_reference> Held>
  explicit array(Held held) noexcept : block_(std::move(held)) {}

  /// Evaluates an expression, or copies the elements of a view. One allocation.
  template <class E>
    requires(std::remove_cvref_t<E>::is_operand && !std::is_same_v<std::remove_cvref_t<E>, array>)
  ONEPASS_INLINE array(E&& from) {
    assign_elements(*this, std::forward<E>(from));
  }

  array(const array&) = default;
  array(array&&) noexcept = default;
  array& operator=(const array&) = default;
  array& operator=(array&&) noexcept = default;

  /// Evaluates an expression as if all of it were computed before this array changes. The elements are written in
  /// place if the shape fits and nobody shares them, else into one new allocation.
  template <class E>
    requires(std::remove_cvref_t<E>::is_operand && !std::is_same_v<std::remove_cvref_t<E>, array>)
  ONEPASS_INLINE array& operator=(E&& from) {
    assign_elements(*this, std::forward<E>(from));
    return *this;
  }

  /// A one-dimensional array with the elements of a range.
  template <class Range>
  static array from(const Range& range) {
    array made({std::size(range)});
    T* to = static_cast<T*>(made.block_->data);
    for (const auto& item : range) *to++ = static_cast<T>(item);
    return made;
  }
  static array from(std::initializer_list<T> items) { return from<std::initializer_list<T>>(items); }

  extents shape() const { return block_ ? block_->shape() : extents{0}; }
  int rank() const noexcept { return block_ ? block_->rank : 1; }
  std::size_t size() const noexcept { return block_ ? block_->size : 0; }
  onepass::layout layout() const { return onepass::layout(shape()); }
  /// Strides in elements, row-major.
  dimensions strides() const { return layout().strides; }

  const T* data() const noexcept { return block_ ? static_cast<const T*>(block_->data) : nullptr; }
  T* data() {
    if (!block_) return nullptr;
    own();
    return static_cast<T*>(block_->data);
  }

  const T* begin() const noexcept { return data(); }
  const T* end() const noexcept { return data() + size(); }
  T* begin() { return data(); }
  T* end() { return data() + size(); }
  std::span<const T> span() const noexcept { return {data(), size()}; }
  std::span<T> span() { return {data(), size()}; }

  /// One element. Throws shape_error for positions outside, or if there are not as many as dimensions.
  template <detail::position... Index>
  const T& operator()(Index... index) const& {
    return data()[offset(index...)];
  }
  template <detail::position... Index>
  T& operator()(Index... index) & {
    const std::int64_t at = offset(index...);
    return data()[at];
  }

  /// A part of the array as an operand; see slice. It keeps the elements alive.
  template <detail::view_index... Index>
    requires(!(detail::position<Index> && ...))
  view<const T> operator()(Index... index) const& {
    return part_of(*this, detail::selected(layout(), index...));
  }
  /// A part of the array that can also be assigned to: `y(slice(0, 10)) = relu(x) + 1`.
  template <detail::view_index... Index>
    requires(!(detail::position<Index> && ...))
  subarray<T> operator()(Index... index) & {
    return part_of(*this, detail::selected(layout(), index...));
  }
  /// The elements at which a condition holds, as a destination: `y(y < 0) = 0`.
  template <detail::mask Mask>
  masked<array&, std::remove_cvref_t<Mask>> operator()(Mask&& mask) & {
    return {*this, std::forward<Mask>(mask)};
  }

  /// The same with brackets; more than one index takes C++23.
  template <class ONEPASS_SUBSCRIPTS Index>
  decltype(auto) operator[](Index&& ONEPASS_SUBSCRIPTS index) const& {
    return (*this)(std::forward<Index>(index) ONEPASS_SUBSCRIPTS);
  }
  template <class ONEPASS_SUBSCRIPTS Index>
  decltype(auto) operator[](Index&& ONEPASS_SUBSCRIPTS index) & {
    return (*this)(std::forward<Index>(index) ONEPASS_SUBSCRIPTS);
  }

  /// Every element becomes `number`. Elements that others hold are left to them, not copied.
  void fill(T number) {
    if (block_ && block_->references.value() != 1) block_ = block_reference(allocate_block(dtype_of<T>, shape()));
    if (block_) assign_elements(view<T>(data(), view_layout(layout(), {})), static_cast<computed_type<T>>(number));
  }

  const block_reference& held() const noexcept { return block_; }
  block_reference& held() noexcept { return block_; }

 private:
  ONEPASS_INLINE void own() {
    if (block_->references.value() != 1) make_unique(block_);
  }
  template <class... Index>
  std::int64_t offset(Index... index) const {
    const std::int64_t position[sizeof...(Index) + 1] = {static_cast<std::int64_t>(index)...};
    return offset_of(layout(), position, sizeof...(Index));
  }

  block_reference block_;
};

/// A part of an array that may be written. While it is a temporary it is a destination, and so are parts of it; under a
/// name it is an operand, which keeps the elements alive and sees them as they were. It remembers the array itself, so
/// that writing separates the array from its copies first.
template <element T>
class subarray {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;

  subarray(array<T>& parent, block_reference held, const part& shown) noexcept : parent_(&parent), held_(std::move(held)), part_(shown) {}
  subarray(const subarray&) = default;
  subarray(subarray&&) noexcept = default;

  /// As for a view: stretched to this shape; a number fills.
  template <class E>
  void operator=(E&& from) && {
    assign_elements(*this, std::forward<E>(from));
  }
  void operator=(const subarray& from) && { assign_elements(*this, from); }

  const T* data() const noexcept { return held_ ? static_cast<const T*>(held_->data) + part_.offset : nullptr; }
  const extents& shape() const noexcept { return part_.where.shape; }
  int rank() const noexcept { return shape().rank(); }
  std::size_t size() const noexcept { return shape().size(); }
  const onepass::layout& layout() const noexcept { return part_.where; }
  /// Strides in elements.
  const dimensions& strides() const noexcept { return part_.where.strides; }
  std::span<const T> span() const { return view<const T>(*this).span(); }

  operator view<const T>() const& { return view<const T>(data(), view_layout(part_.where, held_)); }
  operator view<const T>() && {
    const T* const elements = data();
    return view<const T>(elements, view_layout(part_.where, std::move(held_)));
  }

  template <detail::position... Index>
  const T& operator()(Index... index) const& {
    return data()[offset(index...)];
  }
  template <detail::position... Index>
  T& operator()(Index... index) && {
    const std::int64_t at = part_.offset + offset(index...);
    held_ = {};
    return parent_->data()[at];
  }
  template <detail::view_index... Index>
    requires(!(detail::position<Index> && ...))
  view<const T> operator()(Index... index) const& {
    return part_of(*this, detail::selected(layout(), index...));
  }
  template <detail::view_index... Index>
    requires(!(detail::position<Index> && ...))
  subarray operator()(Index... index) && {
    return part_of(std::move(*this), detail::selected(layout(), index...));
  }
  template <detail::mask Mask>
  masked<subarray, std::remove_cvref_t<Mask>> operator()(Mask&& mask) && {
    return {std::move(*this), std::forward<Mask>(mask)};
  }
  template <class ONEPASS_SUBSCRIPTS Index>
  decltype(auto) operator[](Index&& ONEPASS_SUBSCRIPTS index) const& {
    return (*this)(std::forward<Index>(index) ONEPASS_SUBSCRIPTS);
  }
  template <class ONEPASS_SUBSCRIPTS Index>
  decltype(auto) operator[](Index&& ONEPASS_SUBSCRIPTS index) && {
    return std::move(*this)(std::forward<Index>(index) ONEPASS_SUBSCRIPTS);
  }

  array<T>& parent() const noexcept { return *parent_; }
  std::int64_t offset_in_parent() const noexcept { return part_.offset; }
  const block_reference& held() const& noexcept { return held_; }
  block_reference held() && noexcept { return std::move(held_); }

 private:
  template <class... Index>
  std::int64_t offset(Index... index) const {
    const std::int64_t position[sizeof...(Index) + 1] = {static_cast<std::int64_t>(index)...};
    return offset_of(layout(), position, sizeof...(Index));
  }

  array<T>* parent_;
  block_reference held_;
  part part_;
};

// What a part of its layout shows of an array, or of a part. A part that is taken of a temporary replaces it: the
// elements have no further holder, so nothing is copied when they are written.

template <element T>
view<const T> part_of(const array<T>& of, const part& shown) {
  return view<const T>(of.data() + shown.offset, view_layout(shown.where, of.held()));
}
template <element T>
subarray<T> part_of(array<T>& of, const part& shown) {
  return subarray<T>(of, of.held(), shown);
}
template <element T>
view<const T> part_of(const subarray<T>& of, const part& shown) {
  return view<const T>(of.data() + shown.offset, view_layout(shown.where, of.held()));
}
template <element T>
subarray<T> part_of(subarray<T>&& of, const part& shown) {
  const part in_parent(shown.where, of.offset_in_parent() + shown.offset);
  return subarray<T>(of.parent(), std::move(of).held(), in_parent);
}

/// An array that takes over foreign memory: `release(data)` is called when the last holder is gone.
/// Throws value_error for a null pointer with elements; then the memory has not been taken over.
template <element T, class Release>
array<T> adopt(T* data, const extents& shape, Release release) {
  struct adopted : block {
    Release release;
    explicit adopted(Release&& r) : release(std::move(r)) {}
  };
  borrowed_layout(data, shape);  // checks
  auto* const made = new adopted(std::move(release));
  describe_block(*made, dtype_of<T>, shape, data);
  made->dispose = [](block* held) noexcept {
    auto* const self = static_cast<adopted*>(held);
    self->release(static_cast<T*>(self->data));
    delete self;
  };
  return array<T>(block_reference(made));
}

}  // namespace onepass
