// A program: straight-line instructions in which every value is named by the instruction that makes it.
//
// Appending simplifies and shares: an instruction that an exact rule can replace, or that the program already has,
// adds nothing and the existing value is returned. So a program never holds the same computation twice, and there is
// no separate optimiser to run. The printed form is the form that is parsed; a bug report is a text file.
// A program knows neither shapes nor arrays: operands are numbered slots.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <onepass/ir/instruction.hpp>
#include <onepass/ir/reduction.hpp>
#include <onepass/ir/table.hpp>

namespace onepass {

class program {
 public:
  program() : program(32) {}
  explicit program(std::size_t expected_size) { instructions_.reserve(expected_size); }

  /// The value of array operand `slot`, of scalar argument `slot`, of a literal with the given bits.
  value_id input(std::uint32_t slot, dtype type);
  value_id scalar(std::uint32_t slot, dtype type);
  value_id literal(dtype type, std::uint64_t bits);

  /// Appends, after simplification and sharing; returns the value that stands for the instruction.
  /// Precondition: the operands exist and have the types that the table asks for.
  value_id append(instruction added);
  value_id append(opcode code, dtype type, value_id a, value_id b, value_id c);

  /// Element `index` of a table.
  value_id lookup(const constant_table& in, value_id index);

  /// Appends without looking for a rule or for the same computation. Precondition: there is neither, as when
  /// instructions are copied from another program in their order.
  value_id copy(const instruction& added) {
    instructions_.push_back(added);
    return static_cast<value_id>(instructions_.size() - 1);
  }
  /// The same for an instruction of another program, whose value v is renamed[v] here.
  value_id copy(const instruction& added, const std::vector<value_id>& renamed) {
    instruction& made = instructions_.emplace_back(added);
    for (int i = 0; i < facts_of(added.code).arity; ++i) made.operands[i] = renamed[added.operands[i]];
    return static_cast<value_id>(instructions_.size() - 1);
  }

  /// The same for a fold over the last axis of whatever is visited. Two equal ones stay two: each has a result of its own.
  value_id copy_fold(const reduction& how, bool keepdims, value_id operand);
  /// The same for a look-up: tables are numbered in each program on its own.
  value_id copy_lookup(const constant_table& in, value_id index);

  /// Folds `operand` with a reduction of its type. `space` lists the inputs and folds whose shapes, broadcast, are the
  /// shape that is folded over: simplification may have left `operand` itself with fewer of them.
  value_id fold(const reduction& how, axis_set over, bool keepdims, value_id operand, std::vector<value_id> space);

  /// Joins each element of `operand` with all that come before it along the axes.
  value_id scan(const reduction& how, axis_set over, value_id operand, std::vector<value_id> space);

  /// A fold that is a state of `of`: what uses it sees the block at hand, and only other states of `of` may.
  value_id fold_block_of(const joining& of, const reduction& how, axis_set over, bool keepdims, value_id operand, std::vector<value_id> space);
  /// State `state` of the whole, joined from the folds `states`, all of `how`. It keeps axes if they do.
  value_id join(const joining& how, int state, std::span<const value_id> states);

  /// How many elements such a fold joins.
  value_id count(dtype type, axis_set over, std::vector<value_id> space);
  /// How many come before the element at hand, i64. What needs it is a fold over the same axes of the same space.
  value_id position(axis_set over, std::vector<value_id> space);

  /// Makes `value` the content of array operand `slot`. Stores are results: they are never shared or removed.
  void store(std::uint32_t slot, value_id value);

  /// From now on rows are along `over` in the shape that `space` gives: the body of a row operation is being traced.
  /// `keepdims` says whether its result keeps these axes.
  void enter_rows(std::vector<value_id> space, axis_set over, bool keepdims) {
    row_space_ = std::move(space);
    row_axes_ = over;
    row_keepdims_ = keepdims;
  }
  /// Folds over rows and keeps their axes; see without_axes.
  value_id fold_row(const reduction& how, value_id operand) { return fold(how, row_axes_, true, operand, row_space_); }
  /// Scans rows.
  value_id scan_row(const reduction& how, value_id operand) { return scan(how, row_axes_, operand, row_space_); }
  value_id fold_block_of_row(const joining& of, const reduction& how, value_id operand) {
    return fold_block_of(of, how, row_axes_, row_keepdims_, operand, row_space_);
  }
  /// How many elements a row has.
  value_id count_row(dtype type) { return count(type, row_axes_, row_space_); }
  /// The position of the element in its block of the row.
  value_id position_in_block() { return position(row_axes_, row_space_); }
  /// Ends the body of a row reduction whose result is `value`: unless `keepdims`, the same computation of folds that do
  /// not keep their axes. Throws type_error if the result depends on an array other than through folds.
  value_id leave_rows(value_id value, bool keepdims);
  /// Appends to `found` the inputs, folds and joins that `value` is computed from, not through others.
  void shaping_of(value_id value, std::vector<value_id>& found) const;

  std::span<const instruction> instructions() const noexcept { return instructions_; }
  const instruction& operator[](value_id id) const noexcept { return instructions_[id]; }
  std::size_t size() const noexcept { return instructions_.size(); }
  std::span<const reduction* const> reductions() const noexcept { return reductions_; }
  const reduction& reduction_of(const instruction& fold) const noexcept {
    return *reductions_[fold_immediate::unpack(fold.immediate).reduction];
  }
  std::span<const value_id> space_of(const instruction& fold) const noexcept {
    return spaces_[fold_immediate::unpack(fold.immediate).space];
  }

  const joining& joining_of(const instruction& join) const noexcept { return *joinings_[join_immediate::unpack(join.immediate).joining]; }
  /// The joining that a fold is a state of, or null.
  const joining* joining_of_state(const instruction& fold) const noexcept {
    const std::uint8_t number = fold_immediate::unpack(fold.immediate).joining;
    return number == 0 ? nullptr : joinings_[number - 1];
  }

  const constant_table& table_of(const instruction& lookup) const noexcept { return *tables_[lookup.immediate]; }

  /// Keeps what the stores need; values are renumbered in the same order.
  program without_dead_code() const& { return program(*this).without_dead_code(); }
  program without_dead_code() &&;

  /// One instruction a line: `%4 = max f32 %3 %2`, `%7 = fold sum all f32 %4 over %0 %1`, `%8 = lookup sixths f64 %5`,
  /// `store 0 %4`.
  std::string text() const;

  /// Reads the printed form. Throws formula_error naming the line that cannot be read.
  /// What programs refer to by address is found by name: functions that give the reduction or table of a name and type,
  /// or null.
  struct names {
    const onepass::reduction* (*reduction)(std::string_view name, dtype type) = nullptr;
    const constant_table* (*table)(std::string_view name, dtype type) = nullptr;
    const onepass::joining* (*joining)(std::string_view name) = nullptr;
  };
  static program parse(std::string_view text, const names& known);
  static program parse(std::string_view text) { return parse(text, names()); }

  bool operator==(const program& other) const noexcept {
    return instructions_ == other.instructions_ && reductions_ == other.reductions_ && spaces_ == other.spaces_ && tables_ == other.tables_ &&
           joinings_ == other.joinings_;
  }

 private:
  instruction made_fold(opcode code, const reduction& how, axis_set over, bool keepdims, value_id operand, std::vector<value_id> space);
  std::uint16_t space_index(std::vector<value_id> space);
  std::uint8_t joining_index(const joining& how);
  value_id without_axes(value_id value);
  value_id intern(const instruction& added);
  bool is_indexed() const noexcept;
  void index_all();

  std::vector<instruction> instructions_;
  std::vector<value_id> index_;  ///< open addressing; an entry is an id plus one, 0 is free
  std::size_t indexed_ = 0;      ///< instructions that the index knows; the others are entered when it is needed
  std::vector<const reduction*> reductions_;
  std::vector<std::vector<value_id>> spaces_;
  std::vector<const constant_table*> tables_;
  std::vector<const joining*> joinings_;
  std::vector<value_id> row_space_;
  axis_set row_axes_;
  bool row_keepdims_ = true;
};

/// The bits of the result of `code` on literals, by the scalar interpretation. `operand_type` is the type of the
/// operands (of the second and third one for `select`).
std::uint64_t evaluate_literals(const instruction& what, dtype operand_type, const std::uint64_t (&bits)[3]);

/// The exact rule that replaces `added`, if there is one: an existing value or a simpler instruction.
struct simplification {
  enum class outcome : std::uint8_t { unchanged, value, replaced } what = outcome::unchanged;
  value_id value = 0;
  instruction replacement{};
};
simplification simplify(const program& context, const instruction& added);

}  // namespace onepass
