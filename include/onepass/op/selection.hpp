// Order and choice. minimum and maximum propagate NaN and order zeros, -0 < +0 (IEEE 754-2019, clause 9.6).
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass {

/// The smaller of x and y; NaN if either is.
struct minimum_op {
  static constexpr std::string_view name = "minimum";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    const V second = prim::min(x, y);
    if constexpr (floating_value<V>) {
      // Each order returns its second operand for two zeros or a NaN. The union of the bits of two zeros is -0 if
      // either is, of a NaN and anything a NaN, of two equal numbers that number.
      return prim::bit_or(second, prim::min(y, x));
    } else {
      return second;
    }
  }
};
inline constexpr operation<minimum_op> minimum{};

/// The larger of x and y; NaN if either is.
struct maximum_op {
  static constexpr std::string_view name = "maximum";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    const V second = prim::max(x, y);
    if constexpr (floating_value<V>) {
      // The intersection of the bits of two zeros is +0 if either is; a NaN has to be brought back.
      const V both = prim::bit_and(second, prim::max(y, x));
      return prim::select(prim::unordered(x, y), prim::add(x, y), both);
    } else {
      return second;
    }
  }
};
inline constexpr operation<maximum_op> maximum{};

/// minimum(maximum(x, low), high).
struct clip_op {
  static constexpr std::string_view name = "clip";
  template <numeric_value V>
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

using selection_operations = operation_list<minimum_op, maximum_op, clip_op, where_op>;

}  // namespace onepass
