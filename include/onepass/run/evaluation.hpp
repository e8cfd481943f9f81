// The door between expression types and the compiled core: what the templates tell it, and what it remembers.
//
// The templates know structure (as a type) and operands (as values); the core plans, compiles, caches and runs. Each
// list of expression types has one `site`, the place where the core leaves what the next call of the same kind needs:
// how far the fused loop may go on its own, and kernels that were compiled before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <onepass/array/block.hpp>
#include <onepass/array/layout.hpp>
#include <onepass/expression/leaf.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/run/options.hpp>

namespace onepass {

class program;
class prepared;

/// A compiled kernel that a site remembers for the simplest case: every operand gapless, all of one shape.
struct quick_kernel {
  static constexpr std::size_t most_operands = 16;

  std::uint64_t sharing = 0;  ///< which leaves are the same array, see sharing_of
  isa cap = isa::automatic;
  onepass::kernel code;
  void (*join_blocks)(void* values, std::size_t count) = nullptr;  ///< of the fold, if the expression is one
  bool in_order = false;                                           ///< its operands are the leaves, then the result
  std::uint8_t operands = 0;                                       ///< of the kernel
  std::uint8_t order[most_operands] = {};                          ///< which leaf each is; the result comes after the leaves
  quick_kernel* next = nullptr;
};

/// What is remembered for one list of expression types. Only grows; read without locks.
struct site {
  /// Elements up to which the calling thread computes alone and writes through the caches; 0 until the core has seen
  /// the expression. Second: if only one thread is asked for.
  std::size_t alone_limit[2] = {0, 0};
  std::uint8_t automatic = 0;  ///< what automatic means here, once known
  quick_kernel* quick = nullptr;
  prepared* known = nullptr;

  ONEPASS_INLINE std::size_t limit(int threads) const noexcept {
    return __atomic_load_n(&alone_limit[threads == 1 ? 1 : 0], __ATOMIC_RELAXED);
  }
  ONEPASS_INLINE engine automatic_engine() const noexcept { return static_cast<engine>(__atomic_load_n(&automatic, __ATOMIC_RELAXED)); }
  ONEPASS_INLINE const quick_kernel* find(std::uint64_t sharing, isa cap) const noexcept {
    const quick_kernel* at = __atomic_load_n(&quick, __ATOMIC_ACQUIRE);
    while (at != nullptr && (at->sharing != sharing || at->cap != cap)) at = at->next;
    return at;
  }
};

/// Which of the first `leaves` operands are the same: for each the first that is, in four bits.
std::uint64_t sharing_of(const tile_operand* operands, std::size_t leaves);

/// Rearranges leaves and result, as they come in an expression, as a kernel has them.
void put_in_order(const quick_kernel& of, tile_operand* operands);

/// Runs a quick kernel that folds gapless elements: all columns of `what`, whose operands have no strides yet.
void run_quick_fold(const quick_kernel& with, tile& what, const std::uint8_t* sizes);

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
  const void* context;      ///< for `trace`
  kernel fused;             ///< all expressions as one stage; empty if that is impossible
  kernel fused_streaming;   ///< the same, writing past the caches
  isa fused_isa;            ///< what they are compiled for
  const source* sources;    ///< one for each leaf
  std::size_t source_count;
  const axis_set* axes;     ///< of the folds that name theirs, in the order in which they are traced
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
  kernel fused, fused_streaming;
  isa fused_isa;
  const dtype* leaf_types;
  std::size_t leaves, scalars, places;
  std::size_t count;                                         ///< of expressions
  extents (*const* shapes)(const leaf_place* places);        ///< of each, from its own places
  const std::size_t* first_place;                            ///< of each
  const dtype* types;                                        ///< of the elements of each

  extents shape(std::size_t k, const leaf_place* places) const { return shapes[k](places + first_place[k]); }
};

/// What its leaves and scalars are right now, in order. Places are those of leaves, and the axes of folds.
struct operands_now {
  const void* const* data;
  const leaf_place* places;
  const std::uint64_t* scalars;
};

/// Room for what a request refers to.
struct operand_room {
  std::vector<source> sources;
  std::vector<axis_set> axes;
};

/// The request to evaluate `what` with these operands into `to`.
request request_for(const expression_list& what, const operands_now& with, destination* to, operand_room& room);

/// The ways of assignments to the core. They throw shape_error if the result does not broadcast to the destination's shape.
void evaluate_in_core(const options& how, const expression_list& what, const operands_now& with, destination* to);
void assign_array_in_core(const options& how, const expression_list& what, const operands_now& with, block_reference& held,
                          std::int64_t own_references);
void assign_memory_in_core(const options& how, const expression_list& what, const operands_now& with, void* data, const layout& where);
/// True if a part cannot be written before the array that has `held` has copied its elements: others hold them too. The
/// part was made when the array had `known`. Throws value_error if the array has got another shape since.
bool part_must_be_separated(const block_reference& held, std::int64_t references_in_expression, const block_reference& known, const layout& where);

/// The way to a part of the array that has `held`, `offset` into it. Elements are copied
/// first if they must be.
void assign_part_in_core(const options& how, const expression_list& what, const operands_now& with, block_reference& held,
                         std::int64_t references_in_expression, const block_reference& known, std::int64_t offset, const layout& where);

/// Evaluates everything as if no destination changed before all is computed. Throws before anything is written.
void evaluate_request(const options& how, const request& what);

}  // namespace onepass
