// One register of elements on AVX-512 (F, VL, BW, DQ).
//
// Every floating instruction carries its rounding and suppresses exceptions in its encoding. So results do not depend
// on the rounding mode of the caller, no status flag is ever touched, and no compiler can contract a product with a
// sum. Only "flush to zero" and "denormals are zero" would show; environment.hpp tests for those.
// A register is always 512 bits; packs of fewer lanes use its low end and ignore the rest.
#pragma once

// g++ 12 warns inside its own header about registers that it leaves undefined on purpose.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <onepass/core/isa.hpp>
#include <onepass/value/value.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {

inline constexpr std::size_t vector_bytes = 64;

namespace target_detail {
inline constexpr int nearest_quiet = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
inline constexpr int quiet = _MM_FROUND_NO_EXC;

/// A comparison that raises no exception. clang 14 makes an ordinary comparison of the intrinsics, which does.
template <int Predicate>
ONEPASS_INLINE std::uint64_t compare(__m512 a, __m512 b) {
#if defined(__clang__)
  __mmask16 result;
  asm("vcmpps %3, %{sae%}, %2, %1, %0" : "=k"(result) : "v"(a), "v"(b), "i"(Predicate));
  return result;
#else
  return _mm512_cmp_round_ps_mask(a, b, Predicate, quiet);
#endif
}
template <int Predicate>
ONEPASS_INLINE std::uint64_t compare(__m512d a, __m512d b) {
#if defined(__clang__)
  __mmask8 result;
  asm("vcmppd %3, %{sae%}, %2, %1, %0" : "=k"(result) : "v"(a), "v"(b), "i"(Predicate));
  return result;
#else
  return _mm512_cmp_round_pd_mask(a, b, Predicate, quiet);
#endif
}

/// Rounded to nearest even, without an exception: the intrinsics cannot ask for both.
ONEPASS_INLINE __m256i to_float16(__m512 a) {
  __m256i result;
  asm("vcvtps2ph $0, %{sae%}, %1, %0" : "=v"(result) : "v"(a));
  return result;
}

/// Registers of which `bytes` bytes at the low end count.
struct registers_avx512 {
  using reg = __m512i;

  template <std::size_t bytes>
  ONEPASS_INLINE static reg load(const void* from) {
    if constexpr (bytes == 64) {
      return _mm512_loadu_si512(from);
    } else if constexpr (bytes == 32) {
      return _mm512_castsi256_si512(_mm256_loadu_si256(static_cast<const __m256i*>(from)));
    } else if constexpr (bytes == 16) {
      return _mm512_castsi128_si512(_mm_loadu_si128(static_cast<const __m128i*>(from)));
    } else if constexpr (bytes == 8) {
      return _mm512_castsi128_si512(_mm_loadl_epi64(static_cast<const __m128i*>(from)));
    } else {
      int low = 0;
      std::memcpy(&low, from, bytes);
      return _mm512_castsi128_si512(_mm_cvtsi32_si128(low));
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static void store(void* to, reg a) {
    if constexpr (bytes == 64) {
      _mm512_storeu_si512(to, a);
    } else if constexpr (bytes == 32) {
      _mm256_storeu_si256(static_cast<__m256i*>(to), _mm512_castsi512_si256(a));
    } else if constexpr (bytes == 16) {
      _mm_storeu_si128(static_cast<__m128i*>(to), _mm512_castsi512_si128(a));
    } else if constexpr (bytes == 8) {
      _mm_storel_epi64(static_cast<__m128i*>(to), _mm512_castsi512_si128(a));
    } else {
      const int low = _mm_cvtsi128_si32(_mm512_castsi512_si128(a));
      std::memcpy(to, &low, bytes);
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static void stream(void* to, reg a) {
    if constexpr (bytes == 64) {
      _mm512_stream_si512(static_cast<__m512i*>(to), a);
    } else if constexpr (bytes == 32) {
      _mm256_stream_si256(static_cast<__m256i*>(to), _mm512_castsi512_si256(a));
    } else if constexpr (bytes == 16) {
      _mm_stream_si128(static_cast<__m128i*>(to), _mm512_castsi512_si128(a));
    } else {
      store<bytes>(to, a);
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg upper(reg a) {
    if constexpr (bytes == 64) {
      return _mm512_castsi256_si512(_mm512_extracti64x4_epi64(a, 1));
    } else if constexpr (bytes == 32) {
      return _mm512_castsi128_si512(_mm256_extracti128_si256(_mm512_castsi512_si256(a), 1));
    } else {
      return _mm512_bsrli_epi128(a, bytes / 2);
    }
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    if constexpr (bytes == 64) {
      return _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1);
    } else if constexpr (bytes == 32) {
      return _mm512_inserti32x4(low, _mm512_castsi512_si128(high), 1);
    } else if constexpr (bytes == 16) {
      return _mm512_unpacklo_epi64(low, high);
    } else if constexpr (bytes == 8) {
      return _mm512_unpacklo_epi32(low, high);
    } else if constexpr (bytes == 4) {
      return _mm512_unpacklo_epi16(low, high);
    } else {
      return _mm512_unpacklo_epi8(low, high);
    }
  }
};
}  // namespace target_detail

/// Truth values: bit i of a 64-bit word is lane i; bits beyond the lanes are unspecified.
template <std::size_t W>
struct native_mask {
  using reg = std::uint64_t;
  using registers = target_detail::registers_avx512;

  ONEPASS_INLINE static reg filled(bool truth) { return truth ? ~reg{0} : reg{0}; }
  ONEPASS_INLINE static reg first(std::size_t count) { return count >= 64 ? ~reg{0} : _bzhi_u64(~reg{0}, static_cast<unsigned>(count)); }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return a & b; }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return a | b; }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return a ^ b; }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return ~a & b; }
  template <std::size_t N>
  ONEPASS_INLINE static bool any(reg a) {
    return a << (64 - N) != 0;
  }
  template <std::size_t To, std::size_t N>
  ONEPASS_INLINE static reg widen(reg a) {
    return a;
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg lower(reg a) {
    return a;
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg upper(reg a) {
    return a >> (N / 2);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    return _bzhi_u64(low, N / 2) | high << (N / 2);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load(const bool* from) {
    return truth_of(registers::template load<N>(from));
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load_first(const bool* from, std::size_t count) {
    return truth_of(_mm512_maskz_loadu_epi8(first(count), from));
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store(bool* to, reg a) {
    registers::template store<N>(to, _mm512_maskz_set1_epi8(a, 1));
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store_first(bool* to, reg a, std::size_t count) {
    _mm512_mask_storeu_epi8(to, first(count), _mm512_maskz_set1_epi8(a, 1));
  }

 private:
  ONEPASS_INLINE static reg truth_of(__m512i bytes) { return _mm512_test_epi8_mask(bytes, bytes); }
};

template <element T>
struct native;

namespace target_detail {

// The intrinsic for elements T, chosen by their size; and by their sign too.
#define ONEPASS_BY_SIZE(before, after, ...)                                     \
  if constexpr (sizeof(T) == 1) return before##8##after(__VA_ARGS__);           \
  else if constexpr (sizeof(T) == 2) return before##16##after(__VA_ARGS__);     \
  else if constexpr (sizeof(T) == 4) return before##32##after(__VA_ARGS__);     \
  else return before##64##after(__VA_ARGS__)
#define ONEPASS_BY_SIZE_AND_SIGN(before, after, ...)                            \
  if constexpr (std::is_signed_v<T>) ONEPASS_BY_SIZE(before##epi, after, __VA_ARGS__); \
  else ONEPASS_BY_SIZE(before##epu, after, __VA_ARGS__)

template <class T>
struct register_type {
  using type = __m512i;
};
template <>
struct register_type<float> {
  using type = __m512;
};
template <>
struct register_type<double> {
  using type = __m512d;
};

/// What all elements share: memory, halves, and the change of their name.
template <class T>
struct native_element_avx512 {
  using reg = typename register_type<T>::type;
  using truth = std::uint64_t;
  using registers = registers_avx512;

  // clang-format off
  template <std::size_t N> ONEPASS_INLINE static reg load(const T* from) { return of_bits(registers::load<N * sizeof(T)>(from)); }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const T* from, std::size_t count) {
    return of_bits(load_masked(native_mask<sizeof(T)>::first(count), from));
  }
  template <std::size_t N> ONEPASS_INLINE static void store(T* to, reg a) { registers::store<N * sizeof(T)>(to, bits_of(a)); }
  template <std::size_t N> ONEPASS_INLINE static void store_first(T* to, reg a, std::size_t count) {
    store_masked(to, native_mask<sizeof(T)>::first(count), bits_of(a));
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

 private:
  ONEPASS_INLINE static __m512i bits_of(reg a) { return (__m512i)a; }
  ONEPASS_INLINE static reg of_bits(__m512i a) { return (reg)a; }
  ONEPASS_INLINE static __m512i load_masked(truth which, const void* from) { ONEPASS_BY_SIZE(_mm512_maskz_loadu_epi, , which, from); }
  ONEPASS_INLINE static void store_masked(void* to, truth which, __m512i a) { ONEPASS_BY_SIZE(_mm512_mask_storeu_epi, , to, which, a); }
  // clang-format on
};

/// What elements share whose registers hold no floating numbers: filling, bits and choice.
template <class T>
struct native_bits_avx512 : native_element_avx512<T> {
  using reg = __m512i;
  using truth = std::uint64_t;

  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm512_and_si512(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm512_or_si512(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm512_xor_si512(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm512_andnot_si512(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { ONEPASS_BY_SIZE(_mm512_mask_blend_epi, , which, b, a); }
};

}  // namespace target_detail

// clang-format off
template <integer_element T>
struct native<T> : target_detail::native_bits_avx512<T> {
  using reg = __m512i;
  using truth = std::uint64_t;

  ONEPASS_INLINE static reg filled(T element) { ONEPASS_BY_SIZE(_mm512_set1_epi, , element); }
  ONEPASS_INLINE static reg add(reg a, reg b) { ONEPASS_BY_SIZE(_mm512_add_epi, , a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { ONEPASS_BY_SIZE(_mm512_sub_epi, , a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {
    if constexpr (sizeof(T) == 1) {  // there is no product of bytes: even and odd ones as words
      const reg even = _mm512_mullo_epi16(a, b);
      const reg odd = _mm512_mullo_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
      return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaaull, even, _mm512_slli_epi16(odd, 8));
    } else if constexpr (sizeof(T) == 2) {
      return _mm512_mullo_epi16(a, b);
    } else if constexpr (sizeof(T) == 4) {
      return _mm512_mullo_epi32(a, b);
    } else {
      return _mm512_mullo_epi64(a, b);
    }
  }
  ONEPASS_INLINE static reg min(reg a, reg b) { ONEPASS_BY_SIZE_AND_SIGN(_mm512_min_, , a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { ONEPASS_BY_SIZE_AND_SIGN(_mm512_max_, , a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { ONEPASS_BY_SIZE_AND_SIGN(_mm512_cmplt_, _mask, a, b); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { ONEPASS_BY_SIZE_AND_SIGN(_mm512_cmple_, _mask, a, b); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { ONEPASS_BY_SIZE(_mm512_cmpeq_epi, _mask, a, b); }

  ONEPASS_INLINE static reg shift_left(reg a, reg b) requires(sizeof(T) >= 4) {
    if constexpr (sizeof(T) == 4) return _mm512_sllv_epi32(a, b);
    else return _mm512_sllv_epi64(a, b);
  }
  ONEPASS_INLINE static reg shift_right(reg a, reg b) requires(sizeof(T) >= 4) {
    if constexpr (std::is_same_v<T, std::int32_t>) return _mm512_srav_epi32(a, b);
    else if constexpr (std::is_same_v<T, std::int64_t>) return _mm512_srav_epi64(a, b);
    else if constexpr (sizeof(T) == 4) return _mm512_srlv_epi32(a, b);
    else return _mm512_srlv_epi64(a, b);
  }
  template <int Count> ONEPASS_INLINE static reg shift_left(reg a) requires(sizeof(T) >= 4) {
    if constexpr (sizeof(T) == 4) return _mm512_slli_epi32(a, Count);
    else return _mm512_slli_epi64(a, Count);
  }
  template <int Count> ONEPASS_INLINE static reg shift_right(reg a) requires(sizeof(T) >= 4) {
    if constexpr (std::is_same_v<T, std::int32_t>) return _mm512_srai_epi32(a, Count);
    else if constexpr (std::is_same_v<T, std::int64_t>) return _mm512_srai_epi64(a, Count);
    else if constexpr (sizeof(T) == 4) return _mm512_srli_epi32(a, Count);
    else return _mm512_srli_epi64(a, Count);
  }

  // As many elements as fit a register of either type, from and to its low end.
  template <element To> ONEPASS_INLINE static auto convert(reg a, std::type_identity<To>) {
    const __m256i half = _mm512_castsi512_si256(a);
    if constexpr (std::is_same_v<To, float>) return _mm512_cvt_roundepi32_ps(a, target_detail::nearest_quiet);
    else if constexpr (std::is_same_v<To, double>) return _mm512_cvtepi32_pd(half);
    else if constexpr (sizeof(To) > sizeof(T)) return widened<sizeof(To)>(half);
    else if constexpr (sizeof(T) == 2) return _mm512_castsi256_si512(_mm512_cvtepi16_epi8(a));
    else if constexpr (sizeof(T) == 8) return _mm512_castsi256_si512(_mm512_cvtepi64_epi32(a));
    else if constexpr (sizeof(To) == 2) return _mm512_castsi256_si512(_mm512_cvtepi32_epi16(a));
    else return _mm512_castsi128_si512(_mm512_cvtepi32_epi8(a));
  }

 private:
  template <std::size_t size> ONEPASS_INLINE static reg widened(__m256i a) {
    constexpr bool is_signed = std::is_signed_v<T>;
    if constexpr (sizeof(T) == 1 && size == 2) return is_signed ? _mm512_cvtepi8_epi16(a) : _mm512_cvtepu8_epi16(a);
    else if constexpr (sizeof(T) == 2) return is_signed ? _mm512_cvtepi16_epi32(a) : _mm512_cvtepu16_epi32(a);
    else if constexpr (sizeof(T) == 4) return is_signed ? _mm512_cvtepi32_epi64(a) : _mm512_cvtepu32_epi64(a);
    else return is_signed ? _mm512_cvtepi8_epi32(_mm256_castsi256_si128(a)) : _mm512_cvtepu8_epi32(_mm256_castsi256_si128(a));
  }
};

template <element T>
  requires storage_element<T>
struct native<T> : target_detail::native_bits_avx512<T> {
  ONEPASS_INLINE static __m512i filled(T element) { return _mm512_set1_epi16(static_cast<short>(element.bits)); }
  ONEPASS_INLINE static __m512 convert(__m512i a, std::type_identity<float>) requires(std::is_same_v<T, float16>) {
    return _mm512_cvt_roundph_ps(_mm512_castsi512_si256(a), target_detail::quiet);
  }
};

template <>
struct native<float> : target_detail::native_element_avx512<float> {
  using reg = __m512;
  using truth = std::uint64_t;

  ONEPASS_INLINE static reg filled(float element) { return _mm512_set1_ps(element); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm512_add_round_ps(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm512_sub_round_ps(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg mul(reg a, reg b) { return _mm512_mul_round_ps(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg div(reg a, reg b) { return _mm512_div_round_ps(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg sqrt(reg a) { return _mm512_sqrt_round_ps(a, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg fma(reg a, reg b, reg c) { return _mm512_fmadd_round_ps(a, b, c, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm512_min_round_ps(a, b, target_detail::quiet); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm512_max_round_ps(a, b, target_detail::quiet); }
  ONEPASS_INLINE static reg floor(reg a) { return _mm512_roundscale_round_ps(a, 0x09, target_detail::quiet); }
  ONEPASS_INLINE static reg ceil(reg a) { return _mm512_roundscale_round_ps(a, 0x0a, target_detail::quiet); }
  ONEPASS_INLINE static reg trunc(reg a) { return _mm512_roundscale_round_ps(a, 0x0b, target_detail::quiet); }
  ONEPASS_INLINE static reg round_even(reg a) { return _mm512_roundscale_round_ps(a, 0x08, target_detail::quiet); }
  ONEPASS_INLINE static reg scale(reg a, reg b) { return _mm512_scalef_round_ps(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm512_and_ps(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm512_or_ps(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm512_xor_ps(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm512_andnot_ps(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return target_detail::compare<_CMP_LT_OQ>(a, b); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return target_detail::compare<_CMP_LE_OQ>(a, b); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return target_detail::compare<_CMP_EQ_OQ>(a, b); }
  ONEPASS_INLINE static truth unordered(reg a, reg b) { return target_detail::compare<_CMP_UNORD_Q>(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm512_mask_blend_ps(static_cast<__mmask16>(which), b, a); }
  ONEPASS_INLINE static __m512d convert(reg a, std::type_identity<double>) {
    return _mm512_cvt_roundps_pd(_mm512_castps512_ps256(a), target_detail::quiet);
  }
  ONEPASS_INLINE static __m512i convert(reg a, std::type_identity<float16>) { return _mm512_castsi256_si512(target_detail::to_float16(a)); }
  ONEPASS_INLINE static __m512i truncate(reg a) { return _mm512_cvtt_roundps_epi32(a, target_detail::quiet); }
};

template <>
struct native<double> : target_detail::native_element_avx512<double> {
  using reg = __m512d;
  using truth = std::uint64_t;

  ONEPASS_INLINE static reg filled(double element) { return _mm512_set1_pd(element); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm512_add_round_pd(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm512_sub_round_pd(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg mul(reg a, reg b) { return _mm512_mul_round_pd(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg div(reg a, reg b) { return _mm512_div_round_pd(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg sqrt(reg a) { return _mm512_sqrt_round_pd(a, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg fma(reg a, reg b, reg c) { return _mm512_fmadd_round_pd(a, b, c, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm512_min_round_pd(a, b, target_detail::quiet); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm512_max_round_pd(a, b, target_detail::quiet); }
  ONEPASS_INLINE static reg floor(reg a) { return _mm512_roundscale_round_pd(a, 0x09, target_detail::quiet); }
  ONEPASS_INLINE static reg ceil(reg a) { return _mm512_roundscale_round_pd(a, 0x0a, target_detail::quiet); }
  ONEPASS_INLINE static reg trunc(reg a) { return _mm512_roundscale_round_pd(a, 0x0b, target_detail::quiet); }
  ONEPASS_INLINE static reg round_even(reg a) { return _mm512_roundscale_round_pd(a, 0x08, target_detail::quiet); }
  ONEPASS_INLINE static reg scale(reg a, reg b) { return _mm512_scalef_round_pd(a, b, target_detail::nearest_quiet); }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm512_and_pd(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm512_or_pd(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm512_xor_pd(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm512_andnot_pd(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return target_detail::compare<_CMP_LT_OQ>(a, b); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return target_detail::compare<_CMP_LE_OQ>(a, b); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return target_detail::compare<_CMP_EQ_OQ>(a, b); }
  ONEPASS_INLINE static truth unordered(reg a, reg b) { return target_detail::compare<_CMP_UNORD_Q>(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm512_mask_blend_pd(static_cast<__mmask8>(which), b, a); }
  ONEPASS_INLINE static __m512 convert(reg a, std::type_identity<float>) {
    return _mm512_castps256_ps512(_mm512_cvt_roundpd_ps(a, target_detail::nearest_quiet));
  }
  ONEPASS_INLINE static __m512i truncate(reg a) { return _mm512_castsi256_si512(_mm512_cvtt_roundpd_epi32(a, target_detail::quiet)); }
};
// clang-format on
#undef ONEPASS_BY_SIZE
#undef ONEPASS_BY_SIZE_AND_SIGN

}  // namespace ONEPASS_TARGET
}  // namespace onepass
