// The machine code that is generated: what its listing must and must not contain, and that it computes what the
// program says when registers, masks and pointers run out.
//
// Code is compiled for both instruction sets on any machine; it is run only where the machine has them.
#include "compiler.hpp"

#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <regex.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "kernel_cache.hpp"
#include "kernel_room.hpp"
#include "program_text.hpp"
#include "random_script.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr isa both_sets[] = {isa::avx2, isa::avx512};

constexpr std::string_view relu_of_product = R"(%0 = input 0 f32
%1 = input 1 f32
%2 = mul f32 %0 %1
%3 = literal f32 0
%4 = max f32 %3 %2
%5 = input 2 f32
%6 = add f32 %4 %5
store 3 %6
)";

using lines = std::vector<std::string>;

lines listing_of(const program& code, isa set, std::vector<bool> stays = {}, bool streaming = false) {
  stays.resize(32, false);
  const jit::machine_code made = jit::compile(code, {set, stays, streaming}, true);
  EXPECT_EQ(made.refusal, "");
  lines result(1);
  for (const char c : made.listing) {
    if (c == '\n') {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

/// The turns of the main loop: from the aligned label to the jump back.
lines main_loop(const lines& listing) {
  const auto aligned = std::find(listing.begin(), listing.end(), "align 32");
  const auto end = std::find_if(aligned, listing.end(), [](const std::string& line) { return line.find("jle") != std::string::npos; });
  EXPECT_NE(end, listing.end());
  return aligned == listing.end() ? lines() : lines(aligned + 2, end);
}

/// An extended regular expression of POSIX.
class pattern {
 public:
  explicit pattern(const std::string& text) { EXPECT_EQ(regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB), 0) << text; }
  ~pattern() { regfree(&compiled_); }
  pattern(const pattern&) = delete;
  pattern& operator=(const pattern&) = delete;
  bool is_in(const std::string& line) const { return regexec(&compiled_, line.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t compiled_;
};

std::ptrdiff_t count(const lines& in, const std::string& text) {
  const pattern wanted(text);
  return std::count_if(in.begin(), in.end(), [&](const std::string& line) { return wanted.is_in(line); });
}

std::string joined(const lines& in) {
  std::string text;
  for (const std::string& line : in) text += line.starts_with(".db") ? std::string() : line + "\n";
  return text;
}

program traced_expression(int which) {
  program made;
  const traced<float> x{&made, made.input(0, dtype::f32)};
  const traced<double> wide{&made, made.input(1, dtype::f64)};
  const traced<std::int32_t> whole{&made, made.input(2, dtype::i32)};
  const traced<std::uint8_t> byte{&made, made.input(3, dtype::u8)};
  switch (which) {
    case 0:
      made.store(4, tanh(x).id);
      break;
    case 1:
      made.store(4, sigmoid(wide).id);
      break;
    case 2:
      made.store(4, divide(whole, whole * whole).id);
      break;
    case 3:
      made.store(4, divide(byte, byte + byte).id);
      break;
    case 4:
      made.store(4, (exp(cast<double>(x)) * wide).id);
      break;
    default:
      made.store(4, made.fold(reduction_of<max_op, float>(), axis_set::last(), true, exp(x).id, {}));
  }
  return made;
}
constexpr int traced_expressions = 6;

// --- what the listing says --------------------------------------------------------------------------------------------

TEST(MachineCode, ReadsEachInputOnceAndSavesNothing) {
  for (const isa set : both_sets) {
    const lines loop = main_loop(listing_of(read_program(relu_of_product), set));
    SCOPED_TRACE(joined(loop));
    const std::ptrdiff_t steps = count(loop, R"(^vmovu?n?t?ps \[r11)");
    EXPECT_GE(steps, 1);
    for (const char* const pointer : {"r8", "r9", "r10", "r11"}) EXPECT_EQ(count(loop, std::string("\\[") + pointer + "\\+rcx"), steps) << pointer;
    EXPECT_EQ(count(loop, "rsp|rbp"), 0) << "the frame is not touched";
    EXPECT_LE(static_cast<std::ptrdiff_t>(loop.size()), 7 * steps + 2) << "3 loads, 3 operations, 1 store; then the count";
    for (const char* const operation : {"^vmulps", "^vmaxps", "^vaddps"}) EXPECT_EQ(count(loop, operation), steps);
  }
}

TEST(MachineCode, ReadsASharedInputOnce) {
  const program code = read_program("%0 = input 0 f32\n%1 = mul f32 %0 %0\n%2 = add f32 %1 %0\n%3 = sqrt f32 %0\nstore 1 %2\nstore 2 %3\n");
  for (const isa set : both_sets) {
    const lines loop = main_loop(listing_of(code, set));
    EXPECT_EQ(count(loop, R"(\[r8\+rcx)"), count(loop, R"(\[r9\+rcx)")) << joined(loop);
  }
}

TEST(MachineCode, HasConstantsOutsideOfTheLoop) {
  const program code = read_program(R"(%0 = input 0 f32
%1 = scalar 0 f32
%2 = scalar 1 f32
%3 = literal f32 0x40490fdb
%4 = input 1 f32
%5 = mul f32 %0 %1
%6 = add f32 %5 %2
%7 = mul f32 %6 %3
%8 = sub f32 %7 %4
store 2 %8
)");
  for (const isa set : both_sets) {
    const lines whole = listing_of(code, set, {false, true}), loop = main_loop(whole);
    SCOPED_TRACE(joined(whole));
    EXPECT_GE(count(whole, "^vbroadcastss"), 3) << "two scalars, and the operand that stays in its row";
    EXPECT_EQ(count(loop, "broadcast"), 0);
    EXPECT_EQ(count(loop, R"(\[L|\[r9)"), 0) << "nothing but elements is read";
  }
}

TEST(MachineCode, HasExactlyOneRowLoopThatReloadsWhatStays) {
  const lines whole = listing_of(read_program(relu_of_product), isa::avx512, {false, false, true});
  EXPECT_EQ(count(whole, R"(^vbroadcastss .*\[r10\])"), 1);
  EXPECT_EQ(count(whole, R"(^dec qword)"), 1);
}

TEST(MachineCode, ForAvx2HasNothingOfAvx512) {
  for (int which = 0; which < traced_expressions; ++which) {
    const std::string text = joined(listing_of(traced_expression(which), isa::avx2));
    for (const char* const foreign : {"zmm", R"(\b[xy]mm(1[6-9]|2[0-9]|3[01])\b)", R"(\bk[0-7]\b)", R"(\{)",
                                      R"(\bvp(ternlog|movm2|x?or[dq]|and[dq]))", R"(\bv(rndscale|scalef|getexp|range|fixup))"}) {
      EXPECT_FALSE(pattern(foreign).is_in(text)) << foreign << "\n" << text;
    }
  }
}

TEST(MachineCode, ForAvx512RoundsInItsEncoding) {
  const pattern arithmetic("^v(add|sub|mul|div|sqrt|fn?m(add|sub)[0-9]+)(ps|pd|ss|sd)");
  for (int which = 0; which < traced_expressions; ++which) {
    for (const std::string& line : listing_of(traced_expression(which), isa::avx512)) {
      if (arithmetic.is_in(line)) {
        EXPECT_NE(line.find("{rn-sae}"), std::string::npos) << line;
      }
    }
  }
}

/// Elements that one turn of the main loop computes.
int turn_of(const program& code, isa set) {
  const lines listing = listing_of(code, set);
  const auto aligned = std::find(listing.begin(), listing.end(), "align 32");
  const auto step = std::find_if(aligned, listing.end(), [](const std::string& line) { return line.starts_with("add rcx, "); });
  return step == listing.end() ? 0 : std::stoi(step->substr(9));
}

TEST(MachineCode, TakesWholeRegistersOfTheWidestKind) {
  const auto copy = [](const std::string& type) { return read_program("%0 = input 0 " + type + "\nstore 1 %0\n"); };
  const program mixed = read_program("%0 = input 0 f32\n%1 = input 1 f64\n%2 = convert f64 %0\n%3 = mul f64 %1 %2\nstore 2 %3\n");
  for (const isa set : both_sets) {
    const int bytes = set == isa::avx512 ? 64 : 32;
    for (int i = 0; i < dtype_count; ++i) {
      const auto type = static_cast<dtype>(i);
      const int size = static_cast<int>(size_of(type));
      EXPECT_EQ(turn_of(copy(std::string(name(type))), set), 2 * bytes / size) << name(type) << ": two registers of it, to overlap their latencies";
    }
    EXPECT_EQ(turn_of(mixed, set), 2 * bytes / 4) << "a register of f32 beside two of f64";
  }
}

TEST(MachineCode, FoldsTheSameLanesOnEveryInstructionSet) {
  for (const isa set : both_sets) {
    EXPECT_EQ(turn_of(read_program("%0 = input 0 f32\n%1 = fold sum last keepdims f32 %0 over\nstore 1 %1\n"), set), 64);
    EXPECT_EQ(turn_of(read_program("%0 = input 0 f64\n%1 = fold sum last keepdims f64 %0 over\nstore 1 %1\n"), set), 32);
  }
}

TEST(MachineCode, LeavesTheRegistersAsTheCallerWantsThem) {
  std::string many = "%0 = input 0 u8\n";
  for (int i = 1; i < 12; ++i) many += "%" + std::to_string(i) + " = input " + std::to_string(i) + " u8\n";
  many += "%12 = add u8 %0 %1\n";
  for (int i = 2; i < 12; ++i) many += "%" + std::to_string(11 + i) + " = add u8 %" + std::to_string(10 + i) + " %" + std::to_string(i) + "\n";
  many += "store 12 %22\n";
  for (const isa set : both_sets) {
    for (const program& code : {read_program(many), read_program(relu_of_product), traced_expression(traced_expressions)}) {
      const lines whole = listing_of(code, set);
      SCOPED_TRACE(joined(whole));
      EXPECT_EQ(whole[0], "endbr64") << "a target of indirect calls";
      const std::ptrdiff_t ways_out = count(whole, "^ret$");
      EXPECT_GE(ways_out, 1);
      EXPECT_EQ(count(whole, "^vzeroupper$"), ways_out);
      for (const std::string reg : {"rbx", "r12", "r13", "r14", "r15"}) {
        const std::ptrdiff_t pushes = count(whole, "^push " + reg), pops = count(whole, "^pop " + reg);
        EXPECT_EQ(pushes * ways_out, pops) << reg;
        const std::string any_width = reg == "rbx" ? "([re]?bx|bl)" : reg + "[dwb]?";
        const bool used = count(whole, "\\b" + any_width + "\\b") > pushes + pops;
        EXPECT_EQ(pushes == 1, used) << reg << " is saved if and only if it is used";
      }
    }
  }
}

TEST(MachineCode, WritesPastTheCachesOnlyWhenAskedTo) {
  for (const isa set : both_sets) {
    EXPECT_GT(count(main_loop(listing_of(read_program(relu_of_product), set, {}, true)), "^vmovnt"), 0);
    EXPECT_EQ(count(listing_of(read_program(relu_of_product), set, {}, false), "^vmovnt"), 0);
  }
}

constexpr std::string_view rare_roots = R"(%0 = input 0 f32
%1 = input 1 f32
%2 = less bool %0 %1
%3 = sqrt f32 %0
%4 = div f32 %3 %1
%5 = sqrt f32 %4
%6 = div f32 %5 %0
%7 = sqrt f32 %6
%8 = rarely f32 %2 %7 %1
store 2 %8
)";

TEST(MachineCode, SkipsWhatIsForRareCasesOnly) {
  for (const isa set : both_sets) {
    const lines whole = listing_of(read_program(rare_roots), set), loop = main_loop(whole);
    SCOPED_TRACE(joined(whole));
    const std::ptrdiff_t steps = count(loop, R"(^vmovups .*\[r8)");
    EXPECT_EQ(count(loop, "^v(sqrt|div)"), 0);
    EXPECT_EQ(count(loop, "rsp"), 0) << "whoever skips it does not pay for it";
    EXPECT_EQ(count(loop, "^jnz"), steps);
    EXPECT_EQ(count(whole, "^vsqrtps"), 3 * (steps + 1)) << "a region for each step, and for the tail";
    EXPECT_EQ(count(whole, R"(^ktestw k[1-6], k7|^vptest ymm[0-9]+, .*\[rax)"), 1) << "lanes of the tail that do not count are no rare case";
    EXPECT_EQ(count(whole, "^jmp"), steps + 2) << "each comes back; and there is the next row";
  }
}

TEST(MachineCode, ComputesShortRareCasesWhereTheyStand) {
  const program code = read_program("%0 = input 0 f32\n%1 = less bool %0 %0\n%2 = sqrt f32 %0\n%3 = rarely f32 %1 %2 %0\nstore 1 %3\n");
  for (const isa set : both_sets) EXPECT_EQ(count(main_loop(listing_of(code, set)), "^jnz"), 0);
}

TEST(MachineCode, OfAProgramThatIsTooLargeIsRefused) {
  program huge;
  value_id last = huge.input(0, dtype::f32);
  for (int i = 0; i < 70000; ++i) last = huge.append({opcode::mul, dtype::f32, {last, last}});
  huge.store(1, last);
  for (const isa set : both_sets) {
    const jit::machine_code made = jit::compile(huge, {set, {false}, false}, false);
    EXPECT_EQ(made.refusal, "the program is too large for one kernel");
    EXPECT_TRUE(made.bytes.empty());
  }
}

// --- what it computes -------------------------------------------------------------------------------------------------

/// Elements for every operand of a program that has `inputs` of them to read.
struct operands {
  operands(const program& code, std::size_t inputs, std::size_t count, std::uint64_t seed) : size(count) {
    for (const instruction& at : code.instructions()) {
      if (at.code != opcode::input && at.code != opcode::store) continue;
      if (types.size() <= at.immediate) types.resize(at.immediate + 1, dtype::u8);
      types[at.immediate] = at.type;
    }
    for (std::size_t slot = 0; slot < types.size(); ++slot) {
      std::vector<std::byte>& to = memory.emplace_back(count * size_of(types[slot]) + 64, std::byte{0x5a});
      if (slot < inputs) fill(to, types[slot], seed + slot);
    }
  }

  void fill(std::vector<std::byte>& to, dtype type, std::uint64_t seed) const {
    with_element_type(type, [&](auto t) {
      using T = typename decltype(t)::type;
      const std::deque<T> values = random_values<T>(size, seed), edges = edge_values<T>();
      for (std::size_t i = 0; i < size; ++i) {
        const T value = i % 3 == 0 ? edges[(i + seed) % edges.size()] : values[i];
        std::memcpy(&to[i * sizeof(T)], &value, sizeof(T));
      }
    });
  }

  std::uint64_t bits(std::size_t slot, std::size_t i) const {
    std::uint64_t result = 0;
    std::memcpy(&result, &memory[slot][i * size_of(types[slot])], size_of(types[slot]));
    return result;
  }

  void run(const kernel& with) {
    std::vector<std::uint64_t> room((tile_bytes(memory.size()) + 7) / 8);
    kernel_room of_kernel(with);
    tile& what = *new (room.data()) tile{1, size, nullptr, of_kernel.data()};
    for (std::size_t slot = 0; slot < memory.size(); ++slot) {
      what.operands()[slot] = {memory[slot].data(), 0, static_cast<std::ptrdiff_t>(size_of(types[slot]))};
    }
    const environment_scope preset;
    EXPECT_EQ(with.entry(what, with.context), outcome::done);
  }

  std::size_t size;
  std::vector<dtype> types;
  std::vector<std::vector<std::byte>> memory;
};

/// The kernels that this machine can run: generated for each instruction set, and interpreted.
std::vector<std::pair<std::string, kernel>> kernels_of(const program& code, std::size_t inputs) {
  std::vector<std::pair<std::string, kernel>> made{{"interpreted", interpreted_kernel(code, isa::baseline)}};
  for (const isa set : both_sets) {
    if (set > capabilities().active) continue;
    const made_kernel compiled = compiled_kernel(code, {set, std::vector<bool>(inputs, false), false});
    EXPECT_EQ(compiled.refusal, "");
    made.emplace_back(name(set), compiled.code);
  }
  return made;
}

/// Runs all kernels of a program, and compares what they store with the scalar interpretation. Returns how many
/// elements were compared: those that depend on the payload of a NaN are not.
std::size_t check_results(const program& code, std::size_t inputs, std::size_t count, std::uint64_t seed) {
  std::size_t compared = 0;
  for (const auto& [which, made] : kernels_of(code, inputs)) {
    operands all(code, inputs, count, seed);
    all.run(made);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::uint64_t> element;
      for (std::size_t slot = 0; slot < inputs; ++slot) element.push_back(all.bits(slot, i));
      const std::vector<evaluated> expected = evaluate_lines(code.instructions(), element);
      for (value_id id = 0; id < code.size(); ++id) {
        if (code[id].code != opcode::store || expected[id].loose) continue;
        ++compared;
        const std::uint64_t found = all.bits(code[id].immediate, i);
        const bool same = found == expected[id].bits || (is_nan(found, code[id].type) && is_nan(expected[id].bits, code[id].type));
        EXPECT_TRUE(same) << which << ", element " << i << " of " << count << ", store " << code[id].immediate << ": " << std::hex << found
                          << ", not " << expected[id].bits << "\n" << code.text();
        if (!same) return compared;
      }
    }
    for (std::size_t slot = inputs; slot < all.memory.size(); ++slot) {
      EXPECT_EQ(all.memory[slot][count * size_of(all.types[slot])], std::byte{0x5a}) << which << " wrote beyond " << count << " elements";
    }
  }
  return compared;
}

TEST(MachineCode, ComputesWithMoreLiveValuesThanRegisters) {
  for (const dtype type : {dtype::f32, dtype::f64, dtype::i32}) {
    program code;
    const value_id x = code.input(0, type);
    std::vector<value_id> live{code.append({opcode::add, type, {x, x}})};
    for (int i = 1; i < 40; ++i) live.push_back(code.append({i % 2 == 0 ? opcode::sub : opcode::mul, type, {live.back(), x}}));
    value_id total = live.back();
    for (std::size_t i = 39; i-- > 0;) total = code.append({i % 2 == 0 ? opcode::add : opcode::sub, type, {total, live[i]}});
    code.store(1, total);
    for (const isa set : both_sets) EXPECT_GT(count(main_loop(listing_of(code, set)), "rsp"), 0) << "some values have to go to the frame";
    for (const std::size_t n : {1u, 5u, 31u, 32u, 33u, 100u}) check_results(code, 1, n, n);
  }
}

TEST(MachineCode, ComputesWithMoreLiveTruthValuesThanMasks) {
  program code;
  const value_id x = code.input(0, dtype::f32), y = code.input(1, dtype::f32);
  std::vector<value_id> truths, numbers{x};
  for (int i = 0; i < 20; ++i) {
    numbers.push_back(code.append({opcode::add, dtype::f32, {numbers.back(), y}}));
    truths.push_back(code.append({i % 2 == 0 ? opcode::less : opcode::less_equal, dtype::boolean, {numbers.back(), x}}));
  }
  value_id chosen = y;
  for (std::size_t i = 20; i-- > 0;) chosen = code.append({opcode::select, dtype::f32, {truths[i], chosen, numbers[i]}});
  code.store(2, chosen);
  code.store(3, truths[7]);
  for (const std::size_t n : {1u, 16u, 65u, 200u}) check_results(code, 2, n, 3 * n);
}

TEST(MachineCode, ComputesWithMoreOperandsThanPointers) {
  program code;
  value_id total = code.input(0, dtype::f32);
  for (std::uint32_t slot = 1; slot < 25; ++slot) total = code.append({opcode::sub, dtype::f32, {code.input(slot, dtype::f32), total}});
  for (std::uint32_t k = 0; k < 5; ++k) code.store(25 + k, code.append({opcode::mul, dtype::f32, {total, code.input(k, dtype::f32)}}));
  for (const std::size_t n : {1u, 33u, 100u}) check_results(code, 25, n, n);
}

TEST(MachineCode, ComputesWithMoreLiteralsThanRegisters) {
  program code;
  value_id x = code.input(0, dtype::f32);
  for (int i = 0; i < 60; ++i) {
    const value_id number = code.literal(dtype::f32, to_bits(0.5f + static_cast<float>(i)));
    x = code.append({opcode::fma, dtype::f32, {x, number, x}});
  }
  code.store(1, x);
  for (const std::size_t n : {1u, 33u, 100u}) check_results(code, 1, n, n);
}

TEST(MachineCode, ComputesWhatRandomProgramsSay) {
  script_writer writer(9);
  std::vector<value_id> values;
  std::size_t compared = 0, elements = 0;
  for (std::uint64_t round = 0; round < 150; ++round) {
    program code = append_script(writer.write(10 + static_cast<int>(round) / 2), values);
    for (std::uint32_t k = 0; k < 3; ++k) code.store(dtype_count + k, values[values.size() - 1 - writer.below(12)]);
    const std::size_t n = 1 + writer.below(70);
    compared += check_results(code, dtype_count, n, round);
    elements += 3 * n * kernels_of(code, dtype_count).size();
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, elements / 2);
}

}  // namespace
}  // namespace onepass::testing
