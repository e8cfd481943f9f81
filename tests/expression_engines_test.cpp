// Expressions as users write them, by every engine: all engines give the same bits, for every length around the widths
// of registers, every misalignment, and with pages that must not be touched right before or behind every operand.
//
// What single instructions and loops mean is checked elsewhere against the definition; here engines meet each other on
// what only whole expressions have: broadcasting, mixed types, common parts, reductions with producers, rows, several
// results.
#include <onepass/onepass.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "guarded_memory.hpp"
#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr std::size_t most_rows = 3, most_columns = 2 * 64 + 1, most_elements = most_rows * most_columns;
constexpr std::size_t line = 64;
constexpr auto canary = std::byte{0xa5};

/// Where operands and results begin or end.
struct placement {
  bool at_end;          ///< flush with the page behind, else so many elements behind the page before
  std::size_t offset;
};

/// Guarded memory for elements of one type, with values of every kind to fill it.
template <element T>
class room {
 public:
  explicit room(std::uint64_t seed) : memory_(most_elements * sizeof(T) + line) {
    const auto edges = edge_values<T>();
    const auto random = random_values<T>(most_elements, seed);
    for (std::size_t i = 0; i < most_elements; ++i) values_.push_back(i % 4 == 0 ? edges[(i / 4 + seed) % edges.size()] : random[i]);
  }

  T* place(std::size_t count, const placement& where) const {
    return reinterpret_cast<T*>(where.at_end ? memory_.end() - count * sizeof(T) : memory_.begin() + where.offset * sizeof(T) % line);
  }
  view<const T> filled(const extents& shape, const placement& where) const {
    T* const first = place(shape.size(), where);
    std::copy_n(values_.begin(), shape.size(), first);
    return borrow(static_cast<const T*>(first), shape);
  }
  void wipe() const { std::fill(memory_.begin(), memory_.end(), canary); }
  bool is_untouched_around(const T* first, std::size_t count) const {
    const auto is_canary = [](std::byte b) { return b == canary; };
    const auto* const begin = reinterpret_cast<const std::byte*>(first);
    return std::all_of(static_cast<const std::byte*>(memory_.begin()), begin, is_canary) &&
           std::all_of(begin + count * sizeof(T), static_cast<const std::byte*>(memory_.end()), is_canary);
  }

 private:
  guarded_memory memory_;
  std::deque<T> values_;
};

/// The operands that expressions are made of: matrices of all types, a row, a column.
struct operands {
  view<const float> x, y, row, column;
  view<const double> d;
  view<const std::int32_t> i;
  view<const std::uint8_t> u;
  view<const bool> t;
};

/// Memory of all operands.
class stage_of_operands {
 public:
  operands at(std::size_t rows, std::size_t columns, const placement& where) const {
    const extents matrix{rows, columns};
    return {x_.filled(matrix, where), y_.filled(matrix, where), row_.filled({columns}, where), column_.filled({rows, 1}, where),
            d_.filled(matrix, where), i_.filled(matrix, where), u_.filled(matrix, where),      t_.filled(matrix, where)};
  }

 private:
  room<float> x_{1}, y_{2}, row_{3}, column_{4};
  room<double> d_{5};
  room<std::int32_t> i_{6};
  room<std::uint8_t> u_{7};
  room<bool> t_{8};
};

/// What is different, if anything is.
template <element T>
std::string difference(const T* got, const std::vector<std::uint64_t>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const T right = from_bits<T>(expected[i]);
    if (!same_bits(got[i], right)) return "element " + std::to_string(i) + " is " + shown(got[i]) + ", not " + shown(right);
  }
  return {};
}

/// The only place where E is evaluated: loops are inlined, and many copies of them take long to compile.
template <class E>
[[gnu::noinline]] void evaluate_here(const options& how, view<typename E::element_type> to, const E& e) {
  evaluate_into(how, std::tie(to), e);
}

/// Evaluates in every way and compares with the first.
template <class E>
void compare_ways(const room<typename E::element_type>& result, const placement& where, const E& e) {
  using T = typename E::element_type;
  const extents shape = e.shape();
  T* const to = result.place(shape.size(), where);
  std::vector<std::uint64_t> expected;
  for (const options& how : all_ways()) {
    result.wipe();
    evaluate_here(how, borrow(to, shape), e);
    if (expected.empty()) {
      for (std::size_t i = 0; i < shape.size(); ++i) expected.push_back(to_bits(to[i]));
    }
    ASSERT_EQ(difference(to, expected), "") << to_string(how) << " against " << to_string(all_ways()[0]);
    ASSERT_TRUE(result.is_untouched_around(to, shape.size())) << to_string(how);
  }
}

/// Calls f for every placement and shape, beginning with so many columns.
void for_each_place(std::size_t least_columns, const std::function<void(std::size_t rows, std::size_t columns, const placement& where)>& f) {
  const auto go = [&](std::size_t rows, std::size_t columns, const placement& where) {
    const std::string place = where.at_end ? "at the end" : "offset " + std::to_string(where.offset);
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + ", " + place);
    f(rows, columns, where);
  };
  for (const std::size_t rows : {std::size_t{1}, most_rows}) {
    for (std::size_t columns = least_columns; columns <= most_columns; ++columns) {
      go(rows, columns, {true, 0});
      go(rows, columns, {false, 0});
    }
    for (std::size_t offset = 1; offset < line; ++offset) go(rows, 37, {false, offset});
  }
}

/// Checks one expression, made from operands by `make`, everywhere and in every way.
template <class Make>
void check(Make make, std::size_t least_columns = 0) {
  const stage_of_operands stage;
  const room<typename decltype(make(std::declval<operands>()))::element_type> result(0);
  for_each_place(least_columns, [&](std::size_t rows, std::size_t columns, const placement& where) {
    if (::testing::Test::HasFatalFailure()) return;
    compare_ways(result, where, make(stage.at(rows, columns, where)));
  });
}

TEST(Engines, AgreeOnBroadcastRowsAndColumns) {
  check([](const operands& o) { return op::relu(o.x * o.row) + o.column; });
}
TEST(Engines, AgreeOnMixedTypes) {
  check([](const operands& o) { return op::cast<float>(o.i) * o.x + op::cast<float>(o.u); });
}
TEST(Engines, AgreeOnDoublesBesideFloats) {
  check([](const operands& o) { return op::cast<double>(o.x) * o.d + op::cast<double>(o.y < 1); });
}
TEST(Engines, AgreeOnNarrowing) {
  check([](const operands& o) { return op::cast<std::uint8_t>(o.d * 3) + op::cast<std::uint8_t>(o.i); });
}
TEST(Engines, AgreeOnConditions) {
  check([](const operands& o) { return op::where(o.t, o.x, op::where(o.x < o.y, o.row, o.column)); });
}
TEST(Engines, AgreeOnTruthValues) {
  check([](const operands& o) { return op::where(o.t, o.x <= o.y, o.d != 0.5); });
}
TEST(Engines, AgreeOnConstants) {
  check([](const operands& o) { return op::clip(o.x * 2 + 1e30f, -1e-42f, 3e38f) - 0.0f; });
}
TEST(Engines, AgreeOnCommonParts) {
  check([](const operands& o) { return (o.x + o.y) * (o.x + o.y) - op::sqrt(o.x + o.y); });
}
TEST(Engines, AgreeOnIntegersThatWrap) {
  check([](const operands& o) { return op::abs(o.i * 65537 - op::cast<std::int32_t>(o.u)) + o.i; });
}
TEST(Engines, AgreeOnBytes) {
  check([](const operands& o) { return op::maximum(o.u * 3, op::minimum(o.u + 200, 100)); });
}
TEST(Engines, AgreeOnFunctions) {
  check([](const operands& o) { return op::fma(op::exp(o.x), op::round(o.y), op::floor(o.row)); });
}
TEST(Engines, AgreeOnSoftmax) {
  check([](const operands& o) { return op::softmax(o.x); }, 1);
}
TEST(Engines, AgreeOnSumsOfRows) {
  check([](const operands& o) { return op::sum(o.x * o.row, op::axis{-1}); });
}
TEST(Engines, AgreeOnRowsBesideTheirSums) {
  check([](const operands& o) { return o.x / op::sum(op::abs(o.x), op::axis{-1}, op::keepdims); });
}
TEST(Engines, AgreeOnLargestOfEverything) {
  check([](const operands& o) { return op::max(op::abs(o.d)); }, 1);
}

// Several results, among them numbers, from one evaluation.
TEST(Engines, AgreeOnSeveralResults) {
  const stage_of_operands stage;
  const room<float> result(0), sums(1);
  for_each_place(1, [&](std::size_t rows, std::size_t columns, const placement& where) {
    const operands o = stage.at(rows, columns, where);
    auto y = borrow(result.place(rows * columns, where), {rows, columns});
    auto s = borrow(sums.place(rows, where), {rows});
    std::vector<std::uint64_t> expected_y, expected_s;
    double expected_m = 0;
    for (const options& how : all_ways()) {
      result.wipe();
      sums.wipe();
      double m = 0;
      evaluate_into(how, std::tie(y, s, m), op::relu(o.x * o.y) + o.row, op::sum(o.x, op::axis{-1}), op::max(o.d));
      if (expected_y.empty()) {
        for (std::size_t i = 0; i < y.size(); ++i) expected_y.push_back(to_bits(y.data()[i]));
        for (std::size_t i = 0; i < s.size(); ++i) expected_s.push_back(to_bits(s.data()[i]));
        expected_m = m;
      }
      ASSERT_EQ(difference(y.data(), expected_y), "") << to_string(how);
      ASSERT_EQ(difference(s.data(), expected_s), "") << to_string(how);
      ASSERT_TRUE(same_bits(m, expected_m)) << to_string(how) << ": " << shown(m) << ", not " << shown(expected_m);
      ASSERT_TRUE(result.is_untouched_around(y.data(), y.size()) && sums.is_untouched_around(s.data(), s.size())) << to_string(how);
    }
  });
}

// Numbers have a quick way of their own.
TEST(Engines, AgreeOnNumbers) {
  const stage_of_operands stage;
  for_each_place(0, [&](std::size_t rows, std::size_t columns, const placement& where) {
    const operands o = stage.at(rows, columns, where);
    const auto e = op::sum(op::relu(o.x) * 0.5f);
    float expected = 0;
    for (const options& how : all_ways()) {
      const float got = evaluate(how, e);
      if (how.engine == engine::fused) expected = got;
      ASSERT_TRUE(same_bits(got, expected)) << to_string(how) << ": " << shown(got) << ", not " << shown(expected);
    }
  });
}

// --- folds as operands: here all engines share the plan, so right means what the words say ---------------------------

/// Rows of ones, twos, threes, of four elements each.
array<float> steps() {
  array<float> x({3, 4});
  for (int r = 0; r < 3; ++r) {
    for (int c = 0; c < 4; ++c) x(r, c) = static_cast<float>(r + 1);
  }
  return x;
}

template <class E>
std::vector<float> elements(const options& how, const E& e) {
  const array<float> y = evaluate(how, e);
  return {y.begin(), y.end()};
}

TEST(SumsOfRows, MayBeOperandsOfWhatHasTheirShape) {
  const array<float> x = steps();
  for (const options& how : all_ways()) {
    EXPECT_EQ(elements(how, op::sum(x, op::axis{-1}) * 2), (std::vector<float>{8, 16, 24})) << to_string(how);
    EXPECT_EQ(elements(how, op::sum(x, op::axis{-1}, op::keepdims) * 2), (std::vector<float>{8, 16, 24})) << to_string(how);
  }
}

TEST(SumsOfRows, MayBeRowsThemselves) {
  const array<float> x = steps();
  const array<float> y({2, 3}, 1.0f);
  for (const options& how : all_ways()) {
    EXPECT_EQ(elements(how, y + op::sum(x, op::axis{-1})), (std::vector<float>{5, 9, 13, 5, 9, 13})) << to_string(how);
    EXPECT_EQ(elements(how, op::sum(y * op::sum(x, op::axis{-1}), op::axis{-1})), (std::vector<float>{24, 24})) << to_string(how);
  }
}

TEST(SumsOfRows, StretchToTheShapeOfWhatChoosesThem) {
  const array<float> x = steps();
  const array<bool> c({3, 2}, true);
  for (const options& how : all_ways()) {
    const auto s = op::sum(x, op::axis{-1}, op::keepdims);
    EXPECT_EQ(elements(how, op::where(c, s, s)), (std::vector<float>{4, 4, 8, 8, 12, 12})) << to_string(how);
  }
}

TEST(SumsOfRows, MayBeAskedForInBothShapes) {
  const array<float> x = steps();
  for (const options& how : all_ways()) {
    const auto [kept, dropped] = evaluate(how, op::sum(x, op::axis{-1}, op::keepdims), op::sum(x, op::axis{-1}));
    EXPECT_EQ(std::vector<float>(kept.begin(), kept.end()), (std::vector<float>{4, 8, 12})) << to_string(how);
    EXPECT_EQ(std::vector<float>(dropped.begin(), dropped.end()), (std::vector<float>{4, 8, 12})) << to_string(how);
  }
}

}  // namespace
}  // namespace onepass::testing
