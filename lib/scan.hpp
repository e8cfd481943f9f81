// Scans: elements of rows, joined with all that come before them in their row.
//
// The order is that of ir/reduction.hpp. Rows, or where there are few the runs of a block, are laid beside each other in the
// first cache, so that a register holds elements of many of them, and kernels that are maps do it all: they join rows of
// elements, each row with what the row before has become. So any reduction scans on any engine, and no kernel knows of it.
// A tile is scanned where a stage has left it; what stands before it in each row is kept from the tile before.
#pragma once

#include <cstddef>

#include <onepass/core/isa.hpp>
#include <onepass/ir/program.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/plan/plan.hpp>

namespace onepass {

/// The kernels of a scan.
struct scan_kernels {
  /// How many elements of each run the second kernel takes at once: what it joins last stays in a register.
  static constexpr std::uint32_t at_once = 4;

  kernel single;   ///< earlier, later; joined
  kernel several;  ///< what stands before, at_once elements; each of them joined with all before it
  /// The same in one step for runs that lie below each other: what stands before the run, what stands before in the run,
  /// one or at_once elements; each of them joined with all before it, and the last one with all before it in the run.
  kernel down_single, down_several;
};

/// The programs behind them.
program scan_program(const reduction& how, std::uint32_t at_once);
program scan_down_program(const reduction& how, std::uint32_t at_once);
inline constexpr std::size_t scan_operands = 2 * scan_kernels::at_once + 3;

/// Instructions for an element that a scan takes, about.
inline constexpr std::size_t scan_instructions = 24;

/// Memory that a scan needs: of rows, whatever their number and type, or down so many columns.
std::size_t scan_room() noexcept;
constexpr std::size_t scan_down_room(std::size_t columns) noexcept { return columns * 8; }

/// Rows to be scanned: elements follow each other. They may be scanned in place.
struct scan_tile {
  const scan_kernels& kernels;
  const reduction& how;
  tile_operand from, to;
  std::size_t rows, columns;  ///< columns before these in a row are whole blocks; down, rows before these whole runs
  std::byte* before;          ///< for each row (column) what stands before it, and afterwards what stands before the next tile
  std::byte* room;            ///< scan_room() or scan_down_room() bytes, aligned as a cache line
  tile& call;                 ///< with room for scan_operands, and what the kernels ask for
  isa set;                    ///< nothing wider copies elements
};

/// Makes `before` for the first tile of so many rows, or columns.
void begin_scan(const reduction& how, std::byte* before, std::size_t rows);

/// Scans the rows, or each column.
void run_scan(const scan_tile& what);
void run_scan_down(const scan_tile& what);

}  // namespace onepass
