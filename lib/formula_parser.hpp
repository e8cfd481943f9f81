// Reading a formula: from text to a list of nodes.
//
//   expression  sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]        comparisons do not chain
//   sum         product {("+" | "-") product}
//   product     unary {("*" | "/") unary}
//   unary       ("-" | "+") unary | primary
//   primary     number | name | call | "(" expression ")"
//   call        name "(" [expression {"," expression}] {"," ("axis" | "keepdims") "=" value} ")"
//
// A node comes after its operands, so whoever works on the list goes through it once and never recurses; only the
// parser itself does, and counts how deep. Infix operators are operations by the names that the registry gives them.
// This file must not know what anything is bound to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formula_operations.hpp"
#include "formula_text.hpp"

namespace onepass {

struct formula_node {
  enum class form : std::uint8_t { number, name, operation, reduction };

  form what;
  std::uint8_t count = 0;  ///< of operands
  bool has_axis = false;
  bool keepdims = false;
  int axis = -1;
  std::uint32_t place = 0;
  std::uint32_t name = 0;  ///< index into the tree's names
  std::uint32_t operands[operation_case::most_operands] = {};
  number value{};
  const formula_operation* operation = nullptr;
  const formula_reduction* reduction = nullptr;
};

/// What was read. The last node is the whole formula.
struct formula_tree {
  static constexpr int deepest = 256;             ///< parentheses, calls and signs inside each other
  static constexpr std::size_t most_names = 1000;
  static constexpr std::size_t most_operations = 10000;
  static constexpr std::size_t most_folds = 1000;  ///< reductions and operations on rows

  std::vector<formula_node> nodes;
  std::vector<std::string> names;          ///< in the order in which they first appear
  std::vector<std::uint32_t> name_places;  ///< where they do
};

/// Reads a formula. Throws formula_error for text that is none, or that exceeds a limit.
formula_tree parse_formula(const formula_text& text);

}  // namespace onepass
