// Tables of operations and reductions, made from the registry once; and arithmetic on numbers alone.
#include "formula_operations.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <onepass/core/error.hpp>
#include <onepass/op/registry.hpp>

namespace onepass {

namespace {

// --- tables ---

template <class Op, class... T>
value_id run_body(program& written, const value_id* operands) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Op::body(traced<T>{&written, operands[I]}...).id;
  }(std::index_sequence_for<T...>{});
}

template <class Op, class... T>
void add_case(formula_operation& made) {
  if constexpr (takes<Op, T...>) {
    const dtype types[] = {dtype_of<T>...};
    if (made.find(types) != nullptr) return;  // a condition beside truth values is an operand like them
    made.cases.push_back({sizeof...(T), {dtype_of<T>...}, dtype_of<yields_of<Op, T...>>, run_body<Op, T...>});
  }
}

/// Calls f(std::type_identity<T>{}) for every element type.
template <class F>
void for_each_element_type(F&& f) {
  for (int i = 0; i < dtype_count; ++i) with_element_type(static_cast<dtype>(i), f);
}

template <class Op>
formula_operation make_operation() {
  formula_operation made{Op::name, row_operation<Op>, false, true, {}};
  if constexpr (row_operation<Op>) made.reduces = row_reduction<Op>, made.empty_allowed = Op::empty_allowed;
  for_each_element_type([&](auto type) {
    using T = typename decltype(type)::type;
    add_case<Op, T>(made);
    add_case<Op, T, T>(made);
    add_case<Op, T, T, T>(made);
    if constexpr (!row_operation<Op>) add_case<Op, bool, T, T>(made);
  });
  return made;
}

template <class Op, element T>
value_id join_two(program& written, value_id earlier, value_id later) {
  return Op::combine(traced<T>{&written, earlier}, traced<T>{&written, later}).id;
}

template <class Op>
formula_reduction make_reduction() {
  formula_reduction made{Op::name, {}, {}};
  for_each_element_type([&](auto type) {
    using T = typename decltype(type)::type;
    made.joined[static_cast<int>(dtype_of<T>)] = dtype_of<joined_in<Op, T>>;
    if constexpr (reduces<Op, T>) made.cases.push_back({dtype_of<T>, reduction_of<Op, T>, join_two<Op, T>});
  });
  return made;
}

struct tables {
  std::vector<formula_operation> operations;
  std::vector<formula_reduction> reductions;
  std::vector<std::string_view> names;
};

tables make_tables() {
  tables made;
  for_each_operation([&](auto type) { made.operations.push_back(make_operation<typename decltype(type)::type>()); });
  for_each_reduction([&](auto type) { made.reductions.push_back(make_reduction<typename decltype(type)::type>()); });
  for (const formula_operation& op : made.operations) made.names.push_back(op.name);
  for (const formula_reduction& op : made.reductions) made.names.push_back(op.name);
  return made;
}

/// Never destroyed: formulas may be evaluated while static objects die.
const tables& all() {
  static const tables& made = *new tables(make_tables());
  return made;
}

template <class Entry>
const Entry* find_name(const std::vector<Entry>& entries, std::string_view name) {
  const auto at = std::find_if(entries.begin(), entries.end(), [name](const Entry& e) { return e.name == name; });
  return at == entries.end() ? nullptr : &*at;
}

}  // namespace

const formula_operation* find_operation(std::string_view name) { return find_name(all().operations, name); }
const formula_reduction* find_reduction(std::string_view name) { return find_name(all().reductions, name); }
std::span<const std::string_view> callable_names() { return all().names; }

const operation_case* formula_operation::find(std::span<const dtype> types) const {
  for (const operation_case& c : cases) {
    if (std::equal(types.begin(), types.end(), c.operands, c.operands + c.count)) return &c;
  }
  return nullptr;
}

int formula_operation::fewest_operands() const {
  return std::min_element(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.count < b.count; })->count;
}

int formula_operation::most_operands() const {
  return std::max_element(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.count < b.count; })->count;
}

const reduction_case* formula_reduction::find(dtype type) const {
  const auto at = std::find_if(cases.begin(), cases.end(), [type](const reduction_case& c) { return c.type == type; });
  return at == cases.end() ? nullptr : &*at;
}

// --- numbers ---

std::uint64_t number::bits_as(dtype to) const {
  return with_element_type(to, [&](auto as) -> std::uint64_t {
    using T = typename decltype(as)::type;
    if constexpr (floating_element<T>) {
      return to_bits(is_floating(type) ? static_cast<T>(floating) : static_cast<T>(integer));
    } else if constexpr (storage_element<T>) {
      return to_bits(T(is_floating(type) ? static_cast<float>(floating) : static_cast<float>(integer)));
    } else if constexpr (std::is_same_v<T, bool>) {
      return to_bits(integer != 0);
    } else {
      if (std::in_range<T>(integer)) return to_bits(static_cast<T>(integer));
      throw value_error("the number " + std::to_string(integer) + " does not fit " + std::string(name(to)));
    }
  });
}

namespace {

/// The number whose bits a literal has.
number number_of(const instruction& literal) {
  ONEPASS_EXPECTS(literal.code == opcode::literal);
  return with_element_type(literal.type, [&](auto type) {
    using T = typename decltype(type)::type;
    const T value = from_bits<T>(literal.immediate);
    number made{literal.type, 0, 0};
    if constexpr (floating_element<T> || storage_element<T>) {
      made.floating = static_cast<double>(static_cast<computed_type<T>>(value));
    } else {
      made.integer = static_cast<std::int64_t>(value);
    }
    return made;
  });
}

/// Runs a case on literals, of which a program makes one literal.
number run_on_literals(const operation_case& how, const number* operands) {
  program scratch;
  value_id ids[operation_case::most_operands];
  for (int i = 0; i < how.count; ++i) ids[i] = scratch.literal(how.operands[i], operands[i].bits_as(how.operands[i]));
  return number_of(scratch[how.run(scratch, ids)]);
}

/// Integers that overflow are far from the floating result of the same operation; a rounded quotient is near.
void check_integer(const formula_operation& what, const operation_case& how, const number* operands, const number& result) {
  dtype types[operation_case::most_operands];
  for (int i = 0; i < how.count; ++i) types[i] = is_integer(how.operands[i]) ? dtype::f64 : how.operands[i];
  const operation_case* const exact = what.find(std::span(types, static_cast<std::size_t>(how.count)));
  if (exact == nullptr || !is_floating(exact->result)) return;
  const double expected = run_on_literals(*exact, operands).floating;
  if (!std::isfinite(expected) || std::abs(expected - static_cast<double>(result.integer)) < 1) return;
  throw value_error(std::string(what.name) + ": the result for these numbers does not fit " + std::string(name(result.type)) +
                    "; write one of them with a point");
}

}  // namespace

number apply(const formula_operation& what, const operation_case& how, const number* operands) {
  const number result = run_on_literals(how, operands);
  if (is_integer(result.type)) check_integer(what, how, operands, result);
  return result;
}

number reduce(const reduction_case& how, const number& only) {
  program scratch;
  const value_id identity = scratch.literal(how.type, how.how().identity);
  return number_of(scratch[how.join(scratch, identity, scratch.literal(how.type, only.bits_as(how.type)))]);
}

}  // namespace onepass
