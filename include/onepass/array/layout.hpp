// Where the elements of an array lie: lengths and strides. A stride counts elements; 0 repeats, negative runs back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <onepass/array/extents.hpp>

namespace onepass {

/// An index space and its mapping to offsets: element (i, j, ...) lies at i * strides[0] + j * strides[1] + ...
/// Without elements all strides are 1: there is nothing to step over, and nothing that repeats.
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

/// The open end of a slice: as far as the dimension goes.
struct open_end {};
inline constexpr open_end open{};

/// A bound of a slice: a position, negative ones counting from the end as in Python, or `open`.
class slice_bound {
 public:
  template <class I>
    requires std::is_integral_v<I>
  constexpr slice_bound(I position)
      : position_(std::is_unsigned_v<I> && position > static_cast<I>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(position)) {}
  constexpr slice_bound(open_end) : is_open_(true) {}

  constexpr bool is_open() const { return is_open_; }
  /// Precondition: not open.
  constexpr std::int64_t position() const { return position_; }

 private:
  std::int64_t position_ = 0;
  bool is_open_ = false;
};

/// One index of a view: a range of positions with a step, a single position, a new dimension, or `ellipsis`.
class slice {
 public:
  enum class kind : std::uint8_t {
    range,
    position,       ///< the dimension disappears
    new_dimension,  ///< of length 1
    remaining,      ///< as many whole dimensions as are left over
  };

  /// Positions start, start + step, ... before stop; an open bound is the end that the step comes from or goes to.
  ///
  ///   slice(2, 10)   slice(open, -1)   slice(3, open, 2)   slice(open, open, -1)
  constexpr slice(slice_bound start, slice_bound stop, std::int64_t step = 1) : start(start), stop(stop), step(step) {}

  /// Every `step`-th position of the whole dimension; -1 reverses it.
  static constexpr slice every(std::int64_t step) { return {open, open, step}; }
  static constexpr slice at(slice_bound position) { return slice(kind::position, position); }
  static constexpr slice of(kind what) { return slice(what, open); }

  kind what = kind::range;
  slice_bound start, stop;
  std::int64_t step;

 private:
  constexpr slice(kind what, slice_bound start) : what(what), start(start), stop(open), step(1) {}
};

/// The whole dimension.
inline constexpr slice all = slice::every(1);
/// A new dimension of length 1.
inline constexpr slice newaxis = slice::of(slice::kind::new_dimension);
/// All dimensions that the other indices do not name: `a(ellipsis, 0)` is the first position of the last dimension.
inline constexpr slice ellipsis = slice::of(slice::kind::remaining);

/// A dimension by number; negative ones count from the last. Converts from integers and from the axis of a reduction.
class dimension {
 public:
  template <class I>
    requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
  constexpr dimension(I number) : number_(static_cast<std::int64_t>(number)) {}
  template <class Axis>
    requires requires(Axis axis) { { axis.index } -> std::convertible_to<std::int64_t>; }
  constexpr dimension(Axis axis) : number_(axis.index) {}

  constexpr std::int64_t number() const { return number_; }

 private:
  std::int64_t number_;
};

namespace detail {

template <class I>
concept position = std::is_integral_v<I> && !std::is_same_v<I, bool>;
template <class I>
concept view_index = position<I> || std::is_same_v<I, slice>;

constexpr slice to_slice(const slice& s) { return s; }
template <position I>
constexpr slice to_slice(I at) {
  return slice::at(at);
}

}  // namespace detail

/// The offset of one element. Throws shape_error for positions outside (negative ones count from the end), or if there
/// are not as many as dimensions.
std::int64_t offset_of(const layout& where, const std::int64_t* position, int count);

/// Some of the elements of a layout, in a layout of their own; its first element is `offset` away from the other's.
struct part {
  layout where;
  std::int64_t offset = 0;

  part(layout where, std::int64_t offset = 0) : where(std::move(where)), offset(offset) {}
};

// Every view is made by one of these. They throw shape_error, with the shapes in it, for what does not go together, and
// value_error for what makes no sense with any shape. Parts without elements have offset 0.

/// What `indices` select, dimension by dimension; dimensions not named stay whole.
part select(const layout& whole, const slice* indices, std::size_t count);

namespace detail {
template <view_index... Index>
part selected(const layout& whole, const Index&... index) {
  const slice indices[] = {to_slice(index)...};
  return select(whole, indices, sizeof...(Index));
}
}  // namespace detail

/// The dimensions in the order `axes`, a permutation; negative ones count from the last.
layout permute(const layout& whole, const integer_list& axes);

/// The dimensions in reverse order.
layout transpose(const layout& whole) noexcept;

/// Two dimensions exchanged.
layout swap_axes(const layout& whole, dimension one, dimension other);

/// The same elements, in row-major order, as another shape; one length may be -1 and is what is left for it. Throws
/// shape_error too if strides cannot say that.
layout reshape(const layout& whole, const integer_list& shape);

/// Without the dimensions of length 1, or without one of them.
layout squeeze(const layout& whole);
layout squeeze(const layout& whole, dimension axis);

/// With a new dimension of length 1 that becomes dimension `axis` of the result.
layout expand_dims(const layout& whole, dimension axis);

/// Stretched to `shape` by NumPy's rules: new dimensions, and those of length 1, repeat.
layout broadcast_to(const layout& whole, const extents& shape);

/// All dimensions, or one of them, backwards.
part flip(const layout& whole);
part flip(const layout& whole, dimension axis);

/// The elements whose position in the second dimension is `offset` more than in the first, as last dimension.
part diagonal(const layout& whole, std::int64_t offset, dimension first, dimension second);

/// All runs of `window` neighbours along `axis`: it becomes the dimension of where they begin, and a new last dimension
/// runs through each.
layout sliding_window(const layout& whole, std::int64_t window, dimension axis);

}  // namespace onepass
