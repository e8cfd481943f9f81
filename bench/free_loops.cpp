#include "free_loops.hpp"

#include <limits>

#include <Eigen/Core>

namespace free_order {

float sum(const float* a, std::size_t n) {
  float total = 0;
  for (std::size_t i = 0; i < n; ++i) total += a[i];
  return total;
}

float dot(const float* a, const float* b, std::size_t n) {
  float total = 0;
  for (std::size_t i = 0; i < n; ++i) total += a[i] * b[i];
  return total;
}

float squared_distance(const float* a, const float* b, std::size_t n) {
  float total = 0;
  for (std::size_t i = 0; i < n; ++i) total += (a[i] - b[i]) * (a[i] - b[i]);
  return total;
}

float max(const float* a, std::size_t n) {
  float largest = std::numeric_limits<float>::lowest();
  for (std::size_t i = 0; i < n; ++i) largest = a[i] > largest ? a[i] : largest;
  return largest;
}

void three(const float* a, std::size_t n, float* to) {
  float total = 0, largest = std::numeric_limits<float>::lowest(), squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    total += a[i];
    largest = a[i] > largest ? a[i] : largest;
    squares += a[i] * a[i];
  }
  to[0] = total;
  to[1] = largest;
  to[2] = squares;
}

namespace eigen {

using array_of = Eigen::Map<const Eigen::ArrayXf>;

array_of elements(const float* a, std::size_t n) { return {a, static_cast<Eigen::Index>(n)}; }

float sum(const float* a, std::size_t n) { return elements(a, n).sum(); }
float dot(const float* a, const float* b, std::size_t n) { return elements(a, n).matrix().dot(elements(b, n).matrix()); }
float squared_distance(const float* a, const float* b, std::size_t n) { return (elements(a, n) - elements(b, n)).square().sum(); }
float max(const float* a, std::size_t n) { return elements(a, n).maxCoeff(); }

}  // namespace eigen
}  // namespace free_order
