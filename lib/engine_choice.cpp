// The choice of the engine.
#include "engine_choice.hpp"

#include "code_memory.hpp"

namespace onepass {

namespace {

bool can_compile(isa set) {
  std::string ignored;
  return set >= isa::avx2 && jit::can_execute(ignored);
}

}  // namespace

engine_choice choose_without_fused(isa set) {
  if (can_compile(set)) return {engine::compiled, "code is generated for the instruction set of this machine"};
  if (set < isa::avx2) return {engine::interpreted, "code is generated for avx2 and avx512 only"};
  return {engine::interpreted, "the system refuses executable memory"};
}

engine_choice choose_engine(const options& how, bool has_fused, isa fused_isa, isa set) {
  switch (how.engine) {
    case engine::interpreted:
      return {engine::interpreted, "asked for"};
    case engine::compiled: {
      const engine_choice possible = choose_without_fused(set);
      return possible.engine == engine::compiled ? engine_choice{engine::compiled, "asked for"} : possible;
    }
    case engine::fused:
      if (has_fused) return {engine::fused, "asked for"};
      break;
    case engine::automatic:
      // The fused loop is at hand without a compilation; generated code wins if it may use wider registers.
      if (has_fused && fused_isa == set && set >= isa::avx2) return {engine::fused, "this translation unit is compiled for the machine"};
      break;
  }
  return choose_without_fused(set);
}

}  // namespace onepass
