// Machine instructions with virtual registers become machine code: registers are chosen, spilled, and emitted in one
// walk over straight-line code.
//
// A list is emitted for several copies at once (consecutive register steps), one instruction for all copies before the
// next: so that chains of dependent instructions overlap. When registers run out, the value whose next use is furthest
// goes to the frame; constants are not saved but loaded again. Furthest next use is optimal for straight-line code
// (Belady 1966).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <asmjit/x86.h>

#include "machine_program.hpp"

namespace onepass::jit {

/// Where a list is emitted: in the main loop or in the tail, and for which register steps.
struct placement {
  bool tail = false;
  std::uint32_t first_copy = 0;
  std::uint32_t copies = 1;
};

/// AVX2 tail: `scratch` points at so many bytes of ones, then as many zeros. A mask for n elements is read where n
/// elements are left until the zeros.
inline constexpr std::int32_t mask_table_border = 64;

/// Registers and addresses that the parts of a kernel agree on.
struct kernel_layout {
  asmjit::x86::Gp index = asmjit::x86::rcx;       ///< of the current position, in elements
  asmjit::x86::Gp count = asmjit::x86::rdx;       ///< elements of the row
  asmjit::x86::Gp scratch = asmjit::x86::rax;
  asmjit::x86::Gp counted = asmjit::x86::rdi;     ///< AVX2 tail: minus the elements that count
  asmjit::x86::Gp far_pointer = asmjit::x86::r15; ///< for tables, and operands without a register of their own
  asmjit::x86::Gp byte_count = asmjit::x86::r13, byte_value = asmjit::x86::r12, byte_base = asmjit::x86::rbx;  ///< AVX2: partial bytes and words
  asmjit::x86::KReg tail_mask = asmjit::x86::k7;

  std::vector<int> operand_register;              ///< number of the register of each array operand, or -1
  std::vector<std::int32_t> operand_slot;         ///< frame offset of the pointers of those without
  std::vector<std::int32_t> lanes;                ///< frame offset of the lanes of each fold
  std::int32_t byte_buffer = 0;                   ///< frame offset of 64 bytes for partial loads and stores
  std::int32_t frame_bytes = 0;
  std::uint32_t step = 0;                         ///< elements of one turn of the main loop
  bool streaming = false;
  std::vector<bool> ahead;                        ///< of operands that are read: see target
};

class emitter {
 public:
  emitter(asmjit::x86::Assembler& to, const machine_program& of, kernel_layout& layout);

  /// Chooses how many of `most` copies the main loop interleaves, and what stays in registers throughout.
  void plan_registers(std::uint32_t most);
  std::uint32_t copies() const { return copies_; }

  /// Loads what stays in registers: literals and scalars once, operands that stay (and what is computed from them) once a row.
  void load_literals();
  void load_scalars(asmjit::x86::Gp scalars);
  void load_row_constants();

  void emit(const std::vector<machine_instruction>& list, const placement& where);

  /// The regions of what was emitted so far. Behind everything else: what they keep in the frame nothing else uses then.
  void emit_regions();

  /// Lanes of folds: set to the identity; joined to one and stored.
  void begin_lanes();
  void finish_lanes();

  /// Address of a piece of the constant pool; the pool itself is emitted behind the code.
  asmjit::x86::Mem pool(const void* data, std::size_t bytes, std::size_t alignment);
  void emit_pool();

  /// Room in the frame.
  std::int32_t take_frame(std::int32_t bytes, std::int32_t alignment);

  /// True if registers ran out, which only a mistake of ours can cause.
  bool failed() const { return failed_; }

 private:
  struct location {
    std::int16_t reg = -1;    ///< physical number, or -1
    std::int32_t frame = -1;  ///< frame offset of the saved value, or -1
  };
  /// What is known of a virtual register.
  struct value {
    std::int32_t last_use = -1;  ///< in the list
    std::int32_t constant = -1;  ///< the index of the constant that it is, or -1
    bool competes = true;        ///< for registers, with what else is live; so no constant and no lanes of a fold
  };
  /// One kind of registers: which are free, which are managed here, and what each holds.
  struct bank {
    std::uint32_t free = 0;
    std::uint32_t managed = 0;
    std::uint32_t locked = 0;  ///< needed by the current instruction
    vreg held[32] = {};
    std::uint32_t copy[32] = {};
  };

  /// One way into a region: from one place in the code, for one copy.
  struct visit {
    const rare_region* region;
    asmjit::Label begin, back;
    placement where;                   ///< with one copy
    std::uint32_t live_vectors, live_masks;
    std::vector<location> inputs, results;
  };

  bool avx512() const { return program_.set == isa::avx512; }
  width full() const { return avx512() ? width::zmm : width::ymm; }
  asmjit::x86::Vec vector(std::int16_t reg, width size) const;
  asmjit::x86::Reg any_register(std::int16_t reg, width size) const;
  bank& bank_of(width size) { return size == width::mask ? masks_ : vectors_; }

  // Registers.
  location& where(vreg id, std::uint32_t copy) { return locations_[id * placement_.copies + (values_[id].constant >= 0 ? 0 : copy)]; }
  std::int16_t take(width size);
  void release(std::int16_t reg, width size);
  void evict(width size);
  std::size_t next_use(vreg id) const;
  void find_uses();
  /// The register that a value is in; loads it if it is in none.
  std::int16_t in_register(machine_operand wanted, std::uint32_t copy) {
    location& at = where(wanted.id(), copy);
    if (at.reg < 0) load_register(wanted.id(), copy, at);
    bank_of(wanted.size()).locked |= 1u << at.reg;
    return at.reg;
  }
  void load_register(vreg id, std::uint32_t copy, location& at);
  void forget_locations();
  template <class F>
  void for_each_use(const machine_instruction& at, F f) const;
  std::uint32_t find_last_uses();
  void find_lane_results();
  /// True if the current instruction is the last to use a value that is no constant.
  bool dies(vreg id) const { return values_[id].constant < 0 && values_[id].last_use == static_cast<std::int32_t>(position_); }
  /// Gives back the register of a value whose last use is the current instruction; of a constant after the last copy.
  void free_dead(vreg id, std::uint32_t copy) {
    const value& dead = values_[id];
    if (dead.last_use != static_cast<std::int32_t>(position_)) return;
    if (dead.constant >= 0 && copy + 1 < placement_.copies) return;
    location& at = where(id, copy);
    if (at.reg < 0) return;
    release(at.reg, program_.sizes[id]);
    at.reg = -1;
  }
  void free_dead(const machine_instruction& at, std::uint32_t copy) {
    for (int f = 0; f < at.from_count; ++f) free_dead(at.from[f].id(), copy);
    if (at.where.id() != 0) free_dead(at.where.id(), copy);
  }
  void define(const machine_operand& result, std::uint32_t copy, std::int16_t reg);
  std::int16_t result_register(const machine_operand& result, std::uint32_t copy);
  void pin_lanes(std::uint32_t live);
  void pin_constants(std::uint32_t live);
  std::int16_t pin();

  // Instructions.
  void emit_one(const machine_instruction& at, std::uint32_t copy);
  void emit_plain(const machine_instruction& at, std::uint32_t copy);
  void emit_logic(const machine_instruction& at, std::uint32_t copy);
  void emit_fused(const machine_instruction& at, std::uint32_t copy);
  void emit_gather(const machine_instruction& at, std::uint32_t copy);
  void look_ahead(const machine_instruction& at, std::uint32_t copy);
  void emit_load(const machine_instruction& at, std::uint32_t copy);
  void emit_masked_load(const machine_instruction& at, std::int16_t reg, std::uint32_t copy);
  void emit_store(const machine_instruction& at, std::uint32_t copy);
  void emit_masked_store(const machine_instruction& at, std::int16_t reg, std::uint32_t copy);
  void emit_read_lanes(const machine_instruction& at, std::uint32_t copy);
  void emit_write_lanes(const machine_instruction& at, std::uint32_t copy);
  void emit_keep_computed(const machine_instruction& at);
  void emit_keep_counted(const machine_instruction& at, std::uint32_t copy);
  void emit_constant(const constant& of, std::int16_t reg);
  void emit_literal(std::uint64_t bits, std::int16_t reg);
  void broadcast(std::size_t bytes, std::int16_t to, const asmjit::x86::Mem& from);
  void emit_table(const constant_table& of);
  void move(std::int16_t to, std::int16_t from, width size);

  // Rare cases.
  void emit_copy(const machine_instruction& at, std::uint32_t copy);
  void emit_rare(const machine_instruction& at, std::uint32_t copy);
  void jump_if_any(const machine_operand& truth, std::int16_t reg, const asmjit::Label& to);
  void emit_visit(const visit& at);
  void move_live(const visit& at, std::int32_t saved_at, bool save);
  std::int32_t saved_slot(std::int32_t saved_at, std::int16_t reg, width size) const;
  void enter_region(const visit& at, std::int32_t saved_at);
  void keep_results(const visit& at, std::int32_t saved_at);

  // Memory.
  std::uint32_t register_bytes_of(dtype type) const;
  asmjit::x86::Gp pointer(std::uint32_t slot);
  asmjit::x86::Mem element(const machine_instruction& at, std::uint32_t copy);
  asmjit::x86::Mem at_frame(std::int32_t offset) const { return asmjit::x86::ptr(asmjit::x86::rsp, offset); }
  std::uint32_t lane_copies(std::uint32_t fold) const;
  asmjit::x86::Mem lanes_address(std::uint32_t fold, std::uint8_t part, std::uint32_t copy);
  asmjit::x86::KReg tail_mask(std::uint8_t part, std::int16_t& taken);
  std::int16_t tail_vector_mask(dtype type, std::uint8_t part);
  void move_bytes(bool in, std::size_t element_bytes, const asmjit::x86::Mem& outside);
  void move_whole(bool load, std::int16_t reg, width size, std::uint32_t bytes, const asmjit::x86::Mem& memory, bool streaming);
  void join_once(const lane_fold& fold, std::int16_t earlier, std::int16_t later);
  void finish_fold(std::uint32_t fold, std::int16_t first, std::int16_t second);
  void store_lane(const lane_fold& fold, std::int16_t reg);

  asmjit::x86::Assembler& to_;
  const machine_program& program_;
  kernel_layout& layout_;
  std::uint32_t copies_ = 1;
  bank vectors_, masks_;
  std::vector<value> values_;
  std::vector<location> locations_;                      ///< of each value and copy, while a list is emitted; of constants only the first
  std::vector<std::int16_t> pinned_constant_;            ///< its register for good, or -1
  std::vector<std::vector<std::int16_t>> pinned_lanes_;  ///< registers of each fold's lanes; empty: in the frame
  std::vector<std::int32_t> constant_slot_;              ///< frame offset of each scalar and computed constant that has one

  // While a list is emitted.
  const std::vector<machine_instruction>* list_ = nullptr;
  placement placement_;
  std::size_t position_ = 0;
  const std::vector<machine_instruction>* last_uses_are_of_ = nullptr;
  const std::vector<machine_instruction>* uses_are_of_ = nullptr;
  std::vector<std::uint32_t> first_use_, uses_;  ///< where each value is used: sorted by value, then by position
  std::vector<std::pair<vreg, const machine_instruction*>> lane_results_;  ///< what is written to lanes, and how

  std::vector<visit> visits_;          ///< that are not emitted yet

  asmjit::Label pool_label_;
  std::vector<std::byte> pool_bytes_;
  std::vector<asmjit::Label> table_labels_;
  bool failed_ = false;
};

}  // namespace onepass::jit
