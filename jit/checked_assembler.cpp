// Remembering valid forms.
#include "checked_assembler.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace onepass::jit {

namespace {

/// The forms that have passed, by their hashes: each in one of the places that follow the one it belongs to. The table
/// only fills; when there is no place left, forms are validated each time.
constexpr std::size_t most_forms = 4096, places = 32;
constinit std::atomic<std::uint64_t> valid_forms[most_forms]{};

std::atomic<std::uint64_t>& place_of(std::uint64_t form, std::size_t i) noexcept { return valid_forms[(form + i) % most_forms]; }
bool is_at(std::uint64_t form, std::size_t i) noexcept { return place_of(form, i).load(std::memory_order_relaxed) == form; }

bool is_known(std::uint64_t form) noexcept {
  for (std::size_t i = 0; i < places; ++i) {
    if (is_at(form, i)) return true;
  }
  return false;
}

void remember(std::uint64_t form) noexcept {
  for (std::size_t i = 0; i < places; ++i) {
    std::uint64_t free = 0;
    if (place_of(form, i).compare_exchange_strong(free, form, std::memory_order_relaxed) || free == form) return;
  }
}

}  // namespace

inline std::uint64_t checked_assembler::form_of(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1,
                                                const asmjit::Operand_& o2, const asmjit::Operand_* rest) const {
  const auto signature = [](const asmjit::Operand_& operand) -> std::uint64_t { return operand.signature().bits(); };
  // Odd constants with bits all over; the products do not wait for each other.
  const std::uint64_t is_first = extraReg().id() == 0;  // k0 is no mask
  std::uint64_t form = (is_first << 63 | static_cast<std::uint64_t>(code) << 32 | extraReg().signature().bits()) * 0x9e3779b97f4a7c15ull;
  form ^= (static_cast<std::uint64_t>(instOptions()) << 32 | signature(o0)) * 0xd6e8feb86659fd93ull;
  form ^= (signature(o1) << 32 | signature(o2)) * 0xa0761d6478bd642full;
  if (!rest[0].isNone()) form ^= (signature(rest[0]) << 32 | signature(rest[1])) * 0xe7037ed1a0b428dbull ^ signature(rest[2]) * 0x8ebc6af09c88c6e3ull;
  return (form ^ form >> 32) | std::uint64_t{1} << 63;  // 0 is a free place
}

asmjit::Error checked_assembler::_emit(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1, const asmjit::Operand_& o2,
                                       const asmjit::Operand_* rest) {
  if (!is_at(form_of(code, o0, o1, o2, rest), 0)) return emit_checked(code, o0, o1, o2, rest);
  return asmjit::x86::Assembler::_emit(code, o0, o1, o2, rest);
}

asmjit::Error checked_assembler::emit_checked(asmjit::InstId code, const asmjit::Operand_& o0, const asmjit::Operand_& o1,
                                              const asmjit::Operand_& o2, const asmjit::Operand_* rest) {
  const std::uint64_t form = form_of(code, o0, o1, o2, rest);
  if (!is_known(form)) {
    const asmjit::Operand_ operands[] = {o0, o1, o2, rest[0], rest[1], rest[2]};
    std::size_t count = 0;
    while (count < std::size(operands) && !operands[count].isNone()) ++count;
    if (const asmjit::Error error = asmjit::InstAPI::validate(arch(), asmjit::BaseInst(code, instOptions(), extraReg()), operands, count)) {
      resetInstOptions();
      resetExtraReg();
      return reportError(error);
    }
    remember(form);
  }
  return asmjit::x86::Assembler::_emit(code, o0, o1, o2, rest);
}

}  // namespace onepass::jit
