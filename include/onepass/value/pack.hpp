// Interpretation 2 of an operation body: N elements at once, N any power of two.
//
// A pack that fits one register of the target holds it; a wider one is two halves. So a wide pack is the means of
// unrolling, operation by operation, and of the lanes of a reduction, and both compilers keep its halves in
// registers. What one register can do is said in one file per target (pack_baseline.hpp, pack_avx2.hpp,
// pack_avx512.hpp); this file lifts it to every N. It must not know about operations, arrays or loops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <onepass/core/isa.hpp>
#include <onepass/value/scalar.hpp>
#include <onepass/value/value.hpp>

#if defined(ONEPASS_TARGET_AVX512)
#include <onepass/value/pack_avx512.hpp>
#elif defined(ONEPASS_TARGET_AVX2)
#include <onepass/value/pack_avx2.hpp>
#else
#include <onepass/value/pack_baseline.hpp>
#endif

namespace onepass {
inline namespace ONEPASS_TARGET {

// native<T> describes one register of elements T: its type `reg`, and the instructions on it.
// native_mask<W> describes the truth values of one register of elements of W bytes.

/// Elements of type T that one register holds.
template <element T>
inline constexpr std::size_t native_lanes = vector_bytes / sizeof(T);

template <std::size_t W, std::size_t N>
struct mask;

template <element T, std::size_t N>
struct pack;

namespace target_detail {

template <element T, std::size_t N>
struct choose_values {
  using type = pack<T, N>;
};
template <std::size_t N>
struct choose_values<bool, N> {
  using type = mask<1, N>;
};

/// Two halves, or one register: the storage of packs and masks.
template <class Half>
struct halves {
  static constexpr bool is_split = true;
  Half low, high;
};

template <class Register>
struct whole {
  static constexpr bool is_split = false;
  Register reg;
};

template <class Half, class Register, bool split>
struct choose_storage {
  using type = halves<Half>;
};
template <class Half, class Register>
struct choose_storage<Half, Register, false> {
  using type = whole<Register>;
};

template <class T, std::size_t N>
using pack_storage = typename choose_storage<pack<T, N / 2>, typename native<T>::reg, (N > native_lanes<T>)>::type;

template <std::size_t W, std::size_t N>
using mask_storage = typename choose_storage<mask<W, N / 2>, typename native_mask<W>::reg, (N * W > vector_bytes)>::type;

}  // namespace target_detail

/// N values of type T: a pack, or for bool a mask as arrays of bool hold it.
template <element T, std::size_t N>
using values_of = typename target_detail::choose_values<T, N>::type;

/// N truth values, as comparisons of packs of elements of W bytes yield them.
template <std::size_t W, std::size_t N>
struct mask : target_detail::mask_storage<W, N> {
  using storage = target_detail::mask_storage<W, N>;
  using element_type = bool;
  using half = mask<W, N / 2>;
  static constexpr bool is_value = true;
  static constexpr std::size_t lanes = N;
  static constexpr std::size_t width = W;

  template <class S>
  ONEPASS_INLINE mask like(S number) const {
    return filled(static_cast<bool>(number));
  }
  template <element To, class S>
  ONEPASS_INLINE values_of<To, N> literal(S number) const {
    return values_of<To, N>::filled(static_cast<To>(number));
  }

  ONEPASS_INLINE static mask filled(bool truth) {
    if constexpr (storage::is_split) {
      return {half::filled(truth), half::filled(truth)};
    } else {
      return {native_mask<W>::filled(truth)};
    }
  }

  /// True in the first `count` lanes.
  ONEPASS_INLINE static mask first(std::size_t count) {
    if constexpr (storage::is_split) {
      return {half::first(count < N / 2 ? count : N / 2), half::first(count < N / 2 ? 0 : count - N / 2)};
    } else {
      return {native_mask<W>::first(count)};
    }
  }

#define ONEPASS_BINARY(name)                                          \
  ONEPASS_INLINE static mask name(mask a, mask b) {                   \
    if constexpr (storage::is_split) {                                \
      return {half::name(a.low, b.low), half::name(a.high, b.high)};  \
    } else {                                                          \
      return {native_mask<W>::name(a.reg, b.reg)};                    \
    }                                                                 \
  }
  ONEPASS_BINARY(bit_and)
  ONEPASS_BINARY(bit_or)
  ONEPASS_BINARY(bit_xor)
  ONEPASS_BINARY(bit_andnot)
#undef ONEPASS_BINARY

  /// True if any truth value is.
  ONEPASS_INLINE static bool any(mask a) {
    if constexpr (storage::is_split) {
      return half::any(half::bit_or(a.low, a.high));
    } else {
      return native_mask<W>::template any<N>(a.reg);
    }
  }

  /// The same truth values for elements of another width.
  template <std::size_t To>
  ONEPASS_INLINE static mask<To, N> widen(mask a) {
    if constexpr (To == W) {
      return a;
    } else if constexpr (mask<To, N>::storage::is_split) {
      return {half::template widen<To>(a.lower()), half::template widen<To>(a.upper())};
    } else if constexpr (storage::is_split) {
      return mask<To, N>::join(half::template widen<To>(a.low), half::template widen<To>(a.high));
    } else {
      return {native_mask<W>::template widen<To, N>(a.reg)};
    }
  }

  template <truth_value M>
  ONEPASS_INLINE static mask select(M which, mask a, mask b) {
    const mask chosen = M::template widen<W>(which);
    return bit_or(bit_and(chosen, a), bit_andnot(chosen, b));
  }
  template <truth_value M, class F>
  ONEPASS_INLINE static mask rarely(M which, mask common, F&& exceptional) {
    if (__builtin_expect(M::any(which), 0)) return select(which, exceptional(), common);
    return common;
  }

  /// Reads N elements of bool.
  ONEPASS_INLINE static mask load(const bool* from)
    requires(W == 1)
  {
    if constexpr (storage::is_split) {
      return {half::load(from), half::load(from + N / 2)};
    } else {
      return {native_mask<1>::template load<N>(from)};
    }
  }
  ONEPASS_INLINE static mask load_first(const bool* from, std::size_t count)
    requires(W == 1)
  {
    if constexpr (storage::is_split) {
      return {half::load_first(from, count < N / 2 ? count : N / 2),
              half::load_first(from + N / 2, count < N / 2 ? 0 : count - N / 2)};
    } else {
      return {native_mask<1>::template load_first<N>(from, count)};
    }
  }
  ONEPASS_INLINE static void store(bool* to, mask a) {
    if constexpr (W != 1) {
      mask<1, N>::store(to, widen<1>(a));
    } else if constexpr (storage::is_split) {
      half::store(to, a.low);
      half::store(to + N / 2, a.high);
    } else {
      native_mask<1>::template store<N>(to, a.reg);
    }
  }
  ONEPASS_INLINE static void stream(bool* to, mask a) { store(to, a); }
  ONEPASS_INLINE static void store_first(bool* to, mask a, std::size_t count) {
    if constexpr (W != 1) {
      mask<1, N>::store_first(to, widen<1>(a), count);
    } else if constexpr (storage::is_split) {
      half::store_first(to, a.low, count < N / 2 ? count : N / 2);
      half::store_first(to + N / 2, a.high, count < N / 2 ? 0 : count - N / 2);
    } else {
      native_mask<1>::template store_first<N>(to, a.reg, count);
    }
  }

  ONEPASS_INLINE half lower() const {
    if constexpr (storage::is_split) {
      return this->low;
    } else {
      return {native_mask<W>::template lower<N>(this->reg)};
    }
  }
  ONEPASS_INLINE half upper() const {
    if constexpr (storage::is_split) {
      return this->high;
    } else {
      return {native_mask<W>::template upper<N>(this->reg)};
    }
  }
  ONEPASS_INLINE static mask join(half low, half high) {
    if constexpr (storage::is_split) {
      return {low, high};
    } else {
      return {native_mask<W>::template join<N>(low.reg, high.reg)};
    }
  }
};

/// N elements.
template <element T, std::size_t N>
struct pack : target_detail::pack_storage<T, N> {
  using storage = target_detail::pack_storage<T, N>;
  using element_type = T;
  using half = pack<T, N / 2>;
  using truth = mask<sizeof(T), N>;
  static constexpr bool is_value = true;
  static constexpr std::size_t lanes = N;

  template <class S>
  ONEPASS_INLINE pack like(S number) const {
    return filled(static_cast<T>(number));
  }
  template <element To, class S>
  ONEPASS_INLINE values_of<To, N> literal(S number) const {
    return values_of<To, N>::filled(static_cast<To>(number));
  }

  ONEPASS_INLINE static pack filled(T element) {
    if constexpr (storage::is_split) {
      // Each half on its own: g++ 12 keeps in memory, and writes at every step of a loop, what holds one register twice.
      return {half::filled(element), half::filled(element)};
    } else {
      return {native<T>::filled(element)};
    }
  }

#define ONEPASS_UNARY(name)                                \
  ONEPASS_INLINE static pack name(pack a) {                \
    if constexpr (storage::is_split) {                     \
      return {half::name(a.low), half::name(a.high)};      \
    } else {                                               \
      return {native<T>::name(a.reg)};                     \
    }                                                      \
  }
#define ONEPASS_BINARY(name)                                          \
  ONEPASS_INLINE static pack name(pack a, pack b) {                   \
    if constexpr (storage::is_split) {                                \
      return {half::name(a.low, b.low), half::name(a.high, b.high)};  \
    } else {                                                          \
      return {native<T>::name(a.reg, b.reg)};                         \
    }                                                                 \
  }
#define ONEPASS_COMPARISON(name)                                      \
  ONEPASS_INLINE static truth name(pack a, pack b) {                  \
    if constexpr (storage::is_split) {                                \
      return {half::name(a.low, b.low), half::name(a.high, b.high)};  \
    } else {                                                          \
      return {native<T>::name(a.reg, b.reg)};                         \
    }                                                                 \
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

  ONEPASS_INLINE static pack fma(pack a, pack b, pack c) {
    if constexpr (storage::is_split) {
      return {half::fma(a.low, b.low, c.low), half::fma(a.high, b.high, c.high)};
    } else {
      return {native<T>::fma(a.reg, b.reg, c.reg)};
    }
  }

  template <truth_value M>
  ONEPASS_INLINE static pack select(M which, pack a, pack b) {
    const truth chosen = M::template widen<sizeof(T)>(which);
    if constexpr (storage::is_split) {
      return {half::select(chosen.low, a.low, b.low), half::select(chosen.high, a.high, b.high)};
    } else {
      return {native<T>::select(chosen.reg, a.reg, b.reg)};
    }
  }

  template <truth_value M, class F>
  ONEPASS_INLINE static pack rarely(M which, pack common, F&& exceptional) {
    if (__builtin_expect(M::any(which), 0)) return select(which, exceptional(), common);
    return common;
  }

  template <element To>
  ONEPASS_INLINE static pack<To, N> convert(pack a) {
    if constexpr (storage::is_split || pack<To, N>::storage::is_split) {
      return pack<To, N>::join(half::template convert<To>(a.lower()), half::template convert<To>(a.upper()));
    } else {
      return {native<T>::convert(a.reg, std::type_identity<To>{})};
    }
  }
  ONEPASS_INLINE static pack<std::int32_t, N> truncate(pack a) {
    if constexpr (storage::is_split) {
      return pack<std::int32_t, N>::join(half::truncate(a.low), half::truncate(a.high));
    } else {
      return {native<T>::truncate(a.reg)};
    }
  }
  template <int Count>
  ONEPASS_INLINE static pack shift_left(pack a) {
    if constexpr (storage::is_split) {
      return {half::template shift_left<Count>(a.low), half::template shift_left<Count>(a.high)};
    } else {
      return {native<T>::template shift_left<Count>(a.reg)};
    }
  }
  template <int Count>
  ONEPASS_INLINE static pack shift_right(pack a) {
    if constexpr (storage::is_split) {
      return {half::template shift_right<Count>(a.low), half::template shift_right<Count>(a.high)};
    } else {
      return {native<T>::template shift_right<Count>(a.reg)};
    }
  }
  template <element To>
  ONEPASS_INLINE static pack<To, N> reinterpret(pack a) {
    static_assert(sizeof(To) == sizeof(T));
    if constexpr (storage::is_split) {
      return {half::template reinterpret<To>(a.low), half::template reinterpret<To>(a.high)};
    } else {
      return {native<T>::reinterpret(a.reg, std::type_identity<To>{})};
    }
  }
  /// Few elements ever need a table: they are looked up one by one.
  template <element To>
  ONEPASS_INLINE static pack<To, N> lookup(const table<To>& in, pack index) {
    T places[N];
    To found[N];
    store(places, index);
    for (std::size_t i = 0; i < N; ++i) found[i] = scalar<T>::lookup(in, {places[i]}).content;
    return pack<To, N>::load(found);
  }

  /// Reads N elements; `_first` touches no memory beyond `count` elements and fills the other lanes with zeros.
  ONEPASS_INLINE static pack load(const T* from) {
    if constexpr (storage::is_split) {
      return {half::load(from), half::load(from + N / 2)};
    } else {
      return {native<T>::template load<N>(from)};
    }
  }
  ONEPASS_INLINE static pack load_first(const T* from, std::size_t count) {
    if constexpr (storage::is_split) {
      return {half::load_first(from, count < N / 2 ? count : N / 2),
              half::load_first(from + N / 2, count < N / 2 ? 0 : count - N / 2)};
    } else {
      return {native<T>::template load_first<N>(from, count)};
    }
  }
  ONEPASS_INLINE static void store(T* to, pack a) {
    if constexpr (storage::is_split) {
      half::store(to, a.low);
      half::store(to + N / 2, a.high);
    } else {
      native<T>::template store<N>(to, a.reg);
    }
  }
  ONEPASS_INLINE static void store_first(T* to, pack a, std::size_t count) {
    if constexpr (storage::is_split) {
      half::store_first(to, a.low, count < N / 2 ? count : N / 2);
      half::store_first(to + N / 2, a.high, count < N / 2 ? 0 : count - N / 2);
    } else {
      native<T>::template store_first<N>(to, a.reg, count);
    }
  }
  /// Writes past the caches. Precondition: `to` is aligned to the bytes of the pack or of a register.
  ONEPASS_INLINE static void stream(T* to, pack a) {
    if constexpr (storage::is_split) {
      half::stream(to, a.low);
      half::stream(to + N / 2, a.high);
    } else {
      native<T>::template stream<N>(to, a.reg);
    }
  }

  ONEPASS_INLINE half lower() const {
    if constexpr (storage::is_split) {
      return this->low;
    } else {
      return {native<T>::template lower<N>(this->reg)};
    }
  }
  ONEPASS_INLINE half upper() const {
    if constexpr (storage::is_split) {
      return this->high;
    } else {
      return {native<T>::template upper<N>(this->reg)};
    }
  }
  ONEPASS_INLINE static pack join(half low, half high) {
    if constexpr (storage::is_split) {
      return {low, high};
    } else {
      return {native<T>::template join<N>(low.reg, high.reg)};
    }
  }
};

}  // namespace ONEPASS_TARGET
}  // namespace onepass
