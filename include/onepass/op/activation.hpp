// Activations of neural networks: rectifiers, pieces of lines and exponentials; smooth ones are in smooth_activation.hpp.
// Coefficients: tools/polynomials/{sigmoid.sollya,activation.py}. Errors are in units of the last place of the correctly
// rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^9 samples, for the later ones 10^7.
#pragma once

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/polynomial.hpp>
#include <onepass/op/smooth_activation.hpp>

namespace onepass {

/// x where x > 0, else 0; NaN stays, and so does -0: with the zero first, max returns its second operand for both.
struct relu_op {
  static constexpr std::string_view name = "relu";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::max(x.like(0), x);
  }
};
inline constexpr operation<relu_op> relu{};

/// min(relu x, 6).
struct relu6_op {
  static constexpr std::string_view name = "relu6";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::min(x.like(6), prim::max(x.like(0), x));
  }
};
inline constexpr operation<relu6_op> relu6{};

/// x where x >= 0, else slope * x.
struct leaky_relu_op {
  static constexpr std::string_view name = "leaky_relu";
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V slope) {
    return prim::select(x < 0, slope * x, x);
  }
};
inline constexpr operation<leaky_relu_op> leaky_relu{};

/// 1 / (1 + e^-x). At most 0.902 ulp for f32 and 0.998 for f64, subnormal results included; at most 1, keeps NaN.
///
/// x = n ln2 + y as for exp; then 2^n / (2^n + e^-y) holds for the whole line. The rounding error of the denominator is
/// recovered exactly enough for every n, and corrects the one division.
struct sigmoid_op {
  static constexpr std::string_view name = "sigmoid";
  static constexpr accuracy error{.f32 = 0.902, .f64 = 0.998};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V inside = prim::min(x.like(18), prim::max(x.like(-105), x));
      const V n = prim::round_even(inside * 0x1.715476p+0f);
      const V y = prim::fma(n, x.like(0x1.05c61p-29f), prim::fma(n, x.like(-0x1.62e43p-1f), inside));
      const V s = horner(y, -0x1.6a6034p-10f, 0x1.123ac6p-7f, -0x1.5558ap-5f, 0x1.55549p-3f, -0x1.fffffcp-2f, 1.0f);
      return divide(y, s, prim::scale(x.like(1), n));
    } else {
      const V inside = prim::min(x.like(38), prim::max(x.like(-746), x));
      const V n = prim::round_even(inside * 0x1.71547652b82fep+0);
      const V y = prim::fma(n, x.like(0x1.8432a1b0e2634p-43), prim::fma(n, x.like(-0x1.62e42fefa4p-1), inside));
      const V square = y * y;
      V g = horner(y, 0x1.ad8d5597dd3f6p-26, -0x1.28ae3c9974bb6p-22);
      g = prim::fma(g, square, horner(y, 0x1.71df1d147c247p-19, -0x1.a01999231bc6fp-16));
      g = prim::fma(g, square, horner(y, 0x1.a01a012dcb954p-13, -0x1.6c16c18488a71p-10));
      g = prim::fma(g, square, horner(y, 0x1.111111112725dp-7, -0x1.5555555550689p-5));
      g = prim::fma(g, square, horner(y, 0x1.55555555554fcp-3, -0x1.000000000000ap-1));
      return divide(y, prim::fma(g, y, x.like(1)), prim::scale(x.like(1), n));
    }
  }

 private:
  /// power / (power + e^-y), where e^-y = 1 - y s.
  template <floating_value V>
  ONEPASS_INLINE static V divide(V y, V s, V power) {
    const V denominator = prim::fma(y, s, -1 - power);  // negated
    const V inverse = -1 / denominator;
    const V lost = prim::fma(y, s, (-1 - denominator) - power);
    const V residual = prim::fma(inverse, lost, prim::fma(inverse, denominator, y.like(1)));
    return prim::fma(inverse, residual, inverse) * power;
  }
};
inline constexpr operation<sigmoid_op> sigmoid{};

/// x / (1 + |x|). At most 0.51 ulp; 1 for infinity, keeps -0 and NaN.
///
/// What rounding took from the denominator and from the quotient is made up for by a second division.
struct softsign_op {
  static constexpr std::string_view name = "softsign";
  static constexpr laws holds{.odd = true};
  static constexpr accuracy error{.f32 = 0.51, .f64 = 0.51};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V m = prim::min(x.like(0x1p+64), abs(x));  // beyond it the result is 1
    const V denominator = 1 + m, added = denominator - 1;
    const V lost = (1 - (denominator - added)) + (m - added);  // two-sum (Knuth 1969)
    const V quotient = m / denominator;
    const V residual = prim::fma(-1 * quotient, lost, prim::fma(-1 * quotient, denominator, m));
    return prim::bit_or(quotient + residual / denominator, detail::sign_of(x));
  }
};
inline constexpr operation<softsign_op> softsign{};

namespace detail {

/// e^(y + rest) - 1 for y <= 0.
template <floating_value V>
ONEPASS_INLINE two_parts<V> exponential_minus_one(V y, V rest) {
  const reduced_exponential<V> e = reduce_exponential(prim::max(y.like(-40), y), rest);
  const V power = prim::scale(y.like(1), e.n);
  const two_parts<V> difference = ordered_sum(power - 1, e.r * power);
  return ordered_sum(difference.high, prim::fma(e.more, power, difference.low));
}

/// The same for doubles that become floats.
template <floating_value V>
ONEPASS_INLINE V exponential_minus_one_for_float(V y) {
  const short_exponential<V> e = exponential_for_float(prim::max(y.like(-40), y));
  return prim::fma(e.power, e.grown, e.power - 1);
}

/// a (x.high + x.low), rounded once; what underflows keeps its sign.
template <floating_value V>
ONEPASS_INLINE V times(V a, two_parts<V> x) {
  return prim::fma(a, x.high, a * x.low);
}

}  // namespace detail

/// x where x >= 0, else alpha (e^x - 1).
struct elu_op {
  static constexpr std::string_view name = "elu";
  static constexpr accuracy error{.f32 = 0.754, .f64 = 0.96};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V alpha) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto below = prim::convert<double>(alpha) * detail::exponential_minus_one_for_float(prim::convert<double>(x));
      return prim::select(x < 0, prim::convert<float>(below), x);
    } else {
      return prim::select(x < 0, detail::times(alpha, detail::exponential_minus_one(x, x.like(0))), x);
    }
  }
};
inline constexpr operation<elu_op> elu{};

/// x where x >= 0, else alpha (e^(x / alpha) - 1), for alpha > 0.
///
/// The quotient is taken in two parts: its rounding alone would cost one unit of the last place.
struct celu_op {
  static constexpr std::string_view name = "celu";
  static constexpr accuracy error{.f32 = 0.755, .f64 = 0.96};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V alpha) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const auto wide = prim::convert<double>(alpha);
      const auto quotient = prim::convert<double>(x) * (1 / wide);  // of a scalar alpha the inverse is taken once a pass
      return prim::select(x < 0, prim::convert<float>(wide * detail::exponential_minus_one_for_float(quotient)), x);
    } else {
      const V inverse = 1 / alpha;
      const V quotient = x * inverse;
      const V rest = prim::fma(detail::negated(quotient), alpha, x) * inverse;
      const V known = prim::select(quotient < -40, x.like(0), rest);  // minus infinity has no rest
      const V curved = detail::times(alpha, detail::exponential_minus_one(quotient, known));
      return prim::select(prim::less_equal(x.like(-0x1p-56), quotient), x, curved);  // from there on x is nearest
    }
  }
};
inline constexpr operation<celu_op> celu{};

/// scale x where x >= 0, else scale alpha (e^x - 1), with the constants of Klambauer et al. 2017: scale = 1.0507009873554804934...
/// and alpha = 1.6732632423543772848...
struct selu_op {
  static constexpr std::string_view name = "selu";
  static constexpr accuracy error{.f32 = 0.737, .f64 = 0.97};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return detail::through_double(x, [](auto wide) ONEPASS_INLINE_LAMBDA {
        const auto below = detail::exponential_minus_one_for_float(wide) * 0x1.c212cc640f031p+0;
        return prim::select(wide < 0, below, wide * 0x1.0cfabd6a91132p+0);
      });
    } else {
      const V both = x.like(0x1.c212cc640f031p+0), both_low = x.like(0x1.05161b045a1fep-56);
      const detail::two_parts<V> e = detail::exponential_minus_one(x, x.like(0));
      const detail::two_parts<V> product = detail::exact_product(both, e.high);
      const V below = product.high + prim::fma(both, e.low, prim::fma(both_low, e.high, product.low));
      return prim::select(x < 0, below, prim::fma(x, x.like(0x1.0cfabd6a91132p+0), x * 0x1.6fc7d272f2695p-55));
    }
  }
};
inline constexpr operation<selu_op> selu{};

namespace detail {

/// relu6(x + 3) / 6 in two parts, for x >= -3.
template <floating_value V>
ONEPASS_INLINE two_parts<V> ramp(V x) {
  constexpr bool is_float = std::is_same_v<element_of<V>, float>;
  const V sixth = x.like(is_float ? 0x1.555556p-3 : 0x1.5555555555555p-3), sixth_low = x.like(is_float ? -0x1.555556p-28 : 0x1.5555555555555p-57);
  const V inside = prim::min(x.like(3), x);
  const two_parts<V> raised = ordered_sum(x.like(3), inside);
  const two_parts<V> product = exact_product(raised.high, sixth);
  return {product.high, prim::fma(raised.low, sixth, prim::fma(raised.high, sixth_low, product.low))};
}

}  // namespace detail

/// relu6(x + 3) / 6.
struct hard_sigmoid_op {
  static constexpr std::string_view name = "hard_sigmoid";
  static constexpr accuracy error{.f32 = 0.5001, .f64 = 0.5001};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const detail::two_parts<V> ramp = detail::ramp(prim::max(x.like(-3), x));
    return ramp.high + ramp.low;
  }
};
inline constexpr operation<hard_sigmoid_op> hard_sigmoid{};

/// x relu6(x + 3) / 6; -0 for minus infinity.
struct hard_swish_op {
  static constexpr std::string_view name = "hard_swish";
  static constexpr accuracy error{.f32 = 0.5001, .f64 = 0.5001};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V inside = prim::max(x.like(-3), x);
    const V result = detail::times(prim::min(x.like(3), inside), detail::ramp(inside));
    return prim::select(x.like(3) < x, x, prim::bit_or(result, detail::sign_of(x)));
  }
};
inline constexpr operation<hard_swish_op> hard_swish{};

using activation_operations =
    operation_list<relu_op, relu6_op, leaky_relu_op, sigmoid_op, softsign_op, elu_op, celu_op, selu_op, hard_sigmoid_op, hard_swish_op, silu_op,
                   swish_op, gelu_op, gelu_tanh_op, mish_op, softplus_op, log_sigmoid_op, swiglu_op, geglu_op>;

}  // namespace onepass
