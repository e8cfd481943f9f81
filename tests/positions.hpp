// Arrays element by element, the slow and obvious way: what the fast ways are compared with.
//
// Everything here walks positions one after another and computes offsets from strides itself; it does not know how the
// library selects, stretches, merges, packs or tiles.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/run/evaluate.hpp>

#include "same_bits.hpp"

namespace onepass::testing {

using position = std::array<std::int64_t, max_rank>;

/// Calls f with every position of `shape`, in row-major order.
template <class F>
void each_position(const extents& shape, F&& f) {
  position at{};
  for (std::size_t n = shape.size(); n > 0; --n) {
    f(std::as_const(at));
    for (int d = shape.rank(); d-- > 0;) {
      if (++at[static_cast<std::size_t>(d)] < shape[d]) break;
      at[static_cast<std::size_t>(d)] = 0;
    }
  }
}

/// Offset of a position of `space` in an operand that stretches to it.
inline std::int64_t stretched_offset(const layout& where, const extents& space, const position& at) {
  const int missing = space.rank() - where.shape.rank();
  std::int64_t offset = 0;
  for (int d = 0; d < where.shape.rank(); ++d) {
    if (where.shape[d] != 1) offset += at[static_cast<std::size_t>(d + missing)] * where.strides[d];
  }
  return offset;
}

/// The elements of `of` stretched to `space`, in row-major order.
template <class V>
auto elements_in(const extents& space, const V& of) {
  std::vector<typename V::element_type> elements;
  const layout where = of.layout();
  each_position(space, [&](const position& at) { elements.push_back(of.data()[stretched_offset(where, space, at)]); });
  return elements;
}

/// The elements of an array or view in row-major order.
template <class V>
auto elements_of(const V& of) {
  return elements_in(of.shape(), of);
}

template <element T>
::testing::AssertionResult same_elements(const std::vector<T>& got, const std::vector<T>& expected) {
  if (got.size() != expected.size()) return ::testing::AssertionFailure() << got.size() << " elements, not " << expected.size();
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (same_bits<T>(got[i], expected[i])) continue;
    return ::testing::AssertionFailure() << "element " << i << " of " << got.size() << " is " << shown<T>(got[i]) << ", not "
                                         << shown<T>(expected[i]);
  }
  return ::testing::AssertionSuccess();
}

/// An array of moderate numbers, no two alike nearby, of both signs, for which the order of additions matters.
template <element T>
array<T> varied(const extents& shape, std::uint64_t seed = 1) {
  array<T> made(shape);
  std::mt19937_64 random(seed);
  for (T& x : made) {
    if constexpr (std::is_floating_point_v<T>) {
      x = static_cast<T>(static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-58);
    } else {
      x = static_cast<T>(random());
    }
  }
  return made;
}

/// The elements first, first + 1, ...
template <element T>
array<T> counting(const extents& shape, int first = 0) {
  array<T> made(shape);
  for (T& x : made) x = static_cast<T>(first++);
  return made;
}

/// Plain memory. Out of line: where g++ sees the size, it warns of loops that are never entered.
[[gnu::noinline]] inline std::vector<float> plain_memory(std::size_t count, float fill) { return std::vector<float>(count, fill); }

/// evaluate(), out of line: the loop of an expression is compiled at every call, and here once for each type is enough.
template <operand A>
[[gnu::noinline]] auto evaluated(const options& how, const A& what) {
  return evaluate(how, what);
}
template <operand A>
auto evaluated(const A& what) {
  return evaluated(options{}, what);
}

/// Memory in which the elements of one shape lie scattered: dimensions in any order, with gaps, some running back.
template <element T>
class scattered {
 public:
  template <class Random>
  scattered(const extents& shape, Random& random) {
    std::vector<int> order(static_cast<std::size_t>(shape.rank()));
    for (std::size_t d = 0; d < order.size(); ++d) order[d] = static_cast<int>(d);
    if (random() % 2 == 0) std::shuffle(order.begin(), order.end(), random);
    std::int64_t strides[max_rank] = {}, next = random() % 3 == 0 ? 2 : 1, lowest = 0;
    for (std::size_t d = order.size(); d-- > 0;) {
      const int axis = order[d];
      const bool backwards = random() % 4 == 0;
      strides[axis] = backwards ? -next : next;
      if (backwards) lowest -= (shape[axis] - 1) * next;
      next = next * std::max<std::int64_t>(1, shape[axis]) + (random() % 3 == 0 ? 1 + static_cast<std::int64_t>(random() % 5) : 0);
    }
    memory.resize(static_cast<std::size_t>(next) + 16);
    first = shape.size() == 0 ? 0 : 8 - lowest;
    where = layout(shape, dimensions(strides, shape.rank()));
  }

  view<T> all() { return view<T>(memory.data() + first, view_layout(where, {})); }
  view<const T> all() const { return view<const T>(memory.data() + first, view_layout(where, {})); }

  std::vector<T> memory;
  std::int64_t first = 0;
  layout where;
};

}  // namespace onepass::testing
