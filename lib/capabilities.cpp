// Facts about the machine and the process, as a value and as text.
#include <onepass/run/capabilities.hpp>

#include <onepass/core/config.hpp>

#include "code_memory.hpp"
#include "kernel_cache.hpp"
#include "machine.hpp"

namespace onepass {

machine_capabilities capabilities_of(isa translation_unit) {
  const machine& here = this_machine();
  machine_capabilities facts;
  facts.version = std::to_string(ONEPASS_VERSION_MAJOR) + "." + std::to_string(ONEPASS_VERSION_MINOR) + "." + std::to_string(ONEPASS_VERSION_PATCH);
  facts.detected = here.detected;
  facts.active = here.active;
  facts.translation_unit = translation_unit;
  facts.l1_bytes = here.l1_bytes;
  facts.l2_bytes = here.l2_bytes;
  facts.l3_bytes = here.l3_bytes;
  facts.threads = here.threads;
  facts.can_generate_code = jit::can_execute(facts.why_not);
  if (facts.can_generate_code && here.active < isa::avx2) {
    facts.can_generate_code = false;
    facts.why_not = "code is generated for avx2 and avx512 only";
  }
  const cache_statistics kernels = kernel_statistics();
  facts.kernels = kernels.kernels;
  facts.kernel_bytes = kernels.code_bytes;
  return facts;
}

std::string machine_capabilities::text() const {
  const auto kib = [](std::size_t bytes) { return std::to_string(bytes / 1024) + " KiB"; };
  std::string text;
  text += "version           " + version + "\n";
  text += "instruction set   " + std::string(name(active));
  if (active != detected) text += " (ONEPASS_ISA; the machine has " + std::string(name(detected)) + ")";
  text += "\ncompiled for      " + std::string(name(translation_unit)) + "\n";
  text += "caches            L1 " + kib(l1_bytes) + ", L2 " + kib(l2_bytes) + ", L3 " + kib(l3_bytes) + "\n";
  text += "threads           " + std::to_string(threads) + "\n";
  text += "generated code    " + (can_generate_code ? std::string("yes") : "no: " + why_not) + "\n";
  text += "kernels           " + std::to_string(kernels) + " compiled, " + std::to_string(kernel_bytes) + " bytes\n";
  return text;
}

}  // namespace onepass
