// The door to code generation: a stage program in, machine code out. Everything behind it belongs to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <onepass/core/isa.hpp>
#include <onepass/ir/program.hpp>
#include <onepass/plan/kernel.hpp>

namespace onepass::jit {

/// What a kernel is compiled for, beside its program.
struct target {
  isa set;                      ///< avx2 or avx512
  std::vector<bool> stays;      ///< for each array operand that is read: the same element for all columns
  bool streaming = false;       ///< results are written past the caches
  std::vector<bool> ahead = {};  ///< for each of them: its lines are asked for early; none, if it is empty

  bool operator==(const target&) const = default;
};

/// Machine code, not yet executable, position independent; or why there is none.
struct machine_code {
  std::vector<std::byte> bytes;
  std::string refusal;          ///< empty if there is code
  std::string listing;          ///< assembly with the instructions of the program, if it was asked for
};

/// Compiles a stage program. Never throws but std::bad_alloc: what cannot be compiled is refused.
machine_code compile(const program& code, const target& for_what, bool with_listing = false);

}  // namespace onepass::jit
