// Every operation, on every combination of element types that it takes: packs, machine code and the interpreter give the
// bits of the scalar interpretation, whose meaning other tests check. An operation that is added to its family's list is
// tested here without another word.
//
// Packs run a body as the fused loop does. Machine code and interpreter run it by its name in a formula.
#include <onepass/formula/formula.hpp>
#include <onepass/onepass.hpp>
#include <onepass/run/environment.hpp>

#include <cstring>
#include <utility>

#include "operation_cases.hpp"
#include "same_bits.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

template <element T>
std::vector<std::uint64_t> bits_of_all(const std::deque<T>& values) {
  std::vector<std::uint64_t> bits;
  for (const T value : values) bits.push_back(to_bits(value));
  return bits;
}

/// Edge values for one of so many operands: every so many of them if there are many to combine.
std::vector<std::uint64_t> edges_for(dtype type, std::size_t operands) {
  const auto all = with_element_type(type, [](auto t) { return bits_of_all(edge_values<typename decltype(t)::type>()); });
  const std::size_t step = operands < 3 || all.size() <= 16 ? 1 : operands == 3 ? 7 : 13;
  std::vector<std::uint64_t> some;
  for (std::size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  if (step > 1) some.push_back(all.back());
  return some;
}

std::vector<std::uint64_t> random_bits(dtype type, std::uint64_t seed) {
  return with_element_type(type, [&](auto t) { return bits_of_all(random_values<typename decltype(t)::type>(3001, seed)); });
}

any_array array_of(dtype type, const std::vector<std::uint64_t>& elements) {
  any_array made(type, extents{elements.size()});
  const auto to = static_cast<std::byte*>(made.held()->data);
  for (std::size_t i = 0; i < elements.size(); ++i) std::memcpy(to + i * size_of(type), &elements[i], size_of(type));
  return made;
}

/// Operands of the types: edge values in all combinations, then random ones.
std::vector<any_array> operands_of(const std::vector<dtype>& types) {
  std::vector<std::vector<std::uint64_t>> edges;
  std::size_t combinations = 1;
  for (const dtype type : types) combinations *= edges.emplace_back(edges_for(type, types.size())).size();
  std::vector<any_array> operands;
  std::size_t repeat = 1;
  for (std::size_t k = 0; k < types.size(); ++k) {
    std::vector<std::uint64_t> elements;
    for (std::size_t i = 0; i < combinations; ++i) elements.push_back(edges[k][i / repeat % edges[k].size()]);
    repeat *= edges[k].size();
    const auto random = random_bits(types[k], 17 + k);
    elements.insert(elements.end(), random.begin(), random.end());
    operands.push_back(array_of(types[k], elements));
  }
  return operands;
}

any_array results_of(const operation_case& tested, operation_case::function f, const std::vector<any_array>& operands) {
  any_array results(tested.result, operands[0].shape());
  std::vector<const void*> from;
  for (const any_array& operand : operands) from.push_back(operand.data());
  const environment_scope preset;
  f(from.data(), results.held()->data, results.size());
  return results;
}

/// Element i of an array for a message, and whether it is the same as that of another.
std::string shown_at(const any_array& elements, std::size_t i) {
  return with_element_type(elements.type(), [&](auto t) { return shown(static_cast<const typename decltype(t)::type*>(elements.data())[i]); });
}
std::size_t first_difference(const any_array& a, const any_array& b) {
  return with_element_type(a.type(), [&](auto t) {
    using T = typename decltype(t)::type;
    const T *x = static_cast<const T*>(a.data()), *y = static_cast<const T*>(b.data());
    return static_cast<std::size_t>(std::mismatch(x, x + a.size(), y, [](T p, T q) { return same_bits(p, q); }).first - x);
  });
}

void expect_same(const any_array& found, const any_array& expected, const std::vector<any_array>& operands, const std::string& way) {
  ASSERT_EQ(found.type(), expected.type());
  const std::size_t i = first_difference(found, expected);
  if (i == expected.size()) return;
  std::string given;
  for (const any_array& operand : operands) given += " " + shown_at(operand, i);
  ADD_FAILURE() << way << " gives " << shown_at(found, i) << ", not " << shown_at(expected, i) << " for" << given;
}

/// The operation called by its name. What is read from memory as f16 or bf16 is computed with as f32: see storage_test.
void check_formula(const operation_case& tested, const std::vector<any_array>& operands, const any_array& expected) {
  std::string text;
  bindings given;
  for (const any_array& operand : operands) {
    if (is_storage(operand.type())) return;
    const std::string name(1, static_cast<char>('a' + given.size()));
    text += (text.empty() ? "(" : ", ") + name;
    given.emplace_back(name, operand);
  }
  const formula called(std::string(tested.name) + text + ")");
  for (const options& how : core_ways()) expect_same(called.evaluate(given, how), expected, operands, to_string(how));
}

template <int... part>
operation_cases all_cases(std::integer_sequence<int, part...>) {
  operation_cases cases;
  (append_cases<part>(cases), ...);
  return cases;
}

TEST(Operation, HasTheSameBitsOnEveryEngine) {
  const operation_cases cases = all_cases(std::make_integer_sequence<int, operation_parts>());
  EXPECT_GT(cases.size(), 500u);
  for (const operation_case& tested : cases) {
    std::string types;
    for (const dtype type : tested.operands) types += " " + std::string(name(type));
    SCOPED_TRACE(std::string(tested.name) + types);
    const std::vector<any_array> operands = operands_of(tested.operands);
    const any_array expected = results_of(tested, tested.on_scalars, operands);
    expect_same(results_of(tested, tested.on_packs, operands), expected, operands, "pack");
    check_formula(tested, operands, expected);
  }
}

}  // namespace
}  // namespace onepass::testing
