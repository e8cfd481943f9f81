// The loops that the C++ compiler made of a list of expression types, as the compiled core calls them.
//
// They compute one row of elements that follow each other. Rows, tiles, operands that stay the same and blocks of the
// reduction order are the same for all expressions, and so no part of user code: see lib/fused.cpp and lib/quick.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include <onepass/plan/kernel.hpp>

namespace onepass {

/// How a row is computed: any of these together. One word, which is passed in a register (a struct of flags was written to
/// the stack and read back as a whole, which waits for the writes: 1 to 2 ns a call).
enum class row_way : std::uint32_t {
  usual = 0,
  streaming = 1,            ///< results are written past the caches
  default_environment = 2,  ///< of floating-point operations; AVX-512 loops only need one that keeps subnormals
  early = 4,                ///< what is folded comes from beyond the second cache: its lines are asked for early
};
constexpr row_way operator|(row_way a, row_way b) noexcept {
  return static_cast<row_way>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(row_way all, row_way one) noexcept { return (static_cast<std::uint32_t>(all) & static_cast<std::uint32_t>(one)) != 0; }

/// Computes `n` elements of each result from gapless operands, of a fold the n elements of one block. `operands` are the
/// leaves, then the results. `index_masks`, where a loop looks at them, has one word for each leaf: 0 for one that stays,
/// whose elements are repeated; else all bits.
using row_loop = void (*)(const void* const* operands, const std::uint64_t* scalars, std::size_t n, row_way way,
                          const std::size_t* index_masks) noexcept;

/// All loops of a list of expressions; null if they are none of a single stage.
struct fused_loops {
  row_loop follow = nullptr;     ///< no leaf stays
  row_loop some_stay = nullptr;  ///< some may, repeated over `repeated_bytes`; null: over as many elements as the row has
  row_loop one_array = nullptr;  ///< all leaves are the same array; null if it would make no difference
  /// Repeats an element of `size` bytes over at least `bytes` bytes, up to the next line.
  void (*repeat)(std::byte* to, const std::byte* from, std::size_t size, std::size_t bytes) noexcept = nullptr;
  /// Joins results of blocks into one at `to`, if the only expression is a fold. In an environment as the loops need it.
  void (*join_blocks)(void* values, std::size_t count, void* to) noexcept = nullptr;
  std::size_t leaves = 0, results = 0;
  const std::uint8_t* sizes = nullptr;  ///< of the elements of the leaves, then of the results
  std::size_t repeated_bytes = 0;

  /// The kernel of these loops, which are its context.
  kernel tile_kernel(row_way way) const noexcept;
};

}  // namespace onepass
