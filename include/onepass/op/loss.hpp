// Losses: how far predictions are from targets, as one number, or one for each row. All are means but the cross entropy,
// which is a sum along its axis.
#pragma once

#include <string_view>

#include <onepass/op/normalization.hpp>

namespace onepass {

/// The mean of (a - b)^2.
struct mse_op {
  static constexpr std::string_view name = "mse";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V a, V b) {
    const V distance = a - b;
    return mean_op::body(distance * distance);
  }
};
inline constexpr row_reducer<mse_op> mse{};

/// The mean of |a - b|.
struct l1_op {
  static constexpr std::string_view name = "l1";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V a, V b) {
    return mean_op::body(abs(a - b));
  }
};
inline constexpr row_reducer<l1_op> l1{};

/// The mean of d^2 / 2 where d = |a - b| is at most delta, and of delta * (d - delta / 2) beyond.
struct huber_op {
  static constexpr std::string_view name = "huber";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V a, V b, V delta) {
    const V distance = abs(a - b);
    return mean_op::body(prim::select(distance <= delta, 0.5 * (distance * distance), delta * (distance - 0.5 * delta)));
  }
};
inline constexpr row_reducer<huber_op> huber{};

/// The mean of -(target * log(p) + (1 - target) * log(1 - p)) for probabilities p. Logarithms are at least -100, so that
/// certain mistakes are dear and not infinitely so.
struct binary_cross_entropy_op {
  static constexpr std::string_view name = "binary_cross_entropy";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V probability, V target) {
    const V yes = prim::max(target.like(-100), log(probability)), no = prim::max(target.like(-100), log1p(negate(probability)));
    return negate(mean_op::body(target * yes + (1 - target) * no));
  }
};
inline constexpr row_reducer<binary_cross_entropy_op> binary_cross_entropy{};

/// -sum(target * log_softmax(logits)) along an axis: `softmax_cross_entropy(logits, targets, axis{-1})`. Where the target
/// is 0 the logit does not matter, even if it is -infinity.
struct softmax_cross_entropy_op {
  static constexpr std::string_view name = "softmax_cross_entropy";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V logits, V target) {
    return negate(sum(prim::select(prim::equal(target, target.like(0)), target.like(0), target * log_softmax_op::body(logits))));
  }
};
inline constexpr row_reducer<softmax_cross_entropy_op> softmax_cross_entropy{};

using loss_operations = operation_list<mse_op, l1_op, huber_op, binary_cross_entropy_op, softmax_cross_entropy_op>;

}  // namespace onepass
