// What formulas can call: every operation and reduction of the registry, for every combination of element types.
//
// An entry is a function that runs the operation's body on traced values; so an operation that is added to its family's
// list can be called by name without another word. Numbers that meet numbers alone are computed here too, by the same
// bodies on literals. This file must not know text, trees or arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <onepass/ir/program.hpp>

namespace onepass {

/// An operation on operands of certain element types.
struct operation_case {
  static constexpr int most_operands = 3;

  int count;
  dtype operands[most_operands];
  dtype result;
  value_id (*run)(program& written, const value_id* operands);
};

struct formula_operation {
  std::string_view name;
  bool on_rows;
  bool reduces;        ///< of rows, only one element is left
  bool empty_allowed;  ///< a row may have no elements
  std::vector<operation_case> cases;

  /// The case of these element types, or null.
  const operation_case* find(std::span<const dtype> types) const;
  int fewest_operands() const;
  int most_operands() const;
};

/// A reduction of elements of one type.
struct reduction_case {
  dtype type;
  const reduction& (*how)();
  value_id (*join)(program& written, value_id earlier, value_id later);
};

struct formula_reduction {
  std::string_view name;
  std::vector<reduction_case> cases;

  const reduction_case* find(dtype type) const;
  /// The type in which elements of an array of `type` are joined.
  dtype joined_in(dtype type) const { return joined[static_cast<int>(type)]; }

  dtype joined[dtype_count];
};

/// The operation or reduction of that name, or null.
const formula_operation* find_operation(std::string_view name);
const formula_reduction* find_reduction(std::string_view name);

/// The names of all operations and reductions.
std::span<const std::string_view> callable_names();

/// A number of a formula: written in the text, bound to a name, or computed from such. As long as no array says which
/// type it has, an integer is an i32, though one that is written or bound may be larger.
struct number {
  dtype type = dtype::i32;
  std::int64_t integer = 0;  ///< of truth values too
  double floating = 0;

  /// The bits of the number as an element; a floating number is rounded. Throws value_error if an integer does not fit.
  /// Precondition: `to` is a floating type if this is a floating number.
  std::uint64_t bits_as(dtype to) const;
};

/// The operation on numbers. Throws value_error if integers leave i32.
number apply(const formula_operation& what, const operation_case& how, const number* operands);

/// The reduction over one number.
number reduce(const reduction_case& how, const number& only);

}  // namespace onepass
