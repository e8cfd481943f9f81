// Equality as the language defines it: the same bits, or both NaN. And inputs that find differences.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <deque>

#include <onepass/core/dtype.hpp>
#include <onepass/core/isa.hpp>
#include <onepass/value/traced.hpp>

namespace onepass::testing {

template <element T>
bool is_nan(T a) {
  if constexpr (storage_element<T>) {
    return std::isnan(static_cast<float>(a));
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(a);
  } else {
    return false;
  }
}

template <element T>
bool same_bits(T a, T b) {
  return (is_nan(a) && is_nan(b)) || to_bits(a) == to_bits(b);
}

template <element T>
std::string shown(T value) {
  char text[64];
  if constexpr (is_floating(dtype_of<T>)) {
    const double number = static_cast<double>(static_cast<computed_type<T>>(value));
    std::snprintf(text, sizeof text, "%.17g (0x%llx)", number, static_cast<unsigned long long>(to_bits(value)));
  } else if constexpr (std::is_unsigned_v<T>) {
    std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(value));
  } else {
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(value));
  }
  return text;
}

/// Values at which implementations go wrong.
template <element T>
std::deque<T> edge_values() {
  using limits = std::numeric_limits<T>;
  if constexpr (std::is_same_v<T, bool>) {
    return {false, true};
  } else if constexpr (storage_element<T>) {
    // Zero, the smallest numbers, the largest subnormal, the smallest normal, around 1, the largest, infinity, NaN.
    constexpr int fraction = std::is_same_v<T, float16> ? 10 : 7;
    constexpr unsigned normal = 1u << fraction, one = T(1.0f).bits, infinity = 0x7fff >> fraction << fraction;
    std::deque<T> values;
    for (const unsigned bits : {0u, 1u, 2u, 3u, normal / 2, normal - 1, normal, normal + 1, one - normal, one - 1, one, one + 1, one + 2,
                                one + normal / 2, one + normal, infinity - 1, infinity, infinity + 1, infinity + normal / 2, 0x7fffu}) {
      values.push_back(T::of_bits(static_cast<std::uint16_t>(bits)));
      values.push_back(T::of_bits(static_cast<std::uint16_t>(bits | 0x8000)));
    }
    return values;
  } else if constexpr (std::is_integral_v<T>) {
    std::deque<T> values = {0, 1, 2, 3, 7, 100, 127, limits::max(), static_cast<T>(limits::max() - 1), limits::min(),
                            static_cast<T>(limits::min() + 1)};
    if (std::is_signed_v<T>) values.insert(values.end(), {static_cast<T>(-1), static_cast<T>(-2), static_cast<T>(-100)});
    values.push_back(static_cast<T>(limits::max() / 2 + 1));  // of unsigned types, the sign of the signed ones
    if (sizeof(T) > 1) values.insert(values.end(), {static_cast<T>(255), static_cast<T>(256), static_cast<T>(65536), static_cast<T>(0x00ff00ff)});
    if (sizeof(T) > 4) {
      for (const std::int64_t v : {0x7fffffffll, 0x80000000ll, 0xffffffffll, 0x100000000ll, 0x123456789abcdefll, -0x80000000ll, -0x80000001ll}) {
        values.push_back(static_cast<T>(v));
      }
    }
    return values;
  } else {
    std::deque<T> positive = {0, limits::denorm_min(), limits::min() - limits::denorm_min(), limits::min(), limits::epsilon(), T(0.25), T(0.5),
                               T(0.75),
                               std::nextafter(T(1), T(0)), 1, std::nextafter(T(1), T(2)), T(1.5), 2, T(2.5), 3, T(3.5), 10,
                               T(88.72), T(88.73), T(87.4), T(103.9),
                               T(104.5), T(709.7), T(710), T(745.2), 127, 128, 254, 255, T(255.5), 256, 8388607, T(8388608.5), 16777216,
                               T(16777217), 2147483520, T(2147483647), 2147483648.0f,
                               4294967296.0f, T(1e10), T(1e20), T(1e30), limits::max(), limits::infinity()};
    std::deque<T> values = positive;
    for (const T v : positive) values.push_back(-v);
    values.push_back(limits::quiet_NaN());
    values.push_back(-limits::quiet_NaN());
    return values;
  }
}

/// Any bits, reproducibly; floating values are of all magnitudes, half of them moderate.
template <element T>
std::deque<T> random_values(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::deque<T> values(count);
  for (T& v : values) {
    if constexpr (std::is_same_v<T, bool>) {
      v = (random() & 1) != 0;
    } else if constexpr (std::is_floating_point_v<T>) {
      v = (random() & 1) != 0 ? from_bits<T>(random()) : static_cast<T>(std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), -60));
    } else {
      v = from_bits<T>(random());
    }
  }
  return values;
}

/// Calls f(std::type_identity<T>) for every element type.
template <class F>
void for_each_type(F f) {
#define ONEPASS_ROW(enumerator, cpp, text, made_of) f(std::type_identity<cpp>{});
  ONEPASS_DTYPES(ONEPASS_ROW)
#undef ONEPASS_ROW
}

/// The statements for every element type T that has a property.
#define ONEPASS_FOR_TYPES(property, T, ...)         \
  for_each_type([&](auto type_of_row) {             \
    using T = typename decltype(type_of_row)::type; \
    if constexpr (property<T>) __VA_ARGS__          \
  })

/// What this test program is compiled for; main.cpp asks.
isa compiled_for();

}  // namespace onepass::testing
