// Every way in which this machine and this test program can evaluate an expression: engine, and instruction set where
// the engine lets one choose. All of them have to give the same bits.
#pragma once

#include <string>
#include <vector>

#include <onepass/core/isa.hpp>
#include <onepass/run/capabilities.hpp>
#include <onepass/run/options.hpp>

namespace onepass::testing {

/// "compiled avx2, threads 2".
inline std::string to_string(const options& how) {
  std::string text(name(how.engine));
  if (how.isa != isa::automatic) text += " " + std::string(name(how.isa));
  if (how.threads != 0) text += ", threads " + std::to_string(how.threads);
  return text;
}

/// The ways of the compiled core: the interpreter and the code generator under every cap that this machine meets.
inline std::vector<options> core_ways(int threads = 1) {
  const machine_capabilities here = capabilities_of(isa::baseline);
  std::vector<options> ways;
  for (const isa set : {isa::baseline, isa::avx2, isa::avx512}) {
    if (set > here.active) continue;
    ways.push_back({engine::interpreted, set, threads});
    if (set >= isa::avx2 && here.can_generate_code) ways.push_back({engine::compiled, set, threads});
  }
  return ways;
}

/// These, and before them the loop that was compiled with the test.
inline std::vector<options> all_ways(int threads = 1) {
  std::vector<options> ways = core_ways(threads);
  ways.insert(ways.begin(), {engine::fused, isa::automatic, threads});
  return ways;
}

}  // namespace onepass::testing
