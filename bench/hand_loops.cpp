#include "hand_loops.hpp"

namespace hand {

void relu_affine(const float* a, const float* w, const float* b, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float product = a[i] * w[i];
    y[i] = (product > 0 ? product : 0) + b[i];
  }
}

float sum(const float* a, std::size_t n) {
  constexpr std::size_t lanes = 16;
  typedef float vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));
  vector held[8] = {};
  std::size_t i = 0;
  for (; i + 8 * lanes <= n; i += 8 * lanes) {
    for (std::size_t k = 0; k < 8; ++k) held[k] += *reinterpret_cast<const vector*>(a + i + k * lanes);
  }
  for (std::size_t k = 1; k < 8; ++k) held[0] += held[k];
  float total = 0;
  for (std::size_t k = 0; k < lanes; ++k) total += held[0][k];
  for (; i < n; ++i) total += a[i];
  return total;
}

}  // namespace hand
