// Logarithms. Coefficients: tools/polynomials/log.sollya, logaddexp.sollya. Errors are in units of the last place of
// the true value; those of f32 were measured over all 2^32 inputs (10^7 pairs), those of f64 over 10^7 samples of the
// whole line and of the regions where a method changes.
//
// All of them write x = 2^k (1 + f), 0.673 <= 1 + f < 1.346, by the bits of a normal number, and share the tail
// log(1+f) - f. The large terms, f and the multiple of k, are added first and their rounding error is recovered; so the
// tail meets one rounding more, and nothing cancels. What is not normal and positive is rare.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/exponential_parts.hpp>
#include <onepass/op/polynomial.hpp>
#include <onepass/op/two_parts.hpp>

namespace onepass {

namespace detail {

/// The bits of 0.673.
inline constexpr std::int32_t least_fraction_single = 0x3f2c49ba;
inline constexpr std::int64_t least_fraction_double = 0x3fe589374bc6a7f0;

/// True for zeros, subnormal and negative numbers, infinities and NaN: one comparison of the bits, turned so that these
/// are the largest integers.
template <floating_value V>
ONEPASS_INLINE auto not_positive_normal(V x) {
  if constexpr (std::is_same_v<element_of<V>, float>) {
    const auto bits = prim::reinterpret<std::int32_t>(x);
    return bits.like(-0x01000000) <= bits + 0x7f800000;
  } else {
    const auto bits = prim::reinterpret<std::int64_t>(x);
    return bits.like(-0x0020000000000000) <= bits + 0x7ff0000000000000;
  }
}

/// 2^k (1 + f), 0.673 <= 1 + f < 1.346.
template <floating_value V>
struct power_and_fraction {
  V k, f;
};

/// Precondition: x is positive and normal.
template <floating_value V>
ONEPASS_INLINE power_and_fraction<V> split(V x) {
  if constexpr (std::is_same_v<element_of<V>, float>) {
    const auto bits = prim::reinterpret<std::int32_t>(x);
    const auto power = prim::bit_and(bits - least_fraction_single, bits.like(-0x00800000));
    return {prim::convert<float>(prim::shift_right<23>(power)), prim::reinterpret<float>(bits - power) - 1};
  } else {
    // An integer in the low bits of 2^52 is a number: so nothing has to be converted.
    const auto bits = prim::reinterpret<std::uint64_t>(x) + (0x3ff0000000000000 - least_fraction_double);
    const auto exponent = prim::bit_or(prim::shift_right<52>(bits), bits.like(0x4330000000000000));
    const auto fraction = prim::bit_and(bits, bits.like(0x000fffffffffffff)) + least_fraction_double;
    return {prim::reinterpret<double>(exponent) - (0x1p52 + 1023), prim::reinterpret<double>(fraction) - 1};
  }
}

/// c (log(1+f) - f) + rest; the square, which is its largest part, meets one rounding. In f32 a minimax polynomial. In
/// f64 -f^2/2 + s (f^2/2 + R(s^2)) with s = f / (2+f), since log(1+f) = 2 atanh s = 2s + s R(s^2) and 2s = f - s f.
template <floating_value V>
ONEPASS_INLINE V log_tail(V f, V rest, double c = 1) {
  const V part = f * (-0.5 * c);
  if constexpr (std::is_same_v<element_of<V>, float>) {
    const V square = f * f;
    V q = prim::fma(square, f.like(c * -0x1.eb1084p-4), horner(f, c * 0x1.1eafd2p-3, c * -0x1.fabd52p-4));
    q = prim::fma(q, square, horner(f, c * 0x1.1ebef8p-3, c * -0x1.555ef6p-3));
    q = prim::fma(q, square, horner(f, c * 0x1.99d246p-3, c * -0x1.000012p-2));
    q = prim::fma(q, square, f * (c * 0x1.5555p-2));
    return prim::fma(square, q, prim::fma(f, part, rest));
  } else {
    const V s = f / (-2 - f);  // negated, and so is r
    const V z = s * s;
    const V r = horner(z, c * -0x1.195678ac068aap-3, c * -0x1.0e1c3f3ea5b01p-3, c * -0x1.3b3106ed13367p-3, c * -0x1.745c6f6730d76p-3,
                       c * -0x1.c71c73f569bap-3, c * -0x1.249249229145ep-2, c * -0x1.999999999b618p-2, c * -0x1.5555555555551p-1);
    return prim::fma(s, prim::fma(r, z, f * part), prim::fma(f, part, rest));
  }
}

/// ln2 in two parts. The first, added to f once or minus once, is exact; f32 needs no second one, which would change no
/// result by more than 0.06 units of its last place.
template <floating_value V>
struct ln2 {
  static constexpr bool single = std::is_same_v<element_of<V>, float>;
  static constexpr double high = single ? 0x1.62e43p-1 : 0x1.62e42fefa39fp-1, low = single ? 0 : -0x1.950d871319ffp-54;
};

/// What rounding took from sum = k ln2 + f, and what the first part of ln2 lacks.
template <floating_value V>
ONEPASS_INLINE V lost_beside_ln2(V k, V f, V sum) {
  const V lost = f - prim::fma(k, f.like(-ln2<V>::high), sum);
  if constexpr (ln2<V>::single) {
    return lost;
  } else {
    return prim::fma(k, f.like(ln2<V>::low), lost);
  }
}

/// A logarithm, Op::of_parts(k, f) for positive normal numbers.
template <class Op, floating_value V>
ONEPASS_INLINE V logarithm(V x) {
  const auto [k, f] = split(x);
  return prim::rarely(not_positive_normal(x), Op::of_parts(k, f), [&] {
    using limits = std::numeric_limits<element_of<V>>;
    constexpr double raised = limits::digits;
    const auto small = x < x.like(limits::min());
    const auto [power, fraction] = split(prim::select(small, x * (2 / limits::epsilon()), x));
    V y = Op::of_parts(power - prim::select(small, x.like(raised), x.like(0)), fraction);
    y = prim::select(prim::equal(x, x.like(0)), x.like(-limits::infinity()), y);
    y = prim::select(x < x.like(0), x.like(limits::quiet_NaN()), y);
    return prim::select(x < x.like(limits::infinity()), y, x);
  });
}

}  // namespace detail

/// The natural logarithm. At most 0.843 ulp for f32 and 0.800 for f64; -infinity of zeros, NaN below.
struct log_op {
  static constexpr std::string_view name = "log";
  static constexpr accuracy error{.f32 = 0.843, .f64 = 0.800};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::logarithm<log_op>(x);
  }

  template <floating_value V>
  ONEPASS_INLINE static V of_parts(V k, V f) {
    const V sum = prim::fma(k, f.like(detail::ln2<V>::high), f);
    return sum + detail::log_tail(f, detail::lost_beside_ln2(k, f, sum));
  }
};
inline constexpr operation<log_op> log{};

/// The logarithm to base 2; exact for powers of 2. At most 0.954 ulp for f32 and 0.920 for f64; -infinity of zeros, NaN
/// below.
struct log2_op {
  static constexpr std::string_view name = "log2";
  static constexpr accuracy error{.f32 = 0.954, .f64 = 0.920};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::logarithm<log2_op>(x);
  }

  /// k + c (f + tail), c = log2(e) in two parts.
  template <floating_value V>
  ONEPASS_INLINE static V of_parts(V k, V f) {
    constexpr bool single = std::is_same_v<element_of<V>, float>;
    constexpr double c = single ? 0x1.715476p+0 : 0x1.71547652b82fep+0;
    constexpr double c_rest = single ? 0x1.4ae0cp-26 : 0x1.777d0ffda0d24p-56;
    const V sum = prim::fma(f, f.like(c), k);
    const V lost = prim::fma(f, f.like(c), k - sum);
    return sum + detail::log_tail(f, prim::fma(f, f.like(c_rest), lost), c);
  }
};
inline constexpr operation<log2_op> log2{};

/// The logarithm to base 10. At most 0.997 ulp for f32 and 0.950 for f64; -infinity of zeros, NaN below.
struct log10_op {
  static constexpr std::string_view name = "log10";
  static constexpr accuracy error{.f32 = 0.997, .f64 = 0.950};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::logarithm<log10_op>(x);
  }

  /// k log10(2) + c (f + tail), c = log10(e); the multiple of k is exact in its first part.
  template <floating_value V>
  ONEPASS_INLINE static V of_parts(V k, V f) {
    constexpr bool single = std::is_same_v<element_of<V>, float>;
    constexpr double c = single ? 0x1.bcb7b2p-2 : 0x1.bcb7b1526e50ep-2;
    constexpr double c_rest = single ? -0x1.5b235ep-27 : 0x1.95355baaafad3p-57;
    constexpr double log10_2 = single ? 0x1.3440p-2 : 0x1.34413509f8p-2;
    constexpr double log10_2_rest = single ? 0x1.3509f8p-18 : -0x1.80433b83b532ap-44;
    const V whole = k * log10_2;
    const V sum = prim::fma(f, f.like(c), whole);
    const V lost = prim::fma(f, f.like(c), prim::fma(k, f.like(log10_2_rest), whole - sum));
    return sum + detail::log_tail(f, prim::fma(f, f.like(c_rest), lost), c);
  }
};
inline constexpr operation<log10_op> log10{};

/// log(1 + x), accurate near 0 too, with the sign of x, of zeros too. At most 0.905 ulp for f32 and 0.800 for f64;
/// -infinity of -1, NaN below.
///
/// k comes from the rounded 1 + x, but f = 2^-k x + (2^-k - 1) from x itself, with what it loses; for k = 0 it is x.
struct log1p_op {
  static constexpr std::string_view name = "log1p";
  static constexpr accuracy error{.f32 = 0.905, .f64 = 0.800};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using limits = std::numeric_limits<element_of<V>>;
    const V u = x + 1;
    const auto [k, p] = power_of(u);
    const V f = prim::fma(x, p, p - 1);
    const V f_rest = prim::fma(x, p, (p - 1) - f);
    const V sum = prim::fma(k, f.like(detail::ln2<V>::high), f);
    const V lost = prim::fma(f_rest, 1 - f, detail::lost_beside_ln2(k, f, sum));  // 1 - f is near enough to 1 / (1 + f)
    const V tail = detail::log_tail(f, lost);
    const V common = prim::bit_or(sum + tail, prim::bit_and(x, x.like(-0.0)));
    return prim::rarely(too_large(u), common, [&] {
      const auto [power, fraction] = detail::split(x);
      V y = log_op::of_parts(power, fraction);
      y = prim::select(prim::equal(x, x.like(-1)), x.like(-limits::infinity()), y);
      y = prim::select(x < x.like(-1), x.like(limits::quiet_NaN()), y);
      return prim::select(x < x.like(limits::infinity()), y, x);
    });
  }

 private:
  template <floating_value V>
  struct power_and_inverse {
    V k, inverse;
  };

  /// k and 2^-k of u = 2^k (1 + f), with the same k as split(u); k < 126.
  template <floating_value V>
  ONEPASS_INLINE static power_and_inverse<V> power_of(V u) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto bits = prim::reinterpret<std::int32_t>(u);
      const auto power = prim::bit_and(bits - detail::least_fraction_single, bits.like(-0x00800000));
      return {prim::convert<float>(prim::shift_right<23>(power)), prim::reinterpret<float>(0x3f800000 - power)};
    } else {
      const auto bits = prim::reinterpret<std::uint64_t>(u) + (0x3ff0000000000000 - detail::least_fraction_double);
      const auto exponent = prim::bit_or(prim::shift_right<52>(bits), bits.like(0x4330000000000000));
      const auto power = prim::bit_and(bits, bits.like(0xfff0000000000000));
      return {prim::reinterpret<double>(exponent) - (0x1p52 + 1023), prim::reinterpret<double>(0x7fe0000000000000 - power)};
    }
  }

  /// Not in [min, 2^126): beyond, 1 does not matter; below, x <= -1 or NaN.
  template <floating_value V>
  ONEPASS_INLINE static auto too_large(V u) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto bits = prim::reinterpret<std::int32_t>(u);
      return bits.like(-0x02000000) <= bits + 0x7f800000;
    } else {
      const auto bits = prim::reinterpret<std::int64_t>(u);
      return bits.like(-0x0040000000000000) <= bits + 0x7ff0000000000000;
    }
  }
};
inline constexpr operation<log1p_op> log1p{};

/// log(e^x + e^y), which neither overflows nor cancels; x + ln2 for equal ones, infinities too. At most 0.520 ulp for f32.
/// In f64 at most 1.300, or 2^-98 where the result is nearer to 0 than 2^-46: there e^x + e^y is 1 but for last places.
///
/// With M the larger of x and y, and d <= 0 their difference, M + log(1 + e^d). Where that is nearly 0, since M is about
/// the negated logarithm, log(1 + (e^x + e^y - 1)) with exponentials in two parts, to about 97 bits. f32 goes through
/// double precision. In f64 both d and e^d have second parts, and the last sum rounds once.
struct logaddexp_op {
  static constexpr std::string_view name = "logaddexp";
  static constexpr accuracy error{.f32 = 0.520, .f64 = 1.300};
  static constexpr laws holds{.commutative = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    const V larger = prim::max(x, y), smaller = prim::min(y, x);  // one of them is NaN if x or y is
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return prim::convert<float>(to_single(prim::convert<double>(larger), prim::convert<double>(smaller)));
    } else {
      return to_double(larger, smaller);
    }
  }

 private:
  /// Not positive; 0 for equal infinities.
  template <floating_value V>
  ONEPASS_INLINE static V difference(V larger, V smaller) {
    return prim::select(prim::equal(larger, smaller), larger.like(0), smaller - larger);
  }

  template <floating_value V>
  ONEPASS_INLINE static V to_single(V larger, V smaller) {
    const V inside = prim::max(larger.like(-110), difference(larger, smaller));
    const V shifted = prim::fma(inside, larger.like(0x1.71547652b82fep+0), larger.like(0x1.8p52 + 1023));  // n + 1023 in the low bits
    const V n = shifted - (0x1.8p52 + 1023);
    const V r = prim::fma(n, larger.like(-0x1.62e42fefa39efp-1), inside);
    const V square = r * r;
    V q = prim::fma(square, horner(r, 0x1.71011031332dp-19, 0x1.a16edb248a41dp-16), horner(r, 0x1.a01b74f93acfdp-13, 0x1.6c163b6535728p-10));
    q = prim::fma(q, square, horner(r, 0x1.1111108d6784bp-7, 0x1.5555557e2aea9p-5));
    q = prim::fma(q, square, horner(r, 0x1.555555558a597p-3, 0x1.fffffffff1228p-2));
    const V e = prim::fma(square, q, 1 + r) * prim::reinterpret<double>(prim::shift_left<52>(prim::reinterpret<std::int64_t>(shifted)));
    const V w = e * e;
    V p = prim::fma(w, larger.like(0x1.5d530744485b6p-12), horner(e, -0x1.75f0111bc956ap-9, 0x1.787c1904e206cp-7));
    p = prim::fma(p, w, horner(e, -0x1.e0732fe18b748p-6, 0x1.bd843cac38c73p-5));
    p = prim::fma(p, w, horner(e, -0x1.49d7dfc375ea1p-4, 0x1.a688ee1a1f0ffp-4));
    p = prim::fma(p, w, horner(e, -0x1.f6108dbc3c0b6p-4, 0x1.2378f2b0ce6f1p-3));
    p = prim::fma(p, w, horner(e, -0x1.5529df3bb3c59p-3, 0x1.99952900cfe45p-3));
    p = prim::fma(p, w, horner(e, -0x1.ffffb964e0e2cp-3, 0x1.5555542d21245p-2));
    p = prim::fma(p, w, horner(e, -0x1.fffffffc2554p-2, 0x1.fffffffffeeep-1));
    const V logarithm = e * p;
    const V result = larger + logarithm;
    const auto cancels = magnitude(result) < logarithm * 0x1p-11;
    return prim::rarely(cancels, result, [&] { return near_zero(larger, smaller); });
  }

  template <floating_value V>
  ONEPASS_INLINE static V to_double(V larger, V smaller) {
    const V d = difference(larger, smaller);
    const V inside = prim::max(d.like(-746), d);
    const V share = d - smaller;
    const V lost = (smaller - (d - share)) - (larger + share);
    const V d_rest = prim::select(magnitude(lost) < d.like(1), lost, d.like(0));  // not that of infinities

    const auto power = detail::exponential_in_parts(inside, d_rest);
    const V e = prim::scale(power.high, power.n);
    const V e_rest = power.low * prim::scale(d.like(1), power.n);

    // log(1 + e + e_rest), 1 + e = 2^k (1 + f) with k = 0 or 1.
    const auto halved = d.like(0.346) < e;
    const V half = prim::select(halved, d.like(0.5), d.like(1));
    const V f = prim::fma(e, half, half - 1);
    const V f_rest = prim::fma(e_rest, half, prim::fma(e, half, (half - 1) - f));
    const auto sum = detail::ordered_sum(prim::select(halved, d.like(0x1.62e42fefa39efp-1), d.like(0)), f);
    const V ln2_rest = prim::select(halved, d.like(0x1.abc9e3b39803fp-56), d.like(0));
    const V tail = detail::log_tail(f, prim::fma(f_rest, 1 - f, sum.low + ln2_rest));
    const auto total = detail::exact_sum(larger, sum.high);
    const auto finite = magnitude(total.high) < d.like(std::numeric_limits<double>::infinity());
    const V result = prim::select(finite, total.high + (total.low + tail), total.high);
    const auto cancels = magnitude(result) < sum.high * 0.4;
    return prim::rarely(cancels, result, [&] { return near_zero(larger, smaller); });
  }

  template <floating_value V>
  ONEPASS_INLINE static V magnitude(V x) {
    return prim::bit_andnot(x.like(-0.0), x);
  }

  /// log(e^x + e^y) for -0.3 < e^x + e^y - 1 < 0.34 and x >= y, in double precision.
  template <floating_value V>
  ONEPASS_INLINE static V near_zero(V x, V y) {
    const auto [x_power, x_rest] = exponential(prim::min(x.like(1), prim::max(x.like(-746), x)));
    const auto [y_power, y_rest] = exponential(prim::min(x.like(1), prim::max(x.like(-746), y)));
    const V powers = (x_power - 1) + y_power;
    const auto first = detail::exact_sum(powers, x_rest.high);
    const auto second = detail::exact_sum(first.high, y_rest.high);
    const auto sum = detail::exact_sum(second.high, (first.low + second.low) + (x_rest.low + y_rest.low));
    return sum.high + detail::log_tail(sum.high, sum.low * (1 - sum.high));
  }

  template <floating_value V>
  struct power_and_rest {
    V power;
    detail::two_parts<V> rest;
  };

  /// e^x = power + rest, power = 2^n. With r = x - n ln2, e^(r/256) - 1 by its series, then eight times
  /// e^(2r) - 1 = 2 (e^r - 1) + (e^r - 1)^2.
  template <floating_value V>
  ONEPASS_INLINE static power_and_rest<V> exponential(V x) {
    const V n = prim::round_even(x * 0x1.71547652b82fep+0);
    const V exact = prim::fma(n, x.like(-0x1.62e42fefa39efp-1), x);
    const auto n_ln2_rest = detail::exact_product(n, x.like(-0x1.abc9e3b39803fp-56));
    const auto r = detail::ordered_sum(exact, n_ln2_rest.high);
    const V r_low = r.low + prim::fma(n, x.like(-0x1.7b57a079a1934p-111), n_ln2_rest.low);
    const detail::two_parts<V> t{r.high * 0x1p-8, r_low * 0x1p-8};

    const auto constant = [&](double high, double low) { return detail::two_parts<V>{x.like(high), x.like(low)}; };
    const V small = horner(t.high, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120);
    auto series = detail::ordered_sum(x.like(0x1.5555555555555p-5), prim::fma(t.high, small, x.like(0x1.5555555555555p-59)));
    series = detail::sum_of_larger(constant(0x1.5555555555555p-3, 0x1.5555555555555p-57), detail::product(t, series));
    series = detail::sum_of_larger(constant(0.5, 0), detail::product(t, series));
    series = detail::sum_of_larger(constant(1, 0), detail::product(t, series));
    auto e = detail::product(t, series);
    for (int i = 0; i < 8; ++i) e = detail::sum_of_larger(detail::two_parts<V>{e.high + e.high, e.low + e.low}, detail::product(e, e));
    const V power = prim::scale(x.like(1), n);
    return {power, {e.high * power, e.low * power}};
  }
};
inline constexpr operation<logaddexp_op> logaddexp{};

using logarithm_operations = operation_list<log_op, log2_op, log10_op, log1p_op, logaddexp_op>;

}  // namespace onepass
