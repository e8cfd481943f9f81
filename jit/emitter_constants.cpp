// Constants in registers, in the frame and behind the code.
#include "emitter.hpp"

#include <bit>
#include <cstring>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

namespace {

/// The fewest bytes that a literal repeats.
std::size_t period_of(std::uint64_t bits) {
  if (bits != std::rotl(bits, 32)) return 8;
  if (bits != std::rotl(bits, 16)) return 4;
  return bits != std::rotl(bits, 8) ? 2 : 1;
}

}  // namespace

void emitter::broadcast(std::size_t bytes, std::int16_t to, const x86::Mem& from) {
  const asmjit::InstId code = bytes == 1   ? inst::kIdVpbroadcastb
                              : bytes == 2 ? inst::kIdVpbroadcastw
                              : bytes == 4 ? inst::kIdVbroadcastss
                                           : inst::kIdVbroadcastsd;
  to_.emit(code, vector(to, full()), from);
}

void emitter::emit_literal(std::uint64_t bits, std::int16_t reg) {
  const x86::Vec whole = vector(reg, full()), low = vector(reg, width::xmm);
  if (bits == 0) {
    to_.emit(avx512() ? inst::kIdVpxord : inst::kIdVpxor, low, low, low);  // clears the rest of the register too
  } else if (bits != ~std::uint64_t{0}) {
    const std::size_t period = period_of(bits);
    broadcast(period, reg, pool(&bits, period, period));
  } else if (avx512()) {
    to_.emit(inst::kIdVpternlogd, whole, whole, whole, asmjit::Imm(0xff));
  } else {
    to_.emit(inst::kIdVpcmpeqd, whole, whole, whole);
  }
}

/// What was computed stays in the frame, and in a register if it has one for good.
void emitter::emit_keep_computed(const machine_instruction& at) {
  const std::int16_t reg = in_register(at.from[0], 0);
  const std::int16_t pinned = pinned_constant_[at.slot];
  std::int32_t& slot = constant_slot_[at.slot];
  if (pinned >= 0) {
    move(pinned, reg, full());
    release(reg, width::zmm);
    where(at.from[0].id(), 0).reg = pinned;
    return;
  }
  if (program_.sizes[at.from[0].id()] == width::mask) {
    if (slot < 0) slot = take_frame(8, 8);
    to_.kmovq(x86::ptr(x86::rsp, slot), x86::k(static_cast<std::uint32_t>(reg)));
  } else {
    if (slot < 0) slot = take_frame(64, 64);
    to_.emit(inst::kIdVmovaps, at_frame(slot), vector(reg, full()));
  }
  free_dead(at.from[0].id(), 0);
}

void emitter::emit_constant(const constant& of, std::int16_t reg) {
  const width size = program_.sizes[of.id];
  const auto id = static_cast<std::uint32_t>(reg);
  if (of.from == constant::origin::computed) {
    const x86::Mem kept = at_frame(constant_slot_[static_cast<std::size_t>(values_[of.id].constant)]);
    if (size == width::mask) {
      to_.kmovq(x86::k(id), kept);
    } else {
      to_.emit(inst::kIdVmovaps, vector(reg, full()), kept);
    }
    return;
  }
  if (size == width::mask) {
    to_.emit(of.bits != 0 ? inst::kIdKxnorq : inst::kIdKxorq, x86::k(id), x86::k(id), x86::k(id));
    return;
  }
  switch (of.from) {
    case constant::origin::literal:
      return emit_literal(of.bits, reg);
    case constant::origin::scalar:
      return broadcast(size_of(of.type), reg, at_frame(constant_slot_[static_cast<std::size_t>(values_[of.id].constant)]));
    case constant::origin::operand:
      return broadcast(size_of(of.type), reg, x86::ptr(pointer(static_cast<std::uint32_t>(of.bits))));
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
      broadcast(size_of(at.type), pinned_constant_[i], x86::ptr(scalars, offset));
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
  for (std::size_t i = 0; i < table_labels_.size(); ++i) {
    to_.align(asmjit::AlignMode::kData, 64);
    to_.bind(table_labels_[i]);
    emit_table(*program_.tables[i]);
  }
}

/// Elements narrower than 32 bits are widened to what is gathered.
void emitter::emit_table(const constant_table& of) {
  const std::size_t size = size_of(of.type);
  if (size >= 4) {
    to_.embed(of.elements, of.count * size);
    return;
  }
  for (std::size_t i = 0; i < of.count; ++i) {
    std::uint32_t element = 0;
    std::memcpy(&element, static_cast<const std::byte*>(of.elements) + i * size, size);
    to_.embed(&element, sizeof element);
  }
}

std::int32_t emitter::take_frame(std::int32_t bytes, std::int32_t alignment) {
  const std::int32_t at = (layout_.frame_bytes + alignment - 1) / alignment * alignment;
  layout_.frame_bytes = at + bytes;
  return at;
}

}  // namespace onepass::jit
