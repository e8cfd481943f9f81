// What the tests of the meaning of operations share: an operation applied to plain elements by the scalar interpretation,
// which every engine is compared with elsewhere, and operands that find mistakes.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <type_traits>

#include <onepass/op/operation.hpp>

#include "same_bits.hpp"

namespace onepass::testing {

__extension__ using wide_integer = __int128;
__extension__ using wide_float = __float128;

template <class... T>
struct type_list {};

using signed_types = type_list<std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
using unsigned_types = type_list<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using integer_types = type_list<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using floating_types = type_list<float, double>;
using number_types = type_list<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t,
                               float, double>;
using all_types = type_list<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t,
                            float16, bfloat16, float, double>;

/// Calls f(std::type_identity<T>{}) for every type of a list, and names it in the messages of its failures.
template <class... T, class F>
void for_each_type(type_list<T...>, F&& f) {
  const auto call = [&](auto type) {
    SCOPED_TRACE(std::string(name(dtype_of<typename decltype(type)::type>)));
    f(type);
  };
  (call(std::type_identity<T>{}), ...);
}

/// The operation on elements.
template <class Op, class... T>
auto apply(const operation<Op>&, T... x) {
  return Op::body(scalar<T>{x}...).content;
}

/// True if the operation takes elements of types T...
template <class... T, class Op>
constexpr bool accepts(const operation<Op>&) {
  return takes<Op, T...>;
}

/// Reports a result that is not the expected one. The text is made for failures only: there are millions of calls.
template <class R, class... T>
void expect_same(R found, R expected, T... operands) {
  if (same_bits(found, expected)) return;
  ADD_FAILURE() << shown(found) << ", not " << shown(expected) << ", for" << ((" " + shown(operands)) + ...);
}

/// Edges, and random values of all magnitudes; of integers also of all lengths.
template <element T>
std::deque<T> operands(std::size_t random_count, std::uint64_t seed = 1) {
  std::deque<T> values = edge_values<T>();
  const std::deque<T> any = random_values<T>(random_count, seed);
  values.insert(values.end(), any.begin(), any.end());
  if constexpr (integer_element<T>) {
    std::mt19937_64 random(seed + 1);
    for (std::size_t i = 0; i < random_count; ++i) {
      const auto shorter = static_cast<T>(random() >> (64 - 8 * sizeof(T) + random() % (8 * sizeof(T))));
      values.push_back(static_cast<T>((random() & 1) != 0 ? shorter : T{} - shorter));
    }
  }
  return values;
}

/// Calls f(x, y) for all pairs of few operands and for many random ones.
template <element T, class F>
void for_pairs(std::size_t count, F&& f) {
  const std::deque<T> few = operands<T>(40);
  for (const T x : few) {
    for (const T y : few) f(x, y);
  }
  const std::deque<T> left = operands<T>(count, 2), right = operands<T>(count, 3);
  for (std::size_t i = 0; i < left.size(); ++i) f(left[i], right[(i * 7) % right.size()]);
}

}  // namespace onepass::testing
