// Rare cases: the jump out of the main path, and the regions behind everything.
//
// A region finds what it needs, and leaves what it changes, where the main path has it: it saves all registers that are
// in use, takes whichever it likes, and loads them again before it jumps back. So the main path is emitted as if there
// were no region, but for a test and a jump that is hardly ever taken.
#include "emitter.hpp"

#include <algorithm>
#include <bit>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

namespace {

constexpr std::int32_t vector_bytes = 64, mask_bytes = 8;
constexpr std::int32_t saved_bytes = 32 * vector_bytes + 8 * mask_bytes;

}  // namespace

// --- on the main path -----------------------------------------------------------------------------------------------

/// The new name of a value that is not needed under its old one, or a copy.
void emitter::emit_copy(const machine_instruction& at, std::uint32_t copy) {
  const vreg old = at.from[0].id();
  const std::int16_t from = in_register(at.from[0], copy);
  const bool is_managed = (bank_of(at.to.size()).managed >> from & 1) != 0;
  if (is_managed && dies(old)) {
    where(old, copy).reg = -1;
    return define(at.to, copy, from);
  }
  const std::int16_t to = take(at.to.size());
  if (at.to.size() == width::mask) {
    to_.kmovq(x86::k(static_cast<std::uint32_t>(to)), x86::k(static_cast<std::uint32_t>(from)));
  } else {
    move(to, from, at.to.size());
  }
  free_dead(at, copy);
  define(at.to, copy, to);
}

/// In the tail only lanes that count are asked: the others hold zeros, which may well be a rare case.
void emitter::jump_if_any(const machine_operand& truth, std::int16_t reg, const asmjit::Label& to) {
  if (avx512()) {
    const std::uint32_t lanes = program_.lanes;
    const asmjit::InstId test = lanes == 8 ? inst::kIdKtestb : lanes == 16 ? inst::kIdKtestw : lanes == 32 ? inst::kIdKtestd : inst::kIdKtestq;
    const x86::KReg mask = x86::k(static_cast<std::uint32_t>(reg));
    to_.emit(test, mask, placement_.tail ? layout_.tail_mask : mask);
  } else if (placement_.tail) {
    const auto log2_bytes = static_cast<std::uint32_t>(std::countr_zero(register_bytes(program_.set) / program_.lanes));
    to_.emit(inst::kIdVptest, vector(reg, truth.size()), x86::ptr(layout_.scratch, layout_.counted, log2_bytes, mask_table_border));
  } else {
    to_.emit(inst::kIdVptest, vector(reg, truth.size()), vector(reg, truth.size()));
  }
  to_.jnz(to);
}

void emitter::emit_rare(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t truth = in_register(at.from[0], copy);
  const rare_region& region = program_.regions[at.slot];
  visit& made = visits_.emplace_back();
  made.region = &region;
  made.begin = to_.newLabel();
  made.back = to_.newLabel();
  made.where = {placement_.tail, placement_.first_copy + copy, 1};
  made.live_vectors = vectors_.managed & ~vectors_.free;
  made.live_masks = masks_.managed & ~masks_.free;
  for (const vreg id : region.inputs) made.inputs.push_back(where(id, copy));
  for (const rare_region::result& result : region.results) made.results.push_back(where(result.changed, copy));
  jump_if_any(at.from[0], truth, made.begin);
  to_.bind(made.back);
  free_dead(at, copy);
  for (const vreg id : region.inputs) free_dead(id, copy);
}

// --- behind it ------------------------------------------------------------------------------------------------------

/// Regions that are never under way at once share the frame: those of the main path first, then those in them.
void emitter::emit_regions() {
  std::int32_t begin = layout_.frame_bytes;
  while (!visits_.empty()) {
    const std::vector<visit> level = std::move(visits_);
    visits_.clear();
    std::int32_t end = begin;
    for (const visit& at : level) {
      layout_.frame_bytes = begin;
      emit_visit(at);
      end = std::max(end, layout_.frame_bytes);
    }
    layout_.frame_bytes = begin = end;
  }
}

void emitter::emit_visit(const visit& at) {
  const std::int32_t saved_at = take_frame(saved_bytes, vector_bytes);
  to_.bind(at.begin);
  move_live(at, saved_at, true);
  enter_region(at, saved_at);
  for (position_ = 0; position_ < list_->size(); ++position_) {
    vectors_.locked = masks_.locked = 0;
    emit_one((*list_)[position_], 0);
  }
  vectors_.locked = masks_.locked = 0;
  keep_results(at, saved_at);
  move_live(at, saved_at, false);
  to_.jmp(at.back);
}

std::int32_t emitter::saved_slot(std::int32_t saved_at, std::int16_t reg, width size) const {
  return size == width::mask ? saved_at + 32 * vector_bytes + reg * mask_bytes : saved_at + reg * vector_bytes;
}

/// Between the registers that the main path uses and where they are saved.
void emitter::move_live(const visit& at, std::int32_t saved_at, bool save) {
  for (std::int16_t reg = 0; reg < 32; ++reg) {
    if ((at.live_vectors >> reg & 1) != 0) {
      const x86::Mem memory = at_frame(saved_slot(saved_at, reg, full()));
      save ? to_.emit(inst::kIdVmovaps, memory, vector(reg, full())) : to_.emit(inst::kIdVmovaps, vector(reg, full()), memory);
    }
    if ((at.live_masks >> reg & 1) != 0) {
      const x86::Mem memory = at_frame(saved_slot(saved_at, reg, width::mask));
      const x86::KReg mask = x86::k(static_cast<std::uint32_t>(reg));
      save ? to_.kmovq(memory, mask) : to_.kmovq(mask, memory);
    }
  }
}

/// All registers are free, and inputs are in the frame: where the main path had put them, or saved just now.
void emitter::enter_region(const visit& at, std::int32_t saved_at) {
  list_ = &at.region->list;
  placement_ = at.where;
  for (bank* const each : {&vectors_, &masks_}) {
    each->free = each->managed;
    each->locked = 0;
  }
  forget_locations();
  find_last_uses();
  for (const rare_region::result& result : at.region->results) values_[result.value].last_use = static_cast<std::int32_t>(list_->size());
  for (std::size_t i = 0; i < at.inputs.size(); ++i) {
    const vreg id = at.region->inputs[i];
    const width size = program_.sizes[id];
    const location outside = at.inputs[i];
    const bool is_saved = outside.reg >= 0 && (bank_of(size).managed >> outside.reg & 1) != 0;
    where(id, 0) = is_saved ? location{-1, saved_slot(saved_at, outside.reg, size)} : outside;
  }
}

void emitter::keep_results(const visit& at, std::int32_t saved_at) {
  for (std::size_t i = 0; i < at.results.size(); ++i) {
    const vreg id = at.region->results[i].value;
    const width size = program_.sizes[id];
    const std::int16_t reg = in_register({id, size}, 0);
    const location outside = at.results[i];
    const x86::Mem memory = at_frame(outside.reg >= 0 ? saved_slot(saved_at, outside.reg, size) : outside.frame);
    if (size == width::mask) {
      to_.kmovq(memory, x86::k(static_cast<std::uint32_t>(reg)));
    } else {
      to_.emit(inst::kIdVmovaps, memory, vector(reg, full()));
    }
  }
}

}  // namespace onepass::jit
