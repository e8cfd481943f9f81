// Interpretation 1 of an operation body: one element. This file is the definition of every instruction's meaning;
// packs, traced programs, the interpreter and the code generator are tested against it bit for bit.
//
// It is written for clarity and for the default floating-point environment (nearest even, subnormals kept), which
// whoever calls it has to provide. It must not know about packs, programs or registers.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <onepass/value/value.hpp>

namespace onepass {

namespace detail {

/// The unsigned integer with the bits of an element.
template <element T>
using bits_of = std::conditional_t<sizeof(T) == 1, std::uint8_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;

}  // namespace detail

/// One element as a value.
template <element T>
struct scalar {
  using element_type = T;
  static constexpr bool is_value = true;
  using bits = detail::bits_of<T>;

  T content;

  template <class S>
  ONEPASS_INLINE scalar like(S number) const {
    return {static_cast<T>(number)};
  }
  template <element To, class S>
  ONEPASS_INLINE scalar<To> literal(S number) const {
    return {static_cast<To>(number)};
  }

  // clang-format off
  ONEPASS_INLINE static scalar add(scalar a, scalar b) {
    if constexpr (std::is_integral_v<T>) return {static_cast<T>(static_cast<unsigned>(a.content) + static_cast<unsigned>(b.content))};
    else return {a.content + b.content};
  }
  ONEPASS_INLINE static scalar sub(scalar a, scalar b) {
    if constexpr (std::is_integral_v<T>) return {static_cast<T>(static_cast<unsigned>(a.content) - static_cast<unsigned>(b.content))};
    else return {a.content - b.content};
  }
  ONEPASS_INLINE static scalar mul(scalar a, scalar b) {
    if constexpr (std::is_integral_v<T>) {
      return {static_cast<T>(static_cast<unsigned>(a.content) * static_cast<unsigned>(b.content))};
    } else {
      T product = a.content * b.content;
#if defined(__FMA__)
      asm("" : "+x"(product));  // or the compiler may join it with a following addition into one rounding
#endif
      return {product};
    }
  }
  ONEPASS_INLINE static scalar div(scalar a, scalar b) { return {a.content / b.content}; }
  ONEPASS_INLINE static scalar sqrt(scalar a) { return {std::sqrt(a.content)}; }
  ONEPASS_INLINE static scalar fma(scalar a, scalar b, scalar c) { return {std::fma(a.content, b.content, c.content)}; }
  ONEPASS_INLINE static scalar min(scalar a, scalar b) { return {a.content < b.content ? a.content : b.content}; }
  ONEPASS_INLINE static scalar max(scalar a, scalar b) { return {a.content > b.content ? a.content : b.content}; }
  ONEPASS_INLINE static scalar floor(scalar a) { return {std::floor(a.content)}; }
  ONEPASS_INLINE static scalar round_even(scalar a) { return {std::nearbyint(a.content)}; }
  static scalar scale(scalar a, scalar b) {
    const T power = std::fmax(T(-8192), std::fmin(T(8192), b.content));  // beyond either, nothing changes any more
    return {a.content != a.content ? a.content : std::scalbn(a.content, static_cast<int>(power))};
  }

  ONEPASS_INLINE static scalar bit_and(scalar a, scalar b) { return from_bits(to_bits(a) & to_bits(b)); }
  ONEPASS_INLINE static scalar bit_or(scalar a, scalar b) { return from_bits(to_bits(a) | to_bits(b)); }
  ONEPASS_INLINE static scalar bit_xor(scalar a, scalar b) { return from_bits(to_bits(a) ^ to_bits(b)); }
  ONEPASS_INLINE static scalar bit_andnot(scalar a, scalar b) { return from_bits(~to_bits(a) & to_bits(b)); }

  ONEPASS_INLINE static scalar<bool> less(scalar a, scalar b) { return {a.content < b.content}; }
  ONEPASS_INLINE static scalar<bool> less_equal(scalar a, scalar b) { return {a.content <= b.content}; }
  ONEPASS_INLINE static scalar<bool> equal(scalar a, scalar b) { return {a.content == b.content}; }
  ONEPASS_INLINE static scalar<bool> unordered(scalar a, scalar b) { return {a.content != a.content || b.content != b.content}; }
  ONEPASS_INLINE static scalar select(scalar<bool> which, scalar a, scalar b) { return which.content ? a : b; }
  // clang-format on

  template <element To>
  ONEPASS_INLINE static scalar<To> convert(scalar a) {
    return {static_cast<To>(a.content)};
  }
  ONEPASS_INLINE static scalar<std::int32_t> truncate(scalar a) {
    constexpr T limit = 2147483648.0;  // 2^31, exact in both floating types
    const T integral = std::trunc(a.content);
    const bool fits = integral >= -limit && integral < limit;
    return {fits ? static_cast<std::int32_t>(integral) : std::numeric_limits<std::int32_t>::min()};
  }
  template <int Count>
  ONEPASS_INLINE static scalar shift_left(scalar a) {
    return from_bits(to_bits(a) << Count);
  }
  template <element To>
  ONEPASS_INLINE static scalar<To> reinterpret(scalar a) {
    return {std::bit_cast<To>(a.content)};
  }

 private:
  ONEPASS_INLINE static bits to_bits(scalar a) { return std::bit_cast<bits>(a.content); }
  ONEPASS_INLINE static scalar from_bits(bits b) {
    if constexpr (std::is_same_v<T, bool>) {
      return {(b & 1) != 0};
    } else {
      return {std::bit_cast<T>(b)};
    }
  }
};

}  // namespace onepass
