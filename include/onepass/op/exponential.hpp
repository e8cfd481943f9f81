// Exponential functions. Coefficients: tools/polynomials/exp.sollya. Errors are in units of the last place of the
// correctly rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^9 samples.
#pragma once

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

using exponential_operations = operation_list<exp_op>;

}  // namespace onepass
