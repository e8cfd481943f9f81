// The floating-point environment that kernels compute in: nearest even, subnormals kept, no traps.
//
// The caller's environment is never changed: on AVX-512 packs carry rounding in their encoding and touch no flags,
// so only flushing of subnormals has to be noticed; elsewhere the control register is set and restored.
#pragma once

#include <xmmintrin.h>

#include <onepass/core/config.hpp>
#include <onepass/core/isa.hpp>
#if defined(ONEPASS_TARGET_AVX512)
#include <onepass/value/pack_avx512.hpp>
#endif

namespace onepass {

/// Sets the default environment while it lives; then the caller's is as before, status flags included.
class environment_scope {
 public:
  ONEPASS_INLINE environment_scope() noexcept : before_(_mm_getcsr()) {
    if ((before_ & ~flags) != preset) _mm_setcsr(preset);
  }
  ONEPASS_INLINE ~environment_scope() { _mm_setcsr(before_); }
  environment_scope(const environment_scope&) = delete;
  environment_scope& operator=(const environment_scope&) = delete;

 private:
  static constexpr unsigned flags = 0x3f;
  static constexpr unsigned preset = 0x1f80;  // all exceptions masked, nearest even, no flush, no flags
  unsigned before_;
};

inline namespace ONEPASS_TARGET {

#if defined(ONEPASS_TARGET_AVX512)

/// Nothing to set: see pack_avx512.hpp.
struct pack_scope {
  ONEPASS_INLINE pack_scope() noexcept {}
  ONEPASS_INLINE ~pack_scope() {}
  /// False if the environment flushes subnormals. Adding two of them tells, without touching a flag.
  ONEPASS_INLINE bool is_fit() const noexcept {
    __m512i smallest = _mm512_set1_epi32(1);
    asm("" : "+v"(smallest));  // or the compiler would know the sum
    const __m512 subnormal = _mm512_castsi512_ps(smallest);
    const __m512i sum = _mm512_castps_si512(_mm512_add_round_ps(subnormal, subnormal, target_detail::nearest_quiet));
    return _mm512_testn_epi32_mask(sum, sum) == 0;
  }
};

#else

struct pack_scope : environment_scope {
  ONEPASS_INLINE static bool is_fit() noexcept { return true; }
};

#endif

}  // namespace ONEPASS_TARGET
}  // namespace onepass
