// The frame of a kernel: arguments, the loop over rows, the main loop, the tail, and the way out.
//
//   for each row:  constants of the row, lanes of folds
//                  main loop: whole turns of `step` elements, no masks
//                  tail: one register step a turn, under a mask; with folds as many steps as a turn of the main loop
//                  has, one after another, so that each knows its lanes
//                  lanes of folds joined and stored
//
// A kernel keeps a frame pointer, so that debuggers and profilers can walk through it.
#include "compiler.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

#include <asmjit/x86.h>

#include "checked_assembler.hpp"
#include "emitter.hpp"
#include "machine_program.hpp"

namespace onepass::jit {

namespace x86 = asmjit::x86;

namespace {

/// Keeps the first thing that went wrong.
class first_error : public asmjit::ErrorHandler {
 public:
  void handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) override {
    if (text.empty()) text = message;
  }
  std::string text;
};

/// Stands in the prologue until the size of the frame is known.
constexpr std::int32_t unknown_frame_size = 0x7fffffff;

/// A listing with the size of the frame as it was patched in.
std::string with_frame_size(std::string listing, std::int32_t bytes) {
  const std::string unknown = std::to_string(unknown_frame_size);
  const std::size_t at = listing.find(unknown);
  if (at != std::string::npos) listing.replace(at, unknown.size(), std::to_string(bytes));
  return listing;
}

/// Register steps that the main loop may interleave at most, without folds: enough to hide latencies, few enough for
/// short rows.
constexpr std::uint32_t most_copies = 2;

/// Numbers of the registers for the pointers of array operands: all, or without rbx, r12 and r13, which partial bytes need.
constexpr int all_pointers[] = {8, 9, 10, 11, 3, 12, 13, 14}, pointers_beside_bytes[] = {8, 9, 10, 11, 14};

class compilation {
 public:
  compilation(const machine_program& code, const target& for_what, x86::Assembler& to)
      : code_(code), target_(for_what), a_(to), emit_(to, code, layout_) {}

  void run() {
    choose_layout();
    const std::size_t frame_size_at = prologue();
    const asmjit::Label row = a_.newLabel(), leave = a_.newLabel();
    emit_.load_literals();
    const auto is_scalar = [](const constant& c) { return c.from == constant::origin::scalar; };
    if (std::any_of(code_.constants.begin(), code_.constants.end(), is_scalar)) {
      a_.mov(layout_.scratch, x86::qword_ptr(x86::rdi, offsetof(tile, scalars)));
      emit_.load_scalars(layout_.scratch);
    }
    a_.bind(row);
    emit_.load_row_constants();
    columns();
    next_row(row, leave);
    a_.bind(leave);
    a_.xor_(x86::eax, x86::eax);
    epilogue();
    if (code_.set == isa::avx512) {
      a_.bind(foreign_);
      a_.mov(x86::eax, asmjit::Imm(static_cast<int>(outcome::foreign_environment)));
      epilogue();
    }
    emit_.emit_regions();
    emit_.emit_pool();
    patch_frame_size(frame_size_at);
  }

  bool failed() const { return emit_.failed(); }
  std::int32_t frame_bytes() const { return (layout_.frame_bytes + 63) / 64 * 64; }

 private:
  bool avx512() const { return code_.set == isa::avx512; }
  bool has_folds() const { return !code_.folds.empty(); }

  /// True if bytes or words are loaded or stored: on AVX2 their tail takes registers of its own.
  bool moves_bytes() const {
    return std::any_of(code_.body.begin(), code_.body.end(), [](const machine_instruction& at) {
      return (at.what == machine_instruction::kind::load || at.what == machine_instruction::kind::store) && size_of(at.type) < 4;
    });
  }

  void choose_layout() {
    std::uint32_t step = 0, narrowest = most_copies * code_.lanes;
    for (const lane_fold& fold : code_.folds) {
      const auto lanes = static_cast<std::uint32_t>(fold_lanes(size_of(fold.how->type)));
      narrowest = step == 0 ? lanes : std::min(narrowest, lanes);
      step = std::max(step, lanes);
    }
    layout_.step = step;
    emit_.plan_registers(narrowest / code_.lanes);  // no two copies at once may join the same lanes
    if (!has_folds()) layout_.step = emit_.copies() * code_.lanes;
    layout_.streaming = target_.streaming;
    layout_.ahead = target_.ahead;

    const bool bytes = !avx512() && moves_bytes();
    const std::span<const int> pointers = bytes ? std::span<const int>(pointers_beside_bytes) : std::span<const int>(all_pointers);
    if (bytes) saved_.insert(saved_.end(), {3, 12, 13});
    layout_.operand_register.reserve(code_.operands);
    layout_.operand_slot.reserve(code_.operands);
    for (std::uint32_t i = 0; i < code_.operands; ++i) {
      const int reg = i < pointers.size() ? pointers[i] : -1;
      layout_.operand_register.push_back(reg);
      layout_.operand_slot.push_back(reg < 0 ? emit_.take_frame(8, 8) : 0);
      if (reg < 0) far_ = true;
      if (reg == 3 || reg >= 12) saved_.push_back(reg);
    }
    if (far_ || !code_.tables.empty()) saved_.push_back(15);
    if (!avx512()) layout_.byte_buffer = emit_.take_frame(64, 64);
    for (std::size_t f = 0; f < code_.folds.size(); ++f) layout_.lanes.push_back(emit_.take_frame(static_cast<std::int32_t>(fold_bytes), 64));
    rows_at_ = emit_.take_frame(8, 8);
    tile_at_ = emit_.take_frame(8, 8);
  }

  /// Returns where in the code the size of the frame stands, known only at the end.
  std::size_t prologue() {
    foreign_ = a_.newLabel();
    a_.endbr64();
    a_.push(x86::rbp);
    a_.mov(x86::rbp, x86::rsp);
    for (const int reg : saved_) a_.push(x86::gpq(static_cast<std::uint32_t>(reg)));
    a_.and_(x86::rsp, asmjit::Imm(-64));
    a_.sub(x86::rsp, asmjit::Imm(unknown_frame_size));
    const std::size_t size_at = a_.offset() - 4;
    if (avx512()) check_environment();
    a_.mov(layout_.count, x86::qword_ptr(x86::rdi, offsetof(tile, columns)));
    a_.mov(layout_.scratch, x86::qword_ptr(x86::rdi, offsetof(tile, rows)));
    a_.mov(x86::qword_ptr(x86::rsp, rows_at_), layout_.scratch);
    a_.mov(x86::qword_ptr(x86::rsp, tile_at_), x86::rdi);
    for (std::uint32_t i = 0; i < code_.operands; ++i) {
      const x86::Mem from = x86::qword_ptr(x86::rdi, static_cast<std::int32_t>(tile_bytes(i) + offsetof(tile_operand, data)));
      if (layout_.operand_register[i] >= 0) {
        a_.mov(pointer(i), from);
      } else {
        a_.mov(layout_.scratch, from);
        a_.mov(x86::qword_ptr(x86::rsp, layout_.operand_slot[i]), layout_.scratch);
      }
    }
    return size_at;
  }

  x86::Gp pointer(std::uint32_t i) const { return x86::gpq(static_cast<std::uint32_t>(layout_.operand_register[i])); }

  /// Adding two subnormals tells whether the environment keeps them, and touches no flag.
  void check_environment() {
    const std::uint32_t smallest = 1;
    a_.vpbroadcastd(x86::zmm0, emit_.pool(&smallest, sizeof smallest, sizeof smallest));
    a_.rn_sae().vaddps(x86::zmm0, x86::zmm0, x86::zmm0);
    a_.vptestnmd(x86::k1, x86::zmm0, x86::zmm0);
    a_.kortestw(x86::k1, x86::k1);
    a_.jnz(foreign_);
  }

  void epilogue() {
    a_.vzeroupper();
    a_.lea(x86::rsp, x86::ptr(x86::rbp, -8 * static_cast<std::int32_t>(saved_.size())));
    for (std::size_t i = saved_.size(); i-- > 0;) a_.pop(x86::gpq(static_cast<std::uint32_t>(saved_[i])));
    a_.pop(x86::rbp);
    a_.ret();
  }

  void patch_frame_size(std::size_t at) {
    const std::int32_t bytes = frame_bytes();
    std::memcpy(a_.code()->textSection()->data() + at, &bytes, sizeof bytes);
  }

  // --- one row ---

  void columns() {
    const asmjit::Label again = a_.newLabel(), tail = a_.newLabel(), done = a_.newLabel();
    const auto step = static_cast<std::int32_t>(layout_.step);
    if (has_folds()) emit_.begin_lanes();
    a_.xor_(layout_.index.r32(), layout_.index.r32());
    a_.mov(layout_.scratch, layout_.count);
    a_.sub(layout_.scratch, asmjit::Imm(step));
    a_.jl(tail);
    a_.align(asmjit::AlignMode::kCode, 32);
    a_.bind(again);
    for (std::uint32_t c = 0; c < layout_.step / code_.lanes; c += emit_.copies()) emit_.emit(code_.body, {false, c, emit_.copies()});
    a_.add(layout_.index, asmjit::Imm(step));
    a_.cmp(layout_.index, layout_.scratch);
    a_.jle(again);

    a_.bind(tail);
    a_.cmp(layout_.index, layout_.count);
    a_.jae(done);
    if (has_folds()) {
      tail_of_folds(done);
    } else {
      tail_loop();
    }
    a_.bind(done);
    if (has_folds()) emit_.finish_lanes();
  }

  void tail_loop() {
    const asmjit::Label again = a_.newLabel();
    a_.bind(again);
    a_.mov(layout_.scratch, layout_.count);
    a_.sub(layout_.scratch, layout_.index);
    mask_tail();
    emit_.emit(code_.body, {true, 0, 1});
    a_.add(layout_.index, asmjit::Imm(code_.lanes));
    a_.cmp(layout_.index, layout_.count);
    a_.jb(again);
  }

  void tail_of_folds(const asmjit::Label& done) {
    for (std::uint32_t c = 0; c < layout_.step / code_.lanes; ++c) {
      a_.mov(layout_.scratch, layout_.count);
      a_.sub(layout_.scratch, layout_.index);
      if (c > 0) {
        a_.sub(layout_.scratch, asmjit::Imm(c * code_.lanes));
        a_.jbe(done);
      }
      mask_tail();
      emit_.emit(code_.tail, {true, c, 1});
    }
  }

  /// Lets only the first elements count, as many as `scratch` says if that is less than a step.
  void mask_tail() {
    if (avx512()) {
      a_.mov(layout_.counted, asmjit::Imm(-1));
      a_.bzhi(layout_.counted, layout_.counted, layout_.scratch);
      if (code_.lanes == 8) {
        a_.kmovb(layout_.tail_mask, layout_.counted.r32());
      } else if (code_.lanes == 16) {
        a_.kmovw(layout_.tail_mask, layout_.counted.r32());
      } else if (code_.lanes == 32) {
        a_.kmovd(layout_.tail_mask, layout_.counted.r32());
      } else {
        a_.kmovq(layout_.tail_mask, layout_.counted);
      }
    } else {
      a_.mov(layout_.counted, asmjit::Imm(code_.lanes));
      a_.cmp(layout_.scratch, layout_.counted);
      a_.cmovb(layout_.counted, layout_.scratch);
      a_.neg(layout_.counted);
      a_.lea(layout_.scratch, mask_table());
    }
  }

  x86::Mem mask_table() {
    std::byte table[2 * mask_table_border] = {};
    std::fill_n(table, mask_table_border, std::byte{0xff});
    return emit_.pool(table, sizeof table, 64);
  }

  void next_row(const asmjit::Label& row, const asmjit::Label& leave) {
    a_.dec(x86::qword_ptr(x86::rsp, rows_at_));
    a_.jz(leave);
    a_.mov(x86::rdi, x86::qword_ptr(x86::rsp, tile_at_));
    for (std::uint32_t i = 0; i < code_.operands; ++i) {
      const x86::Mem stride = x86::qword_ptr(x86::rdi, static_cast<std::int32_t>(tile_bytes(i) + offsetof(tile_operand, row_stride)));
      if (layout_.operand_register[i] >= 0) {
        a_.add(pointer(i), stride);
      } else {
        a_.mov(layout_.scratch, stride);
        a_.add(x86::qword_ptr(x86::rsp, layout_.operand_slot[i]), layout_.scratch);
      }
    }
    a_.jmp(row);
  }

  const machine_program& code_;
  const target& target_;
  x86::Assembler& a_;
  kernel_layout layout_;
  emitter emit_;
  asmjit::Label foreign_;
  std::vector<int> saved_;  ///< registers of the caller's
  std::int32_t rows_at_ = 0, tile_at_ = 0;
  bool far_ = false;
};

std::vector<std::byte> finished_code(asmjit::CodeHolder& holder, std::string& refusal) {
  if (holder.flatten() != asmjit::kErrorOk || holder.resolveUnresolvedLinks() != asmjit::kErrorOk || holder.hasUnresolvedLinks()) {
    refusal = "the code of the kernel could not be put together";
    return {};
  }
  std::vector<std::byte> bytes(holder.codeSize());
  holder.relocateToBase(0);
  if (holder.copyFlattenedData(bytes.data(), bytes.size()) != asmjit::kErrorOk) refusal = "the code of the kernel could not be copied";
  return bytes;
}

}  // namespace

machine_code compile(const program& code, const target& for_what, bool with_listing) {
  machine_code result;
  const machine_program lowered = lower(code, for_what);
  if (!lowered.refusal.empty()) {
    result.refusal = lowered.refusal;
    return result;
  }
  first_error error;
  asmjit::StringLogger listing;
  asmjit::CodeHolder holder;
  holder.init(asmjit::Environment::host());
  holder.setErrorHandler(&error);
  if (with_listing) holder.setLogger(&listing);
  checked_assembler assembler(&holder);
  compilation making(lowered, for_what, assembler);
  making.run();
  if (making.failed()) error.text = "registers ran out";
  result.refusal = error.text;
  if (result.refusal.empty()) result.bytes = finished_code(holder, result.refusal);
  if (with_listing) result.listing = with_frame_size(listing.data(), making.frame_bytes());
  return result;
}

}  // namespace onepass::jit
