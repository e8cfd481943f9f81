// What a program computes for rare cases only.
//
// The second operand of `rarely` matters where its condition holds. What leads to that operand and nowhere else is the
// region of the instruction: engines skip it if the condition holds for none of the elements at hand. Regions nest.
#pragma once

#include <vector>

#include <onepass/ir/program.hpp>

namespace onepass {

/// For each instruction the `rarely` whose region it is in, or its own number if it is in none. Instructions that stand
/// before the condition are in no region: whether to skip them is not known yet.
std::vector<value_id> rare_regions(const program& code);

}  // namespace onepass
