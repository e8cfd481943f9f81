// Strided copies: counting, runs of layouts, and the way to the copies of each instruction set.
#include "copy.hpp"

#include <algorithm>
#include <cstring>

#include <onepass/array/counting.hpp>

namespace onepass {

namespace {

/// Elements that are positions, one row after the other.
template <class T>
void count_sized(const strided_copy& what) {
  const auto step = static_cast<T>(what.from_column / static_cast<std::ptrdiff_t>(sizeof(T)));
  for (std::size_t r = 0; r < what.rows; ++r) {
    const auto row = static_cast<std::ptrdiff_t>(r);
    const auto first = static_cast<T>(counted(what.from + row * what.from_row, sizeof(T)));
    for (std::size_t c = 0; c < what.columns; ++c) {
      const auto element = static_cast<T>(first + static_cast<T>(c) * step);
      std::memcpy(what.to + row * what.to_row + static_cast<std::ptrdiff_t>(c) * what.to_column, &element, sizeof element);
    }
  }
}

/// Calls f(byte offset of a run's first element, elements before it, its length) for the runs of the range.
template <class F>
void each_run(const strided_loops& loops, std::size_t first, std::size_t count, F&& f) {
  const int last = loops.rank - 1;
  const auto length = static_cast<std::size_t>(last < 0 ? 1 : loops.lengths[last]);
  std::size_t done = 0;
  while (done < count) {
    std::size_t rest = first + done;
    const std::size_t within = rest % length;
    rest /= length;
    std::ptrdiff_t offset = last < 0 ? 0 : static_cast<std::ptrdiff_t>(within) * loops.strides[last];
    for (int d = last; d-- > 0;) {
      const auto extent = static_cast<std::size_t>(loops.lengths[d]);
      offset += static_cast<std::ptrdiff_t>(rest % extent) * loops.strides[d];
      rest /= extent;
    }
    const std::size_t run = std::min(length - within, count - done);
    f(offset, done, run);
    done += run;
  }
}

std::ptrdiff_t last_stride(const strided_loops& loops) { return loops.rank == 0 ? 0 : loops.strides[loops.rank - 1]; }

}  // namespace

void copy_tile(isa set, const strided_copy& what, std::size_t size) {
  if (counts(what.from)) {
    const auto count = size == 1 ? count_sized<std::uint8_t> : size == 4 ? count_sized<std::uint32_t> : count_sized<std::uint64_t>;
    return count(what);
  }
  const auto find = set == isa::avx512 ? find_copy_avx512 : set == isa::avx2 ? find_copy_avx2 : find_copy_baseline;
  find(size)(what);
}

void gather(isa set, std::byte* to, const std::byte* from, const strided_loops& loops, std::size_t first, std::size_t count, std::size_t size) {
  const auto unit = static_cast<std::ptrdiff_t>(size);
  each_run(loops, first, count, [&](std::ptrdiff_t offset, std::size_t before, std::size_t run) {
    copy_tile(set, {to + before * size, 0, unit, from + offset, 0, last_stride(loops), 1, run}, size);
  });
}

void scatter(isa set, std::byte* to, const strided_loops& loops, const std::byte* from, std::size_t first, std::size_t count, std::size_t size) {
  const auto unit = static_cast<std::ptrdiff_t>(size);
  each_run(loops, first, count, [&](std::ptrdiff_t offset, std::size_t before, std::size_t run) {
    copy_tile(set, {to + offset, 0, last_stride(loops), from + before * size, 0, unit, 1, run}, size);
  });
}

void copy_elements(isa set, std::byte* to, const layout& to_where, const std::byte* from, const layout& from_where, std::size_t size) {
  const extents& shape = to_where.shape;
  const auto unit = static_cast<std::ptrdiff_t>(size);
  const int rank = shape.rank(), outer = std::max(rank - 2, 0);
  strided_copy grid{to, 0, 0, from, 0, 0, 1, 1};
  if (rank > 0) {
    grid.columns = static_cast<std::size_t>(shape[rank - 1]);
    grid.to_column = to_where.strides[rank - 1] * unit;
    grid.from_column = from_where.strides[rank - 1] * unit;
  }
  if (rank > 1) {
    grid.rows = static_cast<std::size_t>(shape[rank - 2]);
    grid.to_row = to_where.strides[rank - 2] * unit;
    grid.from_row = from_where.strides[rank - 2] * unit;
  }
  std::size_t grids = 1;
  for (int d = 0; d < outer; ++d) grids *= static_cast<std::size_t>(shape[d]);
  for (std::size_t g = 0; g < grids; ++g) {
    std::int64_t to_offset = 0, from_offset = 0;
    std::size_t rest = g;
    for (int d = outer; d-- > 0;) {
      const auto index = static_cast<std::int64_t>(rest % static_cast<std::size_t>(shape[d]));
      rest /= static_cast<std::size_t>(shape[d]);
      to_offset += index * to_where.strides[d];
      from_offset += index * from_where.strides[d];
    }
    grid.to = to + to_offset * unit;
    grid.from = from + from_offset * unit;
    copy_tile(set, grid, size);
  }
}

}  // namespace onepass
