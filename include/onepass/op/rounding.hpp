// Rounding to integral values of the same type. Integers are integral already. Zeros keep their sign, and so does what
// rounds to zero.
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

/// The smallest integral value not below x.
struct ceil_op {
  static constexpr std::string_view name = "ceil";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::ceil(x);
    } else {
      return x;
    }
  }
};
inline constexpr operation<ceil_op> ceil{};

/// x without its fraction.
struct trunc_op {
  static constexpr std::string_view name = "trunc";
  static constexpr laws holds{.idempotent = true, .odd = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::trunc(x);
    } else {
      return x;
    }
  }
};
inline constexpr operation<trunc_op> trunc{};

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

/// x - floor(x), rounded, but below 1 always: of a tiny negative x it is the largest number below 1. NaN for infinities.
struct fract_op {
  static constexpr std::string_view name = "fract";
  static constexpr laws holds{.idempotent = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      constexpr double below_one = std::is_same_v<element_of<V>, float> ? 0x1.fffffep-1 : 0x1.fffffffffffffp-1;
      return prim::min(x.like(below_one), x - prim::floor(x));  // the literal first: a NaN passes
    } else {
      return x.like(0);
    }
  }
};
inline constexpr operation<fract_op> fract{};

using rounding_operations = operation_list<floor_op, ceil_op, trunc_op, round_op, fract_op>;

}  // namespace onepass
