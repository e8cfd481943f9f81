// One register of elements on AVX2 with FMA.
//
// Rounding and flags are those of the caller's environment: whoever runs packs of this target sets it first
// (run/environment.hpp). A product passes through an empty statement that hides it from contraction.
// A register is always 256 bits; packs of fewer lanes use its low end, and the other lanes hold anything finite.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <onepass/core/isa.hpp>
#include <onepass/value/value.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {

inline constexpr std::size_t vector_bytes = 32;

namespace target_detail {

/// Integer registers of which `bytes` bytes at the low end count.
struct registers_avx2 {
  using reg = __m256i;

  template <std::size_t bytes>
  ONEPASS_INLINE static reg load(const void* from) {
    if constexpr (bytes == 32) return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    else if constexpr (bytes == 16) return _mm256_zextsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(from)));
    else if constexpr (bytes == 8) return _mm256_zextsi128_si256(_mm_loadl_epi64(static_cast<const __m128i*>(from)));
    else return load_first(from, bytes);
  }
  ONEPASS_INLINE static reg load_first(const void* from, std::size_t bytes) {
    alignas(32) unsigned char buffer[32] = {};
    std::memcpy(buffer, from, bytes);
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(buffer));
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static void store(void* to, reg a) {
    if constexpr (bytes == 32) _mm256_storeu_si256(static_cast<__m256i*>(to), a);
    else if constexpr (bytes == 16) _mm_storeu_si128(static_cast<__m128i*>(to), _mm256_castsi256_si128(a));
    else if constexpr (bytes == 8) _mm_storel_epi64(static_cast<__m128i*>(to), _mm256_castsi256_si128(a));
    else store_first(to, a, bytes);
  }
  ONEPASS_INLINE static void store_first(void* to, reg a, std::size_t bytes) {
    alignas(32) unsigned char buffer[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(buffer), a);
    std::memcpy(to, buffer, bytes);
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg upper(reg a) {
    if constexpr (bytes == 32) return _mm256_castsi128_si256(_mm256_extracti128_si256(a, 1));
    else return _mm256_bsrli_epi128(a, bytes / 2);
  }
  template <std::size_t bytes>
  ONEPASS_INLINE static reg join(reg low, reg high) {
    if constexpr (bytes == 32) return _mm256_inserti128_si256(low, _mm256_castsi256_si128(high), 1);
    else if constexpr (bytes == 16) return _mm256_unpacklo_epi64(low, high);
    else if constexpr (bytes == 8) return _mm256_unpacklo_epi32(low, high);
    else return _mm256_unpacklo_epi16(low, high);
  }
};

}  // namespace target_detail

/// Truth values: all bits of an element set or clear.
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

  template <std::size_t To, std::size_t N>
  ONEPASS_INLINE static reg widen(reg a) {
    const __m128i low = _mm256_castsi256_si128(a);
    if constexpr (W == 1 && To == 4) {
      return _mm256_cvtepi8_epi32(low);
    } else if constexpr (W == 1 && To == 8) {
      return _mm256_cvtepi8_epi64(low);
    } else if constexpr (W == 4 && To == 8) {
      return _mm256_cvtepi32_epi64(low);
    } else if constexpr (W == 8 && To == 4) {
      return _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    } else if constexpr (W == 4 && To == 1) {
      const __m128i words = _mm_packs_epi32(low, _mm256_extracti128_si256(a, 1));
      return _mm256_zextsi128_si256(_mm_packs_epi16(words, words));
    } else {
      static_assert(W == 8 && To == 1);
      return native_mask<4>::template widen<1, N>(widen<4, N>(a));
    }
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

// clang-format off
template <>
struct native<float> {
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
  ONEPASS_INLINE static __m256i truncate(reg a) { return _mm256_cvttps_epi32(a); }
  ONEPASS_INLINE static __m256i reinterpret(reg a) { return _mm256_castps_si256(a); }

  template <std::size_t N> ONEPASS_INLINE static reg load(const float* from) {
    if constexpr (N == 8) return _mm256_loadu_ps(from);
    else if constexpr (N == 4) return _mm256_zextps128_ps256(_mm_loadu_ps(from));
    else if constexpr (N == 2) return _mm256_zextps128_ps256(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
    else return _mm256_zextps128_ps256(_mm_load_ss(from));
  }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const float* from, std::size_t count) {
    return _mm256_maskload_ps(from, native_mask<4>::first(count));
  }
  template <std::size_t N> ONEPASS_INLINE static void store(float* to, reg a) {
    if constexpr (N == 8) _mm256_storeu_ps(to, a);
    else if constexpr (N == 4) _mm_storeu_ps(to, _mm256_castps256_ps128(a));
    else if constexpr (N == 2) _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_castps_si128(_mm256_castps256_ps128(a)));
    else _mm_store_ss(to, _mm256_castps256_ps128(a));
  }
  template <std::size_t N> ONEPASS_INLINE static void store_first(float* to, reg a, std::size_t count) {
    _mm256_maskstore_ps(to, native_mask<4>::first(count), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(float* to, reg a) {
    if constexpr (N == 8) _mm256_stream_ps(to, a);
    else _mm_stream_ps(to, _mm256_castps256_ps128(a));
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) {
    return _mm256_castsi256_ps(target_detail::registers_avx2::upper<N * 4>(_mm256_castps_si256(a)));
  }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    return _mm256_castsi256_ps(target_detail::registers_avx2::join<N * 4>(_mm256_castps_si256(low), _mm256_castps_si256(high)));
  }

 private:
  /// The number whose exponent field is the low byte of k.
  ONEPASS_INLINE static reg power(__m256i k) { return _mm256_castsi256_ps(_mm256_slli_epi32(k, 23)); }
};

template <>
struct native<double> {
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
  ONEPASS_INLINE static __m256 convert(reg a, std::type_identity<float>) { return _mm256_zextps128_ps256(_mm256_cvtpd_ps(a)); }
  ONEPASS_INLINE static __m256i truncate(reg a) { return _mm256_zextsi128_si256(_mm256_cvttpd_epi32(a)); }

  template <std::size_t N> ONEPASS_INLINE static reg load(const double* from) {
    if constexpr (N == 4) return _mm256_loadu_pd(from);
    else if constexpr (N == 2) return _mm256_zextpd128_pd256(_mm_loadu_pd(from));
    else return _mm256_zextpd128_pd256(_mm_load_sd(from));
  }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const double* from, std::size_t count) {
    return _mm256_maskload_pd(from, native_mask<8>::first(count));
  }
  template <std::size_t N> ONEPASS_INLINE static void store(double* to, reg a) {
    if constexpr (N == 4) _mm256_storeu_pd(to, a);
    else if constexpr (N == 2) _mm_storeu_pd(to, _mm256_castpd256_pd128(a));
    else _mm_store_sd(to, _mm256_castpd256_pd128(a));
  }
  template <std::size_t N> ONEPASS_INLINE static void store_first(double* to, reg a, std::size_t count) {
    _mm256_maskstore_pd(to, native_mask<8>::first(count), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(double* to, reg a) {
    if constexpr (N == 4) _mm256_stream_pd(to, a);
    else _mm_stream_pd(to, _mm256_castpd256_pd128(a));
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) {
    return _mm256_castsi256_pd(target_detail::registers_avx2::upper<N * 8>(_mm256_castpd_si256(a)));
  }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    return _mm256_castsi256_pd(target_detail::registers_avx2::join<N * 8>(_mm256_castpd_si256(low), _mm256_castpd_si256(high)));
  }

 private:
  /// The number whose exponent field is the low bits of k.
  ONEPASS_INLINE static reg power(__m256i k) { return _mm256_castsi256_pd(_mm256_slli_epi64(k, 52)); }
};

namespace target_detail {

/// What all integer elements share: bits, memory and halves.
template <class T>
struct native_integer_avx2 {
  using reg = __m256i;
  using truth = __m256i;
  using registers = registers_avx2;

  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm256_and_si256(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm256_or_si256(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm256_xor_si256(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm256_andnot_si256(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm256_blendv_epi8(b, a, which); }

  template <std::size_t N> ONEPASS_INLINE static reg load(const T* from) { return registers::load<N * sizeof(T)>(from); }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const T* from, std::size_t count) {
    if constexpr (sizeof(T) == 4) return _mm256_maskload_epi32(from, native_mask<4>::first(count));
    else return registers::load_first(from, count * sizeof(T));
  }
  template <std::size_t N> ONEPASS_INLINE static void store(T* to, reg a) { registers::store<N * sizeof(T)>(to, a); }
  template <std::size_t N> ONEPASS_INLINE static void store_first(T* to, reg a, std::size_t count) {
    if constexpr (sizeof(T) == 4) _mm256_maskstore_epi32(to, native_mask<4>::first(count), a);
    else registers::store_first(to, a, count * sizeof(T));
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(T* to, reg a) {
    if constexpr (N * sizeof(T) == 32) _mm256_stream_si256(reinterpret_cast<__m256i*>(to), a);
    else store<N>(to, a);
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) { return registers::upper<N * sizeof(T)>(a); }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) { return registers::join<N * sizeof(T)>(low, high); }

 protected:
  ONEPASS_INLINE static truth opposite(truth a) { return _mm256_xor_si256(a, _mm256_set1_epi8(-1)); }
};

}  // namespace target_detail

template <>
struct native<std::int32_t> : target_detail::native_integer_avx2<std::int32_t> {
  ONEPASS_INLINE static reg filled(std::int32_t element) { return _mm256_set1_epi32(element); }
  template <int Count> ONEPASS_INLINE static reg shift_left(reg a) { return _mm256_slli_epi32(a, Count); }
  ONEPASS_INLINE static __m256 reinterpret(reg a) { return _mm256_castsi256_ps(a); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm256_add_epi32(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm256_sub_epi32(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) { return _mm256_mullo_epi32(a, b); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm256_min_epi32(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm256_max_epi32(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return _mm256_cmpgt_epi32(b, a); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return opposite(_mm256_cmpgt_epi32(a, b)); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm256_cmpeq_epi32(a, b); }
  ONEPASS_INLINE static __m256 convert(reg a, std::type_identity<float>) { return _mm256_cvtepi32_ps(a); }
  ONEPASS_INLINE static __m256d convert(reg a, std::type_identity<double>) { return _mm256_cvtepi32_pd(_mm256_castsi256_si128(a)); }
  ONEPASS_INLINE static reg convert(reg a, std::type_identity<std::uint8_t>) {
    const reg low = _mm256_and_si256(a, _mm256_set1_epi32(0xff));  // so that packing does not saturate
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    return _mm256_zextsi128_si256(_mm_packus_epi16(words, words));
  }
};

template <>
struct native<std::uint8_t> : target_detail::native_integer_avx2<std::uint8_t> {
  ONEPASS_INLINE static reg filled(std::uint8_t element) { return _mm256_set1_epi8(static_cast<char>(element)); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm256_add_epi8(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm256_sub_epi8(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {  // there is no product of bytes: even and odd ones as words
    const reg even = _mm256_mullo_epi16(a, b);
    const reg odd = _mm256_mullo_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
    return _mm256_blendv_epi8(even, _mm256_slli_epi16(odd, 8), _mm256_set1_epi16(static_cast<short>(0xff00)));
  }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm256_min_epu8(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm256_max_epu8(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return opposite(less_equal(b, a)); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return _mm256_cmpeq_epi8(_mm256_min_epu8(a, b), a); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm256_cmpeq_epi8(a, b); }
  ONEPASS_INLINE static reg convert(reg a, std::type_identity<std::int32_t>) { return _mm256_cvtepu8_epi32(_mm256_castsi256_si128(a)); }
};
// clang-format on

}  // namespace ONEPASS_TARGET
}  // namespace onepass
