// The quick ways: warm calls of the simplest case, an expression whose operands and result are gapless and of one shape,
// small enough for one thread. A few comparisons with what the site of the expression remembers, then the loop.
// Everything else, and every first time, goes to the core, which then leaves here what the next call needs.
#pragma once

#include <onepass/run/evaluation.hpp>

#include "prepared.hpp"

namespace onepass {

/// After an evaluation: leaves at the site what the same call can use without coming here again. `kernels` are those of
/// the first pass, planned as `first`.
void remember_quick(const options& how, const request& what, std::span<const std::uint32_t> slots, const prepared_cut& cut, const plan& first,
                    const pass_kernels& kernels);

}  // namespace onepass
