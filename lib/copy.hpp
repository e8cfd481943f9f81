// Copying between layouts: how a packed operand gets into its buffer and out of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <onepass/array/layout.hpp>
#include <onepass/core/isa.hpp>

#include "copy_steps.hpp"

namespace onepass {

// Where elements are read, `from` may count (array/counting.hpp): then they are made. Nothing wider than `set` is used.

/// Copies a grid of elements of `size` bytes (1, 2, 4 or 8).
void copy_tile(isa set, const strided_copy& what, std::size_t size);

/// Loops over elements, the first one outermost; strides in bytes.
struct strided_loops {
  int rank;
  const std::int64_t* lengths;
  const std::ptrdiff_t* strides;
};

/// Copies elements `first` to `first + count` of the loops, in their order, to follow each other at `to`.
void gather(isa set, std::byte* to, const std::byte* from, const strided_loops& loops, std::size_t first, std::size_t count, std::size_t size);

/// The reverse of gather.
void scatter(isa set, std::byte* to, const strided_loops& loops, const std::byte* from, std::size_t first, std::size_t count, std::size_t size);

/// Copies all elements of `from_where` to the positions of `to_where`, of the same shape.
void copy_elements(isa set, std::byte* to, const layout& to_where, const std::byte* from, const layout& from_where, std::size_t size);

}  // namespace onepass
