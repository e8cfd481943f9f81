// Reductions along any axes, and what is built from them, against plain loops; every engine, bit by bit.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- references -----------------------------------------------------------------------------------------------------

/// What one result is made from, for every result: the elements along `over`, in row-major order.
template <class T>
std::vector<std::vector<T>> rows_along(const std::vector<T>& elements, const extents& shape, const std::vector<int>& over) {
  std::vector<std::vector<T>> rows;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    std::size_t row = 0, stride = 1, rest = i;
    for (int d = shape.rank(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(shape[d]);
      if (std::find(over.begin(), over.end(), d) == over.end()) {
        row += rest % length * stride;
        stride *= length;
      }
      rest /= length;
    }
    if (rows.size() <= row) rows.resize(row + 1);
    rows[row].push_back(elements[i]);
  }
  return rows;
}

using real = long double;

real mean_of(const std::vector<real>& x) { return std::accumulate(x.begin(), x.end(), real{0}) / static_cast<real>(x.size()); }
real variance_of(const std::vector<real>& x, real ddof = 0) {
  const real mean = mean_of(x);
  real sum = 0;
  for (const real v : x) sum += (v - mean) * (v - mean);
  return sum / (static_cast<real>(x.size()) - ddof);
}
real sum_of(const std::vector<real>& x, real (*f)(real)) {
  return std::accumulate(x.begin(), x.end(), real{0}, [f](real sum, real v) { return sum + f(v); });
}

real largest_magnitude(const std::vector<real>& x) {
  return std::accumulate(x.begin(), x.end(), real{0}, [](real largest, real v) { return std::max(largest, std::fabs(v)); });
}

/// One reduction: how it is called along axes, and its value.
template <class T>
struct reduction_case {
  const char* name;
  std::function<array<T>(const options&, const view<const T>&, const axes&)> along;
  std::function<real(const std::vector<real>&)> value;
  real tolerance;  ///< in units of the last place of T, of the largest element or the value
};

#define CASE(name, value, tolerance)                                                                                                   \
  reduction_case<T> {                                                                                                                  \
    #name, [](const options& how, const view<const T>& x, const axes& over) { return evaluate(how, op::name(x, over)); }, value, tolerance \
  }

template <class T>
std::vector<reduction_case<T>> floating_cases() {
  return {
      CASE(sum, [](const auto& x) { return sum_of(x, [](real v) { return v; }); }, 64),
      CASE(product, [](const auto& x) { return std::accumulate(x.begin(), x.end(), real{1}, std::multiplies<>()); }, 5000),
      CASE(min, [](const auto& x) { return *std::min_element(x.begin(), x.end()); }, 0),
      CASE(max, [](const auto& x) { return *std::max_element(x.begin(), x.end()); }, 0),
      CASE(sum_of_squares, [](const auto& x) { return sum_of(x, [](real v) { return v * v; }); }, 64),
      CASE(norm_l1, [](const auto& x) { return sum_of(x, [](real v) { return std::fabs(v); }); }, 64),
      CASE(norm_l2, [](const auto& x) { return std::sqrt(sum_of(x, [](real v) { return v * v; })); }, 64),
      CASE(norm_linf, largest_magnitude, 0),
      CASE(mean, [](const auto& x) { return mean_of(x); }, 2),
      CASE(compensated_sum, [](const auto& x) { return sum_of(x, [](real v) { return v; }); }, 2),
      CASE(variance, [](const auto& x) { return variance_of(x); }, 64),
      CASE(stddev, [](const auto& x) { return std::sqrt(variance_of(x)); }, 64),
      CASE(logsumexp, [](const auto& x) { return std::log(sum_of(x, [](real v) { return std::exp(v); })); }, 64),
  };
}
#undef CASE

// --- operands -------------------------------------------------------------------------------------------------------

/// The same elements in several layouts.
template <class T>
struct operands {
  extents shape;
  std::vector<T> elements;
  std::vector<T> memory;  ///< of the strided layout

  operands(const extents& shape, std::uint64_t seed) : shape(shape), elements(shape.size()) {
    std::mt19937_64 random(seed);
    for (T& x : elements) x = static_cast<T>(static_cast<double>(random() % 4001) / 1000.0 - 1.5);
  }

  /// Row-major; first dimension innermost; every second element, backwards along the last dimension.
  view<const T> in_layout(int which) {
    std::int64_t strides[max_rank], next = which == 2 ? 2 : 1;
    for (int i = 0; i < shape.rank(); ++i) {
      const int d = which == 1 ? i : shape.rank() - 1 - i;
      strides[d] = next;
      next *= std::max<std::int64_t>(1, shape[d]);
    }
    memory.assign(static_cast<std::size_t>(next) + 1, T(77));
    std::int64_t start = 0;
    if (which == 2 && shape.rank() > 0 && shape.size() > 0) {
      start = strides[shape.rank() - 1] * (shape[shape.rank() - 1] - 1);
      strides[shape.rank() - 1] *= -1;
    }
    const layout where(shape, dimensions(strides, shape.rank()));
    for (std::size_t i = 0; i < elements.size(); ++i) memory[static_cast<std::size_t>(start + offset_in(where, i))] = elements[i];
    return view<const T>(memory.data() + start, view_layout(where, {}));
  }

  static std::int64_t offset_in(const layout& where, std::size_t i) {
    std::int64_t offset = 0;
    for (int d = where.shape.rank(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(where.shape[d]);
      offset += static_cast<std::int64_t>(i % length) * where.strides[d];
      i /= length;
    }
    return offset;
  }
};

axes named(const std::vector<int>& over) {
  if (over.size() == 1) return axis{over[0]};
  return over.size() == 2 ? axes{over[0], over[1]} : axes{over[0], over[1], over[2]};
}

const std::vector<std::pair<extents, std::vector<std::vector<int>>>>& spaces() {
  static const std::vector<std::pair<extents, std::vector<std::vector<int>>>> all{
      {{1}, {{0}}},
      {{63}, {{0}}},
      {{4097}, {{0}}},
      {{20001}, {{0}}},
      {{5, 7}, {{0}, {1}, {0, 1}}},
      {{130, 65}, {{0}, {1}, {0, 1}}},
      {{4100, 3}, {{0}, {1}, {0, 1}}},
      {{3, 9001}, {{0}, {1}, {0, 1}}},
      {{4, 70, 33}, {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}},
      {{2, 3, 5000}, {{0}, {1}, {2}, {0, 2}, {1, 2}}},
  };
  return all;
}

template <class T>
void check_floating_cases() {
  const auto cases = floating_cases<T>();
  std::uint64_t seed = 1;
  for (const auto& [shape, choices] : spaces()) {
    operands<T> x(shape, ++seed);
    for (const std::vector<int>& over : choices) {
      const auto rows = rows_along(x.elements, shape, over);
      for (const auto& one : cases) {
        array<T> first;
        for (int which = 0; which < 3; ++which) {
          const view<const T> operand = x.in_layout(which);
          for (const options& how : core_ways()) {
            SCOPED_TRACE(std::string(one.name) + " " + to_string(shape) + " layout " + std::to_string(which) + ", " + to_string(how));
            const array<T> got = one.along(how, operand, named(over));
            ASSERT_EQ(got.size(), rows.size());
            if (first.size() == 0) first = got;
            for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_TRUE(same_bits(got.data()[i], first.data()[i])) << i;
          }
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const std::vector<real> row(rows[i].begin(), rows[i].end());
          const real expected = one.value(row);
          real scale = std::fabs(expected);
          if (one.tolerance == 2) scale += sum_of(row, [](real v) { return std::fabs(v); }) * std::numeric_limits<T>::epsilon() / 64;
          if (one.tolerance > 2) scale = std::max(scale, std::fabs(sum_of(row, [](real v) { return std::fabs(v); })) / 64);
          const real allowed = one.tolerance * std::numeric_limits<T>::epsilon() * std::max<real>(scale, std::numeric_limits<T>::min());
          if (std::isinf(static_cast<T>(expected)) || std::fabs(expected) < std::numeric_limits<T>::min()) continue;
          ASSERT_NEAR(static_cast<double>(first.data()[i]), static_cast<double>(expected), static_cast<double>(allowed))
              << one.name << " " << to_string(shape) << " result " << i;
        }
      }
    }
  }
}

TEST(Statistics, AreTheirDefinitionsAlongAnyAxesOfAnyLayoutInF32) { check_floating_cases<float>(); }
TEST(Statistics, AreTheirDefinitionsAlongAnyAxesOfAnyLayoutInF64) { check_floating_cases<double>(); }

// --- everything -------------------------------------------------------------------------------------------------------

/// The same number in every way, with one and two threads.
template <class Make>
auto everywhere(Make&& make) {
  auto first = evaluate(options{.engine = engine::interpreted, .isa = isa::baseline, .threads = 1}, make());
  for (const int threads : {1, 2}) {
    for (const options& how : core_ways(threads)) EXPECT_TRUE(same_bits(evaluate(how, make()), first)) << to_string(how);
  }
  EXPECT_TRUE(same_bits(evaluate(make()), first));
  return first;
}

array<float> ramp(std::size_t n, float offset = 0) {
  array<float> a({n});
  for (std::size_t i = 0; i < n; ++i) a.data()[i] = offset + static_cast<float>(i % 1000) / 1000.0f;
  return a;
}

TEST(Mean, OfEqualElementsIsExact) {
  const array<float> floats({3000001}, 0.1f);
  EXPECT_EQ(everywhere([&] { return mean(floats); }), 0.1f);
  const array<double> doubles({1000003}, 0.1);
  EXPECT_EQ(everywhere([&] { return mean(doubles); }), 0.1);
}

TEST(Variance, OfEqualElementsIsZero) {
  const array<float> floats({3000001}, 16777215.0f);
  EXPECT_EQ(everywhere([&] { return variance(floats); }), 0.0f);
  const array<double> doubles({1000003}, 1e17 / 3);
  EXPECT_EQ(everywhere([&] { return variance(doubles); }), 0.0);
}

TEST(Variance, DoesNotCancel) {
  for (const float offset : {0.0f, 1000.0f, 100000.0f}) {
    const array<float> x = ramp(100000, offset);
    std::vector<real> exact(x.begin(), x.end());
    const float got = everywhere([&] { return variance(x); });
    EXPECT_NEAR(got, static_cast<double>(variance_of(exact)), static_cast<double>(variance_of(exact)) * 1.2e-7);
  }
  array<double> outlier({50000}, 1.0);
  outlier(3) = 1e9;
  std::vector<real> exact(outlier.begin(), outlier.end());
  EXPECT_NEAR(everywhere([&] { return variance(outlier); }) / static_cast<double>(variance_of(exact)), 1.0, 50000 * 0x1p-52);
}

TEST(Variance, DividesByWhatIsLeftOfTheNumberOfElements) {
  const array<float> x = array<float>::from({1, 2, 4, 9});
  EXPECT_FLOAT_EQ(evaluate(variance(x)), 9.5f);
  EXPECT_FLOAT_EQ(evaluate(variance(x, 1)), 38.0f / 3);
  EXPECT_FLOAT_EQ(evaluate(stddev(x, 1)), std::sqrt(38.0f / 3));
  EXPECT_EQ(evaluate(variance(array<std::int32_t>::from({1, 2, 4, 9}), 1, axis{0}))(), 38.0 / 3);
}

TEST(CompensatedSum, KeepsWhatAPlainSumLoses) {
  array<float> x({100000}, 1e-3f);
  x(0) = 1e8f, x(99999) = -1e8f;
  std::vector<real> exact(x.begin(), x.end());
  const auto expected = static_cast<float>(std::accumulate(exact.begin(), exact.end(), real{0}));
  EXPECT_NEAR(everywhere([&] { return compensated_sum(x); }), expected, 1e-5) << "a unit in the last place is 0.76e-5";
  EXPECT_NE(evaluate(sum(x)), expected);
  array<double> y({100000}, 1e-3);
  y(0) = 1e14, y(99999) = -1e14;
  EXPECT_NEAR(everywhere([&] { return compensated_sum(y); }), 99.998, 1e-11);
}

TEST(CompensatedSum, OfWhatIsNotFiniteIsThePlainSum) {
  constexpr double infinity = std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::max();
  array<double> x({9000}, 1.0);
  x(8000) = infinity;
  EXPECT_EQ(everywhere([&] { return compensated_sum(x); }), infinity);
  EXPECT_EQ(everywhere([&] { return mean(x); }), infinity);
  x(10) = -infinity;
  EXPECT_TRUE(std::isnan(everywhere([&] { return compensated_sum(x); })));
  EXPECT_EQ(everywhere([&] { return compensated_sum(array<double>::from({most, 1.0})); }), most) << "nothing to split by";
  EXPECT_EQ(everywhere([&] { return compensated_sum(array<double>({0})); }), 0.0);
  EXPECT_EQ(everywhere([&] { return compensated_sum(array<float>({0})); }), 0.0f);
}

TEST(Argmax, IsTheFirstOfTheLargestOrOfTheNaNs) {
  array<float> x = ramp(20000);
  EXPECT_EQ(everywhere([&] { return argmax(x); }), 999);
  EXPECT_EQ(everywhere([&] { return argmin(x); }), 0);
  x(15000) = 7, x(17000) = 7;
  EXPECT_EQ(everywhere([&] { return argmax(x); }), 15000);
  x(16000) = std::numeric_limits<float>::quiet_NaN(), x(18000) = x(16000);
  EXPECT_EQ(everywhere([&] { return argmax(x); }), 16000);
  EXPECT_EQ(everywhere([&] { return argmin(x); }), 16000);
  const array<float> zeros = array<float>::from({-0.0f, 0.0f});
  EXPECT_EQ(everywhere([&] { return argmax(zeros); }), 0) << "zeros are equal";
  const array<float> lowest({5000}, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(everywhere([&] { return argmax(lowest); }), 0);
}

TEST(Argmax, CountsAlongTheAxesThatAreJoined) {
  std::mt19937 random(3);
  for (const auto& [shape, choices] : spaces()) {
    operands<std::int32_t> x(shape, 9);
    for (std::int32_t& v : x.elements) v = static_cast<std::int32_t>(random() % 50);
    for (const std::vector<int>& over : choices) {
      const auto rows = rows_along(x.elements, shape, over);
      for (int which = 0; which < 3; ++which) {
        const view<const std::int32_t> operand = x.in_layout(which);
        for (const options& how : core_ways()) {
          const array<std::int64_t> largest = evaluate(how, argmax(operand, named(over)));
          const array<std::int64_t> smallest = evaluate(how, argmin(operand, named(over), keepdims));
          for (std::size_t i = 0; i < rows.size(); ++i) {
            ASSERT_EQ(largest.data()[i], std::max_element(rows[i].begin(), rows[i].end()) - rows[i].begin()) << to_string(how) << to_string(shape);
            ASSERT_EQ(smallest.data()[i], std::min_element(rows[i].begin(), rows[i].end()) - rows[i].begin()) << to_string(how);
          }
        }
      }
    }
  }
}

TEST(Truth, IsAnyAndAll) {
  array<bool> none({5000}, false);
  EXPECT_FALSE(everywhere([&] { return any(none); }));
  EXPECT_EQ(everywhere([&] { return count_nonzero(none); }), 0);
  none(4999) = true;
  EXPECT_TRUE(everywhere([&] { return any(none); }));
  EXPECT_FALSE(everywhere([&] { return all_of(none); }));
  EXPECT_EQ(everywhere([&] { return count_nonzero(none); }), 1);
  const array<float> x = array<float>::from({1, std::numeric_limits<float>::quiet_NaN(), -0.5f});
  EXPECT_TRUE(everywhere([&] { return all_of(x); })) << "a NaN is not 0";
  EXPECT_FALSE(evaluate(any(array<float>({0}))));
  EXPECT_TRUE(evaluate(all_of(array<float>({0}))));
}

TEST(Sum, OfNarrowIntegersIsIn64Bits) {
  const array<std::uint8_t> bytes({100000}, std::uint8_t{255});
  EXPECT_EQ(everywhere([&] { return sum(bytes); }), 25500000u);
  const array<std::int16_t> words({100000}, std::int16_t{-32768});
  EXPECT_EQ(everywhere([&] { return sum(words); }), -3276800000);
  const array<std::int32_t> factors = array<std::int32_t>::from({1 << 20, 1 << 20, 3});
  EXPECT_EQ(everywhere([&] { return product(factors); }), std::int64_t{3} << 40);
  EXPECT_EQ(everywhere([&] { return mean(bytes); }), 255.0);
  EXPECT_EQ(everywhere([&] { return sum(array<bool>({77}, true)); }), 77);
}

// --- many tiles -------------------------------------------------------------------------------------------------------

/// The order depends on how many elements a result is made from, and on nothing else: each result along an axis of a large
/// array has the bits of the reduction of a contiguous copy of its elements.
template <class Along, class Alone>
void expect_each_as_alone(const array<float>& x, int axis_index, Along&& along, Alone&& alone) {
  const auto rows = rows_along(std::vector<float>(x.begin(), x.end()), x.shape(), {axis_index});
  std::vector<decltype(alone(array<float>()))> expected;
  const std::size_t step = std::max<std::size_t>(1, rows.size() / 50);
  for (std::size_t r = 0; r < rows.size(); r += step) expected.push_back(alone(array<float>::from(rows[r])));
  for (const int threads : {1, 2}) {
    for (const options& how : all_ways(threads)) {
      const auto got = evaluate(how, along(x, axis{axis_index}));
      ASSERT_EQ(got.size(), rows.size());
      for (std::size_t k = 0; k < expected.size(); ++k) {
        ASSERT_TRUE(same_bits(got.data()[k * step], expected[k])) << to_string(x.shape()) << " axis " << axis_index << ", " << to_string(how);
      }
    }
  }
}

TEST(Reduction, AlongAnAxisOfALargeArrayHasTheBitsOfEachRowAlone) {
  const std::vector<std::pair<extents, std::vector<int>>> shapes{
      {{300001, 3}, {0, 1}},    {{40001, 70}, {0, 1}}, {{5000, 701}, {0}},       {{100, 20011}, {0}},
      {{3, 33333, 5}, {1}},     {{2, 200000}, {1}},    {{90001, 7, 2}, {0, 1}}};
  std::mt19937 random(11);
  for (const auto& [shape, choices] : shapes) {
    array<float> x(shape);
    for (float& v : x) v = static_cast<float>(random() % 100003) / 7.0f - 5000.0f;
    for (const int along : choices) {
      const auto check = [&](const auto& reduce) {
        expect_each_as_alone(x, along, [&](const auto& a, const axes& over) { return reduce(a, over); },
                             [&](const array<float>& row) { return evaluate(options{.engine = engine::interpreted, .threads = 1}, reduce(row)); });
      };
      check(sum);
      check(max);
      check(mean);
      check(variance);
      check(argmin);
      if (HasFatalFailure()) return;
    }
  }
}

/// Elements that lie across the results, as many as there may be in a block or about it: calls, groups and lanes of every kind.
template <class T>
void check_lengths_across() {
  std::mt19937 random(3);
  const auto some = [&](const extents& shape) {
    array<T> made(shape);
    for (T& v : made) v = static_cast<T>(static_cast<int>(random() % 20001) - 10000) / T{7};
    return made;
  };
  std::vector<std::int64_t> lengths(40);
  std::iota(lengths.begin(), lengths.end(), 1);
  lengths.insert(lengths.end(), {63, 64, 65, 100, 127, 128, 129, 255, 257, 400, 511, 513, 1000, 1023, 1024, 1025, 1088});
  lengths.insert(lengths.end(), {2500, 4095, 4096, 4097, 9000});
  constexpr std::int64_t results = 37;
  const options alone{.engine = engine::interpreted, .threads = 1};
  for (const std::int64_t n : lengths) {
    const array<T> x = some({n, results}), wide = some({n, results + 5}), weights = some({n, 1});
    const view<const T> gaps = wide(all, slice(2, results + 2));
    for (const options& how : core_ways()) {
      SCOPED_TRACE(std::to_string(n) + " elements, " + to_string(how));
      const array<T> sums = evaluate(how, sum(x, axis{0}));
      const auto [weighted, largest] = evaluate(how, sum(gaps * weights, axis{0}), max(gaps, axis{0}));
      for (std::int64_t r = 0; r < results; r += 6) {
        const array<T> row = evaluate(x(all, r)), other = evaluate(gaps(all, r)), factors = evaluate(weights(all, 0));
        ASSERT_TRUE(same_bits(sums(r), evaluate(alone, sum(row))));
        ASSERT_TRUE(same_bits(weighted(r), evaluate(alone, sum(other * factors))));
        ASSERT_TRUE(same_bits(largest(r), evaluate(alone, max(other))));
      }
    }
  }
}
TEST(Reduction, AcrossRowsOfAnyLengthHasTheBitsOfEachRowAlone) {
  check_lengths_across<float>();
  check_lengths_across<double>();
}

// --- shapes and passes --------------------------------------------------------------------------------------------------

TEST(Reduction, KeepsAxesIfAsked) {
  const array<float> x({2, 3, 4}, 1.0f);
  EXPECT_EQ(evaluate(sum(x, axis{1})).shape(), (extents{2, 4}));
  EXPECT_EQ(evaluate(sum(x, axis{1}, keepdims)).shape(), (extents{2, 1, 4}));
  EXPECT_EQ(evaluate(sum(x, axes{0, -1})).shape(), (extents{3}));
  EXPECT_EQ(evaluate(sum(x, axes{-1, 0}, keepdims)).shape(), (extents{1, 3, 1}));
  EXPECT_EQ(evaluate(sum(x, keepdims)).shape(), (extents{1, 1, 1}));
  EXPECT_EQ(evaluate(mean(x, axes{0, 2}, keepdims)).shape(), (extents{1, 3, 1}));
  EXPECT_EQ(evaluate(variance(x, axis{0})).shape(), (extents{3, 4}));
  EXPECT_EQ(evaluate(mean(x, keepdims)).shape(), (extents{1, 1, 1}));
  EXPECT_EQ(evaluate(sum(x, axes{0, 1, 2})).shape(), extents{});
}

TEST(Reduction, RefusesAxesThatDoNotExistOrAreNamedTwice) {
  const array<float> x({2, 3}, 1.0f);
  const auto complaint = [](auto&& make) -> std::string {
    try {
      make();
    } catch (const shape_error& problem) {
      return problem.what();
    }
    return {};
  };
  EXPECT_EQ(complaint([&] { sum(x, axis{2}); }), "sum: axis 2 does not exist in shape (2, 3)");
  EXPECT_EQ(complaint([&] { mean(x, axes{0, -3}); }), "mean: axis -3 does not exist in shape (2, 3)");
  EXPECT_EQ(complaint([&] { max(x, axes{1, -1}); }), "max: axis -1 is named twice for shape (2, 3)");
  EXPECT_EQ(complaint([&] { softmax(x, axis{5}); }), "softmax: axis 5 does not exist in shape (2, 3)");
  const axes many{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  EXPECT_EQ(complaint([&] { sum(x, many); }), "sum: 18 axes for shape (2, 3)");
}

TEST(Reduction, TakesANumberWhereItsResultWouldDependOnElements) {
  const array<float> x({2, 3}, 1.0f);
  EXPECT_THROW(evaluate(variance(x, x)), type_error);
  EXPECT_THROW(evaluate(variance(x, x, axis{0}, keepdims)), type_error);
}

TEST(Reduction, OfNothingIsAnErrorUnlessItHasAValue) {
  const array<float> x({0, 3});
  EXPECT_THROW(min(x), shape_error);
  EXPECT_THROW(mean(x, axis{0}), shape_error);
  EXPECT_THROW(argmax(x, axis{0}), shape_error);
  EXPECT_EQ(evaluate(max(x, axis{1})).shape(), (extents{0})) << "there is no row";
  EXPECT_EQ(evaluate(product(x)), 1.0f);
  const array<float> sums = evaluate(sum(x, axis{0}));
  EXPECT_EQ(std::vector<float>(sums.begin(), sums.end()), (std::vector<float>{0, 0, 0}));
}

TEST(Reduction, OfSeveralKindsReadsItsOperandOnce) {
  const array<float> a = ramp(50000), w = ramp(50000), b = ramp(50000);
  const auto e = [&] { return std::tuple(relu(a * w) + b, sum(a), max(a), argmax(a), variance(a)); };
  const explanation how = std::apply([](auto&&... x) { return explain(x...); }, e());
  EXPECT_EQ(how.passes, 1u) << how.text();
  EXPECT_LE(how.bytes_read, 3 * 50000 * 4u + 64);
  const auto [y, s, m, i, v] = evaluate(relu(a * w) + b, sum(a), max(a), argmax(a), variance(a));
  EXPECT_EQ(y(4000), a(4000) * w(4000) + b(4000));
  EXPECT_EQ(s, evaluate(sum(a)));
  EXPECT_EQ(m, 0.999f);
  EXPECT_EQ(i, 999);
  EXPECT_EQ(v, evaluate(variance(a)));
}

TEST(Reduction, MayBePartOfAnExpressionAlongAnyAxis) {
  const array<float> x = evaluate(arange<float>(0, 24) * 0.5f);
  const array<float> m = evaluate(borrow(x.data(), {2, 3, 4}) + 0.0f);
  for (const int along : {0, 1, 2}) {
    array<float> first;
    for (const options& how : core_ways()) {
      const array<float> got = evaluate(how, (m - mean(m, axis{along}, keepdims)) / (stddev(m, axis{along}, keepdims) + 1.0f));
      if (first.size() == 0) first = got;
      for (std::size_t i = 0; i < 24; ++i) ASSERT_TRUE(same_bits(got.data()[i], first.data()[i])) << to_string(how);
    }
    std::vector<int> over{along};
    const std::vector<float> elements(m.begin(), m.end());
    const auto rows = rows_along(elements, m.shape(), over);
    const auto got = rows_along(std::vector<float>(first.begin(), first.end()), m.shape(), over);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const std::vector<real> row(rows[r].begin(), rows[r].end());
      for (std::size_t c = 0; c < row.size(); ++c) {
        EXPECT_NEAR(got[r][c], static_cast<double>((row[c] - mean_of(row)) / (std::sqrt(variance_of(row)) + 1)), 1e-6);
      }
    }
  }
}

TEST(Reduction, OfRowsStaysWithTheRow) {
  const array<float> x({100, 1000}, 1.0f);
  const auto passes = [](const auto& e) { return explain(e).passes; };
  EXPECT_EQ(passes(softmax(x)), 1u);
  EXPECT_EQ(passes(layer_norm(x)), 1u);
  EXPECT_EQ(passes((x - mean(x, axis{-1}, keepdims)) / stddev(x, axis{-1}, keepdims)), 1u);
  EXPECT_EQ(passes(softmax(x, axis{0})), 1u);
  EXPECT_EQ(passes(x / sum(x)), 2u);
}

// --- rows -------------------------------------------------------------------------------------------------------------

/// One row program: how it is called along an axis, and what becomes of a row.
struct row_case {
  const char* name;
  std::function<array<float>(const options&, const view<const float>&, const axes&)> along;
  std::function<std::vector<real>(const std::vector<real>&)> value;
};

std::vector<real> each(const std::vector<real>& x, const std::function<real(real)>& f) {
  std::vector<real> made;
  for (const real v : x) made.push_back(f(v));
  return made;
}

std::vector<row_case> row_cases() {
  const auto exp_sum = [](const std::vector<real>& x) { return sum_of(x, [](real v) { return std::exp(v); }); };
  const auto squares = [](const std::vector<real>& x) { return sum_of(x, [](real v) { return v * v; }); };
  const auto least = [](const std::vector<real>& x) { return *std::min_element(x.begin(), x.end()); };
  const auto most = [](const std::vector<real>& x) { return *std::max_element(x.begin(), x.end()); };
#define CASE(name, value) \
  row_case { #name, [](const options& how, const view<const float>& x, const axes& over) { return evaluate(how, op::name(x, over)); }, value }
  return {
      CASE(softmax, [=](const auto& x) { return each(x, [&](real v) { return std::exp(v) / exp_sum(x); }); }),
      CASE(log_softmax, [=](const auto& x) { return each(x, [&](real v) { return v - std::log(exp_sum(x)); }); }),
      CASE(zscore, [=](const auto& x) { return each(x, [&](real v) { return (v - mean_of(x)) / std::sqrt(variance_of(x)); }); }),
      CASE(minmax_normalize, [=](const auto& x) { return each(x, [&](real v) { return (v - least(x)) / (most(x) - least(x)); }); }),
      CASE(normalize, [=](const auto& x) { return each(x, [&](real v) { return v / std::sqrt(squares(x)); }); }),
      CASE(layer_norm, [=](const auto& x) { return each(x, [&](real v) { return (v - mean_of(x)) / std::sqrt(variance_of(x) + 1e-5L); }); }),
      CASE(rms_norm, [=](const auto& x) { return each(x, [&](real v) { return v / std::sqrt(squares(x) / static_cast<real>(x.size()) + 1e-5L); }); }),
  };
#undef CASE
}

TEST(Rows, AreTheirDefinitionsAlongAnyAxisOfAnyLayout) {
  const std::vector<std::pair<extents, std::vector<int>>> shapes{{{5, 7}, {0, 1}}, {{130, 65}, {0, 1}}, {{3, 9001}, {1}}, {{4, 70, 33}, {0, 1, 2}}};
  for (const auto& [shape, choices] : shapes) {
    operands<float> x(shape, 5);
    for (const int along : choices) {
      const auto rows = rows_along(x.elements, shape, {along});
      for (const row_case& one : row_cases()) {
        array<float> first;
        for (int which = 0; which < 3; ++which) {
          const view<const float> operand = x.in_layout(which);
          for (const options& how : core_ways()) {
            const array<float> got = one.along(how, operand, axis{along});
            if (first.size() == 0) first = got;
            for (std::size_t i = 0; i < got.size(); ++i) {
              ASSERT_TRUE(same_bits(got.data()[i], first.data()[i])) << one.name << to_string(shape) << to_string(how) << " layout " << which;
            }
          }
        }
        const auto got = rows_along(std::vector<float>(first.begin(), first.end()), shape, {along});
        for (std::size_t r = 0; r < rows.size(); ++r) {
          const std::vector<real> expected = one.value(std::vector<real>(rows[r].begin(), rows[r].end()));
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(got[r][i], static_cast<double>(expected[i]), 2e-6 * (1 + std::fabs(static_cast<double>(expected[i])))) << one.name;
          }
        }
      }
    }
  }
}

TEST(Rows, OfLargeLogitsDoNotOverflow) {
  const array<float> x = array<float>::from({1000, 1001, -1000});
  const array<float> p = evaluate(log_softmax(x));
  EXPECT_NEAR(p(1), -0.31326166, 1e-6);
  EXPECT_FLOAT_EQ(evaluate(logsumexp(x)), 1001.3132f);
  const array<float> lowest({4}, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(evaluate(logsumexp(lowest)), lowest(0));
}

TEST(Losses, AreTheirDefinitions) {
  const auto a = array<float>::from({0.1f, 0.5f, 0.9f, 0.25f}), b = array<float>::from({0, 1, 1, 0});
  EXPECT_NEAR(everywhere([&] { return mse(a, b); }), (0.01 + 0.25 + 0.01 + 0.0625) / 4, 1e-7);
  EXPECT_NEAR(everywhere([&] { return l1(a, b); }), (0.1 + 0.5 + 0.1 + 0.25) / 4, 1e-7);
  EXPECT_NEAR(everywhere([&] { return huber(a, b, 0.2f); }), (0.005 + 0.2 * 0.4 + 0.005 + 0.2 * 0.15) / 4, 1e-7);
  const double entropy = -(std::log(0.9) + std::log(0.5) + std::log(0.9) + std::log(0.75)) / 4;
  EXPECT_NEAR(everywhere([&] { return binary_cross_entropy(a, b); }), entropy, 1e-6);
  EXPECT_FLOAT_EQ(evaluate(binary_cross_entropy(array<float>::from({0, 1}), array<float>::from({1, 1}))), 50) << "as dear as can be";
  const array<float> logits = evaluate(borrow(a.data(), {2, 2}) + 0), hot = array<float>::from({0, 1, 1, 0});
  const array<float> targets = evaluate(borrow(hot.data(), {2, 2}) + 0);
  const array<float> each_row = evaluate(softmax_cross_entropy(logits, targets, axis{-1}));
  EXPECT_NEAR(each_row(0), std::log(std::exp(0.1) + std::exp(0.5)) - 0.5, 1e-6);
  EXPECT_NEAR(each_row(1), std::log(std::exp(0.9) + std::exp(0.25)) - 0.9, 1e-6);
}

TEST(BatchNorm, IsAnExpressionOfElements) {
  const array<float> x({6, 3}, 2.0f), scale({3}, 4.0f);
  EXPECT_NEAR(evaluate(sum(batch_norm(x, 1.0f, scale, 2.0f, 0.5f))) / 18, 0.5 + 2 / std::sqrt(4 + 1e-5), 1e-5);
  EXPECT_EQ(explain(batch_norm(x, 1.0f, scale, 2.0f, 0.5f)).stages, 1u);
}

TEST(Contraction, IsASumOverABroadcast) {
  const array<float> a = evaluate(cast<float>(index({3, 4}, axis{0}) * 10 + index({3, 4}, axis{1}))), x = array<float>::from({1, 2, 3, 4});
  const array<float> y = evaluate(matvec(a, x));
  EXPECT_EQ(std::vector<float>(y.begin(), y.end()), (std::vector<float>{20, 120, 220}));
  const array<float> products = evaluate(outer(y, x));
  EXPECT_EQ(products.shape(), (extents{3, 4}));
  EXPECT_EQ(products(1, 2), 360);
}

}  // namespace
}  // namespace onepass::testing
