// Pieces that functions made of exponentials share: long polynomials, and e^y as an unevaluated sum.
//
// A function such as x Phi(x) is a product of factors, each of which would be rounded; to be within one unit of the last
// place as a whole, the factors are kept as sums of two numbers, high + low, and rounded once at the end.
// Coefficients: tools/polynomials/exp_parts.py. These are not operations; only bodies know them.
#pragma once

#include <cstddef>
#include <utility>

#include <onepass/op/floating_point.hpp>
#include <onepass/op/polynomial.hpp>
#include <onepass/op/two_parts.hpp>

namespace onepass::detail {

/// (high + low) 2^n, n integral.
template <floating_value V>
struct scaled_parts {
  V high, low, n;
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
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
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
  const auto coefficient = [&](std::size_t i) { return prim::select(condition, x.like(here[i]), x.like(others[L - N + i])); };
  const V square = x * x;
  const V lead = [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (L == N) {
      return coefficient(0);
    } else {
      return prim::select(condition, x.like(here[0]), polynomial(y, {others[I]...}));
    }
  }(std::make_index_sequence<L - N + 1>{});
  const V first = N % 2 != 0 ? lead : prim::fma(x, lead, coefficient(1));
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    V sum = first;
    constexpr std::size_t at = 2 - N % 2;
    ((sum = prim::fma(sum, square, prim::fma(x, coefficient(at + 2 * I), coefficient(at + 2 * I + 1)))), ...);
    return prim::fma(x, prim::fma(x, sum, coefficient(N - 2)), coefficient(N - 1));
  }(std::make_index_sequence<(N - 3) / 2>{});
}

/// e^(y + rest) = (1 + r + more) 2^n.
template <floating_value V>
struct reduced_exponential {
  V r, more, n;
};

/// For a y within the exponents of the type and a rest that is small beside 1; relative error about 2^-28 for f32 and 2^-57
/// for f64. If n is 0, r + more has that relative error, too.
///
/// y = n ln2 + r, |r| <= ln2 / 2, with ln2 in two parts of which the first has so few bits that its product with n is exact
/// (Cody and Waite 1980); more = r^2 G(r) and what r lacks.
template <floating_value V>
ONEPASS_INLINE reduced_exponential<V> reduce_exponential(V y, V rest) {
  constexpr bool is_float = std::is_same_v<element_of<V>, float>;
  const V n = prim::round_even(y * (is_float ? 0x1.715476p+0 : 0x1.71547652b82fep+0));
  const V first = prim::fma(n, y.like(is_float ? -0x1.62e4p-1 : -0x1.62e42fefa4p-1), y);
  const two_parts<V> r = ordered_sum(first, prim::fma(n, y.like(is_float ? -0x1.7f7d1cp-20 : 0x1.8432a1b0e2634p-43), rest));
  const V g = [&] {
    if constexpr (is_float) {
      return horner(r.high, 0x1.6a60dap-10, 0x1.123c5cp-7, 0x1.5558a2p-5, 0x1.55548ep-3, 0x1.fffffcp-2);
    } else {
      return polynomial(r.high, {0x1.ad81a3bb809bp-26, 0x1.28af155247cadp-22, 0x1.71df2675cd1ffp-19, 0x1.a01998570f5d2p-16,
                                 0x1.a01a0128b7632p-13, 0x1.6c16c184c4e78p-10, 0x1.11111111283e7p-7, 0x1.55555555505dap-5,
                                 0x1.55555555554f7p-3, 0x1.000000000000ap-1});
    }
  }();
  return {r.high, prim::fma(r.high * r.high, g, prim::fma(r.low, r.high, r.low)), n};
}

/// e^(y + rest) = (high + low) 2^n with high in [0.7, 1.42] and rounded.
template <floating_value V>
ONEPASS_INLINE scaled_parts<V> exponential_in_parts(V y, V rest) {
  const reduced_exponential<V> e = reduce_exponential(y, rest);
  const two_parts<V> one = ordered_sum(y.like(1), e.r);
  return rounded<V>({one.high, one.low + e.more, e.n});
}

}  // namespace onepass::detail
