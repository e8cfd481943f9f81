// The closed table of instructions: the abstract machine that every operation body is written for.
//
// One row is one instruction: its name, how many operands it takes, what it yields, and its exact meaning. Every
// interpretation (scalar, pack, traced), the interpreter and the code generator implement exactly these rows with
// exactly these meanings, and tests compare them pairwise. Operations are an open set built from these; adding a row
// here is a deliberate act. This file must not know what an operation, an array or a register is.
#pragma once

#include <cstdint>
#include <string_view>

#include <onepass/core/dtype.hpp>

namespace onepass {

/// What an instruction yields: the type of its operands, a truth value, or a type that it names itself.
enum class yields : std::uint8_t { same, truth, named };

// Meaning of the columns: name, number of operands, what it yields, meaning. a, b, c are the operands.
// "Rounded" means once, to nearest even, with subnormals kept. Integers wrap. Two NaNs are equal results. Where a row
// states a condition on its operands, a body has to keep it; beyond it the result is not specified.
#define ONEPASS_INSTRUCTIONS(row)                                                                            \
  /* leaves */                                                                                               \
  row(input, 0, named, "the element of array operand `immediate` at the current position")                   \
  row(scalar, 0, named, "run-time scalar argument number `immediate`, the same at every position")           \
  row(literal, 0, named, "the value whose bits are `immediate`")                                             \
  row(count, 0, named, "how many elements a fold along an axis set joins, rounded to the type")              \
  row(position, 0, named, "i64: how many elements come before this one in its block of such a fold")         \
  /* arithmetic */                                                                                           \
  row(add, 2, same, "a + b, rounded")                                                                        \
  row(sub, 2, same, "a - b, rounded")                                                                        \
  row(mul, 2, same, "a * b, rounded; never contracted with a following add")                                 \
  row(div, 2, same, "floating: a / b, rounded")                                                              \
  row(sqrt, 1, same, "floating: the square root, rounded; NaN below -0")                                     \
  row(fma, 3, same, "floating: a * b + c, rounded once")                                                     \
  row(min, 2, same, "a < b ? a : b; so b if either is NaN or both are zeros")                                \
  row(max, 2, same, "a > b ? a : b; so b if either is NaN or both are zeros")                                \
  row(floor, 1, same, "floating: the largest integral value not above a; keeps -0")                          \
  row(ceil, 1, same, "floating: the smallest integral value not below a; keeps the sign of zero")            \
  row(trunc, 1, same, "floating: a without its fraction; keeps the sign of zero")                            \
  row(round_even, 1, same, "floating: the nearest integral value, ties to even; keeps the sign of zero")     \
  row(scale, 2, same, "floating: a * 2^b, rounded once; |a| in [1/2, 2] and b integral, |b| <= 252 (f32) or 2044 (f64); or a NaN, b not infinite") \
  /* bits */                                                                                                 \
  row(bit_and, 2, same, "a & b on the bits; on truth values: both")                                          \
  row(bit_or, 2, same, "a | b on the bits; on truth values: either")                                         \
  row(bit_xor, 2, same, "a ^ b on the bits; on truth values: exactly one")                                   \
  row(bit_andnot, 2, same, "~a & b on the bits; on truth values: b and not a")                               \
  row(shift_left, 2, same, "32 or 64 bits: the bits of a moved up by b, zeros follow; 0 if b, unsigned, is not below the width") \
  row(shift_right, 2, same, "32 or 64 bits: the bits of a moved down by b, copies of the sign, or zeros if unsigned, follow") \
  /* choice */                                                                                               \
  row(less, 2, truth, "a < b; false if either is NaN")                                                       \
  row(less_equal, 2, truth, "a <= b; false if either is NaN")                                                \
  row(equal, 2, truth, "a == b; false if either is NaN; -0 equals +0")                                       \
  row(unordered, 2, truth, "floating: either is NaN")                                                        \
  row(select, 3, same, "truth value a ? b : c")                                                              \
  row(rarely, 3, same, "as select; a is seldom true, and b need not be computed where no a is")              \
  /* change of type */                                                                                       \
  row(convert, 1, named, "between the pairs of types that convertible() lists: integers keep value or low bits, others round") \
  row(truncate, 1, named, "floating to i32, towards zero; NaN or outside i32: the smallest i32")             \
  row(reinterpret, 1, named, "the same bits as another type of the same size; not from or to bool")          \
  row(lookup, 1, named, "element a (i32, taken as unsigned) of the constant table `immediate`; the last one if there is none") \
  /* reductions and results */                                                                               \
  row(fold, 1, same, "all elements of a along an axis set, joined in the order of reduction.hpp")            \
  row(scan, 1, same, "a joined with all elements before it along an axis set, in the order of reduction.hpp") \
  row(join, 3, named, "a state of all blocks, joined from the folds a, b, c that are the states of each; missing ones repeat a") \
  row(store, 1, same, "a becomes the element of array operand `immediate` at the current position")

enum class opcode : std::uint8_t {
#define ONEPASS_ROW(name, arity, result, meaning) name,
  ONEPASS_INSTRUCTIONS(ONEPASS_ROW)
#undef ONEPASS_ROW
};

#define ONEPASS_ROW(name, arity, result, meaning) +1
inline constexpr int opcode_count = ONEPASS_INSTRUCTIONS(ONEPASS_ROW);
#undef ONEPASS_ROW

struct opcode_facts {
  std::string_view name;
  std::uint8_t arity;
  yields result;
  std::string_view meaning;
};

inline constexpr opcode_facts opcode_table[] = {
#define ONEPASS_ROW(name, arity, result, meaning) {#name, arity, yields::result, meaning},
    ONEPASS_INSTRUCTIONS(ONEPASS_ROW)
#undef ONEPASS_ROW
};

constexpr const opcode_facts& facts_of(opcode code) noexcept { return opcode_table[static_cast<int>(code)]; }

/// True if exchanging the operands changes nothing but which NaN comes out.
constexpr bool is_commutative(opcode code) noexcept {
  switch (code) {
    case opcode::add:
    case opcode::mul:
    case opcode::bit_and:
    case opcode::bit_or:
    case opcode::bit_xor:
    case opcode::equal:
    case opcode::unordered:
      return true;
    default:
      return false;
  }
}

/// True if one instruction converts: i32 is the hub between bytes, words, double words and floats; i16 also meets bytes.
constexpr bool convertible(dtype from, dtype to) noexcept {
  switch (from) {
    case dtype::i8:
    case dtype::u8:
      return to == dtype::i16 || to == dtype::i32;
    case dtype::i16:
      return to == dtype::i8 || to == dtype::u8 || to == dtype::i32;
    case dtype::u16:
      return to == dtype::i32;
    case dtype::i32:
      return to == dtype::i8 || to == dtype::u8 || to == dtype::i16 || to == dtype::u16 || to == dtype::i64 || to == dtype::f32 || to == dtype::f64;
    case dtype::u32:
      return to == dtype::i64;
    case dtype::i64:
      return to == dtype::i32;
    case dtype::f16:
    case dtype::f64:
      return to == dtype::f32;
    case dtype::f32:
      return to == dtype::f16 || to == dtype::f64;
    case dtype::boolean:
    case dtype::u64:
    case dtype::bf16:
      break;
  }
  return false;
}

/// Number of an instruction in its program; operands refer to earlier instructions by it.
using value_id = std::uint32_t;

/// One instruction of a program. Operands beyond the arity of the opcode are 0.
struct instruction {
  opcode code;
  dtype type;  ///< of the result; for `store`, of what is stored
  value_id operands[3] = {0, 0, 0};
  std::uint64_t immediate = 0;

  bool operator==(const instruction&) const = default;
};

}  // namespace onepass
