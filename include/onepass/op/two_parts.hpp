// Numbers in two parts: an unevaluated sum high + low, the second of which holds what rounding took from the first. About
// twice the precision, where one rounding has to be the only one, or where terms cancel. After Dekker 1971 and Knuth;
// products by fma. Nobody looks after overflow, nor after low parts that underflow. Only bodies know it.
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass::detail {

/// high + low, where low is what rounding took from high, or a little more.
template <floating_value V>
struct two_parts {
  V high, low;

  // Copied member by member: as an aggregate, g++ 12 copies two wide packs through memory, which costs three times the work.
  ONEPASS_INLINE two_parts(V first, V second) : high(first), low(second) {}
  ONEPASS_INLINE two_parts(const two_parts& other) : high(other.high), low(other.low) {}
  ONEPASS_INLINE two_parts& operator=(const two_parts& other) {
    high = other.high;
    low = other.low;
    return *this;
  }
};

template <floating_value V>
ONEPASS_INLINE V negated(V x) {
  return prim::bit_xor(x, x.like(-0.0));
}

/// a + b exactly, if a is 0 or its exponent is at least that of b.
template <floating_value V>
ONEPASS_INLINE two_parts<V> ordered_sum(V a, V b) {
  const V sum = a + b;
  return {sum, (a - sum) + b};
}

/// a + b exactly.
template <floating_value V>
ONEPASS_INLINE two_parts<V> exact_sum(V a, V b) {
  const V sum = a + b;
  const V share = sum - a;
  return {sum, (a - (sum - share)) + (b - share)};
}

/// a * b exactly, but for underflow.
template <floating_value V>
ONEPASS_INLINE two_parts<V> exact_product(V a, V b) {
  const V product = a * b;
  return {product, prim::fma(a, b, negated(product))};
}

template <floating_value V>
ONEPASS_INLINE two_parts<V> product(two_parts<V> a, two_parts<V> b) {
  const two_parts<V> large = exact_product(a.high, b.high);
  return {large.high, prim::fma(a.high, b.low, prim::fma(a.low, b.high, large.low))};
}

/// a + b, if a is 0 or |a| >= |b|.
template <floating_value V>
ONEPASS_INLINE two_parts<V> sum_of_larger(two_parts<V> a, two_parts<V> b) {
  const two_parts<V> large = ordered_sum(a.high, b.high);
  return ordered_sum(large.high, large.low + (a.low + b.low));
}

}  // namespace onepass::detail
