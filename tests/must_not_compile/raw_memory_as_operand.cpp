// Memory enters by borrow or adopt, never silently.
// says: no match for|invalid operands
#include <onepass/onepass.hpp>
#include <vector>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  std::vector<float> raw(3);
  a = a + raw;
#else
  std::vector<float> raw(3);
  a = a + op::borrow(raw.data(), {3});
#endif
}
