// Where the elements of an array lie: lengths and strides. A stride counts elements; 0 repeats, negative runs back.
#pragma once

#include <cstdint>
#include <string>

#include <onepass/array/extents.hpp>

namespace onepass {

/// An index space and its mapping to offsets: element (i, j, ...) lies at i * strides[0] + j * strides[1] + ...
struct layout {
  extents shape;
  dimensions strides;

  layout() = default;
  layout(const extents& shape, const dimensions& strides) noexcept : shape(shape), strides(strides) {}

  /// Row-major and gapless.
  explicit layout(const extents& shape) noexcept;

  /// True if elements in row-major order follow each other without a gap.
  bool is_contiguous() const noexcept;

  /// The same elements as the larger shape `to`: dimensions that stretch get stride 0.
  /// Precondition: shape broadcasts to `to`.
  layout broadcast_to(const extents& to) const noexcept;

  /// Lowest and highest offset of any element, in elements. Precondition: there are elements.
  void bounds(std::int64_t& lowest, std::int64_t& highest) const noexcept;
};

/// One index of a view: a single position, or a range with a step.
struct slice {
  /// Positions start, start + step, ... before stop. Negative positions count from the end, as in Python; a missing
  /// bound is the end of the dimension that the step comes from or goes to.
  constexpr slice(std::int64_t start, std::int64_t stop, std::int64_t step = 1)
      : start(start), stop(stop), step(step), has_start(true), has_stop(true) {}

  /// Every `step`-th position of the whole dimension; -1 reverses it.
  static constexpr slice every(std::int64_t step) {
    slice result(0, 0, step);
    result.has_start = result.has_stop = false;
    return result;
  }

  std::int64_t start, stop, step;
  bool has_start, has_stop;
  bool is_index = false;  ///< a single position: the dimension disappears
};

/// The whole dimension.
inline constexpr slice all = slice::every(1);

namespace detail {
constexpr slice to_slice(const slice& s) { return s; }
template <class I>
  requires std::is_integral_v<I>
constexpr slice to_slice(I index) {
  slice result(static_cast<std::int64_t>(index), 0);
  result.is_index = true;
  return result;
}
}  // namespace detail

/// The offset of one element. Throws shape_error for positions outside (negative ones count from the end), or if there
/// are not as many as dimensions.
std::int64_t offset_of(const layout& where, const std::int64_t* position, int count);

/// The part of `whole` that `slices` select, dimension by dimension; dimensions not named stay whole. `offset` becomes
/// the offset of its first element. Throws shape_error for positions outside, value_error for a step of 0.
layout select(const layout& whole, const slice* slices, int count, std::int64_t& offset);

/// The dimensions in the order `axes`. Throws shape_error unless `axes` is a permutation.
layout permute(const layout& whole, const int* axes, int count);

/// The dimensions in reverse order.
layout transpose(const layout& whole) noexcept;

}  // namespace onepass
