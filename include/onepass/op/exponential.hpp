// placeholder until the fits land
#pragma once
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/selection.hpp>
namespace onepass {
struct exp_op {
  static constexpr std::string_view name = "exp";
  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V inside = prim::max(x.like(-110), prim::min(x.like(104), x));
    const auto n = prim::nearest(inside * x.like(0x1.715476p0));
    const V whole = prim::convert<element_of<V>>(n);
    V r = prim::fma(whole, x.like(-0x1.62e43p-1), inside);
    r = prim::fma(whole, x.like(0x1.05c61p-29), r);
    V p = x.like(0x1.684fcp-10);
    for (const double c : {0x1.123beep-7, 0x1.555b9ap-5, 0x1.55548ep-3, 0x1.fffff8p-2, 1.0, 1.0}) p = prim::fma(p, r, x.like(c));
    return prim::scale(p, n);
  }
};
inline constexpr operation<exp_op> exp{};
using exponential_operations = operation_list<exp_op>;
}
