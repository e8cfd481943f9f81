// Lowering a whole program: its order, its constants, what a row computes once, folds, loads and stores.
#include "lowering.hpp"

#include <utility>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;

namespace {

/// Element width that decides how many lanes a register step has. f32 must fill registers, so it comes first; then the
/// widest, of which a part would cost more than a register that is not full.
std::uint32_t deciding_bytes(const program& code) {
  bool f32 = false;
  std::uint32_t widest = 1;
  for (const instruction& at : code.instructions()) {
    f32 |= at.type == dtype::f32;
    widest = std::max(widest, static_cast<std::uint32_t>(size_of(at.type)));
  }
  return f32 ? 4 : widest;
}

/// The bits of an element in each place of 8 bytes.
std::uint64_t repeated(std::uint64_t bits, std::size_t size) {
  if (size == 1) return (bits & 0xff) * 0x0101010101010101;
  if (size == 2) return (bits & 0xffff) * 0x0001000100010001;
  return size == 4 ? (bits & 0xffffffff) * 0x0000000100000001 : bits;
}

/// The type as which folded elements are kept: truth values as bytes, 0 or 1.
dtype lane_type(dtype type) { return type == dtype::boolean ? dtype::u8 : type; }

}  // namespace

lowering::lowering(const program& code, const target& for_what) : code_(code), target_(for_what), now_(&code) {
  result_.set = for_what.set;
  truth_bytes_ = deciding_bytes(code);
  result_.lanes = register_bytes(for_what.set) / truth_bytes_;
  result_.body.reserve(code.size() + code.size() / 4);
  result_.sizes.reserve(2 * code.size());
  result_.sizes.push_back(width::zmm);  // number 0 is none
  result_.constants.reserve(8);
}

machine_program lowering::run() {
  const bool has_invariants = find_varying();
  find_wanted();
  if (has_invariants) find_leaving_setup();
  lower_all(false, result_.body);
  if (!result_.folds.empty()) lower_all(true, result_.tail);
  lower_joinings();
  merge_logic();
  find_inputs_of_regions();
  count_uses();
  if (result_.sizes.size() > 0xfff0) refuse("the program is too large for one kernel");
  return std::move(result_);
}

void lowering::refuse(const char* why) {
  if (result_.refusal.empty()) result_.refusal = why;
}

// --- emission -------------------------------------------------------------------------------------------------------

machine_instruction& lowering::push(InstId code, machine_operand to, operands from, int immediate) {
  machine_instruction& made = out_->emplace_back();
  made.code = code;
  made.to = to;
  made.from_count = static_cast<std::uint8_t>(from.size());
  machine_operand* to_be = made.from;
  for (const machine_operand& f : from) *to_be++ = f;
  made.immediate = static_cast<std::int16_t>(immediate);
  return made;
}

vreg lowering::plain(InstId code, width size, operands from, int immediate) {
  const vreg to = fresh(size);
  push(code, {to, size}, from, immediate);
  return to;
}

vreg lowering::single(const machine_form& form, width size, operands from) {
  const vreg to = fresh(size);
  machine_instruction& made = push(form.code(target_.set), {to, size}, from, form.immediate);
  made.exact = avx512() && form.with == care::rounds;
  made.quiet = avx512() && form.with == care::quiet;
  return to;
}

machine_instruction& lowering::special(machine_instruction::kind what, machine_operand to, operands from, std::uint32_t slot) {
  machine_instruction& made = push(0, to, from);
  made.what = what;
  made.slot = static_cast<std::uint16_t>(slot);
  return made;
}

// --- constants ------------------------------------------------------------------------------------------------------

vreg lowering::constant_for(constant::origin from, dtype type, std::uint64_t bits) {
  for (const constant& known : result_.constants) {
    if (known.from == from && known.type == type && known.bits == bits) return known.id;
  }
  const bool is_mask = from == constant::origin::literal && type == dtype::boolean;
  result_.constants.push_back({from, type, bits, fresh(is_mask ? width::mask : full()), 0});
  return result_.constants.back().id;
}

/// Literals of different types with the same bytes are one constant.
vreg lowering::literal(dtype type, std::uint64_t bits) {
  if (type == dtype::boolean && avx512()) return constant_for(constant::origin::literal, dtype::boolean, bits != 0);
  if (type == dtype::boolean) bits = bits != 0 ? 0xff : 0;
  return constant_for(constant::origin::literal, dtype::u64, repeated(bits, size_of(type)));
}

void lowering::count_uses() {
  std::vector<std::uint32_t> uses(result_.sizes.size(), 0);
  for (const machine_instruction& at : result_.body) {
    for (int i = 0; i < at.from_count; ++i) ++uses[at.from[i].id()];
  }
  for (constant& c : result_.constants) c.uses = uses[c.id];
}

// --- a whole program ------------------------------------------------------------------------------------------------

void lowering::lower_all(bool tail, std::vector<machine_instruction>& out) {
  out_ = &out;
  values_.assign(code_.size(), {});
  std::vector<value_id> stores, folds;
  for (value_id id = 0; id < code_.size(); ++id) {
    const instruction& at = code_[id];
    if (!is_wanted_.empty() && !is_wanted_[id]) continue;
    if (at.code == opcode::store) {
      stores.push_back(id);
    } else if (at.code == opcode::fold) {
      lower_fold(code_.reduction_of(at), folds.size(), value_of(at, 0), tail);
      folds.push_back(id);
    } else {
      values_[id] = is_invariant(id) ? lower_invariant(id) : lower_value(at);
    }
  }
  lower_stores(stores, folds);
}

void lowering::lower_stores(const std::vector<value_id>& stores, const std::vector<value_id>& folds) {
  for (const value_id id : stores) {
    const instruction& at = code_[id];
    if (code_[at.operands[0]].code == opcode::fold) {
      const auto fold = std::find(folds.begin(), folds.end(), at.operands[0]) - folds.begin();
      result_.folds[static_cast<std::size_t>(fold)].result_slot = operand_slot(at);
    } else {
      lower_store(at, value_of(at, 0));
    }
  }
}

// --- what is the same for a whole row -------------------------------------------------------------------------------

/// True for a value that is a constant as it stands, without an instruction.
bool lowering::is_constant_leaf(const instruction& at) const {
  if (at.code == opcode::literal) return true;
  if (at.type == dtype::boolean) return false;  // comes as a byte
  return at.code == opcode::scalar || (at.code == opcode::input && target_.stays[at.immediate]);
}

bool lowering::varies(const instruction& at) const {
  switch (at.code) {
    case opcode::literal:
    case opcode::scalar:
      return false;
    case opcode::input:
      return !target_.stays[at.immediate];
    case opcode::fold:
    case opcode::store:
      return true;
    default:
      break;
  }
  bool found = false;
  for (int i = 0; i < facts_of(at.code).arity; ++i) found |= varies_[at.operands[i]] != 0;
  return found;
}

/// True if there are invariants.
bool lowering::find_varying() {
  bool found = false;
  varies_.resize(code_.size());
  for (value_id id = 0; id < code_.size(); ++id) {
    varies_[id] = varies(code_[id]);
    if (!varies_[id]) found |= is_invariant(id);
  }
  return found;
}

/// Regions may use invariants too: what is not wanted outside of them does not belong to the setup.
void lowering::find_leaving_setup() {
  leaves_setup_.assign(code_.size(), 0);
  computed_.assign(code_.size(), {});
  for (value_id id = 0; id < code_.size(); ++id) {
    if (is_invariant(id) && (is_wanted_.empty() || is_wanted_[id])) continue;
    const instruction& at = code_[id];
    for (int i = 0; i < facts_of(at.code).arity; ++i) leaves_setup_[at.operands[i]] = 1;
  }
}

parts lowering::lower_invariant(value_id id) {
  parts& made = computed_[id];
  if (made.first != 0) return made;  // the tail comes a second time
  std::vector<machine_instruction>* const out = std::exchange(out_, &result_.setup);
  made = lower_value(code_[id]);
  if (leaves_setup_[id]) {
    for (std::uint8_t p = 0; p < made.count; ++p) keep_computed(made[p], code_[id].type);
  }
  out_ = out;
  return made;
}

void lowering::keep_computed(vreg id, dtype type) {
  const auto is_known = [id](const constant& c) { return c.id == id; };
  if (std::any_of(result_.constants.begin(), result_.constants.end(), is_known)) return;
  machine_instruction keep;
  keep.what = machine_instruction::kind::keep_computed;
  keep.from[keep.from_count++] = {id, result_.sizes[id]};
  keep.slot = static_cast<std::uint16_t>(result_.constants.size());
  // At once: a constant that leaves its register is not saved.
  const auto defined = std::find_if(out_->begin(), out_->end(), [id](const machine_instruction& at) { return at.to.id() == id; });
  out_->insert(defined + 1, keep);
  result_.constants.push_back({constant::origin::computed, type, 0, id, 0});
}

// --- folds ----------------------------------------------------------------------------------------------------------

void lowering::lower_fold(const reduction& how, std::size_t number, const parts& value, bool tail) {
  using kind = machine_instruction::kind;
  const dtype type = lane_type(how.type);
  const parts folded = how.type == dtype::boolean ? bytes_of_truth(value[0]) : value;
  if (!tail) result_.folds.push_back({&how, 0, static_cast<std::uint8_t>(folded.count), literal(type, how.identity), {}, 0, 0, 0});
  const width size = width_of(type);
  for (std::uint8_t p = 0; p < folded.count; ++p) {
    vreg later = folded[p];
    if (tail) {
      const vreg kept = fresh(size);
      machine_instruction& keep = special(kind::keep_counted, {kept, size}, {{later, size}, {result_.folds[number].identity, size}}, 0);
      keep.type = type;
      keep.part = p;
      later = kept;
    }
    const vreg earlier = fresh(size);
    special(kind::read_lanes, {earlier, size}, {}, static_cast<std::uint32_t>(number)).part = p;
    const vreg joined = join(how, earlier, later);
    machine_instruction& write = special(kind::write_lanes, {}, {{joined, size}}, static_cast<std::uint32_t>(number));
    write.replaced = earlier;
    write.part = p;
  }
}

/// The reduction's own program on two registers of lanes.
vreg lowering::join(const reduction& how, vreg earlier, vreg later) {
  std::vector<parts> outer = std::move(values_);
  now_ = how.combine;
  joining_ = true;
  values_.assign(now_->size(), {});
  vreg joined = 0;
  for (value_id id = 0; id < now_->size(); ++id) {
    const instruction& at = (*now_)[id];
    if (at.code == opcode::store) {
      joined = operand(at, 0, 0);
    } else if (at.code == opcode::input) {
      values_[id].first = at.immediate == 0 ? earlier : later;
    } else {
      values_[id] = lower_value(at);
    }
  }
  joining_ = false;
  now_ = &code_;
  values_ = std::move(outer);
  return joined;
}

void lowering::lower_joinings() {
  for (lane_fold& fold : result_.folds) {
    out_ = &fold.joining;
    const width size = width_of(lane_type(fold.how->type));
    fold.earlier = fresh(size);
    fold.later = fresh(size);
    fold.joined = join(*fold.how, fold.earlier, fold.later);
  }
}

// --- one instruction ------------------------------------------------------------------------------------------------

parts lowering::lower_value(const instruction& at) {
  switch (at.code) {
    case opcode::input:
      return lower_input(at);
    case opcode::literal:
      return same_parts(literal(joining_ ? lane_type(at.type) : at.type, at.immediate), at.type);
    case opcode::scalar:
      if (at.type == dtype::boolean) return truth_of_bytes(constant_for(constant::origin::scalar, at.type, at.immediate));
      return same_parts(constant_for(constant::origin::scalar, at.type, at.immediate), at.type);
    case opcode::convert:
    case opcode::truncate:
      return convert(value_of(at, 0), type_of(at, 0), at.type);
    case opcode::reinterpret:
      return value_of(at, 0);
    case opcode::lookup:
      return lower_lookup(at);
    case opcode::less:
    case opcode::less_equal:
    case opcode::equal:
    case opcode::unordered:
      return lower_comparison(at);
    case opcode::select:
      return lower_select(at);
    case opcode::rarely:
      return joining_ || out_ == &result_.setup ? lower_select(at) : lower_rarely(at);
    case opcode::shift_left:
    case opcode::shift_right:
      return lower_shift(at);
    default:
      return lower_elementwise(at);
  }
}

parts lowering::lower_input(const instruction& at) {
  const std::uint32_t slot = operand_slot(at);
  const bool is_truth = at.type == dtype::boolean;
  if (target_.stays[slot]) {
    const vreg id = constant_for(constant::origin::operand, at.type, slot);
    return is_truth ? truth_of_bytes(id) : same_parts(id, at.type);
  }
  const width size = is_truth ? byte_width() : width_of(at.type);
  const parts made = each_part(at.type, [&](std::uint8_t p) {
    const vreg to = fresh(size);
    machine_instruction& load = special(machine_instruction::kind::load, {to, size}, {}, slot);
    load.part = p;
    load.type = at.type;
    return to;
  });
  return is_truth ? truth_of_bytes(made[0]) : made;
}

void lowering::lower_store(const instruction& at, const parts& value) {
  const std::uint32_t slot = operand_slot(at);
  const bool is_truth = at.type == dtype::boolean;
  const parts stored = is_truth ? bytes_of_truth(value[0]) : value;
  const width size = is_truth ? byte_width() : width_of(at.type);
  for (std::uint8_t p = 0; p < stored.count; ++p) {
    machine_instruction& store = special(machine_instruction::kind::store, {}, {{stored[p], size}}, slot);
    store.part = p;
    store.type = at.type;
  }
}

machine_program lower(const program& code, const target& for_what) { return lowering(code, for_what).run(); }

}  // namespace onepass::jit
