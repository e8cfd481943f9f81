// The floating-point environment that kernels compute in: nearest even, subnormals kept, no traps.
//
// The caller's environment is never changed: on AVX-512 packs carry rounding in their encoding and touch no flags,
// so only flushing of subnormals has to be noticed (lib/quick.cpp); elsewhere the control register is set and restored.
#pragma once

#include <xmmintrin.h>

#include <onepass/core/config.hpp>
#include <onepass/core/isa.hpp>
#if defined(ONEPASS_TARGET_AVX512)
#include <onepass/value/pack_avx512.hpp>
#else
#include <optional>
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

/// True if the environment flushes subnormals. Adding two of them tells, without touching a flag; reading the control
/// register would take longer than a small loop.
ONEPASS_INLINE bool flushes_subnormals() noexcept {
  __m128 smallest = _mm_castsi128_ps(_mm_cvtsi32_si128(1));
  asm("" : "+v"(smallest));  // or the compiler would know the sum
  return _mm_cvtsi128_si32(_mm_castps_si128(_mm_add_round_ss(smallest, smallest, target_detail::nearest_quiet))) == 0;
}

/// Nothing to set, as long as subnormals are kept: see pack_avx512.hpp.
struct pack_scope {
  ONEPASS_INLINE explicit pack_scope(bool) noexcept {}
};

#else

/// Nobody has to know.
ONEPASS_INLINE constexpr bool flushes_subnormals() noexcept { return false; }

/// Unless this is the default environment anyway, it is while this lives.
class pack_scope {
 public:
  ONEPASS_INLINE explicit pack_scope(bool is_default) noexcept {
    if (!is_default) scope_.emplace();
  }

 private:
  std::optional<environment_scope> scope_;
};

#endif

}  // namespace ONEPASS_TARGET
}  // namespace onepass
