// What the machine offers and what the library makes of it.
#pragma once

#include <cstddef>
#include <string>

#include <onepass/core/isa.hpp>

namespace onepass {

/// See capabilities().
struct machine_capabilities {
  std::string version;          ///< of the library
  onepass::isa detected;        ///< the best instruction set of this machine that code is made for
  onepass::isa active;          ///< the same, capped by the environment variable ONEPASS_ISA
  onepass::isa translation_unit;  ///< what the calling translation unit is compiled for
  std::size_t l1_bytes, l2_bytes, l3_bytes;  ///< data caches: per core, per core, shared
  int threads;                  ///< processors that this process may run on
  bool can_generate_code;       ///< machine code can be made and run here
  std::string why_not;          ///< if not, why
  std::size_t kernels;          ///< compiled so far
  std::size_t kernel_bytes;     ///< their machine code

  /// One fact a line.
  std::string text() const;
};

/// Throws value_error if ONEPASS_ISA is set to something unknown.
machine_capabilities capabilities_of(isa translation_unit);

inline namespace ONEPASS_TARGET {

/// Facts about this machine, this process and this translation unit.
inline machine_capabilities capabilities() { return capabilities_of(target_isa); }

}  // namespace ONEPASS_TARGET
}  // namespace onepass
