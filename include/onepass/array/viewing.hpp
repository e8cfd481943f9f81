// Views of what already lies in memory: nothing here copies, allocates elements or looks at one.
//
// Each function is one of layouts (array/layout.hpp) applied to whatever has a layout: a const array or a view gives a
// view, an array that may be written, or a temporary part of one, a part that may be written. They compose:
//
//   flip(transpose(a), 0)(all, slice(0, 10)) = 0;
//
// For expressions that are not computed yet there is nothing to view: evaluate() them first.
#pragma once

#include <cstdint>
#include <utility>

#include <onepass/array/array.hpp>

namespace onepass {

/// Arrays, views and parts of arrays.
template <class A>
concept in_memory = requires(A&& a, const part& shown) { part_of(std::forward<A>(a), shown); };

/// The dimensions in reverse order: element (i, j) is element (j, i) of `a`.
template <in_memory A>
auto transpose(A&& a) {
  return part_of(std::forward<A>(a), transpose(a.layout()));
}

/// The dimensions in the order `axes`: `permute(a, {2, 0, 1})` of shape (2, 3, 4) has shape (4, 2, 3).
/// Throws shape_error unless that is a permutation.
template <in_memory A>
auto permute(A&& a, const integer_list& axes) {
  return part_of(std::forward<A>(a), permute(a.layout(), axes));
}

/// Two dimensions exchanged. Throws shape_error for dimensions that are not there.
template <in_memory A>
auto swap_axes(A&& a, dimension one, dimension other) {
  return part_of(std::forward<A>(a), swap_axes(a.layout(), one, other));
}

/// The same elements in row-major order as another shape; a length of -1 is what is left: `reshape(a, {-1, 3})`.
/// Throws shape_error if the numbers of elements differ, or if strides cannot say it: then `reshape(evaluate(a), ...)`
/// does, of a copy.
template <in_memory A>
auto reshape(A&& a, const integer_list& shape) {
  return part_of(std::forward<A>(a), reshape(a.layout(), shape));
}

/// All elements in row-major order as one dimension. Throws shape_error as reshape does.
template <in_memory A>
auto flatten(A&& a) {
  return part_of(std::forward<A>(a), reshape(a.layout(), {static_cast<std::int64_t>(a.size())}));
}

/// Without the dimensions of length 1.
template <in_memory A>
auto squeeze(A&& a) {
  return part_of(std::forward<A>(a), squeeze(a.layout()));
}
/// Without dimension `axis`. Throws shape_error unless its length is 1.
template <in_memory A>
auto squeeze(A&& a, dimension axis) {
  return part_of(std::forward<A>(a), squeeze(a.layout(), axis));
}

/// With a new dimension of length 1 that becomes dimension `axis` of the result.
template <in_memory A>
auto expand_dims(A&& a, dimension axis) {
  return part_of(std::forward<A>(a), expand_dims(a.layout(), axis));
}

/// Stretched to `shape` by NumPy's rules. Every repetition is the same memory, so this is no destination where one
/// element would be several. Throws shape_error if `a` does not broadcast to it.
template <in_memory A>
auto broadcast_to(A&& a, const extents& shape) {
  return part_of(std::forward<A>(a), broadcast_to(a.layout(), shape));
}

/// All dimensions backwards.
template <in_memory A>
auto flip(A&& a) {
  return part_of(std::forward<A>(a), flip(a.layout()));
}
/// Dimension `axis` backwards.
template <in_memory A>
auto flip(A&& a, dimension axis) {
  return part_of(std::forward<A>(a), flip(a.layout(), axis));
}

/// Elements (i, i + offset) of two dimensions, the first two unless named otherwise, as the last dimension.
/// `diagonal(a) = 1` writes it. A diagonal beyond the corner has no elements.
template <in_memory A>
auto diagonal(A&& a, std::int64_t offset = 0, dimension first = 0, dimension second = 1) {
  return part_of(std::forward<A>(a), diagonal(a.layout(), offset, first, second));
}

/// All runs of `window` neighbours along `axis`: shape (n,) becomes (n - window + 1, window), overlapping in memory.
/// Throws shape_error for a window that does not fit, value_error for one without elements.
template <in_memory A>
auto sliding_window(A&& a, std::int64_t window, dimension axis = -1) {
  return part_of(std::forward<A>(a), sliding_window(a.layout(), window, axis));
}

}  // namespace onepass
