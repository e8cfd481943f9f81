// Reductions against the documented order of joining, written down once more in the plainest way.
//
// The order is part of the language: the same bits on every engine and instruction set, for any number of threads and
// any layout of the operand. The numbers here are chosen so that another order gives other bits.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- the order, straight from its description -----------------------------------------------------------------------

constexpr std::size_t block_elements = 4096;
constexpr std::size_t lane_bytes = 256;

template <class T>
struct joined_sum {
  static constexpr T start = 0;
  static T join(T earlier, T later) { return earlier + later; }
};

template <class T>
struct joined_max {
  static constexpr T start = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  static T join(T earlier, T later) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(earlier) || std::isnan(later)) return std::numeric_limits<T>::quiet_NaN();
      if (earlier == later) return std::signbit(earlier) ? later : earlier;  // -0 is less than +0
    }
    return earlier < later ? later : earlier;
  }
};

/// Zeros are ordered: the smallest is minus the largest of what is opposite.
template <class T>
struct joined_min {
  static constexpr T start = std::numeric_limits<T>::infinity();
  static T join(T earlier, T later) { return -joined_max<T>::join(-earlier, -later); }
};

template <template <class> class Join, class T>
T join_block(const T* first, std::size_t count) {
  std::vector<T> lanes(lane_bytes / sizeof(T), Join<T>::start);
  for (std::size_t i = 0; i < count; ++i) lanes[i % lanes.size()] = Join<T>::join(lanes[i % lanes.size()], first[i]);
  for (std::size_t half = lanes.size() / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lanes[i] = Join<T>::join(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

template <template <class> class Join, class T>
T join_all(const T* first, std::size_t count) {
  std::vector<T> blocks;
  for (std::size_t i = 0; i < count || i == 0; i += block_elements) {
    blocks.push_back(join_block<Join>(first + i, std::min(block_elements, count - i)));
  }
  while (blocks.size() > 1) {
    std::vector<T> pairs;
    for (std::size_t i = 0; i < blocks.size(); i += 2) {
      pairs.push_back(i + 1 < blocks.size() ? Join<T>::join(blocks[i], blocks[i + 1]) : blocks[i]);
    }
    blocks = pairs;
  }
  return blocks[0];
}

template <template <class> class Join, class T>
T join_all(const std::vector<T>& all) {
  return join_all<Join>(all.data(), all.size());
}

/// One result for each row of `columns` elements.
template <template <class> class Join, class T>
std::vector<T> join_rows(const std::vector<T>& all, std::size_t rows, std::size_t columns) {
  std::vector<T> results;
  for (std::size_t r = 0; r < rows; ++r) results.push_back(join_all<Join>(all.data() + r * columns, columns));
  return results;
}

constexpr std::size_t sizes[] = {1,  2,   3,   15,  16,   17,   31,   32,   33,   63,   64,   65,
                                 127, 128, 129, 1000, 4095, 4096, 4097, 8191, 8192, 8193, 12289, 20480, 28673};

// --- everything -----------------------------------------------------------------------------------------------------

/// Reduces by every way and compares with `expected`.
template <class E, class T>
void expect_number(const E& e, T expected) {
  for (const options& how : all_ways()) {
    for (int time = 0; time < 2; ++time) {  // the second time goes the quick way, if there is one
      const T got = evaluated(how, e);
      ASSERT_TRUE(same_bits(got, expected)) << to_string(how) << " gives " << shown(got) << ", not " << shown(expected);
    }
  }
}

template <class T>
void check_sums() {
  std::size_t other_orders = 0;
  for (const std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const array<T> a = varied<T>({n}, n);
    const T expected = join_all<joined_sum>(elements_of(a));
    expect_number(op::sum(a), expected);
    T one_by_one = 0;
    for (const T x : std::as_const(a)) one_by_one += x;
    other_orders += one_by_one != expected;
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(other_orders, std::size(sizes) / 2) << "these numbers do not tell orders apart";
}

TEST(Sum, FollowsTheDocumentedOrder) {
  check_sums<float>();
  check_sums<double>();
}

TEST(Sum, OfEveryLengthFollowsTheDocumentedOrder) {
  const array<float> a = varied<float>({10000}, 77);
  for (std::int64_t n = 0; n <= 10000; ++n) {
    const std::vector<float> elements(a.begin(), a.begin() + n);
    const float expected = join_all<joined_sum>(elements);
    for (const options& how : all_ways()) {
      ASSERT_TRUE(same_bits(evaluated(how, op::sum(borrow(a.data(), {n}))), expected)) << n << " elements, " << to_string(how);
    }
  }
}

/// An element is rounded in its lane of a block at most 64 times, then 6 times as lanes join, then as blocks do in pairs.
TEST(Sum, IsWithinItsBoundOfTheExactSum) {
  for (const std::size_t n : {100, 5000, 100000, 10000000}) {
    const array<float> a = varied<float>({n}, n);
    // In 64 bits of mantissa: what is lost of 10^7 elements is far below the bound.
    long double exact = 0, magnitudes = 0;
    for (const float x : std::as_const(a)) {
      exact += static_cast<long double>(x);
      magnitudes += std::fabs(static_cast<long double>(x));
    }
    const auto blocks = static_cast<double>(fold_blocks(n));
    const long double roundings = 64 + 6 + std::ceil(std::log2(blocks)), unit = 0x1p-24L;
    const float sum = evaluated(options{}, op::sum(a));
    EXPECT_LE(std::fabs(static_cast<long double>(sum) - exact), 1.001L * roundings * unit * magnitudes) << n << " elements";
  }
}

/// Edge values among random bits; then once more without NaN, which would hide the rest.
template <class T>
void check_maxima() {
  for (const std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const auto random = random_values<T>(n, n);
    const auto edges = edge_values<T>();
    array<T> a({n});
    for (std::size_t i = 0; i < n; ++i) a.data()[i] = i % 3 == 0 ? edges[(i / 3 + n) % edges.size()] : random[i];
    expect_number(op::max(a), join_all<joined_max>(elements_of(a)));
    for (T& x : a) x = x == x && x < T(100) ? x : T(0);
    expect_number(op::max(a), join_all<joined_max>(elements_of(a)));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Max, IsTheLargestOfEverything) {
  check_maxima<std::uint8_t>();
  check_maxima<std::int32_t>();
  check_maxima<float>();
  check_maxima<double>();
}

TEST(Reduction, OfALargeArrayFollowsTheOrderOnAnyNumberOfThreads) {
  const std::size_t n = 1'000'003;
  const array<float> a = varied<float>({n}, 1);
  const float total = join_all<joined_sum>(elements_of(a)), largest = join_all<joined_max>(elements_of(a));
  const array<float> w = varied<float>({n}, 2), b = varied<float>({n}, 3);
  const auto products = op::sum(op::relu(a * w) + b);
  const float of_products = join_all<joined_sum>(elements_of(evaluated(op::relu(a * w) + b)));
  if (capabilities_of(isa::baseline).threads > 1) {
    EXPECT_GT(explain(options{.engine = engine::interpreted, .threads = 2}, products).threads, 1) << "nothing here runs on several threads";
  }
  for (const int threads : {1, 2, 3, 8, 16, 0}) {
    for (const options& how : all_ways(threads)) {
      ASSERT_TRUE(same_bits(evaluated(how, op::sum(a)), total)) << to_string(how);
      ASSERT_TRUE(same_bits(evaluated(how, op::max(a)), largest)) << to_string(how);
      ASSERT_TRUE(same_bits(evaluated(how, products), of_products)) << to_string(how);
    }
  }
}

TEST(Reduction, OfALargeMatrixIsIndependentOfThreads) {
  const std::int64_t rows = 97, columns = 8200;
  const array<float> a = varied<float>({rows, columns}, 1);
  const std::vector<float> expected = join_rows<joined_sum>(elements_of(a), rows, columns);
  const std::vector<float> softened = elements_of(evaluated(options{.engine = engine::interpreted, .threads = 1}, op::softmax(a)));
  for (const int threads : {1, 2, 8}) {
    for (const options& how : all_ways(threads)) {
      ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::sum(a, axis{-1}))), expected)) << to_string(how);
      ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::softmax(a))), softened)) << to_string(how);
    }
  }
}

// --- what is reduced ------------------------------------------------------------------------------------------------

/// The sum of an expression is the sum of its elements.
template <class E>
void check_fused_sum(const E& e) {
  expect_number(op::sum(e), join_all<joined_sum>(elements_of(evaluated(options{.engine = engine::interpreted}, e))));
}

TEST(Reduction, OfAnExpressionReducesItsElements) {
  for (const std::size_t n : {1, 64, 65, 1000, 4097, 10000}) {
    SCOPED_TRACE(n);
    const array<float> a = varied<float>({n}, 1), w = varied<float>({n}, 2), b = varied<float>({n}, 3);
    const array<std::uint8_t> bytes = varied<std::uint8_t>({n});
    check_fused_sum(op::relu(a * w) + b);
    check_fused_sum(op::cast<double>(a) * op::cast<double>(bytes));
    const auto e = op::relu(a * w) + b;
    expect_number(op::max(e), join_all<joined_max>(elements_of(evaluated(options{.engine = engine::interpreted}, e))));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Reduction, CountsStretchedOperandsAsOftenAsTheyAreSeen) {
  const array<float> column = varied<float>({50, 1}, 1), row = varied<float>({333}, 2);
  check_fused_sum(column * row);
  for (const options& how : all_ways()) {  // what no longer matters for the elements still counts for their number
    EXPECT_EQ(evaluated(how, op::sum(column * 0 + row * 0 + 1)), 50.0f * 333) << to_string(how);
  }
}

TEST(Reduction, OfTruthCountsIt) {
  const array<float> a = varied<float>({5000});
  const auto positive = std::count_if(a.begin(), a.end(), [](float x) { return x > 0; });
  expect_number(op::sum(op::where(a > 0, 1.0f, 0.0f)), static_cast<float>(positive));
}

// --- layouts --------------------------------------------------------------------------------------------------------

/// The same bits as for a gapless copy, for everything and for rows.
template <class V>
void check_layout(const V& of) {
  const std::vector<float> elements = elements_of(of);
  const auto columns = static_cast<std::size_t>(of.shape()[of.rank() - 1]);
  const std::size_t rows = elements.size() / columns;
  expect_number(op::sum(of), join_all<joined_sum>(elements));
  expect_number(op::sum(of * 3), join_all<joined_sum>(elements_of(evaluated(of * 3))));
  const std::vector<float> sums = join_rows<joined_sum>(elements, rows, columns), maxima = join_rows<joined_max>(elements, rows, columns);
  for (const options& how : all_ways()) {
    ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::sum(of, axis{-1}))), sums)) << to_string(how);
    ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::max(of, axis{-1}, keepdims))), maxima)) << to_string(how);
  }
}

TEST(Reduction, OfAnyLayoutIsTheReductionOfItsElements) {
  const array<float> a = varied<float>({100, 130}), cube = varied<float>({5, 30, 70});
  check_layout(a(all, all));
  check_layout(transpose(a));
  check_layout(a(slice::every(2), slice::every(3)));
  check_layout(a(slice::every(-1), slice(3, 120)));
  check_layout(a(all, slice::every(-1)));
  check_layout(transpose(cube));
  check_layout(cube(all, slice(3, 25), slice::every(2)));
  check_layout(borrow(a.data(), {50, 200}, {0, 1}));
  check_layout(borrow(a.data(), {50, 200}, {3, 0}));
}

TEST(Reduction, OfLargeStridedOperandsCrossesBlocksRight) {
  const array<float> a = varied<float>({70, 300}), row = varied<float>({2 * 9000});
  check_layout(transpose(a));
  check_layout(row(slice::every(2)));
  check_layout(row(slice::every(-2)));
}

TEST(Reduction, OfRandomLayoutsIsTheReductionOfTheirElements) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    const int rank = 1 + i % 4;
    std::int64_t lengths[max_rank];
    for (int d = 0; d < rank; ++d) lengths[d] = 1 + static_cast<std::int64_t>(random() % (rank == 1 ? 9000 : rank == 2 ? 130 : 20));
    scattered<float> of(extents(lengths, rank), random);
    for (float& x : of.memory) x = static_cast<float>(static_cast<std::int64_t>(random())) * 0x1p-58f;
    SCOPED_TRACE("case " + std::to_string(i) + ", shape " + op::to_string(of.where.shape));
    check_layout(std::as_const(of).all());
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// --- rows -----------------------------------------------------------------------------------------------------------

TEST(Reduction, OfRowsTakesEachAlone) {
  for (const std::size_t columns : {1, 2, 16, 63, 64, 65, 300, 4095, 4096, 4097, 9000}) {
    const std::size_t rows = columns > 1000 ? 3 : 70;
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns));
    const array<float> a = varied<float>({rows, columns}, columns);
    const array<double> d = varied<double>({rows, columns}, columns);
    const auto sums = join_rows<joined_sum>(elements_of(a), rows, columns);
    const auto maxima = join_rows<joined_max>(elements_of(d), rows, columns);
    for (const options& how : all_ways()) {
      const array<float> s = evaluated(how, op::sum(a, axis{-1}));
      ASSERT_EQ(s.shape(), extents{rows});
      ASSERT_TRUE(same_elements(elements_of(s), sums)) << to_string(how);
      const array<double> m = evaluated(how, op::max(d, axis{1}, keepdims));
      ASSERT_EQ(m.shape(), (extents{rows, 1}));
      ASSERT_TRUE(same_elements(elements_of(m), maxima)) << to_string(how);
    }
  }
}

TEST(Reduction, OfRowsHasTheShapeOfTheRest) {
  const auto shape_of = [](const extents& shape) { return evaluated(op::sum(array<float>(shape, 1.0f), axis{-1})).shape(); };
  EXPECT_EQ(shape_of({7}), extents{});
  EXPECT_EQ(shape_of({2, 3, 4}), (extents{2, 3}));
  EXPECT_EQ(evaluated(op::sum(array<float>({7}, 1.0f), axis{0}))(), 7.0f);
  EXPECT_EQ(evaluated(op::sum(array<float>({2, 3, 4}), axis{2}, keepdims)).shape(), (extents{2, 3, 1}));
  EXPECT_EQ(evaluated(op::sum(array<float>({7}), axis{-1}, keepdims)).shape(), extents{1});
}

TEST(Reduction, OfRowsFitsAnyDestination) {
  const array<float> a = varied<float>({6, 4100});
  const std::vector<float> expected = join_rows<joined_sum>(elements_of(a), 6, 4100);
  for (const options& how : all_ways()) {
    std::vector<float> memory = plain_memory(40, -1.0f);
    view<float> spread = borrow(memory.data() + 30, {6}, {-4});
    evaluate_into(how, std::tie(spread), op::sum(a, axis{-1}));
    ASSERT_TRUE(same_elements(elements_of(spread), expected)) << to_string(how);
    EXPECT_EQ(std::count(memory.begin(), memory.end(), -1.0f), 34) << to_string(how);
  }
}

TEST(Reduction, WritesNothingBesideItsResults) {
  for (std::int64_t rows = 1; rows < 10; ++rows) {
    const array<float> a = varied<float>({rows, 70});
    const std::vector<float> expected = join_rows<joined_sum>(elements_of(a), static_cast<std::size_t>(rows), 70);
    for (const options& how : all_ways()) {
      std::vector<float> memory = plain_memory(40, -1.0f), whole = memory;
      std::copy(expected.begin(), expected.end(), whole.begin() + 8);
      view<float> gapless = borrow(memory.data() + 8, {rows});
      evaluate_into(how, std::tie(gapless), op::sum(a, axis{-1}));
      ASSERT_TRUE(same_elements(memory, whole)) << to_string(how) << ", " << rows << " rows";
    }
  }
}

TEST(Reduction, OfAReductionIsOneToo) {
  const array<float> a = varied<float>({40, 70});
  const std::vector<float> sums = join_rows<joined_sum>(elements_of(a), 40, 70);
  expect_number(op::max(op::sum(a, axis{-1})), join_all<joined_max>(sums));
  expect_number(op::sum(op::sum(a, axis{-1}, keepdims)), join_all<joined_sum>(sums));
  expect_number(op::sum(op::sum(a) + array<float>({10}, 0.0f)), join_all<joined_sum>(std::vector<float>(10, join_all<joined_sum>(elements_of(a)))));
}

TEST(Reduction, OfRowsMayBeReadElementByElement) {
  const array<float> a = varied<float>({40, 70}), b = varied<float>({40}, 2), c = varied<float>({3, 40}, 3);
  const std::vector<float> sums = join_rows<joined_sum>(elements_of(a), 40, 70);
  std::vector<float> along(40), across(120);
  for (std::size_t i = 0; i < 40; ++i) along[i] = sums[i] + std::as_const(b).data()[i];
  for (std::size_t i = 0; i < 120; ++i) across[i] = sums[i % 40] + std::as_const(c).data()[i];
  for (const options& how : all_ways()) {
    EXPECT_TRUE(same_elements(elements_of(evaluated(how, op::sum(a, axis{-1}) + b)), along)) << to_string(how);
    EXPECT_TRUE(same_elements(elements_of(evaluated(how, op::sum(a, axis{-1}) + c)), across)) << to_string(how);
  }
}

TEST(Reduction, MayBePartOfWhatIsComputedNext) {
  const array<float> a = varied<float>({30, 70});
  const std::vector<float> all_of_it = elements_of(a);
  const std::vector<float> sums = join_rows<joined_sum>(all_of_it, 30, 70);
  const float largest = join_all<joined_max>(all_of_it);
  std::vector<float> expected;
  for (std::size_t i = 0; i < all_of_it.size(); ++i) expected.push_back((all_of_it[i] - sums[i / 70]) / largest);
  for (const options& how : all_ways()) {
    ASSERT_TRUE(same_elements(elements_of(evaluated(how, (a - op::sum(a, axis{-1}, keepdims)) / op::max(a))), expected)) << to_string(how);
  }
}

// --- special values -------------------------------------------------------------------------------------------------

TEST(Sum, OfNothingIsPositiveZero) {
  for (const extents& shape : {extents{0}, extents{0, 5}, extents{5, 0}}) expect_number(op::sum(array<float>(shape)), 0.0f);
  for (const options& how : all_ways()) {
    const array<float> rows = evaluated(how, op::sum(array<float>({3, 0}), axis{-1}));
    EXPECT_TRUE(same_elements(elements_of(rows), {0.0f, 0.0f, 0.0f})) << to_string(how);
    EXPECT_EQ(evaluated(how, op::sum(array<float>({0, 3}), axis{-1})).shape(), extents{0}) << to_string(how);
  }
}

TEST(Sum, OfNegativeZerosIsPositiveZero) {
  for (const std::size_t n : {1, 64, 65, 5000}) expect_number(op::sum(array<float>({n}, -0.0f)), 0.0f);
}

TEST(Sum, OfOppositeInfinitiesIsNotANumber) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t n : {2, 100, 9000}) {
    array<float> a({n}, 1.0f);
    a.data()[n - 1] = infinity;
    expect_number(op::sum(a), infinity);
    a.data()[0] = -infinity;
    expect_number(op::sum(a), std::numeric_limits<float>::quiet_NaN());
  }
}

TEST(Sum, KeepsSubnormals) {
  constexpr float smallest = std::numeric_limits<float>::denorm_min();
  expect_number(op::sum(array<float>({5000}, smallest)), 5000 * smallest);
}

TEST(Max, OfNothingIsAnError) {
  EXPECT_THROW(op::max(array<float>(extents{0})), shape_error);
  EXPECT_THROW(op::max(array<float>({3, 0})), shape_error);
  EXPECT_THROW(op::max(array<float>({3, 0}), axis{-1}), shape_error);
  EXPECT_THROW(op::max(array<float>({0, 3})), shape_error);
  for (const options& how : all_ways()) EXPECT_EQ(evaluated(how, op::max(array<float>({0, 3}), axis{-1})).shape(), extents{0}) << to_string(how);
}

TEST(Max, IsNaNIfAnyElementIs) {
  for (const std::size_t n : {1, 17, 65, 4097, 9000}) {
    for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
      array<float> a({n}, std::numeric_limits<float>::infinity());
      a.data()[at] = std::numeric_limits<float>::quiet_NaN();
      expect_number(op::max(a), std::numeric_limits<float>::quiet_NaN());
      const array<float> rows = evaluated(op::max(a(slice(0, n)), axis{-1}, keepdims));
      EXPECT_TRUE(std::isnan(rows(0)));
    }
  }
}

TEST(Max, OfZerosIsPositiveIfAnyIs) {
  for (const std::size_t n : {1, 17, 65, 4097}) {
    array<float> a({n}, -0.0f);
    expect_number(op::max(a), -0.0f);
    for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
      array<float> with = a;
      with.data()[at] = 0.0f;
      expect_number(op::max(with), 0.0f);
    }
  }
}

TEST(Max, OfNegativeInfinitiesIsOne) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t n : {1, 65, 4097}) expect_number(op::max(array<float>({n}, -infinity)), -infinity);
}

/// Elements that order treats specially, and numbers; `from` of them are taken.
template <class T>
array<T> special_elements(std::size_t n, std::size_t from, std::mt19937_64& random) {
  constexpr T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T values[] = {T(-0.0), T(-1), -std::numeric_limits<T>::denorm_min(), T(0), -infinity, T(2), std::numeric_limits<T>::denorm_min(), infinity,
                      nan, std::copysign(nan, T(-1))};
  array<T> made({n});
  for (T& x : made) x = values[random() % from];
  return made;
}

template <class T>
void check_extremes_of_special_elements() {
  std::mt19937_64 random(7);
  for (const std::size_t n : {1, 5, 16, 31, 64, 70, 130, 1000, 4096, 4200, 9000}) {
    for (std::size_t from = 1; from <= 10; ++from) {
      const array<T> a = special_elements<T>(n, from, random), b = special_elements<T>(n, from, random);
      const T of_a = join_all<joined_max>(elements_of(a)), of_b = join_all<joined_max>(elements_of(b));
      expect_number(op::max(a), of_a);
      expect_number(op::min(a), join_all<joined_min>(elements_of(a)));
      for (const options& how : all_ways()) {
        T largest = 0, largest_of_b = 0;
        evaluate_into(how, std::tie(largest, largest_of_b), op::max(a), op::max(b));
        ASSERT_TRUE(same_bits(largest, of_a) && same_bits(largest_of_b, of_b)) << to_string(how) << ", " << n << " of " << from;
        const array<T> rows = evaluated(how, op::max(borrow(a.data(), {3, n}, {0, 1}), axis{-1}));
        ASSERT_TRUE(same_elements(elements_of(rows), {of_a, of_a, of_a})) << to_string(how) << ", rows of " << n << " of " << from;
      }
    }
  }
}

TEST(Extremes, OfSpecialElementsAreTheSameByEveryWay) {
  check_extremes_of_special_elements<float>();
  check_extremes_of_special_elements<double>();
}

// --- softmax --------------------------------------------------------------------------------------------------------

/// Its definition, one operation after the other, each into an array of its own.
template <class T>
array<T> composed_softmax(const array<T>& x) {
  const options how{.engine = engine::interpreted, .threads = 1};
  const array<T> largest = evaluated(how, op::max(x, axis{-1}, keepdims));
  const array<T> powers = evaluated(how, op::exp(x - largest));
  const array<T> totals = evaluated(how, op::sum(powers, axis{-1}, keepdims));
  return evaluated(how, powers * evaluated(how, 1 / totals));
}

template <class T>
void check_softmax(const array<T>& x) {
  SCOPED_TRACE(op::to_string(x.shape()));
  const std::vector<T> expected = elements_of(composed_softmax(x));
  for (const options& how : all_ways()) {
    ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::softmax(x))), expected)) << to_string(how);
    const auto powers = op::exp(x - op::max(x, axis{-1}, keepdims));
    const array<T> spelled_out = evaluated(how, powers * (1 / op::sum(powers, axis{-1}, keepdims)));
    ASSERT_TRUE(same_elements(elements_of(spelled_out), expected)) << to_string(how) << ", spelled out";
  }
}

TEST(Softmax, IsItsDefinitionForRowsOfEveryLength) {
  for (const std::size_t columns : {1, 2, 15, 64, 65, 1000, 4096, 4097, 9000}) check_softmax(varied<float>({3, columns}, columns));
  check_softmax(varied<float>({70, 33}));
  check_softmax(varied<float>({7}));
  check_softmax(varied<float>({2, 3, 5, 4}));
}

TEST(Softmax, IsItsDefinitionForSpecialValues) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  array<float> x({6, 3});
  const float values[] = {1000, 0, -1000, -infinity, 0, -infinity, infinity, 0, 1, nan, 0, 1, -infinity, -infinity, -infinity, -0.0f, 0.0f, 0};
  std::copy(std::begin(values), std::end(values), x.begin());
  check_softmax(x);
  const array<float> y = evaluated(op::softmax(x));
  EXPECT_EQ(elements_of(y(0, all)), (std::vector<float>{1, 0, 0}));
  EXPECT_EQ(elements_of(y(1, all)), (std::vector<float>{0, 1, 0}));
  EXPECT_TRUE(std::isnan(y(3, 0)) && std::isnan(y(3, 1)));
}

TEST(Softmax, OfTransposedAndStridedOperands) {
  const array<float> a = varied<float>({70, 90});
  for (const view<const float>& of : {transpose(a), a(slice::every(2), slice::every(-3)), a(all, slice(5, 80))}) {
    const array<float> gapless = of;
    const std::vector<float> expected = elements_of(composed_softmax(gapless));
    for (const options& how : all_ways()) ASSERT_TRUE(same_elements(elements_of(evaluated(how, op::softmax(of))), expected)) << to_string(how);
  }
}

TEST(Softmax, WithoutElementsHasNone) {
  for (const extents& shape : {extents{0}, extents{3, 0}, extents{0, 3}}) {
    for (const options& how : all_ways()) EXPECT_EQ(evaluated(how, op::softmax(array<float>(shape))).shape(), shape) << to_string(how);
  }
}

}  // namespace
}  // namespace onepass::testing
