// The time from an expression to machine code in memory, without mapping it as executable: tracing, cutting into
// stages, lowering, choosing registers, encoding.
#include <onepass/onepass.hpp>
#include <onepass/plan/cut.hpp>

#include <string_view>

#include "compiler.hpp"
#include "comparison.hpp"

namespace {

namespace op = onepass;
using bench::contender;

/// A chain of instructions of several kinds, with literals among them.
template <int Instructions>
struct chain_op {
  static constexpr std::string_view name = "chain";
  template <op::floating_value V>
  static V body(V a, V w) {
    V x = a;
    for (int i = 0; i < Instructions; ++i) {
      const int kind = i % 5;
      const float number = 1.5f + static_cast<float>(i / 40);
      x = kind == 0 ? x * w : kind == 1 ? x + a : kind == 2 ? op::prim::min(x, w) : kind == 3 ? op::prim::fma(x, w, a) : x * number;
    }
    return x;
  }
};

struct stages {
  op::program written;
  op::cut into;
};

template <class E>
stages trace_and_cut() {
  static constexpr std::uint32_t slots[] = {0, 1};
  static constexpr std::uint32_t classes[] = {0};
  stages made;
  op::trace<E>(made.written, slots);
  op::program whole = std::move(made.written).without_dead_code();
  made.into = op::cut_program(whole, {2, 0}, classes);
  return made;
}

template <int Instructions>
void emission(benchmark::State& state) {
  const op::array<float> a({1}, 1.0f), w({1}, 1.0f);
  const auto e = op::operation<chain_op<Instructions>>{}(a, w);
  using E = std::remove_const_t<decltype(e)>;
  const stages made = trace_and_cut<E>();
  const op::stage& only = made.into.passes.at(0).stages.at(0);
  op::jit::target avx512{.set = op::isa::avx512, .stays = {false, false}}, avx2{.set = op::isa::avx2, .stays = {false, false}};
  bench::compare(state, {contender::of("trace and cut", [&] { benchmark::DoNotOptimize(trace_and_cut<E>()); }),
                         contender::of("compile avx512", [&] { benchmark::DoNotOptimize(op::jit::compile(only.code, avx512)); }),
                         contender::of("compile avx2", [&] { benchmark::DoNotOptimize(op::jit::compile(only.code, avx2)); }),
                         contender::of("all", [&] {
                           const stages fresh = trace_and_cut<E>();
                           benchmark::DoNotOptimize(op::jit::compile(fresh.into.passes[0].stages[0].code, avx512));
                         })});
  state.counters["instructions"] = static_cast<double>(only.code.size());
  state.counters["bytes"] = static_cast<double>(op::jit::compile(only.code, avx512).bytes.size());
}

}  // namespace

BENCHMARK_TEMPLATE(emission, 20)->UseManualTime()->Iterations(bench::turns);
BENCHMARK_TEMPLATE(emission, 80)->UseManualTime()->Iterations(bench::turns);

BENCHMARK_MAIN();
