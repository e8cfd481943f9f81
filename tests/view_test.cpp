// Views: what each of them shows, that they compose, that they are made without a copy, and what they refuse.
//
// The reference is a list of elements with a shape; it knows of no strides. Elements are numbers that tell where they come
// from, so a view is right if it shows the same list.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- the reference --------------------------------------------------------------------------------------------------

/// A shape and its elements in row-major order.
struct listed {
  extents shape;
  std::vector<float> elements;
};

listed listing(const extents& shape) { return {shape, elements_of(counting<float>(shape))}; }

template <class V>
listed listing_of(const V& of) {
  return {of.shape(), elements_of(of)};
}

/// The list of shape `to` whose element at a position is the one of `from` at `origin(position)`.
template <class F>
listed moved(const listed& from, const extents& to, F origin) {
  listed made{to, {}};
  const layout where(from.shape);
  each_position(to, [&](const position& at) {
    const position source = origin(at);
    std::int64_t offset = 0;
    for (int d = 0; d < from.shape.rank(); ++d) offset += source[static_cast<std::size_t>(d)] * where.strides[d];
    made.elements.push_back(from.elements[static_cast<std::size_t>(offset)]);
  });
  return made;
}

using numbers = std::vector<std::int64_t>;

numbers lengths_of(const extents& shape) { return {shape.begin(), shape.end()}; }
extents shaped(const numbers& lengths) { return extents(lengths.data(), static_cast<int>(lengths.size())); }

std::size_t unsign(std::int64_t number) { return static_cast<std::size_t>(number); }

::testing::AssertionResult same(const listed& got, const listed& expected) {
  if (!(got.shape == expected.shape)) return ::testing::AssertionFailure() << to_string(got.shape) << " instead of " << to_string(expected.shape);
  return same_elements(got.elements, expected.elements);
}

/// A view, and what it has to show.
struct pair {
  view<float> shown;
  listed expected;
};

/// Random views of views. Every step says on its own what it does to a list.
class wanderer {
 public:
  explicit wanderer(std::uint64_t seed) : random_(seed) {}

  pair step(const pair& from) {
    const int rank = from.expected.shape.rank();
    const std::int64_t choice = below(10);
    if (choice == 0) return permuted(from);
    if (choice == 1) return reshaped(from);
    if (choice == 2) return squeezed(from);
    if (choice == 3 && rank < 6) return expanded(from);
    if (choice == 4 && rank < 6) return stretched(from);
    if (rank == 0) return from;
    if (choice == 5) return flipped(from);
    if (choice == 6) return indexed(from);
    if (choice == 7 && rank < 6) return slid(from);
    if (choice == 8 && rank > 1) return cut_diagonally(from);
    return sliced(from);
  }

 private:
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n)); }
  int axis_of(const pair& of) { return static_cast<int>(below(of.expected.shape.rank())); }
  /// The same axis, perhaps counted from the end.
  dimension named(int axis, int rank) { return below(2) == 0 ? axis : axis - rank; }

  pair permuted(const pair& from) {
    numbers axes, to;
    for (int d = 0; d < from.expected.shape.rank(); ++d) axes.push_back(d);
    std::shuffle(axes.begin(), axes.end(), random_);
    for (const std::int64_t d : axes) to.push_back(from.expected.shape[static_cast<int>(d)]);
    const auto origin = [&](const position& at) {
      position source{};
      for (std::size_t d = 0; d < axes.size(); ++d) source[unsign(axes[d])] = at[d];
      return source;
    };
    return {permute(from.shown, dimensions(axes.data(), static_cast<int>(axes.size()))), moved(from.expected, shaped(to), origin)};
  }

  pair reshaped(const pair& from) {
    if (!from.shown.layout().is_contiguous()) return from;
    std::int64_t left = static_cast<std::int64_t>(from.expected.elements.size());
    if (left == 0) return from;
    numbers to;
    for (std::int64_t factor : {3, 2, 5, 2, 1}) {
      if (left % factor != 0) continue;
      to.push_back(factor);
      left /= factor;
    }
    to.push_back(left);
    std::shuffle(to.begin(), to.end(), random_);
    const listed expected{shaped(to), from.expected.elements};
    if (below(2) == 0) to[unsign(below(static_cast<std::int64_t>(to.size())))] = -1;
    return {reshape(from.shown, dimensions(to.data(), static_cast<int>(to.size()))), expected};
  }

  pair squeezed(const pair& from) {
    numbers to = lengths_of(from.expected.shape);
    const auto one = std::find(to.begin(), to.end(), 1);
    if (one != to.end() && below(2) == 0) {
      const int axis = static_cast<int>(one - to.begin()), rank = from.expected.shape.rank();
      to.erase(one);
      return {squeeze(from.shown, named(axis, rank)), {shaped(to), from.expected.elements}};
    }
    to.erase(std::remove(to.begin(), to.end(), 1), to.end());
    return {squeeze(from.shown), {shaped(to), from.expected.elements}};
  }

  pair expanded(const pair& from) {
    numbers to = lengths_of(from.expected.shape);
    const std::int64_t axis = below(static_cast<std::int64_t>(to.size()) + 1);
    to.insert(to.begin() + axis, 1);
    return {expand_dims(from.shown, named(static_cast<int>(axis), static_cast<int>(to.size()))), {shaped(to), from.expected.elements}};
  }

  pair stretched(const pair& from) {
    numbers to = lengths_of(from.expected.shape);
    for (std::int64_t& length : to) length = length == 1 ? below(3) + 1 : length;
    to.insert(to.begin(), below(2) + 1);
    const auto origin = [&](const position& at) {
      position source{};
      for (int d = 0; d < from.expected.shape.rank(); ++d) source[unsign(d)] = from.expected.shape[d] == 1 ? 0 : at[unsign(d) + 1];
      return source;
    };
    return {broadcast_to(from.shown, shaped(to)), moved(from.expected, shaped(to), origin)};
  }

  pair flipped(const pair& from) {
    const extents& shape = from.expected.shape;
    const int axis = axis_of(from);
    const bool everything = below(3) == 0;
    const auto origin = [&](position at) {
      for (int d = 0; d < shape.rank(); ++d) {
        if (everything || d == axis) at[unsign(d)] = shape[d] - 1 - at[unsign(d)];
      }
      return at;
    };
    const listed expected = moved(from.expected, shape, origin);
    if (everything) return {flip(from.shown), expected};
    return {flip(from.shown, named(axis, shape.rank())), expected};
  }

  pair indexed(const pair& from) {
    const int axis = axis_of(from);
    numbers to = lengths_of(from.expected.shape);
    const std::int64_t length = to[unsign(axis)];
    if (length == 0) return from;
    const std::int64_t at = below(length);
    to.erase(to.begin() + axis);
    const auto origin = [&](const position& rest) {
      position source{};
      for (int d = 0; d < from.expected.shape.rank(); ++d) source[unsign(d)] = d == axis ? at : rest[unsign(d < axis ? d : d - 1)];
      return source;
    };
    const listed expected = moved(from.expected, shaped(to), origin);
    if (axis == 0) return {from.shown(slice::at(at)), expected};
    if (axis == from.expected.shape.rank() - 1) return {from.shown(ellipsis, slice::at(at - length)), expected};
    std::vector<slice> indices(unsign(axis), all);
    indices.push_back(slice::at(at));
    return {part_of(from.shown, select(from.shown.layout(), indices.data(), indices.size())), expected};
  }

  pair sliced(const pair& from) {
    const int axis = axis_of(from), rank = from.expected.shape.rank();
    numbers to = lengths_of(from.expected.shape);
    const std::int64_t length = to[unsign(axis)], step = below(3) + 1, start = below(length + 1);
    const bool back = below(2) == 0 && start < length;
    std::int64_t count = 0;
    for (std::int64_t at = start; back ? at >= 0 : at < length; at += back ? -step : step) ++count;
    to[unsign(axis)] = count;
    const auto origin = [&](position at) {
      at[unsign(axis)] = start + at[unsign(axis)] * (back ? -step : step);
      return at;
    };
    const slice taken = back ? slice(start, open, -step) : below(2) == 0 ? slice(start, open, step) : slice(start, length, step);
    std::vector<slice> indices{newaxis, ellipsis, taken};
    indices.insert(indices.end(), unsign(rank - 1 - axis), all);
    to.insert(to.begin(), 1);
    if (to.size() > 6) return from;
    const auto origin_after_new = [&](const position& at) {
      position rest{};
      std::copy(at.begin() + 1, at.begin() + 1 + rank, rest.begin());
      return origin(rest);
    };
    return {part_of(from.shown, select(from.shown.layout(), indices.data(), indices.size())), moved(from.expected, shaped(to), origin_after_new)};
  }

  pair slid(const pair& from) {
    const int axis = axis_of(from), rank = from.expected.shape.rank();
    numbers to = lengths_of(from.expected.shape);
    if (to[unsign(axis)] == 0) return from;
    const std::int64_t window = 1 + below(std::min<std::int64_t>(3, to[unsign(axis)]));
    to[unsign(axis)] -= window - 1;
    to.push_back(window);
    const auto origin = [&](position at) {
      at[unsign(axis)] += at[unsign(rank)];
      return at;
    };
    return {sliding_window(from.shown, window, named(axis, rank)), moved(from.expected, shaped(to), origin)};
  }

  pair cut_diagonally(const pair& from) {
    const int rank = from.expected.shape.rank(), a = axis_of(from), b = (a + 1 + static_cast<int>(below(rank - 1))) % rank;
    numbers to = lengths_of(from.expected.shape);
    const std::int64_t rows = to[unsign(a)], columns = to[unsign(b)], offset = below(7) - 3;
    std::int64_t length = 0;
    for (std::int64_t r = 0; r < rows; ++r) length += r + offset >= 0 && r + offset < columns;
    to.erase(to.begin() + std::max(a, b));
    to.erase(to.begin() + std::min(a, b));
    to.push_back(length);
    const auto origin = [&](const position& at) {
      position source{};
      std::size_t next = 0;
      for (int d = 0; d < rank; ++d) {
        if (d != a && d != b) source[unsign(d)] = at[next++];
      }
      source[unsign(a)] = at[next] + std::max<std::int64_t>(0, -offset);
      source[unsign(b)] = at[next] + std::max<std::int64_t>(0, offset);
      return source;
    };
    return {diagonal(from.shown, offset, named(a, rank), named(b, rank)), moved(from.expected, shaped(to), origin)};
  }

  std::mt19937_64 random_;
};

TEST(View, OfViewsShowsWhatTheyShow) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const extents shape = seed % 4 == 0 ? extents{5} : seed % 4 == 1 ? extents{4, 6} : seed % 4 == 2 ? extents{2, 1, 5} : extents{3, 4, 2, 2};
    std::vector<float> memory = elements_of(counting<float>(shape));
    std::vector<pair> steps{{borrow(memory.data(), shape), listing(shape)}};
    wanderer wander(seed);
    for (int i = 0; i < 8 && steps.back().expected.elements.size() < 4000; ++i) {
      steps.push_back(wander.step(steps.back()));
      ASSERT_TRUE(same(listing_of(steps.back().shown), steps.back().expected)) << "seed " << seed << ", step " << i;
    }
    // What is computed of it, in any layout, is computed of these elements.
    const pair& last = steps.back();
    const array<float> computed = last.shown * 2;
    ASSERT_EQ(computed.shape(), last.expected.shape) << "seed " << seed;
    for (std::size_t k = 0; k < computed.size(); ++k) ASSERT_EQ(computed.data()[k], last.expected.elements[k] * 2) << "seed " << seed;
  }
}

// --- each of them, by example ---------------------------------------------------------------------------------------

/// The same view of an array, of a const array, of borrowed memory, of a part and of a temporary.
template <class F>
void expect_view(const extents& shape, F f, const extents& expected_shape, const std::vector<float>& expected) {
  array<float> a = counting<float>(shape);
  const array<float>& read = a;
  std::vector<float> memory = elements_of(a);
  const auto check = [&](const auto& got, const char* of) {
    EXPECT_EQ(got.shape(), expected_shape) << of;
    EXPECT_EQ(elements_of(got), expected) << of;
  };
  check(f(read), "a const array");
  check(f(a), "an array");
  check(f(borrow(memory.data(), shape)), "a view");
  check(f(borrow(std::as_const(memory).data(), shape)), "a const view");
  check(f(a(ellipsis)), "a temporary part");
  const auto named = a(ellipsis);
  check(f(named), "a named part");
  check(f(counting<float>(shape)), "a temporary array");
  static_assert(std::is_same_v<decltype(f(read)), view<const float>>);
  static_assert(std::is_same_v<decltype(f(a)), subarray<float>>);
  static_assert(std::is_same_v<decltype(f(borrow(memory.data(), shape))), view<float>>);
  static_assert(std::is_same_v<decltype(f(a(ellipsis))), subarray<float>>);
  static_assert(std::is_same_v<decltype(f(named)), view<const float>>);
  static_assert(std::is_same_v<decltype(f(counting<float>(shape))), view<const float>>);
}

#define VIEWED(expression) [](auto&& a) { return expression(std::forward<decltype(a)>(a)); }
#define VIEWED_AS(function, ...) [](auto&& a) { return function(std::forward<decltype(a)>(a), __VA_ARGS__); }

TEST(View, Transposes) { expect_view({2, 3}, VIEWED(transpose), {3, 2}, {0, 3, 1, 4, 2, 5}); }

TEST(View, Permutes) {
  const auto turned = [](auto&& a) { return permute(std::forward<decltype(a)>(a), {2, 0, -2}); };
  expect_view({2, 1, 3}, turned, {3, 2, 1}, {0, 3, 1, 4, 2, 5});
  expect_view({2, 3}, VIEWED_AS(swap_axes, 0, -1), {3, 2}, {0, 3, 1, 4, 2, 5});
}

TEST(View, Reshapes) {
  const auto three_columns = [](auto&& a) { return reshape(std::forward<decltype(a)>(a), {-1, 3}); };
  expect_view({6}, three_columns, {2, 3}, {0, 1, 2, 3, 4, 5});
  const auto single = [](auto&& a) { return reshape(std::forward<decltype(a)>(a), {}); };
  expect_view({1, 1}, single, {}, {0});
  expect_view({2, 3}, VIEWED(flatten), {6}, {0, 1, 2, 3, 4, 5});
  expect_view({}, VIEWED(flatten), {1}, {0});
}

TEST(View, DropsAndAddsDimensionsOfLengthOne) {
  expect_view({1, 3, 1}, VIEWED(squeeze), {3}, {0, 1, 2});
  expect_view({1, 3, 1}, VIEWED_AS(squeeze, -1), {1, 3}, {0, 1, 2});
  expect_view({3}, VIEWED_AS(expand_dims, 1), {3, 1}, {0, 1, 2});
  expect_view({3}, VIEWED_AS(expand_dims, -1), {3, 1}, {0, 1, 2});
}

TEST(View, Stretches) { expect_view({2, 1}, VIEWED_AS(broadcast_to, extents({2, 2, 3})), {2, 2, 3}, {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}); }

TEST(View, Flips) {
  expect_view({2, 3}, VIEWED(flip), {2, 3}, {5, 4, 3, 2, 1, 0});
  expect_view({2, 3}, VIEWED_AS(flip, axis{0}), {2, 3}, {3, 4, 5, 0, 1, 2});
  expect_view({2, 3}, VIEWED_AS(flip, -1), {2, 3}, {2, 1, 0, 5, 4, 3});
}

TEST(View, FlippedTwiceIsTheSame) {
  const array<float> a = counting<float>({3, 4});
  EXPECT_EQ(elements_of(flip(flip(a, 1), 1)), elements_of(a));
  EXPECT_EQ(flip(flip(a)).data(), a.data());
}

TEST(View, HasDiagonals) {
  expect_view({3, 3}, VIEWED(diagonal), {3}, {0, 4, 8});
  expect_view({3, 3}, VIEWED_AS(diagonal, 1), {2}, {1, 5});
  expect_view({3, 4}, VIEWED_AS(diagonal, -2), {1}, {8});
  expect_view({3, 3}, VIEWED_AS(diagonal, 3), {0}, {});
  expect_view({2, 2, 2}, VIEWED(diagonal), {2, 2}, {0, 6, 1, 7});
  expect_view({3, 3}, VIEWED_AS(diagonal, INT64_MAX), {0}, {});
  expect_view({3, 3}, VIEWED_AS(diagonal, INT64_MIN), {0}, {});
}

TEST(View, SlidesWindows) {
  expect_view({5}, VIEWED_AS(sliding_window, 3), {3, 3}, {0, 1, 2, 1, 2, 3, 2, 3, 4});
  expect_view({3, 2}, VIEWED_AS(sliding_window, 2, 0), {2, 2, 2}, {0, 2, 1, 3, 2, 4, 3, 5});
  expect_view({4}, VIEWED_AS(sliding_window, 4), {1, 4}, {0, 1, 2, 3});
}

#define SELECTED(...) [](auto&& a) { return std::forward<decltype(a)>(a)(__VA_ARGS__); }

TEST(View, Selects) {
  expect_view({3, 4}, SELECTED(all, 1), {3}, {1, 5, 9});
  expect_view({3, 4}, SELECTED(1, all), {4}, {4, 5, 6, 7});
  expect_view({3, 4}, SELECTED(-1, slice(open, open, -1)), {4}, {11, 10, 9, 8});
  expect_view({2, 2, 3}, SELECTED(ellipsis, 0), {2, 2}, {0, 3, 6, 9});
  expect_view({2, 2, 3}, SELECTED(1, ellipsis, slice(1, open)), {2, 2}, {7, 8, 10, 11});
  expect_view({3}, SELECTED(newaxis, all, newaxis), {1, 3, 1}, {0, 1, 2});
  expect_view({2, 3}, SELECTED(all, all, newaxis, ellipsis), {2, 3, 1}, {0, 1, 2, 3, 4, 5});
  expect_view({3}, SELECTED(2, ellipsis), {}, {2});
  expect_view({5}, SELECTED(slice(open, -1, 2)), {2}, {0, 2});
  expect_view({5}, SELECTED(slice(1, open, -1)), {2}, {1, 0});
}

TEST(View, TakesBrackets) {
  array<float> a = counting<float>({5}), m = counting<float>({2, 3});
  const array<float>& read = a;
  EXPECT_EQ(read[2], 2.0f);
  EXPECT_EQ(elements_of(read[slice(1, 3)]), (std::vector<float>{1, 2}));
  a[slice(1, 3)] = 9;
  a[0] = 7;
  a[a > 8] = 5;
  EXPECT_EQ(elements_of(a), (std::vector<float>{7, 5, 5, 3, 4}));
#if defined(__cpp_multidimensional_subscript)
  m[op::all, op::slice(open, open, 2)] = 0;
  m[1, 1] = 8;
  EXPECT_EQ(elements_of(m), (std::vector<float>{0, 1, 0, 0, 8, 0}));
#endif
}

TEST(View, LiesWhereTheArrayLies) {
  array<float> a = counting<float>({4, 6});
  const array<float>& read = a;
  const float* const first = read.data();
  EXPECT_EQ(transpose(read).data(), first);
  EXPECT_EQ(reshape(read, {2, -1}).data(), first);
  EXPECT_EQ(read(slice(1, open), slice(2, open)).data(), first + 8);
  EXPECT_EQ(flip(read).data(), first + 23);
  EXPECT_EQ(diagonal(read, 1).data(), first + 1);
  EXPECT_EQ(sliding_window(a, 2)(1, 2, all).data(), first + 8);
}

TEST(View, OfAPartThatIsTransposedReshapesWhereItCan) {
  const array<float> a = counting<float>({4, 6});
  EXPECT_EQ(reshape(a(all, slice(0, 3)), {2, 2, 3}).strides(), (integer_list{12, 6, 1})) << "rows with gaps";
  EXPECT_EQ(elements_of(reshape(transpose(a), {3, 2, 4})), elements_of(array<float>(transpose(a)))) << "each dimension divided";
  EXPECT_EQ(reshape(transpose(a), {6, 1, 2, 2}).shape(), (extents{6, 1, 2, 2}));
  EXPECT_EQ(reshape(broadcast_to(a(0, all), {5, 6}), {5, 3, 2}).shape(), (extents{5, 3, 2}));
  EXPECT_EQ(flatten(broadcast_to(a(0, 0, newaxis), {5, 6})).strides(), (integer_list{0}));
  EXPECT_EQ(flatten(flip(a)).strides(), (integer_list{-1}));
}

// --- as destinations ------------------------------------------------------------------------------------------------

TEST(View, OfAnArrayIsWritten) {
  array<float> a({2, 3}, 0.0f);
  transpose(a)(2, all) = 1;
  flip(a, 1)(0, 2) = 5;
  diagonal(a, 1) += 3;
  reshape(a, {3, 2})(1, all) -= array<float>({2}, 1.0f);
  EXPECT_EQ(elements_of(a), (std::vector<float>{5, 3, 0, -1, 0, 4}));
}

TEST(View, OfATemporaryPartIsWrittenWithoutACopy) {
  array<float> a({4, 4}, 1.0f);
  const float* const where = std::as_const(a).data();
  transpose(a(all, slice(0, 2)))(slice(0, 1)) = 2;
  a(slice(1, 3))(0, all) += a(slice(2, open))(1, all);
  a(slice(0, 1)) = a(slice(2, 3)) * 2 + transpose(a)(slice(3, 4));
  EXPECT_EQ(std::as_const(a).data(), where);
  EXPECT_EQ(a(0, 0), 5.0f);
}

TEST(View, UnderANameSeesTheElementsOfItsTime) {
  array<float> a = counting<float>({3});
  const auto part = a(slice(0, 2));
  a(0) = 100;
  a += 1;
  EXPECT_EQ(elements_of(part), (std::vector<float>{0, 1}));
  EXPECT_EQ(elements_of(a), (std::vector<float>{101, 2, 3}));
}

TEST(View, OfAnArrayThatHasAnotherShapeNowIsNotWritten) {
  array<float> a({10}, 1.0f);
  auto part = a(slice(5, 10));
  a = array<float>({3}, 2.0f);
  EXPECT_EQ(message_of<value_error>([&] { std::move(part) = 0; }),
            "a part of shape (5,) was taken of an array of shape (10,), which has become (3,)");
  EXPECT_EQ(elements_of(a), (std::vector<float>{2, 2, 2}));
}

TEST(View, WithRepetitionsIsNoDestination) {
  array<float> a = counting<float>({3});
  EXPECT_EQ(message_of<value_error>([&] { broadcast_to(a, {2, 3}) = 0; }),
            "a destination of shape (2, 3) with strides (0, 1), whose positions share memory, cannot be written");
  EXPECT_THROW(sliding_window(a, 2) += 1, value_error);
  const array<float> copy = a;
  EXPECT_THROW(sliding_window(a, 2)(a(slice(0, 2)) > 0) = 1, value_error);
  EXPECT_EQ(std::as_const(a).data(), copy.data()) << "nothing was separated";
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 1, 2}));
}

// --- strange shapes -------------------------------------------------------------------------------------------------

TEST(View, OfNothingShowsNothing) {
  const std::int64_t huge = std::int64_t{1} << 40;
  for (const extents& shape : {extents{0}, extents{0, huge, huge}, extents{huge, huge, 0}, extents{3, 0}, extents{0, 3}}) {
    for (const view<float>& v : {borrow(static_cast<float*>(nullptr), shape),
                                 borrow(static_cast<float*>(nullptr), shape,
                                        dimensions(std::vector<std::int64_t>(16, INT64_MAX).data(), shape.rank()))}) {
      const std::vector<view<float>> made{transpose(v), flip(v), flip(v, 0), v(ellipsis, newaxis), v(slice(open, open, -1)), reshape(v, {0, 5}),
                                          broadcast_to(v, shape), flatten(v), squeeze(v), expand_dims(v, 0), v(slice(0, 0))};
      for (const view<float>& empty : made) {
        EXPECT_EQ(empty.size(), 0u) << to_string(shape);
        EXPECT_EQ(empty.data(), nullptr) << to_string(shape);
        EXPECT_EQ(array<float>(empty + 1).shape(), empty.shape());
      }
      EXPECT_TRUE(shape[0] == 0 || v(shape[0] - 1, ellipsis).data() == nullptr);
      EXPECT_TRUE(shape.rank() == 1 || diagonal(v, 1).size() == 0);
      EXPECT_TRUE(shape[0] < 2 || sliding_window(v, 2, 0).size() == 0);
    }
  }
}

TEST(View, OfASinglePositionMayHaveAnyStride) {
  float memory[1] = {5};
  for (const std::int64_t stride : {INT64_MIN, INT64_MAX, std::int64_t{-1}}) {
    const view<float> v = borrow(memory, {1, 1}, {stride, stride});
    for (const view<float>& same : {flip(v), transpose(v), v(slice(open, open, -1)), diagonal(v)(newaxis, ellipsis),
                                    sliding_window(v, 1, 0)(0, ellipsis), reshape(v, {1, 1}), squeeze(v)(newaxis, newaxis)}) {
      EXPECT_EQ(same.data(), memory);
      EXPECT_EQ(elements_of(same), (std::vector<float>{5}));
    }
    v += 0;
  }
}

TEST(View, HasNoMoreDimensionsThanArrays) {
  std::int64_t ones[max_rank];
  std::fill_n(ones, max_rank, 1);
  const array<float> a(extents(ones, max_rank), 3.0f);
  EXPECT_EQ(transpose(a).rank(), max_rank);
  EXPECT_EQ(squeeze(a).rank(), 0);
  EXPECT_THROW(a(newaxis, ellipsis), shape_error);
  EXPECT_THROW(expand_dims(a, 0), shape_error);
  EXPECT_THROW(sliding_window(a, 1), shape_error);
  EXPECT_EQ(a(newaxis, 0, ellipsis).rank(), max_rank);
  EXPECT_THROW(reshape(a, dimensions(ones, max_rank))(newaxis), shape_error);
}

// --- mistakes -------------------------------------------------------------------------------------------------------

TEST(View, NamesWhatDoesNotGoTogether) {
  const array<float> a = counting<float>({2, 3});
  EXPECT_SAYS(shape_error, "axes (0, 0) are no permutation of those of shape (2, 3)", permute(a, {0, 0}));
  EXPECT_SAYS(shape_error, "axes (1,) are no permutation of those of shape (2, 3)", permute(a, {1}));
  EXPECT_SAYS(shape_error, "axes (0, 2) are no permutation of those of shape (2, 3)", permute(a, {0, 2}));
  EXPECT_SAYS(shape_error, "swap_axes: axis 2 does not exist in shape (2, 3)", swap_axes(a, 2, 0));
  EXPECT_SAYS(shape_error, "reshape: shape (2, 3) does not become (4,)", reshape(a, {4}));
  EXPECT_SAYS(shape_error, "reshape: shape (2, 3) does not become (4, -1)", reshape(a, {4, -1}));
  EXPECT_SAYS(shape_error, "reshape: shape (2, 3) does not become (0, -1)", reshape(a, {0, -1}));
  EXPECT_THROW(reshape(a, {-1, -1}), shape_error);
  EXPECT_THROW(reshape(a, {-6, -1}), shape_error);
  EXPECT_SAYS(shape_error,
              "reshape: a view of shape (3, 2) with strides (1, 3) needs its elements copied to become (6,); evaluate() makes a copy that can be "
              "reshaped",
              flatten(transpose(a)));
  EXPECT_SAYS(shape_error, "squeeze: axis 1 of shape (2, 3) is not of length 1", squeeze(a, -1));
  EXPECT_SAYS(shape_error, "broadcast_to: shape (2, 3) does not broadcast to (2, 1)", broadcast_to(a, {2, 1}));
  EXPECT_SAYS(shape_error, "broadcast_to: shape (2, 3) does not broadcast to (3,)", broadcast_to(a, {3}));
  EXPECT_THROW(broadcast_to(a, {2, 2, 4}), shape_error);
  EXPECT_SAYS(shape_error, "flip: axis -3 does not exist in shape (2, 3)", flip(a, -3));
  EXPECT_SAYS(shape_error, "diagonal: twice axis 1 of shape (2, 3)", diagonal(a, 0, 1, -1));
  EXPECT_SAYS(shape_error, "diagonal: axis 1 does not exist in shape (2,)", diagonal(a(all, 0)));
  EXPECT_SAYS(shape_error, "sliding_window: a window of 4 elements does not fit axis 1 of shape (2, 3)", sliding_window(a, 4));
  EXPECT_SAYS(value_error, "sliding_window: a window of 0 elements", sliding_window(a, 0));
  EXPECT_SAYS(shape_error, "3 indices for shape (2, 3)", a(all, all, 0));
  EXPECT_SAYS(value_error, "an index with several ellipses", a(ellipsis, 0, ellipsis));
  EXPECT_SAYS(shape_error, "slice 5::-1 is outside dimension 0 of shape (2, 3)", a(slice(5, open, -1)));
  EXPECT_SAYS(shape_error, "position 2 is outside dimension 0 of shape (2, 3)", a(2, ellipsis));
  EXPECT_THROW(a(slice(0, UINT64_MAX)), shape_error);
  EXPECT_THROW(sliding_window(broadcast_to(a(0, 0, newaxis), {INT64_MAX}), INT64_MAX / 2), shape_error) << "more than can be counted";
}

TEST(View, OfNeighbouringElementsIsASpan) {
  array<float> a = counting<float>({3, 4});
  EXPECT_EQ(std::as_const(a)(1, all).span().data(), std::as_const(a).data() + 4);
  EXPECT_EQ(a(slice(1, 3)).span().size(), 8u);
  std::vector<float> memory(6);
  borrow(memory.data(), {2, 3}).span()[5] = 3;
  EXPECT_EQ(memory[5], 3.0f);
  EXPECT_SAYS(value_error,
              "the elements of a view of shape (3,) with strides (4,) do not follow each other; evaluate() makes a copy in which they do",
              a(all, 1).span());
}

}  // namespace
}  // namespace onepass::testing
