// The cost of a call: warm calls on few elements, and the first result of an expression that was never seen.
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

void warm_call_on_borrowed(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a({n}, 2.0f), w({n}, 3.0f), b({n}, -1.0f);
  op::array<float> y({n}, 0.0f);
  const auto va = op::borrow(a.data(), {n}), vw = op::borrow(w.data(), {n}), vb = op::borrow(b.data(), {n});
  auto vy = op::borrow(y.data(), {n});
  bench::compare(state, {contender::of("hand", [&] { hand::relu_affine(a.data(), w.data(), b.data(), y.data(), n); }),
                         contender::of("assigned", [&] { vy = op::relu(va * vw) + vb; }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(vy), op::relu(va * vw) + vb); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(vy), op::relu(va * vw) + vb); })});
}

void warm_call_on_arrays(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const op::array<float> a({n}, 2.0f), w({n}, 3.0f), b({n}, -1.0f);
  op::array<float> y({n}, 0.0f);
  bench::compare(state, {contender::of("hand", [&] { hand::relu_affine(a.data(), w.data(), b.data(), y.data(), n); }),
                         contender::of("assigned", [&] { y = op::relu(a * w) + b; }),
                         contender::of("fused", [&] { op::evaluate_into(fused, std::tie(y), op::relu(a * w) + b); }),
                         contender::of("compiled", [&] { op::evaluate_into(compiled, std::tie(y), op::relu(a * w) + b); })});
}

/// A different expression type for every Number, the same work.
template <int Number>
struct numbered_op {
  static constexpr std::string_view name = "numbered";
  template <op::floating_value V>
  ONEPASS_INLINE static V body(V a, V w) {
    return op::maximum(a * w + Number, op::exp(a));
  }
};

template <int Number>
double first_result(const op::array<float>& a, const op::array<float>& w, op::array<float>& y) {
  constexpr op::operation<numbered_op<Number>> numbered{};
  const auto start = bench::clock::now();
  op::evaluate_into(compiled, std::tie(y), numbered(a, w));
  return std::chrono::duration<double, std::micro>(bench::clock::now() - start).count();
}

/// Microseconds until an expression that this process has never seen has given its first 1000 elements.
void first_result_of_new_expression(benchmark::State& state) {
  const std::size_t n = 1000;
  const op::array<float> a({n}, 2.0f), w({n}, 3.0f);
  op::array<float> y({n}, 0.0f);
  std::vector<double> times;
  for (auto _ : state) {
    [&]<int... Number>(std::integer_sequence<int, Number...>) {
      (times.push_back(first_result<Number>(a, w, y)), ...);
    }(std::make_integer_sequence<int, 16>{});
  }
  state.counters["first in process us"] = times.front();
  state.counters["others, median us"] = bench::median({times.begin() + 1, times.end()});
}

}  // namespace

BENCHMARK(first_result_of_new_expression)->Iterations(1);
BENCHMARK(warm_call_on_borrowed)->Arg(16)->Arg(1000)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(warm_call_on_arrays)->Arg(16)->Arg(1000)->UseManualTime()->Iterations(bench::turns);

BENCHMARK_MAIN();
