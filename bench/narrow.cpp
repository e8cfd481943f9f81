// Loops between bytes and floats: they have to run at the speed of their bytes.
//
// The reference moves the same bytes and computes as little as possible: it widens bytes to words, or keeps the low byte
// of words, in a loop of intrinsics for the machine at hand.
#include <onepass/onepass.hpp>

#include <immintrin.h>

#include <cstdint>
#include <tuple>

#include "comparison.hpp"

namespace {

namespace op = onepass;
using bench::contender;

constexpr op::options fused{.engine = op::engine::fused, .threads = 1};
constexpr op::options compiled{.engine = op::engine::compiled, .threads = 1};

#if defined(__AVX512F__)
void move_wider(const std::uint8_t* from, float* to, std::size_t n) {
  for (std::size_t i = 0; i + 16 <= n; i += 16) {
    const __m512i words = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
    _mm512_storeu_si512(to + i, words);
  }
}
void move_narrower(const float* from, std::uint8_t* to, std::size_t n) {
  for (std::size_t i = 0; i + 16 <= n; i += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm512_cvtepi32_epi8(_mm512_loadu_si512(from + i)));
  }
}
#else
void move_wider(const std::uint8_t* from, float* to, std::size_t n) {
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    const __m256i words = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + i)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), words);
  }
}
void move_narrower(const float* from, std::uint8_t* to, std::size_t n) {
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
    const __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + i), _mm_packus_epi16(halves, halves));
  }
}
#endif

void normalise_bytes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  op::array<std::uint8_t> image({n});
  for (std::size_t i = 0; i < n; ++i) image.data()[i] = static_cast<std::uint8_t>(i * 7);
  op::array<float> y({n}, 0.0f);
  const std::uint8_t* const from = std::as_const(image).data();
  float* const to = y.data();
  const auto normalised = [&] { return (op::cast<float>(image) * (1.0f / 255) - 0.45f) * (1 / 0.225f); };
  bench::compare(state, {contender::of("moving", [&] { move_wider(from, to, n); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), normalised()); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), normalised()); })});
}

void saturate_to_bytes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  op::array<float> x({n});
  for (std::size_t i = 0; i < n; ++i) x.data()[i] = static_cast<float>(i % 400) - 50;
  op::array<std::uint8_t> y({n}, std::uint8_t{0});
  const float* const from = std::as_const(x).data();
  std::uint8_t* const to = y.data();
  bench::compare(state, {contender::of("moving", [&] { move_narrower(from, to, n); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), op::cast<std::uint8_t>(x)); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), op::cast<std::uint8_t>(x)); })});
}

void add_by_hand(const std::uint8_t* __restrict a, const std::uint8_t* __restrict b, std::uint8_t* __restrict to, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<std::uint8_t>(a[i] + b[i]);
}

void add_bytes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<std::uint8_t> a({n}, std::uint8_t{3}), b({n}, std::uint8_t{4});
  op::array<std::uint8_t> y({n}, std::uint8_t{0});
  const std::uint8_t *const pa = a.data(), *const pb = b.data();
  std::uint8_t* const to = y.data();
  bench::compare(state, {contender::of("hand", [&] { add_by_hand(pa, pb, to, n); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), a + b); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), a + b); })});
}

}  // namespace

BENCHMARK(normalise_bytes)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(saturate_to_bytes)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(add_bytes)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->UseManualTime()->Iterations(bench::turns);

BENCHMARK_MAIN();
