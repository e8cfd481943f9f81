// Memory of other types than element types is not borrowed.
// says: onepass: arrays do not hold elements of this type
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<double> d, op::array<std::int32_t> i, op::array<bool> truth) {
#if defined(MUST_NOT_COMPILE)
  long double words[2] = {};
  op::borrow(words, {2});
#else
  float words[2] = {};
  op::borrow(words, {2});
#endif
}
