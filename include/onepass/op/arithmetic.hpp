// Arithmetic on numbers of all types but division, which has a file of its own. Integers wrap; nothing raises a signal.
#pragma once

#include <onepass/op/floating_point.hpp>
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

/// 1 if x > 0, -1 if x < 0; zeros and NaN are kept.
struct sign_op {
  static constexpr std::string_view name = "sign";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (floating_value<V>) {
      return prim::select(prim::less(x.like(0), abs(x)), copysign(x.like(1), x), x);
    } else {
      const V at_most_one = prim::min(x, x.like(1));
      return std::is_signed_v<element_of<V>> ? prim::max(at_most_one, x.like(-1)) : at_most_one;
    }
  }
};
inline constexpr operation<sign_op> sign{};

/// x * x.
struct square_op {
  static constexpr std::string_view name = "square";
  static constexpr laws holds{.even = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    return x * x;
  }
};
inline constexpr operation<square_op> square{};

/// x * x * x. What the square loses is added to the product, unless the square overflows. Within 0.501 ulp, but for the
/// smallest normal results, where that product is rounded as a subnormal.
struct cube_op {
  static constexpr std::string_view name = "cube";
  static constexpr laws holds{.odd = true};
  static constexpr accuracy error{.f32 = 1, .f64 = 1};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    const V squared = x * x;
    if constexpr (floating_value<V>) {
      const V lost = prim::fma(x, x, negate(squared));
      const V product = squared * x;  // where it overflows, lost * x may do so with the other sign
      return prim::select(isfinite(product), prim::fma(squared, x, lost * x), product);
    } else {
      return squared * x;
    }
  }
};
inline constexpr operation<cube_op> cube{};

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

/// From a to b as t goes from 0 to 1: (a - t a) + t b with two roundings, fma(t, b, fma(-t, a, a)). Finite a and b are
/// reached exactly at t = 0 and t = 1; the sign of a zero may be lost there.
struct lerp_op {
  static constexpr std::string_view name = "lerp";
  template <floating_value V>
  ONEPASS_INLINE static V body(V a, V b, V t) {
    return prim::fma(t, b, prim::fma(negate(t), a, a));
  }
};
inline constexpr operation<lerp_op> lerp{};

/// 1 / x, rounded once.
struct reciprocal_op {
  static constexpr std::string_view name = "reciprocal";
  static constexpr laws holds{.odd = true};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return 1 / x;
  }
};
inline constexpr operation<reciprocal_op> reciprocal{};

/// The square root of x, correctly rounded; NaN below -0, and sqrt(-0) = -0.
struct sqrt_op {
  static constexpr std::string_view name = "sqrt";
  static constexpr laws holds{.monotone = true};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::sqrt(x);
  }
};
inline constexpr operation<sqrt_op> sqrt{};

using arithmetic_operations = operation_list<add_op, subtract_op, multiply_op, negate_op, abs_op, sign_op, square_op, cube_op, fma_op, lerp_op,
                                             reciprocal_op, sqrt_op>;

}  // namespace onepass
