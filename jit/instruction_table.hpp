// Which single machine instruction does an instruction of a program, for each element type and instruction set.
//
// What is in the table needs no code of its own; what is not (bytes do not multiply, AVX2 has few instructions on 64-bit
// integers) is a sequence in one of the lowering files. Knows instructions, neither values nor registers.
#pragma once

#include <cstddef>
#include <cstdint>

#include <asmjit/x86.h>

#include <onepass/core/isa.hpp>
#include <onepass/ir/instruction.hpp>

namespace onepass::jit {

/// What the encoding of a floating instruction has to say on AVX-512, so that the environment does not matter.
enum class care : std::uint8_t {
  none,    ///< neither rounds nor raises exceptions
  quiet,   ///< raises no exceptions
  rounds,  ///< rounds to nearest, and raises none
};

/// One machine instruction for each instruction set, 0 where there is none.
struct machine_form {
  asmjit::InstId avx2 = 0, avx512 = 0;
  std::int16_t immediate = -1;
  care with = care::none;

  asmjit::InstId code(isa set) const { return set == isa::avx512 ? avx512 : avx2; }
};

/// The form of an instruction on elements of a type (comparisons: of their operands). Shifts are those by a count for
/// each lane.
const machine_form& form_of(opcode code, dtype type);

/// A shift of all lanes by the same immediate count.
const machine_form& immediate_shift(opcode code, dtype type);

/// Conversion between two types; from floating to i32 it truncates.
const machine_form& conversion_form(dtype from, dtype to);

/// Integers of `from` bytes as wider ones of `to` bytes.
asmjit::InstId extension(std::size_t from, std::size_t to, bool is_signed);

/// Equality and signed order of integers as all bits of a lane, AVX2.
asmjit::InstId lanes_equal(std::size_t bytes);
asmjit::InstId lanes_greater(std::size_t bytes);

}  // namespace onepass::jit
