// Formulas: the bits of the C++ expression of the same form; every mistake found, with its place; nothing that text
// can do is worse than an error.
#include <onepass/onepass.hpp>

#include <onepass/formula/formula.hpp>
#include <onepass/op/registry.hpp>

#include <xmmintrin.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

template <element T>
array<T> sample(const extents& shape, std::uint64_t seed) {
  array<T> made(shape);
  const std::deque<T> edges = edge_values<T>(), random = random_values<T>(made.size(), seed);
  T* const elements = made.data();
  for (std::size_t i = 0; i < made.size(); ++i) elements[i] = i % 3 == 0 ? edges[(i / 3 + seed) % edges.size()] : random[i];
  return made;
}

/// Operands of all types, whose shapes broadcast.
const array<float> a = sample<float>({6, 5, 7}, 1), w = sample<float>({7}, 2), v = sample<float>({5, 1}, 3);
const array<double> d = sample<double>({5, 7}, 4);
const array<std::int32_t> i = sample<std::int32_t>({5, 7}, 5), j = sample<std::int32_t>({6, 1, 7}, 6);
const array<std::uint8_t> u = sample<std::uint8_t>({5, 7}, 7);
const array<bool> m = sample<bool>({5, 7}, 8);

bindings operands() {
  return {{"a", a}, {"w", w}, {"v", v}, {"d", d}, {"i", i}, {"j", j}, {"u", u}, {"m", m}, {"b", 0.1}, {"f", 0.1f}, {"k", 3}, {"t", true}};
}

/// The bindings that a formula wants, as far as there are any.
bindings wanted_by(const formula& what, const bindings& offered = operands()) {
  bindings chosen;
  for (const binding& one : offered) {
    const auto& names = what.names();
    if (std::find(names.begin(), names.end(), one.name) != names.end()) chosen.push_back(one);
  }
  return chosen;
}

void expect_same(const any_array& got, const any_array& expected) {
  ASSERT_EQ(got.type(), expected.type());
  ASSERT_EQ(got.shape(), expected.shape());
  with_element_type(got.type(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const x = static_cast<const T*>(got.data());
    const T* const y = static_cast<const T*>(expected.data());
    for (std::size_t k = 0; k < got.size(); ++k) {
      ASSERT_TRUE(same_bits(T(x[k]), T(y[k]))) << "element " << k << ": " << shown(T(x[k])) << ", not " << shown(T(y[k]));
    }
  });
}

/// The value of a C++ expression. It goes to the core without a fused loop: loops for so many types would take minutes
/// to compile, and that they have the same bits is tested elsewhere.
template <class E>
any_array value_of(const E& e) {
  using types = launch::listed<E>;
  static constinit site here{};
  static constexpr fused_loops no_loops{};
  static constexpr expression_list what{&here, trace<E>, &no_loops, isa::baseline, types::leaf_types.type, types::leaves, types::scalars,
                                        types::places, 1, types::shapes, types::first_place.of, types::types};
  block_reference held;
  destination to = array_destination(held, dtype_of<typename E::element_type>, e.shape(), 1);
  evaluate_in_core({.engine = engine::interpreted}, what, launch::gathered<E>(e), &to);
  return any_array(std::move(held));
}

void check_text(const std::string& text, const any_array& expected, const bindings& offered = operands()) {
  SCOPED_TRACE(text);
  const formula what(text);
  for (const options& how : core_ways()) {
    SCOPED_TRACE(to_string(how));
    expect_same(what.evaluate(wanted_by(what, offered), how), expected);
  }
}

template <class E>
void check(const std::string& text, const E& expression) {
  check_text(text, value_of(as_expression(expression)));
}

/// What a formula throws, as "type_error: message", or what it yields.
std::string outcome_of(const std::string& text, const bindings& offered = operands()) {
  try {
    const formula what(text);
    return to_string(what.evaluate(wanted_by(what, offered)));
  } catch (const formula_error& problem) {
    return std::string("formula_error: ") + problem.what();
  } catch (const type_error& problem) {
    return std::string("type_error: ") + problem.what();
  } catch (const shape_error& problem) {
    return std::string("shape_error: ") + problem.what();
  } catch (const value_error& problem) {
    return std::string("value_error: ") + problem.what();
  }
}

/// The outcome of a mistake in one line of text: kind, column, what is said, the line, the caret.
std::string mistake(const std::string& kind, std::size_t column, const std::string& what, const std::string& text) {
  return kind + ": formula, column " + std::to_string(column) + ": " + what + "\n  " + text + "\n  " + std::string(column - 1, ' ') + "^";
}

// --- bits ---

TEST(Formula, HasTheBitsOfTheExpression) {
  check("relu(a*w)+0.1", relu(a * w) + 0.1);
  check("relu(a*w)+b", relu(a * w) + 0.1);
  check("relu(a*w)+f", relu(a * w) + 0.1f);
  check("a-w-v", a - w - v);
  check("a-(w-v)", a - (w - v));
  check("a*w+v*a/w", a * w + v * a / w);
  check("-a*-w", -a * -w);
  check("--a", -(-a));
  check("+a - -2", a - (-2));
  check("2-a", 2 - a);
  check("1/a", 1 / a);
  check("a+k", a + 3);
  check("i*j-k", i * j - 3);
  check("i/j", i / j);
  check("u*2+i", u * 2 + i);
  check("d*a+f32(u)", d * a + cast<float>(u));
  check("a < w", a < w);
  check("a+1 >= w*2", a + 1 >= w * 2);
  check("u != i", u != i);
  check("a == a", a == a);
  check("where(a>0, a, 0.1*a)", where(a > 0, a, 0.1 * a));
  check("where(m, 1, 2)", where(m, 1, 2));
  check("where(m, 1, 2.5)", where(m, 1, 2.5));
  check("where(m, a, d)", where(m, a, d));
  check("where(t, a, 1)", where(true, a, 1));
  check("clip(a, -1, 1) + f32(clip(i, 0, 255)) ", clip(a, -1, 1) + cast<float>(clip(i, 0, 255)));
  check("fma(a, w, v)", op::fma(a, w, v));
  check("exp(-abs(a)) / (1 + sqrt(w))", exp(-abs(a)) / (1 + sqrt(w)));
  check("0.5*a*(1+tanh(0.79788456*(a+0.044715*a*a*a)))", 0.5 * a * (1 + tanh(0.79788456 * (a + 0.044715 * a * a * a))));
  check("maximum(minimum(a, w), -inf)", maximum(minimum(a, w), -std::numeric_limits<double>::infinity()));
  check("u8(a)+u8(i)", cast<std::uint8_t>(a) + cast<std::uint8_t>(i));
  check("i32(d) + i32(m)", cast<std::int32_t>(d) + cast<std::int32_t>(m));
  check("bool(a)", cast<bool>(a));
  check("a", a);
  check("(((m)))", m);
}

TEST(Formula, HasTheBitsOfReductionsAndRows) {
  const array<float> x = [] {
    array<float> moderate({40, 301});
    float* to = moderate.data();
    for (std::size_t n = 0; n < moderate.size(); ++n) to[n] = static_cast<float>(n % 977) / 97.0f - 4.0f;
    return moderate;
  }();
  const auto compare = [&](const std::string& text, const auto& expression) {
    check_text(text, value_of(as_expression(expression)), {{"x", x}});
  };
  compare("sum(x)", sum(x));
  compare("max(x*2)", max(x * 2));
  compare("sum(x, axis=-1)", sum(x, axis{-1}));
  compare("sum(x, axis=1)", sum(x, axis{1}));
  compare("sum(x, axis=0)", sum(x, axis{0}));
  compare("min(x, axis=-2, keepdims=true)", min(x, axis{-2}, keepdims));
  compare("mean(x)", mean(x));
  compare("variance(x, axis=0)", variance(x, axis{0}));
  compare("x - mean(x, axis=0, keepdims=true)", x - mean(x, axis{0}, keepdims));
  compare("argmax(x, axis=1)", argmax(x, axis{1}));
  compare("logsumexp(x, axis=0) * 2", logsumexp(x, axis{0}) * 2);
  compare("softmax(x, axis=0)", softmax(x, axis{0}));
  compare("mse(x, x*2)", mse(x, x * 2));
  compare("sum(mean(x, axis=0)) + max(stddev(x, axis=1))", sum(mean(x, axis{0})) + max(stddev(x, axis{1})));
  compare("max(x, axis=-1, keepdims=true)", max(x, axis{-1}, keepdims));
  compare("max(x, keepdims=false, axis=-1)", max(x, axis{-1}));
  compare("sum(x, keepdims=false)", sum(x));
  compare("x - max(x)", x - max(x));
  compare("x / sum(x*x, axis=-1, keepdims=true)", x / sum(x * x, axis{-1}, keepdims));
  compare("softmax(x)", softmax(x));
  compare("softmax(x - 1, axis=-1) * 2", softmax(x - 1) * 2);
  compare("sum(softmax(x)*x, axis=1) + sum(x)", sum(softmax(x) * x, axis{1}) + sum(x));
  compare("max(x, axis=-1) + f64(sum(x))", max(x, axis{-1}) + cast<double>(sum(x)));
}

TEST(Formula, ResultsOfRowsAreElementsOfTheirOwn) {
  array<float> x({3, 4});
  for (int n = 0; n < 12; ++n) x.data()[n] = static_cast<float>(n);
  check_text("sum(x, axis=-1)", array<float>::from({6, 22, 38}), {{"x", x}});
  check_text("sum(x, axis=-1) * 2", array<float>::from({12, 44, 76}), {{"x", x}});
  check_text("sum(x, axis=-1) + sum(x)", array<float>::from({72, 88, 104}), {{"x", x}});
  check_text("max(x, axis=-1) - sum(x, axis=-1)", array<float>::from({-3, -15, -27}), {{"x", x}});
}

// --- the registry ---

/// The operation called by its name on elements of types T..., if it takes them: the bits of the scalar interpretation.
template <class Op, class... T>
void check_call() {
  if constexpr (takes<Op, T...>) {
    constexpr std::size_t count = 300;
    const std::tuple columns{random_values<T>(count, 11 + sizeof...(T))...};
    const auto shuffled = [](std::size_t k, std::size_t operand) { return (k * (2 * operand + 1) + operand) % count; };
    std::string text = std::string(Op::name) + "(";
    bindings given;
    array<yields_of<Op, T...>> expected({count});
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto add_operand = [&]<class E>(std::type_identity<E>, std::size_t operand, const std::deque<E>& column) {
        const std::string name(1, static_cast<char>('p' + operand));
        text += (operand > 0 ? ", " : "") + name;
        array<E> elements({count});
        for (std::size_t k = 0; k < count; ++k) elements.data()[k] = column[shuffled(k, operand)];
        given.emplace_back(name, elements);
      };
      (add_operand(std::type_identity<T>{}, I, std::get<I>(columns)), ...);
      for (std::size_t k = 0; k < count; ++k) {
        expected.data()[k] = Op::body(scalar<T>{std::get<I>(columns)[shuffled(k, I)]}...).content;
      }
    }(std::index_sequence_for<T...>{});
    check_text(text + ")", expected, given);
  }
}

template <class Op, class... T>
void check_calls() {
  (check_call<Op, T>(), ...);
  (check_call<Op, T, T>(), ...);
  (check_call<Op, T, T, T>(), ...);
  (check_call<Op, bool, T, T>(), ...);
}

TEST(Formula, CallsEveryOperationOfTheRegistryByName) {
  for_each_operation([](auto type) {
    using Op = typename decltype(type)::type;
    if constexpr (!row_operation<Op>) check_calls<Op, bool, std::uint8_t, std::int32_t, float, double>();
  });
}

TEST(Formula, CallsEveryReductionOfTheRegistryByName) {
  for_each_reduction([](auto type) {
    using Op = typename decltype(type)::type;
    EXPECT_NO_THROW(formula(std::string(Op::name) + "(x)").evaluate({{"x", d}}));
  });
}

// --- mistakes ---

TEST(Formula, ShowsThePlaceOfAMistakeInTheText) {
  const auto expect = [](std::size_t column, const std::string& what, const std::string& text) {
    EXPECT_EQ(outcome_of(text), mistake("formula_error", column, what, text));
  };
  expect(1, "expected a number, a name or '(', found the end", "");
  expect(3, "expected a number, a name or '(', found the end", "a+");
  expect(3, "expected a number, a name or '(', found '*'", "a+*w");
  expect(3, "expected an operator, found 'w'", "a w");
  expect(3, "this '(' is never closed", "a*(w+1");
  expect(5, "this '(' is never closed", "relu(a");
  expect(6, "expected an operator, found ')'", "a * w)");
  expect(1, "unknown operation 'rellu'; did you mean 'relu'?", "rellu(a)");
  expect(1, "unknown operation 'quaternion'", "quaternion(a)");
  expect(1, "relu takes 1 operand", "relu()");
  expect(9, "relu takes 1 operand", "relu(a, w)");
  expect(1, "clip takes 3 operands", "clip(a, 1)");
  expect(8, "sum takes 1 operand; the axis is given by name, as in sum(x, axis=-1)", "sum(a, 1)");
  expect(13, "an axis is a whole number, such as -1 for the last one", "sum(a, axis=w)");
  expect(8, "sum takes no argument called 'axes'", "sum(a, axes=1)");
  expect(17, "'axis' is given twice", "sum(a, axis=-1, axis=-1)");
  expect(1, "keepdims needs an axis, as in sum(x, axis=-1, keepdims=true)", "sum(a, keepdims=true)");
  expect(7, "comparisons do not chain; 'x < y and y < z' is written where(x < y, y < z, false)", "a < w < v");
  expect(2, "there is no power operator; write a product such as x*x", "a**2");
  expect(3, "a formula is one expression, without assignments; equality is '=='", "y = a");
  expect(2, "a number cannot be followed by 'a'; a product is written 2*x", "2a");
  expect(1, "the integer '99999999999999999999' is too large; with a point it is a floating number", "99999999999999999999");
  expect(1, "the number '1e999' is out of the range of f64", "1e999");
  EXPECT_EQ(outcome_of("a +\n  w +* v"),
            "formula_error: formula, line 2, column 6: expected a number, a name or '(', found '*'\n    w +* v\n       ^");
  EXPECT_EQ(outcome_of("\xc3\xa9 + a"),
            "formula_error: formula, column 1: unexpected character; formulas are made of printable ASCII\n  ? + a\n  ^");
}

TEST(Formula, ShowsThePlaceOfOperandsThatDoNotFit) {
  const auto expect = [](const std::string& kind, std::size_t column, const std::string& what, const std::string& text) {
    EXPECT_EQ(outcome_of(text), mistake(kind, column, what, text));
  };
  expect("type_error", 9, "add: operands of f32 and i32 do not meet; convert one of them, for example with f32(...)", "(a * w) + i");
  expect("type_error", 3, "multiply: a floating number beside an array of i32; convert the array, for example with f32(...)", "i * 0.5");
  expect("type_error", 5, "sqrt does not take i32; convert with f32(...)", "1 + sqrt(i)");
  expect("type_error", 3, "add does not take bool and bool", "m + m");
  expect("value_error", 5, "the number 300 does not fit u8", "u + 300");
  expect("shape_error", 1, "sum: axis 3 does not exist in shape (6, 5, 7)", "sum(a, axis=3)");
  expect("type_error", 1, "mean takes an array", "mean(3)");
  const std::string shapes = outcome_of("a + x", {{"a", a}, {"x", array<float>({4})}});
  EXPECT_TRUE(shapes.starts_with("shape_error: formula, column 3: ")) << shapes;
  EXPECT_NE(shapes.find("(6, 5, 7)"), std::string::npos) << shapes;
  EXPECT_NE(shapes.find("(4,)"), std::string::npos) << shapes;
}

TEST(Formula, EveryNameIsBoundOnce) {
  const formula sum_of_two("a + w");
  const auto outcome = [&](const bindings& given) -> std::string {
    try {
      sum_of_two.evaluate(given);
      return "none";
    } catch (const value_error& problem) {
      return problem.what();
    }
  };
  EXPECT_EQ(sum_of_two.names(), (std::vector<std::string>{"a", "w"}));
  EXPECT_EQ(outcome({{"w", w}, {"a", a}}), "none");
  EXPECT_EQ(outcome({{"a", a}}), "formula, column 5: nothing is bound to 'w'\n  a + w\n      ^");
  EXPECT_EQ(outcome({{"a", a}, {"w", w}, {"ww", w}}), "formula: 'ww' is bound, but the formula has no such name; did you mean 'w'?");
  EXPECT_EQ(outcome({{"a", a}, {"w", w}, {"a", a}}), "formula: 'a' is bound twice");
  EXPECT_EQ(outcome({{"a", a}, {"w", any_array()}}),
            "formula, column 5: the array bound to it is empty: it has neither type nor shape\n  a + w\n      ^");
  EXPECT_EQ(outcome({{"a", a}, {"w", dtype::f32, {7}}}),
            "formula, column 5: 'w' is only described; to evaluate takes its elements\n  a + w\n      ^");
  EXPECT_THROW(binding("k", std::uint64_t(1) << 63), value_error);
}

TEST(Formula, TheFusedEngineIsRefused) {
  const options fused{.engine = engine::fused};
  EXPECT_THROW(formula("a").evaluate({{"a", a}}, fused), value_error);
  EXPECT_THROW(formula("a").explain({{"a", a}}, fused), value_error);
}

// --- text that means harm ---

std::string repeated(std::string_view text, std::size_t count) {
  std::string made;
  for (std::size_t n = 0; n < count; ++n) made += text;
  return made;
}

TEST(Formula, EnormousTextIsRefused) {
  const auto expect = [](const std::string& what, const std::string& text) {
    const std::string outcome = outcome_of(text);
    EXPECT_TRUE(outcome.starts_with("formula_error: ")) << outcome.substr(0, 200);
    EXPECT_NE(outcome.find(what), std::string::npos) << outcome.substr(0, 200);
    EXPECT_LT(outcome.size(), 500u);
  };
  const std::string nested = "nested deeper than 256 levels";
  expect(nested, repeated("(", 1000000));
  expect(nested, repeated("(", 257) + "a" + repeated(")", 257));
  expect(nested, repeated("-", 1000000) + "a");
  expect(nested, repeated("relu(", 100000) + "a" + repeated(")", 100000));
  expect(nested, repeated("-(", 200) + "a" + repeated(")", 200));
  expect("at most 1048576 are read", "a" + repeated("+a", 1000000));
  expect("more than 10000 operations", "a" + repeated("+a", 10001));
  expect("more than 1000 reductions", "sum(a)" + repeated("+sum(a)", 1000));
  std::string names = "n0";
  for (int n = 1; n <= 1000; ++n) names += "+n" + std::to_string(n);
  expect("more than 1000 names", names);
}

TEST(Formula, WhatTheLimitsAllowIsEvaluated) {
  const any_array one = array<float>({2}, 1.0f);
  EXPECT_EQ(to_string(formula(repeated("(", 256) + "a" + repeated(")", 256)).evaluate({{"a", one}})), "[1. 1.]");
  EXPECT_EQ(to_string(formula("a" + repeated("+a", 1000)).evaluate({{"a", one}})), "[1001. 1001.]");
  std::string distinct = "a";
  for (int n = 1; n <= 1000; ++n) distinct += "+" + std::to_string(n);
  EXPECT_EQ(to_string(formula(distinct).evaluate({{"a", one}})), "[500501. 500501.]");
  std::string names = "n0";
  bindings given{{"n0", one}};
  for (int n = 1; n < 100; ++n) {
    names += "+n" + std::to_string(n);
    given.emplace_back("n" + std::to_string(n), any_array(array<float>({2}, static_cast<float>(n))));
  }
  EXPECT_EQ(to_string(formula(names).evaluate(given)), "[4951. 4951.]");
}

/// Evaluates text that may be anything: all ways agree, or all throw the same. True if there was a value.
bool expect_agreement(const std::string& text) {
  SCOPED_TRACE(text);
  std::vector<any_array> values;
  std::vector<std::string> outcomes;
  for (const options& how : core_ways()) {
    try {
      const formula what(text);
      values.push_back(what.evaluate(wanted_by(what), how));
    } catch (const error& problem) {
      outcomes.emplace_back(problem.what());
    }
  }
  for (const any_array& value : values) expect_same(value, values.front());
  for (const std::string& outcome : outcomes) EXPECT_EQ(outcome, outcomes.front());
  EXPECT_TRUE(values.empty() || outcomes.empty());
  return !values.empty();
}

TEST(Formula, AnyTextIsReadOrRefused) {
  constexpr std::string_view words[] = {"a", "w", "v", "d", "i", "u", "m", "b", "k", "t", "(", ")", "(", ")", ",", "+", "-", "*", "/", "<",
                                        "==", "relu(", "sum(", "softmax(", "where(", "max(", "f32(", "clip(", ", axis=-1)",
                                        ", axis=-1, keepdims=true)", "1", "2.5", "1e9", "true", "=", "axis", " ", "\n", ".",
                                        "1e", "[", "\xff", "nan", "inf", "zzz"};
  std::mt19937_64 random(1);
  for (int n = 0; n < 4000; ++n) {
    std::string text;
    for (std::uint64_t left = 1 + random() % 9; left > 0; --left) text += words[random() % std::size(words)];
    expect_agreement(text);
  }
}

/// A formula that can be read, though its types and shapes may not fit.
std::string random_formula(std::mt19937_64& random, int depth) {
  const auto inside = [&] { return random_formula(random, depth - 1); };
  constexpr std::string_view leaves[] = {"a", "a", "w", "v", "a", "w", "f", "b", "0.5", "3", "i", "d"};
  constexpr std::string_view infixes[] = {"+", "-", "*", "/", "<", "=="};
  constexpr std::string_view calls[] = {"relu", "exp", "sqrt", "abs", "f32", "sum", "max", "tanh"};
  if (depth == 0) return std::string(leaves[random() % std::size(leaves)]);
  switch (random() % 5) {
    case 0:
    case 1:
      return "(" + inside() + std::string(infixes[random() % std::size(infixes)]) + inside() + ")";
    case 2:
      return std::string(calls[random() % std::size(calls)]) + "(" + inside() + ")";
    case 3:
      return "sum(" + inside() + ", axis=-1, keepdims=true)";
    default:
      return "where(" + inside() + ">" + inside() + ", " + inside() + ", " + inside() + ")";
  }
}

TEST(Formula, AllEnginesAgreeOnRandomFormulas) {
  std::mt19937_64 random(2);
  int evaluated = 0;
  for (int n = 0; n < 400; ++n) evaluated += expect_agreement(random_formula(random, 1 + n % 3));
  EXPECT_GT(evaluated, 100);
}

// --- one formula, many evaluations ---

TEST(Formula, AnotherNumberCompilesNothing) {
  const formula scaled("relu(a * 1.25) + s");
  const options how{.engine = engine::compiled};
  scaled.evaluate({{"a", a}, {"s", 0.5}}, how);
  const std::size_t before = capabilities().kernels;
  const any_array other = scaled.evaluate({{"a", a}, {"s", -7.0}}, how);
  EXPECT_EQ(capabilities().kernels, before);
  expect_same(other, value_of(relu(a * 1.25) + -7.0));
}

TEST(Formula, FollowsTheTypesAndShapesOfItsBindings) {
  const formula doubled("x + x");
  expect_same(doubled.evaluate({{"x", a}}), value_of(a + a));
  expect_same(doubled.evaluate({{"x", i}}), value_of(i + i));
  expect_same(doubled.evaluate({{"x", w}}), value_of(w + w));
  EXPECT_EQ(to_string(doubled.evaluate({{"x", 2}})), "4");
  EXPECT_EQ(to_string(doubled.evaluate({{"x", 0.25}})), "0.5");
}

TEST(Formula, NumbersAloneAreComputed) {
  EXPECT_EQ(outcome_of("1 + 2 * 3"), "7");
  EXPECT_EQ(outcome_of("(1 + 2) * 3"), "9");
  EXPECT_EQ(outcome_of("7 / 2"), "3");
  EXPECT_EQ(outcome_of("-7 / 2"), "-3");
  EXPECT_EQ(outcome_of("7 / 2.0"), "3.5");
  EXPECT_EQ(outcome_of("10 - 4 - 3"), "3");
  EXPECT_EQ(outcome_of("sqrt(2)"), "1.4142135623730951");
  EXPECT_EQ(outcome_of("2 < 3"), "True");
  EXPECT_EQ(outcome_of("b"), "0.1");
  EXPECT_EQ(outcome_of("f"), "0.1");
  EXPECT_EQ(outcome_of("sum(2.5)"), "2.5");
  EXPECT_EQ(outcome_of("2000000000 + 2000000000"),
            mistake("value_error", 12, "add: the result for these numbers does not fit i32; write one of them with a point",
                    "2000000000 + 2000000000"));
}

TEST(Formula, EvaluatesInPlaceWhatNobodyShares) {
  const formula next("x * 0.5 + 1");
  any_array x = array<float>({1000}, 4.0f);
  const void* const before = x.data();
  for (int n = 0; n < 3; ++n) next.evaluate_into(x, {{"x", array<float>({1000}, 4.0f)}});
  EXPECT_EQ(x.data(), before);
  expect_same(x, array<float>({1000}, 3.0f));
  const any_array shared = x;
  next.evaluate_into(x, {{"x", x}});
  EXPECT_NE(x.data(), shared.data());
  expect_same(shared, array<float>({1000}, 3.0f));
  expect_same(x, array<float>({1000}, 2.5f));
}

TEST(Formula, AFailedEvaluationLeavesTheResultAlone) {
  any_array x = array<float>({3}, 4.0f);
  EXPECT_THROW(formula("i + a").evaluate_into(x, {{"a", a}, {"i", i}}), type_error);
  EXPECT_THROW(formula("w + y").evaluate_into(x, {{"w", w}, {"y", array<float>({2})}}), shape_error);
  expect_same(x, array<float>({3}, 4.0f));
}

TEST(Formula, SeveralThreadsMayUseOne) {
  const formula shared("sum(relu(a * w) + v, axis=-1)");
  const any_array expected = value_of(sum(relu(a * w) + v, axis{-1}));
  std::vector<std::thread> threads;
  std::vector<int> same(8);
  for (std::size_t t = 0; t < same.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < 50; ++n) {
        const any_array got = shared.evaluate(wanted_by(shared), {.engine = n % 2 == 0 ? engine::compiled : engine::interpreted});
        same[t] += std::equal(static_cast<const float*>(got.data()), static_cast<const float*>(got.data()) + got.size(),
                              static_cast<const float*>(expected.data()), [](float x, float y) { return same_bits(x, y); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(same.size(), 50));
}

TEST(Formula, DescribedArraysAreEnoughToExplain) {
  const formula what("relu(a*w)+b");
  const explanation said = what.explain({{"a", dtype::f32, {1000, 1000}}, {"w", dtype::f32, {1000}}, {"b", 0.5}});
  EXPECT_EQ(said.passes, 1u);
  EXPECT_EQ(said.bytes_read, 4004000u);
  EXPECT_EQ(said.bytes_written, 4000000u);
  EXPECT_EQ(said.text(), what.explain({{"b", 2.5}, {"w", array<float>({1000})}, {"a", array<float>({1000, 1000})}}).text());
}

TEST(Formula, TheCallersRoundingModeIsKeptAndChangesNothing) {
  const unsigned before = _mm_getcsr();
  const any_array expected = formula("a / 3 + 0.1").evaluate({{"a", a}});
  _mm_setcsr(before | 0x8040u | 0x6000u);  // towards zero, subnormals flushed
  const unsigned strange = _mm_getcsr();
  const any_array got = formula("a / 3 + 0.1").evaluate({{"a", a}});
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & ~0x3fu, strange & ~0x3fu);
  expect_same(got, expected);
}

}  // namespace
}  // namespace onepass::testing
