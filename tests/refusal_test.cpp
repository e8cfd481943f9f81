// A system that refuses executable memory from the first moment: everything is interpreted, with the same bits, and
// explain() and capabilities() say why.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "system_calls.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

system_calls calls;
/// Before main() asks for the first time, and for good.
const bool refused = calls.refuse_files = calls.refuse_executable = true;

namespace {

TEST(Refusal, IsAFactAboutTheMachine) {
  const machine_capabilities here = capabilities();
  EXPECT_FALSE(here.can_generate_code);
  EXPECT_EQ(here.kernels, 0u);
  if (here.active >= isa::avx2) {
    EXPECT_EQ(here.why_not, "the system refuses executable memory: Permission denied");
    EXPECT_NE(here.text().find(here.why_not), std::string::npos);
  }
}

TEST(Refusal, LeadsToTheInterpreterAndIsExplained) {
  const array<float> x({1000}, 1.25f);
  for (const engine wanted : {engine::automatic, engine::compiled}) {
    const explanation found = explain(options{.engine = wanted}, relu(x * x) + x);
    EXPECT_EQ(found.engine, engine::interpreted);
    if (capabilities().active >= isa::avx2) {
      EXPECT_NE(found.text().find("refuses executable memory"), std::string::npos) << found.text();
    }
  }
}

TEST(Refusal, ChangesNoResult) {
  array<float> x({10007});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<float>(i)) * 20;
  for (const engine wanted : {engine::automatic, engine::compiled}) {
    const auto [y, s] = evaluate(options{.engine = wanted}, tanh(x) * x, sum(x * x));
    const auto [z, t] = evaluate(options{.engine = engine::fused}, tanh(x) * x, sum(x * x));
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y.data()[i], z.data()[i]) << i;
    EXPECT_EQ(s, t);
  }
  EXPECT_EQ(capabilities().kernels, 0u);
  EXPECT_EQ(calls.executable_mappings, 0);
}

}  // namespace
}  // namespace onepass::testing
