// Arithmetic and bits, lane by lane: most are one machine instruction; here are the sequences for those that are none.
#include "lowering.hpp"

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;

parts lowering::lower_elementwise(const instruction& at) {
  if (at.type == dtype::boolean && !joining_) return lower_logic(at);
  const dtype type = at.type == dtype::boolean ? dtype::u8 : at.type;  // the lanes of a fold are bytes
  return each_part(type, [&](std::uint8_t p) { return elementwise_part(at, type, p); });
}

vreg lowering::elementwise_part(const instruction& at, dtype type, std::uint8_t p) {
  const width size = width_of(type);
  const machine_form& form = form_of(at.code, type);
  if (form.code(target_.set) == 0) return elementwise_sequence(at.code, type, {operand(at, 0, p), size}, {operand(at, 1, p), size});
  const vreg to = single(form, size, {});
  machine_instruction& made = out_->back();
  made.from_count = facts_of(at.code).arity;
  for (int i = 0; i < made.from_count; ++i) made.from[i] = {operand(at, i, p), size};
  if (made.from_count == 3) made.what = machine_instruction::kind::fused;
  return to;
}

vreg lowering::elementwise_sequence(opcode code, dtype type, machine_operand a, machine_operand b) {
  if (code == opcode::scale) return scale_in_two_factors(a, b, type == dtype::f64);
  if (code == opcode::mul && is_integer(type)) return size_of(type) == 1 ? multiply_bytes(a, b) : multiply_quads(a, b);
  if ((code == opcode::min || code == opcode::max) && is_integer(type)) return choose_quads(code, type, a, b);
  refuse("an instruction has no machine code for its type");
  return a.id();
}

vreg lowering::bits(opcode code, width size, machine_operand a, machine_operand b) { return single(form_of(code, dtype::u8), size, {a, b}); }

/// There is no product of bytes: the even and the odd ones are multiplied as words.
vreg lowering::multiply_bytes(machine_operand a, machine_operand b) {
  const width size = a.size();
  const vreg even = plain(inst::kIdVpmullw, size, {a, b});
  const vreg even_low = bits(opcode::bit_and, size, {even, size}, {literal(dtype::u16, 0xff), size});
  const vreg odd_a = plain(inst::kIdVpsrlw, size, {a}, 8);
  const vreg odd_b = plain(inst::kIdVpsrlw, size, {b}, 8);
  const vreg odd = plain(inst::kIdVpmullw, size, {{odd_a, size}, {odd_b, size}});
  const vreg odd_high = plain(inst::kIdVpsllw, size, {{odd, size}}, 8);
  return bits(opcode::bit_or, size, {even_low, size}, {odd_high, size});
}

/// AVX2: the product of the low halves, and above it the sum of the two mixed products.
vreg lowering::multiply_quads(machine_operand a, machine_operand b) {
  const width size = a.size();
  const vreg swapped = plain(inst::kIdVpshufd, size, {b}, 0xb1);
  const vreg mixed = plain(inst::kIdVpmulld, size, {a, {swapped, size}});
  const vreg upper = plain(inst::kIdVpsrlq, size, {{mixed, size}}, 32);
  const vreg sum = plain(inst::kIdVpaddd, size, {{mixed, size}, {upper, size}});
  const vreg high = plain(inst::kIdVpsllq, size, {{sum, size}}, 32);
  const vreg low = plain(inst::kIdVpmuludq, size, {a, b});
  return plain(inst::kIdVpaddq, size, {{low, size}, {high, size}});
}

/// AVX2: min and max of 64-bit integers.
vreg lowering::choose_quads(opcode code, dtype type, machine_operand a, machine_operand b) {
  const vreg b_below = less_quads(type, b, a);
  if (code == opcode::max) std::swap(a, b);
  return blend(type, {b_below, a.size()}, b, a);
}

// --- shifts ---------------------------------------------------------------------------------------------------------

parts lowering::lower_shift(const instruction& at) {
  const width size = width_of(at.type);
  return each_part(at.type, [&](std::uint8_t p) { return shift_part(at, {operand(at, 0, p), size}, {operand(at, 1, p), size}); });
}

/// Counts beyond the width mean the same to the machine as to the language: nothing is left, or copies of the sign.
vreg lowering::shift_part(const instruction& at, machine_operand a, machine_operand count) {
  const instruction& by = (*now_)[at.operands[1]];
  const dtype unsigned_type = size_of(at.type) == 8 ? dtype::u64 : dtype::u32;
  if (by.code == opcode::literal) {
    const std::uint64_t width_in_bits = 8 * size_of(at.type);
    const std::uint64_t bits = size_of(at.type) == 4 ? by.immediate & 0xffffffff : by.immediate;
    machine_form form = immediate_shift(at.code, at.type);
    const bool as_logical = form.code(target_.set) == 0;
    if (as_logical) form = immediate_shift(at.code, unsigned_type);
    form.immediate = static_cast<std::int16_t>(std::min(bits, width_in_bits));
    return as_logical ? shift_signed_quads(a, form, {}) : single(form, a.size(), {a});
  }
  const machine_form& form = form_of(at.code, at.type);
  if (form.code(target_.set) != 0) return single(form, a.size(), {a, count});
  return shift_signed_quads(a, form_of(at.code, unsigned_type), {count});
}

/// AVX2 shifts no signs into 64 bits: negative numbers are shifted as their complement, which is not negative.
vreg lowering::shift_signed_quads(machine_operand a, const machine_form& logical, operands moved_by) {
  const width size = a.size();
  const vreg sign = plain(inst::kIdVpcmpgtq, size, {{literal(dtype::i64, 0), size}, a});
  const vreg positive = bits(opcode::bit_xor, size, a, {sign, size});
  const vreg moved = moved_by.size() == 0 ? single(logical, size, {{positive, size}}) : single(logical, size, {{positive, size}, *moved_by.begin()});
  return bits(opcode::bit_xor, size, {moved, size}, {sign, size});
}

// --- scaling by a power of two --------------------------------------------------------------------------------------

/// AVX2: see pack_avx2.hpp.
vreg lowering::scale_in_two_factors(machine_operand a, machine_operand b, bool is_f64) {
  const width size = a.size();
  // 1.5 * 2^52 + 2046, 1.5 * 2^23 + 254
  const vreg shifter = is_f64 ? literal(dtype::f64, 0x43380000000007fe) : literal(dtype::f32, 0x4b4000fe);
  const auto pick = [is_f64](InstId for_f64, InstId for_f32) { return is_f64 ? for_f64 : for_f32; };
  const vreg biased = plain(pick(inst::kIdVaddpd, inst::kIdVaddps), size, {b, {shifter, size}});
  const vreg first = plain(pick(inst::kIdVpsrlq, inst::kIdVpsrld), size, {{biased, size}}, 1);
  const vreg second = plain(pick(inst::kIdVpsubq, inst::kIdVpsubd), size, {{biased, size}, {first, size}});
  vreg product = a.id();
  for (const vreg factor : {first, second}) {
    const vreg power = plain(pick(inst::kIdVpsllq, inst::kIdVpslld), size, {{factor, size}}, is_f64 ? 52 : 23);
    product = plain(pick(inst::kIdVmulpd, inst::kIdVmulps), size, {{product, size}, {power, size}});
  }
  return product;
}

}  // namespace onepass::jit
