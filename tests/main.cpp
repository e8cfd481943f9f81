// The entry of every test program: skips (exit status 77) if this machine cannot run what it was built for, or what
// ONEPASS_ISA asks for. `--write` renews committed files, see committed.hpp.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <onepass/run/capabilities.hpp>

namespace onepass::testing {
bool to_be_written();
/// What the test program is compiled for; defined by each.
isa compiled_for();

namespace {
bool write_asked = false;
}  // namespace

bool to_be_written() { return write_asked; }
}  // namespace onepass::testing

int main(int argc, char** argv) {
  const auto here = onepass::capabilities_of(onepass::isa::baseline);
  const char* const cap = std::getenv("ONEPASS_ISA");
  const bool too_wide = onepass::testing::compiled_for() > here.detected;
  const bool cap_not_met = cap != nullptr && std::string_view(cap) != name(here.active);
  if (too_wide || cap_not_met) {
    std::puts("skipped: this machine does not have the instruction set");
    return 77;
  }
  ::testing::InitGoogleTest(&argc, argv);
  onepass::testing::write_asked = argc == 2 && std::string_view(argv[1]) == "--write";
  return RUN_ALL_TESTS();
}
