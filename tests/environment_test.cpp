// The surroundings of an evaluation: the caller's floating-point environment, threads, caps on instruction sets.
//
// None of them may change a bit of a result, and an evaluation leaves all of them as they were.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- the floating-point environment ---------------------------------------------------------------------------------

constexpr unsigned status_flags = 0x3f;

struct foreign_environment {
  const char* name;
  unsigned control;
};

/// Preset 0x1f80 is: all exceptions masked, nearest even. DAZ is 0x40, FTZ 0x8000, rounding modes 0x6000.
constexpr foreign_environment environments[] = {
    {"preset", 0x1f80},         {"flush", 0x1f80 | 0x8040}, {"flush results", 0x1f80 | 0x8000},    {"flush operands", 0x1f80 | 0x40},
    {"down", 0x1f80 | 0x2000},  {"up", 0x1f80 | 0x4000},    {"towards zero", 0x1f80 | 0x6000},     {"flags are set", 0x1f80 | 0x3f},
    {"traps", 0x0000},          {"traps, up", 0x4000},      {"down and flush", 0x1f80 | 0x2000 | 0x8040},
};

/// Calls f in an environment; true if the control register, status flags included, is the same afterwards.
template <class F>
bool keeps_environment(unsigned control, F&& f) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(control);
  f();
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  return after == control;
}

/// Magnitudes at which rounding and flushing show.
array<float> sensitive_values() {
  std::vector<float> values;
  for (const float v : edge_values<float>()) values.push_back(v);
  for (const float v : random_values<float>(5000, 3)) values.push_back(v);
  for (int i = 1; i < 200; ++i) values.push_back(static_cast<float>(i) * 1e-45f);
  return array<float>::from(values);
}

template <class T>
std::string difference(const array<T>& got, const array<T>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!same_bits(std::as_const(got).data()[i], std::as_const(expected).data()[i])) {
      return "element " + std::to_string(i) + " is " + shown(std::as_const(got).data()[i]) + ", not " + shown(std::as_const(expected).data()[i]);
    }
  }
  return {};
}

/// The only place where E is evaluated: loops are inlined, and many copies of them take long to compile.
template <class E>
[[gnu::noinline]] void evaluate_here(const options& how, array<typename E::element_type>& y, const E& e) {
  evaluate_into(how, std::tie(y), e);
}

/// Evaluates twice in every environment and way: to a new array, and on the quick way. The first time of all, when the
/// program is traced, is in a foreign environment too.
template <class E>
void check_environments(const E& e) {
  using result = typename E::element_type;
  array<result> first_of_all, expected;
  EXPECT_TRUE(keeps_environment(0x1f80 | 0x4000 | 0x8040, [&] { evaluate_here({}, first_of_all, e); }));
  evaluate_here(options{.engine = engine::interpreted}, expected, e);
  EXPECT_EQ(difference(first_of_all, expected), "") << "for the first time";
  for (const options& how : all_ways()) {
    for (const foreign_environment& at : environments) {
      array<result> y, z(expected.shape());
      const bool kept = keeps_environment(at.control, [&] {
        evaluate_here(how, y, e);
        evaluate_here(how, z, e);
      });
      EXPECT_TRUE(kept) << to_string(how) << ", " << at.name;
      EXPECT_EQ(difference(y, expected), "") << to_string(how) << ", " << at.name;
      EXPECT_EQ(difference(z, expected), "") << to_string(how) << ", " << at.name << ", warm";
    }
  }
}

TEST(Environment, OfTheCallerNeitherMattersNorChangesForElements) {
  const array<float> x = sensitive_values();
  check_environments(x * 0.3f + x);
  check_environments(op::exp(x) / 3);
  check_environments(op::cast<float>(op::round(op::cast<double>(x) * 0.7)));
  check_environments(x <= 1e-42f);
}

TEST(Environment, OfTheCallerNeitherMattersNorChangesForRowsAndFolds) {
  const array<float> x({8, 1000}, 0.1f);
  check_environments(op::softmax(x));
  check_environments(op::sum(x, op::axis{-1}));
  check_environments(op::transpose(x) * 1e-44f);
}

TEST(Environment, OfTheCallerNeitherMattersNorChangesForNumbers) {
  const array<float> x({100000}, 0.1f);
  const auto e = op::sum(x * 1.1f);
  const float expected = evaluate(options{.engine = engine::interpreted}, e);
  for (const options& how : all_ways(0)) {
    for (const foreign_environment& at : environments) {
      for (const char* const time : {"first", "second"}) {
        float got = 0;
        EXPECT_TRUE(keeps_environment(at.control, [&] { got = evaluate(how, e); })) << to_string(how) << ", " << at.name << ", " << time;
        EXPECT_TRUE(same_bits(got, expected)) << to_string(how) << ", " << at.name << ", " << time << ": " << shown(got);
      }
    }
  }
}

// A number beside arrays of f32 is rounded to f32 when the expression is built.
TEST(Environment, OfTheCallerDoesNotMatterForNumbersBesideArrays) {
  const array<float> x({3}, 1.0f);
  volatile double tenth = 0.1, subnormal = 1e-40;
  const float expected[] = {static_cast<float>(tenth), static_cast<float>(subnormal)};
  for (const foreign_environment& at : environments) {
    if ((at.control & 0x1f80) != 0x1f80) continue;  // the conversion is inexact: it may trap
    array<float> y, z;
    keeps_environment(at.control, [&] {
      evaluate_here({}, y, x * tenth);
      evaluate_here({}, z, op::minimum(x, subnormal));
    });
    EXPECT_TRUE(same_bits(y(0), expected[0])) << at.name << ": " << shown(y(0));
    EXPECT_TRUE(same_bits(z(0), expected[1])) << at.name << ": " << shown(z(0));
  }
}

// --- threads --------------------------------------------------------------------------------------------------------

/// Elements that are worth more than one thread.
constexpr std::int64_t many = 4'000'000;

/// Counts the threads that enter an arena. (Slots of an arena are entered lazily: so the most that were in it at once.)
class arena_watcher : public tbb::task_scheduler_observer {
 public:
  explicit arena_watcher(tbb::task_arena& arena) : tbb::task_scheduler_observer(arena) { observe(true); }
  ~arena_watcher() override { observe(false); }
  void on_scheduler_entry(bool is_worker) override {
    if (is_worker) workers.fetch_add(1);
  }
  std::atomic<int> workers = 0;
};

class Threads : public ::testing::Test {
 protected:
  // As many threads as the tests need, however few processors there are.
  tbb::global_control enough{tbb::global_control::max_allowed_parallelism, 4};
  array<float> x{{many}, 0.5f};
  array<float> y{{many}, 0.0f};
  /// All elements times 2, on at most so many threads.
  void double_all(int threads) { evaluate_here(options{.engine = engine::interpreted, .threads = threads}, y, x * 2.0f); }
  bool is_doubled() const { return std::all_of(std::as_const(y).begin(), std::as_const(y).end(), [](float v) { return v == 1.0f; }); }
};

TEST_F(Threads, AreThoseOfTheCallersArena) {
  ASSERT_GT(explain(options{.engine = engine::interpreted, .threads = 2}, x * 2.0f).threads, 1);
  tbb::task_arena of_caller(3), other(3);
  arena_watcher mine(of_caller), not_mine(other);
  for (int i = 0; i < 50 && mine.workers == 0; ++i) of_caller.execute([&] { double_all(3); });
  EXPECT_GT(mine.workers, 0);
  EXPECT_EQ(not_mine.workers, 0);
  EXPECT_TRUE(is_doubled());
}

TEST_F(Threads, AreNoMoreThanTheArenaHas) {
  tbb::task_arena alone(1);
  arena_watcher watcher(alone);
  for (int i = 0; i < 5; ++i) alone.execute([&] { double_all(4); });
  EXPECT_EQ(watcher.workers, 0);
  EXPECT_TRUE(is_doubled());
}

TEST_F(Threads, AreTheCallingOneAloneIfOneIsAskedFor) {
  tbb::task_arena of_caller(3);
  arena_watcher watcher(of_caller);
  for (int i = 0; i < 20; ++i) of_caller.execute([&] { double_all(1); });
  EXPECT_EQ(watcher.workers, 0);
  EXPECT_EQ(explain(options{.threads = 1}, x * 2.0f).threads, 1);
  EXPECT_TRUE(is_doubled());
}

TEST_F(Threads, AreTheCallingOneAloneForSmallWork) {
  tbb::task_arena of_caller(3);
  arena_watcher watcher(of_caller);
  const array<float> small({1000}, 0.5f);
  array<float> result({1000});
  for (const options& how : all_ways(0)) {
    EXPECT_EQ(explain(how, small * 2.0f).threads, 1) << to_string(how);
    for (int i = 0; i < 100; ++i) of_caller.execute([&] { evaluate_here(how, result, small * 2.0f); });
  }
  EXPECT_EQ(watcher.workers, 0);
}

/// Gives threads that enter an arena an environment of their own, and counts those that do not have it when they leave.
class flushing_threads : public tbb::task_scheduler_observer {
 public:
  explicit flushing_threads(tbb::task_arena& arena) : tbb::task_scheduler_observer(arena) { observe(true); }
  ~flushing_threads() override { observe(false); }
  void on_scheduler_entry(bool) override {
    was = _mm_getcsr();
    _mm_setcsr(foreign);
  }
  void on_scheduler_exit(bool) override {
    if ((_mm_getcsr() & ~status_flags) != foreign) ++changed;
    _mm_setcsr(was);
  }
  std::atomic<int> changed = 0;

 private:
  static constexpr unsigned foreign = 0x1f80 | 0x8040 | 0x4000;
  static inline thread_local unsigned was = 0x1f80;
};

// Workers have environments of their own: each has to compute in the default one, and get its own back.
TEST_F(Threads, ComputeInTheDefaultEnvironmentAndKeepTheirOwn) {
  const array<float> tiny({many}, 3e-45f);
  for (const options& how : all_ways(3)) {
    array<float> expected;
    evaluate_here(options{.engine = engine::interpreted, .threads = 1}, expected, tiny * 1.1f + 1e-41f);
    tbb::task_arena of_caller(3);
    flushing_threads observer(of_caller);
    of_caller.execute([&] { evaluate_here(how, y, tiny * 1.1f + 1e-41f); });
    EXPECT_EQ(difference(y, expected), "") << to_string(how);
    EXPECT_EQ(observer.changed, 0) << to_string(how);
  }
}

// --- caps on instruction sets ---------------------------------------------------------------------------------------

TEST(Cap, ByOptionIsKept) {
  const machine_capabilities here = capabilities();
  const array<float> x({100}, 2.0f);
  for (const isa set : {isa::baseline, isa::avx2, isa::avx512}) {
    const explanation made = explain(options{.engine = engine::compiled, .isa = set}, op::sqrt(x));
    EXPECT_EQ(made.isa, std::min(set, here.active));
    EXPECT_EQ(made.engine, made.isa >= isa::avx2 && here.can_generate_code ? engine::compiled : engine::interpreted);
    array<float> y;
    evaluate_here(options{.engine = engine::compiled, .isa = set}, y, op::sqrt(x));
    EXPECT_EQ(y(0), std::sqrt(2.0f));
  }
}

TEST(Cap, ByEnvironmentHoldsForEveryEngineOfTheCore) {
  const machine_capabilities here = capabilities();
  EXPECT_LE(here.active, here.detected);
  const array<float> x({100}, 2.0f);
  for (const engine e : {engine::compiled, engine::interpreted}) EXPECT_LE(explain(options{.engine = e}, x + 1).isa, here.active);
  // Loops of the translation unit are the exception: they are the user's own code.
  EXPECT_EQ(explain(options{.engine = engine::fused}, x + 1).isa, target_isa);
}

TEST(Cap, ByEnvironmentDecidesWhatAutomaticMeans) {
  const machine_capabilities here = capabilities();
  const array<float> x({100}, 2.0f);
  const explanation made = explain(x + 1);
  if (here.active == isa::baseline || !here.can_generate_code) {
    EXPECT_EQ(made.engine, engine::interpreted);
  } else {
    EXPECT_EQ(made.engine, target_isa == here.active ? engine::fused : engine::compiled);
  }
}

// The environment variable is read once in a process, and before main() in this one: so other values take a process of
// their own, which evaluates something before its main(), says what came of it, and ends.

constexpr const char* child_mark = "ONEPASS_ENVIRONMENT_TEST_CHILD";

[[maybe_unused]] const bool is_no_child = [] {
  if (std::getenv(child_mark) == nullptr) return true;
  try {
    const array<float> x({100}, 2.0f);
    const array<float> y = x + 1;
    std::printf("evaluated %g", static_cast<double>(y(0)));
  } catch (const value_error& problem) {
    std::printf("value_error: %s", problem.what());
  }
  std::exit(0);
}();

/// What such a process says.
std::string said_under(const std::string& cap) {
  const std::string command = "ONEPASS_ISA='" + cap + "' " + child_mark + "=1 /proc/" + std::to_string(getpid()) + "/exe";
  std::FILE* const child = popen(command.c_str(), "r");
  if (child == nullptr) return "cannot start";
  char text[1000];
  const std::size_t length = std::fread(text, 1, sizeof text, child);
  pclose(child);
  return {text, length};
}

TEST(Cap, ThatIsUnknownIsAnErrorThatNamesTheKnownOnes) {
  for (const std::string cap : {"avx3", "AVX2", "avx512 "}) {
    const std::string said = said_under(cap);
    EXPECT_EQ(said.rfind("value_error", 0), 0u) << said;
    const std::string parts[] = {"ONEPASS_ISA", "'" + cap + "'", "baseline", "avx2", "avx512"};
    for (const std::string& part : parts) {
      EXPECT_NE(said.find(part), std::string::npos) << said;
    }
  }
}

TEST(Cap, ThatIsEmptyOrWiderThanTheMachineIsNone) {
  EXPECT_EQ(said_under(""), "evaluated 3");
  EXPECT_EQ(said_under("avx512"), "evaluated 3");
  EXPECT_EQ(said_under("baseline"), "evaluated 3");
}

}  // namespace
}  // namespace onepass::testing
