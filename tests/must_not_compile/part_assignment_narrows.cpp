// Assignment to a part converts as little as assignment to an array.
// says: onepass: the expression has another element type; use cast
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  a(op::slice(0, 1)) = d + 0;
#else
  a(op::slice(0, 1)) = op::cast<float>(d);
#endif
}
