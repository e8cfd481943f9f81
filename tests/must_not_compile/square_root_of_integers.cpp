// An operation says which element types it takes.
// says: operation_on<onepass::sqrt_op, int>
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  i = op::sqrt(i);
#else
  a = op::sqrt(a);
#endif
}
