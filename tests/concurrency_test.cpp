// Many threads at once: the same expressions for the first time, different ones, shared operands, copies that come and
// go. Results have the bits that one thread gets.
//
// What this shows best it shows in a build with ONEPASS_SANITIZER=thread.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "prepared.hpp"
#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr int thread_count = 8;

/// Calls f(thread) on eight threads that begin together.
template <class F>
void on_all_threads(F&& f) {
  std::latch start(thread_count);
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      f(t);
    });
  }
  for (std::thread& t : threads) t.join();
}

array<float> samples(std::size_t count, std::uint64_t seed) { return array<float>::from(random_values<float>(count, seed)); }

template <class T>
bool same(const array<T>& a, const array<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same_bits(a.data()[i], b.data()[i])) return false;
  }
  return true;
}

template <class E>
[[gnu::noinline]] auto evaluate_here(const options& how, const E& e) {
  return evaluate(how, e);
}

/// All threads evaluate e in all ways, beginning with different ones; then one thread alone says what is right.
template <class E>
void check_together(const E& e) {
  using result = typename E::element_type;
  const std::vector<options> ways = all_ways();
  std::vector<array<result>> results[thread_count];
  on_all_threads([&](int t) {
    for (std::size_t w = 0; w < ways.size(); ++w) results[t].push_back(evaluate_here(ways[(w + static_cast<std::size_t>(t)) % ways.size()], e));
  });
  const array<result> alone = evaluate_here(options{.engine = engine::interpreted}, e);
  for (const auto& of_thread : results) {
    for (const array<result>& r : of_thread) EXPECT_TRUE(same(r, alone));
  }
}

TEST(Concurrency, FirstEvaluationsOfOneExpressionGiveTheSameBits) {
  const array<float> x = samples(3001, 1), y = samples(3001, 2);
  check_together(op::relu(x * y) + x);
  check_together(op::exp(x) <= y);
  check_together(op::cast<std::int32_t>(x + 0.5f));
}

TEST(Concurrency, FirstEvaluationsOfRowsAndFoldsGiveTheSameBits) {
  array<float> x({30, 100});
  const array<float> values = samples(3000, 3);
  std::copy(values.begin(), values.end(), x.begin());
  check_together(op::softmax(x));
  check_together(op::sum(x, op::axis{-1}));
  check_together(x * op::transpose(op::transpose(x)));
}

/// A site that knows nothing yet, for x * number + x; the number makes the program, so the kernel, new.
struct cold_site {
  site remembered{};
  std::uint64_t number = 0;
  ~cold_site() {
    for (prepared* at = remembered.known; at != nullptr;) delete std::exchange(at, at->next);
    for (quick_kernel* at = remembered.quick; at != nullptr;) delete std::exchange(at, at->next);
  }

  void evaluate(const options& how, const array<float>& x, array<float>& y) {
    const source from{x.data(), dtype::f32, x.layout(), x.held().get()};
    destination to{destination::place::array, dtype::f32};
    to.held = &y.held();
    to.where = layout(x.shape());
    request what{};
    what.remembered = &remembered;
    what.trace = [](program& written, const std::uint32_t* slots, const void* number) {
      const value_id x = written.input(slots[0], dtype::f32);
      const value_id factor = written.literal(dtype::f32, *static_cast<const std::uint64_t*>(number));
      const value_id product = written.append({opcode::mul, dtype::f32, {x, factor, 0}});
      written.store(1, written.append({opcode::add, dtype::f32, {product, x, 0}}));
    };
    what.context = &number;
    what.sources = &from;
    what.source_count = 1;
    what.destinations = &to;
    what.destination_count = 1;
    evaluate_request(how, what);
  }
};

// Often, because each race is short: eight threads meet at one new site after another.
TEST(Concurrency, FirstEvaluationsMeetAtManySites) {
  constexpr std::size_t rounds = 60;
  const array<float> x({1000}, 2.0f);
  const std::vector<options> ways = core_ways();
  std::deque<cold_site> sites(rounds);
  for (std::size_t i = 0; i < rounds; ++i) sites[i].number = to_bits(static_cast<float>(i) + 1000);
  std::atomic<int> wrong = 0;
  std::atomic<std::size_t> arrived = 0;
  on_all_threads([&](int t) {
    for (std::size_t i = 0; i < rounds; ++i) {
      ++arrived;
      while (arrived < (i + 1) * thread_count) std::this_thread::yield();
      array<float> y;
      sites[i].evaluate(ways[(i + static_cast<std::size_t>(t)) % ways.size()], x, y);
      wrong += std::as_const(y)(0) != 2 * (static_cast<float>(i) + 1000) + 2;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Concurrency, DifferentExpressionsDoNotDisturbEachOther) {
  const array<float> x = samples(5000, 4), y = samples(5000, 5);
  const array<double> d = evaluate(op::cast<double>(x) * 0.5);
  std::atomic<int> wrong = 0;
  const array<float> sums = x + y, products = x * y;
  const array<double> scaled = d * 3;
  const array<bool> compared = x < y;
  const float total = evaluate(op::sum(x));
  on_all_threads([&](int t) {
    for (int round = 0; round < 100; ++round) {
      switch ((t + round) % 5) {
        case 0: wrong += !same(array<float>(x + y), sums); break;
        case 1: wrong += !same(array<float>(x * y), products); break;
        case 2: wrong += !same(array<double>(d * 3), scaled); break;
        case 3: wrong += !same(array<bool>(x < y), compared); break;
        case 4: wrong += !same_bits(evaluate(op::sum(x)), total); break;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

// Each thread copies what all share, writes its copy, lets expressions outlive it, and drops everything.
TEST(Concurrency, CopiesComeAndGoWithoutChangingTheOriginal) {
  const array<float> original({1000}, 1.0f);
  const auto shared = original * 2;
  std::atomic<int> wrong = 0;
  on_all_threads([&](int t) {
    for (int round = 0; round < 300; ++round) {
      array<float> mine = original;
      const auto kept = mine + shared;
      mine(t) = 100;
      mine = mine * 2 + original;
      wrong += std::as_const(mine)(t) != 201 || std::as_const(mine)(999) != 3;
      const array<float> sum = kept;
      wrong += sum(t) != 3 || original(t) != 1;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(original.held().get()->references.value(), 2);  // itself and `shared`
}

TEST(Concurrency, AssignmentsToDifferentPartsOfBorrowedMemoryAreIndependent) {
  constexpr std::size_t each = 1001;  // not whole cache lines
  const array<float> x({each}, 3.0f);
  std::vector<float> memory(each * thread_count, 0.0f);
  on_all_threads([&](int t) {
    auto mine = borrow(memory.data() + static_cast<std::size_t>(t) * each, {each});
    for (const options& how : all_ways()) evaluate_into(how, std::tie(mine), x * static_cast<float>(t));
  });
  for (std::size_t i = 0; i < memory.size(); ++i) ASSERT_EQ(memory[i], 3 * static_cast<float>(i / each)) << i;
}

// Evaluations that themselves use several threads, at once.
TEST(Concurrency, EvaluationsOnSeveralThreadsEachShareThem) {
  const array<float> x({600'000}, 0.1f);
  const auto e = op::sum(op::sqrt(x) * 0.3f);
  const float alone = evaluate(options{.engine = engine::interpreted, .threads = 1}, e);
  std::atomic<int> wrong = 0;
  on_all_threads([&](int) {
    for (const options& how : all_ways(2)) {
      wrong += !same_bits(evaluate(how, e), alone);
      const array<float> y = evaluate_here(how, x * 2.0f);
      wrong += y(0) != 0.2f || y(599'999) != 0.2f;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Concurrency, ExplanationsAndStatisticsMayBeAskedForMeanwhile) {
  const array<float> x({100}, 2.0f);
  std::atomic<int> wrong = 0;
  on_all_threads([&](int t) {
    for (int round = 0; round < 20; ++round) {
      if (t % 2 == 0) wrong += explain(x / 3).passes != 1;
      if (t % 2 != 0) wrong += array<float>(x / 3)(5) != 2.0f / 3;
      wrong += capabilities().threads < 1;
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace onepass::testing
