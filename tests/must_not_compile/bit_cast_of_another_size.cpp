// The bits of an element are those of another type of the same size only.
// says: operation_on<onepass::bit_cast_op<(double|long|std::int64_t|long int)>, float>
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<float> a, op::array<std::int32_t> i, op::array<std::int64_t> wide) {
#if defined(MUST_NOT_COMPILE)
  wide = op::bit_cast<std::int64_t>(a);
#else
  i = op::bit_cast<std::int32_t>(a);
#endif
}
