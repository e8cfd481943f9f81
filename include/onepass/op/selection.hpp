// Order and choice, of all element types. Zeros are ordered, -0 < +0. minimum and maximum propagate NaN, fmin and fmax
// suppress it (IEEE 754-2019, clause 9.6: minimum and minimumNumber). Of truth values, false < true.
#pragma once

#include <onepass/op/comparison.hpp>
#include <onepass/op/floating_point.hpp>
#include <onepass/op/operation.hpp>

namespace onepass {

/// The smaller of x and y; NaN if either is.
struct minimum_op {
  static constexpr std::string_view name = "minimum";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_and(x, y);
    } else if constexpr (floating_value<V>) {
      // Each order returns its second operand for two zeros or a NaN. The union of the bits of two zeros is -0 if
      // either is, of a NaN and anything a NaN, of two equal numbers that number.
      return prim::bit_or(prim::min(x, y), prim::min(y, x));
    } else {
      return prim::min(x, y);
    }
  }
};
inline constexpr operation<minimum_op> minimum{};

/// The larger of x and y; NaN if either is.
struct maximum_op {
  static constexpr std::string_view name = "maximum";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_or(x, y);
    } else if constexpr (floating_value<V>) {
      // As in minimum, but +0 if either of two zeros is: so the signs are intersected.
      const V one = prim::max(x, y), other = prim::max(y, x);
      return prim::bit_or(prim::bit_and(one, other), detail::magnitude_of(prim::bit_or(one, other)));
    } else {
      return prim::max(x, y);
    }
  }
};
inline constexpr operation<maximum_op> maximum{};

/// The smaller of x and y, or the one that is not NaN; NaN if both are.
struct fmin_op {
  static constexpr std::string_view name = "fmin";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (floating_value<V>) {
      const V number = prim::select(prim::unordered(x, x), y, x);
      return prim::select(prim::unordered(x, y), number, minimum(x, y));
    } else {
      return minimum(x, y);
    }
  }
};
inline constexpr operation<fmin_op> fmin{};

/// The larger of x and y, or the one that is not NaN; NaN if both are.
struct fmax_op {
  static constexpr std::string_view name = "fmax";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (floating_value<V>) {
      const V both = prim::bit_and(prim::max(x, y), prim::max(y, x));
      const V number = prim::select(prim::unordered(x, x), y, x);
      return prim::select(prim::unordered(x, y), number, both);
    } else {
      return maximum(x, y);
    }
  }
};
inline constexpr operation<fmax_op> fmax{};

/// minimum(maximum(x, low), high); NaN if any of them is.
struct clip_op {
  static constexpr std::string_view name = "clip";
  template <ordered_value V>
  ONEPASS_INLINE static V body(V x, V low, V high) {
    return minimum(maximum(x, low), high);
  }
};
inline constexpr operation<clip_op> clip{};

/// x where the condition holds, y elsewhere.
struct where_op {
  static constexpr std::string_view name = "where";
  template <truth_value M, value V>
  ONEPASS_INLINE static V body(M condition, V x, V y) {
    return prim::select(condition, x, y);
  }
};
inline constexpr operation<where_op> where{};

using selection_operations = operation_list<minimum_op, maximum_op, fmin_op, fmax_op, clip_op, where_op>;

}  // namespace onepass
