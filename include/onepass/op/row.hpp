// Row operations: reduce along the last axis, then map, in one visit of each row.
//
// Their bodies are ordinary code on values too; a fold inside stands for the whole row. The planner cuts such a body
// into stages that run one after another on rows that are still in the cache.
#pragma once

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/exponential.hpp>
#include <onepass/op/reduction.hpp>

namespace onepass {

/// exp(x - max(x)) / sum(exp(x - max(x))) along the last axis: positive, of sum 1, and without overflow. The division is
/// one reciprocal for each row and a product, which together round by at most 1.5 ulp.
struct softmax_op {
  static constexpr std::string_view name = "softmax";
  static constexpr bool is_row_operation = true;
  template <floating_value V>
  static V body(V x) {
    const V powers = exp(x - max(x));
    return powers * (1 / sum(powers));
  }
};
inline constexpr operation<softmax_op> softmax{};

using row_operations = operation_list<softmax_op>;

}  // namespace onepass
