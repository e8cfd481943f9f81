// The table, by families.
#include "instruction_table.hpp"

#include <bit>

namespace onepass::jit {

namespace {

using asmjit::InstId;
namespace inst = asmjit::x86::Inst;

constexpr dtype signed_types[] = {dtype::i8, dtype::i16, dtype::i32, dtype::i64};
constexpr dtype unsigned_types[] = {dtype::u8, dtype::u16, dtype::u32, dtype::u64};

/// Instructions for lanes of 1, 2, 4 and 8 bytes.
struct by_bytes {
  InstId code[4];
  constexpr InstId operator[](std::size_t log2) const { return code[log2]; }
};
constexpr by_bytes none{{0, 0, 0, 0}};

constexpr std::size_t log2_of(std::size_t bytes) { return static_cast<std::size_t>(std::countr_zero(bytes)); }

class table {
 public:
  constexpr const machine_form& of(opcode code, dtype type) const { return forms_[static_cast<int>(code)][static_cast<int>(type)]; }

  constexpr table() {
    add_integer_arithmetic();
    add_comparisons_of_integers();
    add_bits_and_shifts();
    add_floating(opcode::add, inst::kIdVaddps, inst::kIdVaddpd, care::rounds);
    add_floating(opcode::sub, inst::kIdVsubps, inst::kIdVsubpd, care::rounds);
    add_floating(opcode::mul, inst::kIdVmulps, inst::kIdVmulpd, care::rounds);
    add_floating(opcode::div, inst::kIdVdivps, inst::kIdVdivpd, care::rounds);
    add_floating(opcode::sqrt, inst::kIdVsqrtps, inst::kIdVsqrtpd, care::rounds);
    add_floating(opcode::fma, inst::kIdVfmadd213ps, inst::kIdVfmadd213pd, care::rounds);
    add_floating(opcode::min, inst::kIdVminps, inst::kIdVminpd, care::quiet);
    add_floating(opcode::max, inst::kIdVmaxps, inst::kIdVmaxpd, care::quiet);
    add_floating(opcode::less, inst::kIdVcmpps, inst::kIdVcmppd, care::quiet, 0x11);
    add_floating(opcode::less_equal, inst::kIdVcmpps, inst::kIdVcmppd, care::quiet, 0x12);
    add_floating(opcode::equal, inst::kIdVcmpps, inst::kIdVcmppd, care::quiet, 0x00);
    add_floating(opcode::unordered, inst::kIdVcmpps, inst::kIdVcmppd, care::quiet, 0x03);
    add_rounding(opcode::round_even, 0x08);
    add_rounding(opcode::floor, 0x09);
    add_rounding(opcode::ceil, 0x0a);
    add_rounding(opcode::trunc, 0x0b);
    set(opcode::scale, dtype::f32, {0, inst::kIdVscalefps, -1, care::rounds});
    set(opcode::scale, dtype::f64, {0, inst::kIdVscalefpd, -1, care::rounds});
  }

 private:
  constexpr void set(opcode code, dtype type, machine_form form) { forms_[static_cast<int>(code)][static_cast<int>(type)] = form; }

  constexpr void add_types(opcode code, const dtype (&types)[4], by_bytes avx2, by_bytes avx512, std::int16_t immediate = -1) {
    for (std::size_t i = 0; i < 4; ++i) set(code, types[i], {avx2[i], avx512[i], immediate, care::none});
  }
  constexpr void add_both(opcode code, by_bytes avx2, by_bytes avx512, std::int16_t immediate = -1) {
    add_types(code, signed_types, avx2, avx512, immediate);
    add_types(code, unsigned_types, avx2, avx512, immediate);
  }
  constexpr void add_floating(opcode code, InstId for_f32, InstId for_f64, care with, std::int16_t immediate = -1) {
    set(code, dtype::f32, {for_f32, for_f32, immediate, with});
    set(code, dtype::f64, {for_f64, for_f64, immediate, with});
  }
  constexpr void add_rounding(opcode code, std::int16_t mode) {
    set(code, dtype::f32, {inst::kIdVroundps, inst::kIdVrndscaleps, mode, care::quiet});
    set(code, dtype::f64, {inst::kIdVroundpd, inst::kIdVrndscalepd, mode, care::quiet});
  }

  constexpr void add_integer_arithmetic() {
    constexpr by_bytes sums{{inst::kIdVpaddb, inst::kIdVpaddw, inst::kIdVpaddd, inst::kIdVpaddq}};
    constexpr by_bytes differences{{inst::kIdVpsubb, inst::kIdVpsubw, inst::kIdVpsubd, inst::kIdVpsubq}};
    add_both(opcode::add, sums, sums);
    add_both(opcode::sub, differences, differences);
    add_both(opcode::mul, {{0, inst::kIdVpmullw, inst::kIdVpmulld, 0}}, {{0, inst::kIdVpmullw, inst::kIdVpmulld, inst::kIdVpmullq}});
    add_types(opcode::min, signed_types, {{inst::kIdVpminsb, inst::kIdVpminsw, inst::kIdVpminsd, 0}},
              {{inst::kIdVpminsb, inst::kIdVpminsw, inst::kIdVpminsd, inst::kIdVpminsq}});
    add_types(opcode::max, signed_types, {{inst::kIdVpmaxsb, inst::kIdVpmaxsw, inst::kIdVpmaxsd, 0}},
              {{inst::kIdVpmaxsb, inst::kIdVpmaxsw, inst::kIdVpmaxsd, inst::kIdVpmaxsq}});
    add_types(opcode::min, unsigned_types, {{inst::kIdVpminub, inst::kIdVpminuw, inst::kIdVpminud, 0}},
              {{inst::kIdVpminub, inst::kIdVpminuw, inst::kIdVpminud, inst::kIdVpminuq}});
    add_types(opcode::max, unsigned_types, {{inst::kIdVpmaxub, inst::kIdVpmaxuw, inst::kIdVpmaxud, 0}},
              {{inst::kIdVpmaxub, inst::kIdVpmaxuw, inst::kIdVpmaxud, inst::kIdVpmaxuq}});
  }

  constexpr void add_comparisons_of_integers() {
    constexpr by_bytes equal{{inst::kIdVpcmpeqb, inst::kIdVpcmpeqw, inst::kIdVpcmpeqd, inst::kIdVpcmpeqq}};
    constexpr by_bytes on_signed{{inst::kIdVpcmpb, inst::kIdVpcmpw, inst::kIdVpcmpd, inst::kIdVpcmpq}};
    constexpr by_bytes on_unsigned{{inst::kIdVpcmpub, inst::kIdVpcmpuw, inst::kIdVpcmpud, inst::kIdVpcmpuq}};
    add_both(opcode::equal, equal, equal);
    add_types(opcode::less, signed_types, none, on_signed, 1);
    add_types(opcode::less, unsigned_types, none, on_unsigned, 1);
    add_types(opcode::less_equal, signed_types, none, on_signed, 2);
    add_types(opcode::less_equal, unsigned_types, none, on_unsigned, 2);
  }

  constexpr void add_bits_and_shifts() {
    for (int type = 0; type < dtype_count; ++type) {
      if (static_cast<dtype>(type) == dtype::boolean) continue;
      set(opcode::bit_and, static_cast<dtype>(type), {inst::kIdVpand, inst::kIdVpandd});
      set(opcode::bit_or, static_cast<dtype>(type), {inst::kIdVpor, inst::kIdVpord});
      set(opcode::bit_xor, static_cast<dtype>(type), {inst::kIdVpxor, inst::kIdVpxord});
      set(opcode::bit_andnot, static_cast<dtype>(type), {inst::kIdVpandn, inst::kIdVpandnd});
    }
    constexpr by_bytes up{{0, 0, inst::kIdVpsllvd, inst::kIdVpsllvq}}, down{{0, 0, inst::kIdVpsrlvd, inst::kIdVpsrlvq}};
    add_both(opcode::shift_left, up, up);
    add_types(opcode::shift_right, unsigned_types, down, down);
    add_types(opcode::shift_right, signed_types, {{0, 0, inst::kIdVpsravd, 0}}, {{0, 0, inst::kIdVpsravd, inst::kIdVpsravq}});
  }

  machine_form forms_[opcode_count][dtype_count] = {};
};

class conversion_table {
 public:
  constexpr const machine_form& of(dtype from, dtype to) const { return forms_[static_cast<int>(from)][static_cast<int>(to)]; }

  constexpr conversion_table() {
    for (const dtype to : {dtype::i16, dtype::i32}) {
      const bool word = to == dtype::i16;
      both(dtype::i8, to, word ? inst::kIdVpmovsxbw : inst::kIdVpmovsxbd);
      both(dtype::u8, to, word ? inst::kIdVpmovzxbw : inst::kIdVpmovzxbd);
    }
    both(dtype::i16, dtype::i32, inst::kIdVpmovsxwd);
    both(dtype::u16, dtype::i32, inst::kIdVpmovzxwd);
    both(dtype::i32, dtype::i64, inst::kIdVpmovsxdq);
    both(dtype::u32, dtype::i64, inst::kIdVpmovzxdq);
    for (const dtype to : {dtype::i8, dtype::u8}) {
      set(dtype::i16, to, {0, inst::kIdVpmovwb});
      set(dtype::i32, to, {0, inst::kIdVpmovdb});
    }
    for (const dtype to : {dtype::i16, dtype::u16}) set(dtype::i32, to, {0, inst::kIdVpmovdw});
    set(dtype::i64, dtype::i32, {0, inst::kIdVpmovqd});
    both(dtype::i32, dtype::f32, inst::kIdVcvtdq2ps, care::rounds);
    both(dtype::i32, dtype::f64, inst::kIdVcvtdq2pd);
    both(dtype::f16, dtype::f32, inst::kIdVcvtph2ps, care::quiet);
    both(dtype::f32, dtype::f16, inst::kIdVcvtps2ph, care::quiet, 0);  // the immediate says: to nearest even
    both(dtype::f32, dtype::f64, inst::kIdVcvtps2pd, care::quiet);
    both(dtype::f64, dtype::f32, inst::kIdVcvtpd2ps, care::rounds);
    both(dtype::f32, dtype::i32, inst::kIdVcvttps2dq, care::quiet);
    both(dtype::f64, dtype::i32, inst::kIdVcvttpd2dq, care::quiet);
  }

 private:
  constexpr void set(dtype from, dtype to, machine_form form) { forms_[static_cast<int>(from)][static_cast<int>(to)] = form; }
  constexpr void both(dtype from, dtype to, InstId code, care with = care::none, std::int16_t immediate = -1) {
    set(from, to, {code, code, immediate, with});
  }

  machine_form forms_[dtype_count][dtype_count] = {};
};

constexpr table forms;
constexpr conversion_table conversions;

// Up, down with zeros, down with the sign; on 32 and on 64 bits.
constexpr machine_form immediate_shifts[3][2] = {{{inst::kIdVpslld, inst::kIdVpslld}, {inst::kIdVpsllq, inst::kIdVpsllq}},
                                                 {{inst::kIdVpsrld, inst::kIdVpsrld}, {inst::kIdVpsrlq, inst::kIdVpsrlq}},
                                                 {{inst::kIdVpsrad, inst::kIdVpsrad}, {0, inst::kIdVpsraq}}};

constexpr by_bytes signed_extensions[3] = {{{0, inst::kIdVpmovsxbw, inst::kIdVpmovsxbd, inst::kIdVpmovsxbq}},
                                           {{0, 0, inst::kIdVpmovsxwd, inst::kIdVpmovsxwq}},
                                           {{0, 0, 0, inst::kIdVpmovsxdq}}};
constexpr by_bytes unsigned_extensions[3] = {{{0, inst::kIdVpmovzxbw, inst::kIdVpmovzxbd, inst::kIdVpmovzxbq}},
                                             {{0, 0, inst::kIdVpmovzxwd, inst::kIdVpmovzxwq}},
                                             {{0, 0, 0, inst::kIdVpmovzxdq}}};
constexpr by_bytes equal_lanes{{inst::kIdVpcmpeqb, inst::kIdVpcmpeqw, inst::kIdVpcmpeqd, inst::kIdVpcmpeqq}};
constexpr by_bytes greater_lanes{{inst::kIdVpcmpgtb, inst::kIdVpcmpgtw, inst::kIdVpcmpgtd, inst::kIdVpcmpgtq}};

}  // namespace

const machine_form& form_of(opcode code, dtype type) { return forms.of(code, type); }

const machine_form& immediate_shift(opcode code, dtype type) {
  const std::size_t row = code == opcode::shift_left ? 0 : is_signed(type) ? 2 : 1;
  return immediate_shifts[row][size_of(type) == 8 ? 1 : 0];
}

const machine_form& conversion_form(dtype from, dtype to) { return conversions.of(from, to); }

InstId extension(std::size_t from, std::size_t to, bool is_signed) {
  return (is_signed ? signed_extensions : unsigned_extensions)[log2_of(from)][log2_of(to)];
}

InstId lanes_equal(std::size_t bytes) { return equal_lanes[log2_of(bytes)]; }
InstId lanes_greater(std::size_t bytes) { return greater_lanes[log2_of(bytes)]; }

}  // namespace onepass::jit
