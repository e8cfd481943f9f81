// Choosing registers and emitting.
#include "emitter.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

namespace {

/// Registers that a list needs beside its live values: a constant that is not at hand, a mask of the tail.
constexpr std::uint32_t slack = 2;
/// Lists up to this length are emitted copy after copy (measured: 0.88 of the time for a loop of 7 instructions in L1).
constexpr std::size_t short_list = 10;

}  // namespace

emitter::emitter(x86::Assembler& to, const machine_program& of, kernel_layout& layout) : to_(to), program_(of), layout_(layout) {
  vectors_.managed = avx512() ? 0xffffffffu : 0xffffu;
  masks_.managed = 0x7e;  // k0 cannot mask, k7 is the mask of the tail
  vectors_.free = vectors_.managed;
  masks_.free = masks_.managed;
  values_.resize(of.sizes.size());
  for (std::size_t i = 0; i < of.constants.size(); ++i) {
    values_[of.constants[i].id].constant = static_cast<std::int32_t>(i);
    values_[of.constants[i].id].competes = false;
  }
  for (const machine_instruction& at : of.body) {
    if (at.what == machine_instruction::kind::read_lanes || at.to.size() == width::mask) values_[at.to.id()].competes = false;
  }
  pinned_constant_.assign(of.constants.size(), -1);
  constant_slot_.assign(of.constants.size(), -1);
  pinned_lanes_.resize(of.folds.size());
  pool_label_ = to.newLabel();
  for (std::size_t i = 0; i < of.tables.size(); ++i) table_labels_.push_back(to.newLabel());
}

// --- planning -------------------------------------------------------------------------------------------------------

/// Calls f for whatever an instruction needs to be somewhere, if not in a register.
template <class F>
inline void emitter::for_each_use(const machine_instruction& at, F f) const {
  for (int i = 0; i < at.from_count; ++i) f(at.from[i].id());
  if (at.where.id() != 0) f(at.where.id());
  if (at.what != machine_instruction::kind::rare) return;
  for (const vreg id : program_.regions[at.slot].inputs) f(id);
}

std::int16_t emitter::pin() {
  const auto reg = static_cast<std::int16_t>(31 - std::countl_zero(vectors_.free));
  vectors_.free &= ~(1u << reg);
  vectors_.managed &= ~(1u << reg);
  return reg;
}

void emitter::plan_registers(std::uint32_t most) {
  list_ = &program_.body;
  const std::uint32_t live = find_last_uses();
  pin_lanes(live);
  const auto left = static_cast<std::uint32_t>(std::popcount(vectors_.managed));
  copies_ = 1;
  while (copies_ * 2 <= most && copies_ * 2 * live + slack <= left) copies_ *= 2;
  pin_constants(live);
}

void emitter::pin_lanes(std::uint32_t live) {
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) {
    const std::uint32_t wanted = lane_copies(f) * program_.folds[f].registers;
    if (wanted + live + slack > static_cast<std::uint32_t>(std::popcount(vectors_.managed))) continue;
    for (std::uint32_t i = 0; i < wanted; ++i) pinned_lanes_[f].push_back(pin());
  }
}

void emitter::pin_constants(std::uint32_t live) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    if (program_.constants[i].uses > 0 && program_.sizes[program_.constants[i].id] != width::mask) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::uint32_t uses = program_.constants[a].uses, others = program_.constants[b].uses;
    return uses != others ? uses > others : a < b;
  });
  for (const std::size_t i : order) {
    if (static_cast<std::uint32_t>(std::popcount(vectors_.managed)) <= copies_ * live + slack) break;
    pinned_constant_[i] = pin();
  }
}

// --- registers ------------------------------------------------------------------------------------------------------

x86::Vec emitter::vector(std::int16_t reg, width size) const {
  const auto id = static_cast<std::uint32_t>(reg);
  if (size == width::xmm) return x86::xmm(id);
  if (size == width::ymm) return x86::ymm(id);
  return x86::zmm(id);
}

x86::Reg emitter::any_register(std::int16_t reg, width size) const {
  static constexpr std::uint32_t signatures[] = {x86::KReg::kSignature, x86::Xmm::kSignature, x86::Ymm::kSignature, x86::Zmm::kSignature};
  return x86::Reg(asmjit::OperandSignature{signatures[static_cast<std::size_t>(size)]}, static_cast<std::uint32_t>(reg));
}

std::int16_t emitter::take(width size) {
  bank& b = bank_of(size);
  if (b.free == 0) evict(size);
  if (b.free == 0) {
    failed_ = true;
    return 0;
  }
  const auto reg = static_cast<std::int16_t>(std::countr_zero(b.free));
  b.free &= ~(1u << reg);
  b.locked |= 1u << reg;
  b.held[reg] = 0;
  return reg;
}

void emitter::release(std::int16_t reg, width size) {
  bank& b = bank_of(size);
  if ((b.managed >> reg & 1) == 0) return;
  b.free |= 1u << reg;
  b.held[reg] = 0;
}

/// The instruction at which a value is needed next in a register.
std::size_t emitter::next_use(vreg id) const {
  const auto first = uses_.begin() + first_use_[id], last = uses_.begin() + first_use_[id + 1u];
  const auto next = std::lower_bound(first, last, static_cast<std::uint32_t>(position_));
  return next == last ? list_->size() : *next;
}

/// Sorts the uses of the list by value. Most lists fit the registers and never ask.
void emitter::find_uses() {
  const auto each = [&](auto f) {
    for (std::size_t i = 0; i < list_->size(); ++i) {
      const machine_instruction& at = (*list_)[i];
      for (int from = 0; from < at.from_count; ++from) f(at.from[from].id(), i);
      f(at.where.id(), i);
    }
  };
  first_use_.assign(program_.sizes.size() + 1, 0);
  each([&](vreg id, std::size_t) { ++first_use_[id]; });
  std::uint32_t before = 0;
  for (std::uint32_t& first : first_use_) before += std::exchange(first, before);
  uses_.resize(before);
  // Filling moves each beginning to its end, which is the next one's beginning.
  each([&](vreg id, std::size_t i) { uses_[first_use_[id]++] = static_cast<std::uint32_t>(i); });
  for (std::size_t id = first_use_.size(); id-- > 1;) first_use_[id] = first_use_[id - 1];
  first_use_[0] = 0;
  uses_are_of_ = list_;
}

void emitter::evict(width size) {
  if (uses_are_of_ != list_) find_uses();
  bank& b = bank_of(size);
  std::int16_t victim = -1;
  bool victim_is_constant = false;
  std::size_t victim_use = 0;
  for (std::int16_t reg = 0; reg < 32; ++reg) {
    if ((b.managed >> reg & 1) == 0 || (b.locked >> reg & 1) != 0 || b.held[reg] == 0) continue;
    const bool is_constant = values_[b.held[reg]].constant >= 0;
    const std::size_t use = next_use(b.held[reg]);
    if (victim >= 0 && (victim_is_constant != is_constant ? victim_is_constant : victim_use >= use)) continue;
    victim = reg;
    victim_is_constant = is_constant;
    victim_use = use;
  }
  if (victim < 0) return;
  location& at = where(b.held[victim], b.copy[victim]);
  if (!victim_is_constant && at.frame < 0) {
    const bool is_mask = size == width::mask;
    at.frame = is_mask ? take_frame(8, 8) : take_frame(64, 64);
    if (is_mask) {
      to_.kmovq(x86::ptr(x86::rsp, at.frame), x86::k(static_cast<std::uint32_t>(victim)));
    } else {
      to_.emit(inst::kIdVmovaps, at_frame(at.frame), vector(victim, full()));
    }
  }
  at.reg = -1;
  release(victim, size);
}

void emitter::load_register(vreg id, std::uint32_t copy, location& at) {
  const width size = program_.sizes[id];
  bank& b = bank_of(size);
  at.reg = take(size);
  b.held[at.reg] = id;
  b.copy[at.reg] = copy;
  const std::int32_t constant_index = values_[id].constant;
  if (constant_index >= 0) {
    emit_constant(program_.constants[static_cast<std::size_t>(constant_index)], at.reg);
  } else if (size == width::mask) {
    to_.kmovq(x86::k(static_cast<std::uint32_t>(at.reg)), x86::ptr(x86::rsp, at.frame));
  } else {
    to_.emit(inst::kIdVmovaps, vector(at.reg, full()), at_frame(at.frame));
  }
}

void emitter::define(const machine_operand& result, std::uint32_t copy, std::int16_t reg) {
  where(result.id(), copy).reg = reg;
  bank& b = bank_of(result.size());
  if ((b.managed >> reg & 1) == 0) return;
  b.held[reg] = result.id();
  b.copy[reg] = copy;
  if (values_[result.id()].last_use < 0) release(reg, result.size());
}

/// A register for a result. What becomes the lanes of a fold goes straight there once the old lanes are not needed.
std::int16_t emitter::result_register(const machine_operand& result, std::uint32_t copy) {
  for (const auto& [id, write] : lane_results_) {
    if (id != result.id() || pinned_lanes_[write->slot].empty()) continue;
    if (values_[write->replaced].last_use > static_cast<std::int32_t>(position_)) continue;
    const std::uint32_t number = (placement_.first_copy + copy) % lane_copies(write->slot) * program_.folds[write->slot].registers + write->part;
    return pinned_lanes_[write->slot][number];
  }
  return take(result.size());
}

// --- lists ----------------------------------------------------------------------------------------------------------

/// At the head of a list nothing is in a register but the constants that always are.
void emitter::forget_locations() {
  locations_.assign(values_.size() * placement_.copies, location());
  for (std::size_t i = 0; i < pinned_constant_.size(); ++i) where(program_.constants[i].id, 0).reg = pinned_constant_[i];
}

/// Finds where each value is used last; returns the most vector registers that one copy holds at once, constants and lanes
/// of folds apart. From the end, what is seen first is used last, and lives until its definition is reached.
std::uint32_t emitter::find_last_uses() {
  for (value& each : values_) each.last_use = -1;
  std::uint32_t live = 0, most = 1;
  for (std::size_t i = list_->size(); i-- > 0;) {
    const machine_instruction& at = (*list_)[i];
    for_each_use(at, [&](vreg id) {
      value& used = values_[id];
      if (used.last_use >= 0) return;
      used.last_use = static_cast<std::int32_t>(i);
      if (used.competes) ++live;
    });
    most = std::max(most, live);
    if (values_[at.to.id()].last_use >= 0 && values_[at.to.id()].competes) --live;
  }
  find_lane_results();
  last_uses_are_of_ = list_;
  return most;
}

void emitter::find_lane_results() {
  lane_results_.clear();
  if (program_.folds.empty()) return;
  for (const machine_instruction& at : *list_) {
    if (at.what == machine_instruction::kind::write_lanes) lane_results_.emplace_back(at.from[0].id(), &at);
  }
}

void emitter::emit(const std::vector<machine_instruction>& list, const placement& where_to) {
  if (list.empty()) return;
  list_ = &list;
  placement_ = where_to;
  forget_locations();
  if (last_uses_are_of_ != list_) find_last_uses();
  // Short chains overlap by themselves, and loads of one array after another are slower than in turns.
  const std::uint32_t together = list.size() > short_list ? where_to.copies : 1;
  for (std::uint32_t first = 0; first < where_to.copies; first += together) {
    for (position_ = 0; position_ < list.size(); ++position_) {
      for (std::uint32_t copy = first; copy < first + together; ++copy) {
        vectors_.locked = masks_.locked = 0;
        emit_one(list[position_], copy);
      }
    }
  }
}

void emitter::emit_one(const machine_instruction& at, std::uint32_t copy) {
  switch (at.what) {
    case machine_instruction::kind::plain:
      return emit_plain(at, copy);
    case machine_instruction::kind::fused:
      return emit_fused(at, copy);
    case machine_instruction::kind::logic:
      return emit_logic(at, copy);
    case machine_instruction::kind::merged:
      return;
    case machine_instruction::kind::copy:
      return emit_copy(at, copy);
    case machine_instruction::kind::rare:
      return emit_rare(at, copy);
    case machine_instruction::kind::gather:
      return emit_gather(at, copy);
    case machine_instruction::kind::load:
      return emit_load(at, copy);
    case machine_instruction::kind::store:
      return emit_store(at, copy);
    case machine_instruction::kind::read_lanes:
      return emit_read_lanes(at, copy);
    case machine_instruction::kind::write_lanes:
      return emit_write_lanes(at, copy);
    case machine_instruction::kind::keep_counted:
      return emit_keep_counted(at, copy);
    case machine_instruction::kind::keep_computed:
      return emit_keep_computed(at);
  }
}

void emitter::emit_plain(const machine_instruction& at, std::uint32_t copy) {
  asmjit::Operand_ operands[asmjit::Globals::kMaxOpCount];
  std::size_t count = 1;
  for (int f = 0; f < at.from_count; ++f) operands[count++] = any_register(in_register(at.from[f], copy), at.from[f].size());
  const std::int16_t masked = at.where.id() != 0 ? in_register(at.where, copy) : std::int16_t{-1};
  free_dead(at, copy);
  const std::int16_t to = result_register(at.to, copy);
  operands[0] = any_register(to, at.to.size());
  if (at.immediate >= 0) operands[count++] = asmjit::Imm(at.immediate);
  while (count < std::size(operands)) operands[count++].reset();
  if (at.exact) to_.rn_sae();
  if (at.quiet) to_.sae();
  if (masked >= 0) to_.k(x86::k(static_cast<std::uint32_t>(masked)));
  to_._emit(at.code, operands[0], operands[1], operands[2], operands + 3);
  define(at.to, copy, to);
}

/// to = a * b + c. The instruction overwrites one of its operands: one that is not needed any more, or a copy of c.
void emitter::emit_fused(const machine_instruction& at, std::uint32_t copy) {
  const width size = at.to.size();
  const std::int16_t a = in_register(at.from[0], copy), b = in_register(at.from[1], copy), c = in_register(at.from[2], copy);
  const auto dies_here = [&](int f) { return dies(at.from[f].id()); };
  const asmjit::InstId code_213 = at.code;
  const asmjit::InstId code_231 = at.code == inst::kIdVfmadd213ps ? inst::kIdVfmadd231ps : inst::kIdVfmadd231pd;
  std::int16_t to, second, third;
  asmjit::InstId code = code_213;
  const auto is_pinned = [&](std::int16_t reg) { return (vectors_.managed >> reg & 1) == 0; };
  if (dies_here(0) && !is_pinned(a) && at.from[0].id() != at.from[2].id()) {
    to = a, second = b, third = c;
  } else if (dies_here(1) && !is_pinned(b) && at.from[1].id() != at.from[2].id()) {
    to = b, second = a, third = c;
  } else if (dies_here(2) && !is_pinned(c) && at.from[2].id() != at.from[0].id() && at.from[2].id() != at.from[1].id()) {
    to = c, second = a, third = b, code = code_231;
  } else {
    to = take(size);
    move(to, c, size);
    second = a, third = b, code = code_231;
  }
  free_dead(at, copy);
  vectors_.free &= ~(1u << to);
  if (at.exact) to_.rn_sae();
  to_.emit(code, vector(to, size), vector(second, size), vector(third, size));
  define(at.to, copy, to);
}

/// The instruction overwrites its first operand: one that is not needed any more, or a copy. The table follows the order.
void emitter::emit_logic(const machine_instruction& at, std::uint32_t copy) {
  const width size = at.to.size();
  std::int16_t from[3] = {};
  int overwritten = -1;
  for (int i = 0; i < at.from_count; ++i) {
    from[i] = in_register(at.from[i], copy);
    if (dies(at.from[i].id()) && (vectors_.managed >> from[i] & 1) != 0) overwritten = i;
  }
  for (int i = at.from_count; i < 3; ++i) from[i] = from[0];  // which does not matter to the table
  unsigned table = static_cast<unsigned>(at.immediate);
  std::int16_t to;
  if (overwritten < 0) {
    to = take(size);
    move(to, from[0], size);
  } else {
    std::swap(from[0], from[overwritten]);
    const auto swapped = [&](unsigned index) {  // with operand 0, bit 2 of the index, and `overwritten` exchanged
      const unsigned other = 2u - static_cast<unsigned>(overwritten), high = index >> 2 & 1, low = index >> other & 1;
      return (index & ~(4u | 1u << other)) | low << 2 | high << other;
    };
    unsigned exchanged = 0;
    for (unsigned index = 0; index < 8; ++index) exchanged |= (table >> swapped(index) & 1) << index;
    table = exchanged;
    to = from[0];
  }
  free_dead(at, copy);
  vectors_.free &= ~(1u << to);
  to_.emit(at.code, vector(to, size), vector(from[1], size), vector(from[2], size), asmjit::Imm(table));
  define(at.to, copy, to);
}

void emitter::move(std::int16_t to, std::int16_t from, width size) {
  if (to != from) to_.emit(inst::kIdVmovaps, vector(to, size), vector(from, size));
}

}  // namespace onepass::jit
