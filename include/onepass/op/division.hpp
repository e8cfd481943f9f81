// Division of numbers of all types: quotients that are truncated or rounded down, and the remainders they leave.
//
//   divide        x / y; of integers truncated towards zero
//   fmod          x - y trunc(x / y), which has the sign of x: with divide the pair of C
//   floor_divide  floor(x / y)
//   remainder     x - y floor(x / y), which has the sign of y: with floor_divide the pair of Python and NumPy
//
// Of integers, x / 0 and x mod 0 are 0, and MIN / -1 is MIN. No machine divides many integers at once, so quotients are
// found in floating arithmetic: exactly where both integers are exact there with bits to spare, as estimates that are
// corrected by exact remainders where not.
#pragma once

#include <cstdint>

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/conversion.hpp>

namespace onepass {

namespace detail {

// --- integers of at most 32 bits: quotients of different numbers differ by far more than their rounding error ---------

template <integer_element T>
using exact_quotient_type = std::conditional_t<(sizeof(T) <= 2), float, double>;

/// An integer as a floating number in which quotients, rounded up or down, and remainders are exact.
template <integer_value V>
ONEPASS_INLINE auto for_quotient(V x) {
  return floating_from_integer<exact_quotient_type<element_of<V>>>(x);
}

/// The low bits of a quotient or remainder, towards zero; of MIN / -1 those of MIN.
template <integer_element T, floating_value V>
ONEPASS_INLINE auto from_quotient(V quotient) {
  if constexpr (std::is_same_v<T, std::uint32_t>) {
    return prim::reinterpret<T>(low_word(prim::trunc(quotient)));
  } else {
    return wrapped<T>(prim::truncate(quotient));
  }
}

/// x - y trunc(x / y) or x - y floor(x / y), where the quotient fits.
template <floating_value V>
ONEPASS_INLINE V left_over(V x, V y, V quotient) {
  return prim::fma(negate(quotient), y, x);
}

// --- integers of 64 bits ------------------------------------------------------------------------------------------------

/// An f64 below 2^51 in magnitude, truncated, as an integer.
template <integer_element T, floating_value V>
ONEPASS_INLINE auto small_integer(V x) {
  return prim::reinterpret<T>(prim::trunc(x) + integer_magic) - integer_magic_bits;
}

/// trunc(x / y) for any x, and any y but 0.
///
/// The estimate, lowered by more than all roundings can raise it, is never too large, and too small by less than
/// 2^-49 of it. The quotient of what remains, below 2^15 / y + 1, is found likewise, too small by at most one.
template <integer_value V>
  requires std::is_same_v<element_of<V>, std::uint64_t>
ONEPASS_INLINE V exact_quotient(V x, V y) {
  const auto inverse = (1 - 0x1p-50) / floating_from_wide(y);
  const V first = wide_from_floating<std::uint64_t>(floating_from_wide(x) * inverse);
  const V rest = x - first * y;
  const V second = small_integer<std::uint64_t>(floating_from_wide(rest) * inverse);
  const V quotient = first + second;
  const V last = rest - second * y;
  return prim::select(prim::less(last, y), quotient, quotient + 1);
}

/// The same of signed numbers: the quotient of the magnitudes, with the sign.
template <integer_value V>
  requires std::is_same_v<element_of<V>, std::int64_t>
ONEPASS_INLINE V exact_quotient(V x, V y) {
  const auto magnitudes = exact_quotient(prim::reinterpret<std::uint64_t>(abs(x)), prim::reinterpret<std::uint64_t>(abs(y)));
  const V sign = prim::shift_right<63>(prim::bit_xor(x, y));
  return prim::bit_xor(prim::reinterpret<std::int64_t>(magnitudes), sign) - sign;
}

/// trunc(x / y) unless y is 0. If |x| < 2^51, f64 holds x, and the truncated quotient is exact, whatever y is rounded to:
/// a y that has to be rounded is larger than x.
template <integer_value V>
  requires(sizeof(element_of<V>) == 8)
ONEPASS_INLINE V truncated_quotient(V x, V y) {
  using T = element_of<V>;
  const auto moved = prim::reinterpret<std::uint64_t>(std::is_signed_v<T> ? x + (std::int64_t{1} << 51) : x);
  const auto large = prim::less_equal(moved.like(std::int64_t{1} << (std::is_signed_v<T> ? 52 : 51)), moved);
  const auto floating = prim::reinterpret<double>(x + integer_magic_bits) - integer_magic;
  const V quotient = small_integer<T>(floating / floating_from_wide(y));
  return prim::rarely(large, quotient, [&] { return exact_quotient(x, y); });
}

/// Whether the quotient of signed x / y that left `rest`, of the sign of x, is above the exact one.
template <integer_value V>
ONEPASS_INLINE auto was_rounded_up(V rest, V y) {
  const V zero = y.like(0);
  return prim::bit_andnot(prim::equal(rest, zero), prim::less(prim::bit_xor(rest, y), zero));
}

/// `result`, or 0 where y is. Of at most 16 bits it is already: infinities and NaN have truncated to the smallest i32.
template <integer_value V>
ONEPASS_INLINE V zero_without_divisor(V y, V result) {
  if constexpr (sizeof(element_of<V>) <= 2) {
    return result;
  } else {
    return prim::select(prim::equal(y, y.like(0)), y.like(0), result);
  }
}

// --- floating numbers -----------------------------------------------------------------------------------------------------

/// x modulo y, of magnitude at most y / 2, if x / y < 2^(54 Steps - 1) in f64. Each step is exact, because the remainder
/// of a rounded quotient is a number of the format (Markstein 1990), and leaves a quotient of 54 bits less, or 0.
template <int Steps, floating_value V>
ONEPASS_INLINE V reduced(V x, V y) {
  for (int step = 0; step < Steps; ++step) x = left_over(x, y, prim::round_even(x / y));
  return x;
}

/// x modulo y for quotients of any size, of magnitude at most y / 2, from 0 <= x and 0 <= y.
///
/// f32 is reduced in f64, which holds all quotients, of up to 278 bits. In f64 they have up to 2098; y is multiplied by
/// 2^700 once or twice as long as it stays below x, so that at most 700 bits are left to each multiple.
template <floating_value V>
ONEPASS_INLINE V reduced_far(V x, V y) {
  if constexpr (std::is_same_v<element_of<V>, float>) {
    return prim::convert<float>(reduced<6>(prim::convert<double>(x), prim::convert<double>(y)));
  } else {
    constexpr int steps = 13;
    const V y1 = y * 0x1p+700;
    const V near = prim::rarely(prim::less_equal(y1, x), x, [&] {
      const V y2 = y1 * 0x1p+700;
      const V rest = prim::rarely(prim::less_equal(y2, x), x, [&] { return reduced<steps>(x, y2); });
      return reduced<steps>(rest, y1);
    });
    return reduced<steps>(near, y);
  }
}

/// |x| - |y| trunc(|x| / |y|), exactly. NaN if x is infinite or y is 0.
template <floating_value V>
ONEPASS_INLINE V remainder_of_magnitudes(V x, V y) {
  constexpr double exact = std::is_same_v<element_of<V>, float> ? 0x1p+24 : 0x1p+53;
  const V a = abs(x), b = abs(y);
  const V quotient = a / b;
  // Rounded, it may have reached the next integer: the remainder is negative then.
  const V near = left_over(a, b, prim::trunc(quotient));
  const V rest = prim::rarely(prim::less_equal(quotient.like(exact), quotient), near, [&] { return reduced_far(a, b); });
  return prim::select(prim::less(a, b), a, prim::select(prim::less(rest, rest.like(0)), rest + b, rest));
}

}  // namespace detail

/// x / y, rounded. Of integers truncated towards zero, with x / 0 = 0 and MIN / -1 = MIN.
struct divide_op {
  static constexpr std::string_view name = "divide";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    using T = element_of<V>;
    if constexpr (floating_value<V>) {
      return prim::div(x, y);
    } else if constexpr (sizeof(T) == 8) {
      return detail::zero_without_divisor(y, detail::truncated_quotient(x, y));
    } else {
      return detail::zero_without_divisor(y, detail::from_quotient<T>(detail::for_quotient(x) / detail::for_quotient(y)));
    }
  }
};
inline constexpr operation<divide_op> divide{};

/// x - y trunc(x / y): exact, with the sign of x. Of integers x mod 0 = 0; of floating numbers it is NaN, as for infinite
/// x, and x if y is infinite.
struct fmod_op {
  static constexpr std::string_view name = "fmod";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    using T = element_of<V>;
    if constexpr (floating_value<V>) {
      return prim::bit_or(detail::remainder_of_magnitudes(x, y), detail::sign_of(x));
    } else if constexpr (sizeof(T) == 8) {
      return detail::zero_without_divisor(y, x - detail::truncated_quotient(x, y) * y);
    } else {
      const auto a = detail::for_quotient(x), b = detail::for_quotient(y);
      return detail::zero_without_divisor(y, detail::from_quotient<T>(detail::left_over(a, b, prim::trunc(a / b))));
    }
  }
};
inline constexpr operation<fmod_op> fmod{};

/// floor(x / y). Of integers x / 0 = 0 and MIN / -1 = MIN. Of floating numbers exact while the quotient is below 2^24 or
/// 2^53, beyond at most 1 ulp off; x / y if y is 0, else NaN for infinite x.
struct floor_divide_op {
  static constexpr std::string_view name = "floor_divide";
  static constexpr accuracy error{.f32 = 1, .f64 = 1};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    using T = element_of<V>;
    if constexpr (floating_value<V>) {
      return floor_of_quotient(x, y);
    } else if constexpr (sizeof(T) == 8) {
      const V quotient = detail::truncated_quotient(x, y);
      if constexpr (std::is_unsigned_v<T>) {
        return detail::zero_without_divisor(y, quotient);
      } else {
        const auto above = detail::was_rounded_up(x - quotient * y, y);
        return detail::zero_without_divisor(y, prim::select(above, quotient - 1, quotient));
      }
    } else {
      const auto quotient = detail::for_quotient(x) / detail::for_quotient(y);
      return detail::zero_without_divisor(y, detail::from_quotient<T>(prim::floor(quotient)));
    }
  }

 private:
  /// The rounded quotient may have reached the next integer: the remainder, its sign reckoned from y, is negative then.
  /// An infinite y leaves x. x - x is 0, or NaN for infinite x, which divided by 0 stay infinite.
  template <floating_value V>
  ONEPASS_INLINE static V floor_of_quotient(V x, V y) {
    const V quotient = prim::floor(x / y);
    const V divisor = prim::min(abs(y), y.like(std::numeric_limits<element_of<V>>::max()));
    const V rest = detail::left_over(prim::bit_xor(x, detail::sign_of(y)), divisor, quotient);
    const V exact = prim::select(prim::equal(y, y.like(0)), y.like(0), x - x);
    return quotient - prim::select(prim::less(rest, y.like(0)), y.like(1), exact);
  }
};
inline constexpr operation<floor_divide_op> floor_divide{};

/// x - y floor(x / y), with the sign of y. Of integers x mod 0 = 0. Of floating numbers, where fmod(x, y) has the other
/// sign, y is added to it, which may round; NaN as for fmod; a zero has the sign of y.
struct remainder_op {
  static constexpr std::string_view name = "remainder";
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    using T = element_of<V>;
    if constexpr (floating_value<V>) {
      const V rest = detail::remainder_of_magnitudes(x, y);
      const auto other_sign = detail::has_sign(prim::bit_xor(x, y));
      const auto to_move = prim::bit_and(other_sign, prim::less(y.like(0), rest));
      return prim::bit_or(prim::select(to_move, abs(y) - rest, rest), detail::sign_of(y));
    } else if constexpr (sizeof(T) == 8) {
      const V rest = x - detail::truncated_quotient(x, y) * y;
      if constexpr (std::is_unsigned_v<T>) {
        return detail::zero_without_divisor(y, rest);
      } else {
        return detail::zero_without_divisor(y, prim::select(detail::was_rounded_up(rest, y), rest + y, rest));
      }
    } else {
      const auto a = detail::for_quotient(x), b = detail::for_quotient(y);
      return detail::zero_without_divisor(y, detail::from_quotient<T>(detail::left_over(a, b, prim::floor(a / b))));
    }
  }
};
inline constexpr operation<remainder_op> remainder{};

using division_operations = operation_list<divide_op, floor_divide_op, remainder_op, fmod_op>;

}  // namespace onepass
