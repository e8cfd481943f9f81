// Bits of integers. On truth values, and, or, xor and not are those of logic. Bytes and words of 16 bits shift and count
// as i32: instructions that shift know 32 and 64 bits only.
#pragma once

#include <cstdint>

#include <onepass/op/conversion.hpp>
#include <onepass/op/operation.hpp>

namespace onepass {

/// Integers and truth values.
template <class V>
concept bits_value = integer_value<V> || truth_value<V>;

/// The bits that are set in both x and y.
struct bit_and_op {
  static constexpr std::string_view name = "bit_and";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <bits_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::bit_and(x, y);
  }
};
inline constexpr operation<bit_and_op> bit_and{};

/// The bits that are set in x or in y.
struct bit_or_op {
  static constexpr std::string_view name = "bit_or";
  static constexpr laws holds{.commutative = true, .idempotent = true};
  template <bits_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::bit_or(x, y);
  }
};
inline constexpr operation<bit_or_op> bit_or{};

/// The bits in which x and y differ.
struct bit_xor_op {
  static constexpr std::string_view name = "bit_xor";
  static constexpr laws holds{.commutative = true};
  template <bits_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    return prim::bit_xor(x, y);
  }
};
inline constexpr operation<bit_xor_op> bit_xor{};

/// The bits that are not set in x.
struct bit_not_op {
  static constexpr std::string_view name = "bit_not";
  template <bits_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::bit_xor(x, x.like(-1));
  }
};
inline constexpr operation<bit_not_op> bit_not{};

/// x * 2^count, wrapped. A count outside of the width, a negative one included, gives 0.
struct shift_left_op {
  static constexpr std::string_view name = "shift_left";
  template <integer_value V>
  ONEPASS_INLINE static V body(V x, V count) {
    if constexpr (word_value<V>) {
      return prim::shift_left(x, count);
    } else {
      return detail::wrapped<element_of<V>>(prim::shift_left(detail::wrapped<std::int32_t>(x), detail::wrapped<std::int32_t>(count)));
    }
  }
};
inline constexpr operation<shift_left_op> shift_left{};

/// The largest integer not above x / 2^count. A count outside of the width, a negative one included, gives 0, or -1 if x
/// is negative.
struct shift_right_op {
  static constexpr std::string_view name = "shift_right";
  template <integer_value V>
  ONEPASS_INLINE static V body(V x, V count) {
    if constexpr (word_value<V>) {
      return prim::shift_right(x, count);
    } else {
      return detail::wrapped<element_of<V>>(prim::shift_right(detail::wrapped<std::int32_t>(x), detail::wrapped<std::int32_t>(count)));
    }
  }
};
inline constexpr operation<shift_right_op> shift_right{};

/// How many bits of x are set. Neighbours add up: in pairs of bits, in fours, in bytes, and then all bytes.
struct popcount_op {
  static constexpr std::string_view name = "popcount";
  template <integer_value V>
  ONEPASS_INLINE static V body(V x) {
    using T = element_of<V>;
    using bits = std::make_unsigned_t<T>;
    if constexpr (sizeof(T) >= 4) {
      return detail::wrapped<T>(sum_of_bytes<sizeof(T)>(in_bytes(detail::wrapped<bits>(x))));
    } else {
      return detail::wrapped<T>(sum_of_bytes<sizeof(T)>(in_bytes(detail::wrapped<std::int32_t>(detail::wrapped<bits>(x)))));
    }
  }

 private:
  template <word_value V>
  ONEPASS_INLINE static V in_bytes(V x) {
    constexpr std::uint64_t pairs = 0x5555555555555555, fours = 0x3333333333333333, bytes = 0x0f0f0f0f0f0f0f0f;
    const V in_pairs = x - prim::bit_and(prim::shift_right<1>(x), x.like(pairs));
    const V in_fours = prim::bit_and(in_pairs, x.like(fours)) + prim::bit_and(prim::shift_right<2>(in_pairs), x.like(fours));
    return prim::bit_and(in_fours + prim::shift_right<4>(in_fours), x.like(bytes));
  }
  template <int Bytes, word_value V>
  ONEPASS_INLINE static V sum_of_bytes(V x) {
    if constexpr (Bytes == 1) {
      return x;
    } else {
      if constexpr (Bytes >= 8) x = x + prim::shift_right<32>(x);
      if constexpr (Bytes >= 4) x = x + prim::shift_right<16>(x);
      return prim::bit_and(x + prim::shift_right<8>(x), x.like(0x7f));
    }
  }
};
inline constexpr operation<popcount_op> popcount{};

using bit_operations =
    operation_list<bit_and_op, bit_or_op, bit_xor_op, bit_not_op, shift_left_op, shift_right_op, popcount_op>;

}  // namespace onepass
