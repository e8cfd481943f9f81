// Powers and roots. Coefficients: tools/polynomials/cbrt.sollya, pow.sollya. Errors are in units of the last place of
// the true value; those of cbrt in f32 were measured over all 2^32 inputs, those of f64 over 10^7 samples, those of pow
// over 10^8 pairs of floats and 10^7 of doubles, near 1, overflow, underflow, and all pairs of edge values.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/logarithm.hpp>
#include <onepass/op/polynomial.hpp>
#include <onepass/op/two_parts.hpp>

namespace onepass {

/// The cube root, of negative numbers too, exact for cubes. At most 0.740 ulp for f32 and 0.740 for f64; keeps the sign
/// of zero, infinities and NaN.
///
/// A first guess w of x^(-1/3) is linear in the bits of x; with h = 1 - x w^3, x^(-1/3) = w (1-h)^(-1/3) is w times a
/// short polynomial. y = x w^2 is then good to more than half its places, and one Newton step makes it good to all.
struct cbrt_op {
  static constexpr std::string_view name = "cbrt";
  static constexpr accuracy error{.f32 = 0.740, .f64 = 0.740};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using limits = std::numeric_limits<element_of<V>>;
    const V sign = prim::bit_and(x, x.like(-0.0));
    const V magnitude = prim::bit_andnot(x.like(-0.0), x);
    const V result = prim::rarely(unusual(magnitude), root(magnitude), [&] {
      constexpr bool single = std::is_same_v<element_of<V>, float>;
      const auto small = magnitude < x.like(single ? 0x1p-60f : 0x1p-600);
      V y = root(prim::select(small, magnitude * (single ? 0x1p90f : 0x1p600), magnitude));
      y = prim::select(small, y * (single ? 0x1p-30f : 0x1p-200), y);
      const auto regular = prim::bit_and(x.like(0) < magnitude, magnitude < x.like(limits::infinity()));
      return prim::select(regular, y, magnitude);
    });
    return prim::bit_or(result, sign);
  }

 private:
  /// True for what is below 2^-60 (f32), 2^-600, whose residual may be subnormal; and infinity and NaN.
  template <floating_value V>
  ONEPASS_INLINE static auto unusual(V magnitude) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto bits = prim::reinterpret<std::int32_t>(magnitude) - (((127 - 60) << 23) + std::numeric_limits<std::int32_t>::min());
      return bits.like(((128 + 60) << 23) + std::numeric_limits<std::int32_t>::min()) <= bits;
    } else {
      const auto bits = prim::reinterpret<std::int64_t>(magnitude) - ((std::int64_t{1023 - 600} << 52) + std::numeric_limits<std::int64_t>::min());
      return bits.like((std::int64_t{1024 + 600} << 52) + std::numeric_limits<std::int64_t>::min()) <= bits;
    }
  }

  /// Precondition: x is positive, and normal enough.
  template <floating_value V>
  ONEPASS_INLINE static V root(V x) {
    V inverse = first_guess(x);
    const V h = prim::fma(inverse * inverse, inverse * detail::negated(x), x.like(1));
    if constexpr (std::is_same_v<element_of<V>, float>) {
      inverse = prim::fma(inverse * h, horner(h, 0x1.65331cp-3f, 0x1.c9b268p-3f, 0x1.555466p-2f), inverse);
    } else {
      const V square = h * h;
      V p = prim::fma(square, horner(h, 0x1.cea43e1eaf22p-4, 0x1.0375d138b3544p-3), horner(h, 0x1.26f3d0da792e4p-3, 0x1.61f4909cca22cp-3));
      p = prim::fma(square, p, horner(h, 0x1.c71c754183d46p-3, 0x1.5555562e98482p-2));
      inverse = prim::fma(inverse * h, p, inverse);
    }
    const V inverse_square = inverse * inverse;
    const V y = x * inverse_square;
    const V square = y * y;
    const V residual = prim::fma(square, detail::negated(y), x);
    return prim::fma(residual, inverse_square * (1.0 / 3), y);
  }

  template <floating_value V>
  ONEPASS_INLINE static V first_guess(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V bits = prim::convert<float>(prim::reinterpret<std::int32_t>(x));
      return prim::reinterpret<float>(prim::truncate(prim::fma(bits, x.like(-1.0 / 3), x.like(1419898955))));
    } else {
      // The bits less the lowest 12 stand beside those of 2^52, as a number, before and after.
      const auto bits = prim::shift_right<12>(prim::reinterpret<std::uint64_t>(x));
      const V number = prim::reinterpret<double>(prim::bit_or(bits, bits.like(0x4330000000000000)));
      const V guess = prim::fma(number, x.like(-1.0 / 3), x.like(7504458390263125));
      return prim::reinterpret<double>(prim::shift_left<12>(prim::reinterpret<std::uint64_t>(guess)));
    }
  }
};
inline constexpr operation<cbrt_op> cbrt{};

/// x^y. At most 0.530 ulp for f32 and 1.030 for f64, with all special values of C and IEEE 754: x^0 and 1^y are 1 even
/// for NaN, (-1)^(+-infinity) is 1, a negative number to a power that is not integral is NaN, odd powers keep the sign
/// of x, of zeros and infinities too. Integers wrap; to a negative power all but 1 and -1 are 0.
///
/// 2^(y log2 |x|). f32 goes through double precision. In f64 log2 |x| = k + C s + s z Q(z), s = -f / (2+f) and z = s^2,
/// has two parts of about 68 bits, s coming from one division and its residual; then 2^y of two parts takes the
/// second part in by its derivative.
struct pow_op {
  static constexpr std::string_view name = "pow";
  static constexpr accuracy error{.f32 = 0.530, .f64 = 1.030};

  template <numeric_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    if constexpr (floating_value<V>) {
      return real_power(x, y);
    } else if constexpr (word_value<V>) {
      return integer_power(x, y);
    } else {  // the low bits of a power depend on the low bits of x alone
      const auto power = integer_power(prim::convert<std::int32_t>(x), prim::convert<std::int32_t>(y));
      return prim::convert<element_of<V>>(power);
    }
  }

 private:
  template <floating_value V>
  ONEPASS_INLINE static V real_power(V x, V y) {
    const V magnitude = prim::bit_andnot(x.like(-0.0), x);
    const auto integral = prim::equal(prim::trunc(y), y);
    const V half = y * 0.5;
    const auto odd = prim::bit_andnot(prim::equal(prim::trunc(half), half), integral);
    const V sign = prim::select(odd, prim::bit_and(x, x.like(-0.0)), x.like(0));
    const auto special = prim::bit_or(detail::not_positive_normal(magnitude), prim::bit_or(not_finite(y), prim::bit_andnot(integral, x < x.like(0))));
    const auto [k, f] = detail::split(magnitude);
    return prim::rarely(special, prim::bit_or(power(k, f, y), sign), [&] {
      using limits = std::numeric_limits<element_of<V>>;
      const V zero = x.like(0), one = x.like(1), infinity = x.like(limits::infinity()), nan = x.like(limits::quiet_NaN());
      const auto small = magnitude < x.like(limits::min());
      const auto [exponent, fraction] = detail::split(prim::select(small, magnitude * (2 / limits::epsilon()), magnitude));
      V z = power(exponent - prim::select(small, x.like(limits::digits), zero), fraction, y);
      const auto is_zero = prim::equal(magnitude, zero);
      const auto at_end = prim::bit_or(is_zero, prim::equal(magnitude, infinity));
      z = prim::select(at_end, prim::select(prim::bit_xor(is_zero, y < zero), zero, infinity), z);
      z = prim::select(prim::equal(magnitude, one), one, z);
      z = prim::bit_or(z, sign);
      z = prim::select(prim::bit_andnot(prim::bit_or(integral, at_end), x < zero), nan, z);
      z = prim::select(prim::unordered(x, y), nan, z);
      return prim::select(prim::bit_or(prim::equal(y, zero), prim::equal(x, one)), one, z);
    });
  }

  template <floating_value V>
  ONEPASS_INLINE static auto not_finite(V y) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto bits = prim::reinterpret<std::int32_t>(prim::bit_andnot(y.like(-0.0), y));
      return bits.like(0x7f800000) <= bits;
    } else {
      const auto bits = prim::reinterpret<std::int64_t>(prim::bit_andnot(y.like(-0.0), y));
      return bits.like(0x7ff0000000000000) <= bits;
    }
  }

  /// Square and multiply, over the four low bits of the exponent; the others are seldom set.
  template <integer_value V>
  ONEPASS_INLINE static V integer_power(V x, V y) {
    constexpr int width = 8 * sizeof(element_of<V>);
    constexpr bool is_signed = std::is_signed_v<element_of<V>>;
    V power = x.like(1), base = x;
    multiply_by_bits<0, 4>(power, base, y);
    const auto negative_exponent = y < 0;
    return prim::rarely(prim::bit_or(y > 15, negative_exponent), power, [&] {
      V z = power, square = base;
      multiply_by_bits<4, is_signed ? width - 1 : width>(z, square, y);
      if constexpr (is_signed) {
        const V of_minus_one = 1 - prim::shift_left<1>(prim::bit_and(y, y.like(1)));
        const V inverse = prim::select(prim::equal(x, x.like(-1)), of_minus_one, prim::select(prim::equal(x, x.like(1)), x, x.like(0)));
        z = prim::select(negative_exponent, inverse, z);
      }
      return z;
    });
  }

  /// power *= base^(bits First to End of the exponent), base being x^(2^First).
  template <int First, int End, integer_value V>
  ONEPASS_INLINE static void multiply_by_bits(V& power, V& base, V exponent) {
    for (int i = First; i < End; ++i) {
      const V bit = exponent.like(element_of<V>{1} << i);
      power = prim::select(prim::equal(prim::bit_and(exponent, bit), bit), power * base, power);
      base = base * base;
    }
  }

  /// (2^k (1+f))^y for finite y.
  template <floating_value V>
  ONEPASS_INLINE static V power(V k, V f, V y) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto logarithm = log2_of_parts(prim::convert<double>(k), prim::convert<double>(f));
      return prim::convert<float>(exp2_of(prim::convert<double>(y) * logarithm));
    } else {
      const auto logarithm = precise_log2_of_parts(k, f);
      // Beyond 2^66 every power but those of 1 overflows or underflows.
      const V exponent = prim::min(y.like(0x1p66), prim::max(y.like(-0x1p66), y));
      const auto product = detail::exact_product(exponent, logarithm.high);
      return exp2_of(product.high, prim::fma(exponent, logarithm.low, product.low));
    }
  }

  /// log2(2^k (1+f)) to 35 bits.
  template <floating_value V>
  ONEPASS_INLINE static V log2_of_parts(V k, V f) {
    const V square = f * f;
    V q = prim::fma(square, f.like(0x1.1fd6c9efacbfep-3), horner(f, -0x1.532dee9d5cec9p-3, 0x1.07c661386d3dap-3));
    q = prim::fma(q, square, horner(f, -0x1.19c2156d5547ap-3, 0x1.4846c32f4825fp-3));
    q = prim::fma(q, square, horner(f, -0x1.72456fae89d9p-3, 0x1.a61ba282fa61ep-3));
    q = prim::fma(q, square, horner(f, -0x1.ec68a6f2e929bp-3, 0x1.2776b0cb42995p-2));
    q = prim::fma(q, square, horner(f, -0x1.715484b60adp-2, 0x1.ec709dfaab119p-2));
    q = prim::fma(q, square, horner(f, -0x1.7154764b4c40ep-1, 0x1.71547652b2bdcp+0));
    return prim::fma(f, q, k);
  }

  /// 2^x to 34 bits, limited to what is infinity or zero in f32.
  template <floating_value V>
  ONEPASS_INLINE static V exp2_of(V x) {
    const V inside = prim::min(x.like(200), prim::max(x.like(-200), x));
    const V shifted = inside + (0x1.8p52 + 1023);  // n + 1023 in the low bits
    const V r = inside - (shifted - (0x1.8p52 + 1023));
    const V square = r * r;
    V p = prim::fma(square, horner(r, 0x1.fde5fd7cf2431p-17, 0x1.445c8406fade4p-13), horner(r, 0x1.5d8a85ff5643dp-10, 0x1.3b29f39d49c9cp-7));
    p = prim::fma(p, square, horner(r, 0x1.c6b08ac06b006p-5, 0x1.ebfbe0778728ap-3));
    p = prim::fma(p, square, horner(r, 0x1.62e42ff0e1928p-1, 1.0));
    return p * prim::reinterpret<double>(prim::shift_left<52>(prim::reinterpret<std::int64_t>(shifted)));
  }

  /// log2(2^k (1+f)) to about 68 bits.
  template <floating_value V>
  ONEPASS_INLINE static detail::two_parts<V> precise_log2_of_parts(V k, V f) {
    const V d = f + 2;
    const V d_low = f - (d - 2);
    const V inverse = -1 / d;
    const V quotient = f * inverse;
    const detail::two_parts<V> s{quotient, inverse * prim::fma(quotient, d_low, prim::fma(quotient, d, f))};
    const detail::two_parts<V> square = detail::product(s, s);
    const V z = square.high, w = z * z;
    V t = prim::fma(w, horner(z, -0x1.6bbabe14f69fep-3, -0x1.57c03f025be39p-3), horner(z, -0x1.8a19df5fcd8ddp-3, -0x1.c68e7c8875276p-3));
    t = prim::fma(t, w, horner(z, -0x1.0c9a8602b5ebcp-2, -0x1.484b13d52ad1ep-2));
    const auto tail = detail::ordered_sum(z.like(-0x1.2776c50ef9bf9p-1), z * prim::fma(z, t, z.like(-0x1.a61762a7b0352p-2)));
    const auto q_tail = detail::product(square, tail);
    const auto q_sum = detail::ordered_sum(z.like(-0x1.ec709dc3a03fdp-1), q_tail.high);
    const detail::two_parts<V> q{q_sum.high, q_sum.low + (q_tail.low + -0x1.d27f05548af0cp-55)};
    const auto small = detail::product(s, detail::product(square, q));
    const auto large = detail::product(s, {z.like(-0x1.71547652b82fep+1), z.like(-0x1.777d0ffda0d24p-55)});
    const auto first = detail::ordered_sum(k, large.high);
    const auto sum = detail::ordered_sum(first.high, small.high);
    return {sum.high, (first.low + sum.low) + (large.low + small.low)};
  }

  /// 2^(x + rest).
  template <floating_value V>
  ONEPASS_INLINE static V exp2_of(V x, V rest) {
    const V inside = prim::min(x.like(1100), prim::max(x.like(-1100), x));
    const V n = prim::round_even(inside);
    const V r = inside - n;
    const V square = r * r;
    V g = horner(r, 0x1.e973179a994acp-32, 0x1.e61d43321746dp-28, 0x1.b52522bc15f8fp-24);
    g = prim::fma(g, square, horner(r, 0x1.62bfc6596be12p-20, 0x1.ffcbfc6685f06p-17));
    g = prim::fma(g, square, horner(r, 0x1.4309130f6cbdbp-13, 0x1.5d87fe789e96fp-10));
    g = prim::fma(g, square, horner(r, 0x1.3b2ab6fb9fda6p-7, 0x1.c6b08d704a12cp-5));
    g = prim::fma(g, square, horner(r, 0x1.ebfbdff82c5a6p-3, 0x1.62e42fefa39efp-1));
    const V p = prim::fma(r, g, x.like(1));
    const V lost = prim::fma(r, g, 1 - p);
    const V relative = prim::select(prim::equal(inside, x), rest * 0x1.62e42fefa39efp-1, x.like(0));
    return prim::scale(p + prim::fma(relative, p, lost), n);
  }
};
inline constexpr operation<pow_op> pow{};

using power_operations = operation_list<cbrt_op, pow_op>;

}  // namespace onepass
