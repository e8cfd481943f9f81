// Functions of f32 and f64 against the vector libraries that have them, on one thread.
//
// All contenders take turns in one process on the same data, from memory to memory, and what is reported is nanoseconds
// for an element. Built for AVX2 and for AVX-512. The largest errors, in units of the last place, belong beside the
// times: ours are in docs/accuracy.md; SLEEF's functions taken here state 1.0 (erfc 1.5, and gelu has none), libmvec's 4,
// those of Eigen and Highway a few.
#include <onepass/onepass.hpp>

#include <immintrin.h>

#include <Eigen/Core>
#include <sleef.h>
#include <string>

#include "comparison.hpp"

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

namespace {

namespace op = onepass;
namespace hn = hwy::HWY_NAMESPACE;
using bench::contender;

#if defined(__AVX512F__)
constexpr op::isa set = op::isa::avx512;
#define ONEPASS_SLEEF_F32(name, bound) Sleef_##name##f16_##bound##avx512f
#define ONEPASS_SLEEF_F64(name, bound) Sleef_##name##d8_##bound##avx512f
#define ONEPASS_MVEC_F32(name) _ZGVeN16v_##name##f
#define ONEPASS_MVEC_F64(name) _ZGVeN8v_##name
using floats = __m512;
using doubles = __m512d;
floats load(const float* from) { return _mm512_loadu_ps(from); }
doubles load(const double* from) { return _mm512_loadu_pd(from); }
void store(float* to, floats a) { _mm512_storeu_ps(to, a); }
void store(double* to, doubles a) { _mm512_storeu_pd(to, a); }
#else
constexpr op::isa set = op::isa::avx2;
#define ONEPASS_SLEEF_F32(name, bound) Sleef_##name##f8_##bound##avx2
#define ONEPASS_SLEEF_F64(name, bound) Sleef_##name##d4_##bound##avx2
#define ONEPASS_MVEC_F32(name) _ZGVdN8v_##name##f
#define ONEPASS_MVEC_F64(name) _ZGVdN4v_##name
using floats = __m256;
using doubles = __m256d;
floats load(const float* from) { return _mm256_loadu_ps(from); }
doubles load(const double* from) { return _mm256_loadu_pd(from); }
void store(float* to, floats a) { _mm256_storeu_ps(to, a); }
void store(double* to, doubles a) { _mm256_storeu_pd(to, a); }
#endif

/// y = f(x), one register after the other. `n` is a multiple of every register's elements.
template <class T, class F>
void each_register(const T* x, T* y, std::size_t n, F f) {
  constexpr std::size_t lanes = sizeof(floats) / sizeof(T);
  for (std::size_t i = 0; i < n; i += lanes) store(y + i, f(load(x + i)));
}

/// Arguments spread over a range.
template <class T>
op::array<T> arguments(std::size_t n, double low, double high) {
  op::array<T> made({n});
  std::uint32_t state = 1;
  for (T& x : made) {
    state = state * 1664525 + 1013904223;
    x = static_cast<T>(low + (high - low) * state * 0x1p-32);
  }
  return made;
}

/// What else computes the same function, if anything does.
template <class T>
struct rivals {
  void (*sleef)(const T*, T*, std::size_t) = nullptr;
  void (*libmvec)(const T*, T*, std::size_t) = nullptr;
  void (*highway)(const T*, T*, std::size_t) = nullptr;
  void (*eigen)(const T*, T*, std::size_t) = nullptr;
};

template <class T, class Function>
void add(const std::string& name, Function function, double low, double high, const rivals<T>& others) {
  for (const std::size_t n : {std::size_t{4096} / sizeof(T) * 4, std::size_t{1} << 20}) {
    const std::string full = name + (sizeof(T) == 4 ? "/f32/" : "/f64/") + std::to_string(n);
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
      const op::array<T> x = arguments<T>(n, low, high);
      op::array<T> y({n}, T(0));
      T* const to = y.data();
      const T* const from = x.data();
      std::vector<contender> all;
      const op::options fused{.engine = op::engine::fused, .threads = 1};
      const op::options compiled{.engine = op::engine::compiled, .isa = set, .threads = 1};
      all.push_back(contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), function(x)); }));
      all.push_back(contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), function(x)); }));
      const auto rival = [&](const char* whose, void (*f)(const T*, T*, std::size_t)) {
        if (f != nullptr) all.push_back(contender::of(whose, [=] { f(from, to, n); }));
      };
      rival("SLEEF", others.sleef);
      rival("libmvec", others.libmvec);
      rival("Highway", others.highway);
      rival("Eigen", others.eigen);
      bench::compare(state, all, 0.0005);
      for (const contender& c : all) {
        benchmark::Counter& time = state.counters[c.name + " ns"];
        time.value /= static_cast<double>(n);
      }
    })->UseManualTime()->Iterations(51);
  }
}

template <class T>
using array_map = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using const_map = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

#define ONEPASS_BY_SLEEF(T, vector, call) +[](const T* x, T* y, std::size_t n) { each_register(x, y, n, [](vector v) { return call(v); }); }
#define ONEPASS_BY_EIGEN(T, name) \
  +[](const T* x, T* y, std::size_t n) { array_map<T>(y, static_cast<Eigen::Index>(n)) = const_map<T>(x, static_cast<Eigen::Index>(n)).name(); }
#define ONEPASS_BY_HIGHWAY(T, name)                                                              \
  +[](const T* x, T* y, std::size_t n) {                                                         \
    const hn::ScalableTag<T> d;                                                                  \
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) hn::StoreU(hn::name(d, hn::LoadU(d, x + i)), d, y + i); \
  }

}  // namespace

#define ONEPASS_DECLARE(name)                                 \
  extern "C" floats ONEPASS_MVEC_F32(name)(floats);           \
  extern "C" doubles ONEPASS_MVEC_F64(name)(doubles);
ONEPASS_DECLARE(exp)
ONEPASS_DECLARE(exp2)
ONEPASS_DECLARE(expm1)
ONEPASS_DECLARE(log)
ONEPASS_DECLARE(log2)
ONEPASS_DECLARE(log10)
ONEPASS_DECLARE(log1p)
ONEPASS_DECLARE(cbrt)
ONEPASS_DECLARE(sin)
ONEPASS_DECLARE(cos)
ONEPASS_DECLARE(tan)
ONEPASS_DECLARE(asin)
ONEPASS_DECLARE(acos)
ONEPASS_DECLARE(atan)
ONEPASS_DECLARE(sinh)
ONEPASS_DECLARE(cosh)
ONEPASS_DECLARE(tanh)
ONEPASS_DECLARE(asinh)
ONEPASS_DECLARE(acosh)
ONEPASS_DECLARE(atanh)
ONEPASS_DECLARE(erf)
ONEPASS_DECLARE(erfc)

namespace {

#define ONEPASS_FUNCTION(...) ONEPASS_FUNCTION_EXPANDED(__VA_ARGS__)
#define ONEPASS_FUNCTION_EXPANDED(name, bound, low, high, highway_f32, highway_f64, eigen_f32, eigen_f64)                           \
  add<float>(#name, [](const auto& x) { return op::name(x); }, low, high,                                                  \
             {ONEPASS_BY_SLEEF(float, floats, ONEPASS_SLEEF_F32(name, bound)), ONEPASS_BY_SLEEF(float, floats, ONEPASS_MVEC_F32(name)), \
              highway_f32, eigen_f32});                                                                                    \
  add<double>(#name, [](const auto& x) { return op::name(x); }, low, high,                                                 \
              {ONEPASS_BY_SLEEF(double, doubles, ONEPASS_SLEEF_F64(name, bound)), ONEPASS_BY_SLEEF(double, doubles, ONEPASS_MVEC_F64(name)), \
               highway_f64, eigen_f64})
#define ONEPASS_OWN(name, low, high)                                                \
  add<float>(#name, [](const auto& x) { return op::name(x); }, low, high, {});      \
  add<double>(#name, [](const auto& x) { return op::name(x); }, low, high, {})
#define ONEPASS_BOTH_HIGHWAY(name) ONEPASS_BY_HIGHWAY(float, name), ONEPASS_BY_HIGHWAY(double, name)
#define ONEPASS_BOTH_EIGEN(name) ONEPASS_BY_EIGEN(float, name), ONEPASS_BY_EIGEN(double, name)

void register_functions() {
  ONEPASS_FUNCTION(exp, u10, -20, 20, ONEPASS_BOTH_HIGHWAY(Exp), ONEPASS_BOTH_EIGEN(exp));
  ONEPASS_FUNCTION(exp2, u10, -20, 20, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_FUNCTION(expm1, u10, -5, 5, ONEPASS_BOTH_HIGHWAY(Expm1), nullptr, nullptr);
  ONEPASS_FUNCTION(log, u10, 1e-3, 1e3, ONEPASS_BOTH_HIGHWAY(Log), ONEPASS_BOTH_EIGEN(log));
  ONEPASS_FUNCTION(log2, u10, 1e-3, 1e3, ONEPASS_BOTH_HIGHWAY(Log2), nullptr, nullptr);
  ONEPASS_FUNCTION(log10, u10, 1e-3, 1e3, ONEPASS_BOTH_HIGHWAY(Log10), nullptr, nullptr);
  ONEPASS_FUNCTION(log1p, u10, -0.9, 10, ONEPASS_BOTH_HIGHWAY(Log1p), nullptr, nullptr);
  ONEPASS_FUNCTION(cbrt, u10, -1000, 1000, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_FUNCTION(sin, u10, -10, 10, ONEPASS_BOTH_HIGHWAY(Sin), ONEPASS_BY_EIGEN(float, sin), nullptr);
  ONEPASS_FUNCTION(cos, u10, -10, 10, ONEPASS_BOTH_HIGHWAY(Cos), ONEPASS_BY_EIGEN(float, cos), nullptr);
  ONEPASS_FUNCTION(tan, u10, -10, 10, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_FUNCTION(asin, u10, -1, 1, ONEPASS_BOTH_HIGHWAY(Asin), nullptr, nullptr);
  ONEPASS_FUNCTION(acos, u10, -1, 1, ONEPASS_BOTH_HIGHWAY(Acos), nullptr, nullptr);
  ONEPASS_FUNCTION(atan, u10, -10, 10, ONEPASS_BOTH_HIGHWAY(Atan), nullptr, nullptr);
  ONEPASS_FUNCTION(sinh, u10, -5, 5, ONEPASS_BOTH_HIGHWAY(Sinh), nullptr, nullptr);
  ONEPASS_FUNCTION(cosh, u10, -5, 5, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_FUNCTION(tanh, u10, -5, 5, ONEPASS_BOTH_HIGHWAY(Tanh), ONEPASS_BY_EIGEN(float, tanh), nullptr);
  ONEPASS_FUNCTION(asinh, u10, -10, 10, ONEPASS_BOTH_HIGHWAY(Asinh), nullptr, nullptr);
  ONEPASS_FUNCTION(acosh, u10, 1, 10, ONEPASS_BOTH_HIGHWAY(Acosh), nullptr, nullptr);
  ONEPASS_FUNCTION(atanh, u10, -1, 1, ONEPASS_BOTH_HIGHWAY(Atanh), nullptr, nullptr);
  ONEPASS_FUNCTION(erf, u10, -4, 4, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_FUNCTION(erfc, u15, -4, 4, nullptr, nullptr, nullptr, nullptr);
  ONEPASS_OWN(sigmoid, -10, 10);
  ONEPASS_OWN(gelu, -5, 5);
  ONEPASS_OWN(gelu_tanh, -5, 5);
  ONEPASS_OWN(silu, -10, 10);
  ONEPASS_OWN(softplus, -10, 10);
  ONEPASS_OWN(mish, -10, 10);
}

}  // namespace

int main(int argc, char** argv) {
  register_functions();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
