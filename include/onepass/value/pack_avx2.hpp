// One register of elements on AVX2 with FMA and F16C.
//
// Rounding and flags are those of the caller's environment: whoever runs packs of this target sets it first
// (run/environment.hpp). A product passes through an empty statement that hides it from contraction.
// A register is always 256 bits; packs of fewer lanes use its low end, and the other lanes hold anything finite.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include <onepass/core/isa.hpp>
#include <onepass/value/value.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {

inline constexpr std::size_t vector_bytes = 32;

namespace target_detail {

/// Registers of which `bytes` bytes at the low end count.
struct registers_avx2 {
  using reg = __m256i;

  template <std::size_t bytes>
  ONEPASS_INLINE static reg load(const void* from) {
    if constexpr (bytes == 32) {
      return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    } else if constexpr (bytes == 16) {
      return _mm256_castsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(from)));
    } else if constexpr (bytes == 8) {
      return _mm256_castsi128_si256(_mm_loadl_epi64(static_cast<const __m128i*>(from)));
    } else {
      int low = 0;
      std::memcpy(&low, from, bytes);
      return _mm256_castsi128_si256(_mm_cvtsi32_si128(low));
    }
  }
  ONEPASS_INLINE static reg load_first(const void* from, std::size_t bytes) {
    alignas(32) unsigned char buffer[32] = {};
    std::memcpy(buffer, from, bytes);
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(buffer));
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static void store(void* to, reg a) {
    if constexpr (bytes == 32) {
      _mm256_storeu_si256(static_cast<__m256i*>(to), a);
    } else if constexpr (bytes == 16) {
      _mm_storeu_si128(static_cast<__m128i*>(to), _mm256_castsi256_si128(a));
    } else if constexpr (bytes == 8) {
      _mm_storel_epi64(static_cast<__m128i*>(to), _mm256_castsi256_si128(a));
    } else {
      const int low = _mm_cvtsi128_si32(_mm256_castsi256_si128(a));
      std::memcpy(to, &low, bytes);
    }
  }
  ONEPASS_INLINE static void store_first(void* to, reg a, std::size_t bytes) {
    alignas(32) unsigned char buffer[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(buffer), a);
    std::memcpy(to, buffer, bytes);
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static void stream(void* to, reg a) {
    if constexpr (bytes == 32) {
      _mm256_stream_si256(static_cast<__m256i*>(to), a);
    } else if constexpr (bytes == 16) {
      _mm_stream_si128(static_cast<__m128i*>(to), _mm256_castsi256_si128(a));
    } else {
      store<bytes>(to, a);
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg upper(reg a) {
    if constexpr (bytes == 32) {
      return _mm256_castsi128_si256(_mm256_extracti128_si256(a, 1));
    } else {
      return _mm256_bsrli_epi128(a, bytes / 2);
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    if constexpr (bytes == 32) {
      return _mm256_inserti128_si256(low, _mm256_castsi256_si128(high), 1);
    } else if constexpr (bytes == 16) {
      return _mm256_unpacklo_epi64(low, high);
    } else if constexpr (bytes == 8) {
      return _mm256_unpacklo_epi32(low, high);
    } else if constexpr (bytes == 4) {
      return _mm256_unpacklo_epi16(low, high);
    } else {
      return _mm256_unpacklo_epi8(low, high);
    }
  }
};

/// As many integers of `From` bytes as fit a register of either size, made integers of `To` bytes: the low bits, or
/// copies of the sign or zeros above them.
template <std::size_t From, std::size_t To, bool is_signed>
ONEPASS_INLINE __m256i resized(__m256i a) {
  const __m128i low = _mm256_castsi256_si128(a);
  if constexpr (From == To) {
    return a;
  } else if constexpr (From == 1 && To == 2) {
    return is_signed ? _mm256_cvtepi8_epi16(low) : _mm256_cvtepu8_epi16(low);
  } else if constexpr (From == 1 && To == 4) {
    return is_signed ? _mm256_cvtepi8_epi32(low) : _mm256_cvtepu8_epi32(low);
  } else if constexpr (From == 1 && To == 8) {
    return is_signed ? _mm256_cvtepi8_epi64(low) : _mm256_cvtepu8_epi64(low);
  } else if constexpr (From == 2 && To == 4) {
    return is_signed ? _mm256_cvtepi16_epi32(low) : _mm256_cvtepu16_epi32(low);
  } else if constexpr (From == 2 && To == 8) {
    return is_signed ? _mm256_cvtepi16_epi64(low) : _mm256_cvtepu16_epi64(low);
  } else if constexpr (From == 4 && To == 8) {
    return is_signed ? _mm256_cvtepi32_epi64(low) : _mm256_cvtepu32_epi64(low);
  } else if constexpr (From == 8) {
    return resized<4, To, is_signed>(_mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
  } else if constexpr (From == 4 && To == 1) {
    const __m256i bytes = _mm256_shuffle_epi8(a, _mm256_set1_epi32(0x0c080400));  // in both halves
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
  } else if constexpr (From == 4) {
    const __m256i words = _mm256_shuffle_epi8(a, _mm256_set1_epi64x(0x0d0c090805040100));
    return _mm256_permute4x64_epi64(words, 0x08);
  } else {
    const __m256i bytes = _mm256_shuffle_epi8(a, _mm256_set1_epi64x(0x0e0c0a0806040200));
    return _mm256_permute4x64_epi64(bytes, 0x08);
  }
}

}  // namespace target_detail

/// Truth values: all bits of an element set or clear; lanes beyond those in use are unspecified.
template <std::size_t W>
struct native_mask {
  using reg = __m256i;
  using registers = target_detail::registers_avx2;

  ONEPASS_INLINE static reg filled(bool truth) { return _mm256_set1_epi8(truth ? -1 : 0); }
  ONEPASS_INLINE static reg first(std::size_t count) {
    if constexpr (W == 8) {
      return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)), _mm256_setr_epi64x(0, 1, 2, 3));
    } else if constexpr (W == 4) {
      return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    } else if constexpr (W == 2) {
      return _mm256_cmpgt_epi16(_mm256_set1_epi16(static_cast<short>(count)),
                                _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    } else {
      return _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(count)),
                               _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                                21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31));
    }
  }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm256_and_si256(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm256_or_si256(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm256_xor_si256(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm256_andnot_si256(a, b); }

  template <std::size_t N>
  ONEPASS_INLINE static bool any(reg a) {
    return static_cast<unsigned>(_mm256_movemask_epi8(a)) << (32 - N * W) != 0;
  }
  template <std::size_t To, std::size_t N>
  ONEPASS_INLINE static reg widen(reg a) {
    return target_detail::resized<W, To, true>(a);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg lower(reg a) {
    return a;
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg upper(reg a) {
    return registers::template upper<N * W>(a);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    return registers::template join<N * W>(low, high);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load(const bool* from) {
    return truth_of(registers::template load<N>(from));
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load_first(const bool* from, std::size_t count) {
    return truth_of(registers::load_first(from, count));
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store(bool* to, reg a) {
    registers::template store<N>(to, _mm256_and_si256(a, _mm256_set1_epi8(1)));
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store_first(bool* to, reg a, std::size_t count) {
    registers::store_first(to, _mm256_and_si256(a, _mm256_set1_epi8(1)), count);
  }

 private:
  ONEPASS_INLINE static reg truth_of(reg bytes) {
    return _mm256_xor_si256(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()), _mm256_set1_epi8(-1));
  }
};

template <element T>
struct native;

namespace target_detail {

template <class T>
struct register_type {
  using type = __m256i;
};
template <>
struct register_type<float> {
  using type = __m256;
};
template <>
struct register_type<double> {
  using type = __m256d;
};

/// What all elements share: memory, halves, and the change of their name.
template <class T>
struct native_element_avx2 {
  using reg = typename register_type<T>::type;
  using truth = __m256i;
  using registers = registers_avx2;

  // clang-format off
  template <std::size_t N> ONEPASS_INLINE static reg load(const T* from) { return of_bits(registers::load<N * sizeof(T)>(from)); }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const T* from, std::size_t count) {
    if constexpr (sizeof(T) == 8) return of_bits(_mm256_maskload_epi64((const long long*)from, native_mask<8>::first(count)));
    else if constexpr (sizeof(T) == 4) return of_bits(_mm256_maskload_epi32((const int*)from, native_mask<4>::first(count)));
    else return of_bits(registers::load_first(from, count * sizeof(T)));
  }
  template <std::size_t N> ONEPASS_INLINE static void store(T* to, reg a) { registers::store<N * sizeof(T)>(to, bits_of(a)); }
  template <std::size_t N> ONEPASS_INLINE static void store_first(T* to, reg a, std::size_t count) {
    if constexpr (sizeof(T) == 8) _mm256_maskstore_epi64((long long*)to, native_mask<8>::first(count), bits_of(a));
    else if constexpr (sizeof(T) == 4) _mm256_maskstore_epi32((int*)to, native_mask<4>::first(count), bits_of(a));
    else registers::store_first(to, bits_of(a), count * sizeof(T));
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(T* to, reg a) { registers::stream<N * sizeof(T)>(to, bits_of(a)); }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) { return of_bits(registers::upper<N * sizeof(T)>(bits_of(a))); }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    return of_bits(registers::join<N * sizeof(T)>(bits_of(low), bits_of(high)));
  }
  template <class To> ONEPASS_INLINE static typename register_type<To>::type reinterpret(reg a, std::type_identity<To>) {
    return (typename register_type<To>::type)a;
  }
  // clang-format on

 private:
  ONEPASS_INLINE static __m256i bits_of(reg a) { return (__m256i)a; }
  ONEPASS_INLINE static reg of_bits(__m256i a) { return (reg)a; }
};

/// What elements share whose registers hold no floating numbers: bits and choice.
template <class T>
struct native_bits_avx2 : native_element_avx2<T> {
  using reg = __m256i;
  using truth = __m256i;

  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm256_and_si256(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm256_or_si256(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm256_xor_si256(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm256_andnot_si256(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm256_blendv_epi8(b, a, which); }
};

}  // namespace target_detail

// The intrinsic for elements T, chosen by their size, or by their sign too. Some do not exist for 64 bits.
#define ONEPASS_BY_SMALL_SIZE(before, ...)                                  \
  if constexpr (sizeof(T) == 1) return before##8(__VA_ARGS__);              \
  else if constexpr (sizeof(T) == 2) return before##16(__VA_ARGS__);        \
  else if constexpr (sizeof(T) == 4) return before##32(__VA_ARGS__)
#define ONEPASS_BY_SIZE(before, ...)                                        \
  ONEPASS_BY_SMALL_SIZE(before, __VA_ARGS__);                               \
  else return before##64(__VA_ARGS__)
#define ONEPASS_BY_SMALL_SIZE_AND_SIGN(before, ...)                         \
  if constexpr (std::is_signed_v<T>) {                                      \
    ONEPASS_BY_SMALL_SIZE(before##epi, __VA_ARGS__);                        \
  } else {                                                                  \
    ONEPASS_BY_SMALL_SIZE(before##epu, __VA_ARGS__);                        \
  }

// clang-format off
template <integer_element T>
struct native<T> : target_detail::native_bits_avx2<T> {
  using reg = __m256i;
  using truth = __m256i;

  ONEPASS_INLINE static reg filled(T element) {
    if constexpr (sizeof(T) == 8) return _mm256_set1_epi64x(static_cast<long long>(element));
    else ONEPASS_BY_SMALL_SIZE(_mm256_set1_epi, element);
  }
  ONEPASS_INLINE static reg add(reg a, reg b) { ONEPASS_BY_SIZE(_mm256_add_epi, a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { ONEPASS_BY_SIZE(_mm256_sub_epi, a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {
    if constexpr (sizeof(T) == 1) {  // there is no product of bytes: even and odd ones as words
      const reg even = _mm256_mullo_epi16(a, b);
      const reg odd = _mm256_mullo_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
      return _mm256_blendv_epi8(even, _mm256_slli_epi16(odd, 8), _mm256_set1_epi16(static_cast<short>(0xff00)));
    } else if constexpr (sizeof(T) == 2) {
      return _mm256_mullo_epi16(a, b);
    } else if constexpr (sizeof(T) == 4) {
      return _mm256_mullo_epi32(a, b);
    } else {  // nor of 64 bits: the low halves' product, and above it the crosswise ones
      const reg crosswise = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b), _mm256_mul_epu32(a, _mm256_srli_epi64(b, 32)));
      return _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(crosswise, 32));
    }
  }
  ONEPASS_INLINE static reg min(reg a, reg b) {
    if constexpr (sizeof(T) == 8) return native::select(less(a, b), a, b);
    else ONEPASS_BY_SMALL_SIZE_AND_SIGN(_mm256_min_, a, b);
  }
  ONEPASS_INLINE static reg max(reg a, reg b) {
    if constexpr (sizeof(T) == 8) return native::select(less(b, a), a, b);
    else ONEPASS_BY_SMALL_SIZE_AND_SIGN(_mm256_max_, a, b);
  }
  ONEPASS_INLINE static truth less(reg a, reg b) {
    if constexpr (std::is_same_v<T, std::uint64_t>) return _mm256_cmpgt_epi64(flipped(b), flipped(a));
    else if constexpr (std::is_unsigned_v<T>) return opposite(less_equal(b, a));
    else ONEPASS_BY_SIZE(_mm256_cmpgt_epi, b, a);
  }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) {
    if constexpr (sizeof(T) == 8) return opposite(less(b, a));
    else return equal(min(a, b), a);
  }
  ONEPASS_INLINE static truth equal(reg a, reg b) { ONEPASS_BY_SIZE(_mm256_cmpeq_epi, a, b); }

  ONEPASS_INLINE static reg shift_left(reg a, reg b) requires(sizeof(T) >= 4) {
    if constexpr (sizeof(T) == 4) return _mm256_sllv_epi32(a, b);
    else return _mm256_sllv_epi64(a, b);
  }
  ONEPASS_INLINE static reg shift_right(reg a, reg b) requires(sizeof(T) >= 4) {
    if constexpr (std::is_same_v<T, std::int32_t>) return _mm256_srav_epi32(a, b);
    else if constexpr (std::is_same_v<T, std::uint32_t>) return _mm256_srlv_epi32(a, b);
    else if constexpr (std::is_same_v<T, std::uint64_t>) return _mm256_srlv_epi64(a, b);
    else return with_sign_apart(a, [&](reg positive) { return _mm256_srlv_epi64(positive, b); });
  }
  template <int Count> ONEPASS_INLINE static reg shift_left(reg a) requires(sizeof(T) >= 4) {
    if constexpr (sizeof(T) == 4) return _mm256_slli_epi32(a, Count);
    else return _mm256_slli_epi64(a, Count);
  }
  template <int Count> ONEPASS_INLINE static reg shift_right(reg a) requires(sizeof(T) >= 4) {
    if constexpr (std::is_same_v<T, std::int32_t>) return _mm256_srai_epi32(a, Count);
    else if constexpr (std::is_same_v<T, std::uint32_t>) return _mm256_srli_epi32(a, Count);
    else if constexpr (std::is_same_v<T, std::uint64_t>) return _mm256_srli_epi64(a, Count);
    else return with_sign_apart(a, [](reg positive) { return _mm256_srli_epi64(positive, Count); });
  }

  // As many elements as fit a register of either type, from and to its low end.
  template <element To> ONEPASS_INLINE static auto convert(reg a, std::type_identity<To>) {
    if constexpr (std::is_same_v<To, float>) return _mm256_cvtepi32_ps(a);
    else if constexpr (std::is_same_v<To, double>) return _mm256_cvtepi32_pd(_mm256_castsi256_si128(a));
    else return target_detail::resized<sizeof(T), sizeof(To), std::is_signed_v<T>>(a);
  }

 private:
  ONEPASS_INLINE static truth opposite(truth a) { return _mm256_xor_si256(a, _mm256_set1_epi8(-1)); }
  /// Unsigned numbers in the order of signed ones.
  ONEPASS_INLINE static reg flipped(reg a) { return _mm256_xor_si256(a, _mm256_set1_epi64x(std::numeric_limits<long long>::min())); }
  /// An arithmetic shift by a logical one: of ~a, and back, where a is negative.
  template <class F> ONEPASS_INLINE static reg with_sign_apart(reg a, F&& shift) {
    const reg sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), a);
    return _mm256_xor_si256(shift(_mm256_xor_si256(a, sign)), sign);
  }
};

template <element T>
  requires storage_element<T>
struct native<T> : target_detail::native_bits_avx2<T> {
  ONEPASS_INLINE static __m256i filled(T element) { return _mm256_set1_epi16(static_cast<short>(element.bits)); }
  ONEPASS_INLINE static __m256 convert(__m256i a, std::type_identity<float>) requires(std::is_same_v<T, float16>) {
    return _mm256_cvtph_ps(_mm256_castsi256_si128(a));
  }
};

template <>
struct native<float> : target_detail::native_element_avx2<float> {
  using reg = __m256;
  using truth = __m256i;

  ONEPASS_INLINE static reg filled(float element) { return _mm256_set1_ps(element); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm256_add_ps(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm256_sub_ps(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {
    reg product = _mm256_mul_ps(a, b);
    asm("" : "+x"(product));
    return product;
  }
  ONEPASS_INLINE static reg div(reg a, reg b) { return _mm256_div_ps(a, b); }
  ONEPASS_INLINE static reg sqrt(reg a) { return _mm256_sqrt_ps(a); }
  ONEPASS_INLINE static reg fma(reg a, reg b, reg c) { return _mm256_fmadd_ps(a, b, c); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm256_min_ps(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm256_max_ps(a, b); }
  ONEPASS_INLINE static reg floor(reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg ceil(reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg trunc(reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg round_even(reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

  // 2^b in two factors, of which the first product is exact. Adding 1.5 * 2^23 leaves b + 254 in the low bits.
  ONEPASS_INLINE static reg scale(reg a, reg b) {
    const __m256i biased = _mm256_castps_si256(_mm256_add_ps(b, _mm256_set1_ps(0x1.8p23f + 254)));
    const __m256i first = _mm256_srli_epi32(biased, 1);
    const __m256i second = _mm256_sub_epi32(biased, first);
    return mul(mul(a, power(first)), power(second));
  }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm256_and_ps(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm256_or_ps(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm256_xor_ps(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm256_andnot_ps(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LE_OQ)); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
  ONEPASS_INLINE static truth unordered(reg a, reg b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_UNORD_Q)); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(which)); }
  ONEPASS_INLINE static __m256d convert(reg a, std::type_identity<double>) { return _mm256_cvtps_pd(_mm256_castps256_ps128(a)); }
  ONEPASS_INLINE static __m256i convert(reg a, std::type_identity<float16>) {
    return _mm256_castsi128_si256(_mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
  }
  ONEPASS_INLINE static __m256i truncate(reg a) { return _mm256_cvttps_epi32(a); }

 private:
  /// The number whose exponent field is the low byte of k.
  ONEPASS_INLINE static reg power(__m256i k) { return _mm256_castsi256_ps(_mm256_slli_epi32(k, 23)); }
};

template <>
struct native<double> : target_detail::native_element_avx2<double> {
  using reg = __m256d;
  using truth = __m256i;

  ONEPASS_INLINE static reg filled(double element) { return _mm256_set1_pd(element); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm256_add_pd(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm256_sub_pd(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {
    reg product = _mm256_mul_pd(a, b);
    asm("" : "+x"(product));
    return product;
  }
  ONEPASS_INLINE static reg div(reg a, reg b) { return _mm256_div_pd(a, b); }
  ONEPASS_INLINE static reg sqrt(reg a) { return _mm256_sqrt_pd(a); }
  ONEPASS_INLINE static reg fma(reg a, reg b, reg c) { return _mm256_fmadd_pd(a, b, c); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm256_min_pd(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm256_max_pd(a, b); }
  ONEPASS_INLINE static reg floor(reg a) { return _mm256_round_pd(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg ceil(reg a) { return _mm256_round_pd(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg trunc(reg a) { return _mm256_round_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg round_even(reg a) { return _mm256_round_pd(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  ONEPASS_INLINE static reg scale(reg a, reg b) {  // as for float
    const __m256i biased = _mm256_castpd_si256(_mm256_add_pd(b, _mm256_set1_pd(0x1.8p52 + 2046)));
    const __m256i first = _mm256_srli_epi64(biased, 1);
    const __m256i second = _mm256_sub_epi64(biased, first);
    return mul(mul(a, power(first)), power(second));
  }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm256_and_pd(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm256_or_pd(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm256_xor_pd(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm256_andnot_pd(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_LT_OQ)); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_LE_OQ)); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_EQ_OQ)); }
  ONEPASS_INLINE static truth unordered(reg a, reg b) { return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_UNORD_Q)); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm256_blendv_pd(b, a, _mm256_castsi256_pd(which)); }
  ONEPASS_INLINE static __m256 convert(reg a, std::type_identity<float>) { return _mm256_castps128_ps256(_mm256_cvtpd_ps(a)); }
  ONEPASS_INLINE static __m256i truncate(reg a) { return _mm256_castsi128_si256(_mm256_cvttpd_epi32(a)); }

 private:
  /// The number whose exponent field is the low bits of k.
  ONEPASS_INLINE static reg power(__m256i k) { return _mm256_castsi256_pd(_mm256_slli_epi64(k, 52)); }
};
// clang-format on
#undef ONEPASS_BY_SIZE
#undef ONEPASS_BY_SMALL_SIZE
#undef ONEPASS_BY_SMALL_SIZE_AND_SIGN

}  // namespace ONEPASS_TARGET
}  // namespace onepass
