// The steps of the interpreter: one instruction on many elements. Built for several instruction sets, so this file
// holds plain data only: nothing whose machine code could be shared between them.
#pragma once

#include <cstddef>

#include <onepass/core/dtype.hpp>
#include <onepass/ir/instruction.hpp>

namespace onepass {

/// Where a step reads: element i at data[i & index_mask]. A constant is a few copies of itself and a small mask.
struct step_input {
  const void* data;
  std::size_t index_mask;
};

/// Copies of a constant; one more than the largest index that its mask lets through.
inline constexpr std::size_t constant_lanes = 64;

/// to[i] = f(from[0][i], ...) for i < n.
using step_function = void (*)(void* to, const step_input* from, std::size_t n);

/// The step of an instruction by the type of its (last) operand and of its result; null if there is none.
step_function find_step_baseline(opcode code, dtype operand, dtype result);
step_function find_step_avx2(opcode code, dtype operand, dtype result);
step_function find_step_avx512(opcode code, dtype operand, dtype result);

}  // namespace onepass
