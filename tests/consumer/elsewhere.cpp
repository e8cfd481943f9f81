// A second translation unit with the same expression: headers may be included anywhere.
#include <onepass/onepass.hpp>

onepass::array<float> elsewhere(const onepass::array<float>& a, const onepass::array<float>& b) {
  return onepass::relu(a * b) + onepass::exp(-a);
}
