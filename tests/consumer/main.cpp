// A user's program: one expression on every engine, and a reduction. Fails if they differ or the result is wrong.
#include <onepass/onepass.hpp>

#include <cstdio>
#include <cstring>

namespace op = onepass;

/// The same in another translation unit, compiled for what the command line says.
op::array<float> elsewhere(const op::array<float>& a, const op::array<float>& b);

int main() {
  op::array<float> a({300, 70}), b({70}, 0.5f);
  for (std::size_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<float>(i % 17) - 8;

  const op::array<float> expected = elsewhere(a, b);
  for (const op::engine engine : {op::engine::automatic, op::engine::fused, op::engine::compiled, op::engine::interpreted}) {
    const op::array<float> y = op::evaluate(op::options{.engine = engine}, op::relu(a * b) + op::exp(-a));
    if (std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) != 0) {
      std::printf("%s: other bits\n", name(engine).data());
      return 1;
    }
  }
  const float total = op::evaluate(op::sum(a * 0 + 1));
  std::printf("%s%s", op::capabilities().text().c_str(), op::explain(op::relu(a * b) + op::exp(-a)).text().c_str());
  return total == 21000 ? 0 : 1;
}
