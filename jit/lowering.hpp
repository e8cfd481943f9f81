// Choosing machine instructions: for each instruction of a program, type and instruction set, the few that do it.
//
// On AVX-512 every floating instruction carries its rounding and suppresses exceptions in its encoding, which exists
// for full registers only; so f32 and f64 always fill whole registers there. A value that needs more than one register
// (f64 beside f32) is two *parts*; narrower elements fill the low end of a register. Truth values are masks on
// AVX-512; on AVX2 they are registers whose lanes are as wide as the *deciding* elements, so that they fill a register
// exactly. What one machine instruction does is found in instruction_table.hpp; sequences are here, by families:
// lowering.cpp has the whole program, lowering_arithmetic.cpp, lowering_truth.cpp, lowering_conversion.cpp and
// lowering_rare.cpp the rest; lowering_logic.cpp merges what they made.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "instruction_table.hpp"
#include "machine_program.hpp"

namespace onepass::jit {

/// The virtual registers of a value: one word, as machine_operand is.
struct parts {
  std::uint64_t first : 16 = 0, second : 16 = 0, count : 16 = 1;

  vreg operator[](std::uint8_t p) const { return p == 0 ? first : second; }
};

class lowering {
 public:
  lowering(const program& code, const target& for_what);

  machine_program run();

 private:
  using InstId = asmjit::InstId;
  using operands = std::initializer_list<machine_operand>;

  bool avx512() const { return target_.set == isa::avx512; }

  // --- sizes ---

  std::uint32_t bytes_of(dtype type) const { return result_.lanes * static_cast<std::uint32_t>(size_of(type)); }
  std::uint8_t parts_of(dtype type) const { return bytes_of(type) > register_bytes(target_.set) ? 2 : 1; }
  /// Joined are single registers of lanes of a fold, also where elements take two.
  std::uint8_t number_of_parts(dtype type) const { return type == dtype::boolean || joining_ ? std::uint8_t{1} : parts_of(type); }
  static width width_of_bytes(std::uint32_t bytes) { return bytes <= 16 ? width::xmm : bytes <= 32 ? width::ymm : width::zmm; }
  /// The register that holds a part of a value of this type.
  width width_of(dtype type) const {
    if (type == dtype::boolean) return avx512() ? width::mask : width::ymm;
    return width_of_bytes(std::min(bytes_of(type), register_bytes(target_.set)));
  }
  /// The register that holds truth values as bytes.
  width byte_width() const { return width_of_bytes(result_.lanes); }
  width full() const { return avx512() ? width::zmm : width::ymm; }
  width half() const { return avx512() ? width::ymm : width::xmm; }

  // --- emission ---

  vreg fresh(width size) {
    result_.sizes.push_back(size);
    return static_cast<vreg>(result_.sizes.size() - 1);
  }
  machine_instruction& push(InstId code, machine_operand to, operands from, int immediate = -1);
  vreg plain(InstId code, width size, operands from, int immediate = -1);
  /// An instruction of the table.
  vreg single(const machine_form& form, width size, operands from);
  /// A machine instruction of another kind than `plain`, whose result, if any, has this size.
  machine_instruction& special(machine_instruction::kind what, machine_operand to, operands from, std::uint32_t slot);

  // --- constants ---

  vreg constant_for(constant::origin from, dtype type, std::uint64_t bits);
  /// All lanes with these bits.
  vreg literal(dtype type, std::uint64_t bits);
  vreg all_bits() { return literal(dtype::u8, 0xff); }
  void count_uses();

  // --- a whole program ---

  void lower_all(bool tail, std::vector<machine_instruction>& out);
  void lower_stores(const std::vector<value_id>& stores, const std::vector<value_id>& folds);
  bool is_constant_leaf(const instruction& at) const;
  bool varies(const instruction& at) const;
  bool find_varying();
  /// Computed from constants alone, by instructions.
  bool is_invariant(value_id id) const { return !varies_[id] && !is_constant_leaf(code_[id]); }
  void find_leaving_setup();
  parts lower_invariant(value_id id);
  void keep_computed(vreg id, dtype type);
  void lower_fold(const reduction& how, std::size_t number, const parts& value, bool tail);
  void add_fold(const reduction& how, std::uint8_t registers);
  vreg join(const reduction& how, vreg earlier, vreg later);
  void lower_joinings();
  void refuse(const char* why);

  // --- one instruction ---

  parts lower_value(const instruction& at);
  /// The array operand that an input or a store names.
  std::uint32_t operand_slot(const instruction& at) {
    const auto slot = static_cast<std::uint32_t>(at.immediate);
    result_.operands = std::max(result_.operands, slot + 1);
    return slot;
  }
  parts lower_input(const instruction& at);
  void lower_store(const instruction& at, const parts& value);
  dtype type_of(const instruction& at, int i) const { return (*now_)[at.operands[i]].type; }
  const parts& value_of(const instruction& at, int i) const { return values_[at.operands[i]]; }
  vreg operand(const instruction& at, int i, std::uint8_t p) const { return value_of(at, i)[p]; }
  /// One virtual register for each part: of(p).
  template <class F>
  parts each_part(dtype type, F of) {
    const std::uint8_t count = number_of_parts(type);
    const vreg first = of(std::uint8_t{0});
    return {first, count == 2 ? of(std::uint8_t{1}) : vreg{0}, count};
  }
  parts same_parts(vreg id, dtype type) const { return {id, id, number_of_parts(type)}; }

  // --- arithmetic ---

  parts lower_elementwise(const instruction& at);
  vreg elementwise_part(const instruction& at, dtype type, std::uint8_t p);
  vreg elementwise_sequence(opcode code, dtype type, machine_operand a, machine_operand b);
  vreg bits(opcode code, width size, machine_operand a, machine_operand b);
  vreg multiply_bytes(machine_operand a, machine_operand b);
  vreg multiply_quads(machine_operand a, machine_operand b);
  vreg choose_quads(opcode code, dtype type, machine_operand a, machine_operand b);
  parts lower_shift(const instruction& at);
  vreg shift_part(const instruction& at, machine_operand a, machine_operand count);
  vreg shift_signed_quads(machine_operand a, const machine_form& logical, operands moved_by);
  vreg scale_in_two_factors(machine_operand a, machine_operand b, bool is_f64);

  // --- truth values and choice ---

  parts truth_of_bytes(vreg bytes);
  parts bytes_of_truth(vreg truth);
  vreg narrow_truth(vreg truth, std::size_t to);
  vreg narrow_pair(vreg low, vreg high);
  vreg widen_truth(vreg truth, dtype type);
  machine_operand truth_for(vreg truth, dtype type, std::uint8_t p);
  InstId mask_code(opcode code) const;
  parts lower_logic(const instruction& at);
  parts lower_comparison(const instruction& at);
  vreg comparison_part(opcode code, dtype type, machine_operand a, machine_operand b);
  vreg integer_comparison_avx2(opcode code, dtype type, machine_operand a, machine_operand b);
  vreg less_quads(dtype type, machine_operand a, machine_operand b);
  vreg opposite(vreg truth, width size) { return bits(opcode::bit_xor, size, {truth, size}, {all_bits(), size}); }
  parts lower_select(const instruction& at);
  vreg blend(dtype type, machine_operand which, machine_operand a, machine_operand b);
  parts select_truth(vreg which, vreg a, vreg b);

  // --- rare cases ---

  bool leaves_to_region(value_id id) const;
  std::vector<char> wanted_by(const std::vector<char>& roots) const;
  void find_wanted();
  parts lower_rarely(const instruction& at);
  parts lower_region(const instruction& at, std::vector<machine_instruction> list);
  void find_inputs_of_regions();

  // --- chains of bit instructions ---

  void merge_logic();

  // --- change of type, tables ---

  machine_operand half_of(vreg id, std::uint8_t p, bool floating);
  vreg join_halves(vreg low, vreg high, bool floating);
  parts convert(const parts& value, dtype from, dtype to);
  parts widen(const parts& value, dtype from, dtype to);
  parts narrow(const parts& value, dtype from, dtype to);
  vreg narrow_integers_avx2(vreg integers, dtype from, dtype to);
  parts lower_lookup(const instruction& at);
  std::uint32_t table_number(const constant_table& of);

  const program& code_;
  const target& target_;
  machine_program result_;
  std::vector<machine_instruction>* out_ = nullptr;
  const program* now_;              ///< the program whose values are `values_`: `code_`, or what joins a fold
  std::vector<parts> values_;
  std::vector<char> varies_;        ///< not the same for a whole row
  std::vector<char> leaves_setup_;  ///< used by something that is not
  std::vector<parts> computed_;     ///< invariants that are lowered already
  std::vector<char> is_wanted_;     ///< not only in rare cases; empty if there are none
  int depth_ = 0;                   ///< of the region that is being lowered
  std::size_t in_regions_ = 0;      ///< machine instructions
  std::uint32_t truth_bytes_ = 4;   ///< of a deciding element
  bool joining_ = false;            ///< a fold's program is being lowered
};

}  // namespace onepass::jit
