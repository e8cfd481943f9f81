// Strided copies. Small squares are visited so that both sides use whole cache lines.
#include "copy.hpp"

#include <algorithm>
#include <cstring>

#include <onepass/array/counting.hpp>
#include <onepass/core/config.hpp>

namespace onepass {

namespace {

constexpr std::size_t square = 16;

template <std::size_t size>
ONEPASS_INLINE void copy_row(std::byte* to, std::ptrdiff_t to_column, const std::byte* from, std::ptrdiff_t from_column, std::size_t columns) {
  for (std::size_t c = 0; c < columns; ++c) {
    std::memcpy(to, from, size);
    to += to_column;
    from += from_column;
  }
}

template <std::size_t size>
void copy_sized(std::byte* to, std::ptrdiff_t to_row, std::ptrdiff_t to_column, const std::byte* from, std::ptrdiff_t from_row,
                std::ptrdiff_t from_column, std::size_t rows, std::size_t columns) {
  constexpr auto unit = static_cast<std::ptrdiff_t>(size);
  if (to_column == unit && from_column == unit) {
    for (std::size_t r = 0; r < rows; ++r, to += to_row, from += from_row) std::memcpy(to, from, columns * size);
    return;
  }
  for (std::size_t r = 0; r < rows; r += square) {
    const std::size_t height = std::min(square, rows - r);
    for (std::size_t c = 0; c < columns; c += square) {
      const std::size_t width = std::min(square, columns - c);
      for (std::size_t i = 0; i < height; ++i) {
        const auto row = static_cast<std::ptrdiff_t>(r + i), column = static_cast<std::ptrdiff_t>(c);
        copy_row<size>(to + row * to_row + column * to_column, to_column, from + row * from_row + column * from_column, from_column, width);
      }
    }
  }
}

/// Elements that are positions, one row after the other.
template <class T>
void count_sized(std::byte* to, std::ptrdiff_t to_row, std::ptrdiff_t to_column, const std::byte* from, std::ptrdiff_t from_row,
                 std::ptrdiff_t from_column, std::size_t rows, std::size_t columns) {
  const auto step = static_cast<T>(from_column / static_cast<std::ptrdiff_t>(sizeof(T)));
  for (std::size_t r = 0; r < rows; ++r, to += to_row, from += from_row) {
    const auto first = static_cast<T>(counted(from, sizeof(T)));
    for (std::size_t c = 0; c < columns; ++c) {
      const auto element = static_cast<T>(first + static_cast<T>(c) * step);
      std::memcpy(to + static_cast<std::ptrdiff_t>(c) * to_column, &element, sizeof element);
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

/// The loops of a layout.
struct loops_of {
  std::ptrdiff_t strides[max_rank];
  strided_loops loops;

  loops_of(const layout& where, std::size_t size) : loops{where.shape.rank(), where.shape.begin(), strides} {
    for (int d = 0; d < where.shape.rank(); ++d) strides[d] = where.strides[d] * static_cast<std::ptrdiff_t>(size);
  }
};

}  // namespace

void copy_tile(std::byte* to, std::ptrdiff_t to_row, std::ptrdiff_t to_column, const std::byte* from, std::ptrdiff_t from_row,
               std::ptrdiff_t from_column, std::size_t rows, std::size_t columns, std::size_t size) {
  const auto copy = counts(from) ? size == 1   ? count_sized<std::uint8_t>
                                   : size == 4 ? count_sized<std::uint32_t>
                                               : count_sized<std::uint64_t>
                    : size == 1 ? copy_sized<1>
                    : size == 2 ? copy_sized<2>
                    : size == 4 ? copy_sized<4>
                                : copy_sized<8>;
  copy(to, to_row, to_column, from, from_row, from_column, rows, columns);
}

void gather(std::byte* to, const std::byte* from, const strided_loops& loops, std::size_t first, std::size_t count, std::size_t size) {
  const auto unit = static_cast<std::ptrdiff_t>(size);
  each_run(loops, first, count, [&](std::ptrdiff_t offset, std::size_t before, std::size_t run) {
    copy_tile(to + before * size, 0, unit, from + offset, 0, last_stride(loops), 1, run, size);
  });
}

void scatter(std::byte* to, const strided_loops& loops, const std::byte* from, std::size_t first, std::size_t count, std::size_t size) {
  const auto unit = static_cast<std::ptrdiff_t>(size);
  each_run(loops, first, count, [&](std::ptrdiff_t offset, std::size_t before, std::size_t run) {
    copy_tile(to + offset, 0, last_stride(loops), from + before * size, 0, unit, 1, run, size);
  });
}

void copy_elements(std::byte* to, const layout& to_where, const std::byte* from, const layout& from_where, std::size_t size) {
  constexpr std::size_t at_once = 256;
  std::byte between[at_once * 8];
  const loops_of to_loops(to_where, size), from_loops(from_where, size);
  const std::size_t all = to_where.shape.size();
  for (std::size_t first = 0; first < all; first += at_once) {
    const std::size_t count = std::min(at_once, all - first);
    gather(between, from, from_loops.loops, first, count, size);
    scatter(to, to_loops.loops, between, first, count, size);
  }
}

}  // namespace onepass
