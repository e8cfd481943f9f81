// Random straight-line code, and its meaning by the scalar interpretation alone.
//
// A script is what somebody asks a program to compute: instructions in the order in which they are appended, before
// anything is simplified or shared. It is evaluated line by line, so it tells what the program made from it has to
// compute. Literals that rules look for, repeated operands and operations undone by others are frequent, so that
// rules do apply. Scripts know neither shapes nor engines.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <onepass/ir/program.hpp>
#include <onepass/value/traced.hpp>

#include "same_bits.hpp"

namespace onepass::testing {

using script = std::vector<instruction>;

/// One value while a script or a program is evaluated.
struct evaluated {
  std::uint64_t bits = 0;
  bool loose = false;  ///< depends on the payload or the sign of a NaN, which the language leaves open
};

inline bool is_nan(std::uint64_t bits, dtype type) {
  return with_element_type(type, [bits](auto t) { return is_nan(from_bits<typename decltype(t)::type>(bits)); });
}

/// True for instructions that see the bits of an element rather than its value.
inline bool sees_bits(opcode code) {
  return code == opcode::bit_and || code == opcode::bit_or || code == opcode::bit_xor || code == opcode::bit_andnot ||
         code == opcode::reinterpret;
}

/// The value of every instruction for one position. `inputs` are the bits of the array operands.
template <class Instructions>
std::vector<evaluated> evaluate_lines(const Instructions& lines, const std::vector<std::uint64_t>& inputs) {
  std::vector<evaluated> values;
  for (const instruction& at : lines) {
    if (at.code == opcode::input || at.code == opcode::literal) {
      values.push_back({at.code == opcode::input ? inputs[at.immediate] : at.immediate, false});
      continue;
    }
    if (at.code == opcode::store) {
      values.push_back(values[at.operands[0]]);
      continue;
    }
    std::uint64_t bits[3] = {};
    bool loose = false;
    for (int i = 0; i < facts_of(at.code).arity; ++i) {
      const value_id operand = at.operands[i];
      bits[i] = values[operand].bits;
      loose |= values[operand].loose || (sees_bits(at.code) && is_nan(bits[i], lines[operand].type));
    }
    const bool chooses = at.code == opcode::select || at.code == opcode::rarely;
    const dtype operand_type = lines[at.operands[chooses ? 1 : 0]].type;
    values.push_back({evaluate_literals(at, operand_type, bits), loose});
  }
  return values;
}

/// Writes random scripts. Input `i` has the type dtype(i).
class script_writer {
 public:
  explicit script_writer(std::uint64_t seed) : random_(seed) {}

  script write(int steps) {
    lines_.clear();
    for (int i = 0; i < dtype_count; ++i) {
      lines_.push_back({opcode::input, static_cast<dtype>(i), {}, static_cast<std::uint64_t>(i)});
    }
    for (int i = 0; i < steps; ++i) add_step(static_cast<dtype>(below(dtype_count)));
    return lines_;
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  value_id add(opcode code, dtype type, value_id a = 0, value_id b = 0, value_id c = 0, std::uint64_t immediate = 0) {
    lines_.push_back({code, type, {a, b, c}, immediate});
    return static_cast<value_id>(lines_.size() - 1);
  }

  value_id literal(dtype type) {
    const auto bits = with_element_type(type, [this](auto t) -> std::uint64_t {
      using T = typename decltype(t)::type;
      if (below(4) == 0) return to_bits(random_values<T>(1, random_())[0]);
      if constexpr (std::is_floating_point_v<T>) {
        const T usual[] = {T(0), T(-0.0), T(1), T(-1), T(2), std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()};
        return to_bits(usual[below(std::size(usual))]);
      } else if constexpr (storage_element<T>) {
        const auto edges = edge_values<T>();
        return to_bits(edges[below(edges.size())]);
      } else {
        return to_bits(static_cast<T>(static_cast<int>(below(4)) - 1));
      }
    });
    return add(opcode::literal, type, 0, 0, 0, bits);
  }

  /// An earlier value of the type, rather a recent one; now and then a literal.
  value_id some(dtype type) {
    if (below(5) == 0) return literal(type);
    std::vector<value_id> fitting;
    for (value_id id = 0; id < lines_.size(); ++id) {
      if (lines_[id].type == type) fitting.push_back(id);
    }
    const std::size_t back = below(2) == 0 ? below(std::min<std::size_t>(3, fitting.size())) : below(fitting.size());
    return fitting[fitting.size() - 1 - back];
  }

  void add_binary(opcode code, dtype result, dtype operands) {
    const value_id a = some(operands);
    value_id b = below(6) == 0 ? a : some(operands);
    // Undoing, or doing again: the second operand of what made `a`.
    if (below(3) == 0 && lines_[a].code == code && facts_of(code).arity == 2) b = lines_[a].operands[below(2)];
    add(code, result, a, b);
  }

  void add_step(dtype type) {
    constexpr opcode bits[] = {opcode::bit_and, opcode::bit_or, opcode::bit_xor, opcode::bit_andnot};
    constexpr opcode numeric[] = {opcode::add, opcode::sub, opcode::mul, opcode::min, opcode::max};
    constexpr opcode floating[] = {opcode::div, opcode::sqrt,  opcode::fma,        opcode::floor,
                                   opcode::ceil, opcode::trunc, opcode::round_even, opcode::scale};
    const std::uint64_t which = below(10);
    if (which < 2) return add_binary(bits[below(4)], type, type);
    if (which == 2) {
      const value_id condition = some(dtype::boolean), a = some(type);
      add(below(3) == 0 ? opcode::rarely : opcode::select, type, condition, a, below(4) == 0 ? a : some(type));
      return;
    }
    if (type == dtype::boolean) return add_truth();
    if (which == 3 || is_storage(type)) return add_change_of_type(type);
    if (which == 4 && is_integer(type) && size_of(type) >= 4) return add_shift(type);
    if (which < 8 || !is_floating(type)) return add_binary(numeric[below(5)], type, type);
    add_floating(floating[below(8)], type);
  }

  void add_truth() {
    constexpr opcode tests[] = {opcode::less, opcode::less_equal, opcode::equal, opcode::unordered};
    const opcode code = tests[below(4)];
    constexpr dtype numbers[] = {dtype::f32, dtype::f64, dtype::u8,  dtype::i32, dtype::i8,
                                 dtype::i16, dtype::u16, dtype::u32, dtype::i64, dtype::u64};
    const dtype over = numbers[below(code == opcode::unordered ? 2 : std::size(numbers))];
    add_binary(code, dtype::boolean, over);
  }

  void add_floating(opcode code, dtype type) {
    if (code == opcode::scale) {  // within the condition of its row
      const value_id low = constant(type, -100), high = constant(type, 100), one = constant(type, 1);
      const value_id exponent = add(opcode::round_even, type, add(opcode::min, type, add(opcode::max, type, some(type), low), high));
      add(opcode::scale, type, one, exponent);
    } else if (code == opcode::fma) {
      add(code, type, some(type), some(type), some(type));
    } else {
      add(code, type, some(type), code == opcode::div ? some(type) : 0);
    }
  }

  value_id constant(dtype type, int number) {
    return add(opcode::literal, type, 0, 0, 0, type == dtype::f32 ? to_bits(static_cast<float>(number)) : to_bits(static_cast<double>(number)));
  }

  /// By a count inside the width or around it, rather than by any number.
  void add_shift(dtype type) {
    const value_id by = below(4) == 0 ? some(type) : add(opcode::literal, type, 0, 0, 0, below(8 * size_of(type) + 2));
    add(below(2) == 0 ? opcode::shift_left : opcode::shift_right, type, some(type), by);
  }

  /// A type from another one and, if it converts, now and then there and back.
  void add_change_of_type(dtype type) {
    std::vector<dtype> from;
    for (int i = 0; i < dtype_count; ++i) {
      const auto other = static_cast<dtype>(i);
      if (convertible(other, type)) from.push_back(other);
      if (other != dtype::boolean && size_of(other) == size_of(type) && other != type) from.push_back(other);
      if (type == dtype::i32 && (other == dtype::f32 || other == dtype::f64)) from.push_back(other);
    }
    const dtype source = from[below(from.size())];
    const bool converts = convertible(source, type), truncates = type == dtype::i32 && is_floating(source) && (size_of(source) == 8 || below(2) == 0);
    if (converts && convertible(type, source) && below(3) == 0) {
      add(opcode::convert, type, add(opcode::convert, source, some(type)));
    } else {
      add(converts ? opcode::convert : truncates ? opcode::truncate : opcode::reinterpret, type, some(source));
    }
  }

  std::mt19937_64 random_;
  script lines_;
};

/// Appends a script to a program; `values[i]` is what stands for line i.
inline program append_script(const script& lines, std::vector<value_id>& values) {
  program made;
  values.clear();
  for (instruction at : lines) {
    for (int i = 0; i < facts_of(at.code).arity; ++i) at.operands[i] = values[at.operands[i]];
    values.push_back(made.append(at));
  }
  return made;
}

}  // namespace onepass::testing
