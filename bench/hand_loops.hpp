// What somebody would write without the library, compiled for the machine at hand: the references of the comparisons.
#pragma once

#include <cstddef>

namespace hand {

/// y = relu(a * w) + b, as a plain loop that the compiler vectorizes.
void relu_affine(const float* a, const float* w, const float* b, float* y, std::size_t n);

/// The sum in whatever order is fastest: eight vector accumulators.
float sum(const float* a, std::size_t n);

}  // namespace hand
