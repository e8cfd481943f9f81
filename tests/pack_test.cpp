// Packs as containers: what they read and write, their lanes, and the truth values beside them; of every size from one
// lane to four registers, since a pack may be a part of a register, one, or several.
#include <gtest/gtest.h>

#include <onepass/value/pack.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "guarded_memory.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- memory and lanes -----------------------------------------------------------------------------------------------

/// Calls f(std::integral_constant<std::size_t, N>) for N from 1 to four registers of elements T.
template <element T, std::size_t N = 1, class F>
void for_each_size(F f) {
  f(std::integral_constant<std::size_t, N>{});
  if constexpr (N < 4 * native_lanes<T>) for_each_size<T, 2 * N>(f);
}

/// Elements 0, 1, ... of no value that memory is filled with otherwise.
template <element T>
T sample(std::size_t i) {
  return from_bits<T>(std::is_same_v<T, bool> ? (i % 3 == 0) : 0x0101010101010101u * (1 + i % 100));
}

template <element T, std::size_t N>
void reads_the_first(const guarded_memory& memory) {
  for (std::size_t count = 0; count <= N; ++count) {
    for (T* const from : {reinterpret_cast<T*>(memory.begin()), reinterpret_cast<T*>(memory.end()) - count}) {
      for (std::size_t i = 0; i < count; ++i) from[i] = sample<T>(i);
      std::array<T, N> got;
      values_of<T, N>::store(got.data(), values_of<T, N>::load_first(from, count));
      for (std::size_t i = 0; i < N; ++i) {
        ASSERT_EQ(to_bits(got[i]), i < count ? to_bits(sample<T>(i)) : 0) << "lane " << i << " of " << count << " in a pack of " << N;
      }
    }
  }
}

template <element T, std::size_t N>
void writes_the_first(const guarded_memory& memory) {
  std::array<T, N> samples;
  for (std::size_t i = 0; i < N; ++i) samples[i] = sample<T>(i);
  const auto pack = values_of<T, N>::load(samples.data());
  const std::size_t room = static_cast<std::size_t>(memory.end() - memory.begin());
  for (std::size_t count = 0; count <= N; ++count) {
    for (const std::size_t at : {std::size_t{0}, room - count * sizeof(T)}) {
      std::fill(memory.begin(), memory.end(), std::byte{0xee});
      values_of<T, N>::store_first(reinterpret_cast<T*>(memory.begin() + at), pack, count);
      const bool written = std::memcmp(memory.begin() + at, samples.data(), count * sizeof(T)) == 0;
      const auto untouched = [](std::byte b) { return b == std::byte{0xee}; };
      ASSERT_TRUE(written && std::all_of(memory.begin(), memory.begin() + at, untouched) &&
                  std::all_of(memory.begin() + at + count * sizeof(T), memory.end(), untouched))
          << count << " of a pack of " << N;
    }
  }
}

TEST(Pack, ReadsAndWritesTheFirstElementsAndNothingBeyond) {
  const guarded_memory memory(4 * vector_bytes);
  ONEPASS_FOR_TYPES(element, T, {
    SCOPED_TRACE(name(dtype_of<T>));
    for_each_size<T>([&](auto n) {
      reads_the_first<T, n>(memory);
      writes_the_first<T, n>(memory);
    });
  });
}

TEST(Pack, ReadsWritesAndStreamsAllElements) {
  ONEPASS_FOR_TYPES(element, T, {
    for_each_size<T>([](auto n) {
      alignas(64) std::array<T, n> from, stored, streamed;
      for (std::size_t i = 0; i < n; ++i) from[i] = sample<T>(i);
      const auto pack = values_of<T, n>::load(from.data());
      values_of<T, n>::store(stored.data(), pack);
      values_of<T, n>::stream(streamed.data(), pack);
      EXPECT_EQ(std::memcmp(from.data(), stored.data(), n * sizeof(T)), 0) << name(dtype_of<T>) << " " << n;
      EXPECT_EQ(std::memcmp(from.data(), streamed.data(), n * sizeof(T)), 0) << name(dtype_of<T>) << " " << n;
    });
  });
}

TEST(Pack, IsTwoHalves) {
  ONEPASS_FOR_TYPES(element, T, {
    for_each_size<T, 2>([](auto n) {
      using values = values_of<T, n>;
      std::array<T, n> from, halves, joined;
      for (std::size_t i = 0; i < n; ++i) from[i] = sample<T>(i);
      const auto pack = values::load(from.data());
      values::half::store(halves.data(), pack.lower());
      values::half::store(halves.data() + n / 2, pack.upper());
      values::store(joined.data(), values::join(values::half::load(from.data()), values::half::load(from.data() + n / 2)));
      EXPECT_EQ(std::memcmp(from.data(), halves.data(), n * sizeof(T)), 0) << name(dtype_of<T>) << " " << n;
      EXPECT_EQ(std::memcmp(from.data(), joined.data(), n * sizeof(T)), 0) << name(dtype_of<T>) << " " << n;
    });
  });
}

template <std::size_t N, std::size_t W>
std::array<bool, N> lanes_of(mask<W, N> of) {
  std::array<bool, N> made;
  mask<W, N>::store(made.data(), of);
  return made;
}

// --- truth values ---------------------------------------------------------------------------------------------------

/// Truth values of which one lane differs from the others.
template <std::size_t W, std::size_t N>
mask<W, N> only(std::size_t lane, bool truth) {
  std::array<bool, N> lanes;
  for (std::size_t i = 0; i < N; ++i) lanes[i] = (i == lane) == truth;
  return mask<1, N>::template widen<W>(mask<1, N>::load(lanes.data()));
}

template <class T>
class Mask : public ::testing::Test {};
using widths = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(Mask, widths, );

TYPED_TEST(Mask, KnowsWhetherAnyTruthValueHolds) {
  for_each_size<TypeParam>([](auto n) {
    using truth = mask<sizeof(TypeParam), n>;
    EXPECT_FALSE(truth::any(truth::filled(false)));
    EXPECT_TRUE(truth::any(truth::filled(true)));
    for (std::size_t lane = 0; lane < n; ++lane) EXPECT_TRUE(truth::any(only<truth::width, n>(lane, true))) << lane << " of " << n;
  });
}

TYPED_TEST(Mask, LooksAtNoLaneBeyondItsOwn) {
  for_each_size<TypeParam, 2>([](auto n) {
    using truth = mask<sizeof(TypeParam), n>;
    for (std::size_t lane = 0; lane < n; ++lane) {
      const truth all = only<truth::width, n>(lane, true);
      EXPECT_EQ(truth::half::any(all.lower()), lane < n / 2) << lane << " of " << n;
      EXPECT_EQ(truth::half::any(all.upper()), lane >= n / 2) << lane << " of " << n;
    }
  });
}

TYPED_TEST(Mask, IsTwoHalves) {
  for_each_size<TypeParam, 2>([](auto n) {
    using truth = mask<sizeof(TypeParam), n>;
    for (std::size_t lane = 0; lane < n; ++lane) {
      for (const bool which : {false, true}) {
        const truth all = only<truth::width, n>(lane, which);
        EXPECT_EQ(lanes_of(truth::join(all.lower(), all.upper())), lanes_of(all)) << lane << " of " << n;
      }
    }
  });
}

TYPED_TEST(Mask, HoldsInTheFirstLanes) {
  for_each_size<TypeParam>([](auto n) {
    using truth = mask<sizeof(TypeParam), n>;
    for (std::size_t count = 0; count <= n; ++count) {
      const auto lanes = lanes_of(truth::first(count));
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(lanes[i], i < count) << "lane " << i << " of the first " << count << " of " << n;
    }
  });
}

TYPED_TEST(Mask, KeepsItsTruthValuesAtEveryWidth) {
  for_each_size<TypeParam>([](auto n) {
    using truth = mask<sizeof(TypeParam), n>;
    for (std::size_t lane = 0; lane < n; ++lane) {
      const truth all = only<truth::width, n>(lane, true);
      EXPECT_EQ(lanes_of(truth::template widen<1>(all)), lanes_of(all));
      EXPECT_EQ(lanes_of(truth::template widen<2>(all)), lanes_of(all));
      EXPECT_EQ(lanes_of(truth::template widen<4>(all)), lanes_of(all));
      EXPECT_EQ(lanes_of(truth::template widen<8>(all)), lanes_of(all));
    }
  });
}

TEST(Rarely, ComputesNothingWhereNoLaneNeedsIt) {
  ONEPASS_FOR_TYPES(numeric_element, T, {
    for_each_size<T, 2>([](auto n) {
      std::array<T, n> lanes{};
      lanes[n - 1] = T(1);
      const auto all = pack<T, n>::load(lanes.data());
      int calls = 0;
      const auto exceptional = [&] { return ++calls, pack<T, n / 2>::filled(T(2)); };
      const auto common = all.lower();
      prim::rarely(prim::less(common.like(0), all.lower()), common, exceptional);  // the upper half lies in the same register
      EXPECT_EQ(calls, 0) << name(dtype_of<T>) << " " << n;
      prim::rarely(prim::less(common.like(0), all.upper()), common, exceptional);
      EXPECT_EQ(calls, 1) << name(dtype_of<T>) << " " << n;
    });
  });
}

}  // namespace
}  // namespace onepass::testing
