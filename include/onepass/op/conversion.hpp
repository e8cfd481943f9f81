// Conversion between element types, all thirteen. Every pair is built from the few that one instruction converts; what
// is rounded is rounded once, to nearest even.
//
//   cast<T>             floating to integer saturates, NaN gives 0; integers wrap; to bool is `!= 0`
//   saturating_cast<T>  the nearest integer of type T
//   bit_cast<T>         the same bits, of a type of the same size
//
// Two devices recur. Adding 3 * 2^51 to an integral f64 below 2^51 in magnitude leaves the number, as an integer, in the
// low bits of the sum. And rounding to odd, which keeps the last bit set if anything was lost, makes a second rounding
// to at least two bits fewer the only one (Boldo and Melquiond 2005).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <onepass/op/comparison.hpp>
#include <onepass/op/operation.hpp>
#include <onepass/value/storage.hpp>

namespace onepass {

namespace detail {

inline constexpr double integer_magic = 0x1.8p+52;
inline constexpr std::int64_t integer_magic_bits = 0x4338000000000000;

/// The low 32 bits of an integral f64 below 2^51 in magnitude.
template <floating_value V>
ONEPASS_INLINE auto low_word(V integral) {
  return prim::convert<std::int32_t>(prim::reinterpret<std::int64_t>(integral + integer_magic));
}

/// Between integers: the value modulo 2^width. Bytes and words meet in i16, everything else in i32 and i64.
template <integer_element To, integer_value V>
ONEPASS_INLINE auto wrapped(V x) {
  using From = element_of<V>;
  if constexpr (std::is_same_v<From, To>) {
    return x;
  } else if constexpr (sizeof(From) == sizeof(To)) {
    return prim::reinterpret<To>(x);
  } else if constexpr (sizeof(To) > 1 && std::is_unsigned_v<To>) {
    return prim::reinterpret<To>(wrapped<std::make_signed_t<To>>(x));
  } else if constexpr (convertible(dtype_of<From>, dtype_of<To>)) {
    return prim::convert<To>(x);
  } else if constexpr (std::is_unsigned_v<From> && sizeof(From) > sizeof(To)) {
    return wrapped<To>(prim::reinterpret<std::make_signed_t<From>>(x));
  } else {
    return wrapped<To>(prim::convert<std::int32_t>(x));
  }
}

/// A 64-bit integer as f64: both halves become floating numbers by their place in the bits of a large one, and the
/// sum of the two is the only rounding.
template <integer_value V>
ONEPASS_INLINE auto floating_from_wide(V x) {
  const V upper = prim::shift_right<32>(x) + 0x4538000000000000;                                    // 3 * 2^83 + upper * 2^32
  const V lower = prim::bit_or(prim::bit_and(x, x.like(0xffffffff)), x.like(0x4330000000000000));   // 2^52 + lower
  return (prim::reinterpret<double>(upper) - (0x1.8p+84 + 0x1p+52)) + prim::reinterpret<double>(lower);
}

/// A 64-bit integer with 53 significant bits, rounded to odd.
template <integer_value V>
ONEPASS_INLINE V rounded_to_odd(V x) {
  constexpr bool is_signed = std::is_signed_v<element_of<V>>;
  const V sticky = prim::bit_and(prim::bit_or(x, prim::bit_and(x, x.like(0x7ff)) + 0x7ff), x.like(~std::int64_t{0x7ff}));
  const auto above = prim::reinterpret<std::uint64_t>(is_signed ? x + (std::int64_t{1} << 53) : x);
  return prim::select(prim::less(above.like(std::int64_t{1} << (is_signed ? 54 : 53)), above), sticky, x);
}

/// f64 to f32, rounded to odd: one step back towards zero if the nearest is beyond, and the last bit set if not exact.
template <floating_value V>
ONEPASS_INLINE auto narrowed_to_odd(V x) {
  const auto nearest = prim::convert<float>(x);
  const auto back = prim::convert<double>(nearest);
  const auto sign = x.like(-0.0);
  const auto bits = prim::reinterpret<std::int32_t>(nearest);
  const auto beyond = prim::less(prim::bit_andnot(sign, x), prim::bit_andnot(sign, back));
  const auto truncated = prim::select(beyond, bits - 1, bits);
  const auto odd = prim::bit_or(truncated, truncated.like(1));
  return prim::reinterpret<float>(prim::select(prim::equal(x, back), bits, odd));
}

/// An integer as To, rounded once.
template <floating_element To, integer_value V>
ONEPASS_INLINE auto floating_from_integer(V x) {
  using From = element_of<V>;
  if constexpr (sizeof(From) == 8) {
    if constexpr (std::is_same_v<To, float>) {
      return prim::convert<float>(floating_from_wide(rounded_to_odd(x)));
    } else {
      return floating_from_wide(x);
    }
  } else if constexpr (!std::is_same_v<From, std::uint32_t>) {
    return prim::convert<To>(wrapped<std::int32_t>(x));
  } else if constexpr (std::is_same_v<To, float>) {
    const auto upper = prim::convert<float>(prim::reinterpret<std::int32_t>(prim::shift_right<16>(x)));
    const auto lower = prim::convert<float>(prim::reinterpret<std::int32_t>(prim::bit_and(x, x.like(0xffff))));
    return prim::fma(upper, upper.like(65536), lower);
  } else {
    return prim::convert<double>(prim::reinterpret<std::int32_t>(prim::bit_xor(x, x.like(0x80000000)))) + 0x1p+31;
  }
}

/// The bits of an f64 from -2^63 to below 2^64, truncated, as To of 64 bits; elsewhere not specified.
template <integer_element To, floating_value V>
ONEPASS_INLINE auto wide_from_floating(V x) {
  const V integral = prim::trunc(x);
  const V upper = prim::floor(integral * 0x1p-32);
  const V lower = prim::fma(upper, x.like(-0x1p+32), integral);
  const auto upper_bits = prim::shift_left<32>(prim::reinterpret<To>(upper + integer_magic));
  const auto lower_bits = prim::reinterpret<To>(lower + integer_magic);
  return prim::bit_or(upper_bits, prim::bit_and(lower_bits, lower_bits.like(0xffffffff)));
}

/// The integer of type To nearest to x after truncation; 0 for NaN.
template <integer_element To, floating_value V>
ONEPASS_INLINE auto saturated(V x) {
  using limits = std::numeric_limits<To>;
  constexpr double low = static_cast<double>(limits::min()), beyond = 2.0 * (static_cast<double>(limits::max() / 2 + 1));
  if constexpr (sizeof(To) <= 2) {
    const V inside = prim::min(prim::max(x, x.like(low)), x.like(limits::max()));  // NaN becomes the lower limit
    const auto bits = prim::convert<To>(prim::truncate(inside));
    if constexpr (low == 0) return bits;
    else return prim::select(prim::unordered(x, x), bits.like(0), bits);
  } else if constexpr (std::is_same_v<To, std::int32_t>) {
    // truncate yields the smallest i32 wherever x does not fit: right below, wrong above and for NaN.
    const auto bits = prim::truncate(x);
    const auto capped = prim::select(prim::less_equal(x.like(beyond), x), bits.like(limits::max()), bits);
    return prim::select(prim::unordered(x, x), bits.like(0), capped);
  } else if constexpr (std::is_same_v<element_of<V>, float>) {
    return saturated<To>(prim::convert<double>(x));
  } else if constexpr (std::is_same_v<To, std::uint32_t>) {
    const V inside = prim::min(prim::max(x, x.like(0)), x.like(limits::max()));
    return prim::reinterpret<To>(low_word(prim::trunc(inside)));
  } else {
    const auto bits = wide_from_floating<To>(prim::max(x, x.like(low)));
    const auto capped = prim::select(prim::less_equal(x.like(beyond), x), bits.like(limits::max()), bits);
    if constexpr (low == 0) return capped;
    else return prim::select(prim::unordered(x, x), bits.like(0), capped);
  }
}

/// A number as a storage type, rounded once.
template <storage_element To, value V>
ONEPASS_INLINE auto stored(V x) {
  if constexpr (std::is_same_v<element_of<V>, float>) {
    return narrowed<To>(x);
  } else if constexpr (std::is_same_v<element_of<V>, double>) {
    return stored<To>(narrowed_to_odd(x));
  } else if constexpr (std::is_same_v<To, float16> || sizeof(element_of<V>) <= 2) {
    return stored<To>(floating_from_integer<float>(x));  // exact up to 2^24; beyond, every f16 is infinite
  } else if constexpr (sizeof(element_of<V>) == 4) {
    return stored<To>(floating_from_integer<double>(x));
  } else {
    return stored<To>(floating_from_wide(rounded_to_odd(x)));
  }
}

/// The name of an operation that is made for each element type: "saturating_" and "i8".
template <const std::string_view& prefix, dtype type>
struct joined_name {
  static constexpr auto letters = [] {
    std::array<char, prefix.size() + onepass::name(type).size() + 1> joined{};
    std::size_t count = 0;
    for (const char c : prefix) joined[count++] = c;
    for (const char c : onepass::name(type)) joined[count++] = c;
    return joined;
  }();
  static constexpr std::string_view text{letters.data(), letters.size() - 1};
};

}  // namespace detail

/// x as an element of type To.
template <element To>
struct cast_op {
  static constexpr std::string_view name = onepass::name(dtype_of<To>);

  template <value V>
  ONEPASS_INLINE static auto body(V x) {
    using From = element_of<V>;
    if constexpr (std::is_same_v<From, To>) {
      return x;
    } else if constexpr (storage_element<From>) {
      return body(widened(x));
    } else if constexpr (std::is_same_v<From, bool>) {
      using T = computed_type<To>;
      return cast_op<To>::body(prim::select(x, x.template literal<T>(1), x.template literal<T>(0)));
    } else if constexpr (std::is_same_v<To, bool>) {
      return not_equal(x, x.like(0));
    } else if constexpr (storage_element<To>) {
      return detail::stored<To>(x);
    } else if constexpr (floating_element<From>) {
      if constexpr (floating_element<To>) return prim::convert<To>(x);
      else return detail::saturated<To>(x);
    } else {
      if constexpr (floating_element<To>) return detail::floating_from_integer<To>(x);
      else return detail::wrapped<To>(x);
    }
  }
};

template <element To>
inline constexpr operation<cast_op<To>> cast{};

/// The integer of type To that is nearest to x; of floating x after truncation, 0 for NaN.
template <integer_element To>
struct saturating_cast_op {
  static constexpr std::string_view prefix = "saturating_";
  static constexpr std::string_view name = detail::joined_name<prefix, dtype_of<To>>::text;

  template <value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (integer_value<V>) {
      using from = std::numeric_limits<element_of<V>>;
      using to = std::numeric_limits<To>;
      if constexpr (std::cmp_less(to::max(), from::max())) x = prim::min(x, x.like(to::max()));
      if constexpr (std::cmp_less(from::min(), to::min())) x = prim::max(x, x.like(to::min()));
    }
    return cast_op<To>::body(x);
  }
};

template <integer_element To>
inline constexpr operation<saturating_cast_op<To>> saturating_cast{};

/// The bits of x as an element of type To, which has the same size. Not from or to bool.
template <element To>
struct bit_cast_op {
  static constexpr std::string_view prefix = "bit_cast_";
  static constexpr std::string_view name = detail::joined_name<prefix, dtype_of<To>>::text;

  template <value V>
    requires(sizeof(element_of<V>) == sizeof(To) && !truth_value<V> && !std::is_same_v<To, bool>)
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (std::is_same_v<element_of<V>, To>) {
      return x;
    } else {
      return prim::reinterpret<To>(x);
    }
  }
};

template <element To>
inline constexpr operation<bit_cast_op<To>> bit_cast{};

using conversion_operations =
    operation_list<cast_op<bool>, cast_op<std::int8_t>, cast_op<std::int16_t>, cast_op<std::int32_t>, cast_op<std::int64_t>,
                   cast_op<std::uint8_t>, cast_op<std::uint16_t>, cast_op<std::uint32_t>, cast_op<std::uint64_t>, cast_op<float16>,
                   cast_op<bfloat16>, cast_op<float>, cast_op<double>, saturating_cast_op<std::int8_t>, saturating_cast_op<std::int16_t>,
                   saturating_cast_op<std::int32_t>, saturating_cast_op<std::int64_t>, saturating_cast_op<std::uint8_t>,
                   saturating_cast_op<std::uint16_t>, saturating_cast_op<std::uint32_t>, saturating_cast_op<std::uint64_t>,
                   bit_cast_op<std::int8_t>, bit_cast_op<std::int16_t>, bit_cast_op<std::int32_t>, bit_cast_op<std::int64_t>,
                   bit_cast_op<std::uint8_t>, bit_cast_op<std::uint16_t>, bit_cast_op<std::uint32_t>, bit_cast_op<std::uint64_t>,
                   bit_cast_op<float16>, bit_cast_op<bfloat16>, bit_cast_op<float>, bit_cast_op<double>>;

}  // namespace onepass
