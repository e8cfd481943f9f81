// Fast-math breaks the promise of equal bits, so it is refused.
// says: onepass: this translation unit is compiled with fast-math
// flags: -ffast-math
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  a = a + 1;
#else
  a = a + 1;
#endif
}
