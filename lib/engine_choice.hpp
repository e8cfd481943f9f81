// Which engine runs an expression here, and why.
#pragma once

#include <string>

#include <onepass/run/evaluation.hpp>

namespace onepass {

struct engine_choice {
  onepass::engine engine;
  std::string_view why;
};

/// The engine for a request under the instruction set `set`. `stages` is how many stages the expression has if that is
/// known, else 1. Never automatic.
engine_choice choose_engine(const options& how, bool has_fused, isa fused_isa, isa set);

/// The engine for an expression that the fused loop cannot run, or was not asked to.
engine_choice choose_without_fused(isa set);

}  // namespace onepass
