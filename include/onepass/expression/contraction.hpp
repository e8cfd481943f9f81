// Products that are sums over a broadcast: nothing is made in between, each operand is read once.
#pragma once

#include <utility>

#include <onepass/array/viewing.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/expression/operators.hpp>

namespace onepass {

/// The matrix times the vector, (m, n) by (n) to (m); further dimensions in front are as many products.
/// Throws shape_error unless they broadcast.
template <operand A, operand X>
auto matvec(A&& a, X&& x) {
  return sum(std::forward<A>(a) * std::forward<X>(x), axis{-1});
}

/// All products of an element of `a`, an array or view of one dimension, and one of `b`: (m) and (n) give (m, n).
template <operand A, operand B>
auto outer(const A& a, B&& b) {
  return expand_dims(a, -1) * std::forward<B>(b);
}

}  // namespace onepass
