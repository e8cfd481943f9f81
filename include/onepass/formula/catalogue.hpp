// What there is to call: every operation and reduction of the registry as a row of words, for a page and for a terminal.
// Made from what the bodies really take. This file must not know how rows are laid out.
#pragma once

#include <string>
#include <vector>

namespace onepass {

/// One name with one number of operands.
struct catalogue_row {
  std::string name;
  std::string kind;  ///< "elements", "rows" or "reduction"
  int operands;
  std::string takes;      ///< "numbers", "bool; any, any"
  std::string yields;     ///< "same", "bool"
  std::string laws;       ///< "odd, monotone"; none as far as is stated: empty
  std::string error_f32;  ///< the largest, in units of the last place; empty if results are exact or round once
  std::string error_f64;

  /// The fields in this order, and what they are called.
  std::vector<std::string> fields() const;
  static std::vector<std::string> titles();
};

/// In the order of the registry, operations first.
std::vector<catalogue_row> catalogue();

}  // namespace onepass
