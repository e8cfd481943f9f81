// Normalisations: each row is reduced, then mapped, in one visit. Epsilons are 1e-5 unless given.
#pragma once

#include <string_view>
#include <utility>

#include <onepass/op/root.hpp>
#include <onepass/op/statistics.hpp>

namespace onepass {

/// exp(x - max(x)) / sum(exp(x - max(x))) along the last axis: positive, of sum 1, and without overflow. The division is
/// one reciprocal for each row and a product, which together round by at most 1.5 ulp.
struct softmax_op {
  static constexpr std::string_view name = "softmax";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V powers = exp(x - max(x));
    return powers * (1 / sum(powers));
  }
};
inline constexpr row_function<softmax_op> softmax{};

/// log(softmax(x)) as a whole: x - logsumexp(x), without overflow and without the logarithm of 0.
struct log_softmax_op {
  static constexpr std::string_view name = "log_softmax";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V shifted = x - logsumexp_op::finite_maximum(x);
    return shifted - log(sum(exp(shifted)));
  }
};
inline constexpr row_function<log_softmax_op> log_softmax{};

namespace detail {

/// x - mean(x), and the variance, of a row that is visited twice.
template <class V>
struct centred {
  V difference, variance;
};
template <floating_value V>
centred<V> centred_row(V x) {
  const V n = x.template row_size<element_of<V>>();
  const V difference = x - sum(x) / n;
  return {difference, sum(difference * difference) / n};
}

}  // namespace detail

/// (x - mean(x)) / stddev(x).
struct zscore_op {
  static constexpr std::string_view name = "zscore";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const auto row = detail::centred_row(x);
    return row.difference * (1 / prim::sqrt(row.variance));
  }
};
inline constexpr row_function<zscore_op> zscore{};

/// (x - min(x)) / (max(x) - min(x)): from 0 to 1.
struct minmax_normalize_op {
  static constexpr std::string_view name = "minmax_normalize";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V least = min(x);
    return (x - least) / (max(x) - least);
  }
};
inline constexpr row_function<minmax_normalize_op> minmax_normalize{};

/// x / norm_l2(x): of length 1, unless all is 0.
struct normalize_op {
  static constexpr std::string_view name = "normalize";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V length = norm_l2_op::body(x);
    return x / prim::select(prim::equal(length, length.like(0)), length.like(1), length);
  }
};
inline constexpr row_function<normalize_op> normalize{};

/// (x - mean(x)) / sqrt(variance(x) + epsilon), then scaled and shifted if a scale and a shift are given:
/// `layer_norm(x)`, `layer_norm(x, epsilon)`, `layer_norm(x, scale, shift)`, along the last axis or those named behind.
struct layer_norm_op {
  static constexpr std::string_view name = "layer_norm";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    return body(x, x.like(1e-5));
  }
  template <floating_value V>
  static V body(V x, V epsilon) {
    const auto row = detail::centred_row(x);
    return row.difference * (1 / prim::sqrt(row.variance + epsilon));
  }
  template <floating_value V>
  static V body(V x, V scale, V shift) {
    return body(x) * scale + shift;
  }
};
inline constexpr row_function<layer_norm_op> layer_norm{};

/// x / sqrt(mean(x^2) + epsilon), then scaled if a scale is given: `rms_norm(x)`, `rms_norm(x, scale)`.
struct rms_norm_op {
  static constexpr std::string_view name = "rms_norm";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V mean_square = sum(x * x) / x.template row_size<element_of<V>>();
    return x * (1 / prim::sqrt(mean_square + x.like(1e-5)));
  }
  template <floating_value V>
  static V body(V x, V scale) {
    return body(x) * scale;
  }
};
inline constexpr row_function<rms_norm_op> rms_norm{};

/// (x - mean) / sqrt(variance + epsilon) * scale + shift with statistics that are known, as when a network is applied: an
/// expression of elements, in which everything broadcasts.
template <class X, class Mean, class Variance, class Scale, class Shift>
auto batch_norm(X&& x, Mean&& mean, Variance&& variance, Scale&& scale, Shift&& shift, double epsilon = 1e-5) {
  return (std::forward<X>(x) - std::forward<Mean>(mean)) * (std::forward<Scale>(scale) * rsqrt(std::forward<Variance>(variance) + epsilon)) +
         std::forward<Shift>(shift);
}

using normalization_operations = operation_list<softmax_op, log_softmax_op, zscore_op, minmax_normalize_op, normalize_op, layer_norm_op, rms_norm_op>;

}  // namespace onepass
