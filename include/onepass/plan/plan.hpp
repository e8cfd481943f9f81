// The plan of a pass: in which order and in which pieces its iteration space is visited.
//
// A plan is a pure function of a cut pass, of layouts and of the machine's sizes: it can be printed and tested without
// running anything. Dimensions that no operand tells apart are merged, the innermost loop runs along the columns, and
// the space is divided into tiles whose elements fit a cache. An operand whose elements do not follow each other along
// the columns is *packed*: copied tile by tile through a small buffer, so that kernels see only two kinds of operand.
// Columns are the loop along which the fewest bytes have to be packed. A loop that most operands run backwards is turned
// around. Where rows are short a tile is *one row* for the kernel, and what does not run on from one row to the next is
// packed, too; what is the same in all tiles only once.
// In a pass that folds, the joined axes are the columns, in row-major order, and a row is what one result is made from. In
// one that only scans they are the rows, if elements follow each other along another axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <onepass/array/layout.hpp>
#include <onepass/plan/cut.hpp>

namespace onepass {

/// How a kernel meets an operand.
enum class access : std::uint8_t {
  follows,  ///< element by element along the columns
  stays,    ///< one element for all columns of a row
  packed,   ///< through a buffer, where it follows
  counted,  ///< the same, but its elements are positions and lie nowhere else
  tile,     ///< lives in the tile only
};

/// One stream of the pass, as the plan visits it. Strides are in bytes.
struct planned_stream {
  onepass::access access = access::tile;
  bool is_result = false;
  std::ptrdiff_t first = 0;  ///< where the first element lies that is visited
  std::ptrdiff_t outer[max_rank];  ///< of the outer loops; at the end, of the joined axes
  std::ptrdiff_t row = 0;
  std::ptrdiff_t column = 0;  ///< 0 for a stream that does not run evenly through the joined axes
  bool uneven = false;        ///< it does not: its columns are gathered loop by loop
  std::size_t buffer = 0;  ///< where its room begins in the memory of a tile
  bool counted = false;    ///< its bytes are among those of an operand that overlaps it
};

/// What the plan needs to know of the machine.
struct machine_sizes {
  std::size_t l1_bytes, l2_bytes, l3_bytes;
  int threads;
};

/// The loop nest of one pass: outer loops, then rows, then columns; tiles divide rows and columns. Columns of a pass that
/// folds are divided at powers of two of fold_block, or not at all.
struct plan {
  bool across = false;      ///< results lie along the rows, and are folded many at once (lib/across.hpp)
  bool as_one_row = false;  ///< the rows of a tile are one row for the kernel
  bool down_rows = false;   ///< the axis that is scanned are the rows: tiles below each other follow each other
  int outer_rank = 0;
  int joined_rank = 0;                  ///< number of the joined axes
  std::int64_t outer[max_rank];         ///< lengths of the outer loops; at the end, of the joined axes
  std::int64_t rows = 1, columns = 1;
  std::int64_t tile_rows = 1, tile_columns = 1;
  std::int64_t row_tiles = 1, column_tiles = 1, tiles = 1;
  std::vector<planned_stream> streams;  ///< as in the pass
  extents space;                        ///< what is visited, before dimensions were merged

  int threads = 1;
  bool streaming = false;  ///< results are written past the caches
  bool looks_ahead = false;  ///< what is folded along rows is asked for early
  std::size_t bytes_read = 0, bytes_written = 0;
  double estimated_ns = 0;       ///< on one thread
  std::size_t buffer_bytes = 0;  ///< room that a tile needs

  std::string text(const pass& of) const;

  /// Lengths of the joined axes, and strides of a stream along them.
  const std::int64_t* joined() const noexcept { return outer + max_rank - joined_rank; }
  const std::ptrdiff_t* joined(const planned_stream& s) const noexcept { return s.outer + max_rank - joined_rank; }
  /// How many tiles in their order are of the same rows that are scanned.
  std::int64_t tiles_together() const noexcept { return down_rows ? row_tiles : column_tiles; }
  /// Rows of the whole space.
  std::int64_t all_rows() const noexcept;

  /// As new, with room for so many streams; keeps its memory.
  void reset(std::size_t stream_count);
};

/// The most streams of a pass that is folded across rows.
inline constexpr std::size_t most_streams_across = 64;

/// Rows that are scanned beside each other, or runs of one row.
inline constexpr std::size_t scan_abreast = fold_block / scan_run;

/// The most elements for which a simple pass (every operand gapless) would be planned for one thread and without
/// streaming, if its streams take `bytes` bytes and its program `operations` instructions for an element.
std::size_t elements_for_one_thread(std::size_t bytes, double operations, const machine_sizes& sizes, int threads);

/// Plans a pass over `space`. `layouts` says for each stream where it lies in that space (ignored for scratch and for
/// folds and scans that stay with the tile, which `local` marks); `operations` is the number of instructions for an element.
/// `bases` says where streams begin in memory, if that is known: bytes that several operands share are counted once.
/// `into` is overwritten; planning again into the same object allocates nothing.
void make_plan(plan& into, const pass& of, const extents& space, std::span<const layout> layouts, std::span<const char> local,
               double operations, const machine_sizes& sizes, int threads, std::span<std::byte* const> bases = {});

}  // namespace onepass
