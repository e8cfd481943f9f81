// The cost of a call: warm calls on few elements, many of them as a batch, those that are planned, and the first result of
// an expression that was never seen.
#include <onepass/onepass.hpp>

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

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

/// A contender that does `items` of what is measured at once: its nanoseconds are those of one.
template <class F>
contender of_items(std::string name, std::size_t items, F f) {
  return {std::move(name), [f, items](std::size_t calls) {
            for (std::size_t done = 0; done < calls; done += items) {
              f();
              benchmark::ClobberMemory();
            }
          }};
}

/// Nanoseconds of an item: many short arrays, one call for each and one call for all.
void items_of_batch(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t items = 100;  // which stay in the cache
  using lists = std::vector<std::vector<float>>;
  const lists a(items, std::vector<float>(n, 2.0f)), w(items, std::vector<float>(n, 3.0f)), b(items, std::vector<float>(n, -1.0f));
  lists y(items, std::vector<float>(n, 0.0f));
  const auto expression = [](auto x, auto v, auto c) { return op::relu(x * v) + c; };
  const auto one_by_one = [&](const op::options& how) {
    for (std::size_t i = 0; i < items; ++i) {
      const auto view_of = [n](const std::vector<float>& elements) { return op::borrow(elements.data(), {n}); };
      auto to = op::borrow(y[i].data(), {n});
      op::evaluate_into(how, std::tie(to), expression(view_of(a[i]), view_of(w[i]), view_of(b[i])));
    }
  };
  const auto by_hand = [&] {
    for (std::size_t i = 0; i < items; ++i) hand::relu_affine(a[i].data(), w[i].data(), b[i].data(), y[i].data(), n);
  };
  bench::compare(state, {of_items("hand", items, by_hand),
                         of_items("views fused", items, [&] { one_by_one(fused); }),
                         of_items("views compiled", items, [&] { one_by_one(compiled); }),
                         of_items("batch fused", items, [&] { op::map_batch(fused, expression, y, a, w, b); }),
                         of_items("batch compiled", items, [&] { op::map_batch(compiled, expression, y, a, w, b); })});
}

/// A call that the core plans: rows of 16 elements times a column. A plan is used again as long as nothing has changed.
void planned_call(benchmark::State& state) {
  const op::array<float> a[] = {op::array<float>({4, 16}, 2.0f), op::array<float>({5, 16}, 2.0f)};
  const op::array<float> column[] = {op::array<float>({4, 1}, 3.0f), op::array<float>({5, 1}, 3.0f)};
  op::array<float> y[] = {op::array<float>({4, 16}, 0.0f), op::array<float>({5, 16}, 0.0f)};
  const auto call = [&](const op::options& how, std::size_t i) { op::evaluate_into(how, std::tie(y[i]), a[i] * column[i]); };
  const auto in_turns = [&](const op::options& how) {
    call(how, 0);
    call(how, 1);
  };
  bench::compare(state, {contender::of("compiled", [&] { call(compiled, 0); }),
                         contender::of("fused", [&] { call(fused, 0); }),
                         of_items("compiled, other shapes", 2, [&] { in_turns(compiled); }),
                         of_items("fused, other shapes", 2, [&] { in_turns(fused); })});
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
BENCHMARK(items_of_batch)->Arg(64)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(planned_call)->UseManualTime()->Iterations(bench::turns);
BENCHMARK(warm_call_on_arrays)->Arg(16)->Arg(1000)->UseManualTime()->Iterations(bench::turns);

BENCHMARK_MAIN();
