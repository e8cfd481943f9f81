// Cumulative operations against the written order of scans: every engine, axis and layout, bit by bit.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- the order, as it is written -------------------------------------------------------------------------------------

/// Scans x[0], x[step], x[2 * step]...: runs one after another, then what stands before each of them.
template <class Op, class T>
void scan_row(T* x, std::size_t count, std::size_t step) {
  const auto join = [](T earlier, T later) { return Op::combine(scalar<T>{earlier}, scalar<T>{later}).content; };
  T before_run = Op::template identity<T>;
  for (std::size_t first = 0; first < count; first += scan_run) {
    T in_run = Op::template identity<T>, before_next = before_run;
    for (std::size_t i = first; i < std::min(count, first + scan_run); ++i) {
      in_run = join(in_run, x[i * step]);
      x[i * step] = join(before_run, in_run);
      before_next = join(before_run, in_run);
    }
    before_run = before_next;
  }
}

template <class Op, class T>
std::vector<T> scanned(std::vector<T> x, const extents& shape, int along) {
  const auto length = static_cast<std::size_t>(shape[along]);
  std::size_t step = 1;
  for (int d = along + 1; d < shape.rank(); ++d) step *= static_cast<std::size_t>(shape[d]);
  for (std::size_t first = 0; first < x.size(); ++first) {
    if (first / step % length == 0) scan_row<Op>(x.data() + first, length, step);
  }
  return x;
}

template <class T>
std::vector<T> random_elements(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> made(count);
  for (T& x : made) x = static_cast<T>(static_cast<double>(random() % 4001) / 1000.0 - 1.5);
  return made;
}

template <class T>
array<T> array_of(const std::vector<T>& elements, const extents& shape) {
  array<T> made(shape);
  std::copy(elements.begin(), elements.end(), made.begin());
  return made;
}

template <class T>
void expect_elements(const array<T>& got, const std::vector<T>& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(same_bits(got.data()[i], expected[i])) << what << ", element " << i << ": " << got.data()[i] << ", not " << expected[i];
  }
}

template <class T, class Scan, class Op>
void expect_order(const Scan& scan, Op) {
  const std::vector<extents> shapes{{0}, {1}, {63}, {64}, {65}, {1000}, {4096}, {4097}, {70000},
                                    {3, 5}, {700, 3}, {2, 9000}, {5, 130, 4}, {40, 70, 66}, {0, 3}, {3, 0}};
  for (const extents& shape : shapes) {
    const std::vector<T> elements = random_elements<T>(shape.size(), 5);
    const array<T> x = array_of(elements, shape);
    for (int along = 0; along < shape.rank(); ++along) {
      const std::vector<T> expected = scanned<Op>(elements, shape, along);
      for (const int threads : {1, 2, 3}) {
        for (const options& how : all_ways(threads)) {
          const std::string what = to_string(shape) + " axis " + std::to_string(along) + ", " + to_string(how);
          expect_elements<T>(evaluate(how, scan(x, axis{along})), expected, what);
          if (::testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

// --- claims -----------------------------------------------------------------------------------------------------------

TEST(CumulativeSum, HasTheWrittenOrderOnEveryEngine) {
  expect_order<float>(cumulative_sum, sum_op{});
  expect_order<double>(cumulative_sum, sum_op{});
}
TEST(CumulativeProduct, HasTheWrittenOrderOnEveryEngine) { expect_order<double>(cumulative_product, product_op{}); }
TEST(CumulativeMax, HasTheWrittenOrderOnEveryEngine) { expect_order<float>(cumulative_max, max_op{}); }
TEST(CumulativeMin, HasTheWrittenOrderOnEveryEngine) { expect_order<std::int16_t>(cumulative_min, min_op{}); }

/// Rows of many tiles, more than threads and not a multiple of them: the tiles of a row are one thread's.
TEST(CumulativeSum, HasTheWrittenOrderAcrossTilesAndThreads) {
  const extents shape{5, 90001};
  const std::vector<float> elements = random_elements<float>(shape.size(), 31), expected = scanned<sum_op>(elements, shape, 1);
  const array<float> x = array_of(elements, shape);
  for (const int threads : {2, 3}) {
    for (const options& how : all_ways(threads)) {
      EXPECT_GE(explain(how, cumulative_sum(x)).threads, 2);
      expect_elements<float>(evaluate(how, cumulative_sum(x)), expected, to_string(how));
    }
  }
}

/// The same down the columns, where elements follow each other along the axis that is kept.
TEST(CumulativeSum, HasTheWrittenOrderDownTheRowsOfManyTiles) {
  const extents shape{700, 3001};
  const std::vector<float> elements = random_elements<float>(shape.size(), 32), expected = scanned<sum_op>(elements, shape, 0);
  const array<float> x = array_of(elements, shape);
  EXPECT_NE(explain(options{.engine = engine::compiled}, cumulative_sum(x, axis{0})).text().find("down rows"), std::string::npos);
  for (const int threads : {1, 2, 3}) {
    for (const options& how : all_ways(threads)) expect_elements<float>(evaluate(how, cumulative_sum(x, axis{0})), expected, to_string(how));
  }
}

/// Axes that are scanned one after another, in row-major order.
TEST(Cumulative, AlongSeveralAxesIsAlongThemInRowMajorOrder) {
  const array<float> x = array_of(random_elements<float>(4 * 5 * 6, 7), {4, 5, 6});
  const std::vector<float> flat = scanned<sum_op>(std::vector<float>(x.begin(), x.end()), {120}, 0);
  const array<float> turned = evaluate(permute(x, {1, 0, 2}));  // axes 0 and 2 last
  const std::vector<float> of_two = scanned<sum_op>(std::vector<float>(turned.begin(), turned.end()), {5, 24}, 1);
  for (const options& how : all_ways()) {
    expect_elements<float>(evaluate(how, cumulative_sum(x, axes::all())), flat, "all axes, " + to_string(how));
    const array<float> two = evaluate(how, cumulative_sum(x, axes{0, 2}));
    expect_elements<float>(evaluate(permute(two, {1, 0, 2})), of_two, "axes 0 and 2, " + to_string(how));
  }
}

TEST(Cumulative, OfAnyLayoutIntoAnyLayout) {
  const array<float> x = array_of(random_elements<float>(90 * 140, 9), {90, 140});
  for (const int along : {0, 1}) {
    const auto expected = [&](const auto& operand) {
      const array<float> copy = evaluate(operand);
      return scanned<sum_op>(std::vector<float>(copy.begin(), copy.end()), copy.shape(), along);
    };
    for (const options& how : all_ways()) {
      expect_elements<float>(evaluate(how, cumulative_sum(transpose(x), axis{along})), expected(transpose(x)), "transposed");
      expect_elements<float>(evaluate(how, cumulative_sum(flip(x, axis{1}), axis{along})), expected(flip(x, axis{1})), "turned around");
      expect_elements<float>(evaluate(how, cumulative_sum(x(slice(0, 90, 3), slice(1, 140, 2)), axis{along})),
                             expected(x(slice(0, 90, 3), slice(1, 140, 2))), "strided");
      array<float> wide({90, 280}, -1.0f);
      wide(all, slice(0, 280, 2)) = cumulative_sum(x, axis{along});
      expect_elements<float>(evaluate(wide(all, slice(0, 280, 2))), expected(x), "strided destination");
      for (std::int64_t i = 0; i < 90; ++i) ASSERT_EQ(wide(i, 2 * i + 1), -1.0f);
      array<float> itself = evaluate(1.0f * x);
      itself = cumulative_sum(itself, axis{along});
      expect_elements<float>(itself, expected(x), "into its operand");
    }
  }
}

TEST(Cumulative, IsOnePassWithWhatItIsMadeFromAndWhatIsMadeOfIt) {
  const array<float> x = array_of(random_elements<float>(3 * 20000, 3), {3, 20000});
  std::vector<float> squares(x.begin(), x.end());
  for (float& v : squares) v *= v;
  std::vector<float> expected = scanned<sum_op>(squares, x.shape(), 1);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = expected[i] * 0.5f + x.data()[i];
  const auto e = cumulative_sum(x * x) * 0.5f + x;
  const explanation planned = explain(options{.threads = 1}, e);
  EXPECT_EQ(planned.passes, 1u);
  EXPECT_EQ(planned.bytes_read, x.size() * 4);
  EXPECT_EQ(planned.bytes_written, x.size() * 4);
  for (const options& how : all_ways()) expect_elements<float>(evaluate(how, e), expected, to_string(how));
}

/// The largest fall below what was reached before: a scan, a map and a fold of one row, in one pass.
TEST(Cumulative, CanBeReducedInTheSamePass) {
  const std::int64_t length = 50001;
  const array<float> x = array_of(random_elements<float>(static_cast<std::size_t>(4 * length), 21), {4, length});
  const auto fall = max(cumulative_max(x) - x, axis{1});
  EXPECT_EQ(explain(fall).passes, 1u);
  for (const int threads : {1, 2}) {
    for (const options& how : all_ways(threads)) {
      const array<float> got = evaluate(how, fall);
      for (std::int64_t row = 0; row < 4; ++row) {
        float most = -std::numeric_limits<float>::infinity(), largest = 0;
        for (std::int64_t i = 0; i < length; ++i) {
          most = std::max(most, x(row, i));
          largest = std::max(largest, most - x(row, i));
        }
        EXPECT_EQ(got(row), largest) << to_string(how);
      }
    }
  }
}

TEST(Cumulative, OfACumulativeAndAcrossShapes) {
  const std::int64_t n = 5000;
  const array<double> x = array_of(random_elements<double>(static_cast<std::size_t>(n), 4), {n});
  const std::vector<double> once = scanned<sum_op>(std::vector<double>(x.begin(), x.end()), {n}, 0), twice = scanned<sum_op>(once, {n}, 0);
  double largest = *std::max_element(once.begin(), once.end());
  const array<double> column({3, 1}, 2.0);
  for (const options& how : all_ways()) {
    expect_elements<double>(evaluate(how, cumulative_sum(cumulative_sum(x))), twice, "twice, " + to_string(how));
    EXPECT_EQ(evaluate(how, max(cumulative_sum(x))), largest) << to_string(how);
    // One row that is broadcast over others is scanned once, and kept.
    const array<double> rows = evaluate(how, cumulative_sum(x) * column);
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(rows(1, i), once[static_cast<std::size_t>(i)] * 2.0) << to_string(how);
    const auto [y, s, m] = evaluate(how, cumulative_sum(x), sum(x), cumulative_max(x) - x);
    expect_elements<double>(y, once, "beside others, " + to_string(how));
    EXPECT_EQ(s, evaluate(how, sum(x)));
    EXPECT_EQ(m(0), 0.0);
    // Along another axis of a result of the first.
    const array<double> both = evaluate(how, cumulative_sum(cumulative_sum(reshape(x, {50, 100}), axis{1}), axis{0}));
    const std::vector<double> first = scanned<sum_op>(std::vector<double>(x.begin(), x.end()), {50, 100}, 1);
    expect_elements<double>(both, scanned<sum_op>(first, {50, 100}, 0), "along both axes, " + to_string(how));
    // A row is divided by what it all adds up to.
    const array<double> shares = evaluate(how, cumulative_sum(abs(x) / sum(abs(x))));
    EXPECT_NEAR(shares(n - 1), 1.0, 1e-14);
  }
}

/// States of blocks and scans of the same rows, in one pass.
TEST(Cumulative, BesideReductionsOfSeveralSweepsIsAsAlone) {
  for (const std::int64_t columns : {100, 20000}) {
    const array<float> x = array_of(random_elements<float>(static_cast<std::size_t>(3 * columns), 41), {3, columns});
    const options one{.engine = engine::interpreted, .threads = 1};
    const array<float> scanned_alone = evaluate(one, cumulative_sum(x)), variances = evaluate(one, variance(x, axis{1}));
    const array<std::int64_t> places = evaluate(one, argmax(x, axis{1}));
    EXPECT_EQ(explain(cumulative_sum(x), variance(x, axis{1}), argmax(x, axis{1})).passes, 1u);
    for (const int threads : {1, 2}) {
      for (const options& how : all_ways(threads)) {
        const auto [y, v, i] = evaluate(how, cumulative_sum(x), variance(x, axis{1}), argmax(x, axis{1}));
        expect_elements<float>(y, std::vector<float>(scanned_alone.begin(), scanned_alone.end()), to_string(how));
        expect_elements<float>(v, std::vector<float>(variances.begin(), variances.end()), to_string(how));
        expect_elements<std::int64_t>(i, std::vector<std::int64_t>(places.begin(), places.end()), to_string(how));
      }
    }
  }
}

TEST(CumulativeSum, OfNarrowIntegersIsIn64Bits) {
  const array<std::int8_t> x({300}, std::int8_t{100});
  const array<bool> truths({5000}, true);
  for (const options& how : all_ways()) {
    const array<std::int64_t> sums = evaluate(how, cumulative_sum(x));
    for (std::int64_t i = 0; i < 300; ++i) ASSERT_EQ(sums(i), 100 * (i + 1));
    EXPECT_EQ(evaluate(how, cumulative_sum(truths))(4999), 5000);
  }
}

TEST(CumulativeSum, IsAsExactAsPairwiseSums) {
  std::mt19937_64 random(3);
  array<float> x({1 << 20});
  for (float& v : x) v = static_cast<float>(random() % 1000) / 1000.0f;
  const array<float> sums = evaluate(cumulative_sum(x));
  double exact = 0, worst = 0;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
    exact += static_cast<double>(x(i));
    worst = std::max(worst, std::fabs(static_cast<double>(sums(i)) - exact) / exact);
  }
  // 64 additions within a run and one for each run before it, each of half a unit, mostly of either sign.
  EXPECT_LT(worst, 1000 * 0x1p-24);
}

TEST(CumulativeMax, IsNaNFromTheFirstNaNOn) {
  array<float> x({6000}, 1.0f);
  x.data()[4500] = std::numeric_limits<float>::quiet_NaN();
  for (const options& how : all_ways()) {
    const array<float> got = evaluate(how, cumulative_max(x));
    for (std::int64_t i = 0; i < 6000; ++i) ASSERT_EQ(std::isnan(got(i)), i >= 4500) << i << ", " << to_string(how);
  }
}

/// What users write: a reduction of their own, scanned.
struct joined_bits_op {
  static constexpr std::string_view name = "joined_bits";
  static constexpr bool empty_allowed = true;
  template <element T>
  static constexpr T identity = 0;
  template <value V>
    requires integer_element<element_of<V>>
  static V combine(V earlier, V later) {
    return bit_or(earlier, later);
  }
};
struct cumulative_bits_op : cumulative<joined_bits_op> {
  static constexpr std::string_view name = "cumulative_bits";
};
inline constexpr row_function<cumulative_bits_op> cumulative_bits{};

TEST(Cumulative, IsOpenToReductionsOfOnesOwn) {
  array<std::uint32_t> x({200}, 0u);
  x.data()[70] = 4;
  x.data()[150] = 1;
  for (const options& how : all_ways()) {
    const array<std::uint32_t> got = evaluate(how, cumulative_bits(x));
    for (std::int64_t i = 0; i < 200; ++i) ASSERT_EQ(got(i), i < 70 ? 0u : i < 150 ? 4u : 5u) << i << ", " << to_string(how);
  }
}

/// A scan of what stands for the whole row: element i is i + 1 times its sum.
struct cumulative_total_op {
  static constexpr std::string_view name = "cumulative_total";
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <value V>
    requires std::is_same_v<element_of<V>, double>
  static V body(V x) {
    return sum(x).scan(reduction_of<sum_op, double>());
  }
};
inline constexpr row_function<cumulative_total_op> cumulative_total{};

TEST(Cumulative, OfAFoldOfTheRowRepeatsIt) {
  for (const extents& shape : {extents{3, 5}, {3, 100}, {2, 5000}, {100, 70}}) {
    const array<double> x(shape, 0.5);
    for (const int along : {0, 1}) {
      const auto total = 0.5 * static_cast<double>(shape[along]);
      for (const options& how : all_ways()) {
        const array<double> got = evaluate(how, cumulative_total(x, axis{along}));
        for (std::int64_t i = 0; i < shape[0]; ++i) {
          for (std::int64_t j = 0; j < shape[1]; ++j) ASSERT_EQ(got(i, j), total * static_cast<double>((along == 0 ? i : j) + 1)) << to_string(how);
        }
      }
    }
  }
}

TEST(Cumulative, SaysWhatIsWrong) {
  const array<float> x({2, 3}, 1.0f);
  EXPECT_THROW(cumulative_sum(x, axis{2}), shape_error);
  EXPECT_THROW(cumulative_sum(x, axes{0, 0}), shape_error);
}

}  // namespace

}  // namespace onepass::testing
