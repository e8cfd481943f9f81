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
  template <class... Index>
    requires(std::is_integral_v<Index> && ...)
  const T& operator()(Index... index) const {
    const std::int64_t position[sizeof...(Index) + 1] = {static_cast<std::int64_t>(index)...};
    return data()[offset_of(layout(), position, sizeof...(Index))];
  }
  template <class... Index>
    requires(std::is_integral_v<Index> && ...)
  T& operator()(Index... index) {
    const std::int64_t position[sizeof...(Index) + 1] = {static_cast<std::int64_t>(index)...};
    const std::int64_t offset = offset_of(layout(), position, sizeof...(Index));
    return data()[offset];
  }

  /// A part of the array as an operand; see slice. It keeps the elements alive.
  template <class... Index>
    requires(!(std::is_integral_v<Index> && ...))
  view<const T> operator()(Index... index) const {
    return part(index...);
  }
  /// A part of the array that can also be assigned to: `y(slice(0, 10)) = relu(x) + 1`.
  template <class... Index>
    requires(!(std::is_integral_v<Index> && ...))
  subarray<T> operator()(Index... index) & {
    const slice slices[] = {detail::to_slice(index)...};
    std::int64_t offset = 0;
    const onepass::layout where = select(layout(), slices, sizeof...(Index), offset);
    return subarray<T>(*this, where, offset);
  }

  const block_reference& held() const noexcept { return block_; }
  block_reference& held() noexcept { return block_; }

 private:
  ONEPASS_INLINE void own() {
    if (block_->references.value() != 1) make_unique(block_);
  }
  template <class... Index>
  view<const T> part(Index... index) const {
    const slice slices[] = {detail::to_slice(index)...};
    std::int64_t offset = 0;
    const onepass::layout where = select(layout(), slices, sizeof...(Index), offset);
    return view<const T>(data() + offset, view_layout(where, block_));
  }

  block_reference block_;
};

/// A part of an array, made from an array that may be written: an operand, and while it is a temporary a destination.
/// It remembers the array itself, so that writing separates the array from its copies first.
template <element T>
class subarray : public view<const T> {
 public:
  subarray(array<T>& parent, const layout& where, std::int64_t offset)
      : view<const T>(std::as_const(parent).data() + offset, view_layout(where, parent.held())),
        parent_(&parent),
        part_(where),
        offset_(offset) {}

  subarray(const subarray&) = default;

  template <class E>
  void operator=(E&& from) && {
    assign_elements(*this, std::forward<E>(from));
  }
  void operator=(const subarray& from) && { assign_elements(*this, static_cast<const view<const T>&>(from)); }

  array<T>& parent() const noexcept { return *parent_; }
  const onepass::layout& part() const noexcept { return part_; }
  std::int64_t offset() const noexcept { return offset_; }

 private:
  array<T>* parent_;
  onepass::layout part_;
  std::int64_t offset_;
};

/// The dimensions in reverse order, as an operand.
template <element T>
view<const T> transpose(const array<T>& of) {
  return view<const T>(of.data(), view_layout(transpose(of.layout()), of.held()));
}

/// The dimensions in reverse order, also as a destination.
template <element T>
subarray<T> transpose(array<T>& of) {
  return subarray<T>(of, transpose(of.layout()), 0);
}
template <element T>
subarray<T> transpose(const subarray<T>& of) {
  return subarray<T>(of.parent(), transpose(of.part()), of.offset());
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
