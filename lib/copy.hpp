// Copying between layouts: how a packed operand gets into its buffer and out of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <onepass/array/layout.hpp>

namespace onepass {

// Where elements are read, `from` may count (array/counting.hpp): then they are made.

/// Copies `rows` times `columns` elements of `size` bytes (1, 2, 4 or 8); strides in bytes.
void copy_tile(std::byte* to, std::ptrdiff_t to_row, std::ptrdiff_t to_column, const std::byte* from, std::ptrdiff_t from_row,
               std::ptrdiff_t from_column, std::size_t rows, std::size_t columns, std::size_t size);

/// Loops over elements, the first one outermost; strides in bytes.
struct strided_loops {
  int rank;
  const std::int64_t* lengths;
  const std::ptrdiff_t* strides;
};

/// Copies elements `first` to `first + count` of the loops, in their order, to follow each other at `to`.
void gather(std::byte* to, const std::byte* from, const strided_loops& loops, std::size_t first, std::size_t count, std::size_t size);

/// The reverse of gather.
void scatter(std::byte* to, const strided_loops& loops, const std::byte* from, std::size_t first, std::size_t count, std::size_t size);

/// Copies all elements of `from_where` to the positions of `to_where`, of the same shape.
void copy_elements(std::byte* to, const layout& to_where, const std::byte* from, const layout& from_where, std::size_t size);

}  // namespace onepass
