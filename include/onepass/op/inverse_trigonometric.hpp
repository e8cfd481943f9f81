// Inverse trigonometric functions. Coefficients: tools/polynomials/asin.sollya and atan.sollya. Errors are in units of
// the last place of the true value; those of f32 were measured over all 2^32 inputs, of atan2 over all pairs of edge cases
// and 10^8 random ones, those of f64 over millions of samples of every size.
//
// All end alike: an angle near 0 is known as base - correction, and is added to a multiple of pi/2 or pi/4, which takes
// two numbers too. The sum of the large ones is made without loss, and rounding happens once, at the end.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/polynomial.hpp>

namespace onepass {

namespace detail {

/// What asin and acos, and what atan and atan2 have in common.
struct inverse_waves {
  template <floating_value V>
  static constexpr bool is_float = std::is_same_v<element_of<V>, float>;
  template <floating_value V>
  using integer = std::conditional_t<is_float<V>, std::int32_t, std::int64_t>;

  template <floating_value V>
  struct two_parts {
    V base, correction;
  };

  /// `quarters` pi/4 + base - correction, where the multiple is 0 or exceeds the base. Three times the larger part of
  /// pi/4 is exact, as are the powers of two.
  template <floating_value V>
  ONEPASS_INLINE static V add_to(V quarters, two_parts<V> angle) {
    const V multiple = quarters * (is_float<V> ? 0x1.921fbp-1 : 0x1.921fb54442d18p-1);
    const V sum = multiple + angle.base;
    const V lost = angle.base - (sum - multiple);
    const V small_part = quarters.like(is_float<V> ? 0x1.5110b4p-23 : 0x1.1a62633145c07p-55);
    return sum + (lost + prim::fma(quarters, small_part, prim::bit_xor(angle.correction, quarters.like(-0.0))));
  }

  template <floating_value V>
  ONEPASS_INLINE static V sign_of(V x) {
    return prim::bit_and(x, x.like(-0.0));
  }
  template <floating_value V>
  ONEPASS_INLINE static V magnitude_of(V x) {
    return prim::bit_andnot(x.like(-0.0), x);
  }

  /// 1 / sqrt(s) to 3.5 percent, from the bits of s: enough for a correction, and finite for 0.
  template <floating_value V>
  ONEPASS_INLINE static V roughly_inverse_root(V s) {
    if constexpr (is_float<V>) {
      const auto half = prim::shift_right<1>(prim::reinterpret<std::uint32_t>(s));
      return prim::reinterpret<float>(half.like(0x5f3759dfu) - half);
    } else {
      const auto half = prim::shift_right<1>(prim::reinterpret<std::uint64_t>(s));
      return prim::reinterpret<double>(half.like(0x5fe6eb50c7b537a9u) - half);
    }
  }

  /// The arcus sine of `magnitude` or, where that is large (above 1/2), of the root of (1 - magnitude) / 2, which is half
  /// of what is missing to pi/2. The root is taken in two parts.
  template <floating_value V, truth_value M>
  ONEPASS_INLINE static two_parts<V> arc_sine(V magnitude, M large) {
    const V half_missing = prim::fma(magnitude, magnitude.like(-0.5), magnitude.like(0.5));
    const V s = prim::select(large, half_missing, magnitude * magnitude);
    const V y = prim::select(large, prim::sqrt(half_missing), magnitude);
    const V residual = prim::fma(y, y, prim::bit_xor(s, s.like(-0.0))) * roughly_inverse_root(s);
    const V excess = prim::select(large, residual * 0.5, s.like(0));
    V p;
    if constexpr (is_float<V>) {
      p = horner(s, -0x1.5959aap-5f, -0x1.8c415ap-6f, -0x1.747b72p-5f, -0x1.330206p-4f, -0x1.5555c8p-3f);
    } else {
      p = horner(s, -0x1.056d6c811bcb5p-5, 0x1.09d3283354289p-6, -0x1.3ff4a9908979ep-6, -0x1.abcf5cd7f42b6p-8, -0x1.8ec2fca6002c5p-7,
                 -0x1.c6fdc1aaa59bcp-7, -0x1.1c6be1a68770bp-6, -0x1.6e89f440197a8p-6, -0x1.f1c72c38fb342p-6, -0x1.6db6db427a4f8p-5,
                 -0x1.333333336e80fp-4, -0x1.555555555539p-3);
    }
    return {y, prim::fma(s * y, p, excess)};
  }

  /// A fraction, at most 1/2 in magnitude; its denominator is below + below_rest.
  template <floating_value V>
  struct fraction {
    V above, below, below_rest;
  };

  /// The arcus tangent. The quotient comes from one division, with what it exceeds the true one by.
  template <floating_value V>
  ONEPASS_INLINE static two_parts<V> arc_tangent(fraction<V> f) {
    const V inverse = 1 / f.below;
    const V t = f.above * inverse;
    const V residual = prim::fma(t, f.below_rest, prim::fma(t, f.below, prim::bit_xor(f.above, t.like(-0.0))));
    const V s = t * t;
    const V excess = residual * prim::fma(prim::bit_xor(s, s.like(-0.0)), inverse, inverse);  // the slope is 1 - s + ...
    V p;
    if constexpr (is_float<V>) {
      p = horner(s, 0x1.a43b3p-5f, -0x1.a01416p-4f, 0x1.224ba2p-3f, -0x1.997b1ep-3f, 0x1.555512p-2f);
    } else {
      p = horner(s, -0x1.4b83dcb5d957ap-7, 0x1.c17fb6ad5605p-6, -0x1.56f5c027c5b26p-5, 0x1.a39864e5a4c38p-5, -0x1.dfe977c6dc21ep-5,
                 0x1.10f31f1dac3ebp-4, -0x1.3b113dc14f3cdp-4, 0x1.745cf4cb39789p-4, -0x1.c71c7090e8ec7p-4, 0x1.249249215de3bp-3,
                 -0x1.9999999991142p-3, 0x1.5555555555516p-2);
    }
    return {t, prim::fma(s * t, p, excess)};
  }
};

}  // namespace detail

/// asin x. At most 0.706 ulp for f32 and 0.76 for f64; keeps -0 and NaN, NaN beyond -1 and 1.
///
/// x + x^3 S(x^2) up to 1/2, S a minimax polynomial; above, pi/2 - 2 asin(y) where y = sqrt((1 - x) / 2).
struct asin_op {
  static constexpr std::string_view name = "asin";
  static constexpr accuracy error{.f32 = 0.706, .f64 = 0.76};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using waves = detail::inverse_waves;
    const V magnitude = waves::magnitude_of(x);
    const auto large = magnitude > 0.5;
    const auto arc = waves::arc_sine(magnitude, large);
    const V factor = prim::select(large, x.like(-2), x.like(1));
    const V quarters = prim::select(large, x.like(2), x.like(0));
    return prim::bit_xor(waves::add_to(quarters, waves::two_parts<V>{factor * arc.base, factor * arc.correction}), waves::sign_of(x));
  }
};
inline constexpr operation<asin_op> asin{};

/// acos x. At most 0.681 ulp for f32 and 0.73 for f64; acos 1 is +0; keeps NaN, NaN beyond -1 and 1.
///
/// pi/2 - asin(x) up to 1/2 in magnitude; beyond, 2 asin(y) where y = sqrt((1 - |x|) / 2), or pi less that.
struct acos_op {
  static constexpr std::string_view name = "acos";
  static constexpr accuracy error{.f32 = 0.681, .f64 = 0.73};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using waves = detail::inverse_waves;
    const V magnitude = waves::magnitude_of(x);
    const auto large = magnitude > 0.5;
    const auto arc = waves::arc_sine(magnitude, large);
    const V factor = prim::bit_xor(prim::select(large, x.like(2), x.like(-1)), waves::sign_of(x));
    const V quarters = prim::select(large, prim::select(x < 0, x.like(4), x.like(0)), x.like(2));
    return waves::add_to(quarters, waves::two_parts<V>{factor * arc.base, factor * arc.correction});
  }
};
inline constexpr operation<acos_op> acos{};

/// atan x. At most 0.746 ulp for f32 and 0.68 for f64; keeps -0 and NaN, infinities give pi/2 with their sign.
///
/// Up to 1/2, t + t^3 A(t^2), A a minimax polynomial; up to 2, pi/4 plus the arcus tangent of (x - 1) / (x + 1); above,
/// pi/2 less that of 1 / x.
struct atan_op {
  static constexpr std::string_view name = "atan";
  static constexpr accuracy error{.f32 = 0.746, .f64 = 0.68};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    using waves = detail::inverse_waves;
    const V magnitude = prim::min(x.like(0x1p64), waves::magnitude_of(x));  // the literal first: a NaN passes
    const V sum = magnitude + 1;
    const auto middle = magnitude > 0.5, far = magnitude > 2;
    const V above = prim::select(far, x.like(-1), prim::select(middle, magnitude - 1, magnitude));
    const V below = prim::select(far, magnitude, prim::select(middle, sum, x.like(1)));
    const V below_rest = prim::select(far, x.like(0), prim::select(middle, magnitude - (sum - 1), x.like(0)));
    const V quarters = prim::select(far, x.like(2), prim::select(middle, x.like(1), x.like(0)));
    return prim::bit_xor(waves::add_to(quarters, waves::arc_tangent(waves::fraction<V>{above, below, below_rest})), waves::sign_of(x));
  }
};
inline constexpr operation<atan_op> atan{};

/// atan2(y, x), the angle of the point (x, y), with all the cases of C for zeros and infinities. At most 0.79 ulp for f32
/// and 0.78 for f64; NaN if either is.
///
/// Mirrored into the eighth of the plane where 0 <= y <= x; the angle there is, above x / 2, pi/4 plus that of the fraction
/// (y - x) / (y + x), so that the polynomial of atan does, and by no more divisions. Points so far out, or so near an axis, that
/// the quotient's residual would not be exact go a way of their own: for f32 in double precision, for f64 scaled.
struct atan2_op {
  static constexpr std::string_view name = "atan2";
  static constexpr accuracy error{.f32 = 0.79, .f64 = 0.78};

  template <floating_value V>
  ONEPASS_INLINE static V body(V y, V x) {
    const mirrored<V> p = mirror(y, x);
    const auto usual = finish(p, p.point);
    return prim::rarely(is_unusual(p.point), usual, [&] { return finish_unusual(y, x); });
  }

 private:
  using waves = detail::inverse_waves;

  /// A point with 0 <= y <= x, or a NaN.
  template <floating_value V>
  struct octant_point {
    V y, x;
  };

  template <floating_value V>
  using swap_truth = decltype(std::declval<V>() > std::declval<V>());

  template <floating_value V>
  struct mirrored {
    octant_point<V> point;
    swap_truth<V> swapped;
    V x, sign;
  };

  template <floating_value V>
  ONEPASS_INLINE static mirrored<V> mirror(V y, V x) {
    const V up = waves::magnitude_of(y), along = waves::magnitude_of(x);
    const auto swapped = up > along;
    return {{prim::select(swapped, along, up), prim::select(swapped, up, along)}, swapped, x, waves::sign_of(y)};
  }

  /// A zero y is usual: less one, its bits count as the largest number, since what is added to them overflows for all others.
  template <floating_value V>
  ONEPASS_INLINE static auto is_unusual(octant_point<V> point) {
    using integer = waves::integer<V>;
    constexpr integer most = std::numeric_limits<integer>::max();
    constexpr integer least = static_cast<integer>(std::is_same_v<integer, std::int32_t> ? std::int64_t{67} << 23 : std::int64_t{573} << 52);
    const auto bits = prim::reinterpret<integer>(point.y);
    return prim::bit_or(bits + most < std::numeric_limits<integer>::min() + (least - 1), point.x > (waves::is_float<V> ? 0x1p60 : 0x1p500));
  }

  /// The angle of `point`, mirrored back as p was.
  template <floating_value V>
  ONEPASS_INLINE static V finish(mirrored<V> p, octant_point<V> point) {
    const V y = point.y;
    const V x = prim::max(y.like(waves::is_float<V> ? 0x1p-60 : 0x1p-600), point.x);  // not 0; where this changes x, y is 0
    const auto steep = y > x * 0.5;
    const V sum = x + y;
    const waves::fraction<V> f{prim::select(steep, y - x, y), prim::select(steep, sum, x), prim::select(steep, y - (sum - x), x.like(0))};
    const auto arc = waves::arc_tangent(f);
    const V first = prim::select(steep, x.like(1), x.like(0));
    const V second = prim::select(p.swapped, 2 - first, first);
    const V quarters = prim::select(prim::reinterpret<waves::integer<V>>(p.x) < 0, 4 - second, second);
    const V flip = prim::bit_xor(prim::select(p.swapped, x.like(-0.0), x.like(0)), waves::sign_of(p.x));
    const V angle = waves::add_to(quarters, waves::two_parts<V>{prim::bit_xor(arc.base, flip), prim::bit_xor(arc.correction, flip)});
    return prim::bit_xor(angle, p.sign);
  }

  template <floating_value V>
  ONEPASS_INLINE static V finish_unusual(V y, V x) {
    if constexpr (waves::is_float<V>) {
      const auto p = mirror(prim::convert<double>(y), prim::convert<double>(x));
      const auto bound = p.x.like(0x1p300);  // infinities become equal, and any other number's quotient by them 0 as a float
      return prim::convert<float>(finish(p, {prim::min(bound, p.point.y), prim::min(bound, p.point.x)}));
    } else {
      const auto p = mirror(y, x);
      const V infinity = x.like(std::numeric_limits<double>::infinity());
      const auto endless = prim::equal(p.point.x, infinity);
      const V up = prim::select(endless, prim::select(prim::equal(p.point.y, infinity), x.like(1), p.point.y * 0), p.point.y);  // a NaN stays
      const V along = prim::select(endless, x.like(1), p.point.x);
      const V scale = prim::select(along > 0x1p500, x.like(0x1p-100), x.like(0x1p520));
      return finish(p, {up * scale, along * scale});
    }
  }
};
inline constexpr operation<atan2_op> atan2{};

using inverse_trigonometric_operations = operation_list<asin_op, acos_op, atan_op, atan2_op>;

}  // namespace onepass
