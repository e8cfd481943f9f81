// Operands and destinations in any layout: transposed, padded, strided, running back, stretched, and all of them mixed.
//
// Every evaluation is compared with the same expression on scalar<T>, position by position; of a destination, also the
// memory between and around its elements is compared, which must stay as it was.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr auto rectified = [](const auto& a, const auto& w, const auto& b) { return op::relu(a * w) + b; };
constexpr auto mixed = [](const auto& a, const auto& w, const auto& b) { return op::where(a < w, op::cast<double>(b), op::cast<double>(a) * 3); };

/// f of every position of `space`, by the definition of every instruction.
template <class F, class A, class B, class C>
auto expected_of(F f, const extents& space, const A& a, const B& b, const C& c) {
  const auto x = elements_in(space, a);
  const auto y = elements_in(space, b);
  const auto z = elements_in(space, c);
  using T = typename decltype(f(a, b, c))::element_type;
  std::vector<T> expected;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const scalar<typename A::element_type> first{x[i]};
    const scalar<typename B::element_type> second{y[i]};
    const scalar<typename C::element_type> third{z[i]};
    expected.push_back(f(first, second, third).content);
  }
  return expected;
}

/// Into a new array, by every way.
template <class F, class... V>
void check_results(F f, const extents& space, const V&... operands) {
  const auto expected = expected_of(f, space, operands...);
  for (const options& how : all_ways()) {
    const auto result = evaluate(how, f(operands...));
    ASSERT_EQ(result.shape(), space) << to_string(how);
    ASSERT_TRUE(same_elements(elements_of(result), expected)) << to_string(how);
  }
}

/// Into memory, by every way: the elements, and nothing else.
template <element T, class F, class... V>
void check_destination(F f, scattered<T>& to, const V&... operands) {
  std::vector<T> blank(to.memory.size(), T(77)), whole = blank;
  const std::vector<T> expected = expected_of(f, to.where.shape, operands...);
  std::size_t next = 0;
  each_position(to.where.shape, [&](const position& at) {
    whole[static_cast<std::size_t>(to.first + stretched_offset(to.where, to.where.shape, at))] = expected[next++];
  });
  for (const options& how : all_ways()) {
    to.memory = blank;
    auto destination = to.all();
    evaluate_into(how, std::tie(destination), f(operands...));
    ASSERT_TRUE(same_elements(to.memory, whole)) << to_string(how);
  }
}

/// One matrix of rows x columns in a certain layout, or what stretches to it; each shows other numbers.
std::vector<view<const float>> layouts_of(std::int64_t rows, std::int64_t columns) {
  std::uint64_t seed = 0;
  const auto within = [&seed](const extents& shape, auto... index) {
    const array<float> made = varied<float>(shape, ++seed);
    return made(index...);
  };
  const auto transposed = [&seed](const extents& shape) {
    const array<float> made = varied<float>(shape, ++seed);
    return transpose(made);
  };
  const slice back = slice::every(-1), second = slice::every(2);
  return {
      within({rows, columns}, all, all),
      transposed({columns, rows}),
      within({rows, columns + 3}, all, slice(2, columns + 2)),
      within({rows, 2 * columns}, all, second),
      within({2 * rows, columns}, second, all),
      within({rows, columns}, back, back),
      within({rows, columns}, all, back),
      within({1, columns}, all, all),
      within({rows, 1}, all, all),
      within({columns}, all),
      within({2 * columns}, second),
      within({1, 1}, all, all),
      within({1}, all),
      transposed({}),
  };
}

void check_matrices(std::int64_t rows, std::int64_t columns) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns));
  const auto layouts = layouts_of(rows, columns);
  const std::size_t whole = 7;  // so many of them have the full shape
  for (std::size_t i = 0; i < whole; ++i) {
    for (std::size_t j = 0; j < layouts.size(); ++j) {
      SCOPED_TRACE("layouts " + std::to_string(i) + ", " + std::to_string(j));
      check_results(rectified, {rows, columns}, layouts[j], layouts[i], layouts[(i + 2 * j) % layouts.size()]);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Layout, OfOperandsDoesNotMatterForTheResult) {
  check_matrices(1, 1);
  check_matrices(3, 5);
  check_matrices(1, 67);
  check_matrices(67, 1);
  check_matrices(66, 70);
  check_matrices(0, 4);
  check_matrices(4, 0);
}

TEST(Layout, LargeTransposedOperandsAreRight) {
  const array<float> a = varied<float>({190, 333}, 1), w = varied<float>({333, 190}, 2), b = varied<float>({333, 1}, 3);
  check_results(rectified, {333, 190}, transpose(a), w(all, all), b(all, all));
  check_results(rectified, {333, 190}, transpose(a), transpose(a), w(slice::every(-1), all));
}

/// An operand for an expression over `space`: the full shape, or one that stretches to it, anywhere in memory.
template <element T, class Random>
scattered<T> random_operand(const extents& space, Random& random, bool stretches) {
  std::int64_t lengths[max_rank];
  int rank = 0;
  const int first = stretches ? static_cast<int>(random() % static_cast<unsigned>(space.rank() + 1)) : 0;
  for (int d = first; d < space.rank(); ++d) lengths[rank++] = stretches && random() % 3 == 0 ? 1 : space[d];
  scattered<T> made(extents(lengths, rank), random);
  for (T& x : made.memory) x = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / 8;
  return made;
}

template <class Random>
extents random_shape(int rank, Random& random) {
  std::int64_t lengths[max_rank];
  for (int d = 0; d < rank; ++d) lengths[d] = static_cast<std::int64_t>(random() % (rank <= 2 ? 40 : rank <= 4 ? 7 : 3)) + (random() % 8 != 0);
  return extents(lengths, rank);
}

template <element T, element R, class F>
void check_random_layouts(F f, int most, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < most; ++i) {
    const int rank = i % 9;
    const extents space = random_shape(rank, random);
    SCOPED_TRACE("case " + std::to_string(i) + ", shape " + op::to_string(space));
    const int whole = static_cast<int>(random() % 3);
    const scattered<T> a = random_operand<T>(space, random, whole != 0), b = random_operand<T>(space, random, whole != 1),
                       c = random_operand<T>(space, random, whole != 2);
    check_results(f, space, a.all(), b.all(), c.all());
    scattered<R> to(space, random);
    check_destination<R>(f, to, a.all(), b.all(), c.all());
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Layout, AnyMixOfRanksStridesAndStretchesIsRight) {
  check_random_layouts<float, float>(rectified, 400, 1);
  check_random_layouts<float, double>(mixed, 150, 2);
}

TEST(Layout, OfDestinationsThatAreParts) {
  const array<float> a = varied<float>({5, 7}), w = varied<float>({5, 7}, 2), b = varied<float>({7}, 3);
  const std::vector<float> expected = expected_of(rectified, {5, 7}, a, w, b);
  array<float> y({10, 20}, -1.0f);
  y(slice(2, 7), slice(3, 17, 2)) = rectified(a, w, b);
  y(slice(6, 1, -1), slice(4, 18, 2)) = rectified(a, w, b);
  for (std::int64_t r = 0; r < 10; ++r) {
    for (std::int64_t c = 0; c < 20; ++c) {
      const bool row = r >= 2 && r < 7, first = c >= 3 && c < 17 && c % 2 == 1, second = c >= 4 && c < 18 && c % 2 == 0;
      const std::int64_t from = first ? (r - 2) * 7 + (c - 3) / 2 : (6 - r) * 7 + (c - 4) / 2;
      const float right = row && (first || second) ? expected[static_cast<std::size_t>(from)] : -1.0f;
      ASSERT_TRUE(same_bits(y(r, c), right)) << r << ", " << c;
    }
  }
}

TEST(Layout, OfATransposedDestination) {
  const array<float> a = varied<float>({70, 65}), w = varied<float>({70, 65}, 2), b = varied<float>({65}, 3);
  array<float> y({65, 70}), straight = rectified(a, w, b);
  transpose(y) = rectified(a, w, b);
  EXPECT_TRUE(same_elements(elements_of(transpose(std::as_const(y))), elements_of(straight)));
}

TEST(Layout, OfARankOfSixteen) {
  std::int64_t lengths[max_rank], strides[max_rank];
  for (int d = 0; d < max_rank; ++d) {
    lengths[d] = d % 2 == 0 ? 2 : 1;
    strides[d] = std::int64_t{1} << (d / 2);  // first dimension fastest
  }
  const std::vector<float> memory = elements_of(varied<float>({256}));
  const view<const float> a(memory.data(), view_layout(layout(extents(lengths, max_rank), dimensions(strides, max_rank)), {}));
  for (int d = 0; d < max_rank; ++d) lengths[d] = d % 2 == 0 ? 1 : 2;
  const view<const float> w(memory.data(), view_layout(layout(extents(lengths, max_rank), dimensions(strides, max_rank)), {}));
  for (std::int64_t& length : lengths) length = 2;
  check_results(rectified, extents(lengths, max_rank), a, w, a);
}

TEST(Broadcast, FollowsNumPy) {
  const auto shape_of = [](const extents& a, const extents& b) { return broadcast(a, b, "test"); };
  EXPECT_EQ(shape_of({}, {}), extents{});
  EXPECT_EQ(shape_of({3}, {}), extents{3});
  EXPECT_EQ(shape_of({2, 1}, {3}), (extents{2, 3}));
  EXPECT_EQ(shape_of({8, 1, 6, 1}, {7, 1, 5}), (extents{8, 7, 6, 5}));
  EXPECT_EQ(shape_of({0}, {1}), extents{0});
  EXPECT_EQ(shape_of({5, 0}, {5, 1}), (extents{5, 0}));
  EXPECT_THROW(shape_of({0}, {2}), shape_error);
  EXPECT_THROW(shape_of({2, 3}, {2}), shape_error);
}

// Two operands neither of which has the shape of the result.
TEST(Broadcast, OfARowAndAColumnIsTheirTable) {
  const array<float> column = varied<float>({37, 1}, 1), row = varied<float>({101}, 2), one = varied<float>({1, 1}, 3);
  check_results(rectified, {37, 101}, column(all, all), row(all), one(all, all));
}

}  // namespace
}  // namespace onepass::testing
