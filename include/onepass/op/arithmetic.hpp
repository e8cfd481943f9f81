// Arithmetic. Integers wrap; nothing ever raises a signal.
#pragma once

#include <cstdint>

#include <onepass/op/operation.hpp>

namespace onepass {

/// x + y.
struct add_op {
  static constexpr std::string_view name = "add";
  static constexpr laws holds{.commutative = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::add(x, y);
  }
};
inline constexpr operation<add_op> add{};

/// x - y.
struct subtract_op {
  static constexpr std::string_view name = "subtract";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::sub(x, y);
  }
};
inline constexpr operation<subtract_op> subtract{};

/// x * y.
struct multiply_op {
  static constexpr std::string_view name = "multiply";
  static constexpr laws holds{.commutative = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::mul(x, y);
  }
};
inline constexpr operation<multiply_op> multiply{};

/// x / y. On integers truncated towards zero, with x / 0 = 0 and MIN / -1 = MIN.
struct divide_op {
  static constexpr std::string_view name = "divide";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (floating_value<V>) {
      return prim::div(x, y);
    } else if constexpr (sizeof(element_of<V>) == 1) {
      // Quotients of bytes that differ, differ by at least 1/255: far above the rounding error of f32.
      const auto wide_x = prim::convert<std::int32_t>(x);
      const auto wide_y = prim::convert<std::int32_t>(y);
      const auto quotient = prim::truncate(prim::convert<float>(wide_x) / prim::convert<float>(wide_y));
      return prim::select(prim::equal(y, y.like(0)), y.like(0), prim::convert<element_of<V>>(quotient));
    } else {
      // An i32 quotient is exact enough in f64. MIN / -1 is outside i32, where truncate yields MIN.
      const auto quotient = prim::truncate(prim::convert<double>(x) / prim::convert<double>(y));
      return prim::select(prim::equal(y, y.like(0)), y.like(0), quotient);
    }
  }
};
inline constexpr operation<divide_op> divide{};

/// -x. Flips the sign bit of floating numbers, of zeros and NaN too.
struct negate_op {
  static constexpr std::string_view name = "negate";
  static constexpr laws holds{.odd = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::bit_xor(x, x.like(-0.0));
    } else {
      return prim::sub(x.like(0), x);
    }
  }
};
inline constexpr operation<negate_op> negate{};

/// |x|. Clears the sign bit of floating numbers; |MIN| is MIN.
struct abs_op {
  static constexpr std::string_view name = "abs";
  static constexpr laws holds{.idempotent = true, .even = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::bit_andnot(x.like(-0.0), x);
    } else if constexpr (std::is_signed_v<element_of<V>>) {
      return prim::max(x, prim::sub(x.like(0), x));
    } else {
      return x;
    }
  }
};
inline constexpr operation<abs_op> abs{};

/// The square root, correctly rounded; NaN below -0, and sqrt(-0) = -0.
struct sqrt_op {
  static constexpr std::string_view name = "sqrt";
  static constexpr laws holds{.monotone = true};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::sqrt(x);
  }
};
inline constexpr operation<sqrt_op> sqrt{};

/// x * y + z, rounded once.
struct fma_op {
  static constexpr std::string_view name = "fma";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y, V z) {
    if constexpr (floating_value<V>) {
      return prim::fma(x, y, z);
    } else {
      return x * y + z;
    }
  }
};
inline constexpr operation<fma_op> fma{};

using arithmetic_operations =
    operation_list<add_op, subtract_op, multiply_op, divide_op, negate_op, abs_op, sqrt_op, fma_op>;

}  // namespace onepass
