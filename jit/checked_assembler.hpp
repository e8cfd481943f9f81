// AsmJit's assembler with its strict validation, once for every form of instruction.
//
// What can be wrong about an instruction is its form: which operands, of which kinds and sizes, masked how, rounding
// how. Offsets and register numbers, but for k0 as a mask, cannot make a valid form invalid. So a form that has passed
// is remembered for the whole process, and code like code that was made before costs no validation (measured: a third
// of the time of emitting). Knows nothing of what is being compiled.
#pragma once

#include <cstdint>

#include <asmjit/x86.h>

namespace onepass::jit {

class checked_assembler final : public asmjit::x86::Assembler {
 public:
  using asmjit::x86::Assembler::Assembler;

  asmjit::Error _emit(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1, const asmjit::Operand_& o2,
                      const asmjit::Operand_* rest) override;

 private:
  /// The hash of what can be wrong; never 0.
  std::uint64_t form_of(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1, const asmjit::Operand_& o2,
                        const asmjit::Operand_* rest) const;
  /// For a form that is not found at once. Apart, so that what nearly always happens saves no registers.
  [[gnu::noinline]] asmjit::Error emit_checked(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1,
                                               const asmjit::Operand_& o2, const asmjit::Operand_* rest);
};

}  // namespace onepass::jit
