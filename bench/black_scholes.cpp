// The price of European calls after Black and Scholes (1973), in f64 with the error function: one expression against one
// loop of intrinsics that calls SLEEF's vector functions (stated error 1.0 ulp) or libmvec's (4 ulp). One thread.
#include <onepass/onepass.hpp>

#include <immintrin.h>

#include <sleef.h>
#include <tuple>

#include "comparison.hpp"

#if defined(__AVX512F__)
using doubles = __m512d;
#define ONEPASS_VECTOR(name) _mm512_##name
#define ONEPASS_SLEEF(name) Sleef_##name##d8_u10avx512f
#define ONEPASS_MVEC(name) _ZGVeN8v_##name
#else
using doubles = __m256d;
#define ONEPASS_VECTOR(name) _mm256_##name
#define ONEPASS_SLEEF(name) Sleef_##name##d4_u10avx2
#define ONEPASS_MVEC(name) _ZGVdN4v_##name
#endif

extern "C" doubles ONEPASS_MVEC(exp)(doubles);
extern "C" doubles ONEPASS_MVEC(log)(doubles);
extern "C" doubles ONEPASS_MVEC(erf)(doubles);

namespace {

namespace op = onepass;
using bench::contender;

constexpr double rate = 0.02, half_root = 0.70710678118654752;

/// Prices of options on `spot` with `strike`, `volatility` and `time` to run.
template <class A>
auto price(const A& spot, const A& strike, const A& volatility, const A& time) {
  const auto spread = volatility * op::sqrt(time);
  const auto first = (op::log(spot / strike) + (rate + volatility * volatility * 0.5) * time) / spread;
  const auto second = first - spread;
  return spot * ((op::erf(first * half_root) + 1) * 0.5) - strike * op::exp(time * -rate) * ((op::erf(second * half_root) + 1) * 0.5);
}

struct sleef_functions {
  static doubles exp(doubles x) { return ONEPASS_SLEEF(exp)(x); }
  static doubles log(doubles x) { return ONEPASS_SLEEF(log)(x); }
  static doubles erf(doubles x) { return ONEPASS_SLEEF(erf)(x); }
};
struct libmvec_functions {
  static doubles exp(doubles x) { return ONEPASS_MVEC(exp)(x); }
  static doubles log(doubles x) { return ONEPASS_MVEC(log)(x); }
  static doubles erf(doubles x) { return ONEPASS_MVEC(erf)(x); }
};

/// The same by hand. `n` is a multiple of a register's elements.
template <class Functions>
void price_by_hand(const double* spot, const double* strike, const double* volatility, const double* time, double* to, std::size_t n) {
  const auto all = [](double x) { return ONEPASS_VECTOR(set1_pd)(x); };
  const auto load = [](const double* from) { return ONEPASS_VECTOR(loadu_pd)(from); };
  for (std::size_t i = 0; i < n; i += sizeof(doubles) / sizeof(double)) {
    const doubles s = load(spot + i), k = load(strike + i), v = load(volatility + i), t = load(time + i);
    const doubles spread = v * ONEPASS_VECTOR(sqrt_pd)(t);
    const doubles first = (Functions::log(s / k) + (all(rate) + v * v * all(0.5)) * t) / spread;
    const doubles second = first - spread;
    const doubles discounted = k * Functions::exp(t * all(-rate));
    const doubles one = (Functions::erf(first * all(half_root)) + all(1)) * all(0.5);
    const doubles two = (Functions::erf(second * all(half_root)) + all(1)) * all(0.5);
    ONEPASS_VECTOR(storeu_pd)(to + i, s * one - discounted * two);
  }
}

op::array<double> between(std::size_t n, double low, double high, std::uint32_t seed) {
  op::array<double> made({n});
  for (double& x : made) {
    seed = seed * 1664525 + 1013904223;
    x = low + (high - low) * seed * 0x1p-32;
  }
  return made;
}

void black_scholes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<double> spot = between(n, 50, 150, 1), strike = between(n, 50, 150, 2);
  const op::array<double> volatility = between(n, 0.1, 0.6, 3), time = between(n, 0.1, 3, 4);
  op::array<double> y({n}, 0.0);
  double* const to = y.data();
  const auto by_hand = [&](auto functions) {
    price_by_hand<decltype(functions)>(spot.data(), strike.data(), volatility.data(), time.data(), to, n);
  };
  const op::options fused{.engine = op::engine::fused, .threads = 1}, compiled{.engine = op::engine::compiled, .threads = 1};
  bench::compare(state, {contender::of("SLEEF", [&] { by_hand(sleef_functions()); }), contender::of("libmvec", [&] { by_hand(libmvec_functions()); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), price(spot, strike, volatility, time)); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), price(spot, strike, volatility, time)); })});
}

}  // namespace

BENCHMARK(black_scholes)->Arg(1024)->Arg(1 << 20)->UseManualTime()->Iterations(51);

BENCHMARK_MAIN();
