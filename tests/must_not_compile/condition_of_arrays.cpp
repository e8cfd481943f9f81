// A comparison of arrays is an array of truth values, not a condition.
// says: could not convert|not contextually convertible|no viable conversion|conversion from
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  if (a < d) a = a + 1;
#else
  if (op::evaluate(op::max(a)) < 1) a = a + 1;
#endif
}
