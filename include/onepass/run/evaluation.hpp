// The door between expression types and the compiled core: what the templates tell it, and what it remembers.
//
// The templates know structure (as a type) and operands (as values); the core plans, compiles, caches and runs. Each
// list of expression types has one `site`, the place where the core leaves what the next call of the same kind needs:
// up to how many elements it may take the quick way, and kernels that were compiled before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <onepass/array/block.hpp>
#include <onepass/array/layout.hpp>
#include <onepass/expression/leaf.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/run/fused_loops.hpp>
#include <onepass/run/options.hpp>

namespace onepass {

class program;
class prepared;

/// A compiled kernel that a site remembers for the simplest case: every operand gapless, all of one shape.
struct quick_kernel {
  static constexpr std::size_t most_operands = 16;

  std::uint64_t sharing = 0;  ///< which leaves are the same array, see sharing_of()
  isa cap = isa::automatic;
  onepass::kernel code;
  bool in_order = false;                                           ///< its operands are the leaves, then the result
  std::uint8_t operands = 0;                                       ///< of the kernel
  std::uint8_t order[most_operands] = {};                          ///< which leaf each is; the result comes after the leaves
  quick_kernel* next = nullptr;
};

/// Which leaves are the same array, as one word: for each the number of the first that is the same, four bits each.
/// Precondition: there are fewer than 16.
ONEPASS_INLINE std::uint64_t sharing_of(const void* const* leaves, std::size_t count) noexcept {
  std::uint64_t word = 0xfedcba9876543210 & ((std::uint64_t{1} << 4 * count) - 1);  // each is the first
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t first = 0; first < i; ++first) {
      if (__builtin_expect(leaves[first] != leaves[i], 1)) continue;
      word ^= std::uint64_t{i ^ first} << (4 * i);
      break;
    }
  }
  return word;
}

/// What is remembered for one list of expression types. Only grows; read without locks.
struct site {
  /// Elements up to which the calling thread computes alone and writes through the caches; 0 until the core has seen
  /// the expression. Second: if only one thread is asked for.
  std::size_t alone_limit[2] = {0, 0};
  std::uint8_t automatic = 0;  ///< what automatic means here, once known
  quick_kernel* quick = nullptr;  ///< compiled kernels for the simplest case
  prepared* known = nullptr;
  std::uint64_t number = 0;  ///< of no other site, not even of one that was here before; 0 until the core has seen it

  ONEPASS_INLINE std::size_t limit(int threads) const noexcept { return __atomic_load_n(&alone_limit[threads == 1 ? 1 : 0], __ATOMIC_RELAXED); }
  ONEPASS_INLINE engine automatic_engine() const noexcept { return static_cast<engine>(__atomic_load_n(&automatic, __ATOMIC_RELAXED)); }
  ONEPASS_INLINE const quick_kernel* find(std::uint64_t sharing, isa cap) const noexcept {
    const quick_kernel* at = __atomic_load_n(&quick, __ATOMIC_ACQUIRE);
    while (at != nullptr && (at->sharing != sharing || at->cap != cap)) at = at->next;
    return at;
  }
};

/// Where a result goes.
struct destination {
  enum class place : std::uint8_t {
    array,   ///< `held` becomes the result's block; the old one is reused if it fits and is not shared
    memory,  ///< the elements at `data`, laid out as `where`
    number,  ///< a single element, its bits at `bits`
  };
  place kind;
  dtype type;
  block_reference* held = nullptr;
  std::int64_t own_references = 1;  ///< references to the old block that end with this evaluation
  void* data = nullptr;
  layout where{};                   ///< of `memory`; else row-major of the result's shape
  std::uint64_t* bits = nullptr;
  const void* object = nullptr;     ///< what the user named, if it was named
};

/// An array as a destination.
destination array_destination(block_reference& held, dtype type, const extents& shape, std::int64_t own_references);

/// Memory as a destination. Throws shape_error unless the result broadcasts to its shape.
destination memory_destination(void* data, dtype type, const layout& where, const extents& result);

/// What is to be evaluated.
struct request {
  site* remembered;
  /// Writes the expressions down; leaf i is array operand slots[i], expression k array operand `source_count + k`. The
  /// axes of folds that name them follow the leaves in `slots`.
  void (*trace)(program& written, const std::uint32_t* slots, const void* context);
  const void* context;       ///< for `trace`
  const fused_loops* fused;  ///< all expressions as one stage; null if that is impossible
  isa fused_isa;             ///< what they are compiled for
  const source* sources;     ///< one for each leaf
  std::size_t source_count;
  const axis_set* axes;      ///< of the folds that name theirs, in the order in which they are traced
  std::size_t axes_count;
  const std::uint64_t* scalars;
  std::size_t scalar_count;
  destination* destinations;
  std::size_t destination_count;
};

/// What a list of expression types says of itself: the half of a request that is known when it is compiled.
struct expression_list {
  site* remembered;
  void (*trace)(program& written, const std::uint32_t* slots, const void* context);
  const fused_loops* fused;  ///< without loops if the expressions are no single stage
  isa fused_isa;
  const dtype* leaf_types;
  std::size_t leaves, scalars, places;
  std::size_t count;                                   ///< of expressions
  extents (*const* shapes)(const leaf_place* places);  ///< of each, from its own places
  const std::size_t* first_place;                      ///< of each
  const dtype* types;                                  ///< of the elements of each

  extents shape(std::size_t k, const leaf_place* places) const { return shapes[k](places + first_place[k]); }
};

/// What its leaves and scalars are right now, in order: one word for the elements of each leaf, one free for each result,
/// one for each place (those of leaves, and the axes of folds) and one more, one for each scalar.
struct operands_now {
  const void** operands;

  ONEPASS_INLINE const leaf_place* places(const expression_list& what) const noexcept {
    return reinterpret_cast<const leaf_place*>(operands + what.leaves + what.count);
  }
  ONEPASS_INLINE const std::uint64_t* scalars(const expression_list& what) const noexcept {
    return reinterpret_cast<const std::uint64_t*>(operands + what.leaves + what.count + what.places + 1);
  }
};

/// Room for what a request refers to.
struct operand_room {
  std::vector<source> sources;
  std::vector<axis_set> axes;
};

/// The request to evaluate `what` with these operands into `to`.
request request_for(const expression_list& what, operands_now with, destination* to, operand_room& room);

// What assignments call, with the word of the expression's shape. They throw shape_error if the result does not broadcast
// to the destination's shape. `consumed`: nobody sees the expression afterwards.

/// To the array that has `held`.
void assign_array(const options& how, const expression_list& what, operands_now with, shape_word word, block_reference& held, bool consumed);
/// To memory.
void assign_memory(const options& how, const expression_list& what, operands_now with, shape_word word, void* data, const view_layout& where);
/// To a part of the array that has `held`, `offset` into it; its elements are copied first if they must be. The part was
/// made when the array had `known`. Throws value_error if the array has got another shape since.
void assign_part(const options& how, const expression_list& what, operands_now with, block_reference& held, bool consumed,
                 const block_reference& known, std::int64_t offset, const layout& where);
/// To several destinations.
void evaluate_in_core(const options& how, const expression_list& what, operands_now with, destination* to);

/// The quick way of a fold of everything, whose operand's shape has this word. False if nothing was done.
bool run_quick_number(const options& how, const expression_list& what, operands_now with, shape_word word, void* result);

/// True if a part cannot be written before the array that has `held` has copied its elements: others hold them too.
bool part_must_be_separated(const block_reference& held, std::int64_t references_in_expression, const block_reference& known, const layout& where);

/// Evaluates everything as if no destination changed before all is computed. Throws before anything is written.
void evaluate_request(const options& how, const request& what);

}  // namespace onepass
