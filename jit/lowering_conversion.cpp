// From one element type to another, and from an index to an element of a table.
//
// A wider result takes the low end of a register, or each of its two parts one half of a full one; a narrower one is
// packed the other way.
#include "lowering.hpp"

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;

/// Half p of a full register, as the narrower operand of a widening instruction.
machine_operand lowering::half_of(vreg id, std::uint8_t p, bool floating) {
  if (p == 0) return {id, half()};
  const InstId extract = avx512() ? (floating ? inst::kIdVextractf64x4 : inst::kIdVextracti64x4)
                                  : (floating ? inst::kIdVextractf128 : inst::kIdVextracti128);
  return {plain(extract, half(), {{id, full()}}, 1), half()};
}

vreg lowering::join_halves(vreg low, vreg high, bool floating) {
  const InstId insert = avx512() ? (floating ? inst::kIdVinsertf64x4 : inst::kIdVinserti64x4)
                                 : (floating ? inst::kIdVinsertf128 : inst::kIdVinserti128);
  return plain(insert, full(), {{low, full()}, {high, half()}}, 1);
}

parts lowering::convert(const parts& value, dtype from, dtype to) {
  if (size_of(to) < size_of(from)) return narrow(value, from, to);
  if (size_of(to) > size_of(from)) return widen(value, from, to);
  return {single(conversion_form(from, to), width_of(to), {{value[0], width_of(from)}})};
}

parts lowering::widen(const parts& value, dtype from, dtype to) {
  return each_part(to, [&](std::uint8_t p) {
    const bool whole = number_of_parts(to) == 1;
    const machine_operand source = whole ? machine_operand{value[0], width_of(from)} : half_of(value[0], p, is_floating(from));
    return single(conversion_form(from, to), width_of(to), {source});
  });
}

parts lowering::narrow(const parts& value, dtype from, dtype to) {
  const machine_form& form = conversion_form(from, to);
  if (form.code(target_.set) == 0) {
    if (from == dtype::i64) return {narrow_pair(value[0], value[value.count - 1])};
    return {narrow_integers_avx2(value[0], from, to)};
  }
  if (value.count == 1) return {single(form, width_of(to), {{value[0], width_of(from)}})};
  const vreg low = single(form, half(), {{value[0], full()}}), high = single(form, half(), {{value[1], full()}});
  return {join_halves(low, high, is_floating(to))};
}

/// The low bits of words or double words. Packing would saturate, so what is dropped is cleared first.
vreg lowering::narrow_integers_avx2(vreg integers, dtype from, dtype to) {
  const width size = width_of(from);
  const vreg kept = literal(size_of(from) == 4 ? dtype::u32 : dtype::u16, size_of(to) == 1 ? 0xff : 0xffff);
  const vreg low = bits(opcode::bit_and, size, {integers, size}, {kept, size});
  const vreg high = size == width::xmm ? low : plain(inst::kIdVextracti128, width::xmm, {{low, width::ymm}}, 1);
  const InstId pack = size_of(from) == 4 ? inst::kIdVpackusdw : inst::kIdVpackuswb;
  const vreg packed = plain(pack, width::xmm, {{low, width::xmm}, {high, width::xmm}});
  if (size_of(from) == 2 * size_of(to)) return packed;
  return plain(inst::kIdVpackuswb, width::xmm, {{packed, width::xmm}, {packed, width::xmm}});
}

// --- tables ---------------------------------------------------------------------------------------------------------

std::uint32_t lowering::table_number(const constant_table& of) {
  const auto known = std::find(result_.tables.begin(), result_.tables.end(), &of);
  const auto number = static_cast<std::uint32_t>(known - result_.tables.begin());
  if (known == result_.tables.end()) result_.tables.push_back(&of);
  return number;
}

/// Elements are gathered as 32 or 64 bits; a table of narrower ones is widened where it stands in the code.
parts lowering::lower_lookup(const instruction& at) {
  const constant_table& in = now_->table_of(at);
  const dtype as = size_of(at.type) < 4 ? dtype::i32 : at.type;
  const width index_size = width_of(dtype::i32);
  const machine_operand last{literal(dtype::u32, in.count - 1), index_size};
  const vreg index = single(form_of(opcode::min, dtype::u32), index_size, {{operand(at, 0, 0), index_size}, last});
  const parts found = each_part(as, [&](std::uint8_t p) {
    const machine_operand from = number_of_parts(as) == 2 ? half_of(index, p, false) : machine_operand{index, index_size};
    const vreg to = fresh(width_of(as));
    special(machine_instruction::kind::gather, {to, width_of(as)}, {from}, table_number(in)).type = as;
    return to;
  });
  return as == at.type ? found : convert(found, as, size_of(at.type) == 1 ? dtype::u8 : dtype::u16);
}

}  // namespace onepass::jit
