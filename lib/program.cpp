// Programs: appending with sharing, removing dead code, the text form and its reader.
#include <onepass/ir/program.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include <onepass/core/error.hpp>

namespace onepass {

void broken_expectation(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "onepass: internal error at %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

namespace {

/// Each member times an odd constant with bits all over. They are read one by one, as they have just been written: a
/// word put together of several would have to wait for them.
std::uint64_t hash(const instruction& what) noexcept {
  std::uint64_t h = (static_cast<std::uint64_t>(what.code) + 191 * static_cast<std::uint64_t>(what.type)) * 0x9e3779b97f4a7c15ull;
  h ^= what.operands[0] * 0xd6e8feb86659fd93ull;
  h ^= what.operands[1] * 0xa0761d6478bd642full;
  h ^= what.operands[2] * 0xe7037ed1a0b428dbull;
  h ^= what.immediate * 0x8ebc6af09c88c6e3ull;
  return h ^ h >> 32;
}

}  // namespace

/// True if the index knows all instructions, and has room for one more.
bool program::is_indexed() const noexcept { return indexed_ == instructions_.size() && index_.size() >= 2 * (indexed_ + 1); }

/// Enters what the index does not know yet, in a larger table if it is getting full.
void program::index_all() {
  if (index_.size() < 2 * (instructions_.size() + 1)) {
    index_.assign(std::bit_ceil(std::max<std::size_t>(64, instructions_.size()) * 4), 0);
    indexed_ = 0;
  }
  const std::size_t last = index_.size() - 1;
  for (; indexed_ < instructions_.size(); ++indexed_) {
    if (instructions_[indexed_].code == opcode::store) continue;
    std::size_t at = hash(instructions_[indexed_]) & last;
    while (index_[at] != 0) at = (at + 1) & last;
    index_[at] = static_cast<value_id>(indexed_ + 1);
  }
}

value_id program::intern(const instruction& added) {
  if (!is_indexed()) index_all();
  const std::size_t last = index_.size() - 1;
  std::size_t at = hash(added) & last;
  for (; index_[at] != 0; at = (at + 1) & last) {
    if (instructions_[index_[at] - 1] == added) return index_[at] - 1;
  }
  index_[at] = static_cast<value_id>(++indexed_);
  return copy(added);
}

value_id program::append(instruction added) {
  if (is_commutative(added.code) && added.operands[0] > added.operands[1]) std::swap(added.operands[0], added.operands[1]);
  for (;;) {
    const simplification simpler = simplify(*this, added);
    if (simpler.what == simplification::outcome::value) return simpler.value;
    if (simpler.what == simplification::outcome::unchanged) return intern(added);
    added = simpler.replacement;
  }
}

// Out of line, so that tracing an expression is a list of calls: it is compiled for every expression of user code.
// There are no rules for leaves.
value_id program::input(std::uint32_t slot, dtype type) { return intern({opcode::input, type, {}, slot}); }
value_id program::scalar(std::uint32_t slot, dtype type) { return intern({opcode::scalar, type, {}, slot}); }
value_id program::literal(dtype type, std::uint64_t bits) { return intern({opcode::literal, type, {}, bits}); }
value_id program::append(opcode code, dtype type, value_id a, value_id b, value_id c) { return append({code, type, {a, b, c}}); }

namespace {

/// Reductions, shapes that are folded over, and tables in one program: far more than anyone writes.
constexpr std::size_t most_of_a_kind = 4096;

/// True for instructions that join elements with a reduction.
bool has_reduction(opcode code) { return code == opcode::fold || code == opcode::scan; }
/// True for instructions along axes of a space.
bool has_space(opcode code) { return has_reduction(code) || code == opcode::count || code == opcode::position; }

/// The index of `item` in `list`, where it is put if it is not there yet.
template <class T>
std::uint16_t index_in(std::vector<T>& list, const T& item) {
  const auto at = std::find(list.begin(), list.end(), item);
  const auto index = static_cast<std::size_t>(at - list.begin());
  if (at == list.end()) list.push_back(item);
  if (index >= most_of_a_kind) {
    throw formula_error("a program has more than " + std::to_string(most_of_a_kind) + " different reductions, shapes to fold over, or tables");
  }
  return static_cast<std::uint16_t>(index);
}

}  // namespace

std::uint16_t program::space_index(std::vector<value_id> space) {
  std::sort(space.begin(), space.end());
  space.erase(std::unique(space.begin(), space.end()), space.end());
  return index_in(spaces_, space);
}

instruction program::made_fold(opcode code, const reduction& how, axis_set over, bool keepdims, value_id operand, std::vector<value_id> space) {
  ONEPASS_EXPECTS(instructions_[operand].type == how.type);
  const fold_immediate immediate{index_in(reductions_, static_cast<const reduction*>(&how)), space_index(std::move(space)), over, keepdims};
  return {code, how.type, {operand, 0, 0}, immediate.pack()};
}

value_id program::copy_fold(const reduction& how, bool keepdims, value_id operand) {
  return copy(made_fold(opcode::fold, how, axis_set::last(), keepdims, operand, {}));
}

value_id program::fold(const reduction& how, axis_set over, bool keepdims, value_id operand, std::vector<value_id> space) {
  return intern(made_fold(opcode::fold, how, over, keepdims, operand, std::move(space)));
}

value_id program::scan(const reduction& how, axis_set over, value_id operand, std::vector<value_id> space) {
  return intern(made_fold(opcode::scan, how, over, false, operand, std::move(space)));
}

value_id program::fold_block_of(const joining& of, const reduction& how, axis_set over, bool keepdims, value_id operand,
                                std::vector<value_id> space) {
  instruction made = made_fold(opcode::fold, how, over, keepdims, operand, std::move(space));
  fold_immediate immediate = fold_immediate::unpack(made.immediate);
  immediate.joining = static_cast<std::uint8_t>(joining_index(of) + 1);
  made.immediate = immediate.pack();
  return intern(made);
}

value_id program::join(const joining& how, int state, std::span<const value_id> states) {
  instruction made{opcode::join, how.types[state], {states[0], states[0], states[0]}, 0};
  std::copy(states.begin(), states.end(), made.operands);
  made.immediate = join_immediate{joining_index(how), static_cast<std::uint8_t>(state)}.pack();
  return intern(made);
}

std::uint8_t program::joining_index(const joining& how) {
  constexpr std::size_t most = 250;
  const std::uint16_t index = index_in(joinings_, &how);
  if (index >= most) throw formula_error("a program has more than " + std::to_string(most) + " different joinings");
  return static_cast<std::uint8_t>(index);
}

value_id program::count(dtype type, axis_set over, std::vector<value_id> space) {
  return intern({opcode::count, type, {}, fold_immediate{0, space_index(std::move(space)), over, false}.pack()});
}

value_id program::position(axis_set over, std::vector<value_id> space) {
  return intern({opcode::position, dtype::i64, {}, fold_immediate{0, space_index(std::move(space)), over, false}.pack()});
}

value_id program::leave_rows(value_id value, bool keepdims) {
  std::vector<value_id> shaping;
  shaping_of(value, shaping);
  for (const value_id v : shaping) {
    if (instructions_[v].code != opcode::input) continue;
    throw type_error("a reduction whose result depends on the elements of an operand itself, which has to be a number");
  }
  return keepdims ? value : without_axes(value);
}

value_id program::without_axes(value_id value) {
  const instruction at = instructions_[value];
  if (at.code == opcode::fold) {
    const fold_immediate how = fold_immediate::unpack(at.immediate);
    return fold(*reductions_[how.reduction], how.over, false, at.operands[0], spaces_[how.space]);
  }
  if (at.code == opcode::join) return value;  // its states were made without
  instruction changed = at;
  for (int i = 0; i < facts_of(at.code).arity; ++i) changed.operands[i] = without_axes(at.operands[i]);
  return facts_of(at.code).arity == 0 ? value : append(changed);
}

void program::shaping_of(value_id value, std::vector<value_id>& found) const {
  std::vector<char> reached(value + 1, 0);
  reached[value] = 1;
  for (value_id v = value + 1; v-- > 0;) {
    if (!reached[v]) continue;
    const opcode code = instructions_[v].code;
    if (code == opcode::fold || code == opcode::join || code == opcode::input) {
      found.push_back(v);
      continue;
    }
    for (int i = 0; i < facts_of(instructions_[v].code).arity; ++i) reached[instructions_[v].operands[i]] = 1;
  }
}

value_id program::lookup(const constant_table& in, value_id index) {
  return append({opcode::lookup, in.type, {index, 0, 0}, index_in(tables_, &in)});
}

value_id program::copy_lookup(const constant_table& in, value_id index) {
  return copy({opcode::lookup, in.type, {index, 0, 0}, index_in(tables_, &in)});
}

void program::store(std::uint32_t slot, value_id value) {
  instructions_.push_back({opcode::store, instructions_[value].type, {value, 0, 0}, slot});
}

program program::without_dead_code() && {
  std::vector<char> live(instructions_.size(), 0);
  std::size_t kept = 0;
  for (value_id id = static_cast<value_id>(instructions_.size()); id-- > 0;) {
    const instruction& at = instructions_[id];
    if (at.code == opcode::store) live[id] = 1;
    if (!live[id]) continue;
    ++kept;
    for (int i = 0; i < facts_of(at.code).arity; ++i) live[at.operands[i]] = 1;
    if (has_space(at.code)) {
      for (const value_id shaping : space_of(at)) live[shaping] = 1;
    }
  }
  if (kept == instructions_.size()) return std::move(*this);
  program result(kept);
  std::vector<value_id> renamed(instructions_.size());
  for (value_id id = 0; id < instructions_.size(); ++id) {
    if (!live[id]) continue;
    instruction copy = instructions_[id];
    for (int i = 0; i < facts_of(copy.code).arity; ++i) copy.operands[i] = renamed[copy.operands[i]];
    if (copy.code == opcode::store) {
      result.store(static_cast<std::uint32_t>(copy.immediate), copy.operands[0]);
    } else if (has_space(copy.code)) {
      const fold_immediate how = fold_immediate::unpack(copy.immediate);
      std::vector<value_id> space(spaces_[how.space]);
      for (value_id& shaping : space) shaping = renamed[shaping];
      if (!has_reduction(copy.code)) {
        copy.immediate = fold_immediate{0, result.space_index(std::move(space)), how.over, false}.pack();
      } else {
        copy = result.made_fold(copy.code, *reductions_[how.reduction], how.over, how.keepdims, copy.operands[0], std::move(space));
        fold_immediate made = fold_immediate::unpack(copy.immediate);
        if (how.joining != 0) made.joining = static_cast<std::uint8_t>(result.joining_index(*joinings_[how.joining - 1]) + 1);
        copy.immediate = made.pack();
      }
      renamed[id] = result.copy(copy);
    } else if (copy.code == opcode::join) {
      join_immediate how = join_immediate::unpack(copy.immediate);
      how.joining = result.joining_index(*joinings_[how.joining]);
      copy.immediate = how.pack();
      renamed[id] = result.copy(copy);
    } else if (copy.code == opcode::lookup) {
      renamed[id] = result.copy_lookup(table_of(copy), copy.operands[0]);
    } else {
      renamed[id] = result.copy(copy);
    }
  }
  return result;
}

// --- text form ------------------------------------------------------------------------------------------------------

namespace {

bool has_number(opcode code) {
  return code == opcode::input || code == opcode::scalar || code == opcode::store;
}

void append_number(std::string& text, std::uint64_t number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// `all`, `last`, or the axes counted from the end: `axes-1-3`.
void append_axes(std::string& text, axis_set over) {
  if (over.is_all()) {
    text += "all ";
  } else if (over == axis_set::last()) {
    text += "last ";
  } else {
    text += "axes";
    for (unsigned k = 0; k < axis_set::most; ++k) {
      if ((over.bits() >> k & 1) != 0) text += '-' + std::to_string(k + 1);
    }
    text += ' ';
  }
}

void append_operands(std::string& text, const instruction& what) {
  for (int i = 0; i < facts_of(what.code).arity; ++i) {
    text += " %";
    append_number(text, what.operands[i]);
  }
}

}  // namespace

std::string program::text() const {
  std::string text;
  for (value_id id = 0; id < instructions_.size(); ++id) {
    const instruction& at = instructions_[id];
    if (at.code == opcode::store) {
      text += "store ";
      append_number(text, at.immediate);
      append_operands(text, at);
      text += '\n';
      continue;
    }
    text += '%';
    append_number(text, id);
    text += " = ";
    text += facts_of(at.code).name;
    text += ' ';
    if (has_space(at.code)) {
      const fold_immediate how = fold_immediate::unpack(at.immediate);
      if (has_reduction(at.code)) text += std::string(reductions_[how.reduction]->name) + ' ';
      append_axes(text, how.over);
      if (how.joining != 0) text += "state " + std::string(joinings_[how.joining - 1]->name) + ' ';
      if (how.keepdims) text += "keepdims ";
    }
    if (at.code == opcode::join) {
      const join_immediate how = join_immediate::unpack(at.immediate);
      text += std::string(joining_of(at).name) + ' ' + std::to_string(how.state) + ' ';
    }
    if (at.code == opcode::lookup) {
      text += table_of(at).name;
      text += ' ';
    }
    if (has_number(at.code)) {
      append_number(text, at.immediate);
      text += ' ';
    }
    text += onepass::name(at.type);
    if (at.code == opcode::literal) {
      char bits[24];
      std::snprintf(bits, sizeof bits, " 0x%0*" PRIx64, static_cast<int>(2 * size_of(at.type)), at.immediate);
      text += bits;
    }
    append_operands(text, at);
    if (has_space(at.code)) {
      text += " over";
      for (const value_id shaping : space_of(at)) {
        text += " %";
        append_number(text, shaping);
      }
    }
    text += '\n';
  }
  return text;
}

namespace {

/// Finds states of blocks and positions that are used where they mean nothing: outside the folds of their rows.
class use_checker {
 public:
  explicit use_checker(const program& code) : code_(code), within_(code.size()) {}

  /// The first value that is made wrongly, or the size of the program.
  value_id first_wrong() {
    value_id v = 0;
    while (v < code_.size() && is_right(v)) ++v;
    if (v < code_.size()) return v;
    for (v = 0; v < code_.size(); ++v) {
      if (code_[v].code == opcode::fold && code_.joining_of_state(code_[v]) != nullptr && !groups_.contains(v)) break;
    }
    return v;
  }

 private:
  /// What a value is computed from.
  struct within {
    const joining* states = nullptr;
    const instruction* position = nullptr;
  };

  bool is_right(value_id v) {
    const instruction& at = code_[v];
    within& mine = within_[v];
    if (at.code == opcode::position) mine.position = &at;
    if (at.code == opcode::join) return is_group(at);
    for (int i = 0; i < facts_of(at.code).arity; ++i) {
      if (!take(mine, within_[at.operands[i]])) return false;
    }
    if (at.code == opcode::store || at.code == opcode::scan) return mine.states == nullptr && mine.position == nullptr;
    if (at.code != opcode::fold) return true;
    const joining* const of = code_.joining_of_state(at);
    const bool right = (mine.states == nullptr || mine.states == of) && (mine.position == nullptr || same_rows(at, *mine.position));
    mine = {of, nullptr};
    return right;
  }

  bool same_rows(const instruction& a, const instruction& b) const {
    const fold_immediate mine = fold_immediate::unpack(a.immediate), other = fold_immediate::unpack(b.immediate);
    return mine.over == other.over && mine.space == other.space;
  }

  bool take(within& mine, const within& from) const {
    if (mine.states != nullptr && from.states != nullptr && mine.states != from.states) return false;
    if (mine.position != nullptr && from.position != nullptr && !same_rows(*mine.position, *from.position)) return false;
    if (from.states != nullptr) mine.states = from.states;
    if (from.position != nullptr) mine.position = from.position;
    return true;
  }

  /// A state belongs to one group, whose states are of the same rows.
  bool is_group(const instruction& join) {
    const instruction& first = code_[join.operands[0]];
    return std::all_of(std::begin(join.operands), std::end(join.operands), [&](value_id state) {
      const instruction* const group = groups_.try_emplace(state, &join).first->second;
      const bool same_group = std::equal(std::begin(join.operands), std::end(join.operands), std::begin(group->operands));
      const bool same_axes = fold_immediate::unpack(code_[state].immediate).keepdims == fold_immediate::unpack(first.immediate).keepdims;
      return same_group && same_axes && same_rows(code_[state], first);
    });
  }

  const program& code_;
  std::vector<within> within_;
  std::unordered_map<value_id, const instruction*> groups_;  ///< a join of each state
};

/// Reads the text form, one line at a time. Every rule of the table is checked: a text is hostile until proven good.
class reader {
 public:
  reader(std::string_view text, const program::names& known) : text_(text), known_(known) {}

  program read() {
    program result;
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      line_ = text_.substr(0, end);
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      ++number_;
      rest_ = line_.substr(0, line_.find(';'));
      const std::string_view first = word();
      if (first.empty()) continue;
      if (first == "store") {
        read_store(result);
      } else {
        read_value(result, first);
      }
      if (!word().empty()) fail("something is left at the end of the line");
      lines_.resize(result.size(), {number_, line_});
    }
    if (const value_id wrong = use_checker(result).first_wrong(); wrong < result.size()) {
      number_ = lines_[wrong].number;
      line_ = lines_[wrong].text;
      fail("a state or a position is used outside the folds of its rows");
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw formula_error("program, line " + std::to_string(number_) + ": " + why + "\n  " + std::string(line_));
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  /// The next word, and nothing behind it but the word after.
  std::string_view word() {
    skip_spaces();
    std::size_t length = 0;
    while (length < rest_.size() && !is_space(rest_[length])) ++length;
    const std::string_view result = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip_spaces();
    return result;
  }

  std::uint64_t unsigned_number(std::string_view digits, std::uint64_t limit, const char* what) {
    int base = 10;
    if (digits.starts_with("0x")) {
      digits.remove_prefix(2);
      base = 16;
    }
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (problem != std::errc() || end != digits.data() + digits.size() || number > limit) fail(std::string("expected ") + what);
    return number;
  }

  value_id operand() {
    std::string_view name = word();
    if (!name.starts_with('%')) fail("expected an operand such as %0");
    name.remove_prefix(1);
    const std::uint64_t number = unsigned_number(name, 0xffffffff, "the number of a value");
    const auto known = values_.find(number);
    if (known == values_.end()) fail("value %" + std::to_string(number) + " is not known here");
    return known->second;
  }

  dtype element_type() {
    const std::string_view name = word();
    for (int i = 0; i < dtype_count; ++i) {
      if (onepass::name(static_cast<dtype>(i)) == name) return static_cast<dtype>(i);
    }
    fail("expected an element type, found '" + std::string(name) + "'");
  }

  void read_store(program& result) {
    const std::uint64_t slot = unsigned_number(word(), 0xffff, "the number of an array operand");
    result.store(static_cast<std::uint32_t>(slot), operand());
  }

  void read_value(program& result, std::string_view name) {
    if (!name.starts_with('%')) fail("expected '%' or 'store'");
    const std::uint64_t number = unsigned_number(name.substr(1), 0xffffffff, "the number of a value");
    if (values_.contains(number)) fail("value " + std::string(name) + " is defined twice");
    if (word() != "=") fail("expected '='");
    const std::string_view code_name = word();
    int code = 0;
    while (code < opcode_count && opcode_table[code].name != code_name) ++code;
    if (code == opcode_count || code == static_cast<int>(opcode::store)) fail("unknown instruction '" + std::string(code_name) + "'");
    if (code == static_cast<int>(opcode::join)) {
      values_.emplace(number, read_join(result));
      return;
    }
    if (code == static_cast<int>(opcode::count) || code == static_cast<int>(opcode::position)) {
      values_.emplace(number, read_count(result, static_cast<opcode>(code)));
      return;
    }
    if (code == static_cast<int>(opcode::fold)) {
      values_.emplace(number, read_fold(result));
      return;
    }
    if (code == static_cast<int>(opcode::scan)) {
      values_.emplace(number, read_scan(result));
      return;
    }
    if (code == static_cast<int>(opcode::lookup)) {
      values_.emplace(number, read_lookup(result));
      return;
    }
    instruction made{static_cast<opcode>(code), dtype::boolean, {}, 0};
    if (has_number(made.code)) made.immediate = unsigned_number(word(), 0xffff, "the number of an operand");
    made.type = element_type();
    if (made.code == opcode::literal) made.immediate = literal_bits(made.type);
    for (int i = 0; i < facts_of(made.code).arity; ++i) made.operands[i] = operand();
    check(result, made);
    values_.emplace(number, result.append(made));
  }

  std::uint64_t literal_bits(dtype type) {
    const std::uint64_t limit = type == dtype::boolean ? 1 : ~std::uint64_t{0} >> (64 - 8 * size_of(type));
    return unsigned_number(word(), limit, "the bits of a literal of this type");
  }

  value_id read_lookup(program& result) {
    const std::string_view name = word();
    const dtype type = element_type();
    const constant_table* const in = known_.table == nullptr ? nullptr : known_.table(name, type);
    if (in == nullptr) fail("unknown table '" + std::string(name) + "' of " + std::string(onepass::name(type)));
    const value_id index = operand();
    if (result[index].type != dtype::i32) fail("an index is i32");
    return result.lookup(*in, index);
  }

  value_id read_fold(program& result) {
    const std::string_view name = word();
    const axis_set over_axes = read_axes();
    const joining* const of = read_word("state") ? read_joining() : nullptr;
    const bool keepdims = read_word("keepdims");
    const dtype type = element_type();
    const reduction& how = reduction_named(name, type);
    const value_id over = operand_of(result, type);
    if (of != nullptr) return result.fold_block_of(*of, how, over_axes, keepdims, over, read_space(result));
    return result.fold(how, over_axes, keepdims, over, read_space(result));
  }

  value_id read_scan(program& result) {
    const std::string_view name = word();
    const axis_set over_axes = read_axes();
    const dtype type = element_type();
    const reduction& how = reduction_named(name, type);
    const value_id over = operand_of(result, type);
    return result.scan(how, over_axes, over, read_space(result));
  }

  const reduction& reduction_named(std::string_view name, dtype type) {
    const reduction* const known = known_.reduction == nullptr ? nullptr : known_.reduction(name, type);
    if (known == nullptr) fail("unknown reduction '" + std::string(name) + "' of " + std::string(onepass::name(type)));
    return *known;
  }

  value_id operand_of(const program& result, dtype type) {
    const value_id read = operand();
    if (result[read].type != type) fail("the operand has another type");
    return read;
  }

  /// Takes the next word if it is this one.
  bool read_word(std::string_view expected) {
    const std::string_view before = rest_;
    if (word() == expected) return true;
    rest_ = before;
    return false;
  }

  const joining* read_joining() {
    const std::string_view name = word();
    const joining* const known = known_.joining == nullptr ? nullptr : known_.joining(name);
    if (known == nullptr) fail("unknown joining '" + std::string(name) + "'");
    return known;
  }

  value_id read_join(program& result) {
    const joining* const how = read_joining();
    const auto state = static_cast<int>(unsigned_number(word(), static_cast<std::uint64_t>(how->states) - 1, "the number of a state"));
    const dtype type = element_type();
    value_id states[joining::most_states];
    for (int i = 0; i < joining::most_states; ++i) {
      states[i] = operand();
      const instruction& at = result[states[i]];
      const bool is_state = at.code == opcode::fold && result.joining_of_state(at) == how;
      if (!is_state || (i < how->states ? at.type != how->types[i] : states[i] != states[0])) fail("expected the states of the joining");
    }
    if (type != how->types[state]) fail("the state has another type");
    return result.join(*how, state, std::span<const value_id>(states, static_cast<std::size_t>(how->states)));
  }

  value_id read_count(program& result, opcode code) {
    const axis_set over = read_axes();
    const dtype type = element_type();
    if (!is_number(type)) fail("a count is a number");
    if (code == opcode::count) return result.count(type, over, read_space(result));
    if (type != dtype::i64) fail("a position is i64");
    return result.position(over, read_space(result));
  }

  axis_set read_axes() {
    std::string_view which = word();
    if (which == "all") return axis_set::all();
    if (which == "last") return axis_set::last();
    if (!which.starts_with("axes-")) fail("expected 'all', 'last', or axes such as 'axes-1-3'");
    unsigned bits = 0;
    for (which.remove_prefix(4); !which.empty();) {
      which.remove_prefix(1);
      const std::string_view digits = which.substr(0, which.find('-'));
      const std::uint64_t axis = unsigned_number(digits, axis_set::most, "an axis counted from the end");
      if (axis == 0 || (bits >> (axis - 1) & 1) != 0) fail("axes are counted from 1, each once");
      bits |= 1u << (axis - 1);
      which.remove_prefix(digits.size());
    }
    return axis_set(static_cast<std::uint16_t>(bits));
  }

  std::vector<value_id> read_space(const program& result) {
    if (word() != "over") fail("expected 'over' and the values whose shape is folded over");
    std::vector<value_id> space;
    while (!rest_.empty()) {
      space.push_back(operand());
      const opcode code = result[space.back()].code;
      if (code != opcode::input && code != opcode::fold && code != opcode::join) fail("only inputs and folds have a shape of their own");
    }
    return space;
  }

  void check(const program& result, const instruction& made) {
    const auto type = [&](int i) { return result[made.operands[i]].type; };
    const auto demand = [&](bool good) {
      if (!good) fail("the instruction does not take operands of these types");
    };
    switch (made.code) {
      case opcode::input:
      case opcode::scalar:
      case opcode::literal:
        return;
      case opcode::add:
      case opcode::sub:
      case opcode::mul:
      case opcode::min:
      case opcode::max:
        return demand(is_number(made.type) && type(0) == made.type && type(1) == made.type);
      case opcode::div:
        return demand(computes_floating(made.type) && type(0) == made.type && type(1) == made.type);
      case opcode::sqrt:
      case opcode::floor:
      case opcode::ceil:
      case opcode::trunc:
      case opcode::round_even:
        return demand(computes_floating(made.type) && type(0) == made.type);
      case opcode::fma:
        return demand(computes_floating(made.type) && type(0) == made.type && type(1) == made.type && type(2) == made.type);
      case opcode::scale:
        return demand(computes_floating(made.type) && type(0) == made.type && type(1) == made.type);
      case opcode::bit_and:
      case opcode::bit_or:
      case opcode::bit_xor:
      case opcode::bit_andnot:
        return demand(type(0) == made.type && type(1) == made.type);
      case opcode::less:
      case opcode::less_equal:
      case opcode::equal:
        return demand(made.type == dtype::boolean && is_number(type(0)) && type(0) == type(1));
      case opcode::unordered:
        return demand(made.type == dtype::boolean && computes_floating(type(0)) && type(0) == type(1));
      case opcode::select:
      case opcode::rarely:
        return demand(type(0) == dtype::boolean && type(1) == made.type && type(2) == made.type);
      case opcode::convert:
        return demand(convertible(type(0), made.type));
      case opcode::truncate:
        return demand(made.type == dtype::i32 && computes_floating(type(0)));
      case opcode::reinterpret:
        return demand(reinterprets(type(0), made.type));
      case opcode::shift_left:
      case opcode::shift_right:
        return demand(is_integer(made.type) && size_of(made.type) >= 4 && type(0) == made.type && type(1) == made.type);
      case opcode::lookup:
      case opcode::count:
      case opcode::position:
      case opcode::join:
      case opcode::fold:
      case opcode::scan:
      case opcode::store:
        break;
    }
  }

  static bool computes_floating(dtype type) { return is_floating(type) && !is_storage(type); }
  static bool is_number(dtype type) { return type != dtype::boolean && !is_storage(type); }
  static bool reinterprets(dtype from, dtype to) {
    return size_of(from) == size_of(to) && from != dtype::boolean && to != dtype::boolean && from != to;
  }

  std::string_view text_, line_, rest_;
  const program::names& known_;
  int number_ = 0;
  struct numbered_line {
    int number;
    std::string_view text;
  };
  std::vector<numbered_line> lines_;  ///< of each instruction
  std::unordered_map<std::uint64_t, value_id> values_;  ///< by the number in the text; appending may share or simplify
};

}  // namespace

program program::parse(std::string_view text, const names& known) { return reader(text, known).read(); }

}  // namespace onepass
