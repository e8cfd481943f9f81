// Choosing machine instructions: for each instruction of a program, type and instruction set, the few that do it.
//
// On AVX-512 every floating instruction carries its rounding and suppresses exceptions in its encoding, which exists
// for full registers only; so floating values always fill whole registers there. A value that needs more than one
// register (f64 beside f32) is two *parts*. Truth values are masks on AVX-512; on AVX2 they are registers whose lanes
// are as wide as the narrowest numbers of the program, so that they fill a register exactly.
#include "machine_program.hpp"

#include <algorithm>
#include <utility>

namespace onepass::jit {

namespace {

using asmjit::InstId;
namespace inst = asmjit::x86::Inst;

/// The virtual registers of a value.
struct parts {
  vreg id[2] = {0, 0};
  std::uint8_t count = 1;
};

/// Element width that decides how many lanes a register step has: floats before doubles before bytes.
std::uint32_t deciding_bytes(const program& code) {
  bool f32 = false, f64 = false, i32 = false;
  for (const instruction& at : code.instructions()) {
    f32 |= at.type == dtype::f32;
    f64 |= at.type == dtype::f64;
    i32 |= at.type == dtype::i32;
  }
  return f32 ? 4 : f64 ? 8 : i32 ? 4 : 1;
}

class lowering {
 public:
  lowering(const program& code, const target& for_what) : code_(code), target_(for_what) {
    result_.set = for_what.set;
    truth_bytes_ = deciding_bytes(code);
    result_.lanes = register_bytes(for_what.set) / truth_bytes_;
    result_.sizes.push_back(width::zmm);  // number 0 is none
  }

  machine_program run() {
    find_invariants();
    lower_all(code_, false, result_.body);
    if (!result_.folds.empty()) lower_all(code_, true, result_.tail);
    lower_joinings();
    for (const machine_instruction& at : result_.body) count_uses(at);
    result_.operands = 0;
    for (const instruction& at : code_.instructions()) {
      if (at.code != opcode::input && at.code != opcode::store) continue;
      result_.operands = std::max(result_.operands, static_cast<std::uint32_t>(at.immediate) + 1);
    }
    if (result_.sizes.size() > 0xfff0) result_.refusal = "the program is too large for one kernel";
    return std::move(result_);
  }

 private:
  bool avx512() const { return target_.set == isa::avx512; }

  // --- sizes ---

  std::uint32_t bytes_of(dtype type) const { return result_.lanes * static_cast<std::uint32_t>(size_of(type)); }
  std::uint8_t parts_of(dtype type) const { return bytes_of(type) > register_bytes(target_.set) ? 2 : 1; }
  width width_of_bytes(std::uint32_t bytes) const { return bytes <= 16 ? width::xmm : bytes <= 32 ? width::ymm : width::zmm; }
  /// The register that holds a part of a value of this type.
  width width_of(dtype type) const {
    if (type == dtype::boolean) return avx512() ? width::mask : width::ymm;
    return width_of_bytes(std::min(bytes_of(type), register_bytes(target_.set)));
  }
  width full() const { return avx512() ? width::zmm : width::ymm; }
  width half() const { return avx512() ? width::ymm : width::xmm; }

  vreg fresh(width size) {
    result_.sizes.push_back(size);
    return static_cast<vreg>(result_.sizes.size() - 1);
  }

  // --- emission ---

  machine_instruction& push(InstId code, machine_operand to, std::initializer_list<machine_operand> from, int immediate = -1) {
    machine_instruction& made = out_->emplace_back();
    made.code = code;
    made.to = to;
    for (const machine_operand& f : from) made.from[made.from_count++] = f;
    made.immediate = static_cast<std::int16_t>(immediate);
    return made;
  }
  vreg plain(InstId code, width size, std::initializer_list<machine_operand> from, int immediate = -1) {
    const vreg to = fresh(size);
    push(code, {to, size}, from, immediate);
    return to;
  }
  /// A floating instruction that rounds: to nearest, whatever the environment says.
  vreg rounding(InstId code, width size, std::initializer_list<machine_operand> from) {
    const vreg to = fresh(size);
    push(code, {to, size}, from).exact = avx512();
    return to;
  }
  /// A floating instruction that does not round, but could raise exceptions.
  vreg quiet(InstId code, width size, std::initializer_list<machine_operand> from, int immediate = -1) {
    const vreg to = fresh(size);
    push(code, {to, size}, from, immediate).quiet = avx512();
    return to;
  }

  // --- constants ---

  vreg constant_for(constant::origin from, dtype type, std::uint64_t bits) {
    for (const constant& known : result_.constants) {
      if (known.from == from && known.type == type && known.bits == bits) return known.id;
    }
    const width size = type == dtype::boolean && from != constant::origin::literal ? full() : width_of(type);
    result_.constants.push_back({from, type, bits, fresh(size), 0});
    return result_.constants.back().id;
  }
  vreg literal_i32(std::uint32_t bits) { return constant_for(constant::origin::literal, dtype::i32, bits); }
  /// Zero in the whole register: what a narrower broadcast leaves untouched is zero too.
  vreg zero_bytes() { return constant_for(constant::origin::literal, dtype::u8, 0); }

  void count_uses(const machine_instruction& at) {
    for (constant& c : result_.constants) {
      for (int i = 0; i < at.from_count; ++i) c.uses += at.from[i].id == c.id;
    }
  }

  // --- a whole program ---

  void lower_all(const program& code, bool tail, std::vector<machine_instruction>& out) {
    out_ = &out;
    values_.assign(code.size(), {});
    std::vector<value_id> stores;
    std::size_t fold_number = 0;
    std::vector<std::int32_t> fold_of(code.size(), -1);
    for (value_id id = 0; id < code.size(); ++id) {
      const instruction& at = code[id];
      if (at.code == opcode::store) {
        stores.push_back(id);
      } else if (at.code == opcode::fold) {
        fold_of[id] = static_cast<std::int32_t>(fold_number);
        lower_fold(code.reduction_of(at), fold_number++, values_[at.operands[0]], at.type, tail);
      } else {
        values_[id] = is_invariant_[id] ? lower_invariant(id) : lower_value(code, id);
      }
    }
    for (const value_id id : stores) {
      const instruction& at = code[id];
      const std::int32_t fold = fold_of[at.operands[0]];
      if (fold >= 0) {
        result_.folds[static_cast<std::size_t>(fold)].result_slot = static_cast<std::uint32_t>(at.immediate);
      } else {
        lower_store(at, values_[at.operands[0]]);
      }
    }
  }

  // --- what is the same for a whole row ---

  /// True for a value that is a constant as it stands, without an instruction.
  bool is_constant_leaf(const instruction& at) const {
    if (at.code == opcode::literal) return true;
    if (at.type == dtype::boolean) return false;  // comes as a byte
    return at.code == opcode::scalar || (at.code == opcode::input && target_.stays[at.immediate]);
  }

  void find_invariants() {
    is_invariant_.assign(code_.size(), 0);
    leaves_setup_.assign(code_.size(), 0);
    computed_.assign(code_.size(), {});
    const auto varies = [&](value_id id) { return !is_invariant_[id] && !is_constant_leaf(code_[id]); };
    for (value_id id = 0; id < code_.size(); ++id) {
      const instruction& at = code_[id];
      const value_id* const first = at.operands;
      const value_id* const last = first + facts_of(at.code).arity;
      if (at.code == opcode::input || at.code == opcode::scalar) {
        is_invariant_[id] = at.type == dtype::boolean && (at.code == opcode::scalar || target_.stays[at.immediate]);
      } else if (at.code != opcode::literal && at.code != opcode::fold && at.code != opcode::store) {
        is_invariant_[id] = std::none_of(first, last, varies);
      }
      if (is_invariant_[id]) continue;
      for (const value_id* operand = first; operand != last; ++operand) leaves_setup_[*operand] = 1;
    }
  }

  parts lower_invariant(value_id id) {
    parts& made = computed_[id];
    if (made.id[0] != 0) return made;  // the tail comes a second time
    std::vector<machine_instruction>* const out = std::exchange(out_, &result_.setup);
    made = lower_value(code_, id);
    if (leaves_setup_[id]) {
      for (std::uint8_t p = 0; p < made.count; ++p) keep_computed(made.id[p], code_[id].type);
    }
    out_ = out;
    return made;
  }

  void keep_computed(vreg id, dtype type) {
    const auto is_known = [id](const constant& c) { return c.id == id; };
    if (std::any_of(result_.constants.begin(), result_.constants.end(), is_known)) return;
    machine_instruction keep;
    keep.what = machine_instruction::kind::keep_computed;
    keep.from[keep.from_count++] = {id, result_.sizes[id]};
    keep.slot = static_cast<std::uint16_t>(result_.constants.size());
    // At once: a constant that leaves its register is not saved.
    const auto defined = std::find_if(out_->begin(), out_->end(), [id](const machine_instruction& at) { return at.to.id == id; });
    out_->insert(defined + 1, keep);
    result_.constants.push_back({constant::origin::computed, type, 0, id, 0});
  }

  void lower_fold(const reduction& how, std::size_t number, const parts& value, dtype type, bool tail) {
    if (!tail) {
      result_.folds.push_back({&how, 0, value.count, {}, 0, 0, 0});
    }
    for (std::uint8_t p = 0; p < value.count; ++p) {
      vreg later = value.id[p];
      const width size = width_of(type);
      if (tail) {
        const vreg kept = fresh(size);
        machine_instruction& keep = push(0, {kept, size}, {{later, size}, {constant_for(constant::origin::literal, type, how.identity), size}});
        keep.what = machine_instruction::kind::keep_counted;
        keep.type = type;
        keep.part = p;
        later = kept;
      }
      const vreg earlier = fresh(size);
      machine_instruction& read = push(0, {earlier, size}, {});
      read.what = machine_instruction::kind::read_lanes;
      read.slot = static_cast<std::uint16_t>(number);
      read.part = p;
      const vreg joined = join(how, earlier, later);
      machine_instruction& write = push(0, {}, {{joined, size}});
      write.what = machine_instruction::kind::write_lanes;
      write.replaced = earlier;
      write.slot = static_cast<std::uint16_t>(number);
      write.part = p;
    }
  }

  /// The reduction's own program on two registers of lanes.
  vreg join(const reduction& how, vreg earlier, vreg later) {
    const program& code = *how.combine;
    std::vector<parts> outer = std::move(values_);
    values_.assign(code.size(), {});
    vreg joined = 0;
    for (value_id id = 0; id < code.size(); ++id) {
      const instruction& at = code[id];
      if (at.code == opcode::store) {
        joined = values_[at.operands[0]].id[0];
      } else if (at.code == opcode::input) {
        values_[id].id[0] = at.immediate == 0 ? earlier : later;
      } else {
        joining_ = true;
        values_[id] = lower_value(code, id);
        joining_ = false;
      }
    }
    values_ = std::move(outer);
    return joined;
  }

  void lower_joinings() {
    for (lane_fold& fold : result_.folds) {
      out_ = &fold.joining;
      fold.earlier = fresh(width_of(fold.how->type));
      fold.later = fresh(width_of(fold.how->type));
      fold.joined = join(*fold.how, fold.earlier, fold.later);
    }
  }

  // --- one instruction ---

  parts lower_value(const program& code, value_id id) {
    const instruction& at = code[id];
    switch (at.code) {
      case opcode::input:
        return lower_input(at);
      case opcode::literal:
        return same_parts(constant_for(constant::origin::literal, at.type, at.immediate), at.type);
      case opcode::scalar:
        if (at.type == dtype::boolean) return truth_of_bytes(constant_for(constant::origin::scalar, at.type, at.immediate));
        return same_parts(constant_for(constant::origin::scalar, at.type, at.immediate), at.type);
      case opcode::scale:
        return lower_scale(at);
      case opcode::convert:
        return lower_convert(code[at.operands[0]].type, at);
      case opcode::truncate:
        return lower_truncate(code[at.operands[0]].type, at);
      case opcode::reinterpret:
        return values_[at.operands[0]];
      case opcode::less:
      case opcode::less_equal:
      case opcode::equal:
      case opcode::unordered:
        return lower_comparison(code[at.operands[0]].type, at);
      case opcode::select:
        return lower_select(at);
      default:
        return lower_elementwise(at);
    }
  }

  parts same_parts(vreg id, dtype type) const { return {{id, id}, number_of_parts(type)}; }
  std::uint8_t number_of_parts(dtype type) const { return type == dtype::boolean || joining_ ? std::uint8_t{1} : parts_of(type); }

  parts lower_input(const instruction& at) {
    const auto slot = static_cast<std::uint16_t>(at.immediate);
    if (target_.stays[slot]) {
      const vreg id = constant_for(constant::origin::operand, at.type, slot);
      return at.type == dtype::boolean ? truth_of_bytes(id) : same_parts(id, at.type);
    }
    parts made;
    made.count = at.type == dtype::boolean ? std::uint8_t{1} : parts_of(at.type);
    for (std::uint8_t p = 0; p < made.count; ++p) {
      const width size = at.type == dtype::boolean ? width_of_bytes(result_.lanes) : width_of(at.type);
      const vreg to = fresh(size);
      machine_instruction& load = push(0, {to, size}, {});
      load.what = machine_instruction::kind::load;
      load.slot = slot;
      load.part = p;
      load.type = at.type;
      made.id[p] = to;
    }
    return at.type == dtype::boolean ? truth_of_bytes(made.id[0]) : made;
  }

  void lower_store(const instruction& at, const parts& value) {
    const bool truth = at.type == dtype::boolean;
    const parts stored = truth ? bytes_of_truth(value.id[0]) : value;
    for (std::uint8_t p = 0; p < stored.count; ++p) {
      const width size = truth ? width_of_bytes(result_.lanes) : width_of(at.type);
      machine_instruction& store = push(0, {}, {{stored.id[p], size}});
      store.what = machine_instruction::kind::store;
      store.slot = static_cast<std::uint16_t>(at.immediate);
      store.part = p;
      store.type = at.type;
    }
  }

  // --- truth values in memory: one byte, 0 or 1 ---

  parts truth_of_bytes(vreg bytes) {
    const width narrow = width_of_bytes(result_.lanes);
    if (avx512()) return {{plain(inst::kIdVptestmb, width::mask, {{bytes, narrow}, {bytes, narrow}}), 0}, 1};
    const vreg zero = zero_bytes();
    if (truth_bytes_ == 1) return {{plain(inst::kIdVpcmpgtb, full(), {{bytes, full()}, {zero, full()}}), 0}, 1};
    const vreg wide = plain(truth_bytes_ == 4 ? inst::kIdVpmovzxbd : inst::kIdVpmovzxbq, full(), {{bytes, width::xmm}});
    return {{plain(truth_bytes_ == 4 ? inst::kIdVpcmpgtd : inst::kIdVpcmpgtq, full(), {{wide, full()}, {zero, full()}}), 0}, 1};
  }

  parts bytes_of_truth(vreg truth) {
    const width narrow = width_of_bytes(result_.lanes);
    if (avx512()) {
      const vreg ones = plain(inst::kIdVpmovm2b, narrow, {{truth, width::mask}});
      return {{plain(inst::kIdVpabsb, narrow, {{ones, narrow}}), 0}, 1};
    }
    const vreg bytes = narrow_truth(truth);
    const vreg one = constant_for(constant::origin::literal, dtype::u8, 1);
    return {{plain(inst::kIdVpand, narrow, {{bytes, narrow}, {one, narrow}}), 0}, 1};
  }

  /// AVX2: a truth value in lanes of one byte.
  vreg narrow_truth(vreg truth) {
    if (truth_bytes_ == 1) return truth;
    vreg lanes = truth;
    if (truth_bytes_ == 8) lanes = narrow_pair(truth, truth);  // the low four lanes of 32 bits
    const vreg high = truth_bytes_ == 8 ? lanes : plain(inst::kIdVextracti128, width::xmm, {{lanes, width::ymm}}, 1);
    const vreg words = plain(inst::kIdVpackssdw, width::xmm, {{lanes, width::xmm}, {high, width::xmm}});
    return plain(inst::kIdVpacksswb, width::xmm, {{words, width::xmm}, {words, width::xmm}});
  }

  /// AVX2: two registers of 64-bit truth values as one of 32-bit ones.
  vreg narrow_pair(vreg low, vreg high) {
    const vreg mixed = plain(inst::kIdVshufps, width::ymm, {{low, width::ymm}, {high, width::ymm}}, 0x88);
    return plain(inst::kIdVpermq, width::ymm, {{mixed, width::ymm}}, 0xd8);
  }

  /// AVX2: a truth value in lanes as wide as elements of `type`, for part p of them.
  machine_operand truth_for(vreg truth, dtype type, std::uint8_t p) {
    const std::size_t bytes = size_of(type);
    if (avx512()) {
      if (p == 0 || joining_) return {truth, width::mask};
      return {plain(inst::kIdKshiftrw, width::mask, {{truth, width::mask}}, static_cast<int>(result_.lanes / 2)), width::mask};
    }
    if (bytes == truth_bytes_ || joining_) return {truth, full()};
    if (bytes == 1) return {narrow_truth(truth), width_of_bytes(result_.lanes)};
    if (bytes == 8) {  // from 32-bit lanes, half of them
      const vreg part = p == 0 ? truth : plain(inst::kIdVextracti128, width::xmm, {{truth, width::ymm}}, 1);
      return {plain(inst::kIdVpmovsxdq, full(), {{part, width::xmm}}), full()};
    }
    return {narrow_pair(truth, truth), width::xmm};  // 32-bit elements beside 64-bit lanes
  }

  // --- families ---

  static bool is_f64(dtype type) { return type == dtype::f64; }

  InstId elementwise_code(opcode code, dtype type) const {
    const bool ps = type == dtype::f32, pd = type == dtype::f64, d = type == dtype::i32;
    const bool evex = avx512();
    switch (code) {
      case opcode::add: return ps ? inst::kIdVaddps : pd ? inst::kIdVaddpd : d ? inst::kIdVpaddd : inst::kIdVpaddb;
      case opcode::sub: return ps ? inst::kIdVsubps : pd ? inst::kIdVsubpd : d ? inst::kIdVpsubd : inst::kIdVpsubb;
      case opcode::mul: return ps ? inst::kIdVmulps : pd ? inst::kIdVmulpd : inst::kIdVpmulld;
      case opcode::div: return ps ? inst::kIdVdivps : inst::kIdVdivpd;
      case opcode::sqrt: return ps ? inst::kIdVsqrtps : inst::kIdVsqrtpd;
      case opcode::min: return ps ? inst::kIdVminps : pd ? inst::kIdVminpd : d ? inst::kIdVpminsd : inst::kIdVpminub;
      case opcode::max: return ps ? inst::kIdVmaxps : pd ? inst::kIdVmaxpd : d ? inst::kIdVpmaxsd : inst::kIdVpmaxub;
      case opcode::fma: return ps ? inst::kIdVfmadd213ps : inst::kIdVfmadd213pd;
      case opcode::bit_and: return evex ? inst::kIdVpandd : inst::kIdVpand;
      case opcode::bit_or: return evex ? inst::kIdVpord : inst::kIdVpor;
      case opcode::bit_xor: return evex ? inst::kIdVpxord : inst::kIdVpxor;
      default: return evex ? inst::kIdVpandnd : inst::kIdVpandn;
    }
  }

  InstId mask_code(opcode code) const {
    const std::uint32_t n = result_.lanes;
    switch (code) {
      case opcode::bit_and: return n > 16 ? inst::kIdKandq : inst::kIdKandw;
      case opcode::bit_or: return n > 16 ? inst::kIdKorq : inst::kIdKorw;
      case opcode::bit_xor: return n > 16 ? inst::kIdKxorq : inst::kIdKxorw;
      default: return n > 16 ? inst::kIdKandnq : inst::kIdKandnw;
    }
  }

  parts lower_elementwise(const instruction& at) {
    if (at.type == dtype::boolean && avx512()) {
      return {{plain(mask_code(at.code), width::mask, {{operand(at, 0, 0), width::mask}, {operand(at, 1, 0), width::mask}}), 0}, 1};
    }
    parts made;
    made.count = number_of_parts(at.type);
    const width size = width_of(at.type);
    for (std::uint8_t p = 0; p < made.count; ++p) made.id[p] = elementwise_part(at, p, size);
    return made;
  }

  vreg operand(const instruction& at, int i, std::uint8_t p) const { return values_[at.operands[i]].id[p]; }

  vreg elementwise_part(const instruction& at, std::uint8_t p, width size) {
    const machine_operand a{operand(at, 0, p), size};
    const machine_operand b{facts_of(at.code).arity > 1 ? operand(at, 1, p) : vreg{0}, size};
    switch (at.code) {
      case opcode::add:
      case opcode::sub:
        if (is_floating(at.type)) return rounding(elementwise_code(at.code, at.type), size, {a, b});
        break;
      case opcode::mul:
        if (is_floating(at.type)) return rounding(elementwise_code(at.code, at.type), size, {a, b});
        if (at.type == dtype::u8) return multiply_bytes(a, b, size);
        break;
      case opcode::div:
        return rounding(elementwise_code(at.code, at.type), size, {a, b});
      case opcode::sqrt:
        return rounding(elementwise_code(at.code, at.type), size, {a});
      case opcode::min:
      case opcode::max:
        if (is_floating(at.type)) return quiet(elementwise_code(at.code, at.type), size, {a, b});
        break;
      case opcode::floor:
        return round_to_integral(at.type, a, 0x09);
      case opcode::round_even:
        return round_to_integral(at.type, a, 0x08);
      case opcode::fma: {
        const vreg to = rounding(elementwise_code(at.code, at.type), size, {a, b, {operand(at, 2, p), size}});
        out_->back().what = machine_instruction::kind::fused;
        return to;
      }
      case opcode::shift_left:
        return plain(inst::kIdVpslld, size, {a}, static_cast<int>(at.immediate));
      default:
        break;
    }
    return plain(elementwise_code(at.code, at.type), size, {a, b});
  }

  vreg round_to_integral(dtype type, machine_operand a, int mode) {
    const bool pd = is_f64(type);
    if (avx512()) return quiet(pd ? inst::kIdVrndscalepd : inst::kIdVrndscaleps, a.size, {a}, mode);
    return plain(pd ? inst::kIdVroundpd : inst::kIdVroundps, a.size, {a}, mode);
  }

  /// There is no product of bytes: the even and the odd ones are multiplied as words.
  vreg multiply_bytes(machine_operand a, machine_operand b, width size) {
    const machine_operand low{literal_i32(0x00ff00ff), size};
    const vreg even = plain(inst::kIdVpmullw, size, {a, b});
    const vreg even_low = plain(elementwise_code(opcode::bit_and, dtype::i32), size, {{even, size}, low});
    const vreg odd_a = plain(inst::kIdVpsrlw, size, {a}, 8);
    const vreg odd_b = plain(inst::kIdVpsrlw, size, {b}, 8);
    const vreg odd = plain(inst::kIdVpmullw, size, {{odd_a, size}, {odd_b, size}});
    const vreg odd_high = plain(inst::kIdVpsllw, size, {{odd, size}}, 8);
    return plain(elementwise_code(opcode::bit_or, dtype::i32), size, {{even_low, size}, {odd_high, size}});
  }

  // --- comparison and choice ---

  parts lower_comparison(dtype type, const instruction& at) {
    const std::uint8_t count = number_of_parts(type);
    const width size = width_of(type);
    vreg truth[2] = {0, 0};
    for (std::uint8_t p = 0; p < count; ++p) truth[p] = comparison_part(at.code, type, {operand(at, 0, p), size}, {operand(at, 1, p), size});
    if (avx512()) {
      if (count == 1) return {{truth[0], 0}, 1};
      return {{plain(inst::kIdKunpckbw, width::mask, {{truth[1], width::mask}, {truth[0], width::mask}}), 0}, 1};
    }
    if (count == 2) return {{narrow_pair(truth[0], truth[1]), 0}, 1};
    return {{widen_truth(truth[0], type), 0}, 1};
  }

  /// AVX2: from lanes of the compared type to the lanes of truth values.
  vreg widen_truth(vreg truth, dtype type) {
    const std::size_t bytes = size_of(type);
    if (bytes == truth_bytes_ || joining_) return truth;
    if (bytes == 1) return plain(truth_bytes_ == 4 ? inst::kIdVpmovsxbd : inst::kIdVpmovsxbq, full(), {{truth, width::xmm}});
    return plain(inst::kIdVpmovsxdq, full(), {{truth, width::xmm}});  // 32-bit elements beside 64-bit lanes
  }

  vreg comparison_part(opcode code, dtype type, machine_operand a, machine_operand b) {
    if (is_floating(type)) {
      const int predicate = code == opcode::less ? 0x11 : code == opcode::less_equal ? 0x12 : code == opcode::equal ? 0x00 : 0x03;
      const InstId compare = is_f64(type) ? inst::kIdVcmppd : inst::kIdVcmpps;
      return quiet(compare, avx512() ? width::mask : a.size, {a, b}, predicate);
    }
    if (avx512()) {
      const InstId compare = type == dtype::i32 ? inst::kIdVpcmpd : inst::kIdVpcmpub;
      return plain(compare, width::mask, {a, b}, code == opcode::less ? 1 : code == opcode::less_equal ? 2 : 0);
    }
    return integer_comparison_avx2(code, type, a, b);
  }

  vreg integer_comparison_avx2(opcode code, dtype type, machine_operand a, machine_operand b) {
    const bool i32 = type == dtype::i32;
    if (code == opcode::equal) return plain(i32 ? inst::kIdVpcmpeqd : inst::kIdVpcmpeqb, a.size, {a, b});
    if (i32 && code == opcode::less) return plain(inst::kIdVpcmpgtd, a.size, {b, a});
    if (i32) return opposite(plain(inst::kIdVpcmpgtd, a.size, {a, b}), a.size);
    // Bytes are unsigned: x <= y is min(x, y) == x.
    if (code == opcode::less) std::swap(a, b);
    const vreg smaller = plain(inst::kIdVpminub, a.size, {a, b});
    const vreg not_above = plain(inst::kIdVpcmpeqb, a.size, {{smaller, a.size}, a});
    return code == opcode::less ? opposite(not_above, a.size) : not_above;
  }

  vreg opposite(vreg truth, width size) {
    return plain(inst::kIdVpxor, size, {{truth, size}, {literal_i32(0xffffffff), size}});
  }

  parts lower_select(const instruction& at) {
    if (at.type == dtype::boolean) return select_truth(at);
    parts made;
    made.count = number_of_parts(at.type);
    const width size = width_of(at.type);
    for (std::uint8_t p = 0; p < made.count; ++p) {
      const machine_operand which = truth_for(operand(at, 0, 0), at.type, p);
      made.id[p] = blend(at.type, which, {operand(at, 1, p), size}, {operand(at, 2, p), size});
    }
    return made;
  }

  vreg blend(dtype type, machine_operand which, machine_operand a, machine_operand b) {
    if (avx512()) {
      const InstId code = size_of(type) == 8   ? inst::kIdVblendmpd
                          : size_of(type) == 4 ? inst::kIdVblendmps
                                               : inst::kIdVpblendmb;
      const vreg to = fresh(a.size);
      push(code, {to, a.size}, {b, a}).where = which;
      return to;
    }
    return plain(inst::kIdVpblendvb, a.size, {b, a, {which.id, a.size}});
  }

  parts select_truth(const instruction& at) {
    const width size = width_of(dtype::boolean);
    const machine_operand which{operand(at, 0, 0), size}, a{operand(at, 1, 0), size}, b{operand(at, 2, 0), size};
    const auto code = [&](opcode c) { return avx512() ? mask_code(c) : elementwise_code(c, dtype::i32); };
    const vreg chosen = plain(code(opcode::bit_and), size, {which, a});
    const vreg other = plain(code(opcode::bit_andnot), size, {which, b});
    return {{plain(code(opcode::bit_or), size, {{chosen, size}, {other, size}}), 0}, 1};
  }

  // --- conversions ---

  /// Half p of a register, as the narrower operand of a widening instruction.
  machine_operand half_of(vreg id, std::uint8_t p, bool floating) {
    if (p == 0) return {id, half()};
    const InstId extract = avx512() ? (floating ? inst::kIdVextractf64x4 : inst::kIdVextracti64x4)
                                    : (floating ? inst::kIdVextractf128 : inst::kIdVextracti128);
    return {plain(extract, half(), {{id, full()}}, 1), half()};
  }
  vreg join_halves(vreg low, vreg high, bool floating) {
    const InstId insert = avx512() ? (floating ? inst::kIdVinsertf64x4 : inst::kIdVinserti64x4)
                                   : (floating ? inst::kIdVinsertf128 : inst::kIdVinserti128);
    return plain(insert, full(), {{low, full()}, {high, half()}}, 1);
  }

  /// From a type to f64: each part takes half of the narrower register, or all of it if lanes are 64 bits wide.
  parts widen_to_f64(const parts& from, dtype type) {
    parts made;
    made.count = number_of_parts(dtype::f64);
    for (std::uint8_t p = 0; p < made.count; ++p) {
      const bool floating = type == dtype::f32;
      const machine_operand source = made.count == 1 ? machine_operand{from.id[0], half()} : half_of(from.id[0], p, floating);
      made.id[p] = floating ? quiet(inst::kIdVcvtps2pd, full(), {source}) : plain(inst::kIdVcvtdq2pd, full(), {source});
    }
    return made;
  }

  /// From f64 to a 32-bit type.
  parts narrow_f64(const instruction& at, InstId code, bool rounds, bool floating) {
    const parts& from = values_[at.operands[0]];
    vreg narrow[2];
    for (std::uint8_t p = 0; p < from.count; ++p) {
      narrow[p] = rounds ? rounding(code, half(), {{from.id[p], full()}}) : quiet(code, half(), {{from.id[p], full()}});
    }
    return {{from.count == 1 ? narrow[0] : join_halves(narrow[0], narrow[1], floating), 0}, 1};
  }

  parts lower_convert(dtype from, const instruction& at) {
    const parts& value = values_[at.operands[0]];
    if (from == dtype::f64) return narrow_f64(at, inst::kIdVcvtpd2ps, true, true);
    if (at.type == dtype::f64) return widen_to_f64(value, from);
    if (from == dtype::u8) return {{plain(inst::kIdVpmovzxbd, width_of(dtype::i32), {{value.id[0], width::xmm}}), 0}, 1};
    if (at.type == dtype::u8) return {{bytes_of_integers(value.id[0]), 0}, 1};
    return {{rounding(inst::kIdVcvtdq2ps, width_of(at.type), {{value.id[0], width_of(from)}}), 0}, 1};
  }

  vreg bytes_of_integers(vreg integers) {
    const width size = width_of(dtype::i32);
    if (avx512()) return plain(inst::kIdVpmovdb, width::xmm, {{integers, size}});
    const vreg low = plain(inst::kIdVpand, size, {{integers, size}, {literal_i32(0xff), size}});  // packing would saturate
    const vreg high = size == width::xmm ? low : plain(inst::kIdVextracti128, width::xmm, {{low, width::ymm}}, 1);
    const vreg words = plain(inst::kIdVpackusdw, width::xmm, {{low, width::xmm}, {high, width::xmm}});
    return plain(inst::kIdVpackuswb, width::xmm, {{words, width::xmm}, {words, width::xmm}});
  }

  parts lower_truncate(dtype from, const instruction& at) {
    if (from == dtype::f64) return narrow_f64(at, inst::kIdVcvttpd2dq, false, false);
    return {{quiet(inst::kIdVcvttps2dq, full(), {{operand(at, 0, 0), full()}}), 0}, 1};
  }

  // --- scaling by a power of two ---

  parts lower_scale(const instruction& at) {
    parts made;
    made.count = number_of_parts(at.type);
    const bool pd = is_f64(at.type);
    for (std::uint8_t p = 0; p < made.count; ++p) {
      const machine_operand a{operand(at, 0, p), full()}, b{operand(at, 1, p), full()};
      made.id[p] = avx512() ? rounding(pd ? inst::kIdVscalefpd : inst::kIdVscalefps, full(), {a, b}) : scale_in_two_factors(a, b, pd);
    }
    return made;
  }

  /// AVX2: see pack_avx2.hpp.
  vreg scale_in_two_factors(machine_operand a, machine_operand b, bool pd) {
    const std::uint64_t shift = pd ? 0x43380000000007feull : 0x4b4000feull;  // 1.5 * 2^52 + 2046, 1.5 * 2^23 + 254
    const vreg shifter = constant_for(constant::origin::literal, pd ? dtype::f64 : dtype::f32, shift);
    const auto pick = [pd](InstId for_f64, InstId for_f32) { return pd ? for_f64 : for_f32; };
    const vreg biased = plain(pick(inst::kIdVaddpd, inst::kIdVaddps), full(), {b, {shifter, full()}});
    const vreg first = plain(pick(inst::kIdVpsrlq, inst::kIdVpsrld), full(), {{biased, full()}}, 1);
    const vreg second = plain(pick(inst::kIdVpsubq, inst::kIdVpsubd), full(), {{biased, full()}, {first, full()}});
    vreg product = a.id;
    for (const vreg factor : {first, second}) {
      const vreg power = plain(pick(inst::kIdVpsllq, inst::kIdVpslld), full(), {{factor, full()}}, pd ? 52 : 23);
      product = plain(pick(inst::kIdVmulpd, inst::kIdVmulps), full(), {{product, full()}, {power, full()}});
    }
    return product;
  }

  const program& code_;
  const target& target_;
  machine_program result_;
  std::vector<machine_instruction>* out_ = nullptr;
  std::vector<parts> values_;
  std::vector<char> is_invariant_;  ///< computed from constants alone
  std::vector<char> leaves_setup_;  ///< used by something that is not
  std::vector<parts> computed_;     ///< invariants that are lowered already
  std::uint32_t truth_bytes_ = 4;
  bool joining_ = false;  ///< values are single registers of lanes of a fold, also where elements take two
};

}  // namespace

machine_program lower(const program& code, const target& for_what) { return lowering(code, for_what).run(); }

}  // namespace onepass::jit
