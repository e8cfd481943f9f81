// Activations of neural networks. Coefficients: tools/polynomials/sigmoid.sollya. Errors are in units of the last
// place of the correctly rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^9 samples.
#pragma once

#include <onepass/op/arithmetic.hpp>
#include <onepass/op/polynomial.hpp>

namespace onepass {

/// x where x > 0, else 0; NaN stays, and so does -0: with the zero first, max returns its second operand for both.
struct relu_op {
  static constexpr std::string_view name = "relu";
  static constexpr laws holds{.idempotent = true, .monotone = true};
  template <numeric_value V>
  ONEPASS_INLINE static V body(V x) {
    return prim::max(x.like(0), x);
  }
};
inline constexpr operation<relu_op> relu{};

/// 1 / (1 + e^-x). At most 0.902 ulp for f32 and 0.998 for f64, subnormal results included; at most 1, keeps NaN.
///
/// x = n ln2 + y as for exp; then 2^n / (2^n + e^-y) holds for the whole line. The rounding error of the denominator is
/// recovered exactly enough for every n, and corrects the one division.
struct sigmoid_op {
  static constexpr std::string_view name = "sigmoid";
  static constexpr accuracy error{.f32 = 0.902, .f64 = 0.998};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V inside = prim::min(x.like(18), prim::max(x.like(-105), x));
      const V n = prim::round_even(inside * 0x1.715476p+0f);
      const V y = prim::fma(n, x.like(0x1.05c61p-29f), prim::fma(n, x.like(-0x1.62e43p-1f), inside));
      const V s = horner(y, -0x1.6a6034p-10f, 0x1.123ac6p-7f, -0x1.5558ap-5f, 0x1.55549p-3f, -0x1.fffffcp-2f, 1.0f);
      return divide(y, s, prim::scale(x.like(1), n));
    } else {
      const V inside = prim::min(x.like(38), prim::max(x.like(-746), x));
      const V n = prim::round_even(inside * 0x1.71547652b82fep+0);
      const V y = prim::fma(n, x.like(0x1.8432a1b0e2634p-43), prim::fma(n, x.like(-0x1.62e42fefa4p-1), inside));
      const V square = y * y;
      V g = horner(y, 0x1.ad8d5597dd3f6p-26, -0x1.28ae3c9974bb6p-22);
      g = prim::fma(g, square, horner(y, 0x1.71df1d147c247p-19, -0x1.a01999231bc6fp-16));
      g = prim::fma(g, square, horner(y, 0x1.a01a012dcb954p-13, -0x1.6c16c18488a71p-10));
      g = prim::fma(g, square, horner(y, 0x1.111111112725dp-7, -0x1.5555555550689p-5));
      g = prim::fma(g, square, horner(y, 0x1.55555555554fcp-3, -0x1.000000000000ap-1));
      return divide(y, prim::fma(g, y, x.like(1)), prim::scale(x.like(1), n));
    }
  }

 private:
  /// power / (power + e^-y), where e^-y = 1 - y s.
  template <floating_value V>
  ONEPASS_INLINE static V divide(V y, V s, V power) {
    const V denominator = prim::fma(y, s, -1 - power);  // negated
    const V inverse = -1 / denominator;
    const V lost = prim::fma(y, s, (-1 - denominator) - power);
    const V residual = prim::fma(inverse, lost, prim::fma(inverse, denominator, y.like(1)));
    return prim::fma(inverse, residual, inverse) * power;
  }
};
inline constexpr operation<sigmoid_op> sigmoid{};

/// x / (1 + |x|).
struct softsign_op {
  static constexpr std::string_view name = "softsign";
  static constexpr laws holds{.odd = true};  // not monotone: two roundings
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return x / (1 + abs(x));
  }
};
inline constexpr operation<softsign_op> softsign{};

using activation_operations = operation_list<relu_op, sigmoid_op, softsign_op>;

}  // namespace onepass
