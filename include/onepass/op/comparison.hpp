// Comparisons, of all element types. They yield truth values; any comparison with NaN is false, but not_equal, which is
// true. Truth values are ordered too: false < true.
#pragma once

#include <onepass/op/operation.hpp>

namespace onepass {

/// What has an order: numbers and truth values.
template <class V>
concept ordered_value = numeric_value<V> || truth_value<V>;

/// x < y.
struct less_op {
  static constexpr std::string_view name = "less";
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_andnot(x, y);
    } else {
      return prim::less(x, y);
    }
  }
};
inline constexpr operation<less_op> less{};

/// x <= y.
struct less_equal_op {
  static constexpr std::string_view name = "less_equal";
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_or(prim::bit_xor(x, x.like(true)), y);
    } else {
      return prim::less_equal(x, y);
    }
  }
};
inline constexpr operation<less_equal_op> less_equal{};

/// x > y.
struct greater_op {
  static constexpr std::string_view name = "greater";
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    return less(y, x);
  }
};
inline constexpr operation<greater_op> greater{};

/// x >= y.
struct greater_equal_op {
  static constexpr std::string_view name = "greater_equal";
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    return less_equal(y, x);
  }
};
inline constexpr operation<greater_equal_op> greater_equal{};

/// x == y.
struct equal_op {
  static constexpr std::string_view name = "equal";
  static constexpr laws holds{.commutative = true};
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_xor(prim::bit_xor(x, y), x.like(true));
    } else {
      return prim::equal(x, y);
    }
  }
};
inline constexpr operation<equal_op> equal{};

/// x != y.
struct not_equal_op {
  static constexpr std::string_view name = "not_equal";
  static constexpr laws holds{.commutative = true};
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x, V y) {
    if constexpr (truth_value<V>) {
      return prim::bit_xor(x, y);
    } else {
      const auto same = prim::equal(x, y);
      return prim::bit_xor(same, same.like(true));
    }
  }
};
inline constexpr operation<not_equal_op> not_equal{};

using comparison_operations =
    operation_list<less_op, less_equal_op, greater_op, greater_equal_op, equal_op, not_equal_op>;

}  // namespace onepass
