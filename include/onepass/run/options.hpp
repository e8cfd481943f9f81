// How an expression is to be evaluated, where the default is not wanted.
#pragma once

#include <cstdint>
#include <string_view>

#include <onepass/core/isa.hpp>

namespace onepass {

/// Who makes the loop. All give the same bits.
enum class engine : std::uint8_t {
  automatic,    ///< the fastest that is possible here
  fused,        ///< compiled with the user's code, for the instruction set that it was compiled for
  compiled,     ///< machine code generated at run time, for the best instruction set of the machine
  interpreted,  ///< no generated code; any machine
};

constexpr std::string_view name(engine e) noexcept {
  constexpr std::string_view names[] = {"automatic", "fused", "compiled", "interpreted"};
  return names[static_cast<int>(e)];
}

/// `evaluate(options{.engine = engine::compiled, .threads = 1}, e)`.
struct options {
  onepass::engine engine = onepass::engine::automatic;
  onepass::isa isa = onepass::isa::automatic;  ///< a cap for generated and interpreted code
  int threads = 0;                             ///< at most so many; 0 is as many as the machine and the arena have
};

/// What holds where nothing is said. An object, so that it does not have to be made for every call.
inline constexpr options default_options{};

}  // namespace onepass
