// Truth values: in memory, in lanes of other widths, from comparisons, and choice by them.
//
// In memory a truth value is a byte, 0 or 1. On AVX-512 it is a bit of a mask; a mask of two parts has those of the
// second part above. On AVX2 it is all bits of a lane, set or clear: lanes of the deciding width, or, while it is made
// or used, of the width of the elements.
#include "lowering.hpp"

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;

// --- in memory ------------------------------------------------------------------------------------------------------

parts lowering::truth_of_bytes(vreg bytes) {
  const width narrow = byte_width();
  if (avx512()) return {plain(inst::kIdVptestmb, width::mask, {{bytes, narrow}, {bytes, narrow}})};
  const vreg wide = truth_bytes_ == 1 ? bytes : plain(extension(1, truth_bytes_, false), full(), {{bytes, width::xmm}});
  return {plain(lanes_greater(truth_bytes_), full(), {{wide, full()}, {literal(dtype::u8, 0), full()}})};
}

parts lowering::bytes_of_truth(vreg truth) {
  const width narrow = byte_width();
  if (avx512()) {
    const vreg ones = plain(inst::kIdVpmovm2b, narrow, {{truth, width::mask}});
    return {plain(inst::kIdVpabsb, narrow, {{ones, narrow}})};
  }
  return {bits(opcode::bit_and, narrow, {narrow_truth(truth, 1), narrow}, {literal(dtype::u8, 1), narrow})};
}

// --- lanes of other widths, AVX2 ------------------------------------------------------------------------------------

/// In lanes of `to` bytes, fewer than deciding elements have; packing with saturation keeps all bits and no bits.
vreg lowering::narrow_truth(vreg truth, std::size_t to) {
  std::size_t bytes = truth_bytes_;
  vreg low = truth;
  bool is_whole = true;  // both halves of the register count
  if (bytes == 8 && to < 8) {
    low = narrow_pair(truth, truth);
    bytes = 4, is_whole = false;
  }
  while (bytes > to) {
    const vreg high = is_whole ? plain(inst::kIdVextracti128, width::xmm, {{low, width::ymm}}, 1) : low;
    low = plain(bytes == 4 ? inst::kIdVpackssdw : inst::kIdVpacksswb, width::xmm, {{low, width::xmm}, {high, width::xmm}});
    bytes /= 2, is_whole = false;
  }
  return low;
}

/// Two registers of 64-bit lanes as one of 32-bit ones: the low half of each.
vreg lowering::narrow_pair(vreg low, vreg high) {
  const vreg mixed = plain(inst::kIdVshufps, width::ymm, {{low, width::ymm}, {high, width::ymm}}, 0x88);
  return plain(inst::kIdVpermq, width::ymm, {{mixed, width::ymm}}, 0xd8);
}

/// From lanes of the compared type, which are no wider than deciding ones.
vreg lowering::widen_truth(vreg truth, dtype type) {
  if (size_of(type) == truth_bytes_ || joining_) return truth;
  return plain(extension(size_of(type), truth_bytes_, true), full(), {{truth, width::xmm}});
}

/// What chooses between part p of values of a type: on AVX2 in lanes of its width.
machine_operand lowering::truth_for(vreg truth, dtype type, std::uint8_t p) {
  if (avx512()) {
    if (p == 0) return {truth, width::mask};
    return {plain(inst::kIdKshiftrw, width::mask, {{truth, width::mask}}, static_cast<int>(result_.lanes / 2)), width::mask};
  }
  if (size_of(type) == truth_bytes_ || joining_) return {truth, full()};
  if (size_of(type) < truth_bytes_) return {narrow_truth(truth, size_of(type)), width_of(type)};
  const vreg part = p == 0 ? truth : plain(inst::kIdVextracti128, width::xmm, {{truth, width::ymm}}, 1);
  return {plain(inst::kIdVpmovsxdq, full(), {{part, width::xmm}}), full()};
}

// --- comparison -----------------------------------------------------------------------------------------------------

parts lowering::lower_comparison(const instruction& at) {
  const dtype type = type_of(at, 0);
  const width size = width_of(type);
  const parts truth = each_part(type, [&](std::uint8_t p) {
    return comparison_part(at.code, type, {operand(at, 0, p), size}, {operand(at, 1, p), size});
  });
  if (truth.count == 1) return {avx512() ? truth[0] : widen_truth(truth[0], type)};
  if (!avx512()) return {narrow_pair(truth[0], truth[1])};
  return {plain(inst::kIdKunpckbw, width::mask, {{truth[1], width::mask}, {truth[0], width::mask}})};
}

vreg lowering::comparison_part(opcode code, dtype type, machine_operand a, machine_operand b) {
  const machine_form& form = form_of(code, type);
  if (form.code(target_.set) == 0) return integer_comparison_avx2(code, type, a, b);
  return single(form, avx512() ? width::mask : a.size(), {a, b});
}

/// a < b, or a <= b, which is the opposite of b < a.
vreg lowering::integer_comparison_avx2(opcode code, dtype type, machine_operand a, machine_operand b) {
  const bool strictly = code == opcode::less;
  const std::size_t bytes = size_of(type);
  if (!is_signed(type) && bytes < 8) {
    // What is unsigned has a minimum but no order: x <= y if min(x, y) is x.
    if (strictly) std::swap(a, b);
    const vreg smaller = single(form_of(opcode::min, type), a.size(), {a, b});
    const vreg not_above = plain(lanes_equal(bytes), a.size(), {{smaller, a.size()}, a});
    return strictly ? opposite(not_above, a.size()) : not_above;
  }
  if (!strictly) std::swap(a, b);
  const vreg below = bytes == 8 ? less_quads(type, a, b) : plain(lanes_greater(bytes), a.size(), {b, a});
  return strictly ? below : opposite(below, a.size());
}

/// AVX2: a < b on 64-bit integers. Unsigned ones are compared with their upper bit turned around.
vreg lowering::less_quads(dtype type, machine_operand a, machine_operand b) {
  if (!is_signed(type)) {
    const machine_operand upper{literal(dtype::u64, std::uint64_t{1} << 63), a.size()};
    a = {bits(opcode::bit_xor, a.size(), a, upper), a.size()};
    b = {bits(opcode::bit_xor, a.size(), b, upper), a.size()};
  }
  return plain(inst::kIdVpcmpgtq, a.size(), {b, a});
}

// --- logic and choice -----------------------------------------------------------------------------------------------

asmjit::InstId lowering::mask_code(opcode code) const {
  const bool quad = result_.lanes > 16;
  switch (code) {
    case opcode::bit_and: return quad ? inst::kIdKandq : inst::kIdKandw;
    case opcode::bit_or: return quad ? inst::kIdKorq : inst::kIdKorw;
    case opcode::bit_xor: return quad ? inst::kIdKxorq : inst::kIdKxorw;
    default: return quad ? inst::kIdKandnq : inst::kIdKandnw;
  }
}

parts lowering::lower_logic(const instruction& at) {
  const width size = width_of(dtype::boolean);
  const machine_operand a{operand(at, 0, 0), size}, b{operand(at, 1, 0), size};
  return {avx512() ? plain(mask_code(at.code), size, {a, b}) : bits(at.code, size, a, b)};
}

parts lowering::lower_select(const instruction& at) {
  if (at.type == dtype::boolean) {
    if (joining_) refuse("a fold of truth values is joined by a choice");
    return select_truth(operand(at, 0, 0), operand(at, 1, 0), operand(at, 2, 0));
  }
  const width size = width_of(at.type);
  return each_part(at.type, [&](std::uint8_t p) {
    const machine_operand which = truth_for(operand(at, 0, 0), at.type, p);
    return blend(at.type, which, {operand(at, 1, p), size}, {operand(at, 2, p), size});
  });
}

vreg lowering::blend(dtype type, machine_operand which, machine_operand a, machine_operand b) {
  if (!avx512()) return plain(inst::kIdVpblendvb, a.size(), {b, a, {which.id(), a.size()}});
  const std::size_t bytes = size_of(type);
  const InstId code = bytes == 8 ? inst::kIdVblendmpd : bytes == 4 ? inst::kIdVblendmps : bytes == 2 ? inst::kIdVpblendmw : inst::kIdVpblendmb;
  const vreg to = fresh(a.size());
  push(code, {to, a.size()}, {b, a}).where = which;
  return to;
}

parts lowering::select_truth(vreg which, vreg a, vreg b) {
  const width size = width_of(dtype::boolean);
  const auto logic = [&](opcode code, vreg x, vreg y) {
    return avx512() ? plain(mask_code(code), size, {{x, size}, {y, size}}) : bits(code, size, {x, size}, {y, size});
  };
  const vreg chosen = logic(opcode::bit_and, which, a);
  const vreg other = logic(opcode::bit_andnot, which, b);
  return {logic(opcode::bit_or, chosen, other)};
}

}  // namespace onepass::jit
