// The tail of the normal distribution in parts: what erfc and gelu have in common.
//
// e^(a^2) erfc a and e^(a^2/2) Phi(-a) fall like 1 / a. Times (a + k) they hardly vary from 0 to infinity; that product U
// is a polynomial in a near 0 and in 1 / (a + k) far from it, whose constant term is nearly all of it. So in parts the whole is a
// product of three factors whose rounding errors are all known, and is rounded once. Nothing underflows but by the last 2^n.
#pragma once

#include <onepass/op/exponential_parts.hpp>

namespace onepass::detail {

/// numerator e^(power.high + power.low) U(a) / (a + k). Shape has k and the two polynomials: `near` in a - centre below the
/// boundary, `far` in 1 - turn / (a + k) above.
template <class Shape, floating_value V>
ONEPASS_INLINE scaled_parts<V> gaussian_tail(V numerator, V a, two_parts<V> power) {
  const V k = a.like(Shape::k);
  const two_parts<V> below = ordered_sum(prim::max(k, a), prim::min(k, a));
  const V inverse = -1 / below.high;  // negated
  // 1 - (a + k) / (a + k) as it came out: the relative error of the inverse.
  const V missed = prim::fma(inverse, below.low, prim::fma(inverse, below.high, a.like(1)));
  const auto is_near = a < Shape::boundary;
  const V t = prim::select(is_near, a - Shape::centre, prim::fma(inverse, a.like(Shape::turn), a.like(1)));
  const V change = t * chosen_polynomial(is_near, t, Shape::near, t, Shape::far);
  const two_parts<V> u = ordered_sum(prim::select(is_near, a.like(Shape::near_middle), a.like(Shape::far_middle)), change);
  const scaled_parts<V> e = exponential_in_parts(power.high, power.low);
  const two_parts<V> fraction = exact_product(numerator, negated(inverse));
  const two_parts<V> product = exact_product(e.high, u.high);
  const V product_low = prim::fma(e.low, u.high, prim::fma(e.high, u.low, product.low));
  const two_parts<V> whole = exact_product(fraction.high, product.high);
  const V fraction_low = prim::fma(fraction.high, missed, fraction.low);
  return rounded<V>({whole.high, prim::fma(fraction.high, product_low, prim::fma(fraction_low, product.high, whole.low)), e.n});
}

/// The same for doubles that become floats, with k = 3 and one polynomial in 1 / (a + k).
template <floating_value V, std::size_t N>
ONEPASS_INLINE V gaussian_tail_for_float(V numerator, V a, V power, const double (&u)[N]) {
  const V inverse = 1 / (a + 3);
  return (numerator * inverse) * (polynomial(inverse, u) * value_of(exponential_for_float(power)));
}

}  // namespace onepass::detail
