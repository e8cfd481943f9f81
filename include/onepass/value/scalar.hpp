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

#include <onepass/ir/table.hpp>
#include <onepass/value/value.hpp>

namespace onepass {

namespace detail {

/// The unsigned integer with the bits of an element.
template <element T>
using bits_of = std::conditional_t<sizeof(T) <= 2, std::conditional_t<sizeof(T) == 1, std::uint8_t, std::uint16_t>,
                                   std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;

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
    if constexpr (std::is_integral_v<T>) return from_bits(wide(to_bits(a)) + wide(to_bits(b)));
    else return {a.content + b.content};
  }
  ONEPASS_INLINE static scalar sub(scalar a, scalar b) {
    if constexpr (std::is_integral_v<T>) return from_bits(wide(to_bits(a)) - wide(to_bits(b)));
    else return {a.content - b.content};
  }
  ONEPASS_INLINE static scalar mul(scalar a, scalar b) {
    if constexpr (std::is_integral_v<T>) {
      return from_bits(wide(to_bits(a)) * wide(to_bits(b)));
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
  ONEPASS_INLINE static scalar ceil(scalar a) { return {std::ceil(a.content)}; }
  ONEPASS_INLINE static scalar trunc(scalar a) { return {std::trunc(a.content)}; }
  ONEPASS_INLINE static scalar round_even(scalar a) { return {std::nearbyint(a.content)}; }
  static scalar scale(scalar a, scalar b) {
    const T power = std::fmax(T(-8192), std::fmin(T(8192), b.content));  // beyond either, nothing changes any more
    return {a.content != a.content ? a.content : std::scalbn(a.content, static_cast<int>(power))};
  }

  ONEPASS_INLINE static scalar bit_and(scalar a, scalar b) { return from_bits(to_bits(a) & to_bits(b)); }
  ONEPASS_INLINE static scalar bit_or(scalar a, scalar b) { return from_bits(to_bits(a) | to_bits(b)); }
  ONEPASS_INLINE static scalar bit_xor(scalar a, scalar b) { return from_bits(to_bits(a) ^ to_bits(b)); }
  ONEPASS_INLINE static scalar bit_andnot(scalar a, scalar b) { return from_bits(~to_bits(a) & to_bits(b)); }

  ONEPASS_INLINE static scalar shift_left(scalar a, scalar b) {
    const bits count = to_bits(b);
    return from_bits(count < width ? to_bits(a) << count : 0);
  }
  ONEPASS_INLINE static scalar shift_right(scalar a, scalar b) {
    const bits count = to_bits(b);
    if constexpr (std::is_signed_v<T>) return {static_cast<T>(a.content >> (count < width ? count : width - 1))};
    else return from_bits(count < width ? to_bits(a) >> count : 0);
  }

  ONEPASS_INLINE static scalar<bool> less(scalar a, scalar b) { return {a.content < b.content}; }
  ONEPASS_INLINE static scalar<bool> less_equal(scalar a, scalar b) { return {a.content <= b.content}; }
  ONEPASS_INLINE static scalar<bool> equal(scalar a, scalar b) { return {a.content == b.content}; }
  ONEPASS_INLINE static scalar<bool> unordered(scalar a, scalar b) { return {a.content != a.content || b.content != b.content}; }
  ONEPASS_INLINE static scalar select(scalar<bool> which, scalar a, scalar b) { return which.content ? a : b; }
  // clang-format on
  template <class F>
  ONEPASS_INLINE static scalar rarely(scalar<bool> which, scalar common, F&& exceptional) {
    return which.content ? exceptional() : common;
  }

  /// Between integers the low bits, else the value, rounded once; see convertible().
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
    return shift_left(a, {T{Count}});
  }
  template <int Count>
  ONEPASS_INLINE static scalar shift_right(scalar a) {
    return shift_right(a, {T{Count}});
  }
  template <element To>
  ONEPASS_INLINE static scalar<To> reinterpret(scalar a) {
    return {std::bit_cast<To>(a.content)};
  }
  template <element To>
  ONEPASS_INLINE static scalar<To> lookup(const table<To>& in, scalar index) {
    const std::size_t at = to_bits(index);
    return {in.data()[at < in.count ? at : in.count - 1]};
  }

 private:
  using wide = std::conditional_t<sizeof(T) < 4, std::uint32_t, bits>;  // smaller ones would become int, which overflows
  static constexpr bits width = 8 * sizeof(T);

  ONEPASS_INLINE static bits to_bits(scalar a) { return std::bit_cast<bits>(a.content); }
  ONEPASS_INLINE static scalar from_bits(std::uint64_t b) {
    if constexpr (std::is_same_v<T, bool>) {
      return {(b & 1) != 0};
    } else {
      return {std::bit_cast<T>(static_cast<bits>(b))};
    }
  }
};

}  // namespace onepass
