// Truth values have logic, not arithmetic.
// says: operation_on<onepass::fmod_op, bool, bool>
#include <onepass/onepass.hpp>

namespace op = onepass;

void build(op::array<bool> truth, op::array<std::uint8_t> bytes) {
#if defined(MUST_NOT_COMPILE)
  truth = truth % truth;
#else
  truth = truth & truth;
  bytes = bytes % bytes;
#endif
}
