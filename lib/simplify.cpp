// The exact rules by which an instruction is replaced while it is appended.
//
// A rule may only say what is true of every input, to the last bit: so x + 0 stays (it turns -0 into +0), and nothing
// is reassociated. Every rule returns an existing value or a literal, or a strictly smaller instruction, so appending
// terminates; and what a rule returns no rule matches, so simplifying twice changes nothing.
#include <bit>

#include <onepass/ir/program.hpp>
#include <onepass/value/scalar.hpp>
#include <onepass/value/traced.hpp>

namespace onepass {

namespace {

using outcome = simplification::outcome;

simplification unchanged() { return {}; }
simplification becomes(value_id value) { return {outcome::value, value, {}}; }
simplification becomes(const instruction& replacement) { return {outcome::replaced, 0, replacement}; }
simplification becomes_literal(dtype type, std::uint64_t bits) { return becomes(instruction{opcode::literal, type, {}, bits}); }

bool is_literal(const program& context, value_id id) { return context[id].code == opcode::literal; }
bool is_literal(const program& context, value_id id, std::uint64_t bits) {
  return is_literal(context, id) && context[id].immediate == bits;
}

/// The bits of one in a type.
std::uint64_t one_of(dtype type) {
  return type == dtype::f64 ? to_bits(1.0) : type == dtype::f32 ? to_bits(1.0f) : 1;
}
std::uint64_t negative_zero(dtype type) { return type == dtype::f64 ? to_bits(-0.0) : to_bits(-0.0f); }

simplification simplify_arithmetic(const program& context, const instruction& added) {
  const auto [a, b, c] = added.operands;
  const dtype type = added.type;
  switch (added.code) {
    case opcode::add:  // operands are ordered by id, so the literal may be either
      for (const auto& [x, zero] : {std::pair{a, b}, std::pair{b, a}}) {
        if (is_literal(context, zero, is_floating(type) ? negative_zero(type) : 0)) return becomes(x);
      }
      return unchanged();
    case opcode::sub:
      return is_literal(context, b, 0) ? becomes(a) : unchanged();
    case opcode::mul:
      for (const auto& [x, one] : {std::pair{a, b}, std::pair{b, a}}) {
        if (is_literal(context, one, one_of(type))) return becomes(x);
        if (is_integer(type) && is_literal(context, one, 0)) return becomes(one);
      }
      return unchanged();
    case opcode::div:
      return is_literal(context, b, one_of(type)) ? becomes(a) : unchanged();
    case opcode::min:
    case opcode::max:
      if (a == b) return becomes(a);
      // max(c, max(c, x)) with a literal c that is no NaN: the inner one is at least c, or NaN and second.
      if (context[b].code == added.code && context[b].operands[0] == a && is_literal(context, a)) return becomes(b);
      return unchanged();
    default:
      return unchanged();
  }
}

simplification simplify_bits(const program& context, const instruction& added) {
  const auto [a, b, c] = added.operands;
  switch (added.code) {
    case opcode::bit_and:
    case opcode::bit_or:
      return a == b ? becomes(a) : unchanged();
    case opcode::bit_xor:  // (x ^ y) ^ y
      for (const auto& [inner, y] : {std::pair{a, b}, std::pair{b, a}}) {
        if (context[inner].code != opcode::bit_xor) continue;
        if (context[inner].operands[0] == y) return becomes(context[inner].operands[1]);
        if (context[inner].operands[1] == y) return becomes(context[inner].operands[0]);
      }
      return unchanged();
    case opcode::select:
    case opcode::rarely:
      if (b == c) return becomes(b);
      if (is_literal(context, a)) return becomes(context[a].immediate != 0 ? b : c);
      return unchanged();
    case opcode::shift_left:
    case opcode::shift_right:
      return is_literal(context, b, 0) ? becomes(a) : unchanged();
    default:
      return unchanged();
  }
}

simplification simplify_conversion(const program& context, const instruction& added) {
  const value_id a = added.operands[0];
  const instruction& inner = context[a];
  if (inner.code != opcode::convert) return unchanged();
  const value_id source = inner.operands[0];
  // There and back through a wider type: each that converts holds every value of the narrower one.
  const bool widened = size_of(context[source].type) < size_of(inner.type);
  return widened && context[source].type == added.type ? becomes(source) : unchanged();
}

/// The same bits twice over are the same bits.
simplification simplify_reinterpretation(const program& context, const instruction& added) {
  const instruction& inner = context[added.operands[0]];
  if (inner.code != opcode::reinterpret) return unchanged();
  const value_id source = inner.operands[0];
  if (context[source].type == added.type) return becomes(source);
  return becomes(instruction{opcode::reinterpret, added.type, {source, 0, 0}, 0});
}

bool chooses(opcode code) { return code == opcode::select || code == opcode::rarely; }

bool is_computed(opcode code) {
  switch (code) {
    case opcode::input:
    case opcode::scalar:
    case opcode::literal:
    case opcode::lookup:
    case opcode::count:
    case opcode::position:
    case opcode::join:
    case opcode::fold:
    case opcode::scan:
    case opcode::store:
      return false;
    default:
      return true;
  }
}

simplification fold_literals(const program& context, const instruction& added) {
  const int arity = facts_of(added.code).arity;
  std::uint64_t bits[3] = {};
  for (int i = 0; i < arity; ++i) {
    if (!is_literal(context, added.operands[i])) return unchanged();
    bits[i] = context[added.operands[i]].immediate;
  }
  const dtype operand_type = context[added.operands[chooses(added.code) ? 1 : 0]].type;
  return becomes_literal(added.type, evaluate_literals(added, operand_type, bits));
}

}  // namespace

simplification simplify(const program& context, const instruction& added) {
  if (!is_computed(added.code)) return unchanged();
  if (is_literal(context, added.operands[0])) {
    const simplification folded = fold_literals(context, added);
    if (folded.what != outcome::unchanged) return folded;
  }
  switch (added.code) {
    case opcode::bit_and:
    case opcode::bit_or:
    case opcode::bit_xor:
    case opcode::shift_left:
    case opcode::shift_right:
    case opcode::select:
    case opcode::rarely:
      return simplify_bits(context, added);
    case opcode::convert:
    case opcode::truncate:
      return simplify_conversion(context, added);
    case opcode::reinterpret:
      return simplify_reinterpretation(context, added);
    default:
      return simplify_arithmetic(context, added);
  }
}

// --- literals -------------------------------------------------------------------------------------------------------

namespace {

template <element T>
std::uint64_t evaluate_truth(opcode code, scalar<T> a, scalar<T> b) {
  switch (code) {
    case opcode::less:
      return scalar<T>::less(a, b).content;
    case opcode::less_equal:
      return scalar<T>::less_equal(a, b).content;
    case opcode::equal:
      return scalar<T>::equal(a, b).content;
    default:
      return scalar<T>::unordered(a, b).content;
  }
}

template <element T>
scalar<T> evaluate_bits(opcode code, scalar<T> a, scalar<T> b) {
  switch (code) {
    case opcode::bit_and:
      return scalar<T>::bit_and(a, b);
    case opcode::bit_or:
      return scalar<T>::bit_or(a, b);
    case opcode::bit_xor:
      return scalar<T>::bit_xor(a, b);
    default:
      return scalar<T>::bit_andnot(a, b);
  }
}

template <numeric_element T>
scalar<T> evaluate_numeric(opcode code, scalar<T> a, scalar<T> b) {
  switch (code) {
    case opcode::add:
      return scalar<T>::add(a, b);
    case opcode::sub:
      return scalar<T>::sub(a, b);
    case opcode::mul:
      return scalar<T>::mul(a, b);
    case opcode::min:
      return scalar<T>::min(a, b);
    case opcode::max:
      return scalar<T>::max(a, b);
    default:
      return evaluate_bits(code, a, b);
  }
}

template <integer_element T>
scalar<T> evaluate_integer(opcode code, scalar<T> a, scalar<T> b) {
  if constexpr (sizeof(T) >= 4) {
    if (code == opcode::shift_left) return scalar<T>::shift_left(a, b);
    if (code == opcode::shift_right) return scalar<T>::shift_right(a, b);
  }
  return evaluate_numeric(code, a, b);
}

template <floating_element T>
scalar<T> evaluate_floating(opcode code, scalar<T> a, const std::uint64_t (&bits)[3]) {
  const scalar<T> b{from_bits<T>(bits[1])};
  switch (code) {
    case opcode::div:
      return scalar<T>::div(a, b);
    case opcode::sqrt:
      return scalar<T>::sqrt(a);
    case opcode::floor:
      return scalar<T>::floor(a);
    case opcode::ceil:
      return scalar<T>::ceil(a);
    case opcode::trunc:
      return scalar<T>::trunc(a);
    case opcode::round_even:
      return scalar<T>::round_even(a);
    case opcode::fma:
      return scalar<T>::fma(a, b, {from_bits<T>(bits[2])});
    case opcode::scale:
      return scalar<T>::scale(a, b);
    default:
      return evaluate_numeric(code, a, b);
  }
}

template <element T>
std::uint64_t evaluate_named(const instruction& what, scalar<T> a) {
  if constexpr (floating_element<T>) {
    if (what.code == opcode::truncate) return to_bits(scalar<T>::truncate(a).content);
  }
  if (what.code == opcode::reinterpret) return to_bits(a.content);
  return with_element_type(what.type, [a](auto to) {
    using To = typename decltype(to)::type;
    if constexpr (convertible(dtype_of<T>, dtype_of<To>)) {
      return to_bits(scalar<T>::template convert<To>(a).content);
    } else {
      return std::uint64_t{0};  // no such conversion
    }
  });
}

}  // namespace

std::uint64_t evaluate_literals(const instruction& what, dtype operand_type, const std::uint64_t (&bits)[3]) {
  if (chooses(what.code)) return bits[0] != 0 ? bits[1] : bits[2];
  return with_element_type(operand_type, [&](auto t) -> std::uint64_t {
    using T = typename decltype(t)::type;
    const scalar<T> a{from_bits<T>(bits[0])};
    const scalar<T> b{from_bits<T>(bits[1])};
    switch (facts_of(what.code).result) {
      case yields::named:
        return evaluate_named(what, a);
      case yields::truth:
        if constexpr (numeric_element<T>) return evaluate_truth(what.code, a, b);
        return 0;
      case yields::same:
        break;
    }
    if constexpr (floating_element<T>) {
      return to_bits(evaluate_floating(what.code, a, bits).content);
    } else if constexpr (integer_element<T>) {
      return to_bits(evaluate_integer(what.code, a, b).content);
    } else {
      return to_bits(evaluate_bits(what.code, a, b).content);
    }
  });
}

}  // namespace onepass
