// The machine: instruction sets, caches, processors. Read once, from CPUID and the operating system.
#pragma once

#include <cstddef>

#include <onepass/core/isa.hpp>

namespace onepass {

struct machine {
  isa detected;
  isa active;  ///< detected, capped by ONEPASS_ISA
  std::size_t l1_bytes, l2_bytes, l3_bytes;
  int threads;

  /// The instruction set to use under a cap.
  isa under(isa cap) const noexcept { return cap == isa::automatic || cap > active ? active : cap; }
};

/// Throws value_error if ONEPASS_ISA is set to something unknown.
const machine& this_machine();

}  // namespace onepass
