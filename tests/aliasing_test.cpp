// Sources and destinations that share memory: `y = e` as if all of e had been computed before y changes.
//
// Every case is evaluated twice: on shared memory, and with every operand a copy of its own. The results have to be the
// same, whichever engine runs and however the memory overlaps.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// A gapless copy of what a view shows.
template <class V>
auto copy_of(const V& of) {
  using T = typename V::element_type;
  array<T> made(of.shape());
  const std::vector<T> elements = elements_of(of);
  std::copy(elements.begin(), elements.end(), made.begin());
  return made;
}

constexpr auto doubled = [](const auto& x) { return x * 2 + 1; };
constexpr auto combined = [](const auto& x, const auto& y) { return op::relu(x) * 3 - y; };

/// Evaluates f of views of `memory` into another view of it, by every way; `memory` is as before afterwards.
template <class F, class... V>
void check_shared(std::vector<float>& memory, F f, view<float> to, const V&... from) {
  const std::vector<float> before = memory;
  const array<float> expected = evaluate(options{.engine = engine::interpreted}, f(copy_of(from)...));
  for (const options& how : all_ways()) {
    for (int time = 0; time < 2; ++time) {  // the second time goes the quick way, if there is one
      evaluate_into(how, std::tie(to), f(from...));
      ASSERT_TRUE(same_elements(elements_of(to), elements_of(expected))) << to_string(how) << ", time " << time;
      memory = before;
    }
  }
}

// --- arrays ---------------------------------------------------------------------------------------------------------

TEST(Aliasing, AnArrayMayBeItsOwnOperand) {
  for (const std::size_t n : {0, 1, 63, 64, 65, 1000, 5000}) {
    const array<float> x = varied<float>({n}), w = varied<float>({n}, 2);
    const array<float> expected = combined(x, w);
    for (const options& how : all_ways()) {
      array<float> y = varied<float>({n});
      evaluate_into(how, std::tie(y), combined(y, w));
      ASSERT_TRUE(same_elements(elements_of(y), elements_of(expected))) << to_string(how) << ", " << n << " elements";
    }
    array<float> y = varied<float>({n});
    y = combined(y, w);
    EXPECT_TRUE(same_elements(elements_of(y), elements_of(expected)));
  }
}

TEST(Aliasing, AnArrayThatIsItsOwnOperandStaysInPlace) {
  array<float> y = varied<float>({100});
  const float* const where = y.data();
  for (int i = 0; i < 3; ++i) y = y * 0.5f + 1;
  EXPECT_EQ(std::as_const(y).data(), where);
}

TEST(Aliasing, AnArrayMayBecomeItsTransposition) {
  for (const std::int64_t n : {1, 2, 16, 17, 64, 65, 130}) {
    const array<float> before = varied<float>({n, n});
    array<float> y = before, z = varied<float>({n, n});
    y = transpose(y);
    z = transpose(z) * 2 + z;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        ASSERT_TRUE(same_bits(y(i, j), before(j, i))) << n;
        ASSERT_TRUE(same_bits(z(i, j), before(j, i) * 2 + before(i, j))) << n;
      }
    }
  }
}

TEST(Aliasing, ATranspositionMayChangeTheShape) {
  array<float> y = counting<float>({2, 3});
  y = transpose(y);
  EXPECT_EQ(y.shape(), (extents{3, 2}));
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Aliasing, AnArrayMayBecomeAPartOfItself) {
  array<float> y = counting<float>({6});
  y = y(slice::every(-2)) + 1;
  EXPECT_EQ(elements_of(y), (std::vector<float>{6, 4, 2}));
}

TEST(Aliasing, RowsOfAnArrayMayBeSwappedWithOneAnother) {
  array<float> y = counting<float>({2, 3});
  y = y(slice::every(-1));
  EXPECT_EQ(elements_of(y), (std::vector<float>{3, 4, 5, 0, 1, 2}));
}

TEST(Aliasing, AnArrayMayBeStretchedIntoItself) {
  array<float> y = counting<float>({3, 3});
  y = y + y(0, all);
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 2, 4, 3, 5, 7, 6, 8, 10}));
  y = y - y(all, slice(0, 1));
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 2, 4, 0, 2, 4, 0, 2, 4}));
}

// --- parts of one array ---------------------------------------------------------------------------------------------

TEST(Aliasing, PartsOfAnArrayMayMoveByOneEitherWay) {
  for (const std::int64_t n : {2, 9, 64, 65, 1000}) {
    array<float> forward = counting<float>({n}), backward = counting<float>({n});
    forward(slice(1, n)) = forward(slice(0, n - 1));
    backward(slice(0, n - 1)) = backward(slice(1, n));
    for (std::int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(forward(i), static_cast<float>(i == 0 ? 0 : i - 1)) << n;
      ASSERT_EQ(backward(i), static_cast<float>(i == n - 1 ? i : i + 1)) << n;
    }
  }
}

TEST(Aliasing, APartMayTakeItsOwnReverse) {
  array<float> y = counting<float>({8});
  y(slice(1, 7)) = y(slice(6, 0, -1)) * 10;
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 60, 50, 40, 30, 20, 10, 7}));
}

TEST(Aliasing, APartMayUseTheWholeArray) {
  array<float> y = counting<float>({3, 3});
  y(all, 0) = y(all, 0) + evaluate(op::sum(y, axis{-1}));
  EXPECT_EQ(elements_of(y), (std::vector<float>{3, 1, 2, 15, 4, 5, 27, 7, 8}));
  y(1, all) = op::sum(y, axis{-1});
  EXPECT_EQ(elements_of(y), (std::vector<float>{3, 1, 2, 6, 24, 42, 27, 7, 8}));
}

// --- raw memory: nothing but addresses tells ------------------------------------------------------------------------

TEST(Aliasing, OfRawMemoryShiftedByAnyDistance) {
  for (const std::int64_t n : {1, 7, 64, 129, 1000}) {
    std::vector<float> memory = elements_of(varied<float>({3 * n + 40}));
    float* const middle = memory.data() + n + 20;
    for (std::int64_t distance = -n - 1; distance <= n + 1; distance += std::abs(distance) < 18 || n < 18 ? 1 : 17) {
      SCOPED_TRACE(std::to_string(n) + " elements, distance " + std::to_string(distance));
      const auto shifted = borrow(static_cast<const float*>(middle + distance), {n});
      check_shared(memory, doubled, borrow(middle, {n}), shifted);
      check_shared(memory, combined, borrow(middle, {n}), shifted, borrow(static_cast<const float*>(middle), {n}));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Aliasing, OfRawMemoryInOtherLayouts) {
  constexpr std::int64_t n = 66;
  std::vector<float> memory = elements_of(varied<float>({n * n + 2}));
  float* const first = memory.data();
  const float* const source = first;
  const auto square = borrow(first, {n, n});
  check_shared(memory, doubled, square, borrow(source, {n, n}, {1, n}));                                   // transposed
  check_shared(memory, doubled, borrow(first, {n, n}, {1, n}), borrow(source, {n, n}, {1, n}));            // both
  check_shared(memory, combined, square, borrow(source, {n, n}, {1, n}), borrow(source, {n, n}));
  check_shared(memory, combined, square, borrow(source, {n, n}), borrow(source + 5, {n}));                 // one row, stretched
  check_shared(memory, combined, square, borrow(source, {n, n}), borrow(source + 5, {n, 1}, {n, 1}));      // one column
  check_shared(memory, combined, square, borrow(source, {n, n}), borrow(source + n + 3, {1}));             // one element
  check_shared(memory, doubled, square, borrow(source + n * n - 1, {n, n}, {-n, -1}));                     // backwards
  check_shared(memory, doubled, borrow(first, {n}, {2}), borrow(source + 1, {n}, {2}));                    // interleaved
  check_shared(memory, doubled, borrow(first, {n}, {2}), borrow(source, {n}, {1}));                        // stretched apart
  check_shared(memory, doubled, borrow(first, {n}, {1}), borrow(source, {n}, {2}));                        // drawn together
}

TEST(Aliasing, OfRowsThatAreReducedInPlace) {
  constexpr std::int64_t rows = 9, columns = 130;
  std::vector<float> memory = elements_of(varied<float>({rows * columns}));
  float* const first = memory.data();
  const auto whole = borrow(static_cast<const float*>(first), {rows, columns});
  const auto softened = [](const auto& x) { return op::softmax(x); };
  const auto centred = [](const auto& x) { return x - op::max(x, axis{-1}, keepdims); };
  const auto scaled = [](const auto& x) { return x / op::sum(x); };
  const auto totals = [](const auto& x) { return op::sum(x * x, axis{-1}); };
  check_shared(memory, softened, borrow(first, {rows, columns}), whole);
  check_shared(memory, centred, borrow(first, {rows, columns}), whole);
  check_shared(memory, scaled, borrow(first, {rows, columns}), whole);
  check_shared(memory, totals, borrow(first, {rows}), whole);
  check_shared(memory, totals, borrow(first + columns, {rows}, {columns}), whole);
  check_shared(memory, centred, borrow(first, {rows, 1}), borrow(static_cast<const float*>(first), {rows, 1}));
}

TEST(Aliasing, OfRandomLayoutsInOneMemory) {
  std::mt19937_64 random(3);
  std::vector<float> memory = elements_of(varied<float>({4000}));
  for (int i = 0; i < 300; ++i) {
    const std::int64_t rows = 1 + static_cast<std::int64_t>(random() % 20), columns = 1 + static_cast<std::int64_t>(random() % 20);
    const auto place = [&](bool may_repeat) {
      const bool upright = random() % 2 == 0;
      const std::int64_t gap = static_cast<std::int64_t>(random() % 3), unit = 1 + static_cast<std::int64_t>(random() % 2);
      std::int64_t strides[] = {columns * unit + gap, unit};
      if (!upright) strides[0] = unit, strides[1] = rows * unit + gap;
      if (may_repeat && random() % 4 == 0) strides[random() % 2] = 0;
      const std::int64_t first = 1000 + static_cast<std::int64_t>(random() % 40);
      return view<float>(memory.data() + first, view_layout(layout({rows, columns}, dimensions(strides, 2)), {}));
    };
    SCOPED_TRACE("case " + std::to_string(i));
    const auto to = place(false), a = place(true), b = place(true);
    check_shared(memory, combined, to, a, b);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Aliasing, OfTypesOfDifferentWidths) {
  alignas(8) float memory[65] = {};
  const auto narrow = borrow(static_cast<const float*>(memory), {32});
  const auto wide = borrow(reinterpret_cast<double*>(memory), {32});
  for (const options& how : all_ways()) {
    for (int i = 0; i < 32; ++i) memory[i] = static_cast<float>(i) + 0.5f;
    auto to = wide;
    evaluate_into(how, std::tie(to), op::cast<double>(narrow) * 2);
    for (int i = 0; i < 32; ++i) {
      double seen;
      std::memcpy(&seen, memory + 2 * i, sizeof seen);
      ASSERT_EQ(seen, 2 * i + 1.0) << to_string(how) << ", element " << i;
    }
  }
}

// --- several results ------------------------------------------------------------------------------------------------

TEST(Aliasing, AResultMayBeTheOperandOfAnother) {
  const array<float> before = varied<float>({4, 70}), w = varied<float>({4, 70}, 2);
  for (const options& how : all_ways()) {
    array<float> y = before, z = w;
    evaluate_into(how, std::tie(y, z), y + z, y - z);
    EXPECT_TRUE(same_elements(elements_of(y), elements_of(array<float>(before + w)))) << to_string(how);
    EXPECT_TRUE(same_elements(elements_of(z), elements_of(array<float>(before - w)))) << to_string(how);
  }
}

TEST(Aliasing, RawMemoryMayBeTheOperandOfAnotherResult) {
  constexpr std::int64_t n = 100;
  const array<float> before = varied<float>({2 * n});
  const array<float> sums = before(slice(0, n)) + before(slice(n, 2 * n)), differences = before(slice(0, n)) - before(slice(n, 2 * n));
  for (const options& how : all_ways()) {
    std::vector<float> memory = elements_of(before);
    view<float> low = borrow(memory.data(), {n}), high = borrow(memory.data() + n, {n});
    float total = 0;
    evaluate_into(how, std::tie(low, high, total), low + high, low - high, op::sum(low));
    ASSERT_TRUE(same_elements(elements_of(low), elements_of(sums))) << to_string(how);
    ASSERT_TRUE(same_elements(elements_of(high), elements_of(differences))) << to_string(how);
    ASSERT_TRUE(same_bits(total, evaluate(op::sum(before(slice(0, n)))))) << to_string(how);
  }
}

TEST(Aliasing, ResultsMayBeSwapped) {
  array<float> a = counting<float>({5}), b = counting<float>({5}, 10);
  evaluate_into(std::tie(a, b), b, a);
  EXPECT_EQ(elements_of(a), (std::vector<float>{10, 11, 12, 13, 14}));
  EXPECT_EQ(elements_of(b), (std::vector<float>{0, 1, 2, 3, 4}));
}

TEST(Aliasing, ResultsInTheSameMemoryAreRefused) {
  std::vector<float> memory = plain_memory(30, 5.0f);
  const array<float> x({10}, 1.0f);
  for (const int distance : {0, 1, 9}) {
    view<float> a = borrow(memory.data(), {10}), b = borrow(memory.data() + distance, {10});
    EXPECT_THROW(evaluate_into(std::tie(a, b), x + 1, x + 2), value_error) << distance;
  }
  EXPECT_EQ(memory, std::vector<float>(30, 5.0f)) << "nothing is written";
  view<float> a = borrow(memory.data(), {10}), b = borrow(memory.data() + 10, {10});
  EXPECT_NO_THROW(evaluate_into(std::tie(a, b), x + 1, x + 2));
  array<float> y({10});
  EXPECT_THROW(evaluate_into(std::tie(y, y), x + 1, x + 2), value_error);
}

// The array would be written in place, exactly where the view writes.
TEST(Aliasing, AnArrayAndAViewOfItsMemoryAreRefusedAsResults) {
  const array<float> x({10}, 1.0f);
  array<float> y({10}, 5.0f);
  view<float> same = borrow(y.data(), {10});
  EXPECT_THROW(evaluate_into(std::tie(y, same), x + 1, x + 2), value_error);
  EXPECT_THROW(evaluate_into(std::tie(same, y), x + 1, x + 2), value_error);
  EXPECT_EQ(elements_of(y), std::vector<float>(10, 5.0f)) << "nothing is written";
}

TEST(Aliasing, AResultWhosePositionsCoincideIsRefused) {
  std::vector<float> memory = plain_memory(10, 5.0f);
  view<float> repeated = borrow(memory.data(), {3, 2}, {0, 1}), folded = borrow(memory.data(), {3, 3}, {2, 1});
  EXPECT_THROW(repeated = array<float>({3, 2}, 1.0f), value_error);
  EXPECT_THROW(folded = array<float>({3, 3}, 1.0f), value_error);
  EXPECT_EQ(memory, std::vector<float>(10, 5.0f)) << "nothing is written";
}

// --- shared arrays --------------------------------------------------------------------------------------------------

TEST(Sharing, AssignmentToOneCopyLeavesTheOthers) {
  const array<float> before = varied<float>({50, 3});
  for (const options& how : all_ways()) {
    array<float> y = before;
    const array<float> copy = y;
    evaluate_into(how, std::tie(y), doubled(y));
    EXPECT_TRUE(same_elements(elements_of(copy), elements_of(before))) << to_string(how);
    EXPECT_TRUE(same_elements(elements_of(y), elements_of(array<float>(doubled(before))))) << to_string(how);
  }
}

TEST(Sharing, AssignmentToAPartLeavesCopies) {
  array<float> y = counting<float>({4});
  const array<float> copy = y;
  y(slice(0, 2)) = copy(slice(2, 4));
  EXPECT_EQ(elements_of(copy), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(elements_of(y), (std::vector<float>{2, 3, 2, 3}));
  y(slice(0, 2)) = y(slice(2, 4)) + copy(slice(0, 2));
  EXPECT_EQ(elements_of(y), (std::vector<float>{2, 4, 2, 3}));
  EXPECT_EQ(elements_of(copy), (std::vector<float>{0, 1, 2, 3}));
}

TEST(Sharing, AssignmentLeavesExpressionsThatAreStillHeld) {
  array<float> y = counting<float>({3});
  const auto e = y + 1;
  y = e;
  y = e;
  EXPECT_EQ(elements_of(y), (std::vector<float>{1, 2, 3})) << "the expression still saw the first elements";
  y = e * 2;
  EXPECT_EQ(elements_of(y), (std::vector<float>{2, 4, 6}));
}

TEST(Sharing, TwoCopiesMayBeResultsTogether) {
  array<float> a = counting<float>({4});
  array<float> b = a;
  const array<float> c = b;
  evaluate_into(std::tie(a, b), a + 1, b * 10);
  EXPECT_EQ(elements_of(a), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(elements_of(b), (std::vector<float>{0, 10, 20, 30}));
  EXPECT_EQ(elements_of(c), (std::vector<float>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace onepass::testing
