// What call sites remember.
#include "quick.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include <onepass/run/environment.hpp>

#include "engine_choice.hpp"
#include "machine.hpp"
#include "workspace.hpp"

namespace onepass {

std::uint64_t sharing_of(std::span<const std::uint32_t> slots) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < slots.size() && i < 16; ++i) word |= std::uint64_t{slots[i]} << (4 * i);
  return word;
}

std::uint64_t sharing_of(const tile_operand* operands, std::size_t leaves) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < leaves; ++i) {
    std::size_t first = 0;
    while (operands[first].data != operands[i].data) ++first;
    word |= std::uint64_t{first} << (4 * i);
  }
  return word;
}

void put_in_order(const quick_kernel& of, tile_operand* operands) {
  tile_operand copies[quick_kernel::most_operands];
  const std::size_t count = std::min<std::size_t>(of.operands, quick_kernel::most_operands);
  for (std::size_t i = 0; i < count; ++i) copies[i].data = operands[of.order[i]].data;  // the quick ways have no strides yet
  for (std::size_t i = 0; i < count; ++i) operands[i].data = copies[i].data;
}

namespace {

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
  made->sharing = sharing_of(slots);
  made->cap = cap;
  made->code = code;
  for (const std::uint32_t s : work.stages[0].operands) {
    const stream& at = work.streams[s];
    if (at.where == stream::home::fold) made->join_blocks = cut.cut.folds[at.index].how->join_blocks;
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
  const engine automatic = choose_engine({}, static_cast<bool>(what.fused), what.fused_isa, here.active).engine;
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
  if (where.find(sharing_of(slots), how.isa) != nullptr) return;
  const std::lock_guard lock(remembering());
  if (where.find(sharing_of(slots), how.isa) != nullptr) return;
  quick_kernel* const made = make_quick(what, slots, cut, kernels.kernels[0].cached, how.isa);
  made->next = where.quick;
  __atomic_store_n(&where.quick, made, __ATOMIC_RELEASE);
}

void run_quick_fold(const quick_kernel& with, tile& what, const std::uint8_t* sizes) {
  // One block is its own result, and nothing else computes.
  if (what.columns <= fold_block && with.code.checks_environment && with.code.entry(what, with.code.context) == outcome::done) return;
  const environment_scope environment;
  const std::size_t n = what.columns;
  tile_operand* const operands = what.operands();
  const std::size_t full = n / fold_block, rest = n - full * fold_block, last = with.operands - std::size_t{1};
  std::byte* const result = operands[last].data;
  const std::size_t size = sizes[with.order[last]];
  const workspace room(fold_blocks(n) * size);
  for (std::size_t i = 0; i < last; ++i) {
    operands[i].column_stride = sizes[with.order[i]];
    operands[i].row_stride = operands[i].column_stride * static_cast<std::ptrdiff_t>(fold_block);
  }
  operands[last] = {room.data(), static_cast<std::ptrdiff_t>(size), 0};
  if (full > 0) {
    what.rows = full;
    what.columns = fold_block;
    with.code.entry(what, with.code.context);
  }
  if (rest > 0 || full == 0) {
    for (std::size_t i = 0; i <= last; ++i) operands[i].data += static_cast<std::ptrdiff_t>(full) * operands[i].row_stride;
    what.rows = 1;
    what.columns = rest;
    with.code.entry(what, with.code.context);
  }
  with.join_blocks(room.data(), fold_blocks(n));
  std::memcpy(result, room.data(), size);
}

}  // namespace onepass
