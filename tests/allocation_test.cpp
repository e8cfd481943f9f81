// What the library allocates: one block for a result, nothing else once it is warm; and what running out of memory
// leaves behind: nothing.
//
// The global operator new of this program counts, and can be told to fail.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "prepared.hpp"
#include "same_bits.hpp"
#include "ways.hpp"

namespace {

std::atomic<std::size_t> allocations = 0;
std::atomic<std::ptrdiff_t> living = 0;
std::atomic<std::size_t> of_other_threads = 0;  ///< allocations of all threads but that of the tests
thread_local bool is_of_the_tests = false;
std::atomic<std::ptrdiff_t> until_failure = -1;  ///< allocations that still succeed; negative: all

void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
  if (until_failure >= 0 && until_failure-- == 0) {
    until_failure = 0;  // and so do all after it
    return nullptr;
  }
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) return nullptr;
  ++allocations;
  if (!is_of_the_tests) ++of_other_threads;
  ++living;
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) --living;
  std::free(memory);
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const memory = allocate(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

// clang-format off
void* operator new(std::size_t bytes) { return allocate_or_throw(bytes, usual); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes, usual); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return allocate_or_throw(bytes, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return allocate_or_throw(bytes, static_cast<std::size_t>(alignment)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes, usual); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes, usual); }
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
// clang-format on

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// How many allocations f makes.
template <class F>
std::size_t allocations_in(F&& f) {
  const std::size_t before = allocations;
  f();
  return allocations - before;
}

/// The same for a second time and later: the first may have to find out things.
template <class F>
std::size_t warm_allocations_in(F&& f) {
  f();
  f();
  return allocations_in(f);
}

/// Elements for the quick ways, and for the core's own loops.
constexpr std::int64_t few = 100, many = 300'000;

// --- arrays ---------------------------------------------------------------------------------------------------------

TEST(Allocation, IsOneForAnArray) {
  const std::vector<float> values(10, 1.0f);
  EXPECT_EQ(allocations_in([] { array<float> a({100}); }), 1u);
  EXPECT_EQ(allocations_in([] { array<double> a({3, 4, 5, 6, 7}, 0.5); }), 1u);
  EXPECT_EQ(allocations_in([] { array<bool> a(extents{}); }), 1u);
  EXPECT_EQ(allocations_in([&] { (void)array<float>::from(values); }), 1u);
  EXPECT_EQ(allocations_in([] { array<float> a; }), 0u);
}

TEST(Allocation, IsNoneForACopyUntilItIsWritten) {
  const array<float> a({100}, 1.0f);
  EXPECT_EQ(allocations_in([&] { const array<float> b = a; }), 0u);
  EXPECT_EQ(allocations_in([&] {
    array<float> b = a;
    b(3) = 2;
    b(4) = 3;
  }), 1u);
}

TEST(Allocation, IsNoneForAnExpression) {
  const array<float> a({few}, 1.0f), row({1}, 2.0f);
  const auto v = borrow(a.data(), {few});
  EXPECT_EQ(allocations_in([&] { (void)(op::relu(a * row) + v * 2); }), 0u);
  EXPECT_EQ(allocations_in([&] { (void)op::sum(a * v, op::axis{-1}); }), 0u);
}

// --- warm evaluations -----------------------------------------------------------------------------------------------

/// The only place where E is evaluated.
template <class Y, class E>
[[gnu::noinline]] void evaluate_here(const options& how, Y& y, const E& e) {
  evaluate_into(how, std::tie(y), e);
}

TEST(Allocation, IsNoneForAWarmResultIntoAnArrayOrAView) {
  for (const std::int64_t n : {few, many}) {
    const array<float> a({n}, 1.5f), w({n}, 2.0f);
    const std::vector<float> memory(static_cast<std::size_t>(n), 3.0f);
    const auto v = borrow(memory.data(), {n});
    std::vector<float> to(static_cast<std::size_t>(n));
    array<float> y({n});
    auto result = borrow(to.data(), {n});
    for (const options& how : all_ways()) {
      EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, y, op::relu(a * w) + 1); }), 0u) << to_string(how) << ", " << n;
      EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, result, op::relu(v * v) + 1); }), 0u) << to_string(how) << ", " << n;
    }
    EXPECT_EQ(warm_allocations_in([&] { y = a * w; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y = y * 0.5f; }), 0u) << n << ", in place";
  }
}

TEST(Allocation, IsNoneForWarmRowsFoldsAndNumbers) {
  const array<float> x({40, 500}, 1.5f), row({500}, 2.0f);
  const auto turned = op::transpose(x) * 2;
  array<float> y({40, 500}), s({40}), back({500, 40});
  float total = 0;
  for (const options& how : all_ways()) {
    EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, y, x * row); }), 0u) << to_string(how);
    EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, y, op::softmax(x)); }), 0u) << to_string(how);
    EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, s, op::sum(x, op::axis{-1})); }), 0u) << to_string(how);
    EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, back, turned); }), 0u) << to_string(how);
    EXPECT_EQ(warm_allocations_in([&] { evaluate_here(how, total, op::sum(x)); }), 0u) << to_string(how);
    EXPECT_EQ(warm_allocations_in([&] { evaluate_into(how, std::tie(y, s, total), op::relu(x), op::sum(x, op::axis{-1}), op::sum(x)); }), 0u)
        << to_string(how);
  }
}

TEST(Allocation, IsNoneForAWarmUpdate) {
  for (const std::int64_t n : {few, many}) {
    const array<float> a({n}, 1.5f);
    const array<bool> mask({n}, true);
    array<float> y({n}, 1.0f);
    std::vector<float> memory(static_cast<std::size_t>(n));
    const auto v = borrow(memory.data(), {n});
    const float* const where = std::as_const(y).data();
    EXPECT_EQ(warm_allocations_in([&] { y += a; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y *= y - a; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { v -= a * 2; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y(mask) = a; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { v(v > 0) += 1; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y.fill(2); }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y(slice(3, n)) = 0.5f; }), 0u) << n;
    EXPECT_EQ(warm_allocations_in([&] { y(slice(3, n)) += 1; }), 0u) << n;
    EXPECT_EQ(std::as_const(y).data(), where) << n;
  }
}

// What a thread needs that helps it gets from the one that called: so it cannot run out of memory when others have written
// already, and a call is warm whoever helps.
TEST(Allocation, IsTheCallersAlone) {
  constexpr std::int64_t rows = 40'000, columns = 100;
  const array<float> x({rows, columns}, 1.5f), row({columns}, 2.0f), column({rows, 1}, 3.0f);
  array<float> y({rows, columns}), s({rows}), below({columns});
  float total = 0;
  is_of_the_tests = true;
  of_other_threads = 0;
  for (const options& how : all_ways(2)) {
    evaluate_here(how, y, x * row + column);
    evaluate_here(how, s, op::sum(x * row, op::axis{-1}));
    evaluate_here(how, below, op::sum(x * column, op::axis{0}));
    evaluate_here(how, y, op::softmax(x));
    evaluate_here(how, y, op::cumulative_sum(x));
    evaluate_here(how, total, op::sum(x));
    EXPECT_EQ(of_other_threads, 0u) << to_string(how);
  }
  is_of_the_tests = false;
}

// A part as an operand has a record of its layout, which is all that is allocated: parts that do not meet have no buffer.
TEST(Allocation, IsNoneForTheElementsOfParts) {
  array<float> y({many, 4}, 1.0f);
  const array<float> a({many, 2}, 1.5f), row({4}, 2.0f);
  const float* const where = std::as_const(y).data();
  EXPECT_EQ(warm_allocations_in([&] { y(all, slice(0, 2)) = a * 2; }), 0u);
  EXPECT_EQ(warm_allocations_in([&] { y(slice(0, 10)) = row; }), 0u);
  EXPECT_EQ(warm_allocations_in([&] { transpose(y(all, slice(2, 4))) = 1; }), 0u);
  EXPECT_EQ(warm_allocations_in([&] { y(all, slice(0, 4, 2)) = y(all, slice(1, 4, 2)) + a; }), 1u);
  EXPECT_EQ(warm_allocations_in([&] { y(all, slice(0, 2)) += a; }), 1u);
  EXPECT_EQ(warm_allocations_in([&] { y(slice(1, 9)) = y(slice(0, 8)) + 1; }), 2u) << "these meet: and a buffer";
  EXPECT_EQ(std::as_const(y).data(), where);
}

TEST(Allocation, IsOneForAnUpdateOfAnArrayThatOthersHold) {
  array<float> y({few}, 1.0f);
  const auto update_shared = [&] {
    const array<float> copy = y;
    y += 1;
    EXPECT_NE(std::as_const(y).data(), copy.data());
  };
  EXPECT_EQ(warm_allocations_in(update_shared), 1u);
  const auto fill_shared = [&] {
    const array<float> copy = y;
    y.fill(1);
  };
  EXPECT_EQ(warm_allocations_in(fill_shared), 1u);
  const auto write_part_of_shared = [&] {
    const array<float> copy = y;
    y(slice(0, 3)) = 1;
    y(slice(3, 6)) = 2;
  };
  EXPECT_EQ(warm_allocations_in(write_part_of_shared), 1u);
}

TEST(Allocation, IsOneForANewResult) {
  for (const std::int64_t n : {few, many}) {
    const array<float> a({n}, 1.5f), w({n}, 2.0f), one({1}, 1.0f);
    for (const options& how : all_ways()) {
      EXPECT_EQ(warm_allocations_in([&] { (void)evaluate(how, a - w); }), 1u) << to_string(how) << ", " << n;
    }
    EXPECT_EQ(warm_allocations_in([&] { const array<float> y = a + w; }), 1u) << n;
    EXPECT_EQ(warm_allocations_in([&] { const array<float> y = a + one; }), 1u) << n << ", broadcast";
  }
}

TEST(Allocation, IsOneForAResultThatIsShared) {
  const array<float> a({few}, 1.5f);
  array<float> y({few}, 1.0f);
  const auto assign_to_shared = [&] {
    const array<float> copy = y;
    y = a + 2;
    EXPECT_NE(std::as_const(y).data(), copy.data());
  };
  EXPECT_EQ(warm_allocations_in(assign_to_shared), 1u);
}

// --- running out of memory ------------------------------------------------------------------------------------------

/// While it lives, only so many allocations succeed.
class little_memory {
 public:
  explicit little_memory(std::ptrdiff_t allocations) { until_failure = allocations; }
  ~little_memory() { until_failure = -1; }
  little_memory(const little_memory&) = delete;
  little_memory& operator=(const little_memory&) = delete;
};

/// Calls f with memory for 0, 1, 2... allocations until it succeeds; before that `is_as_before` must hold each time.
/// Returns how often it failed.
template <class F, class G>
int failures_before_success(F&& f, G&& is_as_before) {
  for (int most = 0; most < 1000; ++most) {
    bool done = false;
    try {
      const little_memory little(most);
      f();
      done = true;
    } catch (const std::bad_alloc&) {
    }
    if (done) return most;
    EXPECT_TRUE(is_as_before()) << "after failing with memory for " << most;
  }
  return -1;
}

bool all_are(const array<float>& a, float value) {
  for (const float v : a) {
    if (v != value) return false;
  }
  return true;
}

TEST(OutOfMemory, LeavesAWarmDestinationAndItsCopiesAsTheyWere) {
  const array<float> a({few}, 1.5f);
  array<float> y({few}, 1.0f);
  for (const options& how : all_ways()) {
    array<float> warm({few});
    const array<float> copy_of_warm = warm;  // shared: so the result needs memory, here as below
    evaluate_here(how, warm, a + 3);
    y = array<float>({few}, 1.0f);
    const array<float> copy = y;
    const std::ptrdiff_t before = living;
    const auto is_as_before = [&] { return all_are(y, 1) && all_are(copy, 1) && living == before; };
    const int failures = failures_before_success([&] { evaluate_here(how, y, a + 3); }, is_as_before);
    EXPECT_GE(failures, 1) << to_string(how);
    EXPECT_TRUE(all_are(y, 4.5f) && all_are(copy, 1)) << to_string(how);
  }
}

/// A request of x * number + x for a site that knows nothing yet; the number makes the program, so the kernel, new.
struct cold_request {
  site remembered{};
  std::uint64_t number;
  source from;
  destination to;

  cold_request(const array<float>& x, array<float>& y, float number) : number(to_bits(number)) {
    from = {x.data(), dtype::f32, x.layout(), x.held().get()};
    to = {destination::place::array, dtype::f32};
    to.held = &y.held();
    to.where = layout(x.shape());
  }
  cold_request(const cold_request&) = delete;
  cold_request& operator=(const cold_request&) = delete;
  ~cold_request() {
    for (prepared* at = remembered.known; at != nullptr;) delete std::exchange(at, at->next);
    for (quick_kernel* at = remembered.quick; at != nullptr;) delete std::exchange(at, at->next);
  }

  void evaluate(const options& how) {
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

TEST(OutOfMemory, WhereverItHappensTheFirstTimeLeavesTheDestinationAsItWas) {
  const array<float> x({few}, 2.0f);
  float number = 3;
  for (const options& how : core_ways()) {
    array<float> y({few}, 1.0f);
    const array<float> copy = y;
    cold_request cold(x, y, number);
    const int failures = failures_before_success([&] { cold.evaluate(how); }, [&] { return all_are(y, 1) && all_are(copy, 1); });
    EXPECT_GE(failures, 3) << to_string(how) << ": it is not the first time";
    EXPECT_TRUE(all_are(y, 2 * number + 2)) << to_string(how);
    number += 1;
  }
}

TEST(Mistakes, LeakNothingAndLeaveTheDestinationAsItWas) {
  const array<float> a({few}, 1.5f), b({few + 1}, 1.5f);
  array<float> y({few}, 1.0f);
  const auto assign_wrong_shapes = [&] { EXPECT_THROW(y = a + b, shape_error); };
  const auto assign_to_wrong_view = [&] { EXPECT_THROW(borrow(y.data(), {few}) = b * 2, shape_error); };
  const auto assign_to_wrong_part = [&] { EXPECT_THROW(y(slice(0, 10)) = a * 2, shape_error); };
  for (int time = 0; time < 3; ++time) {
    const std::ptrdiff_t before = living;
    assign_wrong_shapes();
    assign_to_wrong_view();
    assign_to_wrong_part();
    EXPECT_EQ(living, before);
    EXPECT_TRUE(all_are(y, 1));
  }
}

}  // namespace
}  // namespace onepass::testing
