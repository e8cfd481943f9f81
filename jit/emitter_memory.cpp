// Loads, stores and tables. In the tail, only the elements that count are touched.
#include "emitter.hpp"

#include <algorithm>
#include <bit>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

namespace {

/// AVX-512: the move that masks elements of so many bytes.
asmjit::InstId masked_move(std::size_t bytes) {
  return bytes == 1 ? inst::kIdVmovdqu8 : bytes == 2 ? inst::kIdVmovdqu16 : bytes == 4 ? inst::kIdVmovups : inst::kIdVmovupd;
}

}  // namespace

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

/// Asks for the line that a later turn will load as this one loads its first element.
void emitter::look_ahead(const machine_instruction& at, std::uint32_t copy) {
  constexpr std::int64_t line = 64;
  x86::Mem later = element(at, copy);
  if (later.offset() % line != 0) return;
  later.addOffset(static_cast<std::int64_t>(bytes_ahead));
  to_.prefetcht0(later);
}

void emitter::emit_load(const machine_instruction& at, std::uint32_t copy) {
  if (at.slot < layout_.ahead.size() && layout_.ahead[at.slot]) look_ahead(at, copy);
  const std::int16_t reg = take(at.to.size());
  if (placement_.tail) {
    emit_masked_load(at, reg, copy);
  } else {
    move_whole(true, reg, at.to.size(), register_bytes_of(at.type), element(at, copy), false);
  }
  define(at.to, copy, reg);
}

void emitter::emit_store(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t reg = in_register(at.from[0], copy);
  if (placement_.tail) {
    emit_masked_store(at, reg, copy);
  } else {
    move_whole(false, reg, at.from[0].size(), register_bytes_of(at.type), element(at, copy), layout_.streaming);
  }
  free_dead(at, copy);
}

/// The index and the result are different registers, as the instruction demands; its mask is used up.
void emitter::emit_gather(const machine_instruction& at, std::uint32_t copy) {
  const bool quads = size_of(at.type) == 8;
  const std::int16_t index = in_register(at.from[0], copy), to = take(at.to.size());
  const std::int16_t mask = take(avx512() ? width::mask : at.to.size());
  const auto mask_id = static_cast<std::uint32_t>(mask);
  to_.lea(layout_.far_pointer, x86::ptr(table_labels_[at.slot]));
  const x86::Mem from = x86::ptr(layout_.far_pointer, vector(index, at.from[0].size()), quads ? 3 : 2);
  const asmjit::InstId code = quads ? inst::kIdVpgatherdq : inst::kIdVpgatherdd;
  if (avx512()) {
    to_.kxnorw(x86::k(mask_id), x86::k(mask_id), x86::k(mask_id));
    to_.k(x86::k(mask_id));
    to_.emit(code, vector(to, at.to.size()), from);
    release(mask, width::mask);
  } else {
    const x86::Vec all = vector(mask, at.to.size());
    to_.emit(inst::kIdVpcmpeqd, all, all, all);
    to_.emit(code, vector(to, at.to.size()), from, all);
    release(mask, at.to.size());
  }
  free_dead(at, copy);
  define(at.to, copy, to);
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
  const std::int32_t offset = mask_table_border + part * 32;
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
    to_.emit(masked_move(size), vector(reg, at.to.size()), from);
    if (taken >= 0) release(taken, width::mask);
  } else if (size < 4) {
    move_bytes(true, size, element(at, copy));
    move_whole(true, reg, at.to.size(), register_bytes_of(at.type), at_frame(layout_.byte_buffer), false);
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(size == 4 ? inst::kIdVmaskmovps : inst::kIdVmaskmovpd, vector(reg, at.to.size()), vector(counted, at.to.size()), element(at, copy));
    release(counted, width::ymm);
  }
}

void emitter::emit_masked_store(const machine_instruction& at, std::int16_t reg, std::uint32_t copy) {
  const std::size_t size = size_of(at.type);
  const width register_size = at.from[0].size();
  if (avx512()) {
    std::int16_t taken;
    const x86::KReg counted = tail_mask(size == 8 ? at.part : std::uint8_t{0}, taken);
    const x86::Mem to = element(at, copy);
    to_.k(counted);
    to_.emit(masked_move(size), to, vector(reg, register_size));
    if (taken >= 0) release(taken, width::mask);
  } else if (size < 4) {
    move_whole(false, reg, register_size, register_bytes_of(at.type), at_frame(layout_.byte_buffer), false);
    move_bytes(false, size, element(at, copy));
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(size == 4 ? inst::kIdVmaskmovps : inst::kIdVmaskmovpd, element(at, copy), vector(counted, register_size), vector(reg, register_size));
    release(counted, width::ymm);
  }
}

/// AVX2 masks no bytes and words: the bytes that count go one by one between memory and a buffer in the frame.
void emitter::move_bytes(bool in, std::size_t element_bytes, const x86::Mem& outside) {
  const x86::Gp left = layout_.byte_count, byte = layout_.byte_value;
  const asmjit::Label again = to_.newLabel();
  const x86::Mem inside = x86::byte_ptr(x86::rsp, left, 0, layout_.byte_buffer - 1);
  // The pointer moves instead of a second index: outside = base + index + left - 1.
  const x86::Gp base = layout_.byte_base;
  to_.lea(base, outside);
  to_.mov(left, layout_.counted);
  to_.neg(left);
  if (element_bytes == 2) to_.add(left, left);
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

}  // namespace onepass::jit
