// Row operations: reduce along axes, by default the last one, then map, in one visit of each row.
//
// Their bodies are ordinary code on values too; a fold inside stands for the whole row. The planner cuts such a body
// into stages that run one after another on rows that are still in the cache.
#pragma once

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/exponential.hpp>
#include <onepass/op/reduction.hpp>

namespace onepass {

/// The object that a row operation is called through: `softmax(x)` along the last axis, `softmax(x, axis{0})` along others.
template <class Op>
struct row_function {
  using op = Op;

  // clang-format off
  template <operand_or_number... A> requires(operand<A> || ...)
  auto operator()(A&&... arguments) const { return make_row_node<Op>(axis{-1}, std::forward<A>(arguments)...); }
  template <operand A>
  auto operator()(A&& a, const axes& along) const { return make_row_node<Op>(along, std::forward<A>(a)); }
  template <operand A, operand_or_number B>
  auto operator()(A&& a, B&& b, const axes& along) const { return make_row_node<Op>(along, std::forward<A>(a), std::forward<B>(b)); }
  template <operand A, operand_or_number B, operand_or_number C>
  auto operator()(A&& a, B&& b, C&& c, const axes& along) const { return make_row_node<Op>(along, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c)); }
  // clang-format on

  /// In the body of another one: along its rows.
  template <class... A>
    requires(value<A> || ...)
  auto operator()(A... arguments) const {
    const auto beside = detail::first_value(arguments...);
    return Op::body(detail::as_value(beside, arguments)...);
  }
};

/// exp(x - max(x)) / sum(exp(x - max(x))) along the last axis: positive, of sum 1, and without overflow. The division is
/// one reciprocal for each row and a product, which together round by at most 1.5 ulp.
struct softmax_op {
  static constexpr std::string_view name = "softmax";
  static constexpr bool is_row_operation = true;
  static constexpr bool empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const V powers = exp(x - max(x));
    return powers * (1 / sum(powers));
  }
};
inline constexpr row_function<softmax_op> softmax{};

using row_operations = operation_list<softmax_op>;

}  // namespace onepass
