// Expressions outlive what they were built from: each keeps its operands alive and sees them as they were then.
//
// Memory of arrays is filled with rubbish when it is freed, so that an expression that kept only a pointer is caught
// even without a sanitizer.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <malloc.h>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

// Arrays are the only ones to ask for memory that is aligned to cache lines.
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* const made = std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit)) return made;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* held, std::align_val_t) noexcept {
  if (held == nullptr) return;
  std::memset(held, 0xee, malloc_usable_size(held));
  asm volatile("" : : "r"(held) : "memory");  // or the rubbish would be optimised away
  std::free(held);
}
[[gnu::noinline]] void operator delete(void* held, std::size_t, std::align_val_t alignment) noexcept { operator delete(held, alignment); }

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// Evaluates by every way and compares.
template <class E>
void expect_elements(const E& e, const std::vector<float>& expected) {
  for (const options& how : all_ways()) EXPECT_EQ(elements_of(evaluate(how, e)), expected) << to_string(how);
}

auto scaled_and_moved() {
  const array<float> a = counting<float>({4}), w({4}, 10.0f), b = counting<float>({4}, 1);
  return op::relu(a * w) + b;
}

TEST(Lifetime, AnExpressionOutlivesItsArrays) { expect_elements(scaled_and_moved(), {1, 12, 23, 34}); }

TEST(Lifetime, AnExpressionOutlivesTemporaryArrays) {
  const auto e = counting<float>({3}) + counting<float>({3}, 10) * array<float>({3}, 2.0f);
  expect_elements(e, {20, 23, 26});
}

TEST(Lifetime, AnExpressionOutlivesTheArrayBehindAView) {
  const auto parts = [] {
    array<float> a = counting<float>({2, 4});
    return a(all, slice(1, 3)) * 2;
  }();
  expect_elements(parts, {2, 4, 10, 12});
  const auto transposed = [] {
    const array<float> a = counting<float>({2, 2});
    return transpose(a) + transpose(transpose(a));
  }();
  expect_elements(transposed, {0, 3, 3, 6});
  const auto reversed = counting<float>({4})(slice::every(-1))(slice(1, 3)) + 0;
  expect_elements(reversed, {2, 1});
}

TEST(Lifetime, AReductionOutlivesItsArrays) {
  const auto total = [] { return op::sum(counting<float>({100}) * 2); }();
  const auto rows = [] { return op::softmax(counting<float>({2, 3}) * 0) + op::max(counting<float>({2, 3}), axis{-1}, keepdims); }();
  for (const options& how : all_ways()) EXPECT_EQ(evaluate(how, total), 9900.0f) << to_string(how);
  const float third = 1.0f / 3;
  expect_elements(rows, {third + 2, third + 2, third + 2, third + 5, third + 5, third + 5});
}

/// A user's type that keeps an expression.
struct model {
  decltype(scaled_and_moved()) prediction;
  std::string name;
};

TEST(Lifetime, AnExpressionMayBeKeptCopiedAndEvaluatedAgain) {
  std::vector<model> models;
  models.push_back({scaled_and_moved(), "first"});
  models.push_back(models.front());
  models.front().prediction = scaled_and_moved();
  auto moved = std::move(models.back());
  models.clear();
  models.shrink_to_fit();
  for (int time = 0; time < 3; ++time) expect_elements(moved.prediction, {1, 12, 23, 34});
}

TEST(Lifetime, AnExpressionMayBeCapturedByAFunction) {
  std::function<array<float>(float)> f;
  {
    const array<float> a = counting<float>({3});
    f = [e = a * 2 + 1](float x) { return array<float>(e * x); };
  }
  EXPECT_EQ(elements_of(f(1)), (std::vector<float>{1, 3, 5}));
  EXPECT_EQ(elements_of(f(10)), (std::vector<float>{10, 30, 50}));
}

TEST(Lifetime, AnExpressionMayBePartOfLargerOnes) {
  std::optional<array<float>> a = counting<float>({3});
  const auto e = *a + 1;
  a.reset();
  const auto larger = e * e - op::sum(e);
  expect_elements(larger, {1 - 6, 4 - 6, 9 - 6});
  expect_elements(e, {1, 2, 3});
}

TEST(Lifetime, AnExpressionSeesTheElementsOfItsTime) {
  array<float> a = counting<float>({3}), w({3}, 2.0f);
  const auto e = a * w;
  const auto part = a(slice(1, 3)) + 0;
  const auto transposed = transpose(a) + 0;
  a(1) = 100;
  w = w + 50;
  a = array<float>({7}, -1.0f);
  expect_elements(e, {0, 2, 4});
  expect_elements(part, {1, 2});
  expect_elements(transposed, {0, 1, 2});
}

TEST(Lifetime, AnExpressionIsNotDisturbedByAssigningItToItsOwnOperand) {
  array<float> a = counting<float>({3});
  const auto e = a * 10 + 1;
  for (int time = 0; time < 3; ++time) {
    a = e;
    EXPECT_EQ(elements_of(a), (std::vector<float>{1, 11, 21}));
  }
  expect_elements(e, {1, 11, 21});
}

TEST(Lifetime, EveryWayOfWritingIntoAnArrayLeavesExpressions) {
  const auto check = [](auto&& write) {
    array<float> a = counting<float>({3});
    const auto e = a + 0;
    write(a);
    expect_elements(e, {0, 1, 2});
  };
  check([](array<float>& a) { a.data()[0] = 9; });
  check([](array<float>& a) { a.span()[0] = 9; });
  check([](array<float>& a) { a(slice(0, 2)) = array<float>({2}, 9.0f); });
  check([](array<float>& a) { transpose(a) = array<float>({3}, 9.0f); });
  check([](array<float>& a) { a = a * 2; });
  check([](array<float>& a) { evaluate_into(std::tie(a), array<float>({3}, 9.0f)); });
  check([](array<float>& a) {
    float s;
    evaluate_into(std::tie(a, s), a * 9, op::sum(a));
  });
}

// Borrowed memory belongs to the caller: an expression sees what it holds when it is evaluated.
TEST(Lifetime, BorrowedMemoryIsReadWhenTheExpressionIsEvaluated) {
  std::vector<float> memory = {1, 2, 3};
  const auto e = borrow(memory.data(), {3}) * 2;
  memory[1] = 50;
  expect_elements(e, {2, 100, 6});
}

TEST(Lifetime, NumbersAreKeptAsTheyWere) {
  float x = 2;
  const auto e = counting<float>({3}) * x;
  x = 1000;
  expect_elements(e, {0, 2, 4});
}

TEST(Lifetime, AnExpressionMayBeEvaluatedOnAnotherThread) {
  std::vector<std::thread> threads;
  std::vector<array<float>> results(4);
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&results, i, e = scaled_and_moved()] {
      for (int time = 0; time < 50; ++time) results[i] = e;
    });
  }
  for (std::thread& t : threads) t.join();
  for (const array<float>& result : results) EXPECT_EQ(elements_of(result), (std::vector<float>{1, 12, 23, 34}));
}

TEST(Lifetime, AnEmptyArrayMayBePartOfAnExpression) {
  const auto e = [] { return array<float>() + array<float>(); }();
  expect_elements(e, {});
}

TEST(Lifetime, NothingIsLeftBehind) {
  int released = 0;
  float memory[4] = {1, 2, 3, 4};
  {
    auto a = adopt(memory, {4}, [&](float*) { ++released; });
    const auto e = op::relu(a) + a(slice::every(-1));
    const auto copy = e;
    for (const options& how : all_ways()) {
      EXPECT_EQ(elements_of(evaluate(how, copy)), (std::vector<float>{5, 5, 5, 5}));
      array<float> result;
      float s;
      evaluate_into(how, std::tie(result, s), e, op::sum(a));
      EXPECT_EQ(s, 10.0f);
    }
    a = array<float>();
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1) << "an evaluation or an expression still holds the memory";
}

}  // namespace
}  // namespace onepass::testing
