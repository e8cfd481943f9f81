// Engine 3: a program is run as it is written, instruction after instruction on blocks of columns.
//
// Needs no generated code, runs anywhere, and stands in wherever code generation is refused. An instruction is a loop
// over packs (interpret_steps.cpp, built once for each instruction set); values live in small buffers between
// instructions. The same program and the same packs: so the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <onepass/core/isa.hpp>
#include <onepass/ir/program.hpp>
#include <onepass/plan/kernel.hpp>

#include "interpret_steps.hpp"

namespace onepass {

/// A stage program, prepared.
class interpreted {
 public:
  interpreted(const program& code, isa set);

  /// The kernel that runs it; valid while this object lives.
  onepass::kernel kernel() const noexcept;

 private:
  /// Where a value lives while a block is computed.
  struct location {
    enum class kind : std::uint8_t { none, operand, constant, buffer, table };
    kind where = kind::none;
    std::uint32_t index = 0;
  };
  struct step {
    step_function run;
    location to;
    location from[3];
    std::int32_t guard = -1;    ///< what makes it necessary, or -1 if it always is
  };
  struct guard {                ///< the condition of a rare case
    location condition;
    std::int32_t outer;         ///< the guard of the case within which it stands, or -1
  };
  struct joining {              ///< a fold of the program
    const reduction* how;
    location value;             ///< what is folded
    std::uint32_t operand;      ///< where the result goes
    std::vector<step> combine;  ///< operand 0 is the earlier, operand 1 the later element
    location joined;            ///< their join
    std::uint32_t buffers;
    step_function copy = nullptr;
  };
  struct stored {
    step copy;
    dtype type;
  };
  struct constant {
    bool is_scalar;
    std::uint64_t bits;  ///< of a literal, or the number of the scalar argument
    dtype type;
  };
  class activation;

  static outcome run(const tile& what, const void* context) noexcept;

  location place(const instruction& at, std::vector<std::uint32_t>& free);
  void prepare_steps(const program& code, isa set, std::vector<step>& steps, std::vector<location>& locations);
  std::int32_t guard_of(const program& code, const std::vector<value_id>& regions, value_id rare, const std::vector<location>& locations,
                        std::vector<std::int32_t>& known);
  void prepare(const program& code, isa set);
  joining prepare_fold(const reduction& how, location value, isa set);

  std::vector<constant> constants_;
  std::vector<const constant_table*> tables_;
  std::vector<dtype> input_types_;
  std::vector<step> steps_;
  std::vector<guard> guards_;
  std::vector<joining> folds_;
  std::vector<stored> stores_;
  std::uint32_t buffers_ = 0;
  std::size_t block_ = 0;  ///< columns computed at once
};

}  // namespace onepass
