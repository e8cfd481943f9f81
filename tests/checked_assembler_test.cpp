// Strict validation: what is no instruction is refused, whether or not anything like it was emitted before.
#include "checked_assembler.hpp"

#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

struct CheckedAssembler : ::testing::Test {
  CheckedAssembler() {
    holder.init(asmjit::Environment::host());
    holder.attach(&checked);
    other_holder.init(asmjit::Environment::host());
    other_holder.attach(&strict);
    strict.addDiagnosticOptions(asmjit::DiagnosticOptions::kValidateAssembler);
  }

  asmjit::CodeHolder holder, other_holder;
  jit::checked_assembler checked;
  x86::Assembler strict;  ///< AsmJit's own
};

TEST_F(CheckedAssembler, RefusesEveryTimeWithTheErrorOfAsmJit) {
  const auto refuses = [this](auto emit) {
    const asmjit::Error error = emit(strict);
    EXPECT_NE(error, asmjit::kErrorOk);
    const std::size_t before = checked.offset();
    for (int time = 0; time < 3; ++time) EXPECT_EQ(emit(checked), error);
    EXPECT_EQ(checked.offset(), before);
  };
  for (int round = 0; round < 2; ++round) {
    refuses([](auto& to) { return to.mov(x86::eax, x86::al); });
    refuses([](auto& to) { return to.emit(inst::kIdVaddps, x86::zmm1, x86::ymm2, x86::zmm3); });
    refuses([](auto& to) { return to.emit(inst::kIdVaddps, x86::zmm1, x86::zmm2); });
    refuses([](auto& to) { return to.emit(inst::kIdVpternlogd, x86::zmm1, x86::zmm2, x86::zmm3); });
    refuses([](auto& to) { return to.k(x86::k0).vaddps(x86::zmm1, x86::zmm2, x86::zmm3); });
    refuses([](auto& to) { return to.rn_sae().vandps(x86::zmm1, x86::zmm2, x86::zmm3); });
    refuses([](auto& to) { return to.rn_sae().vaddps(x86::zmm1, x86::zmm2, x86::ptr(x86::rax)); });
    // Valid ones between the rounds: they are remembered, those above must not be.
    EXPECT_EQ(checked.vaddps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
    EXPECT_EQ(checked.rn_sae().vaddps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
    EXPECT_EQ(checked.k(x86::k1).vaddps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
    EXPECT_EQ(checked.k(x86::k1).z().vmovups(x86::zmm1, x86::ptr(x86::rax)), asmjit::kErrorOk);
    EXPECT_EQ(checked.mov(x86::eax, x86::ecx), asmjit::kErrorOk);
  }
}

TEST_F(CheckedAssembler, WhatWasRefusedLeavesNoOptionsBehind) {
  EXPECT_NE(checked.rn_sae().k(x86::k1).vandps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
  const std::size_t before = checked.offset();
  EXPECT_EQ(checked.vaddps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
  EXPECT_EQ(strict.vaddps(x86::zmm1, x86::zmm2, x86::zmm3), asmjit::kErrorOk);
  ASSERT_EQ(checked.offset() - before, strict.offset());
  EXPECT_EQ(std::memcmp(checked.bufferData() + before, strict.bufferData(), strict.offset()), 0);
}

}  // namespace
}  // namespace onepass::testing
