// Inverse hyperbolic functions. Coefficients: tools/polynomials/hyperbolic.py. Errors are in units of the last place of the
// correctly rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^7 samples.
//
// All are logarithms. f32 evaluates them in f64, where nothing cancels that matters; f64 keeps the argument and the quotient
// of the logarithm in two parts, and takes polynomials of their own where the logarithm would be near 0.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/exponential_parts.hpp>

namespace onepass {

namespace detail {

struct inverse_hyperbolic_coefficients {
  /// atanh s = s + s^3 Q(s^2): Q to 32 bits, and to all.
  static constexpr double quotient_f32[] = {0x1.055fcc8580ae5p-3, 0x1.2295f92ca13a7p-3, 0x1.99a52fc6f1bdfp-3, 0x1.55554ae14b96ap-2};
  static constexpr double quotient_f64[] = {0x1.267024e33a9cep-4, 0x1.ca0e874173a38p-5, 0x1.12081f4034064p-4, 0x1.3b07c7a479737p-4,
      0x1.745d7142050dep-4, 0x1.c71c702e745fcp-4, 0x1.249249269d077p-3, 0x1.99999999970d7p-3, 0x1.555555555555ep-2};
  /// asinh x = x - x^3 P(x^2).
  static constexpr double asinh_f64[] = {0x1.1e017a47dae2bp-9, -0x1.7be8a754d309ap-8, 0x1.241a4cd69388p-7, -0x1.74827cdea3eacp-7,
      0x1.c8b94ab9399efp-7, -0x1.1c43dfee1197dp-6, 0x1.6e8af2c652ea5p-6, -0x1.f1c7159655c3fp-6, 0x1.6db6db5a9ba3ap-5, -0x1.333333331a8f2p-4,
      0x1.55555555554bfp-3};
  /// acosh (1 + e) = sqrt(2 e) (1 - e R(e)).
  static constexpr double acosh_f64[] = {0x1.1e017a47dae2bp-20, -0x1.7be8a754d309ap-18, 0x1.241a4cd69388p-16, -0x1.74827cdea3eacp-15,
      0x1.c8b94ab9399efp-14, -0x1.1c43dfee1197dp-12, 0x1.6e8af2c652ea5p-11, -0x1.f1c7159655c3fp-10, 0x1.6db6db5a9ba3ap-8, -0x1.333333331a8f2p-6,
      0x1.55555555554bfp-4};
};

/// x = 2^exponent * fraction = fraction / power, for positive normal x.
template <floating_value V>
struct binary_parts {
  V exponent, fraction, power;
  ONEPASS_INLINE binary_parts(V first, V second, V third) : exponent(first), fraction(second), power(third) {}
  ONEPASS_INLINE binary_parts(const binary_parts& other) : exponent(other.exponent), fraction(other.fraction), power(other.power) {}
};

/// The fraction in [lowest, 2 lowest), where `bits` are those of lowest, a double.
template <std::int64_t bits, floating_value V>
ONEPASS_INLINE binary_parts<V> split(V x) {
  const auto word = prim::reinterpret<std::int64_t>(x);
  const auto steps = prim::shift_right<52>(word - word.like(bits));
  // 1.5 * 2^52 + n as a sum of bits; no instruction converts i64 to f64.
  const V exponent = prim::reinterpret<double>(steps + word.like(0x4338000000000000)) - 0x1.8p52;
  const auto shift = prim::shift_left<52>(steps);
  return {exponent, prim::reinterpret<double>(word - shift), prim::reinterpret<double>(word.like(0x3ff0000000000000) - shift)};
}

inline constexpr std::int64_t bits_of_sqrt_half = 0x3fe6a09e667f3bcd, bits_of_1_19 = 0x3ff30a3d70a3d70a;

/// The quotient s of (numerator.high + numerator.low) / (denominator.high + denominator.low), in two parts.
template <floating_value V>
ONEPASS_INLINE two_parts<V> divided(two_parts<V> numerator, two_parts<V> denominator) {
  const V inverse = 1 / denominator.high;
  const V quotient = numerator.high * inverse, minus = negated(quotient);
  const V residual = prim::fma(minus, denominator.high, numerator.high) + prim::fma(minus, denominator.low, numerator.low);
  return {quotient, residual * inverse};
}

/// factor (n ln2 / 2 + atanh s), where factor is 1 or 2.
template <floating_value V>
ONEPASS_INLINE V half_logarithm(V n, two_parts<V> s, double factor) {
  const V square = s.high * s.high;
  const V q = polynomial(square, inverse_hyperbolic_coefficients::quotient_f64);
  const two_parts<V> sum = ordered_sum(n * 0x1.62e42fefa4p-2, s.high);
  const V rest = prim::fma(n, s.high.like(-0x1.8432a1b0e2634p-44), sum.low + s.low);
  return (sum.high + prim::fma(s.high * square, q, rest)) * factor;
}

/// log of a double of about 30 bits that count.
template <floating_value V>
ONEPASS_INLINE V short_logarithm(V x) {
  const binary_parts<V> z = split<bits_of_sqrt_half>(x);
  const V s = (z.fraction - 1) / (z.fraction + 1);
  const V square = s * s, twice = s + s;
  const V q = polynomial(square, inverse_hyperbolic_coefficients::quotient_f32);
  return prim::fma(z.exponent, x.like(0x1.62e42fefa39efp-1), prim::fma(twice * square, q, twice));
}

/// log(x + sqrt(x^2 + sign)) for x >= 0.5, or >= 1 if sign is -1.
template <int sign, floating_value V>
ONEPASS_INLINE V logarithm_of_sum(V x) {
  const auto huge = x.like(0x1p30) < x;  // where it is log(2 x), to the last bit
  const two_parts<V> square = exact_product(x, x);
  const V one = x.like(1);
  const two_parts<V> inner =
      sign < 0 ? ordered_sum(square.high, x.like(-1)) : ordered_sum(prim::max(one, square.high), prim::min(one, square.high));
  const V root = prim::sqrt(inner.high);
  const V root_low = (prim::fma(negated(root), root, inner.high) + (inner.low + square.low)) * (0.5 / root);
  const two_parts<V> sum = ordered_sum(prim::max(x, root), prim::min(x, root));
  const binary_parts<V> z = split<bits_of_sqrt_half>(prim::select(huge, x, sum.high));
  const V low = prim::select(huge, x.like(0), (sum.low + root_low) * z.power);
  const V denominator = z.fraction + 1;
  // d atanh((m - 1) / (m + 1)) = dm / (2 m), so the low part of m counts in numerator and denominator.
  const two_parts<V> below = {denominator, ((1 - denominator) + z.fraction) + low};
  return half_logarithm(prim::select(huge, z.exponent + 1, z.exponent), divided<V>({z.fraction - 1, low}, below), 2);
}

}  // namespace detail

/// asinh x; keeps -0, infinities and NaN. log(|x| + sqrt(x^2 + 1)) with the sign of x; for f64 below 1/2 a polynomial.
struct asinh_op {
  static constexpr std::string_view name = "asinh";
  static constexpr accuracy error{.f32 = 0.506, .f64 = 0.7};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V a = detail::magnitude_of(x);
    const V result = [&]() ONEPASS_INLINE_LAMBDA {
      if constexpr (std::is_same_v<element_of<V>, float>) {
        const auto wide = prim::convert<double>(a);
        const auto root = prim::sqrt(prim::fma(wide, wide, wide.like(1)));
        return prim::select(a < 0x1p-13, a, prim::convert<float>(detail::short_logarithm(wide + root)));
      } else {
        const V square = a * a;
        const V p = detail::polynomial(square, detail::inverse_hyperbolic_coefficients::asinh_f64);
        const V small = prim::fma(detail::negated(a * square), p, a);
        return prim::select(a < 0.5, small, detail::logarithm_of_sum<1>(a));
      }
    }();
    return prim::bit_or(prim::select(a < std::numeric_limits<double>::infinity(), result, a), detail::sign_of(x));
  }
};
inline constexpr operation<asinh_op> asinh{};

/// acosh x; NaN below 1. log(x + sqrt(x^2 - 1)); for f64 below 3/2 sqrt(2 e) (1 - e R(e)) in e = x - 1.
struct acosh_op {
  static constexpr std::string_view name = "acosh";
  static constexpr accuracy error{.f32 = 0.506, .f64 = 0.72};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V result = [&]() ONEPASS_INLINE_LAMBDA {
      if constexpr (std::is_same_v<element_of<V>, float>) {
        const auto wide = prim::convert<double>(x);
        const auto root = prim::sqrt(prim::fma(wide, wide, wide.like(-1)));
        return prim::convert<float>(detail::short_logarithm(wide + root));
      } else {
        const V e = x - 1, twice = e + e;
        const V root = prim::sqrt(twice);
        const V root_low = prim::fma(detail::negated(root), root, twice) * (0.5 / prim::max(x.like(0x1p-100), root));
        const V r = detail::polynomial(e, detail::inverse_hyperbolic_coefficients::acosh_f64);
        const V small = root + prim::fma(detail::negated(root * e), r, root_low);
        return prim::select(x < 1.5, small, detail::logarithm_of_sum<-1>(x));
      }
    }();
    const V valid = prim::select(x < std::numeric_limits<double>::infinity(), result, x);
    return prim::select(x < 1, x.like(std::numeric_limits<double>::quiet_NaN()), valid);
  }
};
inline constexpr operation<acosh_op> acosh{};

/// atanh x; infinite for -1 and 1, NaN beyond, keeps -0.
///
/// Half the logarithm of (1 + |x|) / (1 - |x|). The denominator is 2^-n d with d in [1.19, 2.38), so the logarithm is
/// n ln2 + 2 atanh s with s = (1 + |x| - d) / (1 + |x| + d), or s = |x| itself up to 1/4.
struct atanh_op {
  static constexpr std::string_view name = "atanh";
  static constexpr accuracy error{.f32 = 0.506, .f64 = 0.64};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const V a = detail::magnitude_of(x);
    const V inside = [&]() ONEPASS_INLINE_LAMBDA {
      if constexpr (std::is_same_v<element_of<V>, float>) {
        return prim::convert<float>(short_form(prim::convert<double>(a)));
      } else {
        return long_form(a);
      }
    }();
    const V edge = prim::select(prim::equal(a, x.like(1)), x.like(infinity), x.like(std::numeric_limits<double>::quiet_NaN()));
    return prim::bit_or(prim::select(a < 1, inside, edge), detail::sign_of(x));
  }

 private:
  template <floating_value V>
  ONEPASS_INLINE static V short_form(V a) {
    const V above = 1 + a;
    const detail::binary_parts<V> d = detail::split<detail::bits_of_1_19>(1 - a);
    const auto small = a < 0.25;
    const V s = prim::select(small, a, (above - d.fraction) / (above + d.fraction));
    const V n = prim::select(small, a.like(0), d.exponent);
    const V square = s * s;
    const V q = detail::polynomial(square, detail::inverse_hyperbolic_coefficients::quotient_f32);
    return prim::fma(n, a.like(-0x1.62e42fefa39efp-2), prim::fma(s * square, q, s));
  }

  template <floating_value V>
  ONEPASS_INLINE static V long_form(V a) {
    const detail::two_parts<V> above = detail::ordered_sum(a.like(1), a), under = detail::ordered_sum(a.like(1), detail::negated(a));
    const detail::binary_parts<V> d = detail::split<detail::bits_of_1_19>(under.high);
    const V d_low = under.low * d.power;
    const detail::two_parts<V> sum = detail::ordered_sum(prim::max(above.high, d.fraction), prim::min(above.high, d.fraction));
    const detail::two_parts<V> s = detail::divided<V>({above.high - d.fraction, above.low - d_low}, {sum.high, sum.low + (above.low + d_low)});
    const auto small = a < 0.25;
    const V zero = a.like(0);
    return detail::half_logarithm(prim::select(small, zero, detail::negated(d.exponent)),
                                  detail::two_parts<V>{prim::select(small, a, s.high), prim::select(small, zero, s.low)}, 1);
  }
};
inline constexpr operation<atanh_op> atanh{};

using inverse_hyperbolic_operations = operation_list<asinh_op, acosh_op, atanh_op>;

}  // namespace onepass
