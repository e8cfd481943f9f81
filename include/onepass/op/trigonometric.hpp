// Trigonometric functions, over the whole range of their argument. Coefficients: tools/polynomials/sin.sollya, constants
// of the reduction: tools/polynomials/two_over_pi.py. Errors are in units of the last place of the true value; those of
// f32 were measured over all 2^32 inputs, those of f64 over millions of samples of every size and, for every exponent,
// the numbers closest to multiples of pi/2.
//
// All functions here share one reduction of the angle to at most an eighth of a turn, quarter_turns. There is no sincos:
// where a program has both sin x and cos x, it has the reduction, and what follows from it for both, only once.
#pragma once

#include <cstdint>

#include <onepass/ir/table.hpp>
#include <onepass/op/polynomial.hpp>

namespace onepass {

namespace detail {

/// 2/pi = the sum of digit[i] 2^(26 (1 - i)): signed digits, at most 2^25 in magnitude.
// clang-format off
inline constexpr double two_over_pi_digits[] = {
    0, 1, -24386034, -18553791, 21659402, -11021835, 13858563, 28715354, -28372764, 4324945, 26128251, -4434405,
    29957007, -29209133, -8382171, -17915747, 6588224, -31593699, -20666723, -1144797, 24988591, -12286742, -26099557, -12191772,
    5137526, -29785261, 15192690, 4585660, -8500721, -14681960, -34794, 25231091, -3906857, -32871137, 28629499, 15891633,
    -26356782, -29399394, 25143478, -11371604, 33225084, 24853767, 15195689, 19476135, -16853012, 18845021, 2185229};
// clang-format on
inline constexpr table<double> two_over_pi{"two_over_pi", two_over_pi_digits};

/// An angle less a multiple of a quarter turn: it is high - excess, at most pi/4 in magnitude but for roundings. The
/// lowest bits of `turns` count the quarter turns.
template <floating_value V>
struct reduced_angle {
  V turns, high, excess;
};

/// Angles in quarter turns, and the waves over them.
///
/// An angle x is n pi/2 + r. Nearby, pi/2 is three numbers: x - n p1 is exact since both are multiples of a bit of p1
/// and the difference is small; so is n p2, which leaves the rounding error of subtracting it to be computed exactly
/// (Cody and Waite 1980, with fma). Far off, x 2/pi is computed modulo 4 from those digits of 2/pi that matter, all
/// products being exact (Payne and Hanek 1983, in floating point).
struct quarter_turns {
  /// Angles up to here are near: n p2 is exact and n p3 below the last place of r, unless r is small.
  template <floating_value V>
  static constexpr double near_limit = sizeof(element_of<V>) == 4 ? 8192 : 0x1p21;

  template <floating_value V>
  ONEPASS_INLINE static auto is_far(V x) {
    return prim::bit_andnot(x.like(-0.0), x) > near_limit<V>;
  }

  /// Keeps the sign of zero in `high`, with an excess of +0.
  template <floating_value V>
  ONEPASS_INLINE static reduced_angle<V> near(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return subtract(x, 0x1.45f306p-1f, 0x1.8p23f, 0x1.921fb4p+0f, 0x1.444p-24f, 0x1.68c234p-39f);
    } else {
      return subtract(x, 0x1.45f306dc9c883p-1, 0x1.8p52, 0x1.921fb54442d18p+0, 0x1.1a626331p-54, 0x1.1701b839a252p-88);
    }
  }

  template <floating_value V>
  ONEPASS_INLINE static reduced_angle<V> far(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return far_float(x);
    } else {
      return far_double(x);
    }
  }

  /// A sine or a cosine is base - correction, of which the first is the larger by far.
  template <floating_value V>
  struct two_parts {
    V base, correction;
  };
  template <floating_value V>
  struct sine_and_cosine {
    two_parts<V> sine, cosine;
  };

  /// The waves of a reduced angle, to a little more than their precision.
  template <floating_value V>
  ONEPASS_INLINE static sine_and_cosine<V> both(reduced_angle<V> r) {
    const V s = r.high * r.high;
    const V s_excess = prim::fma(r.high, prim::bit_xor(r.high, s.like(-0.0)), s);
    const two_parts<V> start = cosine_start(r, s);
    const V cosine = prim::fma(s * s, polynomial(s, coefficients<V>::cosine), prim::fma(s_excess, s.like(-0.5), start.correction));
    const V sine = prim::fma(s * r.high, polynomial(s, coefficients<V>::sine), r.excess * start.base);
    return {{r.high, sine}, {start.base, cosine}};
  }

  /// The sine, `ahead` quarter turns after x.
  template <int ahead, floating_value V>
  ONEPASS_INLINE static V wave(V x) {
    const V usual = wave_of<ahead>(near(x));
    return prim::rarely(is_far(x), usual, [&] { return wave_of<ahead>(far(x)); });
  }

  /// The quarter turns of a reduced angle as an integer; all but the lowest bits are meaningless.
  template <floating_value V>
  ONEPASS_INLINE static auto count(reduced_angle<V> r) {
    return prim::reinterpret<std::conditional_t<sizeof(element_of<V>) == 4, std::int32_t, std::int64_t>>(r.turns);
  }

 private:
  /// The highest first; negated, as corrections are subtracted.
  template <class V>
  struct coefficients {
    static constexpr double sine[] = {0x1.992ab2p-13, -0x1.1106e2p-7, 0x1.555544p-3};
    static constexpr double cosine[] = {-0x1.99e71ep-16, 0x1.6c0c26p-10, -0x1.55554ap-5};
  };
  template <class V>
    requires std::is_same_v<element_of<V>, double>
  struct coefficients<V> {
    static constexpr double sine[] = {-0x1.5d8bf6210a629p-33, 0x1.ae5e4d789fe68p-26,  -0x1.71de355755e68p-19,
                                      0x1.a01a019beb1ecp-13,  -0x1.111111110f73ap-7, 0x1.5555555555548p-3};
    static constexpr double cosine[] = {0x1.8f9d8506149a4p-37,  -0x1.1ee9c99385e32p-29, 0x1.27e4f7d513fbep-22,
                                        -0x1.a01a019c648b1p-16, 0x1.6c16c16c14e32p-10,  -0x1.555555555554ap-5};
  };

  template <floating_value V>
  ONEPASS_INLINE static reduced_angle<V> subtract(V x, double per_angle, double rounder, double first, double second, double third) {
    const V turns = prim::fma(x, x.like(per_angle), x.like(rounder));
    const V n = turns - rounder;
    const V a = prim::fma(n, x.like(-first), x);
    const V high = prim::fma(n, x.like(-second), a);
    return {turns, high, prim::fma(n, x.like(third), prim::fma(n, x.like(second), high - a))};
  }

  /// 1 - s/2 as base - correction, where the correction also takes the excess of the angle into account.
  template <floating_value V>
  ONEPASS_INLINE static two_parts<V> cosine_start(reduced_angle<V> r, V s) {
    const V base = prim::fma(s, s.like(-0.5), s.like(1));
    const V lost = prim::fma(s, s.like(0.5), base - 1);
    return {base, prim::fma(r.high, prim::bit_xor(r.excess, s.like(-0.0)), lost)};
  }

  /// One polynomial whose coefficients are chosen costs less than two.
  template <int ahead, floating_value V>
  ONEPASS_INLINE static V wave_of(reduced_angle<V> r) {
    auto n = count(r);
    if constexpr (ahead != 0) n = n + ahead;
    const auto is_cosine = prim::equal(prim::bit_and(n, n.like(1)), n.like(1));
    const V s = r.high * r.high;
    const two_parts<V> start = cosine_start(r, s);
    const V p = chosen(is_cosine, s, coefficients<V>::cosine, coefficients<V>::sine);
    const V power = s * prim::select(is_cosine, s, r.high);
    const V wave = prim::select(is_cosine, start.base, r.high) - prim::fma(power, p, prim::select(is_cosine, start.correction, r.excess));
    const V sign = prim::reinterpret<element_of<V>>(prim::shift_left<8 * sizeof(element_of<V>) - 2>(n));
    return prim::bit_xor(wave, prim::bit_and(sign, sign.like(-0.0)));
  }

  /// One of two polynomials, by Horner's rule.
  template <truth_value M, floating_value V, std::size_t N>
  ONEPASS_INLINE static V chosen(M which, V x, const double (&a)[N], const double (&b)[N]) {
    V sum = prim::select(which, x.like(a[0]), x.like(b[0]));
    for (std::size_t i = 1; i < N; ++i) sum = prim::fma(sum, x, prim::select(which, x.like(a[i]), x.like(b[i])));
    return sum;
  }

  template <floating_value V, std::size_t N>
  ONEPASS_INLINE static V polynomial(V x, const double (&c)[N]) {
    V sum = x.like(c[0]);
    for (std::size_t i = 1; i < N; ++i) sum = prim::fma(sum, x, x.like(c[i]));
    return sum;
  }

  /// A number less a multiple of 4, exactly; at most 2 in magnitude.
  template <floating_value V>
  ONEPASS_INLINE static V modulo_four(V x) {
    return prim::fma(prim::round_even(x * 0.25), x.like(-4), x);
  }

  /// a + b = high + low, exactly (Knuth).
  template <floating_value V>
  struct exact_sum {
    V high, low;
    ONEPASS_INLINE exact_sum(V a, V b) : high(a + b), low(a) {
      const V part = high - a;
      low = (a - (high - part)) + (b - part);
    }
  };

  /// x 2/pi modulo 4 in double precision, 2/pi in parts of 29 bits. The products that are multiples of 4 vanish, and each
  /// of the others is far below the one before: summed in this order they lose nothing that matters, even if much cancels.
  template <floating_value V>
  ONEPASS_INLINE static reduced_angle<V> far_float(V x) {
    const auto wide = prim::convert<double>(x);
    const auto p0 = modulo_four(wide * 0x1.45f306dp-1), p1 = modulo_four(wide * 0x1.9391054p-30);
    const auto p2 = modulo_four(wide * 0x1.4fe13abp-59), p3 = modulo_four(wide * 0x1.d1f534dp-88);
    const auto p4 = modulo_four(wide * 0x1.b81b6c5p-117), p5 = wide * 0x1.5993c439041fep-148;
    const auto n = prim::round_even(p0 + p1 + p2 + p3 + p4 + p5);
    const auto r = ((p0 - n) + p1 + p2 + p3 + p4 + p5) * 0x1.921fb54442d18p+0;
    const V high = prim::convert<float>(r);
    return {prim::convert<float>(n) + 0x1.8p23f, high, prim::convert<float>(prim::convert<double>(high) - r)};
  }

  /// Digits of 2/pi up to some place, times x, are multiples of 4. With x scaled so that its last bit is between 2^-50 and
  /// 2^-25, its product with the following ones is a sum of few exact pieces, each 26 bits below the one before: so the
  /// first two can be joined without loss, and the last ones need no care. Seven reach beyond the hardest case, 2^-61.
  template <floating_value V>
  ONEPASS_INLINE static reduced_angle<V> far_double(V x) {
    const V magnitude = prim::bit_andnot(x.like(-0.0), x);
    const auto exponent = prim::convert<std::int32_t>(prim::shift_right<52>(prim::reinterpret<std::int64_t>(magnitude)));
    const auto place = prim::shift_right<16>((exponent - 1025) * 2521);  // (exponent - 1025) / 26
    const V scale = prim::reinterpret<double>(prim::shift_left<52>(prim::convert<std::int64_t>(1023 - place * 26)));
    const V scaled = x * scale;  // infinities stay, and make NaN of the next line
    const V upper = prim::reinterpret<double>(prim::bit_and(prim::reinterpret<std::int64_t>(scaled), place.template literal<std::int64_t>(-1 << 26)));
    const V lower = (scaled - upper) * 0x1p26;
    const auto piece = [&](int i, double weight) {
      return prim::fma(lower, prim::lookup(two_over_pi, place + i), upper * prim::lookup(two_over_pi, place + (i + 1))) * weight;
    };
    const V first = modulo_four(piece(0, 1)) + modulo_four(piece(1, 0x1p-26));
    const V second = modulo_four(piece(2, 0x1p-52));
    const V n = prim::round_even(first + second);
    const exact_sum<V> front(first - n, second);
    const exact_sum<V> back(piece(3, 0x1p-78), piece(4, 0x1p-104));
    const exact_sum<V> sum(front.high, back.high);
    const V rest = sum.low + (front.low + (back.low + (piece(5, 0x1p-130) + piece(6, 0x1p-156))));
    const V product = sum.high * 0x1.921fb54442d18p+0;
    const V low = prim::fma(rest, x.like(0x1.921fb54442d18p+0), sum.high * 0x1.1a62633145c07p-54);
    const V above = prim::fma(sum.high, x.like(-0x1.921fb54442d18p+0), product) - low;  // product - above is the angle
    const V high = product - above;
    return {n + 0x1.8p52, high, above - (product - high)};
  }
};

}  // namespace detail

/// sin x. At most 0.875 ulp for f32 and 0.83 for f64, over the whole range; keeps -0 and NaN, infinities give NaN.
///
/// x = n pi/2 + r, see quarter_turns; then the sine or the cosine of r by a minimax polynomial whose first coefficients
/// are 1 and, for the cosine, 1 and -1/2, where the first terms are summed in two parts.
struct sin_op {
  static constexpr std::string_view name = "sin";
  static constexpr accuracy error{.f32 = 0.875, .f64 = 0.83};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::quarter_turns::wave<0>(x);
  }
};
inline constexpr operation<sin_op> sin{};

/// cos x. At most 0.875 ulp for f32 and 0.83 for f64, over the whole range; keeps NaN, infinities give NaN.
/// The method is that of sin.
struct cos_op {
  static constexpr std::string_view name = "cos";
  static constexpr accuracy error{.f32 = 0.875, .f64 = 0.83};
  static constexpr laws holds{.even = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::quarter_turns::wave<1>(x);
  }
};
inline constexpr operation<cos_op> cos{};

/// tan x. At most 0.921 ulp for f32 and 0.86 for f64, over the whole range; keeps -0 and NaN, infinities give NaN.
///
/// The quotient of the sine and the cosine of r, or of the cosine and the negated sine, both in two parts; by one division,
/// whose result is corrected with the residual.
struct tan_op {
  static constexpr std::string_view name = "tan";
  static constexpr accuracy error{.f32 = 0.921, .f64 = 0.86};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using turns = detail::quarter_turns;
    const V usual = quotient(turns::near(x));
    return prim::rarely(turns::is_far(x), usual, [&] { return quotient(turns::far(x)); });
  }

 private:
  template <floating_value V>
  ONEPASS_INLINE static V quotient(detail::reduced_angle<V> r) {
    const auto n = detail::quarter_turns::count(r);
    const auto [sine, cosine] = detail::quarter_turns::both(r);
    const V s = sine.base - sine.correction, s_rest = (sine.base - s) - sine.correction;
    const V c = cosine.base - cosine.correction, c_rest = (cosine.base - c) - cosine.correction;
    const auto inverted = prim::equal(prim::bit_and(n, n.like(1)), n.like(1));
    const V above = prim::select(inverted, c, s), above_rest = prim::select(inverted, c_rest, s_rest);
    const V below = prim::select(inverted, s, c), below_rest = prim::select(inverted, s_rest, c_rest);
    const V inverse = -1 / below;
    const V negated = above * inverse;  // so that zeros keep their sign below
    const V residual = prim::fma(negated, below_rest, prim::fma(negated, below, above) + above_rest);
    const V sign = prim::reinterpret<element_of<V>>(prim::shift_left<8 * sizeof(element_of<V>) - 1>(n + 1));
    return prim::bit_xor(prim::fma(residual, inverse, negated), sign);
  }
};
inline constexpr operation<tan_op> tan{};

using trigonometric_operations = operation_list<sin_op, cos_op, tan_op>;

}  // namespace onepass
