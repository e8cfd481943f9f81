// Activations of neural networks.
#pragma once

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/exponential.hpp>

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

using activation_operations = operation_list<relu_op>;

}  // namespace onepass
