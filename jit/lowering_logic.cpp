// Chains of bit instructions on AVX-512: whatever has at most three operands is one instruction, vpternlog.
//
// Its immediate is a truth table: bit 4a + 2b + c is the result for bits a, b and c. A bit instruction whose result
// only another one uses becomes part of that one. Operands of the inner one live longer for it, so values that a rare
// region changes meanwhile are left alone.
#include "lowering.hpp"

#include <optional>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;

namespace {

/// Tables of the three operands themselves.
constexpr std::uint8_t table_of_operand[] = {0xf0, 0xcc, 0xaa};

/// What is computed from up to three operands.
struct logic {
  machine_operand operand[3];
  int count = 0;
  std::uint8_t table = 0;

  /// The number of an operand, which is added if it is not there; -1 if there is no room.
  int place_of(const machine_operand& wanted) {
    for (int i = 0; i < count; ++i) {
      if (operand[i].id() == wanted.id()) return i;
    }
    if (count == 3) return -1;
    operand[count] = wanted;
    return count++;
  }
};

bool is_bits(const machine_instruction& at) {
  if (at.what != machine_instruction::kind::plain) return false;
  return at.code == inst::kIdVpandd || at.code == inst::kIdVpord || at.code == inst::kIdVpxord || at.code == inst::kIdVpandnd;
}

std::uint8_t apply(asmjit::InstId code, unsigned a, unsigned b) {
  const unsigned result = code == inst::kIdVpandd ? a & b : code == inst::kIdVpord ? a | b : code == inst::kIdVpxord ? a ^ b : ~a & b;
  return static_cast<std::uint8_t>(result);
}

/// The table of `part` in terms of the operands of `whole`, to which its own are added.
std::optional<std::uint8_t> table_within(logic& whole, const logic& part) {
  int place[3] = {0, 0, 0};
  for (int i = 0; i < part.count; ++i) {
    place[i] = whole.place_of(part.operand[i]);
    if (place[i] < 0) return std::nullopt;
  }
  unsigned table = 0;
  for (unsigned bits = 0; bits < 8; ++bits) {
    unsigned index = 0;
    for (int i = 0; i < part.count; ++i) index |= (bits >> (2 - place[i]) & 1) << (2 - i);
    table |= (part.table >> index & 1u) << bits;
  }
  return static_cast<std::uint8_t>(table);
}

logic just(const machine_operand& operand) {
  logic made;
  made.operand[made.count++] = operand;
  made.table = table_of_operand[0];
  return made;
}

std::optional<logic> combined(asmjit::InstId code, const logic& a, const logic& b) {
  logic whole;
  const auto first = table_within(whole, a), second = table_within(whole, b);
  if (!first || !second) return std::nullopt;
  whole.table = apply(code, *first, *second);
  return whole;
}

/// Merges the bit instructions of one list.
class merging {
 public:
  merging(std::vector<machine_instruction>& list, std::vector<std::uint32_t>& uses, const std::vector<char>& changes)
      : list_(list), uses_(uses), changes_(changes), made_by_(uses.size(), -1) {}

  void run() {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (is_bits(list_[i])) merge(list_[i]);
      made_by_[list_[i].to.id()] = static_cast<std::int32_t>(i);
    }
    std::erase_if(list_, [](const machine_instruction& at) { return at.what == machine_instruction::kind::merged; });
  }

 private:
  /// The instruction that makes an operand, if it may become a part of the one that uses it.
  machine_instruction* inner(const machine_operand& operand) {
    if (made_by_[operand.id()] < 0 || uses_[operand.id()] != 1) return nullptr;
    machine_instruction& at = list_[static_cast<std::size_t>(made_by_[operand.id()])];
    if (at.what != machine_instruction::kind::logic && !is_bits(at)) return nullptr;
    for (int i = 0; i < at.from_count; ++i) {
      if (changes_[at.from[i].id()]) return nullptr;
    }
    return &at;
  }

  static logic of(const machine_instruction& at) {
    if (at.what != machine_instruction::kind::logic) return *combined(at.code, just(at.from[0]), just(at.from[1]));
    logic made;
    for (int i = 0; i < at.from_count; ++i) made.operand[made.count++] = at.from[i];
    made.table = static_cast<std::uint8_t>(at.immediate);
    return made;
  }

  void merge(machine_instruction& at) {
    machine_instruction* const a = inner(at.from[0]);
    machine_instruction* const b = at.from[1].id() != at.from[0].id() ? inner(at.from[1]) : nullptr;
    if (a != nullptr && b != nullptr && try_to_merge(at, a, b)) return;
    if (a != nullptr && try_to_merge(at, a, nullptr)) return;
    if (b != nullptr) try_to_merge(at, nullptr, b);
  }

  bool try_to_merge(machine_instruction& at, machine_instruction* first, machine_instruction* second) {
    const logic a = first != nullptr ? of(*first) : just(at.from[0]), b = second != nullptr ? of(*second) : just(at.from[1]);
    const std::optional<logic> whole = combined(at.code, a, b);
    if (whole) replace(at, *whole, first, second);
    return whole.has_value();
  }

  void replace(machine_instruction& at, const logic& by, machine_instruction* first, machine_instruction* second) {
    for (machine_instruction* gone : {&at, first, second}) {
      if (gone == nullptr) continue;
      for (int i = 0; i < gone->from_count; ++i) --uses_[gone->from[i].id()];
      if (gone != &at) gone->what = machine_instruction::kind::merged;
    }
    at.what = machine_instruction::kind::logic;
    at.code = inst::kIdVpternlogd;
    at.immediate = by.table;
    at.from_count = static_cast<std::uint8_t>(by.count);
    for (int i = 0; i < by.count; ++i) {
      at.from[i] = by.operand[i];
      ++uses_[by.operand[i].id()];
    }
  }

  std::vector<machine_instruction>& list_;
  std::vector<std::uint32_t>& uses_;
  const std::vector<char>& changes_;
  std::vector<std::int32_t> made_by_;
};

}  // namespace

void lowering::merge_logic() {
  if (!avx512()) return;
  const auto each_list = [this](auto f) {
    for (auto* list : {&result_.setup, &result_.body, &result_.tail}) f(*list);
    for (lane_fold& fold : result_.folds) f(fold.joining);
    for (rare_region& region : result_.regions) f(region.list);
  };
  bool found = false;
  each_list([&](const auto& list) { found = found || std::any_of(list.begin(), list.end(), is_bits); });
  if (!found) return;
  std::vector<std::uint32_t> uses(result_.sizes.size(), 0);
  std::vector<char> changes(result_.sizes.size(), 0);
  each_list([&](const auto& list) {
    for (const machine_instruction& at : list) {
      for (int i = 0; i < at.from_count; ++i) ++uses[at.from[i].id()];
      ++uses[at.where.id()];
    }
  });
  for (const lane_fold& fold : result_.folds) ++uses[fold.joined];
  for (const rare_region& region : result_.regions) {
    for (const rare_region::result& result : region.results) {
      ++uses[result.value];
      changes[result.changed] = 1;
    }
  }
  each_list([&](auto& list) { merging(list, uses, changes).run(); });
}

}  // namespace onepass::jit
