// Truth values are counted after a cast only.
// says: onepass: the reduction does not take operands of this element type
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  op::evaluate(op::sum(truth));
#else
  a(0) = op::evaluate(op::sum(op::cast<float>(truth)));
#endif
}
