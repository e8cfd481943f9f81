// The rules of simplification, one by one: what is replaced, and what must not be because it would change a bit.
#include <onepass/ir/program.hpp>

#include <string>

#include "program_text.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// A program of one type with the inputs x and y, to which instructions are appended.
struct workbench {
  explicit workbench(dtype of) : type(of) {
    x = made.input(0, of);
    y = made.input(1, of);
  }

  value_id number(double n) {
    return made.literal(type, with_element_type(type, [n](auto t) { return to_bits(static_cast<typename decltype(t)::type>(n)); }));
  }
  value_id append(opcode code, value_id a, value_id b = 0, value_id c = 0) { return made.append({code, type, {a, b, c}}); }
  /// True if appending `code` of these operands is kept as it is.
  bool stays(opcode code, value_id a, value_id b = 0) {
    const instruction& at = made[append(code, a, b)];
    const bool swapped = is_commutative(code) && at.operands[0] == b && at.operands[1] == a;
    return at.code == code && ((at.operands[0] == a && at.operands[1] == b) || swapped);
  }

  dtype type;
  program made;
  value_id x, y;
};

constexpr dtype floating_types[] = {dtype::f32, dtype::f64};
constexpr dtype integer_types[] = {dtype::u8, dtype::i32};
constexpr dtype numeric_types[] = {dtype::u8, dtype::i32, dtype::f32, dtype::f64};

TEST(Simplifier, MultipliesAndDividesByOneForNothing) {
  for (const dtype type : numeric_types) {
    workbench on(type);
    EXPECT_EQ(on.append(opcode::mul, on.x, on.number(1)), on.x);
    EXPECT_EQ(on.append(opcode::mul, on.number(1), on.x), on.x);
    if (!is_floating(type)) continue;
    EXPECT_EQ(on.append(opcode::div, on.x, on.number(1)), on.x);
    EXPECT_TRUE(on.stays(opcode::div, on.number(1), on.x));
  }
}

TEST(Simplifier, AddsTheZeroThatChangesNothing) {
  for (const dtype type : floating_types) {
    workbench on(type);
    EXPECT_EQ(on.append(opcode::add, on.x, on.number(-0.0)), on.x);
    EXPECT_EQ(on.append(opcode::add, on.number(-0.0), on.x), on.x);
    EXPECT_EQ(on.append(opcode::sub, on.x, on.number(0)), on.x);
    EXPECT_TRUE(on.stays(opcode::add, on.x, on.number(0))) << "-0 + 0 is +0";
    EXPECT_TRUE(on.stays(opcode::sub, on.x, on.number(-0.0))) << "-0 - -0 is +0";
    EXPECT_TRUE(on.stays(opcode::sub, on.number(0), on.x)) << "0 - 0 is +0, not -0";
  }
  for (const dtype type : integer_types) {
    workbench on(type);
    EXPECT_EQ(on.append(opcode::add, on.x, on.number(0)), on.x);
    EXPECT_EQ(on.append(opcode::sub, on.x, on.number(0)), on.x);
    EXPECT_TRUE(on.stays(opcode::sub, on.number(0), on.x));
  }
}

TEST(Simplifier, MultipliesByZeroForNothingOnIntegersOnly) {
  for (const dtype type : integer_types) {
    workbench on(type);
    EXPECT_EQ(on.append(opcode::mul, on.x, on.number(0)), on.number(0));
    EXPECT_EQ(on.append(opcode::mul, on.number(0), on.x), on.number(0));
  }
  for (const dtype type : floating_types) {
    workbench on(type);
    EXPECT_TRUE(on.stays(opcode::mul, on.x, on.number(0))) << "NaN, infinities and the sign of zero";
    EXPECT_TRUE(on.stays(opcode::mul, on.x, on.number(-1))) << "the sign of NaN is open, but this is no smaller";
  }
}

TEST(Simplifier, KeepsWhatNanAndInfinityMakeDifferent) {
  for (const dtype type : floating_types) {
    workbench on(type);
    EXPECT_TRUE(on.stays(opcode::sub, on.x, on.x)) << "inf - inf";
    EXPECT_TRUE(on.stays(opcode::div, on.x, on.x)) << "0 / 0";
    EXPECT_TRUE(on.stays(opcode::min, on.x, on.y));
    const value_id same = on.made.append({opcode::equal, dtype::boolean, {on.x, on.x}});
    EXPECT_EQ(on.made[same].code, opcode::equal) << "NaN is not equal to itself";
    const value_id at_most = on.made.append({opcode::less_equal, dtype::boolean, {on.x, on.x}});
    EXPECT_EQ(on.made[at_most].code, opcode::less_equal);
  }
}

TEST(Simplifier, NeverReassociates) {
  for (const dtype type : floating_types) {
    workbench on(type);
    const value_id one = on.number(1), two = on.number(2);
    EXPECT_TRUE(on.stays(opcode::add, on.append(opcode::add, on.x, one), two));
    EXPECT_TRUE(on.stays(opcode::mul, on.append(opcode::mul, on.x, two), two));
    EXPECT_TRUE(on.stays(opcode::sub, on.append(opcode::add, on.x, on.y), on.y));
    EXPECT_TRUE(on.stays(opcode::div, on.append(opcode::mul, on.x, on.y), on.y));
    EXPECT_TRUE(on.stays(opcode::mul, on.append(opcode::add, on.x, on.y), two));
  }
}

TEST(Simplifier, NeverContractsOrExpands) {
  for (const dtype type : floating_types) {
    workbench on(type);
    EXPECT_TRUE(on.stays(opcode::add, on.append(opcode::mul, on.x, on.y), on.x)) << "two roundings stay two";
    const value_id fused = on.append(opcode::fma, on.x, on.y, on.number(-0.0));
    EXPECT_EQ(on.made[fused].code, opcode::fma) << "one rounding stays one";
    EXPECT_TRUE(on.stays(opcode::div, on.x, on.number(3))) << "no multiplication with a reciprocal";
  }
}

TEST(Simplifier, KeepsConversionsThatRound) {
  program made;
  const auto convert = [&](value_id from, dtype to) { return made.append({opcode::convert, to, {from}}); };
  const value_id f32 = made.input(0, dtype::f32), f64 = made.input(1, dtype::f64), i32 = made.input(2, dtype::i32), u8 = made.input(3, dtype::u8);
  EXPECT_EQ(convert(convert(f32, dtype::f64), dtype::f32), f32);
  EXPECT_EQ(convert(convert(u8, dtype::i32), dtype::u8), u8);
  EXPECT_EQ(made.append({opcode::truncate, dtype::i32, {convert(i32, dtype::f64)}}), i32);
  EXPECT_NE(convert(convert(f64, dtype::f32), dtype::f64), f64);
  EXPECT_NE(convert(convert(i32, dtype::u8), dtype::i32), i32);
  EXPECT_NE(made.append({opcode::truncate, dtype::i32, {convert(i32, dtype::f32)}}), i32) << "f32 holds no 32-bit integer";
}

TEST(Simplifier, TakesTheSmallerOfAValueAndItself) {
  for (const dtype type : numeric_types) {
    workbench on(type);
    for (const opcode code : {opcode::min, opcode::max}) {
      EXPECT_EQ(on.append(code, on.x, on.x), on.x);
      const value_id clipped = on.append(code, on.number(3), on.x);
      EXPECT_EQ(on.append(code, on.number(3), clipped), clipped);
      EXPECT_TRUE(on.stays(code, on.number(2), clipped));
      EXPECT_TRUE(on.stays(code == opcode::min ? opcode::max : opcode::min, on.number(3), clipped));
    }
  }
}

TEST(Simplifier, UndoesBitsThatAreFlippedTwice) {
  for (const dtype type : {dtype::boolean, dtype::u8, dtype::i32, dtype::f32, dtype::f64}) {
    workbench on(type);
    const value_id flipped = on.append(opcode::bit_xor, on.x, on.y);
    EXPECT_EQ(on.append(opcode::bit_xor, flipped, on.y), on.x);
    EXPECT_EQ(on.append(opcode::bit_xor, on.y, flipped), on.x);
    EXPECT_EQ(on.append(opcode::bit_xor, on.x, flipped), on.y);
    EXPECT_EQ(on.append(opcode::bit_and, on.x, on.x), on.x);
    EXPECT_EQ(on.append(opcode::bit_or, on.x, on.x), on.x);
    EXPECT_TRUE(on.stays(opcode::bit_andnot, on.x, on.y));
  }
}

TEST(Simplifier, SelectsWithoutAChoice) {
  workbench on(dtype::f32);
  const value_id either = on.made.input(2, dtype::boolean);
  const value_id yes = on.made.literal(dtype::boolean, 1), no = on.made.literal(dtype::boolean, 0);
  EXPECT_EQ(on.append(opcode::select, either, on.x, on.x), on.x);
  EXPECT_EQ(on.append(opcode::select, yes, on.x, on.y), on.x);
  EXPECT_EQ(on.append(opcode::select, no, on.x, on.y), on.y);
  EXPECT_EQ(on.made[on.append(opcode::select, either, on.x, on.y)].code, opcode::select);
}

TEST(Simplifier, ComputesWithLiteralsByTheScalarInterpretation) {
  EXPECT_EQ(read_program("%0 = literal f32 0x3f800000\n%1 = literal f32 0x33800000\n%2 = add f32 %0 %1\nstore 0 %2\n").without_dead_code().text(),
            "%0 = literal f32 0x3f800000\nstore 0 %0\n") << "1 + 2^-24 rounds to even";
  EXPECT_EQ(read_program("%0 = literal f64 0xfff0000000000000\n%1 = truncate i32 %0\nstore 0 %1\n").without_dead_code().text(),
            "%0 = literal i32 0x80000000\nstore 0 %0\n");
  EXPECT_EQ(read_program("%0 = literal u8 0xc8\n%1 = add u8 %0 %0\nstore 0 %1\n").without_dead_code().text(),
            "%0 = literal u8 0x90\nstore 0 %0\n");
  EXPECT_EQ(read_program("%0 = literal f32 0x7fc00000\n%1 = equal bool %0 %0\nstore 0 %1\n").without_dead_code().text(),
            "%0 = literal bool 0x00\nstore 0 %0\n");
  EXPECT_EQ(read_program("%0 = literal i32 0x3\n%1 = literal i32 0x1f\n%2 = shift_left i32 %0 %1\nstore 0 %2\n").without_dead_code().text(),
            "%0 = literal i32 0x80000000\nstore 0 %0\n");
}

TEST(Simplifier, LeavesScalarArgumentsAndInputsAlone) {
  workbench on(dtype::f32);
  const value_id scalar = on.made.scalar(0, dtype::f32);
  EXPECT_TRUE(on.stays(opcode::mul, on.x, scalar)) << "a run-time number that happens to be 1 changes no program";
  EXPECT_TRUE(on.stays(opcode::add, scalar, scalar));
}

}  // namespace
}  // namespace onepass::testing
