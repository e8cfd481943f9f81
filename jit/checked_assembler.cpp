// Remembering valid forms.
#include "checked_assembler.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace onepass::jit {

namespace {

/// The forms that have passed: a table of hashes that only fills. When it is full, new forms are validated each time.
constexpr std::size_t most_forms = 4096;
constinit std::atomic<std::uint64_t> valid_forms[most_forms]{};

std::atomic<std::uint64_t>* find_form(std::uint64_t form) noexcept {
  for (std::size_t i = 0; i < 32; ++i) {
    std::atomic<std::uint64_t>& entry = valid_forms[(form + i) % most_forms];
    const std::uint64_t known = entry.load(std::memory_order_relaxed);
    if (known == 0 || known == form) return &entry;
  }
  return nullptr;
}

}  // namespace

asmjit::Error checked_assembler::_emit(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1, const asmjit::Operand_& o2,
                                       const asmjit::Operand_* rest) {
  constexpr std::size_t most_operands = asmjit::Globals::kMaxOpCount;
  const auto signature = [](const asmjit::Operand_& operand) -> std::uint64_t { return operand.signature().bits(); };
  // Odd constants with bits all over; the products do not wait for each other.
  std::uint64_t form = (static_cast<std::uint64_t>(code) << 32 | extraReg().signature().bits()) * 0x9e3779b97f4a7c15ull;
  form ^= (static_cast<std::uint64_t>(instOptions()) << 32 | signature(o0)) * 0xd6e8feb86659fd93ull;
  form ^= (signature(o1) << 32 | signature(o2)) * 0xa0761d6478bd642full;
  if (!rest[0].isNone()) form ^= (signature(rest[0]) << 32 | signature(rest[1])) * 0xe7037ed1a0b428dbull ^ signature(rest[2]) * 0x8ebc6af09c88c6e3ull;
  form ^= form >> 32;
  form |= 1;  // 0 is a free entry

  std::atomic<std::uint64_t>* const entry = find_form(form);
  if (entry == nullptr || entry->load(std::memory_order_relaxed) != form) {
    asmjit::Operand_ operands[most_operands] = {o0, o1, o2, rest[0], rest[1], rest[2]};
    std::size_t count = 0;
    while (count < most_operands && !operands[count].isNone()) ++count;
    const asmjit::BaseInst instruction(code, instOptions(), extraReg());
    if (const asmjit::Error error = asmjit::InstAPI::validate(arch(), instruction, operands, count)) {
      resetInstOptions();
      resetExtraReg();
      return reportError(error);
    }
    std::uint64_t free = 0;
    if (entry != nullptr) entry->compare_exchange_strong(free, form, std::memory_order_relaxed);
  }
  return asmjit::x86::Assembler::_emit(code, o0, o1, o2, rest);
}

}  // namespace onepass::jit
