// The lanes of folds: where they live, and how they become one element.
#include "emitter.hpp"

#include <algorithm>
#include <bit>

namespace onepass::jit {

namespace inst = asmjit::x86::Inst;
namespace x86 = asmjit::x86;

/// Register steps until a fold's lanes come round again.
std::uint32_t emitter::lane_copies(std::uint32_t fold) const {
  return static_cast<std::uint32_t>(fold_lanes(size_of(program_.folds[fold].how->type))) / program_.lanes;
}

x86::Mem emitter::lanes_address(std::uint32_t fold, std::uint8_t part, std::uint32_t copy) {
  const std::uint32_t number = copy % lane_copies(fold) * program_.folds[fold].registers + part;
  const std::uint32_t part_bytes = register_bytes_of(program_.folds[fold].how->type);
  return x86::ptr(x86::rsp, layout_.lanes[fold] + static_cast<std::int32_t>(number * part_bytes));
}

void emitter::emit_read_lanes(const machine_instruction& at, std::uint32_t copy) {
  const std::uint32_t number = placement_.first_copy + copy;
  if (!pinned_lanes_[at.slot].empty()) {
    define(at.to, copy, pinned_lanes_[at.slot][number % lane_copies(at.slot) * program_.folds[at.slot].registers + at.part]);
    return;
  }
  const std::int16_t reg = take(at.to.size());
  move_whole(true, reg, at.to.size(), register_bytes_of(program_.folds[at.slot].how->type), lanes_address(at.slot, at.part, number), false);
  define(at.to, copy, reg);
}

void emitter::emit_write_lanes(const machine_instruction& at, std::uint32_t copy) {
  const std::uint32_t number = placement_.first_copy + copy;
  const std::int16_t reg = in_register(at.from[0], copy);
  const width size = at.from[0].size();
  if (!pinned_lanes_[at.slot].empty()) {
    move(pinned_lanes_[at.slot][number % lane_copies(at.slot) * program_.folds[at.slot].registers + at.part], reg, size);
  } else {
    move_whole(false, reg, size, register_bytes_of(program_.folds[at.slot].how->type), lanes_address(at.slot, at.part, number), false);
  }
  free_dead(at.from[0].id(), copy);
}

void emitter::emit_keep_counted(const machine_instruction& at, std::uint32_t copy) {
  const std::int16_t value = in_register(at.from[0], copy), identity = in_register(at.from[1], copy);
  const width size = at.to.size();
  const std::size_t bytes = size_of(at.type);
  const std::int16_t to = take(size);
  if (avx512()) {
    std::int16_t taken;
    const x86::KReg counted = tail_mask(bytes == 8 ? at.part : std::uint8_t{0}, taken);
    to_.k(counted);
    const asmjit::InstId blend = bytes == 1   ? inst::kIdVpblendmb
                                 : bytes == 2 ? inst::kIdVpblendmw
                                 : bytes == 4 ? inst::kIdVblendmps
                                              : inst::kIdVblendmpd;
    to_.emit(blend, vector(to, size), vector(identity, size), vector(value, size));
    if (taken >= 0) release(taken, width::mask);
  } else {
    const std::int16_t counted = tail_vector_mask(at.type, at.part);
    to_.emit(inst::kIdVpblendvb, vector(to, size), vector(identity, size), vector(value, size), vector(counted, size));
    release(counted, width::ymm);
  }
  free_dead(at, copy);
  define(at.to, copy, to);
}

void emitter::begin_lanes() {
  placement_ = {};
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) {
    const lane_fold& fold = program_.folds[f];
    const width size = program_.sizes[fold.earlier];
    const auto identity = static_cast<std::size_t>(values_[fold.identity].constant);
    const std::int16_t pinned = pinned_constant_[identity];
    const std::int16_t source = pinned >= 0 ? pinned : take(size);
    if (pinned < 0) emit_constant(program_.constants[identity], source);
    for (const std::int16_t lane : pinned_lanes_[f]) move(lane, source, size);
    if (pinned_lanes_[f].empty()) {
      for (std::uint32_t c = 0; c < lane_copies(f); ++c) {
        for (std::uint8_t p = 0; p < fold.registers; ++p) {
          move_whole(false, source, size, register_bytes_of(fold.how->type), lanes_address(f, p, c), false);
        }
      }
    }
    if (pinned < 0) release(source, size);
  }
}

/// earlier = join of both, by the reduction's own program.
void emitter::join_once(const lane_fold& fold, std::int16_t earlier, std::int16_t later) {
  list_ = &fold.joining;
  placement_ = {};
  forget_locations();
  find_last_uses();
  values_[fold.joined].last_use = static_cast<std::int32_t>(fold.joining.size());
  where(fold.earlier, 0).reg = earlier;
  where(fold.later, 0).reg = later;
  for (position_ = 0; position_ < fold.joining.size(); ++position_) {
    vectors_.locked = masks_.locked = 0;
    emit_one(fold.joining[position_], 0);
  }
  vectors_.locked = masks_.locked = 0;
  const width size = program_.sizes[fold.earlier];
  const std::int16_t joined = in_register({fold.joined, size}, 0);
  move(earlier, joined, size);
  if (joined != earlier && joined != later) release(joined, size);
}

void emitter::finish_lanes() {
  // Two registers that no list may take meanwhile.
  vectors_.locked = masks_.locked = 0;
  const std::uint32_t managed = vectors_.managed;
  const std::int16_t first = take(width::ymm), second = take(width::ymm);
  vectors_.managed &= ~(1u << first | 1u << second);
  for (std::uint32_t f = 0; f < program_.folds.size(); ++f) finish_fold(f, first, second);
  vectors_.managed = managed;
  release(first, width::ymm);
  release(second, width::ymm);
}

/// Joins all lanes of a fold, halves onto halves, and stores what is left.
void emitter::finish_fold(std::uint32_t f, std::int16_t first, std::int16_t second) {
  const lane_fold& fold = program_.folds[f];
  const width size = program_.sizes[fold.earlier];
  const std::uint32_t bytes = register_bytes_of(fold.how->type);
  const std::vector<std::int16_t>& pinned = pinned_lanes_[f];
  const auto in_frame = [&](std::uint32_t i) { return at_frame(layout_.lanes[f] + static_cast<std::int32_t>(i * bytes)); };
  for (std::uint32_t half = lane_copies(f) * fold.registers / 2; half > 0; half /= 2) {
    for (std::uint32_t i = 0; i < half; ++i) {
      if (!pinned.empty()) {
        join_once(fold, pinned[i], pinned[i + half]);
        continue;
      }
      move_whole(true, first, size, bytes, in_frame(i), false);
      move_whole(true, second, size, bytes, in_frame(i + half), false);
      join_once(fold, first, second);
      move_whole(false, first, size, bytes, in_frame(i), false);
    }
  }
  const std::int16_t all = pinned.empty() ? first : pinned[0];
  if (pinned.empty()) move_whole(true, first, size, bytes, in_frame(0), false);
  for (std::uint32_t half = bytes / 2; half >= size_of(fold.how->type); half /= 2) {
    const auto from = static_cast<std::uint32_t>(all), to = static_cast<std::uint32_t>(second);
    if (half == 32) {
      to_.vextracti64x4(x86::ymm(to), x86::zmm(from), asmjit::Imm(1));
    } else if (half == 16) {
      if (avx512()) {
        to_.vextracti32x4(x86::xmm(to), x86::ymm(from), asmjit::Imm(1));
      } else {
        to_.vextracti128(x86::xmm(to), x86::ymm(from), asmjit::Imm(1));
      }
    } else {
      to_.vpsrldq(x86::xmm(to), x86::xmm(from), asmjit::Imm(half));
    }
    join_once(fold, all, second);
  }
  store_lane(fold, all);
}

void emitter::store_lane(const lane_fold& fold, std::int16_t reg) {
  const x86::Vec xmm = x86::xmm(static_cast<std::uint32_t>(reg));
  const x86::Mem to = x86::ptr(pointer(fold.result_slot));
  switch (size_of(fold.how->type)) {
    case 1:
      to_.emit(inst::kIdVpextrb, to, xmm, asmjit::Imm(0));
      break;
    case 2:
      to_.emit(inst::kIdVpextrw, to, xmm, asmjit::Imm(0));
      break;
    case 4:
      to_.emit(inst::kIdVmovss, to, xmm);
      break;
    default:
      to_.emit(inst::kIdVmovsd, to, xmm);
      break;
  }
}

}  // namespace onepass::jit
