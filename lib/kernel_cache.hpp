// All kernels that were made, by what they compute: found again by any expression and by formulas.
//
// A lookup takes a lock and compares programs; call sites remember what they found, so a warm call comes here never.
// Kernels live as long as the process.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <onepass/ir/program.hpp>
#include <onepass/plan/kernel.hpp>

#include "compiler.hpp"

namespace onepass {

struct cache_statistics {
  std::size_t kernels = 0;
  std::size_t code_bytes = 0;
};

/// A kernel, and if it had to be interpreted although it should have been compiled, why.
struct made_kernel {
  kernel code;
  std::string refusal;
};

/// Machine code for a stage program; the interpreter, and the reason, if that is refused.
made_kernel compiled_kernel(const program& code, const jit::target& for_what);

/// The interpreter for a stage program.
kernel interpreted_kernel(const program& code, isa set);

cache_statistics kernel_statistics();

}  // namespace onepass
