// Polynomials in bodies.
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass {

/// ((c0 x + c1) x + c2) x + ..., by Horner's rule; coefficients are literals, the highest first.
template <floating_value V, class... C>
ONEPASS_INLINE V horner(V x, double first, C... rest) {
  V sum = x.like(first);
  ((sum = prim::fma(sum, x, x.like(rest))), ...);
  return sum;
}

}  // namespace onepass
