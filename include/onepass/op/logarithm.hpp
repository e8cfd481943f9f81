// Logarithms. Coefficients: tools/polynomials/log.sollya. Errors are in units of the last place of the true value;
// those of f32 were measured over all 2^32 inputs, those of f64 over 10^7 samples and edges.
//
// All of them write x = 2^k (1 + f), 0.673 <= 1 + f < 1.346, by the bits of a normal number, and share the tail
// log(1+f) - f. The large terms, f and the multiple of k, are added first, with their rounding error recovered; so the
// tail meets one rounding, and there is no cancellation anywhere. What is not normal and positive is rare.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/polynomial.hpp>

namespace onepass {

namespace detail {

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
    const auto power = prim::bit_and(bits - 0x3f2c49ba, bits.like(-0x00800000));
    return {prim::convert<float>(prim::shift_right<23>(power)), prim::reinterpret<float>(bits - power) - 1};
  } else {
    // An integer in the low bits of 2^52 is a number: so nothing has to be converted.
    const auto bits = prim::reinterpret<std::uint64_t>(x) + (0x3ff0000000000000 - 0x3fe589374bc6a7f0);
    const auto exponent = prim::bit_or(prim::shift_right<52>(bits), bits.like(0x4330000000000000));
    const auto fraction = prim::bit_and(bits, bits.like(0x000fffffffffffff)) + 0x3fe589374bc6a7f0;
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
    const V w = z * z;
    V r = horner(z, c * -0x1.38b53fa2e494bp-3, c * -0x1.38943dbff4319p-3);
    r = prim::fma(r, w, horner(z, c * -0x1.7471b173434f8p-3, c * -0x1.c71c14e2e698ap-3));
    r = prim::fma(r, w, horner(z, c * -0x1.249249944817p-2, c * -0x1.999999991a642p-2));
    r = prim::fma(r, w, prim::fma(z, f.like(c * -0x1.55555555556ddp-1), f * part));
    return prim::fma(s, r, prim::fma(f, part, rest));
  }
}

/// log(2^k (1 + f + lost)), where lost is below the last place of f.
template <floating_value V>
ONEPASS_INLINE V log_of_parts(V k, V f) {
  constexpr double ln2 = std::is_same_v<element_of<V>, float> ? 0x1.62e43p-1 : 0x1.62e42fefa39fp-1;
  constexpr double ln2_rest = std::is_same_v<element_of<V>, float> ? 0.0 : -0x1.950d871319ffp-54;
  const V sum = prim::fma(k, f.like(ln2), f);
  V lost = f - prim::fma(k, f.like(-ln2), sum);
  if constexpr (ln2_rest != 0) lost = prim::fma(k, f.like(ln2_rest), lost);
  return sum + log_tail(f, lost);
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

/// The natural logarithm; -infinity of zeros, NaN below.
struct log_op {
  static constexpr std::string_view name = "log";

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::logarithm<log_op>(x);
  }

  template <floating_value V>
  ONEPASS_INLINE static V of_parts(V k, V f) {
    return detail::log_of_parts(k, f);
  }
};
inline constexpr operation<log_op> log{};

/// The logarithm to base 2; exact for powers of 2; -infinity of zeros, NaN below.
struct log2_op {
  static constexpr std::string_view name = "log2";

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

/// The logarithm to base 10; -infinity of zeros, NaN below.
struct log10_op {
  static constexpr std::string_view name = "log10";

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

/// log(1 + x), accurate near 0 too, with the sign of x; -infinity of -1, NaN below.
///
/// k comes from the rounded 1 + x, but f = 2^-k x + (2^-k - 1) from x itself, with what it loses; for k = 0 it is x.
struct log1p_op {
  static constexpr std::string_view name = "log1p";

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using T = element_of<V>;
    using limits = std::numeric_limits<T>;
    constexpr bool single = std::is_same_v<T, float>;
    const V u = x + 1;
    const V k = detail::split(u).k;
    const V p = inverse_power(u);
    const V f = prim::fma(x, p, p - 1);
    const V f_rest = prim::fma(x, p, (p - 1) - f);
    constexpr double ln2 = single ? 0x1.62e43p-1 : 0x1.62e42fefa39fp-1;
    constexpr double ln2_rest = single ? 0.0 : -0x1.950d871319ffp-54;
    const V sum = prim::fma(k, f.like(ln2), f);
    V lost = prim::fma(f_rest, 1 - f, f - prim::fma(k, f.like(-ln2), sum));  // 1 - f for 1 / (1 + f)
    if constexpr (!single) lost = prim::fma(k, f.like(ln2_rest), lost);
    const V common = prim::bit_or(sum + detail::log_tail(f, lost), prim::bit_and(x, x.like(-0.0)));
    return prim::rarely(too_large(u), common, [&] {
      const auto [power, fraction] = detail::split(x);
      V y = log_op::of_parts(power, fraction);
      y = prim::select(prim::equal(x, x.like(-1)), x.like(-limits::infinity()), y);
      y = prim::select(x < x.like(-1), x.like(limits::quiet_NaN()), y);
      return prim::select(x < x.like(limits::infinity()), y, x);
    });
  }

 private:
  /// 2^-k of u = 2^k (1 + f), k < 126.
  template <floating_value V>
  ONEPASS_INLINE static V inverse_power(V u) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto power = prim::bit_and(prim::reinterpret<std::int32_t>(u) - 0x3f2c49ba, u.template literal<std::int32_t>(-0x00800000));
      return prim::reinterpret<float>(0x3f800000 - power);
    } else {
      const auto bits = prim::reinterpret<std::int64_t>(u);
      const auto power = prim::bit_and(bits - 0x3fe589374bc6a7f0, bits.like(-0x0010000000000000));
      return prim::reinterpret<double>(0x3ff0000000000000 - power);
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

using logarithm_operations = operation_list<log_op, log2_op, log10_op, log1p_op>;

}  // namespace onepass
