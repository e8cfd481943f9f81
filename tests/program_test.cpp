// Programs: the text form is complete, equal computations are one instruction, and no text is too hostile to read.
#include <onepass/ir/program.hpp>

#include <onepass/core/error.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "program_text.hpp"
#include "random_script.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// Every instruction at least once, every kind of fold, results in the middle.
constexpr std::string_view every_instruction = R"(%0 = input 0 f32
%1 = input 1 f64
%2 = input 2 i32
%3 = input 3 u8
%4 = input 4 bool
%5 = scalar 0 f32
%6 = literal f32 0x3fc00000
%7 = add f32 %0 %5
%8 = sub f32 %7 %6
%9 = mul f32 %0 %8
%10 = div f32 %9 %7
%11 = sqrt f32 %10
%12 = fma f32 %11 %10 %9
%13 = min f32 %12 %11
%14 = max f32 %13 %12
%15 = floor f32 %14
%16 = round_even f32 %14
%17 = scale f32 %6 %16
store 5 %17
%19 = bit_and f32 %15 %17
%20 = bit_or f32 %0 %19
%21 = bit_xor f32 %0 %20
%22 = bit_andnot f32 %21 %20
%23 = less bool %0 %22
%24 = less_equal bool %2 %2
%25 = equal bool %3 %3
%26 = unordered bool %1 %1
%27 = bit_and bool %23 %26
%28 = select f32 %27 %0 %22
%29 = convert i32 %3
%30 = convert f64 %2
%31 = truncate i32 %1
%32 = reinterpret i32 %28
%33 = shift_left i32 %32 %2
%34 = literal f64 0x7ff8000000000000
%35 = literal bool 0x01
%36 = literal u8 0xff
%37 = literal i32 0x80000000
%38 = fold sum all f32 %28 over %0
%39 = fold max last f32 %28 over %0
%40 = fold sum last keepdims f64 %30 over %2 %38
%41 = sub f64 %40 %1
store 6 %41
store 7 %33
store 8 %4
store 6 %41
%46 = ceil f32 %14
%47 = trunc f32 %14
%48 = shift_right i32 %33 %2
%49 = rarely f32 %27 %46 %47
%50 = lookup thirds f64 %48
store 5 %49
store 6 %50
%53 = count axes-1-3 f64 over %0 %38
%54 = fold sum axes-2 keepdims f64 %53 over %0
store 6 %54
%56 = position last i64 over %0
%57 = fold max last state largest f32 %0 over %0
%58 = fold min last state largest i64 %56 over %0
%59 = join largest 1 i64 %57 %58 %57
store 7 %59
%61 = scan sum axes-2 f32 %28 over %0
store 5 %61
)";

TEST(ProgramText, SaysEveryInstruction) {
  const program read = read_program(every_instruction);
  EXPECT_EQ(read.text(), every_instruction);
  for (int code = 0; code < opcode_count; ++code) {
    const auto is_it = [&](const instruction& at) { return static_cast<int>(at.code) == code; };
    EXPECT_TRUE(std::any_of(read.instructions().begin(), read.instructions().end(), is_it)) << opcode_table[code].name;
  }
}

TEST(ProgramText, IsReadAsTheProgramThatWroteIt) {
  std::vector<value_id> values;
  script_writer writer(1);
  for (int round = 0; round < 300; ++round) {
    program made = append_script(writer.write(60), values);
    for (std::uint32_t k = 0; k < 4; ++k) made.store(dtype_count + k, values[writer.below(values.size())]);
    EXPECT_EQ(read_program(made.text()), made) << made.text();
    const program live = made.without_dead_code();
    EXPECT_EQ(read_program(live.text()), live) << live.text();
  }
}

TEST(ProgramText, MayHaveCommentsBlankLinesAndAnyNumbers) {
  const program read = read_program("\n; nothing\n%7 = input 0 f32 ; the operand\r\n\t%3  =  sqrt f32 %7\n\n  store 0x1 %3");
  EXPECT_EQ(read.text(), "%0 = input 0 f32\n%1 = sqrt f32 %0\nstore 1 %1\n");
}

TEST(Program, HoldsNoComputationTwice) {
  program made;
  const value_id x = made.input(0, dtype::f32), y = made.input(1, dtype::f32);
  EXPECT_EQ(made.input(0, dtype::f32), x);
  const value_id sum = made.append({opcode::add, dtype::f32, {x, y}});
  const std::size_t size = made.size();
  EXPECT_EQ(made.append({opcode::add, dtype::f32, {x, y}}), sum);
  EXPECT_EQ(made.append({opcode::add, dtype::f32, {y, x}}), sum) << "the order of the operands of an addition";
  EXPECT_EQ(made.size(), size);
  const value_id difference = made.append({opcode::sub, dtype::f32, {x, y}});
  EXPECT_NE(made.append({opcode::sub, dtype::f32, {y, x}}), difference);
  const value_id smaller = made.append({opcode::min, dtype::f32, {x, y}});
  EXPECT_NE(made.append({opcode::min, dtype::f32, {y, x}}), smaller) << "the second operand is the answer to NaN and two zeros";
}

TEST(Program, HoldsNoComputationTwiceWhenItIsLarge) {
  program made;
  value_id last = made.input(0, dtype::i32);
  std::vector<value_id> ids;
  const auto grow = [&](value_id from) {
    ids.clear();
    for (int i = 0; i < 5000; ++i) ids.push_back(from = made.append({opcode::mul, dtype::i32, {from, from}}));
  };
  grow(last);
  const std::vector<value_id> first = ids;
  const std::size_t size = made.size();
  grow(last);
  EXPECT_EQ(ids, first);
  EXPECT_EQ(made.size(), size);
}

TEST(Program, KeepsWhatItsResultsNeedAndNothingElse) {
  const program whole = read_program(R"(%0 = input 0 f32
%1 = input 1 f32
%2 = sqrt f32 %1
%3 = input 2 f32
%4 = fold sum last keepdims f32 %0 over %0 %3
%5 = mul f32 %0 %4
store 3 %5
)");
  EXPECT_EQ(whole.without_dead_code().text(), R"(%0 = input 0 f32
%1 = input 2 f32
%2 = fold sum last keepdims f32 %0 over %0 %1
%3 = mul f32 %0 %2
store 3 %3
)") << "what gives a fold its shape is needed too";
}

// --- text that is wrong -----------------------------------------------------------------------------------------------

/// The message of the formula_error that reading `text` throws; empty if it throws none.
std::string complaint(std::string_view text) {
  try {
    read_program(text);
  } catch (const formula_error& problem) {
    return problem.what();
  }
  return {};
}

TEST(ProgramText, ThatIsWrongIsRefusedByLineAndReason) {
  const struct {
    std::string_view text, reason;
  } wrong[] = {
      {"%0 = input 0 f32\n%1 = frobnicate f32 %0\n", "unknown instruction 'frobnicate'"},
      {"%0 = input 0 f32\n%1 = sqrt f99 %0\n", "expected an element type, found 'f99'"},
      {"%0 = input 0 f32\n%1 = sqrt f32 %2\n", "value %2 is not known here"},
      {"%0 = input 0 f32\n%0 = sqrt f32 %0\n", "value %0 is defined twice"},
      {"%0 = input 0 f32\n%1 = sqrt f32\n", "expected an operand such as %0"},
      {"%0 = input 0 f32\n%1 = sqrt f32 %0 %0\n", "something is left at the end of the line"},
      {"%0 = input 0 f32\nstore -1 %0\n", "expected the number of an array operand"},
      {"%0 = input 0 f32\nstore 99999 %0\n", "expected the number of an array operand"},
      {"%0 = input 0 f32\n%1 sqrt f32 %0\n", "expected '='"},
      {"%0 = input 0 f32\nsqrt f32 %0\n", "expected '%' or 'store'"},
      {"%0 = input 0 f32\n%1 = store 0 f32 %0\n", "unknown instruction 'store'"},
      {"%0 = input 0 f32\n%1 = literal u8 0x100\n", "expected the bits of a literal of this type"},
      {"%0 = input 0 f32\n%1 = literal bool 2\n", "expected the bits of a literal of this type"},
      {"%0 = input 0 u8\n%1 = shift_left u8 %0 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 bf16\n%1 = add bf16 %0 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 f32\n%1 = reinterpret f64 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 i32\n%1 = lookup fourths f64 %0\n", "unknown table 'fourths' of f64"},
      {"%0 = input 0 i32\n%1 = lookup thirds f32 %0\n", "unknown table 'thirds' of f32"},
      {"%0 = input 0 u32\n%1 = lookup thirds f64 %0\n", "an index is i32"},
      {"%0 = input 0 i32\n%1 = div i32 %0 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 bool\n%1 = add bool %0 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 f32\n%1 = convert u8 %0\n", "the instruction does not take operands of these types"},
      {"%0 = input 0 f32\n%1 = fold frob all f32 %0 over %0\n", "unknown reduction 'frob' of f32"},
      {"%0 = input 0 f32\n%1 = fold sum some f32 %0 over %0\n", "expected 'all', 'last', or axes"},
      {"%0 = input 0 f32\n%1 = fold sum axes-1-1 f32 %0 over %0\n", "axes are counted from 1, each once"},
      {"%0 = input 0 f32\n%1 = fold sum axes-0 f32 %0 over %0\n", "axes are counted from 1, each once"},
      {"%0 = input 0 f32\n%1 = fold sum axes-17 f32 %0 over %0\n", "an axis counted from the end"},
      {"%0 = input 0 f32\n%1 = fold sum axes- f32 %0 over %0\n", "an axis counted from the end"},
      {"%0 = input 0 f32\n%1 = count all bool over %0\n", "a count is a number"},
      {"%0 = input 0 f32\n%1 = position all i32 over %0\n", "a position is i64"},
      {"%0 = input 0 f32\n%1 = fold max all state unheard f32 %0 over %0\n", "unknown joining 'unheard'"},
      {"%0 = input 0 f32\n%1 = fold max all state largest f32 %0 over %0\n", "a state or a position is used outside"},
      {"%0 = position all i64 over\nstore 1 %0\n", "a state or a position is used outside"},
      {"%0 = input 0 f32\n%1 = scan heap all f32 %0 over %0\n", "unknown reduction 'heap'"},
      {"%0 = input 0 f32\n%1 = join largest 1 i64 %0 %0 %0\n", "expected the states of the joining"},
      {"%0 = input 0 f32\n%1 = join largest 2 i64 %0 %0 %0\n", "expected the number of a state"},
      {"%0 = input 0 f32\n%1 = fold sum all f64 %0 over %0\n", "the operand has another type"},
      {"%0 = input 0 f32\n%1 = fold sum all f32 %0 %0\n", "expected 'over'"},
      {"%0 = literal f32 0\n%1 = fold sum all f32 %0 over %0\n", "only inputs and folds have a shape of their own"},
  };
  for (const auto& [text, reason] : wrong) {
    const std::string message = complaint(text);
    EXPECT_NE(message.find(reason), std::string::npos) << text << message;
    EXPECT_NE(message.find("line 2"), std::string::npos) << text << message;
    const std::string_view line = text.substr(text.find('\n') + 1);
    EXPECT_NE(message.find(line.substr(0, line.size() - 1)), std::string::npos) << "the line itself is shown: " << message;
  }
  EXPECT_TRUE(complaint(every_instruction).empty());
}

TEST(ProgramText, WithStatesAndPositionsOutsideTheirFoldsIsRefused) {
  const std::string_view states = "%0 = input 0 f32\n%1 = position last i64 over %0\n%2 = fold max last state largest f32 %0 over %0\n"
                                  "%3 = fold min last state largest i64 %1 over %0\n%4 = join largest 1 i64 %2 %3 %2\nstore 1 %4\n";
  EXPECT_EQ(complaint(states), "");
  for (const std::string_view wrong : {
           "%5 = sqrt f32 %2\nstore 1 %5\n",                          // a state of a block is a result
           "%5 = sub f32 %0 %2\n%6 = fold max last f32 %5 over %0\n",  // or in a fold of another kind
           "%5 = join largest 0 f32 %2 %3 %2\n%6 = fold max last state largest f32 %0 over %0 %4\n%7 = join largest 0 f32 %6 %3 %6\n",
           "%5 = fold min all i64 %1 over %0\n",                        // a position in a fold of other rows
           "%5 = add i64 %1 %1\nstore 1 %5\n",                         // or in a result
           "%5 = position all i64 over %0\n%6 = add i64 %1 %5\n%7 = fold min all i64 %6 over %0\n",  // or two of different rows
           // states of two groups in one value
           "%5 = fold max last state smallest f32 %0 over %0\n%6 = sub f32 %2 %5\n%7 = truncate i32 %6\n"
           "%8 = convert i64 %7\n%9 = fold min last state smallest i64 %8 over %0\n%10 = join smallest 1 i64 %5 %9 %5\nstore 1 %10\n",
       }) {
    EXPECT_NE(complaint(std::string(states) + std::string(wrong)).find("used outside the folds of its rows"), std::string::npos) << wrong;
  }
}

/// Reads hostile text; what is accepted has to be a program that its own text says. True if it was accepted.
bool survives(std::string_view text) {
  try {
    const program read = read_program(text);
    EXPECT_EQ(read_program(read.text()), read) << text;
    return true;
  } catch (const formula_error& problem) {
    EXPECT_NE(std::string_view(problem.what()).find("line"), std::string_view::npos);
    return false;
  }
}

TEST(HostileText, CutOffAnywhereIsReadOrRefused) {
  for (std::size_t length = 0; length < every_instruction.size(); ++length) survives(every_instruction.substr(0, length));
}

TEST(HostileText, WithRandomChangesIsReadOrRefused) {
  constexpr std::string_view letters = "%%%%0123456789 =\n\t;xf-\xff\x80" "adu";
  std::mt19937_64 random(7);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::size_t line_end = every_instruction.find('\n', below(every_instruction.size() - 1));
    std::string text(every_instruction.substr(0, line_end + 1));
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = letters[below(letters.size())];
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random()));
          break;
        case 2:
          text.erase(at, 1 + below(8));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(60)));
      }
      if (text.empty()) text = "%";
    }
    ++(survives(text) ? accepted : refused);
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 1000);
}

TEST(HostileText, OfExtremeFormIsRefused) {
  EXPECT_FALSE(survives(std::string(1 << 20, '%')));
  EXPECT_FALSE(survives("%99999999999999999999999 = input 0 f32\n"));
  EXPECT_FALSE(survives("%4294967296 = input 0 f32\n"));
  EXPECT_FALSE(survives("%0 = literal f32 0x\n"));
  EXPECT_FALSE(survives("%0 = literal f64 0x10000000000000000\n"));
  EXPECT_FALSE(survives(std::string_view("%0 = input 0 f32\n%1 = sqrt f32 \0%0\n", 36)));
  EXPECT_TRUE(survives(std::string(1 << 20, '\n')));
}

/// Folds over ever other inputs: more spaces than a fold can number.
std::string text_with_many_spaces() {
  std::string text;
  for (int i = 0; i < 17; ++i) text += "%" + std::to_string(i) + " = input " + std::to_string(i) + " f32\n";
  for (int fold = 1; fold < 65600; ++fold) {
    text += "%" + std::to_string(16 + fold) + " = fold sum all f32 %0 over";
    for (int i = 0; i < 17; ++i) {
      if ((fold >> i & 1) != 0) text += " %" + std::to_string(i);
    }
    text += "\n";
  }
  return text;
}

TEST(HostileText, WithMoreSpacesThanAFoldCanNumberIsRefused) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "takes too long";
#endif
  const auto read = [] {
    survives(text_with_many_spaces());
    std::exit(0);
  };
  EXPECT_EXIT(read(), ::testing::ExitedWithCode(0), "") << "a text is the user's mistake, never an internal error";
}

}  // namespace
}  // namespace onepass::testing
