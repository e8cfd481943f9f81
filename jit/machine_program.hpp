// A stage program in terms of machine instructions, for one register step, before registers are chosen.
//
// Values are virtual registers: each is defined once, holds at most one register's worth of lanes, and is a vector or
// a mask. An instruction of the program becomes one or a few of these. What is loaded, stored and broadcast is still
// said in terms of operands of the kernel; addresses, unrolling and physical registers come later (emitter.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <asmjit/x86.h>

#include <onepass/core/isa.hpp>
#include <onepass/ir/program.hpp>

#include "compiler.hpp"

namespace onepass::jit {

/// A virtual register; 0 is none.
using vreg = std::uint16_t;

/// How much of a register an instruction names.
enum class width : std::uint8_t { mask, xmm, ymm, zmm };

/// One word, because it is copied at once: what was written in pieces just before is slow to read as a whole.
class machine_operand {
 public:
  constexpr machine_operand() = default;
  constexpr machine_operand(vreg id, width size) : word_(id | static_cast<std::uint32_t>(size) << 16) {}

  constexpr vreg id() const { return static_cast<vreg>(word_); }
  constexpr width size() const { return static_cast<width>(word_ >> 16); }

 private:
  std::uint32_t word_ = static_cast<std::uint32_t>(width::zmm) << 16;
};

struct machine_instruction {
  enum class kind : std::uint8_t {
    plain,         ///< `code` to, from...
    fused,         ///< to = from[0] * from[1] + from[2]; `code` is the 213 form
    logic,         ///< to = bits of up to three operands by the truth table `immediate`; see lowering_logic.cpp
    merged,        ///< nothing any more: a part of a later one
    copy,          ///< to = from[0]
    rare,          ///< if from[0] holds for any lane: region `slot` is run, and changes its results
    gather,        ///< to = elements from[0] of table `slot`
    load,          ///< element `part` of array operand `slot`
    store,         ///< from[0] becomes element `part` of array operand `slot`
    read_lanes,    ///< to = lanes of fold `slot`, register `part`
    write_lanes,   ///< lanes of fold `slot`, register `part` = from[0]
    keep_counted,  ///< in the tail: to = from[0] in the lanes that count, from[1] in the others
    keep_computed, ///< from[0] is constant number `slot`
  };
  kind what = kind::plain;
  bool exact = false;                ///< rounds to nearest and suppresses exceptions in its encoding
  bool quiet = false;                ///< suppresses exceptions in its encoding
  std::uint8_t from_count = 0;
  asmjit::InstId code = 0;
  machine_operand to;
  machine_operand from[4];           ///< the mask of a masked instruction is `where`
  machine_operand where;
  std::int16_t immediate = -1;
  std::uint16_t slot = 0;
  std::uint8_t part = 0;
  vreg replaced = 0;                 ///< write_lanes: what the lanes were read into
  dtype type = dtype::u8;            ///< of what is loaded or stored
};

/// A value that is the same at every position: where it comes from, and the virtual register that stands for it.
/// It fills the register, whatever part of it is used.
struct constant {
  enum class origin : std::uint8_t { literal, scalar, operand, computed };
  origin from;
  dtype type;                        ///< of a scalar or an operand; a literal is a mask if boolean, else 8 bytes again and again
  std::uint64_t bits;                ///< of a literal, or the number of the scalar argument or array operand
  vreg id;
  std::uint32_t uses = 0;            ///< in the body
};

/// How one fold joins a register of elements onto its lanes.
struct lane_fold {
  const reduction* how;
  std::uint32_t result_slot;         ///< array operand that gets one element a row
  std::uint8_t registers;            ///< in one step of `lanes` elements
  vreg identity;                     ///< the constant that lanes start with
  std::vector<machine_instruction> joining;  ///< a program on its own: `earlier` and `later` in, `joined` out
  vreg earlier, later, joined;
};

/// What is computed where a condition holds for some lane, away from the main path.
///
/// A result has its common value before the region; the region ends with what it becomes. No register has to be the
/// same before and after it.
struct rare_region {
  struct result {
    vreg changed;                    ///< defined outside, by `copy`
    vreg value;                      ///< defined in the list
  };
  std::vector<machine_instruction> list;
  std::vector<vreg> inputs;          ///< what the list reads and does not define, constants apart; also of regions in it
  std::vector<result> results;
};

/// See the head of this file.
struct machine_program {
  isa set;
  std::uint32_t lanes;               ///< elements of one register step
  std::vector<machine_instruction> setup; ///< what a row computes once: makes the constants of origin `computed`
  std::vector<machine_instruction> body;
  std::vector<machine_instruction> tail;  ///< the same under a mask; empty if it is the body itself
  std::vector<constant> constants;
  std::vector<lane_fold> folds;
  std::vector<rare_region> regions;  ///< one in another comes before it
  std::vector<const constant_table*> tables;
  std::vector<width> sizes;          ///< of every virtual register
  std::uint32_t operands = 0;        ///< of the kernel
  std::string refusal;               ///< why there is none
};

/// Translates a stage program for a target.
machine_program lower(const program& code, const target& for_what);

/// Bytes of a vector register.
constexpr std::uint32_t register_bytes(isa set) { return set == isa::avx512 ? 64 : 32; }

}  // namespace onepass::jit
