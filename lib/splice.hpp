// Putting one program into another, as a combine program is put where elements are joined.
#pragma once

#include <vector>

#include <onepass/ir/program.hpp>

namespace onepass {

/// Appends a program's instructions to another. input(instruction) gives the value of each of its inputs,
/// store(instruction, value) takes each of its results. Its folds become what they fold.
template <class Input, class Store>
void append_all(program& to, const program& from, Input&& input, Store&& store) {
  std::vector<value_id> renamed(from.size());
  for (value_id v = 0; v < from.size(); ++v) {
    instruction copy = from[v];
    for (int i = 0; i < facts_of(copy.code).arity; ++i) copy.operands[i] = renamed[copy.operands[i]];
    switch (copy.code) {
      case opcode::input:
        renamed[v] = input(copy);
        break;
      case opcode::store:
        store(from[v], copy.operands[0]);
        break;
      case opcode::fold:
        renamed[v] = copy.operands[0];  // what is folded; its store knows the fold
        break;
      case opcode::lookup:
        renamed[v] = to.lookup(from.table_of(copy), copy.operands[0]);
        break;
      case opcode::literal:
        renamed[v] = to.literal(copy.type, copy.immediate);
        break;
      case opcode::scalar:
        renamed[v] = to.scalar(static_cast<std::uint32_t>(copy.immediate), copy.type);
        break;
      default:
        renamed[v] = to.append(copy);
    }
  }
}

/// The join of two values.
inline value_id joined(program& to, const reduction& how, value_id earlier, value_id later) {
  value_id result = earlier;
  append_all(to, *how.combine, [&](const instruction& input) { return input.immediate == 0 ? earlier : later; },
             [&](const instruction&, value_id stored) { result = stored; });
  return result;
}

}  // namespace onepass
