// Reading the machine.
#include "machine.hpp"

#include <cpuid.h>
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

struct registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  registers r;
  if (leaf > static_cast<unsigned>(__get_cpuid_max(leaf & 0x80000000u, nullptr))) return r;
  __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
  return r;
}

/// Which register files the operating system saves.
std::uint64_t saved_state() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | std::uint64_t{high} << 32;
}

isa detect() {
  const registers basic = cpuid(1);
  const registers extended = cpuid(7);
  const auto has = [&](int bit) { return (basic.c >> bit & 1) != 0; };
  if (!has(27)) return isa::baseline;  // XSAVE, in use by the operating system
  const std::uint64_t state = saved_state();
  const bool ymm = (state & 0x6) == 0x6;
  const bool zmm = (state & 0xe6) == 0xe6;
  const auto feature = [&](int bit) { return (extended.b >> bit & 1) != 0; };
  const bool avx2 = feature(5) && feature(3) && feature(8) && has(12) && has(29);  // AVX2, BMI1, BMI2, FMA, F16C
  const bool avx512 = feature(16) && feature(17) && feature(30) && feature(31);  // F, DQ, BW, VL
  if (zmm && ymm && avx2 && avx512) return isa::avx512;
  return ymm && avx2 ? isa::avx2 : isa::baseline;
}

isa cap_from_environment() {
  const char* const text = std::getenv("ONEPASS_ISA");
  if (text == nullptr || *text == '\0') return isa::automatic;
  for (const isa set : {isa::baseline, isa::avx2, isa::avx512}) {
    if (text == name(set)) return set;
  }
  throw value_error("the environment variable ONEPASS_ISA is '" + std::string(text) + "'; it can be baseline, avx2 or avx512");
}

int usable_processors() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return std::max(1, CPU_COUNT(&usable));
}

/// Data and unified caches by level. CPUID tells how many processors share one, which guests often overstate; so a
/// shared cache counts once, whatever the number of sharers.
void read_caches(machine& m) {
  m.l1_bytes = 32 << 10;
  m.l2_bytes = 512 << 10;
  m.l3_bytes = 8 << 20;
  for (const unsigned leaf : {0x8000001du, 4u}) {
    bool found = false;
    for (unsigned i = 0; i < 8; ++i) {
      const registers r = cpuid(leaf, i);
      const unsigned type = r.a & 31;
      if (type == 0) break;
      if (type == 2) continue;  // instructions
      const std::size_t bytes = std::size_t{(r.b >> 22) + 1} * ((r.b >> 12 & 0x3ff) + 1) * ((r.b & 0xfff) + 1) * (std::size_t{r.c} + 1);
      const unsigned level = r.a >> 5 & 7;
      (level == 1 ? m.l1_bytes : level == 2 ? m.l2_bytes : m.l3_bytes) = bytes;
      found = true;
    }
    if (found) return;
  }
}

machine read_machine() {
  machine m{};
  m.detected = detect();
  m.active = m.detected;
  const isa cap = cap_from_environment();
  if (cap != isa::automatic && cap < m.active) m.active = cap;
  read_caches(m);
  m.threads = usable_processors();
  return m;
}

}  // namespace

const machine& this_machine() {
  static const machine read = read_machine();
  return read;
}

}  // namespace onepass
