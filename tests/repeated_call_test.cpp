// Calls that are made again: nothing is planned again for them, and yet they see everything that has changed.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// y = a * s + row, by the same statement each time.
void assign(const options& how, array<float>& y, const array<float>& a, const array<float>& row, float s) {
  evaluate_into(how, std::tie(y), a * s + row);
}

void expect_all(const array<float>& y, float expected, const options& how) {
  for (const float v : y) ASSERT_EQ(v, expected) << to_string(how);
}

TEST(RepeatedCall, SeesOtherElementsAndScalars) {
  for (const options& how : all_ways()) {
    array<float> a({20, 30}, 1.0f), row({30}, 2.0f), y({20, 30});
    for (int time = 0; time < 4; ++time) {
      std::fill(a.begin(), a.end(), static_cast<float>(time));
      assign(how, y, a, row, 3.0f + static_cast<float>(time));
      expect_all(y, static_cast<float>(time * (3 + time) + 2), how);
    }
  }
}

TEST(RepeatedCall, LeavesCopiesAlone) {
  for (const options& how : all_ways()) {
    array<float> a({20, 30}, 1.0f), row({30}, 2.0f), y({20, 30});
    assign(how, y, a, row, 1);
    assign(how, y, a, row, 1);
    const array<float> copy = y;
    assign(how, y, a, row, 5);
    expect_all(copy, 3, how);
    expect_all(y, 7, how);
    assign(how, y, a, row, 6);
    assign(how, y, a, row, 7);
    expect_all(copy, 3, how);
    expect_all(y, 9, how);
  }
}

/// Blocks come and go: the same memory is often another array.
TEST(RepeatedCall, SeesOtherShapesAndStridesOfTheSameMemory) {
  std::vector<float> elements(600), result(600);
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<float>(i);
  const array<float> ones({30}, 1.0f);
  for (const options& how : all_ways()) {
    for (const auto& [rows, columns, stride] : {std::array{20, 30, 30}, {20, 30, 30}, {30, 20, 20}, {30, 20, 10}, {20, 30, 30}}) {
      const view<const float> from = borrow(const_cast<const float*>(elements.data()), {rows, columns}, {stride, 1});
      view<float> to = borrow(result.data(), {rows, columns});
      evaluate_into(how, std::tie(to), from + borrow(ones.data(), {columns}));
      for (int i = 0; i < rows * columns; ++i) {
        ASSERT_EQ(result[static_cast<std::size_t>(i)], static_cast<float>(i / columns * stride + i % columns + 1)) << to_string(how);
      }
    }
  }
}

/// More expressions on the same operands than the 32 that a thread remembers. Those beyond give other results.
template <int Count>
auto chain(const array<float>& a, const array<float>& row) {
  if constexpr (Count == 0) {
    return a + row;
  } else if constexpr (Count < 32) {
    return -chain<Count - 1>(a, row);
  } else {
    return abs(chain<Count - 1>(a, row));
  }
}

TEST(RepeatedCall, IsOfOneExpressionOnly) {
  const array<float> a({4, 5}, 1.0f), row({5}, 2.0f);
  array<float> y({4, 5});
  for (const options& how : core_ways()) {
    [&]<int... Count>(std::integer_sequence<int, Count...>) {
      ((evaluate_into(how, std::tie(y), chain<Count>(a, row)), expect_all(y, Count >= 32 || Count % 2 == 0 ? 3.0f : -3.0f, how)), ...);
    }(std::make_integer_sequence<int, 40>{});
  }
}

TEST(RepeatedCall, IntoViewsWritesWhereTheyAre) {
  std::vector<float> memory(400, 0.0f);
  const array<float> row({10}, 1.0f), one({1}, 1.0f);
  for (const options& how : all_ways()) {
    std::fill(memory.begin(), memory.end(), 0.0f);
    for (int k = 0; k < 8; ++k) {
      view<float> to = borrow(memory.data() + (k / 2) * 100, {5, 10}, {20, 1});
      evaluate_into(how, std::tie(to), row + one);
    }
    for (std::size_t i = 0; i < memory.size(); ++i) ASSERT_EQ(memory[i], i % 20 < 10 ? 2.0f : 0.0f) << i << ", " << to_string(how);
  }
}

/// Numbers of elements are scalar arguments that the library adds.
TEST(RepeatedCall, OfReductionsCountsElements) {
  for (const options& how : all_ways()) {
    for (const std::int64_t n : {10, 20, 10, 10}) {
      array<float> x({3, n}, 2.0f);
      for (int time = 0; time < 3; ++time) {
        x(0, 0) = static_cast<float>(2 + n * time);
        const array<float> means = evaluate(how, mean(x * 1.0f, axis{1}));
        EXPECT_EQ(means(0), static_cast<float>(2 + time)) << to_string(how);
        EXPECT_EQ(means(2), 2.0f) << to_string(how);
        EXPECT_EQ(evaluate(how, sum(x(all, slice(0, n, 2)))), static_cast<float>(3 * n + n * time)) << to_string(how);
      }
    }
  }
}

TEST(RepeatedCall, InTurnsWithAnother) {
  const array<float> column({8, 1}, 1.0f);
  array<float> a({8, 9}, 1.0f), b({8, 9}, 2.0f), y({8, 9}), z({8, 9});
  for (const options& how : all_ways()) {
    for (int time = 0; time < 4; ++time) {
      evaluate_into(how, std::tie(y), a + column);
      evaluate_into(how, std::tie(z), b * y - column);
      expect_all(z, 3, how);
      std::swap(y, z);
      evaluate_into(how, std::tie(y), a + column);
      expect_all(y, 2, how);
    }
  }
}

}  // namespace

}  // namespace onepass::testing
