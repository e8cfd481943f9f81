// What a reduction is, and the one order in which every engine joins its elements: into one result, or in a scan into one
// for each element, of all up to it.
//
// The order is part of the language: it depends on the number of elements and on nothing else, neither on the
// instruction set nor on threads, tiles or alignment.
//   1. The elements along the reduced axes, in row-major order, are cut into blocks of `fold_block` elements.
//   2. Inside a block, element i joins lane i mod L, where L lanes fill `fold_bytes` bytes. Every lane starts as the
//      identity. Then lanes i and i + L/2 join for i < L/2, then i and i + L/4, and so on until one is left.
//   3. The blocks' results join in pairs of neighbours, (0 1)(2 3)..., an odd last one waiting, until one is left.
// Joining is always combine(earlier, later).
// Some reductions need more than one lane-wise fold: the variance needs a first look at its block, the position of the
// largest element needs the largest. They fold each block several times, the later folds knowing the results of the
// earlier ones; these results are the block's *state*, and a `joining` says how the states of blocks join, in step 3.
// A scan cuts its blocks into runs of `scan_run` elements. In each run elements join one after another, the identity first,
// and every element becomes the join of all up to it. Then runs join the same way: what stands before a run, joined with
// its last element, stands before the next one; the identity before the first of all. The result is what stands before
// the run, joined with what the element has become.
// A full block of f32 is 64 lanes: four AVX-512 registers or eight AVX2 ones, enough to hide the latency of an add.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <onepass/core/dtype.hpp>

namespace onepass {

class program;

/// Elements of one block of a reduction.
inline constexpr std::size_t fold_block = 4096;

/// Bytes that the lanes of a block fill.
inline constexpr std::size_t fold_bytes = 256;

/// Number of lanes of a block for elements of `size` bytes.
constexpr std::size_t fold_lanes(std::size_t size) noexcept { return fold_bytes / size; }

/// Elements of one run of a scan.
inline constexpr std::size_t scan_run = 64;

/// Number of blocks of a reduction over `count` elements; no elements still make one, empty, block.
constexpr std::size_t fold_blocks(std::size_t count) noexcept {
  return count <= fold_block ? 1 : (count + fold_block - 1) / fold_block;
}

/// Which axes a fold joins, counted from the last one: broadcasting aligns shapes there, so a set means the same
/// whatever stands in front.
class axis_set {
 public:
  static constexpr unsigned most = 16;

  constexpr axis_set() = default;
  /// Bit k is axis -1-k.
  constexpr explicit axis_set(std::uint16_t bits) noexcept : bits_(bits) {}
  static constexpr axis_set all() noexcept { return axis_set(0xffff); }
  static constexpr axis_set last() noexcept { return axis_set(1); }

  constexpr bool is_all() const noexcept { return bits_ == 0xffff; }
  /// True if dimension `d` of a shape of `rank` dimensions is joined.
  constexpr bool holds(int d, int rank) const noexcept { return (bits_ >> (rank - 1 - d) & 1) != 0; }
  constexpr std::uint16_t bits() const noexcept { return bits_; }
  constexpr bool operator==(const axis_set&) const = default;

 private:
  std::uint16_t bits_ = 0xffff;
};

/// A reduction for one element type. Reductions are compared by address: there is one object for each.
struct reduction {
  std::string_view name;
  dtype type;
  bool empty_allowed;           ///< false if folding no elements has no value
  std::uint64_t identity;       ///< bits of the value that every lane starts with
  const program* combine;       ///< inputs 0 (earlier) and 1 (later); store 0 is their join

  /// Joins `count` block results, at least one, into one at `to`, step 3 of the order; overwrites them.
  void (*join_blocks)(void* values, std::size_t count, void* to);
};

/// How the states of blocks join. Compared by address, like reductions.
struct joining {
  static constexpr int most_states = 3;

  std::string_view name;
  int states;
  dtype types[most_states];

  /// Joins `count` states, each array states[k] holding state k of all of them, in pairs of neighbours into the first.
  /// Each state is that of `unit` elements, the last one of what is left of `total`. Overwrites the rest.
  void (*join)(void* const* states, std::size_t count, std::size_t unit, std::size_t total);
};

/// What the immediate of a fold says; counts and positions have space and axes of it.
struct fold_immediate {
  std::uint16_t reduction;   ///< index into the program's list of reductions
  std::uint16_t space;       ///< index into its list of spaces: what is folded over
  axis_set over;
  bool keepdims;             ///< reduced axes stay, with length 1
  std::uint8_t joining = 0;  ///< 0, or one more than the index of the joining whose states this fold is one of

  constexpr std::uint64_t pack() const noexcept {
    return reduction | std::uint64_t{space} << 16 | std::uint64_t{over.bits()} << 32 | std::uint64_t(keepdims) << 48 | std::uint64_t{joining} << 56;
  }
  static constexpr fold_immediate unpack(std::uint64_t bits) noexcept {
    return {static_cast<std::uint16_t>(bits), static_cast<std::uint16_t>(bits >> 16), axis_set(static_cast<std::uint16_t>(bits >> 32)),
            (bits >> 48 & 1) != 0, static_cast<std::uint8_t>(bits >> 56)};
  }
};

/// What the immediate of a join says.
struct join_immediate {
  std::uint8_t joining;  ///< index into the program's list
  std::uint8_t state;    ///< which of the joined states it is

  constexpr std::uint64_t pack() const noexcept { return joining | std::uint64_t{state} << 8; }
  static constexpr join_immediate unpack(std::uint64_t bits) noexcept {
    return {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8)};
  }
};

}  // namespace onepass
