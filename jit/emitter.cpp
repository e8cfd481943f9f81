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
  constant_of_.assign(of.sizes.size(), -1);
  for (std::size_t i = 0; i < of.constants.size(); ++i) constant_of_[of.constants[i].id] = static_cast<std::int32_t>(i);
  pinned_constant_.assign(of.constants.size(), -1);
  constant_slot_.assign(of.constants.size(), -1);
  pinned_lanes_.resize(of.folds.size());
  pool_label_ = to.newLabel();
}

// --- planning -------------------------------------------------------------------------------------------------------

/// The most vector registers that one copy of the body holds at once, constants apart.
std::uint32_t emitter::max_live() const {
  constexpr std::int32_t never = -1, not_counted = -2;
  std::vector<std::int32_t> last(program_.sizes.size(), never);
  for (std::size_t i = 0; i < program_.body.size(); ++i) {
    const machine_instruction& at = program_.body[i];
    if (at.what == machine_instruction::kind::read_lanes) last[at.to.id] = not_counted;
    for (int f = 0; f < at.from_count; ++f) {
      std::int32_t& use = last[at.from[f].id];
      if (use != not_counted && constant_of_[at.from[f].id] < 0 && at.from[f].size != width::mask) use = static_cast<std::int32_t>(i);
    }
  }
  std::uint32_t live = 0, most = 1;
  for (std::size_t i = 0; i < program_.body.size(); ++i) {
    const machine_instruction& at = program_.body[i];
    if (last[at.to.id] > static_cast<std::int32_t>(i)) most = std::max(most, ++live);
    for (int f = 0; f < at.from_count; ++f) {
      std::int32_t& use = last[at.from[f].id];
      if (use != static_cast<std::int32_t>(i)) continue;
      --live;
      use = never;
    }
  }
  return most;
}

std::int16_t emitter::pin() {
  const auto reg = static_cast<std::int16_t>(31 - std::countl_zero(vectors_.free));
  vectors_.free &= ~(1u << reg);
  vectors_.managed &= ~(1u << reg);
  return reg;
}

void emitter::plan_registers(std::uint32_t most) {
  const std::uint32_t live = max_live();
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
    if (program_.sizes[program_.constants[i].id] != width::mask) order.push_back(i);
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
  constexpr std::uint32_t signatures[] = {x86::KReg::kSignature, x86::Xmm::kSignature, x86::Ymm::kSignature, x86::Zmm::kSignature};
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

/// The instruction at which a value is needed next.
std::size_t emitter::next_use(vreg id) const {
  for (std::size_t i = position_; i < list_->size(); ++i) {
    const machine_instruction& at = (*list_)[i];
    for (int f = 0; f < at.from_count; ++f) {
      if (at.from[f].id == id) return i;
    }
    if (at.where.id == id) return i;
  }
  return list_->size();
}

void emitter::evict(width size) {
  bank& b = bank_of(size);
  std::int16_t victim = -1;
  bool victim_is_constant = false;
  std::size_t victim_use = 0;
  for (std::int16_t reg = 0; reg < 32; ++reg) {
    if ((b.managed >> reg & 1) == 0 || (b.locked >> reg & 1) != 0 || b.held[reg] == 0) continue;
    const bool is_constant = constant_of_[b.held[reg]] >= 0;
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
      to_.emit(inst::kIdVmovaps, at_frame(at.frame), vector(victim, avx512() ? width::zmm : width::ymm));
    }
  }
  at.reg = -1;
  release(victim, size);
}

/// The register that a value is in; loads it if it is in none.
inline std::int16_t emitter::in_register(const machine_operand& wanted, std::uint32_t copy) {
  location& at = where(wanted.id, copy);
  if (at.reg < 0) load_register(wanted.id, copy, at);
  bank_of(wanted.size).locked |= 1u << at.reg;
  return at.reg;
}

void emitter::load_register(vreg id, std::uint32_t copy, location& at) {
  const width size = program_.sizes[id];
  bank& b = bank_of(size);
  at.reg = take(size);
  b.held[at.reg] = id;
  b.copy[at.reg] = copy;
  const std::int32_t constant_index = constant_of_[id];
  if (constant_index >= 0) {
    emit_constant(program_.constants[static_cast<std::size_t>(constant_index)], at.reg);
  } else if (size == width::mask) {
    to_.kmovq(x86::k(static_cast<std::uint32_t>(at.reg)), x86::ptr(x86::rsp, at.frame));
  } else {
    to_.emit(inst::kIdVmovaps, vector(at.reg, avx512() ? width::zmm : width::ymm), at_frame(at.frame));
  }
}

/// Gives back the register of a value whose last use is the current instruction; of a constant after the last copy.
inline void emitter::free_dead(vreg id, std::uint32_t copy) {
  if (id == 0 || last_use_[id] != static_cast<std::int32_t>(position_)) return;
  if (constant_of_[id] >= 0 && copy + 1 < placement_.copies) return;
  location& at = where(id, copy);
  if (at.reg < 0) return;
  release(at.reg, program_.sizes[id]);
  at.reg = -1;
}

void emitter::free_dead(const machine_instruction& at, std::uint32_t copy) {
  for (int f = 0; f < at.from_count; ++f) free_dead(at.from[f].id, copy);
  free_dead(at.where.id, copy);
}

void emitter::define(const machine_operand& result, std::uint32_t copy, std::int16_t reg) {
  where(result.id, copy).reg = reg;
  bank& b = bank_of(result.size);
  if ((b.managed >> reg & 1) == 0) return;
  b.held[reg] = result.id;
  b.copy[reg] = copy;
  if (last_use_[result.id] < 0) release(reg, result.size);
}

/// A register for a result. What becomes the lanes of a fold goes straight there once the old lanes are not needed.
std::int16_t emitter::result_register(const machine_operand& result, std::uint32_t copy) {
  for (const auto& [id, write] : lane_results_) {
    if (id != result.id || placement_.tail || pinned_lanes_[write->slot].empty()) continue;
    if (last_use_[write->replaced] > static_cast<std::int32_t>(position_)) continue;
    const std::uint32_t number = (placement_.first_copy + copy) % lane_copies(write->slot) * program_.folds[write->slot].registers + write->part;
    return pinned_lanes_[write->slot][number];
  }
  return take(result.size);
}

// --- lists ----------------------------------------------------------------------------------------------------------

/// At the head of a list nothing is in a register but the constants that always are.
void emitter::forget_locations() {
  locations_.assign(program_.sizes.size() * placement_.copies, location());
  for (std::size_t i = 0; i < pinned_constant_.size(); ++i) where(program_.constants[i].id, 0).reg = pinned_constant_[i];
}

void emitter::emit(const std::vector<machine_instruction>& list, const placement& where_to) {
  list_ = &list;
  placement_ = where_to;
  forget_locations();
  last_use_.assign(program_.sizes.size(), -1);
  lane_results_.clear();
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (int f = 0; f < list[i].from_count; ++f) last_use_[list[i].from[f].id] = static_cast<std::int32_t>(i);
    if (list[i].where.id != 0) last_use_[list[i].where.id] = static_cast<std::int32_t>(i);
    if (list[i].what == machine_instruction::kind::write_lanes) lane_results_.emplace_back(list[i].from[0].id, &list[i]);
  }
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
  std::int16_t from[4];
  for (int f = 0; f < at.from_count; ++f) from[f] = in_register(at.from[f], copy);
  const std::int16_t masked = at.where.id != 0 ? in_register(at.where, copy) : std::int16_t{-1};
  free_dead(at, copy);
  const std::int16_t to = result_register(at.to, copy);
  if (at.exact) to_.rn_sae();
  if (at.quiet) to_.sae();
  if (masked >= 0) to_.k(x86::k(static_cast<std::uint32_t>(masked)));
  asmjit::Operand_ operands[6];
  std::size_t count = 0;
  operands[count++] = any_register(to, at.to.size);
  for (int f = 0; f < at.from_count; ++f) operands[count++] = any_register(from[f], at.from[f].size);
  if (at.immediate >= 0) operands[count++] = asmjit::Imm(at.immediate);
  while (count < 6) operands[count++].reset();
  to_._emit(at.code, operands[0], operands[1], operands[2], operands + 3);
  define(at.to, copy, to);
}

/// to = a * b + c. The instruction overwrites one of its operands: one that is not needed any more, or a copy of c.
void emitter::emit_fused(const machine_instruction& at, std::uint32_t copy) {
  const width size = at.to.size;
  const std::int16_t a = in_register(at.from[0], copy), b = in_register(at.from[1], copy), c = in_register(at.from[2], copy);
  const auto dies = [&](int f) { return constant_of_[at.from[f].id] < 0 && last_use_[at.from[f].id] == static_cast<std::int32_t>(position_); };
  const asmjit::InstId code_213 = at.code;
  const asmjit::InstId code_231 = at.code == inst::kIdVfmadd213ps ? inst::kIdVfmadd231ps : inst::kIdVfmadd231pd;
  std::int16_t to, second, third;
  asmjit::InstId code = code_213;
  const auto is_pinned = [&](std::int16_t reg) { return (vectors_.managed >> reg & 1) == 0; };
  if (dies(0) && !is_pinned(a) && at.from[0].id != at.from[2].id) {
    to = a, second = b, third = c;
  } else if (dies(1) && !is_pinned(b) && at.from[1].id != at.from[2].id) {
    to = b, second = a, third = c;
  } else if (dies(2) && !is_pinned(c) && at.from[2].id != at.from[0].id && at.from[2].id != at.from[1].id) {
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

void emitter::move(std::int16_t to, std::int16_t from, width size) {
  if (to != from) to_.emit(inst::kIdVmovaps, vector(to, size), vector(from, size));
}

// --- memory ---------------------------------------------------------------------------------------------------------

std::uint32_t emitter::register_bytes_of(dtype type) const {
  return std::min(program_.lanes * static_cast<std::uint32_t>(size_of(type)), register_bytes(program_.set));
}

x86::Gp emitter::pointer(std::uint32_t slot) {
  if (layout_.operand_register[slot] >= 0) return x86::gpq(static_cast<std::uint32_t>(layout_.operand_register[slot]));
  to_.mov(layout_.far_pointer, x86::qword_ptr(x86::rsp, layout_.operand_slot[slot]));
  return layout_.far_pointer;
}

x86::Mem emitter::element(const machine_instruction& at, std::uint32_t copy) {
  const auto size = static_cast<std::uint32_t>(size_of(at.type));
  const std::uint32_t step = (placement_.first_copy + copy) * program_.lanes * size;
  const std::uint32_t offset = step + at.part * register_bytes(program_.set);
  return x86::ptr(pointer(at.slot), layout_.index, static_cast<std::uint32_t>(std::countr_zero(size)), static_cast<std::int32_t>(offset));
}

void emitter::move_whole(bool load, std::int16_t reg, width size, std::uint32_t bytes, const x86::Mem& memory, bool streaming) {
  const asmjit::InstId code = bytes == 4 ? inst::kIdVmovd : bytes == 8 ? inst::kIdVmovq : streaming && !load ? inst::kIdVmovntps : inst::kIdVmovups;
  if (load) {
    to_.emit(code, vector(reg, size), memory);
  } else {
    to_.emit(code, memory, vector(reg, size));
  }
}

void emitter::emit_load(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t reg = take(at.to.size);
  if (placement_.tail) {
    emit_masked_load(at, reg, copy);
  } else {
    move_whole(true, reg, at.to.size, register_bytes_of(at.type), element(at, copy), false);
  }
  define(at.to, copy, reg);
}

void emitter::emit_store(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t reg = in_register(at.from[0], copy);
  if (placement_.tail) {
    emit_masked_store(at, reg, copy);
  } else {
    move_whole(false, reg, at.from[0].size, register_bytes_of(at.type), element(at, copy), layout_.streaming);
  }
  free_dead(at, copy);
}

/// AVX-512: the mask of the tail for one part of a value; `taken` is a register to give back, or -1.
x86::KReg emitter::tail_mask(std::uint8_t part, std::int16_t& taken) {
  taken = -1;
  if (part == 0) return layout_.tail_mask;
  taken = take(width::mask);
  const x86::KReg high = x86::k(static_cast<std::uint32_t>(taken));
  to_.kshiftrw(high, layout_.tail_mask, asmjit::Imm(program_.lanes / 2));
  return high;
}

/// AVX2: a register whose lanes say which elements of a part count; read at a distance from the border of a table.
std::int16_t emitter::tail_vector_mask(dtype type, std::uint8_t part) {
  const auto size = static_cast<std::uint32_t>(size_of(type));
  const std::int16_t reg = take(width::ymm);
  const std::int32_t offset = 64 + part * 32;
  to_.vmovdqu(x86::ymm(static_cast<std::uint32_t>(reg)),
              x86::ptr(layout_.scratch, layout_.counted, static_cast<std::uint32_t>(std::countr_zero(size)), offset));
  return reg;
}

void emitter::emit_masked_load(const machine_instruction& at, std::int16_t reg, std::uint32_t copy) {
  const std::size_t size = size_of(at.type);
  if (avx512()) {
    std::int16_t taken;
    const x86::KReg counted = tail_mask(size == 8 ? at.part : std::uint8_t{0}, taken);
    const x86::Mem from = element(at, copy);  // may emit an instruction, which must not get the mask
    to_.k(counted).z();
    to_.emit(size == 1 ? inst::kIdVmovdqu8 : size == 4 ? inst::kIdVmovups : inst::kIdVmovupd, vector(reg, at.to.size), from);
    if (taken >= 0) release(taken, width::mask);
  } else if (size == 1) {
    move_bytes(true, element(at, copy));
    move_whole(true, reg, at.to.size, register_bytes_of(at.type), at_frame(layout_.byte_buffer), false);
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(size == 4 ? inst::kIdVmaskmovps : inst::kIdVmaskmovpd, vector(reg, at.to.size), vector(counted, at.to.size), element(at, copy));
    release(counted, width::ymm);
  }
}

void emitter::emit_masked_store(const machine_instruction& at, std::int16_t reg, std::uint32_t copy) {
  const std::size_t size = size_of(at.type);
  const width register_size = at.from[0].size;
  if (avx512()) {
    std::int16_t taken;
    const x86::KReg counted = tail_mask(size == 8 ? at.part : std::uint8_t{0}, taken);
    const x86::Mem to = element(at, copy);
    to_.k(counted);
    to_.emit(size == 1 ? inst::kIdVmovdqu8 : size == 4 ? inst::kIdVmovups : inst::kIdVmovupd, to, vector(reg, register_size));
    if (taken >= 0) release(taken, width::mask);
  } else if (size == 1) {
    move_whole(false, reg, register_size, register_bytes_of(at.type), at_frame(layout_.byte_buffer), false);
    move_bytes(false, element(at, copy));
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(size == 4 ? inst::kIdVmaskmovps : inst::kIdVmaskmovpd, element(at, copy), vector(counted, register_size), vector(reg, register_size));
    release(counted, width::ymm);
  }
}

/// AVX2 has no masked bytes: the elements that count go one by one between memory and a buffer in the frame.
void emitter::move_bytes(bool in, const x86::Mem& outside) {
  const x86::Gp left = layout_.byte_count, byte = layout_.byte_value;
  const asmjit::Label again = to_.newLabel();
  const x86::Mem inside = x86::byte_ptr(x86::rsp, left, 0, layout_.byte_buffer - 1);
  // The pointer moves instead of a second index: outside = base + index + left - 1.
  const x86::Gp base = layout_.byte_base;
  to_.lea(base, outside);
  to_.mov(left, layout_.counted);
  to_.neg(left);
  to_.bind(again);
  const x86::Mem remote = x86::byte_ptr(base, left, 0, -1);
  if (in) {
    to_.movzx(byte.r32(), remote);
    to_.mov(inside, byte.r8());
  } else {
    to_.movzx(byte.r32(), inside);
    to_.mov(remote, byte.r8());
  }
  to_.dec(left);
  to_.jnz(again);
}

// --- constants ------------------------------------------------------------------------------------------------------

void emitter::broadcast(dtype type, width size, std::int16_t to, const x86::Mem& from) {
  const std::size_t bytes = size_of(type);
  to_.emit(bytes == 1 ? inst::kIdVpbroadcastb : bytes == 4 ? inst::kIdVbroadcastss : inst::kIdVbroadcastsd, vector(to, size), from);
}

/// What was computed stays in the frame, and in a register if it has one for good.
void emitter::emit_keep_computed(const machine_instruction& at) {
  const std::int16_t reg = in_register(at.from[0], 0);
  const std::int16_t pinned = pinned_constant_[at.slot];
  std::int32_t& slot = constant_slot_[at.slot];
  if (pinned >= 0) {
    move(pinned, reg, avx512() ? width::zmm : width::ymm);
    release(reg, width::zmm);
    where(at.from[0].id, 0).reg = pinned;
    return;
  }
  if (program_.sizes[at.from[0].id] == width::mask) {
    if (slot < 0) slot = take_frame(8, 8);
    to_.kmovq(x86::ptr(x86::rsp, slot), x86::k(static_cast<std::uint32_t>(reg)));
  } else {
    if (slot < 0) slot = take_frame(64, 64);
    to_.emit(inst::kIdVmovaps, at_frame(slot), vector(reg, avx512() ? width::zmm : width::ymm));
  }
  free_dead(at.from[0].id, 0);
}

void emitter::emit_constant(const constant& of, std::int16_t reg) {
  const width size = program_.sizes[of.id];
  const auto id = static_cast<std::uint32_t>(reg);
  if (of.from == constant::origin::computed) {
    const x86::Mem kept = at_frame(constant_slot_[static_cast<std::size_t>(constant_of_[of.id])]);
    if (size == width::mask) {
      to_.kmovq(x86::k(id), kept);
    } else {
      to_.emit(inst::kIdVmovaps, vector(reg, avx512() ? width::zmm : width::ymm), kept);
    }
    return;
  }
  if (size == width::mask) {
    to_.emit(of.bits != 0 ? inst::kIdKxnorq : inst::kIdKxorq, x86::k(id), x86::k(id), x86::k(id));
    return;
  }
  switch (of.from) {
    case constant::origin::literal: {
      const std::uint64_t bits = of.type == dtype::boolean && of.bits != 0 ? 0xff : of.bits;  // AVX2: all bits of a lane
      if (bits == 0) {
        const x86::Vec xmm = x86::xmm(id);  // clears the rest of the register too
        to_.emit(avx512() ? inst::kIdVpxord : inst::kIdVpxor, xmm, xmm, xmm);
      } else {
        broadcast(of.type, size, reg, pool(&bits, size_of(of.type), size_of(of.type)));
      }
      return;
    }
    case constant::origin::scalar:
      return broadcast(of.type, size, reg, at_frame(constant_slot_[static_cast<std::size_t>(constant_of_[of.id])]));
    case constant::origin::operand:
      return broadcast(of.type, size, reg, x86::ptr(pointer(static_cast<std::uint32_t>(of.bits))));
    case constant::origin::computed:
      return;  // above
  }
}

void emitter::load_literals() {
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    const constant& at = program_.constants[i];
    if (pinned_constant_[i] >= 0 && at.from == constant::origin::literal) emit_constant(at, pinned_constant_[i]);
  }
}

void emitter::load_scalars(x86::Gp scalars) {
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    const constant& at = program_.constants[i];
    if (at.from != constant::origin::scalar) continue;
    const auto offset = static_cast<std::int32_t>(8 * at.bits);
    if (pinned_constant_[i] >= 0) {
      broadcast(at.type, program_.sizes[at.id], pinned_constant_[i], x86::ptr(scalars, offset));
      continue;
    }
    constant_slot_[i] = take_frame(8, 8);
    to_.mov(layout_.index, x86::qword_ptr(scalars, offset));
    to_.mov(x86::qword_ptr(x86::rsp, constant_slot_[i]), layout_.index);
  }
}

void emitter::load_row_constants() {
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    const constant& at = program_.constants[i];
    if (pinned_constant_[i] >= 0 && at.from == constant::origin::operand) emit_constant(at, pinned_constant_[i]);
  }
  emit(program_.setup, {});
}

x86::Mem emitter::pool(const void* data, std::size_t bytes, std::size_t alignment) {
  std::size_t at = 0;
  while (at + bytes <= pool_bytes_.size() && std::memcmp(pool_bytes_.data() + at, data, bytes) != 0) at += alignment;
  if (at + bytes > pool_bytes_.size()) {
    at = (pool_bytes_.size() + alignment - 1) / alignment * alignment;
    pool_bytes_.resize(at + bytes);
    std::memcpy(pool_bytes_.data() + at, data, bytes);
  }
  return x86::ptr(pool_label_, static_cast<std::int32_t>(at));
}

void emitter::emit_pool() {
  to_.align(asmjit::AlignMode::kData, 64);
  to_.bind(pool_label_);
  if (!pool_bytes_.empty()) to_.embed(pool_bytes_.data(), pool_bytes_.size());
}

std::int32_t emitter::take_frame(std::int32_t bytes, std::int32_t alignment) {
  const std::int32_t at = (layout_.frame_bytes + alignment - 1) / alignment * alignment;
  layout_.frame_bytes = at + bytes;
  return at;
}

// --- lanes of folds -------------------------------------------------------------------------------------------------

/// Register steps until a fold's lanes come round again.
std::uint32_t emitter::lane_copies(std::uint32_t fold) const {
  return static_cast<std::uint32_t>(fold_lanes(size_of(program_.folds[fold].how->type))) / program_.lanes;
}

x86::Mem emitter::lanes_address(std::uint32_t fold, std::uint8_t part, std::uint32_t copy) {
  const dtype type = program_.folds[fold].how->type;
  const auto size = static_cast<std::uint32_t>(size_of(type));
  const std::uint32_t part_bytes = register_bytes_of(type);
  const std::int32_t base = layout_.lanes[fold];
  if (!placement_.tail) {
    const std::uint32_t number = copy % lane_copies(fold) * program_.folds[fold].registers + part;
    return x86::ptr(x86::rsp, base + static_cast<std::int32_t>(number * part_bytes));
  }
  const auto lanes = static_cast<std::uint32_t>(fold_lanes(size));
  x86::Gp offset = layout_.lane_offset;
  if (lanes < layout_.step) {
    to_.mov(layout_.narrow_offset.r32(), offset.r32());
    to_.and_(layout_.narrow_offset.r32(), asmjit::Imm(lanes - 1));
    offset = layout_.narrow_offset;
  }
  return x86::ptr(x86::rsp, offset, static_cast<std::uint32_t>(std::countr_zero(size)), base + static_cast<std::int32_t>(part * part_bytes));
}

void emitter::emit_read_lanes(const machine_instruction& at, std::uint32_t copy) {
  const std::uint32_t number = placement_.first_copy + copy;
  if (!placement_.tail && !pinned_lanes_[at.slot].empty()) {
    define(at.to, copy, pinned_lanes_[at.slot][number % lane_copies(at.slot) * program_.folds[at.slot].registers + at.part]);
    return;
  }
  const std::int16_t reg = take(at.to.size);
  move_whole(true, reg, at.to.size, register_bytes_of(program_.folds[at.slot].how->type), lanes_address(at.slot, at.part, number), false);
  define(at.to, copy, reg);
}

void emitter::emit_write_lanes(const machine_instruction& at, std::uint32_t copy) {
  const std::uint32_t number = placement_.first_copy + copy;
  const std::int16_t reg = in_register(at.from[0], copy);
  const width size = at.from[0].size;
  if (!placement_.tail && !pinned_lanes_[at.slot].empty()) {
    move(pinned_lanes_[at.slot][number % lane_copies(at.slot) * program_.folds[at.slot].registers + at.part], reg, size);
  } else {
    move_whole(false, reg, size, register_bytes_of(program_.folds[at.slot].how->type), lanes_address(at.slot, at.part, number), false);
  }
  free_dead(at.from[0].id, copy);
}

void emitter::emit_keep_counted(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t value = in_register(at.from[0], copy), identity = in_register(at.from[1], copy);
  const width size = at.to.size;
  const std::size_t bytes = size_of(at.type);
  const std::int16_t to = take(size);
  if (avx512()) {
    std::int16_t taken;
    const x86::KReg counted = tail_mask(bytes == 8 ? at.part : std::uint8_t{0}, taken);
    to_.k(counted);
    const asmjit::InstId blend = bytes == 1 ? inst::kIdVpblendmb : bytes == 4 ? inst::kIdVblendmps : inst::kIdVblendmpd;
    to_.emit(blend, vector(to, size), vector(identity, size), vector(value, size));
    if (taken >= 0) release(taken, width::mask);
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(inst::kIdVpblendvb, vector(to, size), vector(identity, size), vector(value, size), vector(counted, size));
    release(counted, width::ymm);
  }
  free_dead(at, copy);
  define(at.to, copy, to);
}

const constant& emitter::identity_of(const lane_fold& fold) const {
  return *std::find_if(program_.constants.begin(), program_.constants.end(), [&](const constant& c) {
    return c.from == constant::origin::literal && c.type == fold.how->type && c.bits == fold.how->identity;
  });
}

void emitter::begin_lanes() {
  placement_ = {};
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) {
    const lane_fold& fold = program_.folds[f];
    const constant& identity = identity_of(fold);
    const width size = program_.sizes[identity.id];
    const std::int16_t pinned = pinned_constant_[static_cast<std::size_t>(constant_of_[identity.id])];
    const std::int16_t source = pinned >= 0 ? pinned : take(size);
    if (pinned < 0) emit_constant(identity, source);
    for (const std::int16_t lane : pinned_lanes_[f]) move(lane, source, size);
    if (pinned_lanes_[f].empty()) {
      for (std::uint32_t c = 0; c < lane_copies(f); ++c) {
        for (std::uint8_t p = 0; p < fold.registers; ++p) {
          move_whole(false, source, size, register_bytes_of(fold.how->type), lanes_address(f, p, c), false);
        }
      }
    }
    if (pinned < 0) release(source, size);
  }
}

void emitter::lanes_to_frame() { move_lanes(false); }
void emitter::lanes_from_frame() { move_lanes(true); }

/// Between their registers, if they have them, and the frame.
void emitter::move_lanes(bool load) {
  placement_ = {};
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) {
    const lane_fold& fold = program_.folds[f];
    const std::uint32_t bytes = register_bytes_of(fold.how->type);
    for (std::size_t i = 0; i < pinned_lanes_[f].size(); ++i) {
      const x86::Mem memory = at_frame(layout_.lanes[f] + static_cast<std::int32_t>(i * bytes));
      move_whole(load, pinned_lanes_[f][i], program_.sizes[fold.earlier], bytes, memory, false);
    }
  }
}

/// earlier = join of both, by the reduction's own program.
void emitter::join_once(const lane_fold& fold, std::int16_t earlier, std::int16_t later) {
  list_ = &fold.joining;
  placement_ = {};
  forget_locations();
  last_use_.assign(program_.sizes.size(), -1);
  lane_results_.clear();
  for (std::size_t i = 0; i < fold.joining.size(); ++i) {
    for (int f = 0; f < fold.joining[i].from_count; ++f) last_use_[fold.joining[i].from[f].id] = static_cast<std::int32_t>(i);
    if (fold.joining[i].where.id != 0) last_use_[fold.joining[i].where.id] = static_cast<std::int32_t>(i);
  }
  last_use_[fold.joined] = static_cast<std::int32_t>(fold.joining.size());
  locations_[fold.earlier].reg = earlier;
  locations_[fold.later].reg = later;
  for (position_ = 0; position_ < fold.joining.size(); ++position_) {
    vectors_.locked = masks_.locked = 0;
    emit_one(fold.joining[position_], 0);
  }
  vectors_.locked = masks_.locked = 0;
  const width size = program_.sizes[fold.earlier];
  const std::int16_t joined = in_register({fold.joined, size}, 0);
  move(earlier, joined, size);
  if (joined != earlier && joined != later) release(joined, size);
}

void emitter::finish_lanes() {
  // Two registers that no list may take meanwhile.
  vectors_.locked = masks_.locked = 0;
  const std::uint32_t managed = vectors_.managed;
  const std::int16_t first = take(width::ymm), second = take(width::ymm);
  vectors_.managed &= ~(1u << first | 1u << second);
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) finish_fold(f, first, second);
  vectors_.managed = managed;
  release(first, width::ymm);
  release(second, width::ymm);
}

/// Joins all lanes of a fold, halves onto halves, and stores what is left.
void emitter::finish_fold(std::uint32_t f, std::int16_t first, std::int16_t second) {
  const lane_fold& fold = program_.folds[f];
  const width size = program_.sizes[fold.earlier];
  const std::uint32_t bytes = register_bytes_of(fold.how->type);
  const std::vector<std::int16_t>& pinned = pinned_lanes_[f];
  const auto in_frame = [&](std::uint32_t i) { return at_frame(layout_.lanes[f] + static_cast<std::int32_t>(i * bytes)); };
  for (std::uint32_t half = lane_copies(f) * fold.registers / 2; half > 0; half /= 2) {
    for (std::uint32_t i = 0; i < half; ++i) {
      if (!pinned.empty()) {
        join_once(fold, pinned[i], pinned[i + half]);
        continue;
      }
      move_whole(true, first, size, bytes, in_frame(i), false);
      move_whole(true, second, size, bytes, in_frame(i + half), false);
      join_once(fold, first, second);
      move_whole(false, first, size, bytes, in_frame(i), false);
    }
  }
  const std::int16_t all = pinned.empty() ? first : pinned[0];
  if (pinned.empty()) move_whole(true, first, size, bytes, in_frame(0), false);
  for (std::uint32_t half = bytes / 2; half >= size_of(fold.how->type); half /= 2) {
    const auto from = static_cast<std::uint32_t>(all), to = static_cast<std::uint32_t>(second);
    if (half == 32) {
      to_.vextracti64x4(x86::ymm(to), x86::zmm(from), asmjit::Imm(1));
    } else if (half == 16) {
      if (avx512()) {
        to_.vextracti32x4(x86::xmm(to), x86::ymm(from), asmjit::Imm(1));
      } else {
        to_.vextracti128(x86::xmm(to), x86::ymm(from), asmjit::Imm(1));
      }
    } else {
      to_.vpsrldq(x86::xmm(to), x86::xmm(from), asmjit::Imm(half));
    }
    join_once(fold, all, second);
  }
  store_lane(fold, all);
}

void emitter::store_lane(const lane_fold& fold, std::int16_t reg) {
  const x86::Vec xmm = x86::xmm(static_cast<std::uint32_t>(reg));
  const x86::Mem to = x86::ptr(pointer(fold.result_slot));
  switch (size_of(fold.how->type)) {
    case 1:
      to_.emit(inst::kIdVpextrb, to, xmm, asmjit::Imm(0));
      break;
    case 4:
      to_.emit(inst::kIdVmovss, to, xmm);
      break;
    default:
      to_.emit(inst::kIdVmovsd, to, xmm);
      break;
  }
}

}  // namespace onepass::jit
