// Rows about operations and reductions: their types from the tables of formulas, laws and errors from the registry.
#include <onepass/formula/catalogue.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string_view>

#include <onepass/core/dtype.hpp>
#include <onepass/op/registry.hpp>

#include "formula_operations.hpp"

namespace onepass {

namespace {

using type_set = std::array<bool, dtype_count>;

/// Names of sets of types, the larger sets first.
struct named_set {
  std::string_view name;
  bool (*holds)(dtype);
};
constexpr named_set named_sets[] = {
    {"any", [](dtype) { return true; }},
    {"any", [](dtype t) { return !is_storage(t); }},
    {"numbers", [](dtype t) { return t != dtype::boolean; }},
    {"numbers", [](dtype t) { return t != dtype::boolean && !is_storage(t); }},
    {"integers", is_integer},
    {"signed integers", [](dtype t) { return is_integer(t) && is_signed(t); }},
    {"unsigned integers", [](dtype t) { return is_integer(t) && !is_signed(t); }},
    {"floats", is_floating},
    {"floats", [](dtype t) { return is_floating(t) && !is_storage(t); }},
};

/// "integers, f32".
std::string text_of(type_set types) {
  std::string text;
  const auto append = [&](std::string_view word) { text += (text.empty() ? "" : ", ") + std::string(word); };
  for (const named_set& set : named_sets) {
    bool all = true;
    for (int i = 0; i < dtype_count; ++i) all = all && (!set.holds(static_cast<dtype>(i)) || types[static_cast<std::size_t>(i)]);
    if (!all) continue;
    append(set.name);
    for (int i = 0; i < dtype_count; ++i) types[static_cast<std::size_t>(i)] &= !set.holds(static_cast<dtype>(i));
  }
  for (int i = 0; i < dtype_count; ++i) {
    if (types[static_cast<std::size_t>(i)]) append(name(static_cast<dtype>(i)));
  }
  return text;
}

/// Cases that read alike: the same number of operands, a condition in front or none, and results of the same kind.
struct group {
  bool condition;
  bool same;     ///< yields the type of its operands
  dtype result;  ///< else
  type_set types{};

  bool alike(const group& other) const { return condition == other.condition && same == other.same && (same || result == other.result); }
};

bool has_condition(const operation_case& c) { return c.count > 1 && c.operands[0] != c.operands[c.count - 1]; }

std::vector<group> groups_of(std::span<const operation_case> cases, int operands) {
  std::vector<group> groups;
  const auto is_one = [&](const operation_case& c) { return c.count == operands && has_condition(c); };
  const bool any_condition = std::any_of(cases.begin(), cases.end(), is_one);
  for (const operation_case& c : cases) {
    if (c.count != operands) continue;
    const dtype type = c.operands[operands - 1];
    const group one{any_condition && c.operands[0] == dtype::boolean, c.result == type, c.result};
    auto at = std::find_if(groups.begin(), groups.end(), [&](const group& g) { return g.alike(one); });
    if (at == groups.end()) at = groups.insert(at, one);
    at->types[static_cast<std::size_t>(type)] = true;
  }
  return groups;
}

/// A type that yields its own name and others that yield it, as casts do, read as one.
void join_result(std::vector<group>& groups) {
  if (groups.size() != 2 || groups[0].condition != groups[1].condition || groups[0].same == groups[1].same) return;
  group &same = groups[groups[0].same ? 0 : 1], &fixed = groups[groups[0].same ? 1 : 0];
  type_set only{};
  only[static_cast<std::size_t>(fixed.result)] = true;
  if (same.types != only) return;
  fixed.types[static_cast<std::size_t>(fixed.result)] = true;
  groups = {group(fixed)};
}

void describe(catalogue_row& row, std::vector<group> groups) {
  join_result(groups);
  for (const group& g : groups) {
    const char* const between = row.takes.empty() ? "" : "; ";
    row.takes += between + std::string(g.condition ? "bool, then " : "") + text_of(g.types);
    row.yields += between + (g.same ? std::string("same") : std::string(name(g.result)));
  }
}

std::string text_of(const laws& holds) {
  std::string text;
  const auto append = [&](bool is, const char* word) {
    if (is) text += (text.empty() ? "" : ", ") + std::string(word);
  };
  append(holds.commutative, "commutative");
  append(holds.idempotent, "idempotent");
  append(holds.odd, "odd");
  append(holds.even, "even");
  append(holds.monotone, "monotone");
  return text;
}

std::string text_of(double error) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", error);
  return text;
}

template <class Op>
void add_operation(std::vector<catalogue_row>& to) {
  const formula_operation& known = *find_operation(Op::name);
  for (int operands = 1; operands <= operation_case::most_operands; ++operands) {
    const std::vector<group> groups = groups_of(known.cases, operands);
    if (groups.empty()) continue;
    catalogue_row row{std::string(Op::name), known.on_rows ? "rows" : "elements", operands, {}, {}, {}, {}, {}};
    describe(row, groups);
    if constexpr (requires { Op::holds; }) row.laws = text_of(Op::holds);
    if constexpr (requires { Op::error; }) row.error_f32 = text_of(Op::error.f32), row.error_f64 = text_of(Op::error.f64);
    to.push_back(std::move(row));
  }
}

template <class Op>
void add_reduction(std::vector<catalogue_row>& to) {
  catalogue_row row{std::string(Op::name), "reduction", 1, {}, "same", {}, {}, {}};
  type_set types{};
  for (const reduction_case& c : find_reduction(Op::name)->cases) types[static_cast<std::size_t>(c.type)] = true;
  row.takes = text_of(types);
  to.push_back(std::move(row));
}

}  // namespace

std::vector<std::string> catalogue_row::fields() const {
  return {name, kind, std::to_string(operands), takes, yields, laws, error_f32, error_f64};
}

std::vector<std::string> catalogue_row::titles() { return {"name", "of", "operands", "takes", "yields", "laws", "f32 ulp", "f64 ulp"}; }

std::vector<catalogue_row> catalogue() {
  std::vector<catalogue_row> rows;
  for_each_operation([&](auto type) { add_operation<typename decltype(type)::type>(rows); });
  for_each_reduction([&](auto type) { add_reduction<typename decltype(type)::type>(rows); });
  return rows;
}

}  // namespace onepass
