// The error function and its complement. Coefficients: tools/polynomials/erf.py. Errors are in units of the last place
// of the correctly rounded result; those of f32 were measured over all 2^32 inputs, those of f64 over 10^7 samples.
#pragma once

#include <cstdint>

#include <onepass/op/gaussian_tail.hpp>

namespace onepass {

namespace detail {

struct erf_coefficients_f32 {
  static constexpr double small[] = {0x1.491b54p-14, -0x1.a3d938p-11, 0x1.54019p-8, -0x1.b7f88ep-6, 0x1.ce2cf2p-4, -0x1.81273ep-2,
      0x1.06eba8p-3};
  static constexpr double centre = 0x1.3bep+1, middle = 0x1.ffc0aep-1;
  static constexpr double large[] = {-0x1.80f6aap-22, 0x1.1c8074p-20, 0x1.9d8eacp-19, -0x1.1e8cfcp-16, 0x1.d2efeep-17, 0x1.43f874p-14,
      -0x1.243a46p-12, 0x1.6049c2p-12, 0x1.ea7c3ep-12, -0x1.7db2dcp-9, 0x1.b50f34p-8, -0x1.3c4a26p-7, 0x1.382f36p-7, -0x1.9d742ep-8,
      0x1.4f1518p-9};
};

struct erf_coefficients_f64 {
  static constexpr double small[] = {-0x1.ab161c5bb67ccp-31, 0x1.d6e3ff6dc2aeep-27, -0x1.5bfe7baea470cp-23, 0x1.b97e45276a3ep-20,
      -0x1.f4ca2069243f5p-17, 0x1.f9a2b7573e48bp-14, -0x1.c02db014b5663p-11, 0x1.565bccf7e32e7p-8, -0x1.b82ce311ee0edp-6, 0x1.ce2f21a0408d2p-4,
      -0x1.812746b0379b2p-2, 0x1.06eba8214db68p-3};
  static constexpr double centre = 0x1.fcp-1;
  static constexpr double large[] = {-0x1.b572b333f9adap-40, 0x1.7b42c1df29756p-35, -0x1.2f281f80f6c4ap-31, 0x1.2724e7b06c713p-28,
      -0x1.813f863b88b83p-26, 0x1.52565fdef5811p-24, -0x1.4551085c5c65fp-23, -0x1.9294d84fdea06p-23, 0x1.904627dc92784p-19,
      -0x1.d8c2c097dcee1p-17, 0x1.50e4b86f0dae1p-15, -0x1.52ccfb0a491f8p-15, -0x1.64c5918353ap-12, 0x1.781cc7b4ce186p-9, -0x1.de010e4c4ce0fp-7,
      0x1.eee98e1ce7f59p-5, 0x1.37060c3639e73p+0, 0x1.e4e4c055e4748p+1, 0x1.51c275dbdfec6p+1};
  static constexpr double power_of_two[] = {-0x1.e9404155ada1cp-32, 0x1.e61cf51790d51p-28, -0x1.b52544c8a29aep-24, 0x1.62bfc6aeabfb1p-20,
      -0x1.ffcbfc566d237p-17, 0x1.4309130f36031p-13, -0x1.5d87fe78a1b6p-10, 0x1.3b2ab6fb9ff4bp-7, -0x1.c6b08d704a11fp-5, 0x1.ebfbdff82c5a5p-3,
      -0x1.62e42fefa39efp-1, 0x1p+0};
};

/// U for the tail of erfc, for floats up to 10.1.
inline constexpr double erfc_tail_for_float[] = {0x1.9a9b3979e17ddp+11, -0x1.66cd5cf23db54p+12, 0x1.b66bfcaff2ae3p+11,
    -0x1.e0bd05d462278p+9, 0x1.2537912da639ep+8, -0x1.31370cdbfa665p-2, 0x1.f16bf91e40c98p+3, 0x1.284e9a6754819p+2, 0x1.b2b86b8b4a09fp+0,
    0x1.20d2c2eb1f10bp-1};

/// The tail of erfc for f64, up to 27.3.
struct erfc_shape_f64 {
  static constexpr double k = 0x1.8p-1, boundary = 1.5, centre = 0x1.8ap-1, turn = 0x1.1e4p+2;
  static constexpr double near_middle = 0x1.84dfb368ee417p-1, far_middle = 0x1.4fb2d44426654p-1;
  static constexpr double near[] = {0x1.347e5f582e0dbp-29, -0x1.dfc7b9ff78d62p-28, 0x1.334fb4041437ap-26, -0x1.106f1aea2af2ep-24,
      0x1.d3a2d4f160efdp-23, -0x1.76c55edbf4945p-21, 0x1.243fb9a22d6a6p-19, -0x1.bafc72af74d08p-18, 0x1.448cfe9e30b8ep-16,
      -0x1.ca6a8005ce57p-15, 0x1.370b28699ce56p-13, -0x1.93cf48fd16526p-12, 0x1.f2d5832d6d5c2p-11, -0x1.231d7804e7e3dp-9, 0x1.3df1c2dde1a89p-8,
      -0x1.4055c584329d9p-7, 0x1.22f79fa5c199bp-6, -0x1.c86ff31bbec32p-6, 0x1.162fd1445a03ep-5, -0x1.3f2bb8e07fb99p-6, -0x1.775fd09671738p-5};
  static constexpr double far[] = {0x1.b1e14012cff26p-33, 0x1.61a2031ce5c3fp-31, -0x1.d047311c60b0bp-33, -0x1.129ba997ed467p-28,
      -0x1.d30c530bc64bap-28, 0x1.8c8214e8eb8dep-29, 0x1.38d4c393ea22cp-25, 0x1.3aeb3f6ddb407p-24, -0x1.5a82dda9bd57dp-28,
      -0x1.ae8958256f545p-22, -0x1.f3a9f254e987cp-21, 0x1.5d49ff44e96c6p-23, 0x1.9fb286f2df818p-18, 0x1.b5a31ff75c66ap-17,
      -0x1.0942fcd559927p-16, -0x1.2045c24bae9f7p-13, -0x1.287f49fcb4e6p-13, 0x1.26d5a72e4a3e9p-10, 0x1.d613b080240fdp-9, -0x1.986b038b76e5fp-7,
      -0x1.55c7a334fbcd4p-4};
};

}  // namespace detail

/// erf x. At most 1 in magnitude, keeps -0 and NaN.
///
/// Up to about 1, x + x P(x^2). Above, f32 takes a polynomial around a centre where erf is almost a float; f64 takes
/// 1 - 2^-q(|x|), where q = -log2 erfc is a polynomial that matters less and less. Both cases run through the same steps.
struct erf_op {
  static constexpr std::string_view name = "erf";
  static constexpr accuracy error{.f32 = 0.995, .f64 = 1.06};
  static constexpr laws holds{.odd = true};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V a = detail::magnitude_of(x);
    if constexpr (std::is_same_v<element_of<V>, float>) {
      using at = detail::erf_coefficients_f32;
      const auto small = a < 1;
      const V s = prim::min(x.like(3.925), a) - at::centre;
      const V p = detail::chosen_polynomial(small, prim::select(small, a * a, s), at::small, s, at::large);
      const V result = prim::fma(prim::select(small, a, s), p, prim::select(small, a, x.like(at::middle)));
      return prim::bit_or(result, detail::sign_of(x));
    } else {
      using at = detail::erf_coefficients_f64;
      const auto small = a < 1;
      const V s = prim::min(x.like(5.93), a) - at::centre;
      const V p = detail::chosen_polynomial(small, prim::select(small, a * a, s), at::small, s, at::large);
      // 2^-p = 2^n 2^-r. Adding 1.5 * 2^52 rounds; below stand n, the bias of exponents and a sign.
      const V shifted = (0x1.8p52 + 1023 + 2048) - p;
      const V r = (shifted - (0x1.8p52 + 1023 + 2048)) + p;
      const V power = prim::reinterpret<double>(prim::shift_left<52>(prim::reinterpret<std::int64_t>(shifted)));  // -2^n
      const V fraction = detail::polynomial(r, at::power_of_two);
      const V result = prim::fma(prim::select(small, a, power), prim::select(small, p, fraction), prim::select(small, a, x.like(1)));
      return prim::bit_or(result, detail::sign_of(x));
    }
  }
};
inline constexpr operation<erf_op> erf{};

/// erfc x = 1 - erf x. Subnormal results included, keeps NaN.
///
/// The tail beyond |x|, see gaussian_tail.hpp, or 2 minus it.
struct erfc_op {
  static constexpr std::string_view name = "erfc";
  static constexpr accuracy error{.f32 = 0.767, .f64 = 0.95};

  template <floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V magnitude = detail::magnitude_of(x);
    if constexpr (std::is_same_v<element_of<V>, float>) {
      const V tail = detail::through_double(prim::min(x.like(10.1), magnitude), [](auto a) ONEPASS_INLINE_LAMBDA {
        return detail::gaussian_tail_for_float(a.like(1), a, detail::negated(a) * a, detail::erfc_tail_for_float);
      });
      return prim::select(x < 0, 2 - tail, tail);
    } else {
      const V a = prim::min(x.like(27.3), magnitude);
      const detail::scaled_parts<V> tail = detail::gaussian_tail<detail::erfc_shape_f64>(x.like(1), a, detail::exact_product(detail::negated(a), a));
      const auto negative = x < 0;
      const V base = prim::select(negative, x.like(2), x.like(0)), sign = prim::select(negative, x.like(-0.0), x.like(0));
      const detail::two_parts<V> sum = detail::ordered_sum(base, prim::bit_or(prim::scale(tail.high, tail.n), sign));
      return sum.high + (sum.low + prim::bit_xor(prim::scale(tail.low, tail.n), sign));
    }
  }
};
inline constexpr operation<erfc_op> erfc{};

using error_function_operations = operation_list<erf_op, erfc_op>;

}  // namespace onepass
