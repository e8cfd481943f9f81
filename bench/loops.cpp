// Speed of loops on warm data: the library's engines against loops written by hand. Ratios are the result; each
// benchmark says in its name what its reference is and in its counters how it compares.
#include <onepass/onepass.hpp>

#include <string_view>
#include <tuple>

#include "comparison.hpp"
#include "hand_loops.hpp"

namespace {

namespace op = onepass;
using bench::contender;

constexpr op::options fused{.engine = op::engine::fused, .threads = 1};
constexpr op::options compiled{.engine = op::engine::compiled, .threads = 1};
constexpr op::options interpreted{.engine = op::engine::interpreted, .threads = 1};

/// Values between -2 and 2 that repeat only after a long time.
op::array<float> some_values(std::size_t n) {
  op::array<float> made({n});
  std::uint32_t state = 1;
  for (float& x : made) x = static_cast<float>(state = state * 1664525 + 1013904223) * 0x1p-30f - 2;
  return made;
}

void relu_affine_against_hand(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a = some_values(n), w = some_values(n), b = some_values(n);
  op::array<float> y({n}, 0.0f);
  const auto va = op::borrow(a.data(), {n}), vw = op::borrow(w.data(), {n}), vb = op::borrow(b.data(), {n});
  auto vy = op::borrow(y.data(), {n});
  bench::compare(state, {contender::of("hand", [&] { hand::relu_affine(va.data(), vw.data(), vb.data(), vy.data(), n); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(vy), op::relu(va * vw) + vb); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(vy), op::relu(va * vw) + vb); }),
                         contender::of("interpreted", [&] { op::evaluate_into(interpreted, std::tie(vy), op::relu(va * vw) + vb); })});
}

/// Numbers stay in registers: beside arrays of the same number of bytes the loop has nothing more to do.
void numbers_against_arrays(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a = some_values(n);
  op::array<float> y({n}, 0.0f);
  const float s = 1.25f, t = -0.5f;
  bench::compare(state, {contender::of("arrays", [&] { op::evaluate_into(fused, std::tie(y), (a * a - a) * a); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), (a * s - t) * s); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), (a * s - t) * s); })});
}

void sum_against_any_order(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a = some_values(n);
  bench::compare(state, {contender::of("hand", [&] { benchmark::DoNotOptimize(hand::sum(a.data(), n)); }),
                         contender::of("fused", [&] { benchmark::DoNotOptimize(op::evaluate(fused, op::sum(a))); }),
                         contender::of("compiled", [&] { benchmark::DoNotOptimize(op::evaluate(compiled, op::sum(a))); })});
}

void softmax_against_exp(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const op::array<float> a = op::array<float>::from(some_values(rows * 1000));
  const auto matrix = op::borrow(a.data(), {rows, std::size_t{1000}});
  op::array<float> y({rows, std::size_t{1000}}, 0.0f);
  bench::compare(state, {contender::of("exp", [&] { op::evaluate_into(compiled, std::tie(y), op::exp(matrix)); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), op::softmax(matrix)); }),
                         contender::of("automatic", [&] { op::evaluate_into({.threads = 1}, std::tie(y), op::softmax(matrix)); })});
}

/// A chain in which every instruction waits for the one before.
template <int Instructions>
struct chain_op {
  static constexpr std::string_view name = "chain";
  template <op::floating_value V>
  ONEPASS_INLINE static V body(V a, V w) {
    V x = a;
    for (int i = 0; i < Instructions; ++i) x = i % 4 == 0 ? x * w : i % 4 == 1 ? x + a : i % 4 == 2 ? op::prim::min(x, w) : op::prim::fma(x, w, a);
    return x;
  }
};

struct tanh_of_exp_op {
  static constexpr std::string_view name = "tanh_of_exp";
  template <op::floating_value V>
  ONEPASS_INLINE static V body(V a, V w) {
    return op::tanh(op::exp(a) * w);
  }
};

/// The same body on one vector after another, as intrinsics would be written.
template <class Op>
[[gnu::noinline]] void one_vector_at_a_time(const float* a, const float* w, float* y, std::size_t n) {
  using V = op::pack<float, op::native_lanes<float>>;
  for (std::size_t i = 0; i + op::native_lanes<float> <= n; i += op::native_lanes<float>) V::store(y + i, Op::body(V::load(a + i), V::load(w + i)));
}

template <class Op>
void chain_against_one_vector(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a = some_values(n), w = some_values(n);
  op::array<float> y({n}, 0.0f);
  constexpr op::operation<Op> chain{};
  bench::compare(state, {contender::of("one_vector", [&] { one_vector_at_a_time<Op>(a.data(), w.data(), y.data(), n); }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), chain(a, w)); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), chain(a, w)); })});
}

}  // namespace

BENCHMARK(relu_affine_against_hand)
    ->ArgsProduct({{1000, 10'000, 100'000, 1'000'000, 10'000'000, 30'000'000}})->UseManualTime()->Iterations(bench::turns);
BENCHMARK(numbers_against_arrays)->Arg(4096)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(sum_against_any_order)->ArgsProduct({{1000, 10'000, 100'000, 1'000'000, 10'000'000}})->UseManualTime()->Iterations(bench::turns);
BENCHMARK(softmax_against_exp)->Arg(10)->Arg(100)->UseManualTime()->Iterations(bench::turns);
BENCHMARK_TEMPLATE(chain_against_one_vector, tanh_of_exp_op)->Arg(4096)->UseManualTime()->Iterations(bench::turns);
BENCHMARK_TEMPLATE(chain_against_one_vector, chain_op<20>)->Arg(4096)->UseManualTime()->Iterations(bench::turns);
BENCHMARK_TEMPLATE(chain_against_one_vector, chain_op<80>)->Arg(4096)->UseManualTime()->Iterations(bench::turns);

BENCHMARK_MAIN();
