// Facts about the machine are sane, and agree with each other and with what the library does.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "machine.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

TEST(Capabilities, NameTheVersionOfTheHeaders) {
  const auto text = [](int number) { return std::to_string(number); };
  EXPECT_EQ(capabilities().version, text(ONEPASS_VERSION_MAJOR) + "." + text(ONEPASS_VERSION_MINOR) + "." + text(ONEPASS_VERSION_PATCH));
}

TEST(Capabilities, AreCappedByTheEnvironment) {
  const machine_capabilities here = capabilities();
  EXPECT_GE(here.detected, isa::baseline);
  EXPECT_LE(here.active, here.detected);
  const char* const cap = std::getenv("ONEPASS_ISA");
  if (cap == nullptr) {
    EXPECT_EQ(here.active, here.detected);
  } else {
    EXPECT_EQ(name(here.active), cap) << "else main() skips this program";
  }
  EXPECT_EQ(here.translation_unit, target_isa);
  EXPECT_LE(here.translation_unit, here.detected) << "or this would not run";
}

#if defined(__x86_64__)
TEST(Capabilities, AgreeWithTheCompilersDetection) {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq");
  EXPECT_EQ(capabilities().detected, avx512 ? isa::avx512 : avx2 ? isa::avx2 : isa::baseline);
}
#endif

TEST(Capabilities, DescribeCachesThatCouldExist) {
  const machine_capabilities here = capabilities();
  EXPECT_GE(here.l1_bytes, 8u << 10);
  EXPECT_LE(here.l1_bytes, 1u << 20);
  EXPECT_GE(here.l2_bytes, here.l1_bytes);
  EXPECT_GE(here.l3_bytes, here.l2_bytes);
  EXPECT_LE(here.l3_bytes, std::size_t{4} << 30);
  EXPECT_EQ(here.l1_bytes % 1024, 0u);
}

TEST(Capabilities, CountProcessorsThatThisProcessMayUse) {
  EXPECT_GE(capabilities().threads, 1);
  EXPECT_LE(capabilities().threads, 4096);
}

TEST(Capabilities, SayWhyNoCodeIsGenerated) {
  const machine_capabilities here = capabilities();
  EXPECT_EQ(here.can_generate_code, here.why_not.empty());
  if (here.active < isa::avx2) {
    EXPECT_FALSE(here.can_generate_code);
    EXPECT_NE(here.text().find("no: code is generated for avx2 and avx512 only"), std::string::npos) << here.text();
  }
}

TEST(Capabilities, CountKernels) {
  const machine_capabilities before = capabilities();
  const array<float> x({100}, 1.5f);
  const array<float> y = evaluate(options{.engine = engine::compiled}, x * x - 0.37f);
  const machine_capabilities after = capabilities();
  if (before.can_generate_code) {
    EXPECT_EQ(after.kernels, before.kernels + 1);
    EXPECT_GT(after.kernel_bytes, before.kernel_bytes + 50);
  } else {
    EXPECT_EQ(after.kernels, before.kernels);
  }
  const array<float> again = evaluate(options{.engine = engine::compiled}, x * x - 0.37f);
  EXPECT_EQ(capabilities().kernels, after.kernels) << "the same expression again is the same kernel";
}

TEST(Capabilities, CountNoMoreKernelsForOtherExtents) {
  const auto run = [](std::int64_t rows, std::int64_t columns) {
    const array<float> a({rows, columns}, 1.5f), b({columns, rows}, 2.0f), row({columns}, 3.0f), column({rows, 1}, 0.5f);
    const array<float> y = evaluate(options{.engine = engine::compiled}, (a - row) * column + transpose(b));
    EXPECT_EQ(y(rows - 1, columns - 1), 1.25f);
  };
  run(200, 300);  // rows as they are
  run(200, 3);    // short rows, taken as one
  const std::size_t before = capabilities().kernels;
  run(1000, 177);
  run(7, 1000);
  run(3000, 2);
  run(64, 64);
  EXPECT_EQ(capabilities().kernels, before);
}

TEST(Capabilities, ArePrintedOneFactALine) {
  const machine_capabilities here = capabilities();
  const std::string text = here.text();
  for (const char* const fact : {"version ", "instruction set ", "compiled for ", "caches ", "threads ", "generated code ", "kernels "}) {
    EXPECT_NE(text.find(fact), std::string::npos) << fact;
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7);
}

TEST(Machine, IsUsedUnderACapAndNeverAboveIt) {
  const machine capable{isa::avx512, isa::avx2, 32 << 10, 1 << 20, 8 << 20, 4};
  EXPECT_EQ(capable.under(isa::automatic), isa::avx2);
  EXPECT_EQ(capable.under(isa::baseline), isa::baseline);
  EXPECT_EQ(capable.under(isa::avx2), isa::avx2);
  EXPECT_EQ(capable.under(isa::avx512), isa::avx2) << "ONEPASS_ISA said so";
}

TEST(Explanation, NeverNamesMoreThanTheMachineMayUse) {
  const array<float> x({100}, 1.5f);
  for (const isa cap : {isa::automatic, isa::baseline, isa::avx2, isa::avx512}) {
    const explanation found = explain(options{.engine = engine::compiled, .isa = cap}, x + x);
    EXPECT_LE(found.isa, capabilities().active);
    if (cap != isa::automatic) {
      EXPECT_LE(found.isa, cap);
    }
    EXPECT_NE(found.engine, engine::automatic);
    EXPECT_EQ(found.engine == engine::compiled, found.isa >= isa::avx2 && capabilities().can_generate_code);
    EXPECT_FALSE(found.why.empty());
  }
}

}  // namespace
}  // namespace onepass::testing
