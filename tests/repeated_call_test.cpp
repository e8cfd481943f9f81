// Calls that are made again: nothing is planned again for them, and yet they see everything that has changed.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

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
TEST(RepeatedCall, SeesOtherShapesInTheSameMemory) {
  for (const options& how : all_ways()) {
    for (int time = 0; time < 6; ++time) {
      const std::int64_t columns = 30 + time % 3;
      array<float> a({600 / columns, columns}, 1.0f), row({columns}, 2.0f), y({600 / columns, columns});
      for (int again = 0; again < 2; ++again) {
        assign(how, y, a, row, 4);
        expect_all(y, 6, how);
      }
    }
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
