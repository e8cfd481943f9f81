// One register of elements on any machine: a small array, each element by the scalar interpretation.
//
// Correct everywhere by construction; the compiler turns the simple loops into whatever vectors the target has.
// Rounding and flags are those of the caller's environment: whoever runs packs of this target sets it first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <onepass/core/isa.hpp>
#include <onepass/value/scalar.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {

inline constexpr std::size_t vector_bytes = 16;

/// Truth values: one bool a lane.
template <std::size_t W>
struct native_mask {
  static constexpr std::size_t lanes = vector_bytes / W;
  struct reg {
    bool lane[lanes];
  };

  ONEPASS_INLINE static reg filled(bool truth) {
    return each([&](std::size_t) { return truth; });
  }
  ONEPASS_INLINE static reg first(std::size_t count) {
    return each([&](std::size_t i) { return i < count; });
  }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) {
    return each([&](std::size_t i) { return a.lane[i] && b.lane[i]; });
  }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) {
    return each([&](std::size_t i) { return a.lane[i] || b.lane[i]; });
  }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) {
    return each([&](std::size_t i) { return a.lane[i] != b.lane[i]; });
  }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) {
    return each([&](std::size_t i) { return !a.lane[i] && b.lane[i]; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static bool any(reg a) {
    bool found = false;
    for (std::size_t i = 0; i < N; ++i) found |= a.lane[i];
    return found;
  }
  template <std::size_t To, std::size_t N>
  ONEPASS_INLINE static typename native_mask<To>::reg widen(reg a) {
    return native_mask<To>::each([&](std::size_t i) { return i < N && a.lane[i % lanes]; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg lower(reg a) {
    return a;
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg upper(reg a) {
    return each([&](std::size_t i) { return i < N / 2 && a.lane[(i + N / 2) % lanes]; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    return each([&](std::size_t i) { return i < N / 2 ? low.lane[i] : i < N && high.lane[i - N / 2]; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load(const bool* from) {
    return load_first<N>(from, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load_first(const bool* from, std::size_t count) {
    return each([&](std::size_t i) { return i < count && from[i]; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store(bool* to, reg a) {
    store_first<N>(to, a, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store_first(bool* to, reg a, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[i] = a.lane[i];
  }

  template <class F>
  ONEPASS_INLINE static reg each(F&& f) {
    reg result;
    for (std::size_t i = 0; i < lanes; ++i) result.lane[i] = f(i);
    return result;
  }
};

template <element T>
struct lane_array {
  T lane[vector_bytes / sizeof(T)];
};

template <element T>
struct native {
  static constexpr std::size_t lanes = vector_bytes / sizeof(T);
  using reg = lane_array<T>;
  using truth = typename native_mask<sizeof(T)>::reg;
  using one = scalar<T>;

  ONEPASS_INLINE static reg filled(T element) {
    return each([&](std::size_t) { return element; });
  }

#define ONEPASS_UNARY(name)                                                                          \
  ONEPASS_INLINE static reg name(reg a) {                                                            \
    return each([&](std::size_t i) { return one::name(one{a.lane[i]}).content; });                   \
  }
#define ONEPASS_BINARY(name)                                                                         \
  ONEPASS_INLINE static reg name(reg a, reg b) {                                                     \
    return each([&](std::size_t i) { return one::name(one{a.lane[i]}, one{b.lane[i]}).content; });   \
  }
#define ONEPASS_COMPARISON(name)                                                                     \
  ONEPASS_INLINE static truth name(reg a, reg b) {                                                   \
    return native_mask<sizeof(T)>::each(                                                             \
        [&](std::size_t i) { return one::name(one{a.lane[i]}, one{b.lane[i]}).content; });           \
  }
  ONEPASS_BINARY(add)
  ONEPASS_BINARY(sub)
  ONEPASS_BINARY(mul)
  ONEPASS_BINARY(div)
  ONEPASS_BINARY(scale)
  ONEPASS_BINARY(min)
  ONEPASS_BINARY(max)
  ONEPASS_BINARY(bit_and)
  ONEPASS_BINARY(bit_or)
  ONEPASS_BINARY(bit_xor)
  ONEPASS_BINARY(bit_andnot)
  ONEPASS_UNARY(sqrt)
  ONEPASS_UNARY(floor)
  ONEPASS_UNARY(ceil)
  ONEPASS_UNARY(trunc)
  ONEPASS_UNARY(round_even)
  ONEPASS_BINARY(shift_left)
  ONEPASS_BINARY(shift_right)
  ONEPASS_COMPARISON(less)
  ONEPASS_COMPARISON(less_equal)
  ONEPASS_COMPARISON(equal)
  ONEPASS_COMPARISON(unordered)
#undef ONEPASS_UNARY
#undef ONEPASS_BINARY
#undef ONEPASS_COMPARISON

  ONEPASS_INLINE static reg fma(reg a, reg b, reg c) {
    return each([&](std::size_t i) { return one::fma(one{a.lane[i]}, one{b.lane[i]}, one{c.lane[i]}).content; });
  }
  template <int Count>
  ONEPASS_INLINE static reg shift_left(reg a) {
    return each([&](std::size_t i) { return one::template shift_left<Count>(one{a.lane[i]}).content; });
  }
  template <int Count>
  ONEPASS_INLINE static reg shift_right(reg a) {
    return each([&](std::size_t i) { return one::template shift_right<Count>(one{a.lane[i]}).content; });
  }
  template <element To>
  ONEPASS_INLINE static lane_array<To> reinterpret(reg a, std::type_identity<To>) {
    lane_array<To> result;
    for (std::size_t i = 0; i < lanes; ++i) result.lane[i] = one::template reinterpret<To>(one{a.lane[i]}).content;
    return result;
  }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) {
    return each([&](std::size_t i) { return which.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  template <element To>
  ONEPASS_INLINE static lane_array<To> convert(reg a, std::type_identity<To>) {
    constexpr std::size_t count = vector_bytes / (sizeof(T) > sizeof(To) ? sizeof(T) : sizeof(To));
    lane_array<To> result = {};
    for (std::size_t i = 0; i < count; ++i) result.lane[i] = one::template convert<To>(one{a.lane[i]}).content;
    return result;
  }
  ONEPASS_INLINE static lane_array<std::int32_t> truncate(reg a) {
    lane_array<std::int32_t> result = {};
    for (std::size_t i = 0; i < lanes; ++i) result.lane[i] = one::truncate(one{a.lane[i]}).content;
    return result;
  }

  template <std::size_t N>
  ONEPASS_INLINE static reg load(const T* from) {
    return load_first<N>(from, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load_first(const T* from, std::size_t count) {
    reg result = {};
    std::memcpy(result.lane, from, count * sizeof(T));
    return result;
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store(T* to, reg a) {
    store_first<N>(to, a, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store_first(T* to, reg a, std::size_t count) {
    std::memcpy(to, a.lane, count * sizeof(T));
  }
  template <std::size_t N>
  ONEPASS_INLINE static void stream(T* to, reg a) {
    store_first<N>(to, a, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg lower(reg a) {
    return a;
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg upper(reg a) {
    return each([&](std::size_t i) { return i < N / 2 ? a.lane[i + N / 2] : T{}; });
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    return each([&](std::size_t i) { return i < N / 2 ? low.lane[i] : i < N ? high.lane[i - N / 2] : T{}; });
  }

 private:
  template <class F>
  ONEPASS_INLINE static reg each(F&& f) {
    reg result;
    for (std::size_t i = 0; i < lanes; ++i) result.lane[i] = f(i);
    return result;
  }
};

}  // namespace ONEPASS_TARGET
}  // namespace onepass
