// What an operation is: a struct with a name and one generic body, and the object through which it is called.
//
//   struct square_op {
//     static constexpr std::string_view name = "square";
//     template <numeric_value V>
//     ONEPASS_INLINE static V body(V x) { return x * x; }
//   };
//   inline constexpr operation<square_op> square{};
//
// That is all: applied to values (in other bodies) the object runs the body; applied to arrays and expressions it
// makes a node; applied to plain numbers it computes one element. The body's constraints are the operation's type
// rules. Operations know values, never arrays, layouts or engines.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <onepass/op/axes.hpp>
#include <onepass/value/scalar.hpp>
#include <onepass/value/traced.hpp>
#include <onepass/value/value.hpp>

namespace onepass {

/// Properties that hold for every input, and that a test checks by their definition (odd and even for signed types).
struct laws {
  bool commutative = false;  ///< f(x, y) = f(y, x)
  bool idempotent = false;   ///< f(f(x)) = f(x), or f(x, x) = x
  bool odd = false;          ///< f(-x) = -f(x)
  bool even = false;         ///< f(-x) = f(x)
  bool monotone = false;     ///< x <= y implies f(x) <= f(y)
};

/// The largest error of a function, in units of the last place of the true value; measured over all 2^32 floats, and for
/// f64 on samples and hard cases. An operation that states none is exact as its description says, or rounds once.
///
///   static constexpr accuracy error{.f32 = 0.892, .f64 = 0.911};
struct accuracy {
  double f32;
  double f64;
};

/// An operation on rows: its body may fold along them, so an element depends on its whole row.
template <class Op>
concept row_operation = requires { requires Op::is_row_operation; };

/// One that leaves one element of each row: its body computes it from folds.
template <class Op>
concept row_reduction = row_operation<Op> && requires { requires Op::is_reduction; };

/// What an operation leaves of the shape.
template <class Op>
consteval folded form_of() {
  if constexpr (requires { Op::form; }) {
    return Op::form;
  } else {
    return folded::no;
  }
}

/// Arrays, views and expressions: what is computed lazily.
template <class A>
concept operand = std::remove_cvref_t<A>::is_operand;

template <class A>
concept operand_or_number = operand<A> || std::is_arithmetic_v<std::remove_cvref_t<A>>;

/// True if the body of Op takes operands of element types T..., one each.
template <class Op, class... T>
concept takes = requires(traced<T>... x) { Op::body(x...); };

/// The element type that Op yields for operands of element types T...
template <class Op, class... T>
using yields_of = element_of<decltype(Op::body(std::declval<traced<T>>()...))>;

namespace detail {

/// The first value among arguments, whose interpretation the literals beside it take.
template <class First, class... Rest>
ONEPASS_INLINE auto first_value(First first, Rest... rest) {
  if constexpr (numeric_value<First> || sizeof...(Rest) == 0) {
    return first;
  } else {
    return first_value(rest...);
  }
}

template <class V, class A>
ONEPASS_INLINE auto as_value(V beside, A argument) {
  if constexpr (value<A>) {
    return argument;
  } else {
    return beside.like(argument);
  }
}

}  // namespace detail

/// The object that an operation is called through.
template <class Op>
struct operation {
  using op = Op;

  /// In a body: on values, and literals beside them.
  template <class... A>
    requires(value<A> || ...)
  ONEPASS_INLINE constexpr auto operator()(A... arguments) const {
    const auto beside = detail::first_value(arguments...);
    return Op::body(detail::as_value(beside, arguments)...);
  }

  /// On arrays, views and expressions: a node of an expression.
  template <operand_or_number... A>
    requires(operand<A> || ...)
  ONEPASS_INLINE constexpr auto operator()(A&&... arguments) const {
    return make_node<Op>(std::forward<A>(arguments)...);
  }

  /// On numbers of one element type: a number.
  template <element T, std::same_as<T>... Rest>
    requires takes<Op, T, Rest...>
  auto operator()(T first, Rest... rest) const {
    return Op::body(scalar<T>{first}, scalar<Rest>{rest}...).content;
  }
};

/// A list of operations; each family ends with one, and the registry joins them.
template <class... Op>
struct operation_list {};

}  // namespace onepass
