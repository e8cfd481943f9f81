// Preparing programs for interpretation, and running them tile by tile.
#include "interpreter.hpp"

#include <algorithm>
#include <cstring>

#include <onepass/core/config.hpp>

#include "rarity.hpp"

namespace onepass {

namespace {

constexpr std::size_t all_buffer_bytes = 48 << 10;  ///< fit L1
constexpr std::size_t smallest_block = 64, largest_block = 1024;
constexpr std::size_t element_bytes = 8;  ///< a buffer has room for elements of any type

step_function find_step(isa set, opcode code, dtype operand, dtype result) {
  const auto find = set == isa::avx512 ? find_step_avx512 : set == isa::avx2 ? find_step_avx2 : find_step_baseline;
  const step_function found = find(code, operand, result);
  ONEPASS_EXPECTS(found != nullptr);
  return found;
}

/// The same bits in another type are a copy, and a rare choice is a choice.
opcode code_of_step(opcode code) {
  return code == opcode::reinterpret ? opcode::store : code == opcode::rarely ? opcode::select : code;
}

/// The type by which the step of an instruction is found.
dtype deciding_type(const program& code, const instruction& at) {
  if (at.code == opcode::store || at.code == opcode::reinterpret) return at.type;
  return code[at.operands[code_of_step(at.code) == opcode::select ? 1 : 0]].type;
}

/// The last instruction that uses each value. Stores and folds happen when all steps of a block are done, so what they
/// use lives to the end.
std::vector<value_id> last_uses(const program& code) {
  std::vector<value_id> last(code.size(), 0);
  for (value_id id = 0; id < code.size(); ++id) {
    const bool at_the_end = code[id].code == opcode::store || code[id].code == opcode::fold;
    for (int i = 0; i < facts_of(code[id].code).arity; ++i) {
      value_id& use = last[code[id].operands[i]];
      use = std::max(use, at_the_end ? static_cast<value_id>(code.size()) : id);
    }
  }
  return last;
}

}  // namespace

interpreted::interpreted(const program& code, isa set) {
  prepare(code, set);
  const std::size_t fit = all_buffer_bytes / element_bytes / std::max<std::size_t>(1, buffers_);
  block_ = std::clamp(fit / smallest_block * smallest_block, smallest_block, largest_block);
}

// --- preparation ----------------------------------------------------------------------------------------------------

interpreted::location interpreted::place(const instruction& at, std::vector<std::uint32_t>& free) {
  switch (at.code) {
    case opcode::input:
      return {location::kind::operand, static_cast<std::uint32_t>(at.immediate)};
    case opcode::scalar:
    case opcode::literal:
      constants_.push_back({at.code == opcode::scalar, at.immediate, at.type});
      return {location::kind::constant, static_cast<std::uint32_t>(constants_.size() - 1)};
    default:
      if (free.empty()) free.push_back(buffers_++);
      const std::uint32_t buffer = free.back();
      free.pop_back();
      return {location::kind::buffer, buffer};
  }
}

/// Turns the instructions that compute something into steps; `locations` gets where each value lives.
void interpreted::prepare_steps(const program& code, isa set, std::vector<step>& steps, std::vector<location>& locations) {
  const std::vector<value_id> last = last_uses(code), regions = rare_regions(code);
  std::vector<std::int32_t> guards(code.size(), -1);  // of each `rarely`
  std::vector<std::uint32_t> free;
  locations.resize(code.size());
  for (value_id id = 0; id < code.size(); ++id) {
    const instruction& at = code[id];
    if (at.code == opcode::store || at.code == opcode::fold) continue;
    // Operands that end here give their buffers back: before the result takes one, since a step may write where it
    // reads; but after it if the result is wider, which would overtake the reading.
    const auto give_back = [&](bool wider) {
      for (int i = 0; i < facts_of(at.code).arity; ++i) {
        const value_id operand = at.operands[i];
        const bool again = (i > 0 && operand == at.operands[0]) || (i > 1 && operand == at.operands[1]);
        const bool ends = locations[operand].where == location::kind::buffer && last[operand] == id && !again;
        if (ends && (size_of(at.type) > size_of(code[operand].type)) == wider) free.push_back(locations[operand].index);
      }
    };
    give_back(false);
    locations[id] = place(at, free);
    give_back(true);
    if (facts_of(at.code).arity == 0) continue;
    step& made = steps.emplace_back(step{find_step(set, code_of_step(at.code), deciding_type(code, at), at.type), locations[id], {}});
    for (int i = 0; i < facts_of(at.code).arity; ++i) made.from[i] = locations[at.operands[i]];
    if (at.code == opcode::lookup) {
      tables_.push_back(&code.table_of(at));
      made.from[1] = {location::kind::table, static_cast<std::uint32_t>(tables_.size() - 1)};
    }
    if (regions[id] != id) made.guard = guard_of(code, regions, regions[id], locations, guards);
  }
}

/// The guard of the region of `rare`; made if it is new, after that of the region around it.
std::int32_t interpreted::guard_of(const program& code, const std::vector<value_id>& regions, value_id rare,
                                   const std::vector<location>& locations, std::vector<std::int32_t>& known) {
  if (known[rare] < 0) {
    const std::int32_t outer = regions[rare] == rare ? -1 : guard_of(code, regions, regions[rare], locations, known);
    guards_.push_back({locations[code[rare].operands[0]], outer});
    known[rare] = static_cast<std::int32_t>(guards_.size() - 1);
  }
  return known[rare];
}

void interpreted::prepare(const program& code, isa set) {
  std::vector<location> locations;
  prepare_steps(code, set, steps_, locations);
  std::vector<std::int32_t> fold_of(code.size(), -1);
  for (value_id id = 0; id < code.size(); ++id) {
    const instruction& at = code[id];
    if (at.code == opcode::fold) {
      fold_of[id] = static_cast<std::int32_t>(folds_.size());
      folds_.push_back(prepare_fold(code.reduction_of(at), locations[at.operands[0]], set));
    }
    if (at.code != opcode::store) continue;
    const auto operand = static_cast<std::uint32_t>(at.immediate);
    if (fold_of[at.operands[0]] >= 0) {
      folds_[static_cast<std::size_t>(fold_of[at.operands[0]])].operand = operand;
    } else {
      const step_function copy = find_step(set, opcode::store, at.type, at.type);
      stores_.push_back({step{copy, {location::kind::operand, operand}, {locations[at.operands[0]], {}, {}}}, at.type});
    }
  }
  for (const instruction& at : code.instructions()) {
    if (at.code != opcode::input) continue;
    if (input_types_.size() <= at.immediate) input_types_.resize(at.immediate + 1, dtype::u8);
    input_types_[at.immediate] = at.type;
  }
}

interpreted::joining interpreted::prepare_fold(const reduction& how, location value, isa set) {
  joining made{&how, value, 0, {}, {}, 0};
  std::vector<location> locations;
  const std::uint32_t before = std::exchange(buffers_, 0);
  prepare_steps(*how.combine, set, made.combine, locations);
  made.buffers = std::exchange(buffers_, before);
  for (const instruction& at : how.combine->instructions()) {
    if (at.code == opcode::store) made.joined = locations[at.operands[0]];
  }
  made.copy = find_step(set, opcode::store, how.type, how.type);
  return made;
}

// --- running --------------------------------------------------------------------------------------------------------

/// One call: the buffers, and where things are in the current block.
class interpreted::activation {
 public:
  activation(const interpreted& self, const tile& what) : self_(self), what_(what), memory_(what.room) {
    // Layout of the memory: buffers, constants, lanes of folds, buffers of their joining.
    buffers_ = take(self.buffers_ * self.block_ * element_bytes);
    constants_ = take(self.constants_.size() * constant_lanes * element_bytes);
    lanes_ = take(self.folds_.size() * fold_bytes);
    joining_ = take(joining_buffers(self) * fold_bytes);
    stays_ = take(self.input_types_.size() * constant_lanes * element_bytes);
    for (std::size_t c = 0; c < self.constants_.size(); ++c) {
      const constant& k = self.constants_[c];
      const std::uint64_t bits = k.is_scalar ? what.scalars[k.bits] : k.bits;
      fill(constants_ + c * constant_lanes * element_bytes, &bits, size_of(k.type), constant_lanes);
    }
  }

  static std::size_t bytes(const interpreted& self) {
    return self.buffers_ * self.block_ * element_bytes + (self.constants_.size() + self.input_types_.size()) * constant_lanes * element_bytes +
           (self.folds_.size() + joining_buffers(self)) * fold_bytes;
  }

  void run() {
    for (row_ = 0; row_ < what_.rows; ++row_) {
      begin_row();
      for (column_ = 0; column_ < what_.columns; column_ += count_) {
        count_ = std::min(self_.block_, what_.columns - column_);
        std::int32_t passed = -1;  // the guard that was asked last, and what it said
        bool needed = true;
        for (const step& s : self_.steps_) {
          if (s.guard != passed) {
            needed = is_needed(s.guard);
            passed = s.guard;
          }
          if (needed) execute(s, count_);
        }
        for (std::size_t f = 0; f < self_.folds_.size(); ++f) accumulate(self_.folds_[f], lanes_ + f * fold_bytes);
        for (const stored& s : self_.stores_) execute(s.copy, count_);
      }
      for (std::size_t f = 0; f < self_.folds_.size(); ++f) finish(self_.folds_[f], lanes_ + f * fold_bytes);
    }
  }

 private:
  static std::size_t joining_buffers(const interpreted& self) {
    std::size_t most = 0;
    for (const joining& f : self.folds_) most = std::max<std::size_t>(most, f.buffers);
    return most;
  }

  std::byte* take(std::size_t bytes) { return std::exchange(memory_, memory_ + bytes); }

  static void fill(std::byte* to, const void* element, std::size_t size, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) std::memcpy(to + i * size, element, size);
  }

  const std::byte* element(std::uint32_t operand) const {
    const tile_operand& at = what_.operands()[operand];
    return at.data + static_cast<std::ptrdiff_t>(row_) * at.row_stride + static_cast<std::ptrdiff_t>(column_) * at.column_stride;
  }

  void begin_row() {
    column_ = 0;
    for (std::size_t k = 0; k < self_.input_types_.size(); ++k) {
      if (what_.operands()[k].column_stride != 0) continue;
      fill(stays_ + k * constant_lanes * element_bytes, element(static_cast<std::uint32_t>(k)), size_of(self_.input_types_[k]), constant_lanes);
    }
    for (std::size_t f = 0; f < self_.folds_.size(); ++f) {
      const reduction& how = *self_.folds_[f].how;
      fill(lanes_ + f * fold_bytes, &how.identity, size_of(how.type), fold_lanes(size_of(how.type)));
    }
  }

  step_input input(const location& from) const {
    switch (from.where) {
      case location::kind::operand:
        if (what_.operands()[from.index].column_stride == 0) return {stays_ + from.index * constant_lanes * element_bytes, constant_lanes - 1};
        return {element(from.index), ~std::size_t{0}};
      case location::kind::constant:
        return {constants_ + from.index * constant_lanes * element_bytes, constant_lanes - 1};
      case location::kind::buffer:
        return {buffers_ + from.index * self_.block_ * element_bytes, ~std::size_t{0}};
      case location::kind::table:
        return {self_.tables_[from.index]->elements, self_.tables_[from.index]->count};
      case location::kind::none:
        break;
    }
    return {};
  }

  /// True if the condition of a guard, and of those around it, holds for any element of the block.
  bool is_needed(std::int32_t number) const {
    if (number < 0) return true;
    const guard& at = self_.guards_[static_cast<std::size_t>(number)];
    if (!is_needed(at.outer)) return false;
    const step_input from = input(at.condition);
    return std::memchr(from.data, 1, from.index_mask < constant_lanes ? constant_lanes : count_) != nullptr;
  }

  void execute(const step& s, std::size_t count) const {
    const step_input from[3] = {input(s.from[0]), input(s.from[1]), input(s.from[2])};
    void* const to = s.to.where == location::kind::operand ? const_cast<std::byte*>(element(s.to.index))
                                                           : buffers_ + s.to.index * self_.block_ * element_bytes;
    s.run(to, from, count);
  }

  /// Joins `later` onto `earlier`, lane by lane.
  void join(const joining& how, void* earlier, step_input later, std::size_t count) const {
    const auto find = [&](const location& at) -> step_input {
      if (at.where == location::kind::operand) return at.index == 0 ? step_input{earlier, ~std::size_t{0}} : later;
      if (at.where == location::kind::constant || at.where == location::kind::table) return input(at);
      return {joining_ + at.index * fold_bytes, ~std::size_t{0}};
    };
    for (const step& s : how.combine) {
      const step_input from[3] = {find(s.from[0]), find(s.from[1]), find(s.from[2])};
      s.run(joining_ + s.to.index * fold_bytes, from, count);
    }
    const step_input joined = find(how.joined);
    how.copy(earlier, &joined, count);
  }

  /// Element i of the row joins lane i modulo the number of lanes.
  void accumulate(const joining& how, std::byte* lanes) const {
    const std::size_t size = size_of(how.how->type);
    const std::size_t width = fold_lanes(size);
    step_input value = input(how.value);
    const bool constant = value.index_mask != ~std::size_t{0};
    for (std::size_t i = 0; i < count_;) {
      const std::size_t lane = (column_ + i) % width;
      const std::size_t count = std::min(width - lane, count_ - i);
      step_input part = value;
      if (!constant) part.data = static_cast<const std::byte*>(value.data) + i * size;
      join(how, lanes + lane * size, part, count);
      i += count;
    }
  }

  void finish(const joining& how, std::byte* lanes) const {
    const std::size_t size = size_of(how.how->type);
    for (std::size_t half = fold_lanes(size) / 2; half > 0; half /= 2) join(how, lanes, {lanes + half * size, ~std::size_t{0}}, half);
    const tile_operand& to = what_.operands()[how.operand];
    std::memcpy(to.data + static_cast<std::ptrdiff_t>(row_) * to.row_stride, lanes, size);
  }

  const interpreted& self_;
  const tile& what_;
  std::byte* memory_;
  std::byte *buffers_, *constants_, *lanes_, *joining_, *stays_;
  std::size_t row_ = 0, column_ = 0, count_ = 0;
};

kernel interpreted::kernel() const noexcept { return {&interpreted::run, this, false, activation::bytes(*this)}; }

outcome interpreted::run(const tile& what, const void* context) noexcept {
  activation(*static_cast<const interpreted*>(context), what).run();
  return outcome::done;
}

}  // namespace onepass
