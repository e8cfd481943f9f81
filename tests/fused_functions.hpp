// Functions as typed expressions, one table for each instruction set that fused_functions.cpp is compiled for: what the
// fused engine runs has to be compiled, and calls of the other engines cost least this way.
#pragma once

#include <span>
#include <string_view>

#include <onepass/core/dtype.hpp>
#include <onepass/run/options.hpp>

namespace onepass::testing {

/// A function on elements of one type: y = f(x[0], ...), where x points to as many array<T> as there are operands, and y to one.
struct fused_function {
  std::string_view name;
  int operands;
  dtype type;
  void (*evaluate)(const options& how, const void* x, void* y);
};

std::span<const fused_function> fused_functions_avx2();
std::span<const fused_function> fused_functions_avx512();

}  // namespace onepass::testing
