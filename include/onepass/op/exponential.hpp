// Exponential functions. Coefficients: tools/polynomials/exp.sollya, exp2.sollya, expm1.sollya. Errors are in units of
// the last place of the true value; those of f32 were measured over all 2^32 inputs, those of f64 over samples of the
// whole line and of the regions where a method changes: 10^9 for exp, 10^7 for the others.
#pragma once

#include <cstdint>

#include <onepass/op/polynomial.hpp>

namespace onepass {

/// e^x. At most 0.892 ulp for f32 and 0.911 for f64; overflows to infinity, underflows gradually to 0, keeps NaN.
///
/// x = n ln2 + r with n integral and |r| <= ln2/2, ln2 in two parts of which the first has so few bits that n times it
/// is exact (Cody and Waite 1980); e^r = 1 + r (1 + r (...)), a minimax polynomial whose first coefficients are 1, in
/// Horner's form, where the rounding of the inner sum is damped by r; then one exact scaling by 2^n.
struct exp_op {
  static constexpr std::string_view name = "exp";
  static constexpr accuracy error{.f32 = 0.892, .f64 = 0.911};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V inside = prim::min(x.like(89), prim::max(x.like(-104), x));  // the literal first: a NaN passes
      const V n = prim::round_even(inside * 0x1.715476p+0f);
      const V r = prim::fma(n, x.like(0x1.05c61p-29f), prim::fma(n, x.like(-0x1.62e43p-1f), inside));
      return prim::scale(horner(r, 0x1.6a6034p-10f, 0x1.123ac6p-7f, 0x1.5558ap-5f, 0x1.55549p-3f, 0x1.fffffcp-2f, 1.0f, 1.0f), n);
    } else {
      const V inside = prim::min(x.like(710), prim::max(x.like(-746), x));
      const V n = prim::round_even(inside * 0x1.71547652b82fep+0);
      const V r = prim::fma(n, x.like(0x1.8432a1b0e2634p-43), prim::fma(n, x.like(-0x1.62e42fefa4p-1), inside));
      return prim::scale(horner(r, 0x1.ad8d55a3886e8p-26, 0x1.28ae3c99e664bp-22, 0x1.71df1d1476f36p-19, 0x1.a01999231b6efp-16,
                                0x1.a01a012dcb966p-13, 0x1.6c16c18488a72p-10, 0x1.111111112725dp-7, 0x1.5555555550689p-5,
                                0x1.55555555554fcp-3, 0x1.000000000000ap-1, 1.0, 1.0),
                         n);
    }
  }
};
inline constexpr operation<exp_op> exp{};

/// 2^x, exact for integral x. At most 0.879 ulp for f32 and 0.850 for f64; overflows to infinity, underflows gradually
/// to 0, keeps NaN. x = n + r exactly, |r| <= 1/2; otherwise like exp, the polynomial with all its coefficients free.
struct exp2_op {
  static constexpr std::string_view name = "exp2";
  static constexpr accuracy error{.f32 = 0.879, .f64 = 0.850};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V inside = prim::min(x.like(129), prim::max(x.like(-151), x));
      const V n = prim::round_even(inside);
      return prim::scale(horner(inside - n, 0x1.3fa206p-13f, 0x1.5f0b82p-10f, 0x1.3b30ap-7f, 0x1.c6af76p-5f, 0x1.ebfbd8p-3f, 0x1.62e43p-1f, 1.0f),
                         n);
    } else {
      const V inside = prim::min(x.like(1025), prim::max(x.like(-1076), x));
      const V n = prim::round_even(inside);
      return prim::scale(horner(inside - n, 0x1.e973179a994acp-32, 0x1.e61d43321746dp-28, 0x1.b52522bc15f8fp-24, 0x1.62bfc6596be12p-20,
                                0x1.ffcbfc6685f06p-17, 0x1.4309130f6cbdbp-13, 0x1.5d87fe789e96fp-10, 0x1.3b2ab6fb9fda6p-7,
                                0x1.c6b08d704a12cp-5, 0x1.ebfbdff82c5a6p-3, 0x1.62e42fefa39efp-1, 1.0),
                         n);
    }
  }
};
inline constexpr operation<exp2_op> exp2{};

/// e^x - 1, accurate near 0 too, with the sign of x, of zeros too; -1 of -infinity. At most 0.964 ulp for f32 and 0.950
/// for f64.
///
/// x = n ln2 + r; by fma, with ln2 rounded to nearest in the first step, r has an exact part and a small one. Then
/// e^x - 1 = 2^(n-1) ((2 - 2^(1-n)) + 2 r + 2 r^2 q(r)). The first two terms are added with their rounding errors
/// recovered; so the smaller third one meets one rounding, for n = 0 as well.
struct expm1_op {
  static constexpr std::string_view name = "expm1";
  static constexpr accuracy error{.f32 = 0.964, .f64 = 0.950};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V inside = prim::min(x.like(89), prim::max(x.like(-17.5f), x));
      const V shifted = prim::fma(inside, x.like(0x1.715476p+0f), x.like(0x1.8p23f + 126));  // n + 126 in the low bits
      const auto power = prim::shift_left<23>(prim::reinterpret<std::int32_t>(shifted));
      const V n = shifted - (0x1.8p23f + 126);
      const V r = prim::fma(n, x.like(-0x1.62e43p-1f), inside);
      const V twice_rest = n * (2 * 0x1.05c61p-29f);
      const V whole = prim::fma(n, x.like(0x1.05c61p-29f), r);
      const V square = prim::fma(r, twice_rest, r * r);
      V q = horner(whole, 2 * 0x1.9e0c94p-13f, 2 * 0x1.6d4386p-10f);
      q = prim::fma(q, square, horner(whole, 2 * 0x1.111306p-7f, 2 * 0x1.5554fp-5f));
      q = prim::fma(q, square, horner(whole, 2 * 0x1.555554p-3f, 1.0f));
      const V y = join(prim::reinterpret<float>(0x7f000000 - power), r, prim::fma(square, q, twice_rest));
      return prim::bit_or(y * prim::reinterpret<float>(power), prim::bit_and(x, x.like(-0.0)));
    } else {
      const V inside = prim::min(x.like(710), prim::max(x.like(-38), x));
      const V shifted = prim::fma(inside, x.like(0x1.71547652b82fep+0), x.like(0x1.8p52 + 1022));
      const auto power = prim::shift_left<52>(prim::reinterpret<std::int64_t>(shifted));
      const V n = shifted - (0x1.8p52 + 1022);
      const V r = prim::fma(n, x.like(-0x1.62e42fefa39efp-1), inside);
      const V twice_rest = n * (2 * -0x1.abc9e3b39803fp-56);
      const V whole = prim::fma(n, x.like(-0x1.abc9e3b39803fp-56), r);
      const V square = prim::fma(r, twice_rest, r * r);
      V q = horner(whole, 2 * 0x1.1f1a6d95b5c8ep-29, 2 * 0x1.af5f5df40c068p-26, 2 * 0x1.27e51326d019bp-22);
      q = prim::fma(q, square, horner(whole, 2 * 0x1.71ddf7f82aab8p-19, 2 * 0x1.a01a018e11ccep-16));
      q = prim::fma(q, square, horner(whole, 2 * 0x1.a01a01b00a51ep-13, 2 * 0x1.6c16c16c1abp-10));
      q = prim::fma(q, square, horner(whole, 2 * 0x1.111111110f64bp-7, 2 * 0x1.555555555554dp-5));
      q = prim::fma(q, square, horner(whole, 2 * 0x1.5555555555559p-3, 1.0));
      const V y = join(prim::reinterpret<double>(0x7fe0000000000000 - power), r, prim::fma(square, q, twice_rest));
      return prim::bit_or(y * prim::reinterpret<double>(power), prim::bit_and(x, x.like(-0.0)));
    }
  }

 private:
  /// (2 - p) + 2 r + small, nearly rounded once.
  template <floating_value V>
  ONEPASS_INLINE static V join(V p, V r, V small) {
    const V difference = 2 - p;
    const V lost = (2 - difference) - p;
    const V sum = prim::fma(r, r.like(2), difference);
    return sum + ((prim::fma(r, r.like(2), difference - sum) + lost) + small);
  }
};
inline constexpr operation<expm1_op> expm1{};

using exponential_operations = operation_list<exp_op, exp2_op, expm1_op>;

}  // namespace onepass
