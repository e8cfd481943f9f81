// The cut: a program with folds becomes passes, and a pass becomes stages.
//
// A fold is a value that is known only after its elements have been visited, so what needs it comes later. A *pass*
// visits an iteration space once. All folds of a pass are along the same axes, so a *row* is what one of their results
// is made from. Inside a pass, *stages* run one after another on each tile: a fold that later stages of the same space
// need stays with the tile, so the row is read from memory once. A scan is a fold with a result for each element: it is
// known for the elements of a tile once the tiles before it in the row are done.
// The cut depends on which shapes are equal, never on what they are; it knows nothing of strides, tiles or threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <onepass/ir/program.hpp>

namespace onepass {

/// Something that the stages of a pass read or write.
struct stream {
  enum class home : std::uint8_t {
    source,       ///< array operand `index` of the program
    destination,  ///< result `index` of the program
    fold,         ///< the results of fold `index` of this pass, one for each row, or one in all
    scan,         ///< the elements of scan `index` of this pass, which are scanned after the stage that writes them
    block,        ///< the results of fold `index` for the block at hand, which a later fold of the same joining needs
    position,     ///< the number of each column in its block
    scratch,      ///< elements that stay with the tile: what one stage leaves to a later one
    finished,     ///< the results of fold or scan `index` of an earlier pass, an operand like any other
  };
  home where;
  std::uint32_t index;
  dtype type;

  bool operator==(const stream&) const = default;
};

/// Straight-line work on every element of a tile.
struct stage {
  program code;                       ///< inputs and stores are numbered by `operands`
  std::vector<std::uint32_t> operands;  ///< streams of the pass: what is read, then what is written
  std::uint32_t inputs = 0;           ///< how many of them are read
  bool folds = false;
};

/// One visit of an iteration space.
struct pass {
  enum class kind : std::uint8_t { map, fold };
  kind what = kind::map;
  axis_set over;            ///< of a fold: the axes that are joined
  bool as_fused = false;    ///< its operands are ordered for the fused kernel, not for its stage
  bool joins_states = false;  ///< some of its folds are states of a joining
  bool scans = false;         ///< the tiles of a row are visited in their order
  bool whole_rows = false;  ///< a stage needs what an earlier one made of the whole row
  std::uint32_t space = 0;  ///< the fold (or, from `folds.size()` on, the store) whose shape is visited
  std::vector<stream> streams;
  std::vector<stage> stages;

  /// True if it computes from finished folds alone: nothing is visited again.
  bool finishes() const noexcept;
};

/// One fold or scan of the program.
struct cut_fold {
  value_id id;
  const reduction* how;
  axis_set over;
  bool keepdims;
  bool scans;  ///< it is a scan
  std::uint32_t pass;
  bool local;                                ///< needed by later stages of its own pass only
  std::vector<std::uint32_t> destinations;  ///< results of the program that are this fold
  std::int32_t group = -1;                  ///< if it is a state: which group
};

/// Folds that are the states of a joining.
struct cut_group {
  const joining* how;
  std::uint32_t states[joining::most_states];  ///< folds
  std::uint32_t last_stage = 0;                ///< after this stage of their pass, all are known
};

/// A number of elements that the stages need: scalar argument `scalars + its index`.
struct cut_count {
  dtype type;
  axis_set over;
  std::vector<value_id> space;  ///< of which shape, as for folds

  bool operator==(const cut_count&) const = default;
};

/// A program, cut. Stores of the program go to operand `sources + k` for result k.
struct cut {
  std::vector<cut_fold> folds;
  std::vector<cut_group> groups;
  std::vector<cut_count> counts;
  std::vector<value_id> stores;  ///< of results that are not folds themselves
  std::vector<pass> passes;

  std::string text() const;
};

/// The folds and scans of a program, first to last, and its stores: what can have a shape of its own.
struct outline {
  std::vector<value_id> folds;
  std::vector<value_id> stores;
};
outline outline_of(const program& whole);

/// How many operands a program has.
struct operand_counts {
  std::uint32_t sources, scalars;
};

/// Cuts a program. `shape_class` says which shapes are equal: for each fold what it folds over, then for each store what
/// it stores.
cut cut_program(const program& whole, operand_counts operands, std::span<const std::uint32_t> shape_class);

}  // namespace onepass
