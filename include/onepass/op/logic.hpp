// Logic, on truth values and on numbers, which are true unless they are 0; NaN is true. The two operands may differ: a
// condition beside numbers stays what it is.
#pragma once

#include <onepass/op/comparison.hpp>
#include <onepass/op/operation.hpp>

namespace onepass {

namespace detail {

/// Whether x is true.
template <ordered_value V>
ONEPASS_INLINE auto truth_of(V x) {
  if constexpr (truth_value<V>) {
    return x;
  } else {
    return not_equal(x, x.like(0));
  }
}

/// The truth of x as the truth value `beside` is one: packs of them have a width.
template <truth_value M, ordered_value V>
ONEPASS_INLINE M truth_like(M beside, V x) {
  const auto truth = truth_of(x);
  if constexpr (std::is_same_v<decltype(truth), const M>) {
    return truth;
  } else {
    return prim::select(truth, beside.like(true), beside.like(false));
  }
}

}  // namespace detail

/// Both x and y are true.
struct logical_and_op {
  static constexpr std::string_view name = "logical_and";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value A, ordered_value B>
  ONEPASS_INLINE static auto body(A x, B y) {
    const auto left = detail::truth_of(x);
    return prim::bit_and(left, detail::truth_like(left, y));
  }
};
inline constexpr operation<logical_and_op> logical_and{};

/// Either x or y is true, or both are.
struct logical_or_op {
  static constexpr std::string_view name = "logical_or";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <ordered_value A, ordered_value B>
  ONEPASS_INLINE static auto body(A x, B y) {
    const auto left = detail::truth_of(x);
    return prim::bit_or(left, detail::truth_like(left, y));
  }
};
inline constexpr operation<logical_or_op> logical_or{};

/// Exactly one of x and y is true.
struct logical_xor_op {
  static constexpr std::string_view name = "logical_xor";
  static constexpr laws holds{.commutative = true};
  template <ordered_value A, ordered_value B>
  ONEPASS_INLINE static auto body(A x, B y) {
    const auto left = detail::truth_of(x);
    return prim::bit_xor(left, detail::truth_like(left, y));
  }
};
inline constexpr operation<logical_xor_op> logical_xor{};

/// x is not true.
struct logical_not_op {
  static constexpr std::string_view name = "logical_not";
  template <ordered_value V>
  ONEPASS_INLINE static auto body(V x) {
    if constexpr (truth_value<V>) {
      return prim::bit_xor(x, x.like(true));
    } else {
      return prim::equal(x, x.like(0));
    }
  }
};
inline constexpr operation<logical_not_op> logical_not{};

using logic_operations = operation_list<logical_and_op, logical_or_op, logical_xor_op, logical_not_op>;

}  // namespace onepass
