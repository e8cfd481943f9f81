// Rounding to integral values of the same type. Integers are integral already.
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass {

/// The largest integral value not above x.
struct floor_op {
  static constexpr std::string_view name = "floor";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::floor(x);
    } else {
      return x;
    }
  }
};
inline constexpr operation<floor_op> floor{};

/// The nearest integral value, ties to even.
struct round_op {
  static constexpr std::string_view name = "round";
  static constexpr laws holds{.idempotent = true, .odd = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::round_even(x);
    } else {
      return x;
    }
  }
};
inline constexpr operation<round_op> round{};

using rounding_operations = operation_list<floor_op, round_op>;

}  // namespace onepass
