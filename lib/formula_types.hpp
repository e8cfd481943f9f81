// A formula whose names have types: what every node yields, in which type its user takes it, and the program of it all.
//
// All of it follows from the tree and from what each name is (an array of a type, or a number of one), not from shapes
// or from the values of numbers; so it is found once and used again for other arrays and other numbers.
// A node made of numbers alone is a number: it becomes, where an array meets it, one scalar argument of the program.
// This file must not know how text is read, or how programs run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <onepass/array/extents.hpp>

#include "formula_parser.hpp"

namespace onepass {

/// What a name is bound to, as far as types depend on it.
struct name_role {
  dtype type;
  bool is_number;

  bool operator==(const name_role&) const = default;
};

class typed_formula {
 public:
  /// `text` and `tree` must outlive this object. Throws type_error if an operation does not take its operands.
  typed_formula(const formula_text& text, const formula_tree& tree, std::span<const name_role> roles);

  /// Of the result's elements.
  dtype type() const { return nodes_.back().type; }

  /// The shape of the result, given the shape of each name that is an array, and the axes of everything that names some,
  /// in the order in which they are traced. Throws shape_error and value_error.
  extents shape(std::span<const extents> of_names, std::vector<axis_set>& axes) const;

  /// Fills in the program's scalar arguments, given the number that each name is. Throws value_error.
  void scalars(std::span<const number> of_names, std::vector<std::uint64_t>& bits) const;

  /// Writes the program down: the arrays among the names are leaves, first to last; leaf i is operand slots[i], and the
  /// result the operand behind them. The axes follow the leaves in `slots`.
  void trace(program& written, const std::uint32_t* slots) const;

 private:
  struct typed_node {
    dtype type;               ///< of its elements
    dtype taken_as;           ///< what its user takes them for
    bool is_number;           ///< made of numbers alone
    dtype read_as = type;     ///< what a name's elements are in memory
    std::int32_t scalar = -1;  ///< the scalar argument that a number is, if it meets an array
    const operation_case* operation = nullptr;
    const reduction_case* reduction = nullptr;
  };
  /// A scalar argument: a number, and the type that it takes for its user.
  struct argument {
    std::uint32_t node;
    dtype type;
    std::uint32_t user;
  };

  void type_operation(const formula_node& node, typed_node& made);
  void type_reduction(const formula_node& node, typed_node& made);
  dtype meeting_type(const formula_node& node) const;
  const operation_case* case_for(const formula_node& node, dtype numeric) const;
  [[noreturn]] void fail_case(const formula_node& node, dtype numeric) const;
  void take_operands(const formula_node& node, typed_node& made);
  void make_argument(std::uint32_t node, dtype type, std::uint32_t user);
  bool same_number(std::uint32_t a, std::uint32_t b) const;
  void shape_operation(const formula_node& node, const typed_node& typed, std::vector<extents>& stack, std::vector<axis_set>& axes) const;
  axis_set shape_reduction(const formula_node& node, bool empty_allowed, extents& shape) const;
  number apply_node(std::uint32_t node, const std::vector<number>& values) const;

  const formula_text& text_;
  const formula_tree& tree_;
  std::vector<typed_node> nodes_;
  std::vector<argument> arguments_;
  std::vector<std::uint32_t> leaves_;  ///< of each name, if it is an array
  std::uint32_t leaf_count_ = 0;
};

}  // namespace onepass
