// There is no largest truth value: any() says whether one is true.
// says: onepass: the reduction does not take operands of this element type
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  op::evaluate(op::max(truth));
#else
  truth(0) = op::evaluate(op::any(truth));
#endif
}
