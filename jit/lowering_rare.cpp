// What is computed in rare cases only: regions, which the main path skips.
//
// What leads only to second operands of `rarely` is not lowered where it stands, but in the region of each `rarely` that
// needs it, once for each: nothing has to move past anything else, and code that is seldom run may be there twice. Regions
// nest, to a limit.
#include "lowering.hpp"

#include <utility>

namespace onepass::jit {

namespace {

constexpr int deepest = 2;                   ///< regions in regions
constexpr std::size_t worth_skipping = 5;    ///< machine instructions: fewer cost less than the question
constexpr std::size_t most_of_regions = 8192;  ///< machine instructions in all of them; beyond it nothing is skipped

}  // namespace

/// True for a `rarely` whose second operand is wanted only by its region.
bool lowering::leaves_to_region(value_id id) const { return code_[id].code == opcode::rarely && !is_invariant(id) && depth_ < deepest; }

/// What has to be computed for the roots, and is not yet.
std::vector<char> lowering::wanted_by(const std::vector<char>& roots) const {
  std::vector<char> wanted = roots;
  for (value_id id = code_.size(); id-- > 0;) {
    if (!values_.empty() && values_[id].first != 0) wanted[id] = 0;
    if (!wanted[id]) continue;
    for (int i = 0; i < facts_of(code_[id].code).arity; ++i) {
      if (i != 1 || !leaves_to_region(id)) wanted[code_[id].operands[i]] = 1;
    }
  }
  return wanted;
}

void lowering::find_wanted() {
  const auto is_rare = [](const instruction& at) { return at.code == opcode::rarely; };
  if (std::none_of(code_.instructions().begin(), code_.instructions().end(), is_rare)) return;
  std::vector<char> roots(code_.size(), 0);
  for (value_id id = 0; id < code_.size(); ++id) {
    const opcode code = code_[id].code;
    roots[id] = code == opcode::store || code == opcode::fold || code == opcode::input;
  }
  is_wanted_ = wanted_by(roots);
}

parts lowering::lower_rarely(const instruction& at) {
  std::vector<char> wanted(code_.size(), 0);
  wanted[at.operands[1]] = 1;
  ++depth_;
  wanted = wanted_by(wanted);
  std::vector<machine_instruction> list;
  std::vector<machine_instruction>* const outer = std::exchange(out_, &list);
  for (value_id id = 0; id <= at.operands[1]; ++id) {
    if (wanted[id]) values_[id] = lower_value(code_[id]);
  }
  out_ = outer;
  --depth_;
  parts result;
  in_regions_ += list.size();
  if (list.size() < worth_skipping || in_regions_ > most_of_regions) {
    out_->insert(out_->end(), list.begin(), list.end());
    result = lower_select(at);
  } else {
    result = lower_region(at, std::move(list));
  }
  for (value_id id = 0; id <= at.operands[1]; ++id) {
    if (wanted[id]) values_[id] = {};
  }
  return result;
}

/// The result is what is common, until the region chooses between it and the exceptional.
parts lowering::lower_region(const instruction& at, std::vector<machine_instruction> list) {
  using kind = machine_instruction::kind;
  const width size = width_of(at.type);
  const parts result = each_part(at.type, [&](std::uint8_t p) {
    const vreg changed = fresh(size);
    special(kind::copy, {changed, size}, {{operand(at, 2, p), size}}, 0);
    return changed;
  });
  const parts common = std::exchange(values_[at.operands[2]], result);
  std::vector<machine_instruction>* const outer = std::exchange(out_, &list);
  const parts chosen = lower_select(at);
  out_ = outer;
  values_[at.operands[2]] = common;

  special(kind::rare, {}, {{operand(at, 0, 0), width_of(dtype::boolean)}}, static_cast<std::uint32_t>(result_.regions.size()));
  rare_region& region = result_.regions.emplace_back();
  region.list = std::move(list);
  for (std::uint8_t p = 0; p < result.count; ++p) region.results.push_back({result[p], chosen[p]});
  return result;
}

void lowering::find_inputs_of_regions() {
  if (result_.regions.empty()) return;
  std::vector<std::size_t> known_in(result_.sizes.size(), 0);  // the last region, from 1, that defines it or has it as an input
  std::vector<char> is_constant(result_.sizes.size(), 0);
  for (const constant& c : result_.constants) is_constant[c.id] = 1;
  for (std::size_t number = 1; number <= result_.regions.size(); ++number) {
    rare_region& region = result_.regions[number - 1];
    const auto use = [&](vreg id) {
      if (id == 0 || is_constant[id] || known_in[id] == number) return;
      known_in[id] = number;
      region.inputs.push_back(id);
    };
    for (const machine_instruction& at : region.list) {
      for (int f = 0; f < at.from_count; ++f) use(at.from[f].id());
      use(at.where.id());
      if (at.what == machine_instruction::kind::rare) {
        for (const vreg id : result_.regions[at.slot].inputs) use(id);
      }
      known_in[at.to.id()] = number;
    }
  }
}

}  // namespace onepass::jit
