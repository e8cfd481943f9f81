// The meeting of f32 and f64 is f64, which is not assigned to f32 silently.
// says: onepass: the expression has another element type; use cast
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  a = a + d;
#else
  a = op::cast<float>(a + d);
#endif
}
