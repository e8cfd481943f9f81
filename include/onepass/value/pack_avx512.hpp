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
}  // namespace target_detail

/// Truth values: bit i of a 64-bit word is lane i; bits beyond the lanes are unspecified.
template <std::size_t W>
struct native_mask {
  using reg = std::uint64_t;

  ONEPASS_INLINE static reg filled(bool truth) { return truth ? ~reg{0} : reg{0}; }
  ONEPASS_INLINE static reg first(std::size_t count) { return count >= 64 ? ~reg{0} : _bzhi_u64(~reg{0}, static_cast<unsigned>(count)); }
  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return a & b; }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return a | b; }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return a ^ b; }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return ~a & b; }
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
    return load_first<N>(from, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static reg load_first(const bool* from, std::size_t count) {
    const __m512i bytes = _mm512_maskz_loadu_epi8(first(count), from);
    return _mm512_test_epi8_mask(bytes, bytes);
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store(bool* to, reg a) {
    store_first<N>(to, a, N);
  }
  template <std::size_t N>
  ONEPASS_INLINE static void store_first(bool* to, reg a, std::size_t count) {
    _mm512_mask_storeu_epi8(to, first(count), _mm512_maskz_set1_epi8(a, 1));
  }
};

template <element T>
struct native;

// clang-format off
template <>
struct native<float> {
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
  ONEPASS_INLINE static __m512i truncate(reg a) { return _mm512_cvtt_roundps_epi32(a, target_detail::quiet); }
  ONEPASS_INLINE static __m512i reinterpret(reg a) { return _mm512_castps_si512(a); }

  template <std::size_t N> ONEPASS_INLINE static reg load(const float* from) {
    if constexpr (N == 16) return _mm512_loadu_ps(from);
    else return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << N) - 1), from);
  }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const float* from, std::size_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>(native_mask<4>::first(count)), from);
  }
  template <std::size_t N> ONEPASS_INLINE static void store(float* to, reg a) {
    if constexpr (N == 16) _mm512_storeu_ps(to, a);
    else _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << N) - 1), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void store_first(float* to, reg a, std::size_t count) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>(native_mask<4>::first(count)), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(float* to, reg a) {
    if constexpr (N == 16) _mm512_stream_ps(to, a);
    else store<N>(to, a);
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) {
    if constexpr (N == 16) return _mm512_castps256_ps512(_mm512_extractf32x8_ps(a, 1));
    else if constexpr (N == 8) return _mm512_castps128_ps512(_mm512_extractf32x4_ps(a, 1));
    else if constexpr (N == 4) return _mm512_castpd_ps(_mm512_permute_pd(_mm512_castps_pd(a), 0x55));
    else return _mm512_movehdup_ps(a);
  }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    static_assert(N >= 8);
    if constexpr (N == 16) return _mm512_insertf32x8(low, _mm512_castps512_ps256(high), 1);
    else return _mm512_insertf32x4(low, _mm512_castps512_ps128(high), 1);
  }
};

template <>
struct native<double> {
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

  template <std::size_t N> ONEPASS_INLINE static reg load(const double* from) {
    if constexpr (N == 8) return _mm512_loadu_pd(from);
    else return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << N) - 1), from);
  }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const double* from, std::size_t count) {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>(native_mask<8>::first(count)), from);
  }
  template <std::size_t N> ONEPASS_INLINE static void store(double* to, reg a) {
    if constexpr (N == 8) _mm512_storeu_pd(to, a);
    else _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << N) - 1), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void store_first(double* to, reg a, std::size_t count) {
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>(native_mask<8>::first(count)), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(double* to, reg a) {
    if constexpr (N == 8) _mm512_stream_pd(to, a);
    else store<N>(to, a);
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) {
    if constexpr (N == 8) return _mm512_castpd256_pd512(_mm512_extractf64x4_pd(a, 1));
    else if constexpr (N == 4) return _mm512_castpd128_pd512(_mm512_extractf64x2_pd(a, 1));
    else return _mm512_permute_pd(a, 0x55);
  }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    static_assert(N == 8);
    return _mm512_insertf64x4(low, _mm512_castpd512_pd256(high), 1);
  }
};

namespace target_detail {

/// What all integer elements share: bits, memory and halves of a 512-bit register.
template <class T>
struct native_integer_avx512 {
  using reg = __m512i;
  using truth = std::uint64_t;

  ONEPASS_INLINE static reg bit_and(reg a, reg b) { return _mm512_and_si512(a, b); }
  ONEPASS_INLINE static reg bit_or(reg a, reg b) { return _mm512_or_si512(a, b); }
  ONEPASS_INLINE static reg bit_xor(reg a, reg b) { return _mm512_xor_si512(a, b); }
  ONEPASS_INLINE static reg bit_andnot(reg a, reg b) { return _mm512_andnot_si512(a, b); }

  template <std::size_t N> ONEPASS_INLINE static reg load(const T* from) {
    constexpr std::size_t bytes = N * sizeof(T);
    if constexpr (bytes == 64) return _mm512_loadu_si512(from);
    else if constexpr (bytes == 32) return _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    else if constexpr (bytes == 16) return _mm512_zextsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    else return load_first<N>(from, N);
  }
  template <std::size_t N> ONEPASS_INLINE static reg load_first(const T* from, std::size_t count) {
    return _mm512_maskz_loadu_epi8(native_mask<1>::first(count * sizeof(T)), from);
  }
  template <std::size_t N> ONEPASS_INLINE static void store(T* to, reg a) {
    constexpr std::size_t bytes = N * sizeof(T);
    if constexpr (bytes == 64) _mm512_storeu_si512(to, a);
    else if constexpr (bytes == 32) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(a));
    else if constexpr (bytes == 16) _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(a));
    else store_first<N>(to, a, N);
  }
  template <std::size_t N> ONEPASS_INLINE static void store_first(T* to, reg a, std::size_t count) {
    _mm512_mask_storeu_epi8(to, native_mask<1>::first(count * sizeof(T)), a);
  }
  template <std::size_t N> ONEPASS_INLINE static void stream(T* to, reg a) {
    constexpr std::size_t bytes = N * sizeof(T);
    if constexpr (bytes == 64) _mm512_stream_si512(reinterpret_cast<__m512i*>(to), a);
    else if constexpr (bytes == 16) _mm_stream_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(a));
    else store<N>(to, a);
  }
  template <std::size_t N> ONEPASS_INLINE static reg lower(reg a) { return a; }
  template <std::size_t N> ONEPASS_INLINE static reg upper(reg a) {
    constexpr std::size_t bytes = N * sizeof(T);
    if constexpr (bytes == 64) return _mm512_castsi256_si512(_mm512_extracti64x4_epi64(a, 1));
    else if constexpr (bytes == 32) return _mm512_castsi128_si512(_mm512_extracti32x4_epi32(a, 1));
    else return _mm512_bsrli_epi128(a, bytes / 2);
  }
  template <std::size_t N> ONEPASS_INLINE static reg join(reg low, reg high) {
    constexpr std::size_t bytes = N * sizeof(T);
    if constexpr (bytes == 64) return _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1);
    else if constexpr (bytes == 32) return _mm512_inserti32x4(low, _mm512_castsi512_si128(high), 1);
    else if constexpr (bytes == 16) return _mm512_unpacklo_epi64(low, high);
    else return _mm512_unpacklo_epi32(low, high);
  }
};

}  // namespace target_detail

template <>
struct native<std::int32_t> : target_detail::native_integer_avx512<std::int32_t> {
  ONEPASS_INLINE static reg filled(std::int32_t element) { return _mm512_set1_epi32(element); }
  template <int Count> ONEPASS_INLINE static reg shift_left(reg a) { return _mm512_slli_epi32(a, Count); }
  ONEPASS_INLINE static __m512 reinterpret(reg a) { return _mm512_castsi512_ps(a); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm512_add_epi32(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm512_sub_epi32(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) { return _mm512_mullo_epi32(a, b); }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm512_min_epi32(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm512_max_epi32(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return _mm512_cmplt_epi32_mask(a, b); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return _mm512_cmple_epi32_mask(a, b); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm512_cmpeq_epi32_mask(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm512_mask_blend_epi32(static_cast<__mmask16>(which), b, a); }
  ONEPASS_INLINE static __m512 convert(reg a, std::type_identity<float>) { return _mm512_cvt_roundepi32_ps(a, target_detail::nearest_quiet); }
  ONEPASS_INLINE static __m512d convert(reg a, std::type_identity<double>) { return _mm512_cvtepi32_pd(_mm512_castsi512_si256(a)); }
  ONEPASS_INLINE static reg convert(reg a, std::type_identity<std::uint8_t>) { return _mm512_castsi128_si512(_mm512_cvtepi32_epi8(a)); }
};

template <>
struct native<std::uint8_t> : target_detail::native_integer_avx512<std::uint8_t> {
  ONEPASS_INLINE static reg filled(std::uint8_t element) { return _mm512_set1_epi8(static_cast<char>(element)); }
  ONEPASS_INLINE static reg add(reg a, reg b) { return _mm512_add_epi8(a, b); }
  ONEPASS_INLINE static reg sub(reg a, reg b) { return _mm512_sub_epi8(a, b); }
  ONEPASS_INLINE static reg mul(reg a, reg b) {  // there is no product of bytes: even and odd ones as words
    const reg even = _mm512_mullo_epi16(a, b);
    const reg odd = _mm512_mullo_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
    return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaaull, even, _mm512_slli_epi16(odd, 8));
  }
  ONEPASS_INLINE static reg min(reg a, reg b) { return _mm512_min_epu8(a, b); }
  ONEPASS_INLINE static reg max(reg a, reg b) { return _mm512_max_epu8(a, b); }
  ONEPASS_INLINE static truth less(reg a, reg b) { return _mm512_cmplt_epu8_mask(a, b); }
  ONEPASS_INLINE static truth less_equal(reg a, reg b) { return _mm512_cmple_epu8_mask(a, b); }
  ONEPASS_INLINE static truth equal(reg a, reg b) { return _mm512_cmpeq_epi8_mask(a, b); }
  ONEPASS_INLINE static reg select(truth which, reg a, reg b) { return _mm512_mask_blend_epi8(which, b, a); }
  ONEPASS_INLINE static reg convert(reg a, std::type_identity<std::int32_t>) { return _mm512_cvtepu8_epi32(_mm512_castsi512_si128(a)); }
};
// clang-format on

}  // namespace ONEPASS_TARGET
}  // namespace onepass
