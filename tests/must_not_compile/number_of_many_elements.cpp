// A number is no destination for an array.
// says: onepass: only a reduction over everything gives a single number
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  float s;
  op::evaluate_into(std::tie(s), a + 1);
#else
  float s;
  op::evaluate_into(std::tie(s), op::sum(a));
#endif
}
