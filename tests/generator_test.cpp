// Generators: the elements that NumPy gives, on every engine, wherever they stand, and not a byte of memory read.
#include <onepass/onepass.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

#include "same_bits.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// The elements of an array in order.
template <class T>
std::vector<T> elements_of(const array<T>& a) {
  return std::vector<T>(a.begin(), a.end());
}

/// Evaluates on every engine; all results have to be these.
template <class E, class T>
void expect_everywhere(const E& e, const extents& shape, const std::vector<T>& expected) {
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    const auto y = evaluate(how, e);
    ASSERT_EQ(y.shape(), shape);
    ASSERT_EQ(elements_of(y), expected);
  }
}

TEST(Index, CountsAlongItsAxis) {
  expect_everywhere(index({2, 3}, axis{0}), {2, 3}, std::vector<std::int64_t>{0, 0, 0, 1, 1, 1});
  expect_everywhere(index({2, 3}, axis{-1}), {2, 3}, std::vector<std::int64_t>{0, 1, 2, 0, 1, 2});
  expect_everywhere(index<std::int32_t>({2, 2, 2}, axis{1}), {2, 2, 2}, std::vector<std::int32_t>{0, 0, 1, 1, 0, 0, 1, 1});
}

TEST(Index, IsRightInEveryTileAndOnAnyThread) {
  const std::int64_t rows = 700, columns = 1100;
  for (const int threads : {1, 2}) {
    for (const options& how : all_ways(threads)) {
      SCOPED_TRACE(to_string(how));
      const auto row = index<std::int32_t>({rows, columns}, axis{0}), column = index<std::int32_t>({rows, columns}, axis{1});
      const array<std::int32_t> y = evaluate(how, row * 10000 + column);
      std::size_t wrong = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c) wrong += y.data()[r * columns + c] != static_cast<std::int32_t>(r * 10000 + c);
      }
      EXPECT_EQ(wrong, 0u);
    }
  }
}

TEST(Index, MeetsViewsAndTransposedArrays) {
  array<std::int32_t> a({3, 4});
  for (int i = 0; i < 12; ++i) a.data()[i] = 100 * i;
  std::vector<std::int32_t> expected;
  for (int r = 0; r < 4; ++r) {
    for (int c = 0; c < 3; ++c) expected.push_back(100 * (c * 4 + r) + r - c);
  }
  expect_everywhere(transpose(a) + index<std::int32_t>({4, 3}, axis{0}) - index<std::int32_t>({4, 3}, axis{1}), {4, 3}, expected);
}

TEST(Index, IsWrittenThroughTransposedDestinations) {
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    std::int64_t memory[12] = {};
    auto y = borrow(memory, {3, 4}, {1, 3});
    evaluate_into(how, std::tie(y), index({3, 4}, axis{0}) * 10 + index({3, 4}, axis{1}));
    for (int r = 0; r < 3; ++r) {
      for (int c = 0; c < 4; ++c) EXPECT_EQ(memory[r + 3 * c], r * 10 + c);
    }
  }
}

TEST(Index, BroadcastsAndIsReduced) {
  array<float> row({5}, 1.0f);
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    EXPECT_EQ(evaluate(how, sum(cast<float>(index<std::int32_t>({100, 1}, axis{0})) * row)), 5 * 4950.0f);
    EXPECT_EQ(evaluate(how, max(index<std::int32_t>({100, 77}, axis{1}))), 76);
    const array<float> sums = evaluate(how, sum(cast<float>(index<std::int32_t>({3, 5000}, axis{1})), axis{-1}));
    for (const float s : sums) EXPECT_EQ(s, 12497500.0f);
  }
}

TEST(Index, HasEmptyShapes) {
  expect_everywhere(index({0, 3}, axis{1}), {0, 3}, std::vector<std::int64_t>{});
}

TEST(Index, RefusesAxesThatAreNotThere) {
  EXPECT_THROW(index({2, 3}, axis{2}), shape_error);
  EXPECT_THROW(index({2, 3}, axis{-3}), shape_error);
  EXPECT_THROW(index(extents{}, axis{0}), shape_error);
}

TEST(Index, RefusesLengthsThatItDoesNotCount) {
  EXPECT_THROW(index<std::int32_t>({std::int64_t{1} << 40}, axis{0}), value_error);
  EXPECT_NO_THROW(index<std::int32_t>({std::int64_t{1} << 40, 2}, axis{1}));
}

TEST(Full, IsOneNumberEverywhere) {
  expect_everywhere(full({2, 3}, 2.5f), {2, 3}, std::vector<float>(6, 2.5f));
  expect_everywhere(zeros<std::uint8_t>({5}), {5}, std::vector<std::uint8_t>(5, 0));
  expect_everywhere(ones<double>({1, 2}), {1, 2}, std::vector<double>(2, 1.0));
  expect_everywhere(full({2}, true), {2}, std::vector<bool>(2, true));
}

TEST(Arange, GivesWhatNumPyGives) {
  expect_everywhere(arange(5), {5}, std::vector<int>{0, 1, 2, 3, 4});
  expect_everywhere(arange(2, 11, 3), {3}, std::vector<int>{2, 5, 8});
  expect_everywhere(arange(3, -4, -2), {4}, std::vector<int>{3, 1, -1, -3});
  expect_everywhere(arange<std::int64_t>(std::int64_t{1} << 40, (std::int64_t{1} << 40) + 2), {2},
                    std::vector<std::int64_t>{std::int64_t{1} << 40, (std::int64_t{1} << 40) + 1});
  expect_everywhere(arange(1.0f, 2.0f, 0.25f), {4}, std::vector<float>{1, 1.25f, 1.5f, 1.75f});
  expect_everywhere(arange(3, 3), {0}, std::vector<int>{});
  expect_everywhere(arange(3, 1), {0}, std::vector<int>{});
}

TEST(Arange, RefusesWhatNeverArrives) {
  EXPECT_THROW(arange(0, 5, 0), value_error);
  EXPECT_THROW(arange(0.0, std::numeric_limits<double>::infinity()), value_error);
  EXPECT_THROW(arange(0.0, 1.0, std::numeric_limits<double>::quiet_NaN()), value_error);
  EXPECT_THROW(arange(0.0, 1e300), value_error);
}

TEST(Linspace, IncludesBothEnds) {
  expect_everywhere(linspace(0.0, 1.0, 5), {5}, std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  expect_everywhere(linspace(7.0f, 9.0f, 1), {1}, std::vector<float>{7});
  expect_everywhere(linspace(0.0f, 1.0f, 0), {0}, std::vector<float>{});
  const array<float> y = linspace(0.1f, 0.7f, 1001);
  EXPECT_EQ(y(1000), 0.7f) << "the last one is the bound itself, not what rounding makes of it";
}

TEST(Eye, HasItsDiagonal) {
  expect_everywhere(eye<float>(2), {2, 2}, std::vector<float>{1, 0, 0, 1});
  expect_everywhere(eye<int>(2, 3, 1), {2, 3}, std::vector<int>{0, 1, 0, 0, 0, 1});
  expect_everywhere(eye<int>(2, 3, -1), {2, 3}, std::vector<int>{0, 0, 0, 1, 0, 0});
}

TEST(Generator, ReadsNothing) {
  const explanation how = explain(exp(arange(1000.0f)));
  EXPECT_EQ(how.bytes_read, 0u);
  EXPECT_EQ(how.bytes_written, 4000u);
  array<float> a({100, 1000}, 1.0f);
  EXPECT_EQ(explain(a * cast<float>(index<std::int32_t>({100, 1000}, axis{1}))).bytes_read, 400000u);
}

TEST(Generator, MaySurviveInAuto) {
  auto e = arange(4.0f) + ones<float>({4});
  auto copy = e;
  expect_everywhere(copy, {4}, std::vector<float>{1, 2, 3, 4});
}

}  // namespace
}  // namespace onepass::testing
