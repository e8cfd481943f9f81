// What a call site may do on its own next time: the limits of the fused loop, and kernels for the simplest case.
#pragma once

#include <onepass/run/evaluation.hpp>

#include "prepared.hpp"

namespace onepass {

/// After an evaluation: leaves at the site what the same call can use without coming here again. `kernels` are those of
/// the first pass, planned as `first`.
void remember_quick(const options& how, const request& what, std::span<const std::uint32_t> slots, const prepared_cut& cut, const plan& first,
                    const pass_kernels& kernels);

/// Which operands are the same array, as one word: for each of the first 16 operands the number of the first that is
/// the same, four bits each.
std::uint64_t sharing_of(std::span<const std::uint32_t> slots);

}  // namespace onepass
