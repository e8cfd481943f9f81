// The instruction sets that code is generated for, and the one this translation unit is compiled for.
//
// Everything whose machine code depends on the compiler's target flags lives in the inline namespace
// ONEPASS_TARGET, so that translation units compiled with different flags can be linked together.
#pragma once

#include <cstdint>
#include <string_view>

namespace onepass {

/// avx2 is AVX2 with FMA and F16C; avx512 is AVX-512 F, VL, BW and DQ, with those of avx2 and BMI2.
/// `automatic` is the best the machine has. As an option or in the environment variable ONEPASS_ISA an instruction
/// set is a cap: code never uses more than it.
enum class isa : std::uint8_t { automatic, baseline, avx2, avx512 };

constexpr std::string_view name(isa set) noexcept {
  constexpr std::string_view names[] = {"automatic", "baseline", "avx2", "avx512"};
  return names[static_cast<int>(set)];
}

#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__FMA__) && \
    defined(__F16C__) && defined(__BMI2__)
#define ONEPASS_TARGET target_avx512
#define ONEPASS_TARGET_AVX512 1
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define ONEPASS_TARGET target_avx2
#define ONEPASS_TARGET_AVX2 1
#else
#define ONEPASS_TARGET target_baseline
#endif

inline namespace ONEPASS_TARGET {

/// What the compiler may use in this translation unit.
#if defined(ONEPASS_TARGET_AVX512)
inline constexpr isa target_isa = isa::avx512;
#elif defined(ONEPASS_TARGET_AVX2)
inline constexpr isa target_isa = isa::avx2;
#else
inline constexpr isa target_isa = isa::baseline;
#endif

}  // namespace ONEPASS_TARGET
}  // namespace onepass
