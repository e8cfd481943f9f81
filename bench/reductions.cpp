// Speed of reductions over everything: the fixed order of joining against loops that may join in any order, written
// plainly or with Eigen, on one thread and on two. The reference divides its elements among as many threads.
#include <onepass/onepass.hpp>

#include <utility>

#include <tbb/parallel_for.h>

#include "comparison.hpp"
#include "free_loops.hpp"

namespace {

namespace op = onepass;
using bench::contender;

/// Values between 0 and 1 that repeat only after a long time.
op::array<float> some_values(std::size_t n, std::uint32_t state) {
  op::array<float> made({n});
  for (float& x : made) x = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-24f;
  return made;
}

/// Two operands of a reduction: the others' loops get their addresses, ours what is borrowed from there.
struct operands {
  std::size_t n;
  op::array<float> held_a = some_values(n, 1), held_b = some_values(n, 2);
  op::view<const float> a = op::borrow(std::as_const(held_a).data(), {n}), b = op::borrow(std::as_const(held_b).data(), {n});
};

/// A loop of somebody else's on one part of the elements for each thread; what the parts give is added up.
template <class Loop>
float in_parts(Loop loop, const operands& of, int threads) {
  if (threads == 1) return loop(of.a.data(), of.b.data(), of.n);
  float part[2];
  tbb::parallel_for(0, 2, [&](int i) {
    const std::size_t first = of.n / 2 * static_cast<std::size_t>(i), count = i == 0 ? of.n / 2 : of.n - of.n / 2;
    part[i] = loop(of.a.data() + first, of.b.data() + first, count);
  }, tbb::static_partitioner{});
  return part[0] + part[1];
}

template <class Expression, class Plain, class Eigen>
void compare(benchmark::State& state, Expression expression, Plain plain, Eigen eigen) {
  const operands of{static_cast<std::size_t>(state.range(0))};
  const int threads = static_cast<int>(state.range(1));
  const auto evaluated = [&](op::engine engine) {
    return [&, how = op::options{.engine = engine, .threads = threads}] {
      benchmark::DoNotOptimize(op::evaluate(how, expression(of.a, of.b)));
    };
  };
  bench::compare(state, {contender::of("plain", [&] { benchmark::DoNotOptimize(in_parts(plain, of, threads)); }),
                         contender::of("eigen", [&] { benchmark::DoNotOptimize(in_parts(eigen, of, threads)); }),
                         contender::of("fused", evaluated(op::engine::fused)),
                         contender::of("compiled", evaluated(op::engine::compiled))});
}

void sum(benchmark::State& state) {
  compare(state, [](const auto& a, const auto&) { return op::sum(a); },
          [](const float* a, const float*, std::size_t n) { return free_order::sum(a, n); },
          [](const float* a, const float*, std::size_t n) { return free_order::eigen::sum(a, n); });
}

void dot(benchmark::State& state) {
  compare(state, [](const auto& a, const auto& b) { return op::sum(a * b); }, free_order::dot, free_order::eigen::dot);
}

void squared_distance(benchmark::State& state) {
  compare(state, [](const auto& a, const auto& b) { return op::sum((a - b) * (a - b)); }, free_order::squared_distance,
          free_order::eigen::squared_distance);
}

void max(benchmark::State& state) {
  compare(state, [](const auto& a, const auto&) { return op::max(a); },
          [](const float* a, const float*, std::size_t n) { return free_order::max(a, n); },
          [](const float* a, const float*, std::size_t n) { return free_order::eigen::max(a, n); });
}

/// Several reductions of the same elements together, against one of them alone.
void three_against_sum(benchmark::State& state) {
  const operands of{static_cast<std::size_t>(state.range(0))};
  const op::options how{.threads = static_cast<int>(state.range(1))};
  const auto& a = of.a;
  float of_loop[3];
  bench::compare(state, {contender::of("sum", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::sum(a))); }),
                         contender::of("three", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::sum(a), op::max(a), op::sum(a * a))); }),
                         contender::of("plain", [&] { free_order::three(a.data(), of.n, of_loop); })});
}

const std::vector<std::vector<std::int64_t>> sizes_and_threads = {{1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000}, {1, 2}};

void with_sizes(benchmark::internal::Benchmark* made) { made->ArgsProduct(sizes_and_threads)->UseManualTime()->Iterations(bench::turns); }

}  // namespace

BENCHMARK(sum)->Apply(with_sizes);
BENCHMARK(dot)->Apply(with_sizes);
BENCHMARK(squared_distance)->Apply(with_sizes);
BENCHMARK(max)->Apply(with_sizes);
BENCHMARK(three_against_sum)->Apply(with_sizes);

BENCHMARK_MAIN();
