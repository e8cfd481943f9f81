// A floating number does not follow an integer array.
// says: onepass: a floating number beside integer arrays
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  i = i * 0.5;
#else
  i = i * 2;
#endif
}
