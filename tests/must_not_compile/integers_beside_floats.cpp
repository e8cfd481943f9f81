// Integer and float arrays meet only through a cast.
// says: onepass: operands of these element types do not meet
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  a = a + i;
#else
  a = a + op::cast<float>(i);
#endif
}
