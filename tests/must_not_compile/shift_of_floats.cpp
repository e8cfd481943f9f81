// Floating numbers have no bits to shift.
// says: operation_on<onepass::shift_left_op, float, float>
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<std::int32_t> i) {
#if defined(MUST_NOT_COMPILE)
  a = a << 1;
#else
  i = i << 1;
#endif
}
