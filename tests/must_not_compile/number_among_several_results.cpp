// Sums of rows are an array, also beside other results.
// says: onepass: only a reduction over everything gives a single number
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  float s;
  op::evaluate_into(std::tie(a, s), a + 1, op::sum(a, op::axis{-1}));
#else
  float s;
  op::evaluate_into(std::tie(a, s), a + 1, op::sum(a));
#endif
}
