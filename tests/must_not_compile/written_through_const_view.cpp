// Memory that is const is not written.
// says: deleted|no match for|no viable overloaded|discards qualifiers|assignment of
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  const float f[2] = {};
  op::borrow(f, {2}) = a + 1;
#else
  float f[2] = {};
  op::borrow(f, {2}) = a + 1;
#endif
}
