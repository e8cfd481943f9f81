// What floating numbers are made of: their sign, their class, their neighbours. The questions are answered for integers
// too, which are finite and never NaN.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/operation.hpp>

namespace onepass {

namespace detail {

/// The signed integer of the size of a floating type.
template <floating_element T>
using integer_of = std::conditional_t<std::is_same_v<T, float>, std::int32_t, std::int64_t>;

/// The sign bit of x, and nothing else.
template <floating_value V>
ONEPASS_INLINE V sign_of(V x) {
  return prim::bit_and(x, x.like(-0.0));
}

/// x without its sign bit.
template <floating_value V>
ONEPASS_INLINE V magnitude_of(V x) {
  return prim::bit_andnot(x.like(-0.0), x);
}

/// Whether the sign bit of x is set.
template <floating_value V>
ONEPASS_INLINE auto has_sign(V x) {
  const auto bits = prim::reinterpret<integer_of<element_of<V>>>(x);
  return prim::less(bits, bits.like(0));
}

}  // namespace detail

/// Whether x is NaN.
struct isnan_op {
  static constexpr std::string_view name = "isnan";
  template <numeric_value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (floating_value<V>) {
      return prim::unordered(x, x);
    } else {
      return prim::less(x, x);
    }
  }
};
inline constexpr operation<isnan_op> isnan{};

/// Whether x is infinite, of either sign.
struct isinf_op {
  static constexpr std::string_view name = "isinf";
  template <numeric_value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (floating_value<V>) {
      return prim::equal(detail::magnitude_of(x), x.like(std::numeric_limits<element_of<V>>::infinity()));
    } else {
      return prim::less(x, x);
    }
  }
};
inline constexpr operation<isinf_op> isinf{};

/// Whether x is neither infinite nor NaN.
struct isfinite_op {
  static constexpr std::string_view name = "isfinite";
  template <numeric_value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (floating_value<V>) {
      return prim::less(detail::magnitude_of(x), x.like(std::numeric_limits<element_of<V>>::infinity()));
    } else {
      return prim::equal(x, x);
    }
  }
};
inline constexpr operation<isfinite_op> isfinite{};

/// Whether the sign bit of x is set: x is negative, -0, or a NaN that has it; which NaN an operation yields is open.
struct signbit_op {
  static constexpr std::string_view name = "signbit";
  template <numeric_value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (floating_value<V>) {
      return detail::has_sign(x);
    } else {
      return prim::less(x, x.like(0));
    }
  }
};
inline constexpr operation<signbit_op> signbit{};

/// The magnitude of x with the sign bit of y.
struct copysign_op {
  static constexpr std::string_view name = "copysign";
  static constexpr laws holds{.idempotent = true};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::bit_or(detail::magnitude_of(x), detail::sign_of(y));
  }
};
inline constexpr operation<copysign_op> copysign{};

/// The number next to x on the way to y; y if they are equal, NaN if either is. Magnitudes are ordered as their bits,
/// so the way away from zero is one up.
struct nextafter_op {
  static constexpr std::string_view name = "nextafter";
  static constexpr laws holds{.idempotent = true};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    using T = element_of<V>;
    const auto bits = prim::reinterpret<detail::integer_of<T>>(x);
    const auto away_from_zero = prim::bit_xor(prim::less(x, y), detail::has_sign(x));
    const V stepped = prim::reinterpret<T>(bits + prim::select(away_from_zero, bits.like(1), bits.like(-1)));
    const V from_zero = copysign(x.like(std::numeric_limits<T>::denorm_min()), y);
    const V next = prim::select(prim::equal(x, x.like(0)), from_zero, stepped);
    return prim::select(prim::unordered(x, y), x + y, prim::select(prim::equal(x, y), y, next));
  }
};
inline constexpr operation<nextafter_op> nextafter{};

using floating_point_operations =
    operation_list<isnan_op, isinf_op, isfinite_op, signbit_op, copysign_op, nextafter_op>;

}  // namespace onepass
