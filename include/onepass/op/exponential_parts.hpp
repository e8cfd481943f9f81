// Pieces that functions made of exponentials share: long polynomials, e^y for floats, and e^y in parts for doubles.
//
// A function such as x Phi(x) is a product of factors, each of which would be rounded. To be accurate as a whole, f32
// evaluates it in f64, which also takes fewer steps, and f64 keeps the factors as sums of two numbers, high + low, and
// rounds once at the end. Coefficients: tools/polynomials/exp_parts.py. These are not operations; only bodies know them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <onepass/op/floating_point.hpp>
#include <onepass/op/polynomial.hpp>
#include <onepass/op/two_parts.hpp>

namespace onepass::detail {

// The members of triples are copied one by one for the reason told in two_parts.hpp.

/// (high + low) 2^n, n integral.
template <floating_value V>
struct scaled_parts {
  V high, low, n;
  ONEPASS_INLINE scaled_parts(V first, V second, V third) : high(first), low(second), n(third) {}
  ONEPASS_INLINE scaled_parts(const scaled_parts& other) : high(other.high), low(other.low), n(other.n) {}
};

/// The same number, high rounded.
template <floating_value V>
ONEPASS_INLINE scaled_parts<V> rounded(scaled_parts<V> x) {
  const two_parts<V> sum = ordered_sum(x.high, x.low);
  return {sum.high, sum.low, x.n};
}

/// A polynomial, coefficients the highest first, as Horner's rule in x^2 over pairs of terms: half the latency of Horner's
/// rule in x. The last step is Horner's, whose error is smaller.
template <std::size_t N, floating_value V>
ONEPASS_INLINE V polynomial(V x, const double (&c)[N]) {
  const V square = x * x;
  const V first = N % 2 == 0 ? x.like(c[0]) : prim::fma(x, x.like(c[0]), x.like(c[1]));
  return [&]<std::size_t... I>(std::index_sequence<I...>) ONEPASS_INLINE_LAMBDA {
    V sum = first;
    constexpr std::size_t at = 1 + N % 2;
    ((sum = prim::fma(sum, square, prim::fma(x, x.like(c[at + 2 * I]), x.like(c[at + 2 * I + 1])))), ...);
    return prim::fma(x, sum, x.like(c[N - 1]));
  }(std::make_index_sequence<(N - 2) / 2>{});
}

/// The same with the coefficients `here` where the condition holds, and `others`, of which there may be more, elsewhere: so
/// two cases cost hardly more than the longer of them. The highest terms that only `others` has are evaluated at y. The last
/// two steps are Horner's.
template <std::size_t N, std::size_t L, truth_value M, floating_value V>
ONEPASS_INLINE V chosen_polynomial(M condition, V x, const double (&here)[N], V y, const double (&others)[L]) {
  const auto coefficient = [&](std::size_t i) ONEPASS_INLINE_LAMBDA { return prim::select(condition, x.like(here[i]), x.like(others[L - N + i])); };
  const V square = x * x;
  const V lead = [&]<std::size_t... I>(std::index_sequence<I...>) ONEPASS_INLINE_LAMBDA {
    if constexpr (L == N) {
      return coefficient(0);
    } else {
      return prim::select(condition, x.like(here[0]), polynomial(y, {others[I]...}));
    }
  }(std::make_index_sequence<L - N + 1>{});
  const V first = N % 2 != 0 ? lead : prim::fma(x, lead, coefficient(1));
  return [&]<std::size_t... I>(std::index_sequence<I...>) ONEPASS_INLINE_LAMBDA {
    V sum = first;
    constexpr std::size_t at = 2 - N % 2;
    ((sum = prim::fma(sum, square, prim::fma(x, coefficient(at + 2 * I), coefficient(at + 2 * I + 1)))), ...);
    return prim::fma(x, prim::fma(x, sum, coefficient(N - 2)), coefficient(N - 1));
  }(std::make_index_sequence<(N - 3) / 2>{});
}

/// e^y = power (1 + grown), power a power of two.
template <floating_value V>
struct short_exponential {
  V grown, power;
  ONEPASS_INLINE short_exponential(V first, V second) : grown(first), power(second) {}
  ONEPASS_INLINE short_exponential(const short_exponential& other) : grown(other.grown), power(other.power) {}
};

/// For doubles that become floats: relative error 2^-28 for |y| < 700, also of grown where power is 1.
template <floating_value V>
ONEPASS_INLINE short_exponential<V> exponential_for_float(V y) {
  // Adding 1.5 * 2^52 + 1023 rounds, and leaves n and the bias of exponents in the low bits.
  const V shifted = prim::fma(y, y.like(0x1.71547652b82fep+0), y.like(0x1.8p52 + 1023));
  const V r = prim::fma(shifted - (0x1.8p52 + 1023), y.like(-0x1.62e42fefa39efp-1), y);
  const V power = prim::reinterpret<double>(prim::shift_left<52>(prim::reinterpret<std::int64_t>(shifted)));
  const V g = polynomial(r, {0x1.6a1ef133d78fcp-10, 0x1.123c3d6a2188ap-7, 0x1.555901eea22ecp-5, 0x1.55548e346bf08p-3, 0x1.fffffb7d9ce2cp-2});
  return {prim::fma(r * r, g, r), power};
}

/// The value, rounded.
template <floating_value V>
ONEPASS_INLINE V value_of(short_exponential<V> e) {
  return prim::fma(e.power, e.grown, e.power);
}

/// e^(y + rest) = (1 + r + more) 2^n.
template <floating_value V>
struct reduced_exponential {
  V r, more, n;
  ONEPASS_INLINE reduced_exponential(V first, V second, V third) : r(first), more(second), n(third) {}
  ONEPASS_INLINE reduced_exponential(const reduced_exponential& other) : r(other.r), more(other.more), n(other.n) {}
};

/// For doubles: relative error about 2^-57, also of r + more if n is 0; the rest is small beside 1.
///
/// y = n ln2 + r, |r| <= ln2 / 2, with ln2 in two parts of which the first has so few bits that its product with n is exact
/// (Cody and Waite 1980); more = r^2 G(r) and what r lacks.
template <floating_value V>
ONEPASS_INLINE reduced_exponential<V> reduce_exponential(V y, V rest) {
  const V n = prim::round_even(y * 0x1.71547652b82fep+0);
  const V first = prim::fma(n, y.like(-0x1.62e42fefa4p-1), y);
  const two_parts<V> r = ordered_sum(first, prim::fma(n, y.like(0x1.8432a1b0e2634p-43), rest));
  const V g = polynomial(r.high, {0x1.ad81a3bb809bp-26, 0x1.28af155247cadp-22, 0x1.71df2675cd1ffp-19, 0x1.a01998570f5d2p-16,
                                  0x1.a01a0128b7632p-13, 0x1.6c16c184c4e78p-10, 0x1.11111111283e7p-7, 0x1.55555555505dap-5,
                                  0x1.55555555554f7p-3, 0x1.000000000000ap-1});
  return {r.high, prim::fma(r.high * r.high, g, prim::fma(r.low, r.high, r.low)), n};
}

/// e^(y + rest) = (high + low) 2^n with high in [0.7, 1.42] and rounded.
template <floating_value V>
ONEPASS_INLINE scaled_parts<V> exponential_in_parts(V y, V rest) {
  const reduced_exponential<V> e = reduce_exponential(y, rest);
  const two_parts<V> one = ordered_sum(y.like(1), e.r);
  return rounded<V>({one.high, one.low + e.more, e.n});
}

/// A float function evaluated in doubles, where the rounding of each step does not matter and nothing is subnormal.
template <floating_value V, class F>
ONEPASS_INLINE V through_double(V x, F f) {
  return prim::convert<float>(f(prim::convert<double>(x)));
}

}  // namespace onepass::detail
