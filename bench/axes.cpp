// Speed of reductions along axes and of row programs: against the sum of the same elements over everything, against
// Eigen's, and rows against the exponential function of every element alone.
#include <onepass/onepass.hpp>

#include <numeric>

#include <Eigen/Core>

#include "comparison.hpp"

namespace {

namespace op = onepass;
using bench::contender;

op::array<float> some_values(const op::extents& shape) {
  op::array<float> made(shape);
  std::uint32_t state = 1;
  for (float& x : made) x = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-24f;
  return made;
}

using matrix = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// The sum along one axis of a matrix.
void sum_along(benchmark::State& state, int axis) {
  const std::int64_t rows = state.range(0), columns = state.range(1);
  const op::array<float> held = some_values({rows, columns});
  const op::view<const float> x = op::borrow(held.data(), {rows, columns});
  op::array<float> ours = op::evaluate(op::sum(x, op::axis{axis}));
  Eigen::Array<float, 1, Eigen::Dynamic> theirs(ours.size());
  const matrix theirs_x(held.data(), rows, columns);
  const op::options how{.threads = 1};
  bench::compare(state, {contender::of("all", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::sum(x))); }),
                         contender::of("axis", [&] { op::evaluate_into(how, std::tie(ours), op::sum(x, op::axis{axis})); }),
                         contender::of("eigen", [&] {
                           if (axis == 0) {
                             theirs = theirs_x.colwise().sum();
                           } else {
                             theirs = theirs_x.rowwise().sum().transpose();
                           }
                         })});
}
void sum_axis_0(benchmark::State& state) { sum_along(state, 0); }
void sum_axis_1(benchmark::State& state) { sum_along(state, 1); }

/// The middle axis of three.
void sum_middle_axis(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const op::array<float> x = some_values({n, n, n});
  op::array<float> y = op::evaluate(op::sum(x, op::axis{1}));
  const op::options how{.threads = 1};
  bench::compare(state, {contender::of("all", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::sum(x))); }),
                         contender::of("axis", [&] { op::evaluate_into(how, std::tie(y), op::sum(x, op::axis{1})); })});
}

/// The cumulative sum along one axis of a matrix, against a loop that adds one element after another, or row after row.
void scan_along(benchmark::State& state, int axis) {
  const auto rows = static_cast<std::size_t>(state.range(0)), columns = static_cast<std::size_t>(state.range(1));
  const op::array<float> x = some_values({state.range(0), state.range(1)});
  op::array<float> y(x.shape()), by_hand(x.shape());
  const op::options how{.threads = 1};
  const auto loop = [&] {
    const float* from = x.data();
    float* to = by_hand.data();
    for (std::size_t row = 0; row < rows; ++row, from += columns, to += columns) {
      if (axis == 1) {
        std::partial_sum(from, from + columns, to);
      } else if (row == 0) {
        std::copy_n(from, columns, to);
      } else {
        for (std::size_t column = 0; column < columns; ++column) to[column] = to[column - columns] + from[column];
      }
    }
  };
  bench::compare(state, {contender::of("loop", loop),
                         contender::of("axis", [&] { op::evaluate_into(how, std::tie(y), op::cumulative_sum(x, op::axis{axis})); }),
                         contender::of("map", [&] { op::evaluate_into(how, std::tie(y), x + 1.0f); })});
}
void scan_axis_0(benchmark::State& state) { scan_along(state, 0); }
void scan_axis_1(benchmark::State& state) { scan_along(state, 1); }

/// Statistics of everything.
void statistics(benchmark::State& state) {
  const op::array<float> x = some_values({state.range(0)});
  const op::options how{.threads = 1};
  bench::compare(state, {contender::of("sum", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::sum(x))); }),
                         contender::of("mean", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::mean(x))); }),
                         contender::of("variance", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::variance(x))); }),
                         contender::of("argmax", [&] { benchmark::DoNotOptimize(op::evaluate(how, op::argmax(x))); }),
                         contender::of("four", [&] {
                           benchmark::DoNotOptimize(op::evaluate(how, op::sum(x), op::min(x), op::max(x), op::sum(x * x)));
                         })});
}

/// Row programs of rows of 1000 elements.
void rows(benchmark::State& state) {
  const op::extents shape{state.range(0), 1000};
  const op::array<float> x = some_values(shape), scale = some_values({1000}), shift = some_values({1000});
  op::array<float> y(shape);
  Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> e(state.range(0), 1000);
  const matrix theirs(x.data(), state.range(0), 1000);
  const op::options how{.threads = 1};
  bench::compare(state, {contender::of("exp", [&] { op::evaluate_into(how, std::tie(y), op::exp(x)); }),
                         contender::of("softmax", [&] { op::evaluate_into(how, std::tie(y), op::softmax(x)); }),
                         contender::of("eigen_softmax", [&] {
                           e = (theirs.colwise() - theirs.rowwise().maxCoeff()).exp();
                           e.colwise() *= e.rowwise().sum().inverse().eval();
                         }),
                         contender::of("layer_norm", [&] { op::evaluate_into(how, std::tie(y), op::layer_norm(x, scale, shift)); }),
                         contender::of("eigen_layer_norm", [&] {
                           e = theirs.colwise() - theirs.rowwise().mean().eval();
                           e.colwise() *= (e.square().rowwise().mean() + 1e-5f).rsqrt().eval();
                         })});
}

void in_turns(benchmark::internal::Benchmark* made) { made->UseManualTime()->Iterations(bench::turns); }
void with_matrices(benchmark::internal::Benchmark* made) {
  using shape = std::vector<std::int64_t>;
  for (const shape& s : {shape{100, 100}, {1000, 1000}, {3000, 3000}, {1'000'000, 3}, {100, 100'000}, {100'000, 100}}) made->Args(s);
  in_turns(made);
}

}  // namespace

BENCHMARK(sum_axis_0)->Apply(with_matrices);
BENCHMARK(sum_axis_1)->Apply(with_matrices);
BENCHMARK(sum_middle_axis)->Arg(30)->Arg(100)->Arg(300)->Apply(in_turns);
BENCHMARK(scan_axis_0)->Args({1000, 1000})->Args({3000, 3000})->Apply(in_turns);
BENCHMARK(scan_axis_1)
    ->Args({1, 1000})->Args({1, 100'000})->Args({1, 10'000'000})->Args({1000, 1000})->Args({1'000'000, 3})->Args({100'000, 100})
    ->Apply(in_turns);
BENCHMARK(statistics)->Arg(1000)->Arg(100'000)->Arg(10'000'000)->Apply(in_turns);
BENCHMARK(rows)->Arg(10)->Arg(100)->Arg(4000)->Apply(in_turns);

BENCHMARK_MAIN();
