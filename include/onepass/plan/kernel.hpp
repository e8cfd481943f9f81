// The one calling convention: what a kernel is and what it is called with, whoever made it.
//
// A kernel computes a tile: `rows` times `columns` positions of an iteration space. Along the columns an operand
// either follows element by element or stays (column_stride 0); from row to row it moves by any number of bytes.
// Results of folds are one element a row. The caller never passes a tile of more than fold_block columns to a kernel
// with folds, so a row is at most one block of the reduction order. A kernel allocates nothing: what memory it needs it asks
// for, and it cannot fail once it has begun.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onepass {

/// One array operand of a tile. Strides are in bytes; column_stride is the element size or 0.
struct tile_operand {
  std::byte* data;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t column_stride;
};

/// What a kernel is called with. Its operands follow it in memory, so that a kernel reaches them in one step.
struct tile {
  std::size_t rows;
  std::size_t columns;
  const std::uint64_t* scalars;  ///< bits of the scalar arguments
  std::byte* room;               ///< what the kernel asks for, aligned as a cache line

  tile_operand* operands() noexcept { return reinterpret_cast<tile_operand*>(this + 1); }
  const tile_operand* operands() const noexcept { return reinterpret_cast<const tile_operand*>(this + 1); }
};

/// A tile with room for its operands.
template <std::size_t Operands>
struct tile_of {
  tile head;
  tile_operand operands[Operands];
};

/// Memory that a tile with so many operands takes.
constexpr std::size_t tile_bytes(std::size_t operands) noexcept { return sizeof(tile) + operands * sizeof(tile_operand); }

/// What came of a call.
enum class outcome : int {
  done = 0,
  foreign_environment = 1,  ///< nothing computed: the floating-point environment flushes subnormals
};

using entry_point = outcome (*)(const tile& what, const void* context) noexcept;

/// How far ahead of what a loop reads lines are asked for, where it has so many instructions for a line that the processor
/// does not look as far ahead itself (measured on arrays beyond the caches: 100,000 rows of 100 folded in 0.6 of the time,
/// three folds of 10 million elements in 0.72).
inline constexpr std::size_t bytes_ahead = 8192;

/// Compiled, fused or interpreted code for a tile.
struct kernel {
  entry_point entry = nullptr;
  const void* context = nullptr;     ///< passed to the entry, for kernels that are data
  bool checks_environment = false;   ///< returns foreign_environment itself; others need the environment set
  std::size_t room_bytes = 0;        ///< memory of its own that a call needs

  explicit operator bool() const noexcept { return entry != nullptr; }
};

}  // namespace onepass
