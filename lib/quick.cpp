// What call sites remember, and the quick ways that it opens: a few comparisons, then the loop.
#include "quick.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include <emmintrin.h>

#include <onepass/run/environment.hpp>

#include "engine_choice.hpp"
#include "machine.hpp"
#include "workspace.hpp"

namespace onepass {

namespace {

/// sharing_of() the leaves that have these slots.
std::uint64_t sharing_of_slots(std::span<const std::uint32_t> slots) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < slots.size() && i < 16; ++i) word |= std::uint64_t{slots[i]} << (4 * i);
  return word;
}

std::mutex& remembering() {
  static std::mutex& made = *new std::mutex;
  return made;
}

/// True for the simplest case: one stage, every operand gapless, one result.
bool is_simple(const request& what, const prepared_cut& cut, const plan& first) {
  if (cut.cut.passes.size() != 1 || cut.cut.passes[0].stages.size() != 1 || what.destination_count != 1) return false;
  const pass& work = cut.cut.passes[0];
  if (work.scans || what.source_count + 1 > quick_kernel::most_operands) return false;
  return std::all_of(work.stages[0].operands.begin(), work.stages[0].operands.end(), [&](std::uint32_t s) {
    if (work.streams[s].where == stream::home::fold) {
      const cut_fold& fold = cut.cut.folds[work.streams[s].index];
      return fold.over.is_all() && fold.group < 0;
    }
    return first.streams[s].access == access::follows;
  });
}

/// Kernel operands by leaf, in a new entry.
quick_kernel* make_quick(const request& what, std::span<const std::uint32_t> slots, const prepared_cut& cut, const kernel& code, isa cap) {
  const pass& work = cut.cut.passes[0];
  auto made = std::make_unique<quick_kernel>();
  made->sharing = sharing_of_slots(slots);
  made->cap = cap;
  made->code = code;
  for (const std::uint32_t s : work.stages[0].operands) {
    const stream& at = work.streams[s];
    made->order[made->operands++] = static_cast<std::uint8_t>(at.where == stream::home::source ? at.index : what.source_count);
  }
  made->in_order = made->operands == what.source_count + 1;
  for (std::uint8_t i = 0; i < made->operands; ++i) made->in_order &= made->order[i] == i;
  return made.release();
}

void remember_limits(const request& what, const prepared_cut& cut) {
  const machine& here = this_machine();
  std::size_t bytes = 0, instructions = 0;
  for (std::size_t i = 0; i < what.source_count; ++i) bytes += size_of(what.sources[i].type);
  for (std::size_t k = 0; k < what.destination_count; ++k) bytes += size_of(what.destinations[k].type);
  for (const stage& s : cut.cut.passes[0].stages) instructions += s.code.size();
  const machine_sizes sizes{here.l1_bytes, here.l2_bytes, here.l3_bytes, here.threads};
  const engine automatic = choose_engine({}, what.fused != nullptr, what.fused_isa, here.active).engine;
  __atomic_store_n(&what.remembered->automatic, static_cast<std::uint8_t>(automatic), __ATOMIC_RELAXED);
  for (const int one : {1, 0}) {
    const std::size_t limit = elements_for_one_thread(bytes, static_cast<double>(instructions), sizes, one);
    __atomic_store_n(&what.remembered->alone_limit[one], limit, __ATOMIC_RELEASE);
  }
}

}  // namespace

void remember_quick(const options& how, const request& what, std::span<const std::uint32_t> slots, const prepared_cut& cut, const plan& first,
                    const pass_kernels& kernels) {
  site& where = *what.remembered;
  if (where.limit(0) == 0) remember_limits(what, cut);
  if (kernels.engine != engine::compiled || kernels.looks_ahead || !kernels.refusal.empty() || !is_simple(what, cut, first)) return;
  if (where.find(sharing_of_slots(slots), how.isa) != nullptr) return;
  const std::lock_guard lock(remembering());
  if (where.find(sharing_of_slots(slots), how.isa) != nullptr) return;
  quick_kernel* const made = make_quick(what, slots, cut, kernels.kernels[0].cached, how.isa);
  made->next = where.quick;
  __atomic_store_n(&where.quick, made, __ATOMIC_RELEASE);
}

namespace {

/// What blocks of a fold need while they are computed one after another: room for their results, few of them on the stack,
/// and the default environment, unless their loop and what joins them take any that keeps subnormals.
class blocks_scope {
 public:
  blocks_scope(std::size_t blocks, bool sets_environment) {
    if (sets_environment) environment_.emplace();
    if (blocks > few) many_.emplace(blocks * most_bytes);
  }
  std::byte* results() { return many_ ? many_->data() : few_; }

 private:
  static constexpr std::size_t few = 64, most_bytes = sizeof(std::uint64_t);
  std::optional<environment_scope> environment_;
  std::optional<workspace> many_;
  alignas(64) std::byte few_[few * most_bytes];
};

/// A compiled fold, block after block. Its operands have no strides yet. False if the environment flushes subnormals.
bool run_blocks(const quick_kernel& with, tile& what, const expression_list& of) {
  const std::size_t n = what.columns, full = n / fold_block, rest = n - full * fold_block, last = with.operands - std::size_t{1};
  const bool takes_any = of.fused_isa == isa::avx512 && with.code.checks_environment;
  blocks_scope scope(fold_blocks(n), !takes_any);
  tile_operand* const operands = what.operands();
  std::byte* const result = operands[last].data;
  const std::uint8_t* const sizes = of.fused->sizes;
  for (std::size_t i = 0; i < last; ++i) {
    operands[i].column_stride = sizes[with.order[i]];
    operands[i].row_stride = operands[i].column_stride * static_cast<std::ptrdiff_t>(fold_block);
  }
  operands[last] = {scope.results(), static_cast<std::ptrdiff_t>(sizes[with.order[last]]), 0};
  if (full > 0) {
    what.rows = full;
    what.columns = fold_block;
    if (with.code.entry(what, with.code.context) != outcome::done) return false;
  }
  if (rest > 0 || full == 0) {
    for (std::size_t i = 0; i <= last; ++i) operands[i].data += static_cast<std::ptrdiff_t>(full) * operands[i].row_stride;
    what.rows = 1;
    what.columns = rest;
    if (with.code.entry(what, with.code.context) != outcome::done) return false;
  }
  of.fused->join_blocks(scope.results(), fold_blocks(n), result);
  return true;
}

/// A fused fold, block after block.
void run_blocks(const expression_list& what, const void** operands, const std::uint64_t* scalars, std::size_t n) {
  const fused_loops& loops = *what.fused;
  blocks_scope scope(fold_blocks(n), what.fused_isa != isa::avx512);
  void* const result = const_cast<void*>(operands[loops.leaves]);
  const std::size_t size = loops.sizes[loops.leaves], blocks = fold_blocks(n);
  const row_way way = row_way::default_environment | (n * loops.sizes[0] > this_machine().l2_bytes ? row_way::early : row_way::usual);
  for (std::size_t i = 0; i < blocks; ++i) {
    operands[loops.leaves] = scope.results() + i * size;
    loops.follow(operands, scalars, std::min(fold_block, n - i * fold_block), way, nullptr);
    for (std::size_t k = 0; k < loops.leaves; ++k) operands[k] = static_cast<const std::byte*>(operands[k]) + fold_block * loops.sizes[k];
  }
  loops.join_blocks(scope.results(), blocks, result);
}

/// True if the floating-point environment flushes subnormals. Adding two of them tells, without touching a flag, as the
/// loops for AVX-512 do not: reading the control register would take longer than a small loop. The machine has AVX-512.
ONEPASS_INLINE bool flushes_subnormals() {
  const __m128 smallest = _mm_castsi128_ps(_mm_cvtsi32_si128(1));
  __m128 sum;
  asm("vaddss %{rn-sae%}, %1, %1, %0" : "=x"(sum) : "x"(smallest));
  return _mm_cvtsi128_si32(_mm_castps_si128(sum)) == 0;
}

bool run_compiled(const expression_list& what, const void* const* operands, const std::uint64_t* scalars, isa cap, std::size_t n) {
  if (what.leaves + 1 > quick_kernel::most_operands) return false;
  const quick_kernel* const known = what.remembered->find(sharing_of(operands, what.leaves), cap);
  if (known == nullptr) return false;
  tile_of<quick_kernel::most_operands> all;
  all.head = {1, n, scalars, nullptr};
  for (std::size_t i = 0; i < known->operands; ++i) {
    const void* const from = operands[known->in_order ? i : known->order[i]];
    all.operands[i].data = static_cast<std::byte*>(const_cast<void*>(from));
  }
  // One block of a fold is its own result, and nothing else computes.
  const bool is_fold = what.fused->join_blocks != nullptr;
  const bool at_once = !is_fold || n <= fold_block;
  if (at_once && known->code.checks_environment && known->code.entry(all.head, known->code.context) == outcome::done) return true;
  return is_fold && run_blocks(*known, all.head, what);
}

/// True if the result shares memory with a leaf other than element by element.
ONEPASS_INLINE bool is_entangled(const fused_loops& loops, const void* const* operands, std::size_t n) {
  const auto result = reinterpret_cast<std::uintptr_t>(operands[loops.leaves]);
  const std::size_t result_size = loops.sizes[loops.leaves];
  const std::size_t result_bytes = loops.join_blocks != nullptr ? result_size : n * result_size;
  for (std::size_t k = 0; k < loops.leaves; ++k) {
    const std::size_t bytes = n * loops.sizes[k];
    const std::uintptr_t distance = result - reinterpret_cast<std::uintptr_t>(operands[k]);
    const bool overlap = distance + result_bytes - 1 < bytes + result_bytes - 1;
    if (__builtin_expect(overlap, 0) && (distance != 0 || bytes != result_bytes)) return true;
  }
  return false;
}

/// Tries the quick ways. False if nothing was done. Precondition: all operands (and the result, unless it is a fold) have
/// one shape, of `n` elements, without gaps.
ONEPASS_INLINE bool run_quick(const options& how, const expression_list& what, operands_now with, std::size_t n, void* result) {
  const site& here = *what.remembered;
  const fused_loops& loops = *what.fused;
  if (n > here.limit(how.threads) || loops.follow == nullptr || what.leaves == 0) return false;
  with.operands[what.leaves] = result;
  if (is_entangled(loops, with.operands, n)) return false;
  engine wanted = how.engine;
  if (wanted == engine::automatic && how.isa == isa::automatic) wanted = here.automatic_engine();
  const std::uint64_t* const scalars = with.scalars(what);
  if (wanted == engine::compiled) return run_compiled(what, with.operands, scalars, how.isa, n);
  if (wanted != engine::fused || (what.fused_isa == isa::avx512 && flushes_subnormals())) return false;
  if (__builtin_expect(loops.join_blocks != nullptr && n > fold_block, 0)) {
    run_blocks(what, with.operands, scalars, n);
  } else {
    loops.follow(with.operands, scalars, n, row_way::usual, nullptr);
  }
  return true;
}

[[gnu::noinline]] void assign_array_in_core(const options& how, const expression_list& what, operands_now with, block_reference& held,
                                            std::int64_t own_references) {
  destination to = array_destination(held, what.types[0], what.shape(0, with.places(what)), own_references);
  evaluate_in_core(how, what, with, &to);
}

[[gnu::noinline]] void assign_memory_in_core(const options& how, const expression_list& what, operands_now with, void* data,
                                             const view_layout& where) {
  destination to = memory_destination(data, what.types[0], where.get(), what.shape(0, with.places(what)));
  evaluate_in_core(how, what, with, &to);
}

/// To an array that shares its elements, or has another shape.
[[gnu::noinline]] void assign_other_array(const options& how, const expression_list& what, operands_now with, shape_word word,
                                          block_reference& held, bool consumed) {
  const block* const old = held.get();
  const std::int64_t own_references = 1 + (consumed ? references_in(with.places(what), what.places, old) : 0);
  if (old != nullptr && old->word == word && is_packed(word)) {
    if (old->references.value() == own_references && run_quick(how, what, with, old->size, old->data)) return;
  } else if (is_packed(word) && word_size(word) <= what.remembered->limit(how.threads)) {
    block_reference made(allocate_block(what.types[0], word));
    if (!run_quick(how, what, with, made->size, made->data)) assign_array_in_core(how, what, with, made, 1);
    held = std::move(made);
    return;
  }
  assign_array_in_core(how, what, with, held, own_references);
}

}  // namespace

void assign_array(const options& how, const expression_list& what, operands_now with, shape_word word, block_reference& held, bool consumed) {
  const block* const old = held.get();
  const bool is_fit = old != nullptr && old->word == word && is_packed(word) && old->references.value() == 1;
  if (is_fit && run_quick(how, what, with, old->size, old->data)) return;
  assign_other_array(how, what, with, word, held, consumed);
}

void assign_memory(const options& how, const expression_list& what, operands_now with, shape_word word, void* data, const view_layout& where) {
  if (where.word() == word && is_packed(word) && run_quick(how, what, with, word_size(word), data)) return;
  assign_memory_in_core(how, what, with, data, where);
}

bool run_quick_number(const options& how, const expression_list& what, operands_now with, shape_word word, void* result) {
  if (!is_packed(word)) return false;
  const std::size_t n = word_size(word);
  return n > 0 && run_quick(how, what, with, n, result);
}

}  // namespace onepass
