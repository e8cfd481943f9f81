// Roots of sums and quotients, accurate as wholes: no intermediate overflows or loses digits to subnormals. Where one
// could, few elements need it, and they take a scaled way.
#pragma once

#include <limits>

#include <onepass/op/arithmetic.hpp>

namespace onepass {

/// 1 / sqrt(x). Infinite with its sign for zeros, 0 for infinity, NaN below -0.
///
/// y = 1 / s with s = sqrt(x) has two rounding errors. Both remainders, x - s s and 1 - s y, are exact, and give the
/// first term of what is missing: y (1 - s y) - y^3 (x - s s) / 2. They are exact unless x is tiny, and then x is scaled.
struct rsqrt_op {
  static constexpr std::string_view name = "rsqrt";
  static constexpr accuracy error{.f32 = 0.501, .f64 = 0.501};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    constexpr bool single = std::is_same_v<element_of<V>, float>;
    const auto tiny = x.like(single ? 0x1p-100 : 0x1p-960), infinity = x.like(std::numeric_limits<element_of<V>>::infinity());
    const auto outside = prim::bit_or(prim::less(x, tiny), prim::equal(x, infinity));
    return prim::rarely(outside, corrected(x), [&] {
      const V scaled = corrected(x * (single ? 0x1p+50 : 0x1p+200)) * (single ? 0x1p+25 : 0x1p+100);
      const auto at_end = prim::bit_or(prim::equal(x, x.like(0)), prim::equal(x, infinity));
      return prim::select(at_end, 1 / prim::sqrt(x), scaled);
    });
  }

 private:
  template <floating_value V>
  ONEPASS_INLINE static V corrected(V x) {
    const V root = prim::sqrt(x);
    const V y = 1 / root;
    const V missing = prim::fma(negate(root), y, x.like(1));
    const V squared = prim::fma(negate(root), root, x);
    return prim::fma(y, prim::fma(squared * y, y * -0.5, missing), y);
  }
};
inline constexpr operation<rsqrt_op> rsqrt{};

/// sqrt(x x + y y). Infinite if either is infinite, even beside a NaN; else NaN if either is.
///
/// The squares and their sum are kept as sums of two numbers (Dekker 1971), rounded once before the root; their low
/// parts are exact unless the sum is close to the ends of the range, and then both are scaled. The error is at most
/// 0.86 ulp, and 0.93 of subnormal results, which are rounded when they are scaled back.
struct hypot_op {
  static constexpr std::string_view name = "hypot";
  static constexpr laws holds{.commutative = true};
  static constexpr accuracy error{.f32 = 0.93, .f64 = 0.93};
  template <floating_value V>
  ONEPASS_INLINE static V body(V x, V y) {
    constexpr bool single = std::is_same_v<element_of<V>, float>;
    const V a = abs(x), b = abs(y);
    const V large = prim::max(a, b), small = prim::min(b, a);  // both orders return the NaN if one is
    const V sum = sum_of_squares(large, small);
    const auto above = prim::less(sum.like(single ? 0x1p-96 : 0x1p-960), sum), below = prim::less(sum, sum.like(single ? 0x1p+126 : 0x1p+1022));
    const auto inside = prim::bit_and(above, below);
    return prim::rarely(prim::bit_xor(inside, inside.like(true)), prim::sqrt(sum), [&] {
      const auto is_large = prim::less(x.like(1), large);
      const V up = prim::select(is_large, x.like(single ? 0x1p-70 : 0x1p-540), x.like(single ? 0x1p+90 : 0x1p+600));
      const V down = prim::select(is_large, x.like(single ? 0x1p+70 : 0x1p+540), x.like(single ? 0x1p-90 : 0x1p-600));
      const V scaled = prim::sqrt(sum_of_squares(large * up, small * up)) * down;
      const auto infinite = prim::bit_or(isinf(x), isinf(y));
      return prim::select(infinite, x.like(std::numeric_limits<element_of<V>>::infinity()), scaled);
    });
  }

 private:
  /// a a + b b, rounded once but for errors far below. Precondition: a >= b >= 0.
  template <floating_value V>
  ONEPASS_INLINE static V sum_of_squares(V a, V b) {
    const V high = a * a, low = b * b;
    const V sum = high + low;
    const V lost = prim::fma(a, a, negate(high)) + prim::fma(b, b, negate(low));
    return sum + (((high - sum) + low) + lost);
  }
};
inline constexpr operation<hypot_op> hypot{};

using root_operations = operation_list<rsqrt_op, hypot_op>;

}  // namespace onepass
