// Double-word arithmetic in bodies: a number as the sum of two values, the second of which holds what the first one
// lost; about 105 bits in f64. After Dekker 1971 and Knuth; products by fma. Neither overflow nor the underflow of low
// parts is looked after. Nothing here may be reordered, which prim:: guarantees.
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass::detail {

template <floating_value V>
struct double_word {
  V high, low;
};

template <floating_value V>
ONEPASS_INLINE V negative(V x) {
  return prim::bit_xor(x, x.like(-0.0));
}

/// a + b exactly, for a = 0 or |a| >= |b|.
template <floating_value V>
ONEPASS_INLINE double_word<V> fast_sum(V a, V b) {
  const V sum = a + b;
  return {sum, (a - sum) + b};
}

/// a + b exactly.
template <floating_value V>
ONEPASS_INLINE double_word<V> exact_sum(V a, V b) {
  const V sum = a + b;
  const V share = sum - a;
  return {sum, (a - (sum - share)) + (b - share)};
}

/// a * b exactly.
template <floating_value V>
ONEPASS_INLINE double_word<V> exact_product(V a, V b) {
  const V product = a * b;
  return {product, prim::fma(a, b, negative(product))};
}

template <floating_value V>
ONEPASS_INLINE double_word<V> product(double_word<V> a, double_word<V> b) {
  const double_word<V> large = exact_product(a.high, b.high);
  return {large.high, prim::fma(a.high, b.low, prim::fma(a.low, b.high, large.low))};
}

/// a + b for a = 0 or |a| >= |b|.
template <floating_value V>
ONEPASS_INLINE double_word<V> sum_of_larger(double_word<V> a, double_word<V> b) {
  const double_word<V> large = fast_sum(a.high, b.high);
  return fast_sum(large.high, large.low + (a.low + b.low));
}

}  // namespace onepass::detail
