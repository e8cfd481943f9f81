// Reductions as somebody would write them without the library, compiled with -O3 -ffast-math: free to join in any
// order. Beside plain loops stand Eigen's, where it is installed. These are the references of reductions.cpp.
#pragma once

#include <cstddef>

namespace free_order {

float sum(const float* a, std::size_t n);
float dot(const float* a, const float* b, std::size_t n);
float squared_distance(const float* a, const float* b, std::size_t n);
float max(const float* a, std::size_t n);

/// The sum, the largest element and the sum of squares, in one loop.
void three(const float* a, std::size_t n, float* to);

namespace eigen {

float sum(const float* a, std::size_t n);
float dot(const float* a, const float* b, std::size_t n);
float squared_distance(const float* a, const float* b, std::size_t n);
float max(const float* a, std::size_t n);

}  // namespace eigen
}  // namespace free_order
