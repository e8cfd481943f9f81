// Activations made of exponentials: silu, gelu, mish, softplus and their kin, each accurate as a whole.
//
// No cancellation, no overflow and no inf / inf anywhere, and tails down to the smallest subnormal: factors and sums are
// kept in two parts (exponential_parts.hpp), the last rounding is the only one that counts. Coefficients:
// tools/polynomials/{gelu,softplus,activation}.py. Errors are in units of the last place of the correctly rounded
// result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^7 samples.
#pragma once

#include <onepass/op/gaussian_tail.hpp>

namespace onepass {

namespace detail {

/// base + (high + low) 2^n for a base of at least 0 and a positive sum, rounded once unless the result is subnormal.
template <floating_value V>
ONEPASS_INLINE V added_to(V base, scaled_parts<V> x) {
  const V high = prim::scale(x.high, x.n), low = prim::scale(x.low, x.n);
  const two_parts<V> sum = ordered_sum(prim::max(base, high), prim::min(base, high));
  return sum.high + (sum.low + low);
}

/// x / (1 + e^-(y + rest)).
///
/// e^-y = 2^n E, so the quotient is x 2^-n / (2^-n + E), where nothing overflows; its denominator is kept in two parts,
/// and the residual of the one division corrects it.
template <floating_value V>
ONEPASS_INLINE V logistic_part(V x, V y, V rest) {
  const scaled_parts<V> e = exponential_in_parts(negated(y), negated(rest));
  const V n = negated(e.n);
  const V power = prim::scale(x.like(1), n);
  const two_parts<V> below = ordered_sum(prim::max(power, e.high), prim::min(power, e.high));
  const V inverse = 1 / below.high;
  const V quotient = x * inverse;
  const V residual = prim::fma(negated(quotient), below.low + e.low, prim::fma(negated(quotient), below.high, x));
  return prim::bit_or(prim::scale(prim::fma(residual, inverse, quotient), n), sign_of(x));
}

/// U for the tail of the normal distribution, for floats up to 14.5.
inline constexpr double gelu_tail_for_float[] = {0x1.9b9818121daccp+11, -0x1.a9aac101fbaeap+12, 0x1.638f8cc454ec3p+12,
    -0x1.215c796e874dap+11, 0x1.b6ced9bb8847ap+8, -0x1.f107115bbc4fp+5, 0x1.2bcf5969395b6p+4, 0x1.af6d6bbd119fdp+2, 0x1.9ad8096067bf1p+1,
    0x1.324706e44dccep+0, 0x1.98857c6317f3bp-2};

/// The tail of the normal distribution for f64, up to 38.6.
struct gelu_shape_f64 {
  static constexpr double k = 0x1p+0, boundary = 2, centre = 0x1.0a4p+0, turn = 0x1.7eep+2;
  static constexpr double near_middle = 0x1.0b93815f4fe18p-1, far_middle = 0x1.d8c1e47a1f08fp-2;
  static constexpr double near[] = {0x1.8cf35e9be73d7p-40, -0x1.9a8db2db3d518p-38, 0x1.7cc06474159c3p-36, -0x1.e0a00a7f2000fp-34,
      0x1.200942481945bp-31, -0x1.44d9db9465a38p-29, 0x1.64f7bbc20ea31p-27, -0x1.7cf395c134c12p-25, 0x1.89033b96e78b3p-23,
      -0x1.86e8377a40545p-21, 0x1.75a1dd0cdf263p-19, -0x1.55c2811488221p-17, 0x1.299c68b5c58edp-15, -0x1.ea285eb18dce7p-14,
      0x1.7a3c2a47da289p-12, -0x1.0defa9c9245b3p-10, 0x1.5d16f70a0d8a5p-9, -0x1.8a44be08a6cf3p-8, 0x1.6619c67c824d1p-7, -0x1.81ebdab3a3ca2p-7,
      -0x1.cf9115c777a58p-7};
  static constexpr double far[] = {0x1.35f993a979e75p-32, 0x1.4c7478b3caccbp-31, -0x1.89c6c454fea3ep-30, -0x1.8ac1e6057429bp-28,
      -0x1.dfa49b0c3fbbap-29, 0x1.0e8518e045c4cp-26, 0x1.9860d5b837e7dp-25, 0x1.84f0bc02dc72bp-25, -0x1.d7cccd5ee5a4dp-24,
      -0x1.0a5d5559ba08bp-21, -0x1.55693f00dd3fbp-21, 0x1.43ea159275f12p-20, 0x1.bb24f95bc5134p-18, 0x1.0b0637b2b03adp-17,
      -0x1.b927452db4ddap-16, -0x1.edd86fdd58994p-14, -0x1.39eded8ab4a3p-15, 0x1.0e0571495edd5p-10, 0x1.2fa3550d27d17p-9, -0x1.64b304c4642b9p-7,
      -0x1.c2cc489d5ec79p-5};
};

/// log(1 + u) = u - u^2/2 + u^3/2 L(u): the coefficients of L in u - 1/2.
struct softplus_coefficients {
  static constexpr double f32[] = {0x1.8ca386p-8, -0x1.99eacp-7, 0x1.20453ep-6, -0x1.caadfep-6, 0x1.8646d8p-5, -0x1.4ef2fcp-4, 0x1.24f7e6p-3,
      -0x1.082cd6p-2, 0x1.f323eap-2};
  static constexpr double f64[] = {-0x1.23d45e273a6c2p-15, 0x1.657286b02d806p-14, -0x1.c3f0b2c1d7171p-14, 0x1.27e61db968c6fp-13,
      -0x1.e0e65f23ebc5dp-13, 0x1.87d7fecb6b95ap-12, -0x1.36ad590deb631p-11, 0x1.ed7c245a6de79p-11, -0x1.8a56b1edb1761p-10,
      0x1.3c8d966566cc8p-9, -0x1.febb10a825d4ep-9, 0x1.9e6ba2928516ep-8, -0x1.5298671764b6p-7, 0x1.16ee426e8beedp-6, -0x1.d03166fd2e019p-6,
      0x1.871d70b72515fp-5, -0x1.4ee19d521e975p-4, 0x1.24f5477ac7172p-3, -0x1.082ce1d2e71d2p-2, 0x1.f323ecbf984bfp-2};
};

/// 2 (log(1 + u) - u + u^2 / 2) / u^2 on [0, 1].
template <floating_value V, std::size_t N>
ONEPASS_INLINE V cubic_part(V u, const double (&coefficients)[N]) {
  return u * polynomial(u - 0.5, coefficients);
}

/// log(1 + e^x) for doubles, in parts.
template <floating_value V>
ONEPASS_INLINE V softplus_in_parts(V x) {
  const V y = prim::max(x.like(-746), prim::bit_or(x, x.like(-0.0)));  // -|x|
  const scaled_parts<V> e = exponential_in_parts(y, x.like(0));
  const V u = prim::scale(e.high, e.n);
  const two_parts<V> half_square = exact_product(e.high * 0.5, u);
  const two_parts<V> start = ordered_sum(e.high, negated(half_square.high));
  const V slope = prim::fma(u, x.like(-0.5), x.like(1));  // about 1 / (1 + u)
  const V low = prim::fma(half_square.high, cubic_part(u, softplus_coefficients::f64), prim::fma(e.low, slope, start.low - half_square.low));
  return prim::select(x > 60, x, added_to(prim::max(x.like(0), x), rounded<V>({start.high, low, e.n})));
}

/// The same for doubles that become floats.
template <floating_value V>
ONEPASS_INLINE V softplus_for_float(V x) {
  const V u = value_of(exponential_for_float(prim::max(x.like(-110), prim::bit_or(x, x.like(-0.0)))));
  const V half_square = (u * 0.5) * u;
  return prim::max(x.like(0), x) + prim::fma(half_square, cubic_part(u, softplus_coefficients::f32), u - half_square);
}

template <floating_value V>
ONEPASS_INLINE V softplus_of(V x) {
  if constexpr (std::is_same_v<element_of<V>, float>) {
    return through_double(x, [](auto wide) ONEPASS_INLINE_LAMBDA { return softplus_for_float(wide); });
  } else {
    return softplus_in_parts(x);
  }
}

/// x / (1 + e^-y) for doubles that become floats.
template <floating_value V>
ONEPASS_INLINE V logistic_for_float(V x, V y) {
  return x / (1 + value_of(exponential_for_float(negated(y))));
}

}  // namespace detail

/// x sigmoid x = x / (1 + e^-x); -0 for minus infinity, keeps NaN.
struct silu_op {
  static constexpr std::string_view name = "silu";
  static constexpr accuracy error{.f32 = 0.553, .f64 = 0.777};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V above = prim::max(x.like(-110), x);
      return detail::through_double(above, [](auto wide) ONEPASS_INLINE_LAMBDA {
        return detail::logistic_for_float(wide, prim::min(wide.like(100), wide));
      });
    } else {
      const V upper = x.like(40);
      const V inside = prim::min(upper, prim::max(x.like(-760), x));
      return prim::select(upper < x, x, detail::logistic_part(inside, inside, x.like(0)));
    }
  }
};
inline constexpr operation<silu_op> silu{};

/// Another name of silu.
struct swish_op : silu_op {
  static constexpr std::string_view name = "swish";
};
inline constexpr operation<swish_op> swish{};

/// x Phi(x), where Phi is the distribution function of the normal law (the erf form); -0 for minus infinity, keeps NaN.
///
/// Below 0 the tail beyond |x| times x, see gaussian_tail.hpp; above 0, since Phi(x) = 1 - Phi(-x), x minus that.
struct gelu_op {
  static constexpr std::string_view name = "gelu";
  static constexpr accuracy error{.f32 = 0.566, .f64 = 0.95};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V limit = x.like(14.5);
      const V result = detail::through_double(prim::min(limit, prim::max(detail::negated(limit), x)), [](auto wide) ONEPASS_INLINE_LAMBDA {
        const auto a = detail::magnitude_of(wide);
        const auto tail = detail::gaussian_tail_for_float(a, a, (a * -0.5) * a, detail::gelu_tail_for_float);
        return prim::max(wide.like(0), wide) - tail;
      });
      return prim::select(limit < x, x, prim::bit_or(result, detail::sign_of(x)));
    } else {
      const V limit = x.like(38.6);
      const V a = prim::min(limit, detail::magnitude_of(x));
      const detail::scaled_parts<V> tail = detail::gaussian_tail<detail::gelu_shape_f64>(a, a, detail::exact_product(a * -0.5, a));
      const V high = prim::scale(tail.high, tail.n), low = prim::scale(tail.low, tail.n);
      const detail::two_parts<V> difference = detail::ordered_sum(prim::max(x.like(0), x), detail::negated(high));
      const V result = difference.high + (difference.low - low);
      return prim::select(limit < x, x, prim::bit_or(result, detail::sign_of(x)));
    }
  }
};
inline constexpr operation<gelu_op> gelu{};

/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, the approximation of gelu; -0 for minus infinity, keeps NaN.
///
/// That is x / (1 + e^-y) for y = x (c1 + c3 x^2), twice the argument of tanh. y is kept in two parts.
struct gelu_tanh_op {
  static constexpr std::string_view name = "gelu_tanh";
  static constexpr accuracy error{.f32 = 0.553, .f64 = 0.76};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return detail::through_double(prim::max(x.like(-11), x), [](auto wide) ONEPASS_INLINE_LAMBDA {
        const auto inside = prim::min(wide.like(7), wide);
        const auto factor = prim::fma(inside * inside, wide.like(0x1.2444f2a4d8b4bp-4), wide.like(0x1.9884533d43651p+0));
        return detail::logistic_for_float(wide, inside * factor);
      });
    } else {
      const V upper = x.like(9);
      const V inside = prim::min(upper, prim::max(x.like(-21.7), x));
      const V c1 = x.like(0x1.9884533d43651p+0), c1_low = x.like(-0x1.cbc0d30ebfd15p-54);
      const V c3 = x.like(0x1.2444f2a4d8b4bp-4), c3_low = x.like(-0x1.6c843a29d1c7p-61);
      const detail::two_parts<V> square = detail::exact_product(inside, inside);
      const detail::two_parts<V> cube = detail::exact_product(c3, square.high);
      const detail::two_parts<V> factor = detail::ordered_sum(prim::max(c1, cube.high), prim::min(c1, cube.high));
      const V rest = factor.low + (c1_low + prim::fma(c3_low, square.high, prim::fma(c3, square.low, cube.low)));
      const detail::two_parts<V> y = detail::exact_product(inside, factor.high);
      return prim::select(upper < x, x, detail::logistic_part(inside, y.high, prim::fma(inside, rest, y.low)));
    }
  }
};
inline constexpr operation<gelu_tanh_op> gelu_tanh{};

/// x tanh(log(1 + e^x)); -0 for minus infinity, keeps NaN.
///
/// With e = e^x = 2^n E that is x N / (N + 2), N = e (e + 2); the quotient is taken of N / 2^n, so nothing underflows before
/// the last scaling.
struct mish_op {
  static constexpr std::string_view name = "mish";
  static constexpr accuracy error{.f32 = 0.553, .f64 = 0.8};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return detail::through_double(prim::max(x.like(-110), x), [](auto wide) ONEPASS_INLINE_LAMBDA {
        const auto e = detail::value_of(detail::exponential_for_float(prim::min(wide.like(20), wide)));
        const auto numerator = e * (e + 2);
        return wide * (numerator / (numerator + 2));
      });
    } else {
      return in_parts(x);
    }
  }

 private:
  template <floating_value V>
  ONEPASS_INLINE static V in_parts(V x) {
    const V upper = x.like(20);
    const V inside = prim::min(upper, prim::max(x.like(-760), x));
    const detail::scaled_parts<V> e = detail::exponential_in_parts(inside, x.like(0));
    const V power = prim::scale(x.like(1), e.n), two = x.like(2);
    const V whole = e.high * power;
    const detail::two_parts<V> more = detail::ordered_sum(prim::max(two, whole), prim::min(two, whole));  // e + 2
    const detail::two_parts<V> over = detail::exact_product(e.high, more.high);
    const V over_low = prim::fma(e.low, more.high, prim::fma(e.high, prim::fma(e.low, power, more.low), over.low));
    const V below = over.high * power;
    const detail::two_parts<V> under = detail::ordered_sum(prim::max(two, below), prim::min(two, below));
    const V under_low = prim::fma(over_low, power, under.low);
    const V inverse = 1 / under.high;
    const V quotient = over.high * inverse;
    const V residual = prim::fma(detail::negated(quotient), under.high, over.high) + prim::fma(detail::negated(quotient), under_low, over_low);
    const detail::two_parts<V> product = detail::exact_product(inside, quotient);
    const V result = prim::scale(product.high + prim::fma(inside, residual * inverse, product.low), e.n);
    return prim::select(upper < x, x, prim::bit_or(result, detail::sign_of(x)));
  }
};
inline constexpr operation<mish_op> mish{};

/// log(1 + e^x); keeps NaN.
///
/// max(x, 0) + log(1 + u), where u = e^-|x| is at most 1 and log(1 + u) = u - u^2/2 + u^3/2 L(u);
/// all but the last term is in two parts.
struct softplus_op {
  static constexpr std::string_view name = "softplus";
  static constexpr accuracy error{.f32 = 0.595, .f64 = 0.98};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::softplus_of(x);
  }
};
inline constexpr operation<softplus_op> softplus{};

/// log(sigmoid x) = -softplus(-x).
struct log_sigmoid_op {
  static constexpr std::string_view name = "log_sigmoid";
  static constexpr accuracy error{.f32 = 0.595, .f64 = 0.98};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return detail::negated(detail::softplus_of(detail::negated(x)));
  }
};
inline constexpr operation<log_sigmoid_op> log_sigmoid{};

/// silu(x) * gate, each rounded.
struct swiglu_op {
  static constexpr std::string_view name = "swiglu";
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V gate) {
    return silu(x) * gate;
  }
};
inline constexpr operation<swiglu_op> swiglu{};

/// gelu(x) * gate, each rounded.
struct geglu_op {
  static constexpr std::string_view name = "geglu";
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V gate) {
    return gelu(x) * gate;
  }
};
inline constexpr operation<geglu_op> geglu{};

}  // namespace onepass
