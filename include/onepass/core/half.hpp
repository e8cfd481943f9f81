// The two storage types of 16 bits: numbers that arrays hold, and that are computed with as f32.
//
// float16 is binary16 of IEEE 754; bfloat16 is the upper half of an f32. Widening is exact; narrowing rounds once, to
// nearest even, keeps subnormals and infinities, and makes every NaN a quiet one. There is no arithmetic on them.
// Both conversions are plain integer code, the definition that conversions of every engine are tested against.
#pragma once

#include <bit>
#include <cstdint>

namespace onepass {

/// 1 sign, 5 exponent and 10 fraction bits.
struct float16 {
  std::uint16_t bits;

  float16() = default;
  constexpr explicit float16(float number) noexcept : bits(narrowed(std::bit_cast<std::uint32_t>(number))) {}
  constexpr explicit operator float() const noexcept { return std::bit_cast<float>(widened(bits)); }
  static constexpr float16 of_bits(std::uint16_t bits) noexcept {
    float16 made{0.0f};
    made.bits = bits;
    return made;
  }

 private:
  static constexpr std::uint16_t narrowed(std::uint32_t f) noexcept {
    const std::uint32_t sign = f >> 16 & 0x8000, magnitude = f & 0x7fffffff;
    if (magnitude > 0x7f800000) return static_cast<std::uint16_t>(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);  // from 65520 on
    if (magnitude < 0x33000001) return static_cast<std::uint16_t>(sign);            // up to 2^-25, a tie to zero
    const int exponent = static_cast<int>(magnitude >> 23) - 112;                   // biased for 16 bits
    const std::uint32_t fraction = (magnitude & 0x7fffff) | 0x800000;
    const int dropped = exponent > 0 ? 13 : 14 - exponent;
    const std::uint32_t kept = fraction >> dropped, rest = fraction & ((1u << dropped) - 1), half = 1u << (dropped - 1);
    const std::uint32_t rounded = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
    // The leading bit of a normal number is not stored: it counts as one exponent. A carry goes where it belongs.
    return static_cast<std::uint16_t>(sign | (exponent > 0 ? (static_cast<std::uint32_t>(exponent - 1) << 10) + rounded : rounded));
  }
  static constexpr std::uint32_t widened(std::uint32_t h) noexcept {
    const std::uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 0x1f, fraction = h & 0x3ff;
    if (exponent == 31) return sign | 0x7f800000 | fraction << 13 | (fraction != 0 ? 0x400000u : 0u);
    if (exponent != 0) return sign | (exponent + 112) << 23 | fraction << 13;
    if (fraction == 0) return sign;
    const int up = std::countl_zero(fraction) - 21;  // until the leading bit stands where normal numbers have it
    return sign | static_cast<std::uint32_t>(113 - up) << 23 | (fraction << (13 + up) & 0x7fffff);
  }
};

/// 1 sign, 8 exponent and 7 fraction bits.
struct bfloat16 {
  std::uint16_t bits;

  bfloat16() = default;
  constexpr explicit bfloat16(float number) noexcept : bits(narrowed(std::bit_cast<std::uint32_t>(number))) {}
  constexpr explicit operator float() const noexcept { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
  static constexpr bfloat16 of_bits(std::uint16_t bits) noexcept {
    bfloat16 made{0.0f};
    made.bits = bits;
    return made;
  }

 private:
  static constexpr std::uint16_t narrowed(std::uint32_t f) noexcept {
    if ((f & 0x7fffffff) > 0x7f800000) return static_cast<std::uint16_t>(f >> 16 | 0x40);
    return static_cast<std::uint16_t>((f + 0x7fff + (f >> 16 & 1)) >> 16);
  }
};

}  // namespace onepass
