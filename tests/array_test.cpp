// Arrays, views and any_array as values: shapes, elements, sharing, memory that comes from outside.
//
// Nothing here evaluates expressions beyond plain copies; what parts select is compared with positions counted by hand.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"

namespace op = onepass;

namespace {
std::size_t allocations = 0;
}  // namespace

// Every allocation of this program is counted, aligned or not. Not inlined, or g++ would see free() where it expects delete.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const made = std::malloc(bytes == 0 ? 1 : bytes)) return made;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  ++allocations;
  const auto unit = static_cast<std::size_t>(alignment);
  if (bytes < PTRDIFF_MAX - unit) {
    if (void* const made = std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit)) return made;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* held) noexcept { std::free(held); }
[[gnu::noinline]] void operator delete(void* held, std::size_t) noexcept { std::free(held); }
[[gnu::noinline]] void operator delete(void* held, std::align_val_t) noexcept { std::free(held); }
[[gnu::noinline]] void operator delete(void* held, std::size_t, std::align_val_t) noexcept { std::free(held); }

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// Plain memory with the elements 0, 1, 2, ...
[[gnu::noinline]] std::vector<float> counted(std::size_t count) {
  std::vector<float> memory(count);
  std::iota(memory.begin(), memory.end(), 0.0f);
  return memory;
}

// --- construction ---------------------------------------------------------------------------------------------------

TEST(Array, HasNoElementsByDefault) {
  const array<float> none;
  EXPECT_EQ(none.shape(), extents{0});
  EXPECT_EQ(none.rank(), 1);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_TRUE(none.span().empty());
}

TEST(Array, HasItsShapeAndIsRowMajor) {
  const array<float> a({2, 3, 4});
  EXPECT_EQ(a.shape(), (extents{2, 3, 4}));
  EXPECT_EQ(a.rank(), 3);
  EXPECT_EQ(a.size(), 24u);
  const std::int64_t row_major[] = {12, 4, 1};
  EXPECT_EQ(a.strides(), dimensions(row_major, 3));
}

TEST(Array, IsFilled) {
  const array<double> a({3, 5}, 0.25);
  EXPECT_TRUE(std::all_of(a.begin(), a.end(), [](double x) { return x == 0.25; }));
  EXPECT_EQ(std::distance(a.begin(), a.end()), 15);
}

TEST(Array, TakesTheElementsOfAnyRange) {
  const std::list<int> numbers = {3, 1, 4, 1, 5};
  EXPECT_EQ(elements_of(array<float>::from(numbers)), (std::vector<float>{3, 1, 4, 1, 5}));
  EXPECT_EQ(elements_of(array<int>::from({1, 2, 3})), (std::vector<int>{1, 2, 3}));
  const double plain[] = {0.5, 1.5};
  EXPECT_EQ(array<double>::from(plain).shape(), extents{2});
}

template <class A>
constexpr bool takes_shape_of_zero = requires { A({0}); };

TEST(Array, TakesALiteralShapeOfZero) { EXPECT_TRUE(takes_shape_of_zero<array<float>>) << "array<float>({0}) is ambiguous"; }

TEST(Array, CostsOneAllocation) {
  const extents shape{100, 100};
  const std::size_t before = allocations;
  const array<float> a(shape);
  EXPECT_EQ(allocations - before, 1u);
  const array<float> filled(shape, 1.0f);
  EXPECT_EQ(allocations - before, 2u);
  const array<float> copy = a;
  array<float> moved = std::move(const_cast<array<float>&>(filled));
  EXPECT_EQ(allocations - before, 2u);
}

template <class T>
void check_alignment() {
  for (std::size_t n = 0; n < 70; ++n) {
    const array<T> a({n});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.data()) % 64, 0u) << n;
  }
}

TEST(Array, IsAlignedToCacheLines) {
  check_alignment<bool>();
  check_alignment<float>();
  check_alignment<double>();
}

// --- shapes ---------------------------------------------------------------------------------------------------------

TEST(Array, HasAnyRankUpToTheLargest) {
  std::int64_t lengths[max_rank];
  for (int rank = 0; rank <= max_rank; ++rank) {
    std::fill_n(lengths, rank, rank <= 8 ? 3 : 2);
    const extents shape(lengths, rank);
    const array<std::int32_t> a = counting<std::int32_t>(shape);
    ASSERT_EQ(a.shape(), shape);
    ASSERT_EQ(a.rank(), rank);
    ASSERT_EQ(a.size(), static_cast<std::size_t>(std::pow(rank <= 8 ? 3 : 2, rank)));
    const array<std::int32_t> reversed = transpose(a);
    if (rank > 0) {
      EXPECT_EQ(reversed.data()[0], 0);
      EXPECT_EQ(reversed.data()[1], static_cast<std::int32_t>(a.strides()[0])) << "rank " << rank;
    }
    EXPECT_EQ(elements_of(transpose(reversed)), elements_of(a)) << "rank " << rank;
  }
}

TEST(Array, RefusesMoreDimensionsThanSupported) {
  std::int64_t lengths[max_rank + 1];
  std::fill_n(lengths, max_rank + 1, 1);
  EXPECT_THROW(extents(lengths, max_rank + 1), shape_error);
  EXPECT_EQ(message_of<shape_error>([&] { extents(lengths, max_rank + 1); }), "a shape of 17 dimensions; at most 16 are supported");
}

TEST(Array, WithoutDimensionsHoldsOneElement) {
  array<float> a(extents{}, 2.0f);
  EXPECT_EQ(a.size(), 1u);
  EXPECT_EQ(a.rank(), 0);
  EXPECT_EQ(a(), 2.0f);
  a() = 3;
  EXPECT_EQ(a(), 3.0f);
}

TEST(Array, MayHaveDimensionsOfLengthZero) {
  for (const extents& shape : {extents{0}, extents{0, 5}, extents{5, 0}, extents{2, 0, 3}}) {
    const array<float> a(shape, 1.0f);
    EXPECT_EQ(a.shape(), shape);
    EXPECT_EQ(a.size(), 0u);
    const array<float> b = a + 1;
    EXPECT_EQ(b.shape(), shape);
    const array<float> copy = transpose(a);
    EXPECT_EQ(copy.size(), 0u);
  }
}

TEST(Array, WithoutElementsMayHaveHugeLengthsBesides) {
  const extents shape{0, std::int64_t{1} << 40, std::int64_t{1} << 40};
  const array<float> a(shape);
  EXPECT_EQ(a.size(), 0u);
  const array<float> b = a + 1;
  EXPECT_EQ(b.shape(), shape);
  EXPECT_TRUE(elements_of(transpose(b)).empty());
}

TEST(Array, RefusesNegativeLengths) {
  EXPECT_EQ(message_of<shape_error>([] { array<float>({2, -1}); }), "shape (2, -1) has a negative length");
  EXPECT_EQ(message_of<shape_error>([] { array<float>({0, INT64_MIN}); }), "shape (0, -9223372036854775808) has a negative length");
}

TEST(Array, RefusesShapesThatOverflow) {
  const std::int64_t large = std::int64_t{1} << 40, largest = INT64_MAX;
  EXPECT_THROW(array<float>({large, large}), shape_error);
  EXPECT_THROW(array<float>({largest, largest, largest}), shape_error);
  EXPECT_THROW(array<std::uint8_t>({largest}), shape_error) << "no room for what precedes the elements";
  EXPECT_THROW(array<float>({std::int64_t{1} << 62}), shape_error) << "the bytes overflow, not the elements";
  EXPECT_NE(message_of<shape_error>([=] { array<double>({std::int64_t{1} << 61}); }).find("(2305843009213693952,) of f64"), std::string::npos);
}

#if !defined(__SANITIZE_ADDRESS__)  // whose allocator ends the process
TEST(Array, SaysWhenThereIsNoMemory) { EXPECT_THROW(array<float>({std::int64_t{1} << 56}), std::bad_alloc); }
#endif

TEST(Array, RefusesBroadcastsThatOverflow) {
  std::int64_t ones[] = {std::int64_t{1} << 40, 1}, others[] = {1, std::int64_t{1} << 40};
  float one = 1;
  const auto column = borrow(static_cast<const float*>(&one), extents(ones, 2), {0, 0});
  const auto row = borrow(static_cast<const float*>(&one), extents(others, 2), {0, 0});
  EXPECT_THROW(column + row, shape_error);
}

// --- values ---------------------------------------------------------------------------------------------------------

TEST(Array, CopiesShareUntilOneIsWritten) {
  array<float> a = counting<float>({4});
  const array<float> b = a;
  EXPECT_EQ(std::as_const(a).data(), b.data());
  a(1) = 100;
  EXPECT_NE(std::as_const(a).data(), b.data());
  EXPECT_EQ(elements_of(b), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 100, 2, 3}));
}

TEST(Array, EveryWayToWriteSeparatesCopies) {
  const std::vector<float> before = {0, 1, 2, 3};
  const auto check = [&](auto&& write) {
    array<float> a = counting<float>({4});
    const array<float> b = a;
    write(a);
    EXPECT_EQ(elements_of(b), before);
    EXPECT_NE(elements_of(a), before);
  };
  check([](array<float>& a) { *a.data() = 9; });
  check([](array<float>& a) { *a.begin() = 9; });
  check([](array<float>& a) { a.span()[1] = 9; });
  check([](array<float>& a) { a(3) = 9; });
  check([](array<float>& a) { a(slice(0, 2)) = array<float>({2}, 9.0f); });
  check([](array<float>& a) { transpose(a) = array<float>({4}, 9.0f); });
  check([](array<float>& a) { a = a + 1; });
  check([](array<float>& a) { a = array<float>({4}, 9.0f); });
  check([](array<float>& a) { evaluate_into(std::tie(a), a * 2 + 1); });
}

TEST(Array, ReadingDoesNotSeparateCopies) {
  const array<float> a = counting<float>({2, 2});
  const array<float> b = a;
  EXPECT_EQ(b(1, 1), 3.0f);
  EXPECT_EQ(std::accumulate(b.begin(), b.end(), 0.0f), 6.0f);
  EXPECT_EQ(b.span().size(), 4u);
  EXPECT_EQ(b(all, 1).shape(), extents{2});
  EXPECT_EQ(a.data(), b.data());
}

TEST(Array, WritesInPlaceWhenNobodyShares) {
  array<float> a = counting<float>({4});
  const float* const where = a.data();
  a(2) = 7;
  a = a + 1;
  EXPECT_EQ(std::as_const(a).data(), where);
}

TEST(Array, MovesLeaveNothingBehindThatBreaks) {
  array<float> a = counting<float>({3});
  const array<float> b = std::move(a);
  EXPECT_EQ(b.size(), 3u);
  EXPECT_EQ(a.size(), 0u);  // NOLINT: moved from, and still a value
  EXPECT_EQ(a.shape(), extents{0});
  a = b;
  EXPECT_EQ(a.size(), 3u);
}

TEST(Array, AssignsToItself) {
  array<float> a = counting<float>({3});
  const array<float>& same = a;
  a = same;
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 1, 2}));
}

// --- elements -------------------------------------------------------------------------------------------------------

TEST(Array, FindsElementsByPosition) {
  array<std::int32_t> a = counting<std::int32_t>({2, 3, 4});
  EXPECT_EQ(a(0, 0, 0), 0);
  EXPECT_EQ(a(1, 2, 3), 23);
  EXPECT_EQ(a(1, 0, 2), 14);
  EXPECT_EQ(a(-1, -3, std::uint8_t{2}), 14) << "negative positions count from the end";
  a(1, 0, 2) = -5;
  EXPECT_EQ(std::as_const(a)(1, 0, 2), -5);
}

TEST(Array, RefusesPositionsOutside) {
  const array<float> a({2, 3}, 0.0f);
  array<float> b = a;
  for (const std::int64_t outside : {std::int64_t{3}, std::int64_t{-4}, INT64_MAX, INT64_MIN}) {
    EXPECT_THROW(a(0, outside), shape_error) << outside;
    EXPECT_THROW(b(0, outside) = 1, shape_error) << outside;
    EXPECT_THROW(a(all, outside), shape_error) << outside;
  }
  EXPECT_EQ(std::as_const(b).data(), a.data()) << "a refused write must not copy";
  EXPECT_EQ(message_of<shape_error>([&] { a(2, 0); }), "position 2 is outside dimension 0 of shape (2, 3)");
}

TEST(Array, RefusesTheWrongNumberOfPositions) {
  const array<float> a({2, 3});
  EXPECT_THROW(a(0), shape_error);
  EXPECT_THROW(a(), shape_error);
  EXPECT_EQ(message_of<shape_error>([&] { a(0, 0, 0); }), "3 indices for shape (2, 3)");
  EXPECT_EQ(message_of<shape_error>([&] { a(all, all, 0); }), "3 indices for shape (2, 3)");
}

TEST(Array, IsARangeAndASpan) {
  array<float> a = counting<float>({2, 3});
  std::reverse(a.begin(), a.end());
  EXPECT_EQ(elements_of(a), (std::vector<float>{5, 4, 3, 2, 1, 0}));
  const std::span<float> writable = a.span();
  writable[0] = 50;
  const std::span<const float> readable = std::as_const(a).span();
  EXPECT_EQ(readable.size(), 6u);
  EXPECT_EQ(readable[0], 50.0f);
}

// --- parts ----------------------------------------------------------------------------------------------------------

/// The slice of counting numbers, and what Python gives for it.
struct slice_case {
  slice taken;
  std::vector<float> expected;
};

TEST(Slice, SelectsWhatPythonSelects) {
  const array<float> a = counting<float>({10});
  const slice_case cases[] = {
      {slice(2, 5), {2, 3, 4}},       {slice(0, 10, 3), {0, 3, 6, 9}}, {slice(-3, -1), {7, 8}},       {slice(8, 2, -2), {8, 6, 4}},
      {slice(3, 3), {}},              {slice(5, 2), {}},               {slice(2, 5, -1), {}},         {slice(9, -11, -4), {9, 5, 1}},
      {slice(0, 10, INT64_MAX), {0}}, {slice::every(4), {0, 4, 8}},    {slice::every(-4), {9, 5, 1}}, {slice::every(INT64_MIN), {9}},
      {slice(10, 10), {}},            {slice(0, 0), {}},               {slice(9, 10), {9}},           {slice::every(-5), {9, 4}},
  };
  for (const slice_case& c : cases) {
    const view<const float> part = a(c.taken);
    EXPECT_EQ(elements_of(part), c.expected) << "case " << &c - cases;
    EXPECT_EQ(elements_of(array<float>(part)), c.expected) << "copied";
  }
}

TEST(Slice, RefusesWhatIsOutside) {
  const array<float> a = counting<float>({10});
  EXPECT_THROW(a(slice(0, 11)), shape_error);
  EXPECT_THROW(a(slice(-11, 5)), shape_error);
  EXPECT_THROW(a(slice(10, 5, -1)), shape_error);
  EXPECT_THROW(a(slice(0, INT64_MAX)), shape_error);
  EXPECT_THROW(a(slice(INT64_MIN, 3)), shape_error);
  EXPECT_THROW(a(slice(0, 3, 0)), value_error);
  EXPECT_EQ(message_of<shape_error>([&] { a(slice(2, 12)); }), "slice 2:12:1 is outside dimension 0 of shape (10,)");
}

TEST(Slice, MayBeEmptyOfAnEmptyDimension) {
  const array<float> a({3, 0});
  EXPECT_EQ(a(slice::every(-1), slice::every(-1)).shape(), (extents{3, 0}));
  EXPECT_EQ(a(1, all).shape(), extents{0});
}

TEST(Slice, AnIndexRemovesItsDimension) {
  const array<float> a = counting<float>({2, 3, 4});
  EXPECT_EQ(a(1, all, 2).shape(), extents{3});
  EXPECT_EQ(elements_of(a(1, all, 2)), (std::vector<float>{14, 18, 22}));
  EXPECT_EQ(elements_of(a(all, -1, slice(0, 4, 2))), (std::vector<float>{8, 10, 20, 22}));
  EXPECT_EQ(a(all, 1).shape(), (extents{2, 4})) << "dimensions that are not named stay whole";
}

TEST(Slice, OfAPartIsAPartOfThePart) {
  const array<float> a = counting<float>({6, 6});
  const auto inner = a(slice(1, 5), slice::every(-1))(slice::every(2), slice(1, 4));
  EXPECT_EQ(elements_of(inner), (std::vector<float>{10, 9, 8, 22, 21, 20}));
  EXPECT_EQ(elements_of(transpose(inner)), (std::vector<float>{10, 22, 9, 21, 8, 20}));
}

TEST(Slice, KeepsTheElementsAlive) {
  auto a = std::make_unique<array<float>>(counting<float>({4}));
  const view<const float> part = std::as_const(*a)(slice(1, 3));
  a.reset();
  EXPECT_EQ(elements_of(part), (std::vector<float>{1, 2}));
}

TEST(Slice, SeesTheElementsOfItsTime) {
  array<float> a = counting<float>({4});
  const view<const float> part = std::as_const(a)(slice(1, 3));
  a(1) = 100;
  EXPECT_EQ(elements_of(part), (std::vector<float>{1, 2}));
}

// --- memory from outside --------------------------------------------------------------------------------------------

TEST(Borrow, SeesAndWritesTheMemoryItself) {
  std::vector<float> memory = counted(6);
  view<float> v = borrow(memory.data(), {2, 3});
  EXPECT_EQ(v.data(), memory.data());
  EXPECT_EQ(v(1, 2), 5.0f);
  v(0, 1) = 10;
  EXPECT_EQ(memory[1], 10.0f);
  v = borrow(static_cast<const float*>(memory.data()), {2, 3}) + 1;
  EXPECT_EQ(memory, (std::vector<float>{1, 11, 3, 4, 5, 6}));
}

TEST(Borrow, TakesStrides) {
  std::vector<float> memory = counted(20);
  const view<float> padded = borrow(memory.data(), {3, 4}, {6, 1});
  EXPECT_EQ(elements_of(padded), (std::vector<float>{0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15}));
  const view<float> backwards = borrow(memory.data() + 9, {3}, {-4});
  EXPECT_EQ(elements_of(backwards), (std::vector<float>{9, 5, 1}));
  const view<float> repeated = borrow(memory.data() + 2, {2, 2}, {0, 1});
  EXPECT_EQ(elements_of(repeated), (std::vector<float>{2, 3, 2, 3}));
  EXPECT_EQ(padded.strides()[0], 6);
}

TEST(Borrow, RefusesNullUnlessThereAreNoElements) {
  float* const null = nullptr;
  EXPECT_EQ(message_of<value_error>([&] { borrow(null, {3}); }), "a null pointer for elements of shape (3,)");
  EXPECT_THROW(borrow(null, {2, 2}, {2, 1}), value_error);
  EXPECT_EQ(borrow(null, {3, 0}).size(), 0u);
  EXPECT_EQ(array<float>(borrow(null, extents{0}) + 1).size(), 0u);
}

TEST(Borrow, RefusesStridesThatDoNotFitTheShape) {
  float memory[4] = {};
  EXPECT_EQ(message_of<shape_error>([&] { borrow(memory, {2, 2}, {1}); }), "1 strides for shape (2, 2)");
}

TEST(Borrow, RefusesStridesThatReachBeyondAddresses) {
  float memory[4] = {};
  EXPECT_THROW(borrow(memory, {3}, {INT64_MAX}), shape_error) << "one dimension overflows";
  EXPECT_THROW(borrow(memory, {2, 2}, {INT64_MAX, INT64_MAX}), shape_error) << "two dimensions overflow together";
  EXPECT_THROW(borrow(memory, {2, 2}, {INT64_MIN, INT64_MIN}), shape_error) << "two dimensions overflow together, backwards";
  EXPECT_THROW(borrow(memory, {2}, {INT64_MAX / 2}), shape_error) << "the bytes overflow";
  EXPECT_EQ(borrow(memory, {1}, {INT64_MAX}).size(), 1u) << "the stride of a single position leads nowhere";
}

TEST(Adopt, ReleasesOnceWhenTheLastHolderIsGone) {
  int released = 0;
  float memory[3] = {1, 2, 3};
  const auto release = [&](float* data) {
    EXPECT_EQ(data, memory);
    ++released;
  };
  {
    array<float> copy;
    auto e = [&] {
      const array<float> a = adopt(memory, {3}, release);
      EXPECT_EQ(a.data(), memory);
      EXPECT_EQ(a.shape(), extents{3});
      copy = a;
      return a + 1;
    }();
    EXPECT_EQ(released, 0);
    copy = array<float>();
    EXPECT_EQ(released, 0) << "the expression still holds the memory";
    EXPECT_EQ(elements_of(evaluate(e)), (std::vector<float>{2, 3, 4}));
  }
  EXPECT_EQ(released, 1);
}

TEST(Adopt, IsWrittenInPlaceUntilItIsShared) {
  int released = 0;
  float memory[2] = {1, 2};
  array<float> a = adopt(memory, {2}, [&](float*) { ++released; });
  a(0) = 10;
  EXPECT_EQ(memory[0], 10.0f);
  const array<float> b = a;
  a(0) = 20;
  EXPECT_EQ(memory[0], 10.0f);
  EXPECT_EQ(b(0), 10.0f);
  EXPECT_EQ(released, 0);
}

TEST(Adopt, ReleasesOnceWhenAnExceptionPasses) {
  int released = 0;
  float memory[3] = {};
  EXPECT_THROW(
      {
        const array<float> a = adopt(memory, {3}, [&](float*) { ++released; });
        const array<float> sum = a + array<float>({4});
      },
      shape_error);
  EXPECT_EQ(released, 1);
}

TEST(Adopt, TakesOverNothingWhenItThrows) {
  int released = 0;
  float* const null = nullptr;
  EXPECT_THROW(adopt(null, {3}, [&](float*) { ++released; }), value_error);
  float memory[1] = {};
  EXPECT_THROW(adopt(memory, {-1}, [&](float*) { ++released; }), shape_error);
  EXPECT_EQ(released, 0);
}

TEST(Adopt, TakesReleasersThatCannotBeCopied) {
  auto memory = std::make_unique<float[]>(2);
  float* const data = memory.get();
  data[1] = 5;
  const array<float> a = adopt(data, {2}, [owner = std::move(memory)](float*) mutable { owner.reset(); });
  EXPECT_EQ(a(1), 5.0f);
}

// --- any_array ------------------------------------------------------------------------------------------------------

TEST(AnyArray, ErasesTheElementTypeAndSharesTheElements) {
  const array<double> a = counting<double>({2, 3});
  const any_array any = a;
  EXPECT_TRUE(any.has_value());
  EXPECT_EQ(any.type(), dtype::f64);
  EXPECT_EQ(any.shape(), (extents{2, 3}));
  EXPECT_EQ(any.rank(), 2);
  EXPECT_EQ(any.size(), 6u);
  EXPECT_EQ(any.data(), a.data());
  const array<double> again = any.as<double>();
  EXPECT_EQ(again.data(), a.data());
}

TEST(AnyArray, RefusesAnotherElementType) {
  const any_array any = array<float>({2});
  EXPECT_EQ(message_of<type_error>([&] { any.as<double>(); }), "an array of f32 is not an array of f64");
  EXPECT_THROW(any.as<bool>(), type_error);
  EXPECT_THROW(any_array().as<float>(), type_error);
  EXPECT_FALSE(any_array().has_value());
}

TEST(AnyArray, IsAValueToo) {
  any_array any = array<float>({2}, 1.0f);
  array<float> typed = any.as<float>();
  typed(0) = 5;
  EXPECT_EQ(any.as<float>()(0), 1.0f);
}

TEST(AnyArray, OfADefaultArrayHasItsTypeAndNoElements) {
  const any_array any = array<std::int32_t>();
  EXPECT_EQ(any.type(), dtype::i32);
  EXPECT_EQ(any.shape(), extents{0});
}

}  // namespace
}  // namespace onepass::testing
