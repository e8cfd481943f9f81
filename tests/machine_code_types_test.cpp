// Generated code on every element type: what it computes, against the interpreter with the baseline packs.
//
// First every instruction on its own, on edge values in all pairs; then random programs of a few types each, so that
// each width decides how many lanes a step has; then folds. Operands lie against pages that nobody may touch, before or
// behind them, at any offset; some stay the same along a row.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "code_memory.hpp"
#include "compiler.hpp"
#include "guarded_memory.hpp"
#include "interpreter.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr isa both_sets[] = {isa::avx2, isa::avx512};

std::vector<isa> sets_here() {
  std::vector<isa> made;
  for (const isa set : both_sets) {
    if (set <= capabilities().active) made.push_back(set);
  }
  return made;
}

std::vector<dtype> all_types() {
  std::vector<dtype> made;
  for (int i = 0; i < dtype_count; ++i) made.push_back(static_cast<dtype>(i));
  return made;
}

// --- a call -----------------------------------------------------------------------------------------------------------

/// What the operands of a program are: by slot, those that are read first.
struct signature {
  std::vector<dtype> types;
  std::size_t inputs = 0;
  std::vector<bool> is_folded;  ///< gets one element a row

  explicit signature(const program& code) {
    for (const instruction& at : code.instructions()) {
      if (at.code != opcode::input && at.code != opcode::store) continue;
      if (types.size() <= at.immediate) types.resize(at.immediate + 1, dtype::u8), is_folded.resize(at.immediate + 1, false);
      types[at.immediate] = at.type;
      if (at.code == opcode::input) inputs = std::max<std::size_t>(inputs, at.immediate + 1);
      if (at.code == opcode::store) is_folded[at.immediate] = code[at.operands[0]].code == opcode::fold;
    }
  }
};

std::uint64_t bits_at(const std::byte* from, dtype type, std::size_t i) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, from + i * size_of(type), size_of(type));
  return bits;
}

/// Elements in order, edges and random ones.
std::vector<std::byte> elements(dtype type, std::size_t count, std::uint64_t seed) {
  std::vector<std::byte> made(count * size_of(type) + 8);
  with_element_type(type, [&](auto t) {
    using T = typename decltype(t)::type;
    const std::deque<T> random = random_values<T>(count, seed), edges = edge_values<T>();
    std::mt19937_64 choice(seed);
    for (std::size_t i = 0; i < count; ++i) {
      const T value = choice() % 2 == 0 ? random[i] : edges[choice() % edges.size()];
      std::memcpy(&made[i * sizeof(T)], &value, sizeof(T));
    }
  });
  return made;
}

/// Rows of elements between guards: the first against the guard before it, or the last against the one behind. The
/// memory of a slot serves one call after another.
class guarded_operand {
 public:
  guarded_operand(std::size_t slot, std::size_t bytes, bool at_end) : memory_(memory_of(slot, bytes)), bytes_(bytes) {
    data_ = at_end ? memory_.end() - bytes : memory_.begin();
    std::fill(margin_begin(), margin_end(), std::byte{0x5a});
  }
  std::byte* data() const { return data_; }
  /// True if nothing beside the operand was written.
  bool is_clean() const {
    const auto untouched = [](std::byte b) { return b == std::byte{0x5a}; };
    return std::all_of(margin_begin(), data_, untouched) && std::all_of(data_ + bytes_, margin_end(), untouched);
  }

 private:
  static constexpr std::ptrdiff_t margin = 256;
  static guarded_memory& memory_of(std::size_t slot, std::size_t bytes) {
    static std::vector<std::unique_ptr<guarded_memory>> slots;
    if (slots.size() <= slot) slots.resize(slot + 1);
    std::unique_ptr<guarded_memory>& at = slots[slot];
    if (!at || at->end() - at->begin() < static_cast<std::ptrdiff_t>(bytes)) at = std::make_unique<guarded_memory>(bytes);
    return *at;
  }
  std::byte* margin_begin() const { return data_ - std::min(margin, data_ - memory_.begin()); }
  std::byte* margin_end() const { return data_ + bytes_ + std::min(margin, memory_.end() - data_ - static_cast<std::ptrdiff_t>(bytes_)); }

  guarded_memory& memory_;
  std::byte* data_ = nullptr;
  std::size_t bytes_;
};

/// How a program is called.
struct call {
  std::size_t rows = 1, columns = 0;
  std::vector<bool> stays = {};  ///< inputs
  bool at_end = true;
  std::uint64_t seed = 1;
  std::vector<std::uint64_t> scalars = {};
};

/// Calls a kernel on fresh operands; returns what it stored, operand after operand.
std::vector<std::vector<std::byte>> results_of(const kernel& code, const signature& of, const call& how,
                                               const std::vector<std::vector<std::byte>>& inputs) {
  std::deque<guarded_operand> operands;
  std::vector<std::uint64_t> room((tile_bytes(of.types.size()) + 7) / 8);
  const guarded_operand kernel_room(of.types.size(), (code.room_bytes + 63) / 64 * 64, true);
  tile& what = *new (room.data()) tile{how.rows, how.columns, how.scalars.data(), kernel_room.data()};
  for (std::size_t slot = 0; slot < of.types.size(); ++slot) {
    const std::size_t size = size_of(of.types[slot]);
    const bool is_one = slot < of.inputs ? how.stays[slot] : of.is_folded[slot];
    const std::size_t row = is_one ? size : how.columns * size;
    const guarded_operand& at = operands.emplace_back(slot, how.rows * row, how.at_end);
    if (slot < of.inputs && how.rows * row > 0) std::memcpy(at.data(), inputs[slot].data(), how.rows * row);
    what.operands()[slot] = {at.data(), static_cast<std::ptrdiff_t>(row), static_cast<std::ptrdiff_t>(is_one ? 0 : size)};
  }
  {
    const environment_scope preset;
    EXPECT_EQ(code.entry(what, code.context), outcome::done);
  }
  EXPECT_TRUE(kernel_room.is_clean()) << "wrote beside its room";
  std::vector<std::vector<std::byte>> results;
  for (std::size_t slot = 0; slot < of.types.size(); ++slot) {
    EXPECT_TRUE(operands[slot].is_clean()) << "wrote beside operand " << slot;
    if (slot < of.inputs) continue;
    const std::size_t bytes = how.rows * static_cast<std::size_t>(what.operands()[slot].row_stride);
    results.emplace_back(operands[slot].data(), operands[slot].data() + bytes);
  }
  return results;
}

bool same_element(dtype type, std::uint64_t a, std::uint64_t b) {
  return with_element_type(type, [&](auto t) {
    using T = typename decltype(t)::type;
    return std::is_same_v<T, bool> ? a == b : same_bits(from_bits<T>(a), from_bits<T>(b));
  });
}

std::string described(const program& code, const call& how, isa set) {
  std::string text = std::string(name(set)) + ", " + std::to_string(how.rows) + " rows of " + std::to_string(how.columns) + " columns, seed " +
                     std::to_string(how.seed) + (how.at_end ? ", before a guard" : ", behind a guard") + ", stays";
  for (const bool stays : how.stays) text += stays ? " 1" : " 0";
  for (const std::uint64_t bits : how.scalars) text += " scalar " + std::to_string(bits);
  return text + "\n" + code.text();
}

// --- a program, compiled ----------------------------------------------------------------------------------------------

kernel compiled(const program& code, isa set, const std::vector<bool>& stays, std::string& refusal) {
  const jit::machine_code made = jit::compile(code, {set, stays, false});
  refusal = made.refusal;
  if (!refusal.empty()) return {};
  const void* const entry = jit::make_executable(made.bytes, refusal);
  return {reinterpret_cast<entry_point>(reinterpret_cast<std::uintptr_t>(entry)), nullptr, set == isa::avx512};
}

/// Compares what code for each instruction set stores with what the interpreter does, for each of the lengths.
bool check(const program& code, call how, const std::vector<std::size_t>& lengths) {
  const signature of(code);
  how.stays.resize(of.inputs, false);
  const interpreted reference(code, isa::baseline);
  std::vector<std::vector<std::byte>> inputs;
  const std::size_t most = how.rows * std::max<std::size_t>(1, *std::max_element(lengths.begin(), lengths.end()));
  for (std::size_t slot = 0; slot < of.inputs; ++slot) inputs.push_back(elements(of.types[slot], most, how.seed * 31 + slot));
  std::vector<kernel> kernels;
  for (const isa set : sets_here()) {
    std::string refusal;
    kernels.push_back(compiled(code, set, how.stays, refusal));
    EXPECT_EQ(refusal, "") << described(code, how, set);
    if (!refusal.empty()) return false;
  }
  for (const std::size_t columns : lengths) {
    how.columns = columns;
    const auto expected = results_of(reference.kernel(), of, how, inputs);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const auto found = results_of(kernels[k], of, how, inputs);
      for (std::size_t s = 0; s < found.size(); ++s) {
        const dtype type = of.types[of.inputs + s];
        for (std::size_t i = 0; i < found[s].size() / size_of(type); ++i) {
          const std::uint64_t mine = bits_at(found[s].data(), type, i), right = bits_at(expected[s].data(), type, i);
          if (same_element(type, mine, right)) continue;
          ADD_FAILURE() << "element " << i << " of result " << s << " is " << std::hex << mine << ", not " << right << std::dec << "\n"
                        << described(code, how, sets_here()[k]);
          return false;
        }
      }
    }
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << described(code, how, isa::baseline);
      return false;
    }
  }
  return true;
}

/// 0 to a few turns of the main loop.
std::vector<std::size_t> lengths_around_steps() {
  std::vector<std::size_t> made;
  for (std::size_t n = 0; n <= 35; ++n) made.push_back(n);
  for (const std::size_t n : {47u, 48u, 49u, 63u, 64u, 65u, 66u, 100u, 127u, 128u, 129u, 190u, 255u, 256u, 257u, 258u, 300u}) made.push_back(n);
  return made;
}

// --- each instruction -------------------------------------------------------------------------------------------------

struct single_instruction {
  program code;
  std::string name;
};

/// Every instruction on every type that it takes, as a program of its own.
std::vector<single_instruction> single_instructions() {
  std::vector<single_instruction> made;
  const auto add = [&](opcode code, dtype operands, dtype result, bool truth_first = false) {
    single_instruction& one = made.emplace_back();
    one.name = std::string(facts_of(code).name) + " " + std::string(name(operands)) + " " + std::string(name(result));
    instruction at{code, result};
    const auto arity = static_cast<std::uint32_t>(facts_of(code).arity);
    for (std::uint32_t i = 0; i < arity; ++i) at.operands[i] = one.code.input(i, truth_first && i == 0 ? dtype::boolean : operands);
    one.code.store(arity, one.code.append(at));
  };
  for (const dtype type : all_types()) {
    for (const opcode code : {opcode::bit_and, opcode::bit_or, opcode::bit_xor, opcode::bit_andnot}) add(code, type, type);
    for (const opcode code : {opcode::select, opcode::rarely}) add(code, type, type, true);
    for (const dtype to : all_types()) {
      if (convertible(type, to)) add(opcode::convert, type, to);
      const bool same_size = type != dtype::boolean && to != dtype::boolean && type != to && size_of(type) == size_of(to);
      if (same_size) add(opcode::reinterpret, type, to);
    }
    if (type == dtype::boolean || is_storage(type)) continue;
    for (const opcode code : {opcode::add, opcode::sub, opcode::mul, opcode::min, opcode::max}) add(code, type, type);
    for (const opcode code : {opcode::less, opcode::less_equal, opcode::equal}) add(code, type, dtype::boolean);
    if (is_integer(type) && size_of(type) >= 4) {
      for (const opcode code : {opcode::shift_left, opcode::shift_right}) add(code, type, type);
    }
    if (!is_floating(type)) continue;
    for (const opcode code : {opcode::div, opcode::sqrt, opcode::fma}) add(code, type, type);
    for (const opcode code : {opcode::floor, opcode::ceil, opcode::trunc, opcode::round_even}) add(code, type, type);
    add(opcode::unordered, type, dtype::boolean);
    add(opcode::truncate, type, dtype::i32);
  }
  return made;
}

TEST(MachineCodeTypes, EveryInstructionComputesWhatTheInterpreterDoes) {
  for (const single_instruction& one : single_instructions()) {
    SCOPED_TRACE(one.name);
    check(one.code, {.rows = 2, .seed = 1}, lengths_around_steps());
    check(one.code, {.rows = 1, .at_end = false, .seed = 2}, {1, 7, 33, 130, 5000});
    if (HasFailure()) return;
  }
}

/// Programs in which a type stands beside one that decides otherwise: it fills a part of a register, or two.
TEST(MachineCodeTypes, EveryInstructionComputesBesideOtherWidths) {
  for (const dtype beside : {dtype::i8, dtype::u16, dtype::u32, dtype::i64, dtype::f32, dtype::f64}) {
    for (single_instruction one : single_instructions()) {
      SCOPED_TRACE(one.name + " beside " + std::string(name(beside)));
      const auto slots = static_cast<std::uint32_t>(signature(one.code).types.size());
      program code;
      const value_id other = code.input(slots - 1, beside);
      std::vector<value_id> renamed;
      for (instruction at : one.code.instructions()) {
        for (int i = 0; i < facts_of(at.code).arity; ++i) at.operands[i] = renamed[at.operands[i]];
        if (at.code == opcode::store) {
          code.store(slots, at.operands[0]);
        } else {
          renamed.push_back(code.append(at));
        }
      }
      code.store(slots + 1, code.append({opcode::add, beside, {other, other}}));
      check(code, {.rows = 1, .seed = 3}, {1, 3, 8, 15, 16, 17, 31, 40, 64, 77, 129, 200});
      if (HasFailure()) return;
    }
  }
}

TEST(MachineCodeTypes, ConvertsAllValuesOf16Bits) {
  for (const dtype from : {dtype::i16, dtype::u16, dtype::f16}) {
    for (const dtype to : all_types()) {
      if (!convertible(from, to)) continue;
      program code;
      const value_id x = code.input(0, dtype::u16);
      code.store(1, code.append({opcode::convert, to, {code.append({opcode::reinterpret, from, {x}})}}));
      const signature of(code);
      call how{.rows = 1, .columns = 65536, .stays = {false}};
      std::vector<std::byte> all(2 * 65536);
      for (std::uint32_t i = 0; i < 65536; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        std::memcpy(&all[2 * i], &bits, 2);
      }
      const auto expected = results_of(interpreted(code, isa::baseline).kernel(), of, how, {all});
      for (const isa set : sets_here()) {
        std::string refusal;
        const auto found = results_of(compiled(code, set, how.stays, refusal), of, how, {all});
        for (std::size_t i = 0; i < 65536; ++i) {
          const std::uint64_t mine = bits_at(found[0].data(), to, i), right = bits_at(expected[0].data(), to, i);
          ASSERT_TRUE(same_element(to, mine, right)) << name(set) << ": " << name(from) << " " << i << " to " << name(to) << " is " << mine;
        }
      }
    }
  }
}

TEST(MachineCodeTypes, NarrowsToF16AtEveryTie) {
  program code;
  const value_id bits = code.input(0, dtype::i32);
  const value_id x = code.append({opcode::reinterpret, dtype::f32, {bits}});
  code.store(1, code.append({opcode::convert, dtype::f16, {x}}));
  const signature of(code);
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t h = 0; h < 65536; h += 3) {  // the widened number, the middle to the next, and what lies beside
    const auto wide = std::bit_cast<std::uint32_t>(static_cast<float>(float16::of_bits(static_cast<std::uint16_t>(h))));
    const auto next = std::bit_cast<std::uint32_t>(static_cast<float>(float16::of_bits(static_cast<std::uint16_t>(h + 1))));
    for (const std::uint32_t middle : {wide, wide + (next - wide) / 2}) {
      for (const std::uint32_t number : {middle - 1, middle, middle + 1}) numbers.push_back(number);
    }
  }
  call how{.rows = 1, .columns = numbers.size(), .stays = {false}};
  std::vector<std::byte> input(4 * numbers.size());
  std::memcpy(input.data(), numbers.data(), input.size());
  const auto expected = results_of(interpreted(code, isa::baseline).kernel(), of, how, {input});
  for (const isa set : sets_here()) {
    std::string refusal;
    const auto found = results_of(compiled(code, set, how.stays, refusal), of, how, {input});
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_TRUE(same_element(dtype::f16, bits_at(found[0].data(), dtype::f16, i), bits_at(expected[0].data(), dtype::f16, i)))
          << name(set) << ": " << std::hex << numbers[i];
    }
  }
}

TEST(MachineCodeTypes, ShiftsByLiteralsInsideAndOutsideOfTheWidth) {
  for (const dtype type : {dtype::i32, dtype::u32, dtype::i64, dtype::u64}) {
    std::vector<std::uint64_t> counts;
    for (std::uint64_t i = 0; i <= 66; ++i) counts.push_back(i);
    for (const std::uint64_t count : {255ull, 256ull, 257ull, 1ull << 31, 0xffffffffull, 1ull << 32, 1ull << 63, ~0ull}) counts.push_back(count);
    for (const opcode code : {opcode::shift_left, opcode::shift_right}) {
      for (const std::uint64_t count : counts) {
        const std::uint64_t bits = size_of(type) == 4 ? count & 0xffffffff : count;
        program made;
        made.store(1, made.append({code, type, {made.input(0, type), made.literal(type, bits)}}));
        check(made, {.rows = 1, .seed = count}, {70});
        program with_scalar;
        with_scalar.store(1, with_scalar.append({code, type, {with_scalar.input(0, type), with_scalar.scalar(0, type)}}));
        check(with_scalar, {.rows = 1, .seed = count, .scalars = {bits}}, {70});
        if (HasFailure()) return;
      }
    }
  }
}

// --- tables -----------------------------------------------------------------------------------------------------------

template <element T>
const table<T>& some_table() {
  static const std::vector<T>* const elements = [] {
    auto* const made = new std::vector<T>;
    for (const T value : random_values<T>(37, 5)) made->push_back(value);
    return made;
  }();
  static const table<T> made("some", std::span<const T>(*elements));
  return made;
}

const constant_table* table_of_type(dtype type) {
  return with_element_type(type, [](auto t) -> const constant_table* {
    using T = typename decltype(t)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return nullptr;
    } else {
      return &some_table<T>();
    }
  });
}

TEST(MachineCodeTypes, LooksUpElementsOfEveryType) {
  for (const dtype type : all_types()) {
    if (type == dtype::boolean) continue;
    for (const dtype beside : {dtype::i32, dtype::f32, dtype::f64}) {
      program code;
      const value_id index = code.append({opcode::bit_and, dtype::i32, {code.input(0, dtype::i32), code.literal(dtype::i32, 63)}});
      code.store(3, code.lookup(*table_of_type(type), index));
      code.store(4, code.lookup(*table_of_type(type), code.input(1, dtype::i32)));
      code.store(5, code.append({opcode::add, beside, {code.input(2, beside), code.input(2, beside)}}));
      check(code, {.rows = 2, .seed = 7}, {0, 1, 5, 16, 33, 64, 100});
      check(code, {.rows = 2, .stays = {true, false, false}, .seed = 8}, {1, 33});
      if (HasFailure()) return;
    }
  }
}

// --- random programs --------------------------------------------------------------------------------------------------

/// Writes random programs on values of some types. Nothing looks at the bits of a NaN that was computed: the language
/// leaves them open.
class program_writer {
 public:
  program_writer(std::vector<dtype> types, std::uint64_t seed) : types_(std::move(types)), random_(seed) {}

  program write(std::size_t size, std::size_t inputs, std::size_t scalars) {
    made_ = {};
    values_.clear();
    is_certain_.clear();
    scalar_types_.clear();
    for (std::uint32_t i = 0; i < inputs; ++i) note(made_.input(i, i < types_.size() ? types_[i] : any_type()), true);
    for (std::uint32_t i = 0; i < scalars; ++i) {
      scalar_types_.push_back(any_type());
      note(made_.scalar(i, scalar_types_.back()), true);
    }
    for (std::size_t i = 0; made_.size() < size && i < 4 * size; ++i) add_instruction();
    return made_;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool once_in(std::size_t times) { return below(times) == 0; }
  value_id recent(std::size_t back) { return values_[values_.size() - 1 - below(std::min(back, values_.size()))]; }
  value_id last_of(dtype type) { return any(type); }
  std::vector<std::uint64_t> scalar_bits() {
    std::vector<std::uint64_t> bits;
    for (const dtype type : scalar_types_) bits.push_back(some_bits(type));
    return bits;
  }

 private:
  dtype any_type() { return types_[below(types_.size())]; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  bool has(dtype type) const { return std::find(types_.begin(), types_.end(), type) != types_.end(); }

  std::uint64_t some_bits(dtype type) {
    return with_element_type(type, [&](auto t) {
      using T = typename decltype(t)::type;
      const std::deque<T> edges = edge_values<T>();
      return to_bits(once_in(3) ? random_values<T>(1, random_())[0] : edges[below(edges.size())]);
    });
  }

  value_id note(value_id id, bool is_certain) {
    if (is_certain_.size() <= id) is_certain_.resize(id + 1, 0), known_.resize(id + 1, 0);
    if (std::find(values_.begin(), values_.end(), id) == values_.end()) values_.push_back(id), is_certain_[id] = is_certain;
    return id;
  }
  value_id literal(dtype type) { return note(made_.literal(type, some_bits(type)), true); }

  value_id any(dtype type) {
    if (once_in(7)) return literal(type);
    for (int i = 0; i < 6; ++i) {
      const value_id id = once_in(3) ? values_[below(values_.size())] : recent(6);
      if (made_[id].type == type) return id;
    }
    for (std::size_t i = values_.size(); i-- > 0;) {
      if (made_[values_[i]].type == type) return values_[i];
    }
    return literal(type);
  }

  value_id apply(opcode code, dtype type, std::initializer_list<value_id> operands) {
    instruction at{code, type};
    std::copy(operands.begin(), operands.end(), at.operands);
    bool all_certain = true;
    for (const value_id id : operands) all_certain &= is_certain_[id] != 0;
    const bool moves = code == opcode::select || code == opcode::rarely || code == opcode::reinterpret || code == opcode::bit_and ||
                       code == opcode::bit_or || code == opcode::bit_xor || code == opcode::bit_andnot;
    return note(made_.append(at), !is_floating(type) || (moves && all_certain));
  }

  value_id any_certain(dtype type) {
    const value_id id = any(type);
    if (is_certain_[id]) return id;
    if (is_storage(type)) return literal(type);
    const value_id is_nan = apply(opcode::unordered, dtype::boolean, {id, id});
    const value_id chosen = apply(opcode::select, type, {is_nan, literal(type), id});
    is_certain_[chosen] = 1;
    return chosen;
  }

  /// A rare case: some instructions that mostly nothing else uses; now and then another rare case among them.
  void add_rare_case() {
    const dtype type = any_type();
    const value_id condition = any(dtype::boolean), common = any(type);
    const std::vector<value_id> before = values_;
    ++rare_;
    const std::size_t size = made_.size() + 2 + below(30);
    for (int i = 0; i < 60 && made_.size() < size; ++i) add_instruction();
    --rare_;
    const value_id exceptional = any(type);
    if (!once_in(4)) values_ = before;
    apply(opcode::rarely, type, {condition, exceptional, common});
  }

  void add_instruction() {
    if (once_in(rare_ == 0 ? 20 : 30) && rare_ < 3) return add_rare_case();
    const dtype type = any_type();
    switch (below(10)) {
      case 0:
      case 1:
        if (type == dtype::boolean) return;
        return add_arithmetic(type);
      case 2:
        apply(one_of({opcode::bit_and, opcode::bit_or, opcode::bit_xor, opcode::bit_andnot}), type, {any_certain(type), any_certain(type)});
        return;
      case 3:
        return add_comparison(type);
      case 4:
      case 5:
        apply(one_of({opcode::select, opcode::rarely}), type, {any(dtype::boolean), any(type), any(type)});
        return;
      case 6:
      case 7:
        return add_change_of_type(type);
      case 8:
        if (is_integer(type) && size_of(type) >= 4) {
          const value_id by = once_in(3) ? any(type) : note(made_.literal(type, below(8 * size_of(type) + 3)), true);
          apply(one_of({opcode::shift_left, opcode::shift_right}), type, {any(type), by});
        }
        return;
      default:
        return add_special(type);
    }
  }

  void add_arithmetic(dtype type) {
    if (is_storage(type)) return;
    if (type == dtype::f32 || type == dtype::f64) {
      if (once_in(4)) {
        apply(opcode::fma, type, {any(type), any(type), any(type)});
        return;
      }
      if (once_in(3)) {
        apply(one_of({opcode::sqrt, opcode::floor, opcode::ceil, opcode::trunc, opcode::round_even}), type, {any(type)});
        return;
      }
      if (once_in(4)) {
        apply(opcode::div, type, {any(type), any(type)});
        return;
      }
    }
    apply(one_of({opcode::add, opcode::sub, opcode::mul, opcode::min, opcode::max}), type, {any(type), any(type)});
  }

  void add_comparison(dtype type) {
    if (type == dtype::boolean || is_storage(type)) return;
    const opcode code = one_of({opcode::less, opcode::less_equal, opcode::equal, opcode::unordered});
    if (code == opcode::unordered && !is_floating(type)) return;
    apply(code, dtype::boolean, {any(type), any(type)});
  }

  void add_change_of_type(dtype to) {
    for (const dtype from : types_) {
      const bool same_size = from != dtype::boolean && to != dtype::boolean && from != to && size_of(from) == size_of(to);
      if (same_size && once_in(3)) {
        apply(opcode::reinterpret, to, {any_certain(from)});
        return;
      }
      if (convertible(from, to) && once_in(2)) {
        apply(opcode::convert, to, {any(from)});
        return;
      }
    }
  }

  void add_special(dtype type) {
    if (type == dtype::i32 && has(dtype::f32) && once_in(2)) {
      apply(opcode::truncate, type, {any(dtype::f32)});
    } else if (type == dtype::i32 && has(dtype::f64)) {
      apply(opcode::truncate, type, {any(dtype::f64)});
    } else if (type == dtype::f32 || type == dtype::f64) {
      const auto number = [&](double value) {
        return note(made_.literal(type, type == dtype::f32 ? to_bits(static_cast<float>(value)) : to_bits(value)), true);
      };
      const value_id low = apply(opcode::min, type, {apply(opcode::max, type, {any(type), number(-200)}), number(200)});
      apply(opcode::scale, type, {number(1.25), apply(opcode::round_even, type, {low})});
    } else if (has(dtype::i32) && type != dtype::boolean) {
      note(made_.lookup(*table_of_type(type), any(dtype::i32)), true);
    }
  }

  std::vector<dtype> types_;
  std::mt19937_64 random_;
  program made_;
  std::vector<value_id> values_;
  std::vector<char> is_certain_, known_;
  std::vector<dtype> scalar_types_;
  int rare_ = 0;
};

/// Sets of types, for each width that may decide.
std::vector<dtype> some_types(std::mt19937_64& random) {
  const std::vector<dtype> bytes = {dtype::boolean, dtype::i8, dtype::u8}, words = {dtype::i16, dtype::u16, dtype::f16, dtype::bf16};
  const std::vector<dtype> doubles = {dtype::i32, dtype::u32, dtype::f32}, quads = {dtype::i64, dtype::u64, dtype::f64};
  std::vector<dtype> from = bytes;
  const std::uint64_t which = random() % 8;
  if (which >= 1) from.insert(from.end(), words.begin(), words.end());
  if (which >= 2 && which != 4) from.insert(from.end(), doubles.begin(), doubles.end());
  if (which == 3 || which == 5) from.erase(std::remove(from.begin(), from.end(), dtype::f32), from.end());
  if (which >= 4) from.insert(from.end(), quads.begin(), quads.end());
  std::vector<dtype> types = {dtype::boolean};
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count; ++i) types.push_back(from[random() % from.size()]);
  if (random() % 3 == 0) types = from;
  return types;
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void check_random_program(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  program_writer writer(some_types(random), random());
  const std::size_t inputs = 1 + random() % 5, scalars = random() % 3;
  program code = writer.write(5 + random() % (random() % 4 == 0 ? 150 : 30), inputs, scalars);
  const std::size_t results = 1 + random() % 4;
  for (std::uint32_t k = 0; k < results; ++k) code.store(static_cast<std::uint32_t>(inputs) + k, writer.recent(8));
  call how{.rows = 1 + random() % 2, .at_end = random() % 2 == 0, .seed = seed, .scalars = writer.scalar_bits()};
  for (std::size_t i = 0; i < inputs; ++i) how.stays.push_back(random() % 5 == 0);
  std::vector<std::size_t> lengths = {0, 1, 2};
  for (int i = 0; i < 6; ++i) lengths.push_back(random() % 300);
  lengths.push_back(random() % 40);
  check(code, how, lengths);
}

TEST(MachineCodeTypes, RandomProgramsComputeWhatTheInterpreterDoes) {
  const std::uint64_t first = number_from_environment("ONEPASS_GRAPH_SEED", 1), count = number_from_environment("ONEPASS_GRAPHS", 800);
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("ONEPASS_GRAPHS=1 ONEPASS_GRAPH_SEED=" + std::to_string(seed));
    check_random_program(seed);
  }
}

// --- rare cases -------------------------------------------------------------------------------------------------------

/// A chain of instructions on x, for rare cases.
value_id long_way(program& code, value_id x, int length) {
  const dtype type = code[x].type;
  for (int i = 0; i < length; ++i) {
    const opcode how = i % 3 == 0 ? opcode::mul : i % 3 == 1 ? opcode::sub : opcode::add;
    x = code.append({how, type, {x, i % 2 == 0 ? x : code.literal(type, static_cast<std::uint64_t>(3 + i))}});
  }
  return x;
}

// What all of them share is there for each, until there is too much of it.
TEST(MachineCodeTypes, ManyRareCasesShareALongWay) {
  for (const dtype type : {dtype::i32, dtype::u8, dtype::i64}) {
    program code;
    const value_id x = code.input(0, type), shared = long_way(code, x, 60);
    value_id result = x;
    for (std::uint64_t i = 0; i < 150; ++i) {
      const value_id condition = code.append({opcode::equal, dtype::boolean, {x, code.literal(type, i)}});
      result = code.append({opcode::rarely, type, {condition, code.append({opcode::bit_xor, type, {shared, result}}), result}});
    }
    code.store(1, result);
    check(code, {.rows = 1, .seed = 21}, {0, 1, 30, 64, 100, 300});
  }
}

TEST(MachineCodeTypes, RareCasesOfRareCasesComputeTheSame) {
  for (const dtype type : {dtype::u16, dtype::i32, dtype::u64}) {
    program code;
    const value_id x = code.input(0, type);
    value_id result = x;
    for (std::uint64_t depth = 0; depth < 6; ++depth) {
      const value_id condition = code.append({opcode::less, dtype::boolean, {code.literal(type, 1ull << (9 - depth)), x}});
      result = code.append({opcode::rarely, type, {condition, long_way(code, result, 12), x}});
    }
    code.store(1, result);
    check(code, {.rows = 2, .seed = 22}, {0, 1, 30, 64, 100, 300});
  }
}

// --- folds ------------------------------------------------------------------------------------------------------------

/// A reduction that joins by one instruction.
const reduction& simple_reduction(opcode code, dtype type, std::uint64_t identity) {
  static std::deque<program> programs;
  static std::deque<reduction> made;
  program& combine = programs.emplace_back();
  combine.store(0, combine.append({code, type, {combine.input(0, type), combine.input(1, type)}}));
  return made.emplace_back(reduction{"simple", type, true, identity, &combine, nullptr});
}

/// Reductions of a type: by each instruction that has an identity, and the largest element.
std::vector<const reduction*> reductions_of_type(dtype type) {
  return with_element_type(type, [type](auto t) {
    using T = typename decltype(t)::type;
    std::vector<const reduction*> made;
    const auto add = [&](opcode code, T identity) { made.push_back(&simple_reduction(code, type, to_bits(identity))); };
    if constexpr (numeric_element<T>) {
      add(opcode::add, 0);
      add(opcode::sub, 0);
      add(opcode::mul, 1);
      made.push_back(&reduction_of<max_op, T>());
    }
    if constexpr (integer_element<T>) {
      add(opcode::min, std::numeric_limits<T>::max());
      add(opcode::max, std::numeric_limits<T>::min());
      add(opcode::bit_and, static_cast<T>(~T{0}));
    }
    if constexpr (std::is_same_v<T, bool>) add(opcode::bit_and, true);
    if constexpr (std::is_integral_v<T>) {
      add(opcode::bit_or, 0);
      add(opcode::bit_xor, 0);
    }
    return made;
  });
}

TEST(MachineCodeTypes, FoldsOfEveryTypeKeepTheirOrder) {
  for (const dtype type : all_types()) {
    for (const reduction* how : reductions_of_type(type)) {
      for (const dtype beside : {type, dtype::u8, dtype::i32, dtype::f32, dtype::f64}) {
        const dtype second = beside == dtype::boolean ? dtype::u8 : beside;
        program made;
        const value_id x = made.input(0, type), other = made.input(1, second);
        made.store(2, made.fold(*how, axis_set::last(), true, x, {}));
        made.store(3, made.append({opcode::bit_xor, second, {other, made.literal(second, 1)}}));
        made.store(4, made.fold(*reductions_of_type(second)[0], axis_set::last(), true, other, {}));
        SCOPED_TRACE(made.text() + "joined as\n" + how->combine->text());
        check(made, {.rows = 2, .seed = 11}, {0, 1, 15, 16, 17, 63, 64, 65, 100, 255, 256, 257, 511, 512, 600, 4096});
        if (HasFailure()) return;
      }
    }
  }
}

// --- the encoding -----------------------------------------------------------------------------------------------------

TEST(MachineCodeTypes, ForAvx2HasNoInstructionOfAvx512) {
  // What exists with the prefix of AVX-512 only; assemblers take it without complaint.
  const std::vector<std::string> foreign = {
      "zmm",      "{",        "vpmullq",  "vpminsq",   "vpminuq",   "vpmaxsq",  "vpmaxuq", "vpsraq",     "vpsravq", "vpmovw",  "vpmovd",  "vpmovq",
      "vpcmpu",   "vpandd",   "vpord",    "vpxord",    "vpandnd",   "vpternlog", "vpblendm", "vblendm",  "vmovdqu8", "vptestm", "vpmovm2", " k1",
      " k2",      " k3",      "vmovdqu16", "mm16",     "mm17",      "mm18",     "mm19",    "mm20",       "mm21",    "mm22",    "mm23",    "mm24",
      "mm25",     "mm26",     "mm27",     "mm28",      "mm29",      "mm30",     "mm31",    "vrndscale",  "vscalef", "vpabsq",  "x4 "};
  std::vector<program> programs;
  for (const single_instruction& one : single_instructions()) programs.push_back(one.code);
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    std::mt19937_64 random(seed);
    program_writer writer(some_types(random), seed);
    programs.push_back(writer.write(120, 4, 1));
    programs.back().store(4, writer.recent(4));
  }
  for (const program& code : programs) {
    const jit::machine_code made = jit::compile(code, {isa::avx2, std::vector<bool>(8, false), false}, true);
    ASSERT_EQ(made.refusal, "") << code.text();
    for (const std::string& text : foreign) {
      for (std::size_t at = made.listing.find(text); at != std::string::npos; at = made.listing.find(text, at + 1)) {
        ASSERT_EQ(text, "") << made.listing.substr(made.listing.rfind('\n', at) + 1, 80) << "\n" << code.text();
      }
    }
  }
}

}  // namespace
}  // namespace onepass::testing
