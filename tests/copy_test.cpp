// Strided copies: every instruction set, element size, kind of strides and remainder against a loop over elements,
// between pages that must not be touched.
#include <onepass/array/counting.hpp>
#include <onepass/run/capabilities.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "copy.hpp"
#include "guarded_memory.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr auto canary = std::byte{0xa5};

/// Strides in elements.
struct strides {
  std::ptrdiff_t row, column;
};

/// A grid of elements in as few bytes as it needs, at the end or at the beginning of guarded memory.
struct grid {
  std::size_t rows, columns, size;
  strides by;

  std::ptrdiff_t lowest() const { return reach(true); }
  std::ptrdiff_t highest() const { return reach(false); }
  std::size_t bytes() const { return static_cast<std::size_t>(highest() - lowest() + 1) * size; }
  /// Bytes from the lowest address to an element.
  std::size_t offset(std::size_t r, std::size_t c) const {
    return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(r) * by.row + static_cast<std::ptrdiff_t>(c) * by.column - lowest()) * size;
  }

 private:
  std::ptrdiff_t reach(bool down) const {
    std::ptrdiff_t sum = 0;
    for (const std::ptrdiff_t far : {static_cast<std::ptrdiff_t>(rows - 1) * by.row, static_cast<std::ptrdiff_t>(columns - 1) * by.column}) {
      sum += down ? std::min<std::ptrdiff_t>(far, 0) : std::max<std::ptrdiff_t>(far, 0);
    }
    return sum;
  }
};

std::vector<isa> sets() {
  std::vector<isa> met;
  for (const isa set : {isa::baseline, isa::avx2, isa::avx512}) {
    if (set <= capabilities_of(isa::baseline).active) met.push_back(set);
  }
  return met;
}

class Copies {
 public:
  explicit Copies(std::size_t most_bytes) : from_(most_bytes), to_(most_bytes) {
    std::uint32_t state = 1;
    for (std::byte* at = from_.begin(); at != from_.end(); ++at) *at = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  }

  ::testing::AssertionResult are_right(isa set, const grid& from, const grid& to, bool at_end) {
    const std::size_t source_bytes = from.bytes(), bytes = to.bytes();
    std::byte* const source = at_end ? from_.end() - source_bytes : from_.begin();
    std::byte* const result = at_end ? to_.end() - bytes : to_.begin();
    std::fill_n(result, bytes, canary);
    expected_.assign(bytes, canary);
    for (std::size_t r = 0; r < to.rows; ++r) {
      for (std::size_t c = 0; c < to.columns; ++c) std::memcpy(&expected_[to.offset(r, c)], source + from.offset(r, c), to.size);
    }
    const auto unit = static_cast<std::ptrdiff_t>(to.size);
    copy_tile(set, {result + to.offset(0, 0), to.by.row * unit, to.by.column * unit, source + from.offset(0, 0), from.by.row * unit,
                    from.by.column * unit, to.rows, to.columns}, to.size);
    if (std::memcmp(result, expected_.data(), bytes) == 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << to.rows << " x " << to.columns << " elements of " << to.size << " bytes from strides " << from.by.row
                                         << ", " << from.by.column << " to " << to.by.row << ", " << to.by.column << " with " << name(set);
  }

 private:
  guarded_memory from_, to_;
  std::vector<std::byte> expected_;
};

/// Strides at which elements do not share memory.
std::vector<strides> strides_apart(std::ptrdiff_t rows, std::ptrdiff_t columns) {
  return {{columns, 1}, {columns + 3, 1}, {1, rows}, {1, rows + 5}, {2 * columns, 2}, {3 * columns + 1, 3}, {5, 5 * rows},
          {-columns, 1}, {columns, -1}, {-1, rows}, {1, -rows}, {-columns, -1}, {-3, -3 * rows}};
}
/// These, and more that can be read.
std::vector<strides> strides_to_read(std::ptrdiff_t rows, std::ptrdiff_t columns) {
  std::vector<strides> all = strides_apart(rows, columns);
  for (const strides more : std::initializer_list<strides>{{0, 1}, {1, 0}, {0, 0}, {-1, 0}, {3 * columns, 3}, {4 * columns, 4}, {-2, -2 * rows},
                                                           {2 * columns, -2}, {3 * columns, -3}, {-4 * columns, -4}, {1, 1}, {1, 2}, {1, 3},
                                                           {1, -2}}) {
    all.push_back(more);
  }
  return all;
}

void check(Copies& copies, std::size_t rows, std::size_t columns) {
  for (const isa set : sets()) {
    for (const std::size_t size : {1, 2, 4, 8}) {
      for (const strides from : strides_to_read(static_cast<std::ptrdiff_t>(rows), static_cast<std::ptrdiff_t>(columns))) {
        for (const strides to : strides_apart(static_cast<std::ptrdiff_t>(rows), static_cast<std::ptrdiff_t>(columns))) {
          for (const bool at_end : {false, true}) {
            ASSERT_TRUE(copies.are_right(set, {rows, columns, size, from}, {rows, columns, size, to}, at_end));
          }
        }
      }
    }
  }
}

TEST(Copy, MovesEveryGridAsALoopOverElementsDoes) {
  constexpr std::size_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 35, 70};
  Copies copies(5 * 75 * 80 * 8);
  for (const std::size_t rows : lengths) {
    for (const std::size_t columns : lengths) {
      check(copies, rows, columns);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Copy, MovesRowsOfEveryLength) {
  Copies copies(5 * 4 * 300 * 8);
  for (std::size_t length = 1; length < 280; length += length < 140 ? 1 : 13) {
    check(copies, 1, length);
    check(copies, 3, length);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Copy, OfNothingDoesNothing) {
  for (const isa set : sets()) {
    copy_tile(set, {nullptr, 4, 4, nullptr, 4, 4, 0, 5}, 4);
    copy_tile(set, {nullptr, 4, 4, nullptr, 4, 4, 5, 0}, 4);
  }
}

TEST(Copy, MakesPositions) {
  const auto* const from = reinterpret_cast<const std::byte*>(counting_base + 7 * 4);
  std::uint32_t made[6];
  copy_tile(isa::baseline, {reinterpret_cast<std::byte*>(made), 12, 4, from, 40, -4, 2, 3}, 4);
  EXPECT_EQ(std::vector(made, made + 6), (std::vector<std::uint32_t>{7, 6, 5, 17, 16, 15}));
}

TEST(Copy, MovesWholeLayouts) {
  const layout turned = transpose(layout({7, 5, 3}));  // (3, 5, 7)
  std::uint16_t from[105], to[105];
  for (std::size_t i = 0; i < 105; ++i) from[i] = static_cast<std::uint16_t>(i);
  for (const isa set : sets()) {
    std::fill_n(to, 105, std::uint16_t{0xffff});
    copy_elements(set, reinterpret_cast<std::byte*>(to), layout(turned.shape), reinterpret_cast<const std::byte*>(from), turned, 2);
    for (std::size_t i = 0; i < 105; ++i) ASSERT_EQ(to[i], i / 35 + i / 7 % 5 * 3 + i % 7 * 15) << i;
    std::uint16_t one = 0;
    copy_elements(set, reinterpret_cast<std::byte*>(&one), layout(extents{}), reinterpret_cast<const std::byte*>(from + 9), layout(extents{}), 2);
    EXPECT_EQ(one, 9);
  }
}

}  // namespace
}  // namespace onepass::testing
