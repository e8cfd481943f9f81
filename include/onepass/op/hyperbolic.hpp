// Hyperbolic functions. Coefficients: tools/polynomials/{tanh.sollya,hyperbolic.py}. Errors are in units of the last
// place of the correctly rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^9 samples,
// of sinh and cosh over 10^7.
#pragma once

#include <cstdint>

#include <onepass/op/exponential_parts.hpp>

namespace onepass {

/// tanh x. At most 0.856 ulp for f32 and 0.952 for f64; never beyond 1 in magnitude, keeps -0 and NaN.
///
/// With u = -|x| and N = (1 - e^(2u)) / 2, tanh |x| = N / (1 - N). e^(2u) = 2^n e^(2r), where r = u - n ln2/2; N is kept
/// in two parts, N + rest: (1 - 2^n) / 2 - 2^n (r + r^2 g(r)). One division, and one step that corrects it with the
/// residual: since 1 / (1 - N) = 1 + tanh |x|, that needs no second division.
/// n is u times a little less than 2 / ln2, rounded; so (1 - 2^n) / 2 is exact as far as it matters.
struct tanh_op {
  static constexpr std::string_view name = "tanh";
  static constexpr accuracy error{.f32 = 0.856, .f64 = 0.952};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V sign = prim::bit_and(x, x.like(-0.0));
    const V magnitude = prim::bit_or(x, x.like(-0.0));  // negated
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V u = prim::max(x.like(-9.02f), magnitude);
      // Adding 1.5 * 2^23 + 383 rounds, and leaves n, the bias of exponents and a sign in the low bits.
      const V shifted = prim::fma(u, x.like(2.8f), x.like(0x1.8p23f + 383));
      const V n = shifted - (0x1.8p23f + 383);
      const V power = prim::reinterpret<float>(prim::shift_left<23>(prim::reinterpret<std::int32_t>(shifted)));  // -2^n
      const V r = prim::fma(n, x.like(-0x1.62e43p-2f), u);
      const V g = prim::fma(horner(r, 0x1.65defcp-5f, 0x1.1225d6p-3f, 0x1.555caap-2f), r * r, horner(r, 0x1.5554b2p-1f, 0x1.fffffap-1f));
      const detail::two_parts<V> n_parts = numerator(power, r, g);
      return prim::bit_or(divide(n_parts.high, n_parts.low), sign);
    } else {
      const V u = prim::max(x.like(-19.1), magnitude);
      const V n = prim::round_even(u * 2.85);
      const V power = prim::scale(x.like(-1), n);
      const V r = prim::fma(n, x.like(-0x1.62e42fefa39efp-2), u);
      const V square = r * r;
      V g = horner(r, 0x1.ab07ae886758dp-16, 0x1.28a0432c26193p-13);
      g = prim::fma(g, square, horner(r, 0x1.71e06b9212d04p-11, 0x1.a019a9432bfb4p-9));
      g = prim::fma(g, square, horner(r, 0x1.a01a00bbedec4p-7, 0x1.6c16c17e23fc9p-5));
      g = prim::fma(g, square, horner(r, 0x1.1111111134d92p-3, 0x1.5555555552642p-2));
      g = prim::fma(g, square, horner(r, 0x1.55555555554e6p-1, 0x1.0000000000004p+0));
      // ln2/2 as one number is exact where it matters most, for n = -1; elsewhere its error is made up for here.
      const detail::two_parts<V> n_parts = numerator(power, r, g);
      return prim::bit_or(divide(n_parts.high, prim::fma(n, power * -0x1.abc9e3b39803fp-57, n_parts.low)), sign);
    }
  }

 private:
  /// (1 + p) / 2 + p (r + r^2 g), where p is -2^n.
  template <floating_value V>
  ONEPASS_INLINE static detail::two_parts<V> numerator(V p, V r, V g) {
    const V first = p * r, second = p * (r * r);
    const V half = prim::fma(p, p.like(0.5), p.like(0.5));
    const V high = half + prim::fma(second, g, first);
    return {high, prim::fma(second, g, (half - high) + first)};
  }

  /// N / (1 - N) for N = high + low.
  template <floating_value V>
  ONEPASS_INLINE static V divide(V high, V low) {
    const V quotient = high / (1 - high);
    const V reciprocal = 1 + quotient;
    const V residual = prim::fma(low, reciprocal, prim::fma(quotient, high, high - quotient));
    return prim::fma(residual, reciprocal, quotient);
  }
};
inline constexpr operation<tanh_op> tanh{};

namespace detail {

/// sinh x = x + x^3 P(x^2): the coefficients of P.
inline constexpr double sinh_coefficients[] = {0x1.3e6406bb621ap-48, 0x1.aac8d48e94537p-41, 0x1.612aa9df63f2fp-33, 0x1.ae644b4d86ac8p-26,
      0x1.71de3a60996ecp-19, 0x1.a01a01a00dbb6p-13, 0x1.111111111117cp-7, 0x1.5555555555555p-3};

/// Twice the sum, or with sign = -1 the difference, of e^a / 2 and e^-a / 2, as (high + low) 2^n, for a >= 0, or a >= 0.4 for the difference.
///
/// e^-a is the inverse of e^a = 2^n E, taken in two parts, too.
template <int sign, floating_value V>
ONEPASS_INLINE scaled_parts<V> exponential_pair(V a) {
  const scaled_parts<V> e = exponential_in_parts(a, a.like(0));
  const V inverse = sign / e.high;
  const V missed = prim::fma(inverse * -sign, e.low, prim::fma(inverse * -sign, e.high, a.like(1)));
  const V power = prim::scale(a.like(1), negated(e.n));
  const V other = inverse * (power * power);
  const two_parts<V> sum = ordered_sum(e.high, other);
  return {sum.high, sum.low + prim::fma(other, missed, e.low), e.n};
}

}  // namespace detail

/// sinh x; overflows to infinity, keeps -0 and NaN.
///
/// f32: (E + E / (E + 1)) / 2 in f64, where E = e^|x| - 1. f64: below 1, x + x^3 P(x^2); above, (e^|x| - e^-|x|) / 2 with both
/// in two parts.
struct sinh_op {
  static constexpr std::string_view name = "sinh";
  static constexpr accuracy error{.f32 = 0.804, .f64 = 0.705};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V magnitude = detail::magnitude_of(x);
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V result = detail::through_double(prim::min(x.like(90), magnitude), [](auto a) ONEPASS_INLINE_LAMBDA {
        const detail::short_exponential e = detail::exponential_for_float(a);
        const auto less_one = prim::fma(e.power, e.grown, e.power - 1);
        return (less_one * 0.5) * (1 + 1 / (1 + less_one));
      });
      return prim::bit_or(result, detail::sign_of(x));
    } else {
      const V square = magnitude * magnitude;
      const V small = prim::fma(magnitude * square, detail::polynomial(square, detail::sinh_coefficients), magnitude);
      const V bounded = prim::min(x.like(711), prim::max(x.like(0.5), magnitude));
      const detail::scaled_parts<V> large = detail::exponential_pair<-1>(bounded);
      const V result = prim::select(magnitude < 1, small, prim::scale(large.high + large.low, large.n - 1));
      return prim::bit_or(result, detail::sign_of(x));
    }
  }
};
inline constexpr operation<sinh_op> sinh{};

/// cosh x; overflows to infinity, keeps NaN. (e^|x| + e^-|x|) / 2, in f64 with both in two parts.
struct cosh_op {
  static constexpr std::string_view name = "cosh";
  static constexpr accuracy error{.f32 = 0.544, .f64 = 0.61};
  static constexpr laws holds{.even = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V magnitude = detail::magnitude_of(x);
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return detail::through_double(prim::min(x.like(90), magnitude), [](auto a) ONEPASS_INLINE_LAMBDA {
        const auto half = detail::value_of(detail::exponential_for_float(a)) * 0.5;
        return half + 0.25 / half;
      });
    } else {
      const detail::scaled_parts<V> sum = detail::exponential_pair<1>(prim::min(x.like(711), magnitude));
      return prim::scale(sum.high + sum.low, sum.n - 1);
    }
  }
};
inline constexpr operation<cosh_op> cosh{};

using hyperbolic_operations = operation_list<sinh_op, cosh_op, tanh_op>;

}  // namespace onepass
