// The C++ operators on arrays, views and expressions. Each is the operation of the same meaning; % is the partner of /,
// as in C++: x == (x / y) * y + x % y for integers. Without data there is nothing to decide: && and || take both operands.
#pragma once

#include <onepass/expression/node.hpp>
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/bits.hpp>
#include <onepass/op/comparison.hpp>
#include <onepass/op/division.hpp>
#include <onepass/op/logic.hpp>

namespace onepass {

/// What an operator applies to: at least one of its operands is lazy.
template <class A, class B>
concept operands = operand_or_number<A> && operand_or_number<B> && (operand<A> || operand<B>);

#define ONEPASS_OPERATOR(symbol, op)                              \
  template <class A, class B>                                     \
    requires operands<A, B>                                       \
  ONEPASS_INLINE auto operator symbol(A&& a, B&& b) {             \
    return make_node<op>(std::forward<A>(a), std::forward<B>(b)); \
  }
ONEPASS_OPERATOR(+, add_op)
ONEPASS_OPERATOR(-, subtract_op)
ONEPASS_OPERATOR(*, multiply_op)
ONEPASS_OPERATOR(/, divide_op)
ONEPASS_OPERATOR(%, fmod_op)
ONEPASS_OPERATOR(&, bit_and_op)
ONEPASS_OPERATOR(|, bit_or_op)
ONEPASS_OPERATOR(^, bit_xor_op)
ONEPASS_OPERATOR(<<, shift_left_op)
ONEPASS_OPERATOR(>>, shift_right_op)
ONEPASS_OPERATOR(&&, logical_and_op)
ONEPASS_OPERATOR(||, logical_or_op)
ONEPASS_OPERATOR(<, less_op)
ONEPASS_OPERATOR(<=, less_equal_op)
ONEPASS_OPERATOR(>, greater_op)
ONEPASS_OPERATOR(>=, greater_equal_op)
ONEPASS_OPERATOR(==, equal_op)
ONEPASS_OPERATOR(!=, not_equal_op)
#undef ONEPASS_OPERATOR

template <operand A>
ONEPASS_INLINE auto operator-(A&& a) {
  return make_node<negate_op>(std::forward<A>(a));
}
template <operand A>
ONEPASS_INLINE auto operator~(A&& a) {
  return make_node<bit_not_op>(std::forward<A>(a));
}
template <operand A>
ONEPASS_INLINE auto operator!(A&& a) {
  return make_node<logical_not_op>(std::forward<A>(a));
}

}  // namespace onepass
