// The functions whose accuracy is measured: operations of the registry that state an error, and those whose true values are
// known though they state none, which says that they round once. They are evaluated by their names, as formulas, so that
// nothing here is compiled once for each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <onepass/formula/formula.hpp>
#include <onepass/onepass.hpp>
#include <onepass/op/registry.hpp>

#include "accuracy.hpp"
#include "formula_operations.hpp"
#include "same_bits.hpp"
#include "truths.hpp"

namespace onepass::testing {

/// A function with a number of operands, all of one floating type.
struct stated_function {
  std::string_view name;
  accuracy error;
  bool is_stated;  ///< by the header; else an error of a half is what stating none means
  int operands;
  bool on_f32, on_f64;

  template <class T>
  bool takes_type() const {
    return std::is_same_v<T, float> ? on_f32 : on_f64;
  }
  template <class T>
  double stated() const {
    return std::is_same_v<T, float> ? error.f32 : error.f64;
  }
  /// "pow(x0, x1)".
  std::string text() const {
    std::string made(name);
    for (int i = 0; i < operands; ++i) made += (i == 0 ? "(x" : ", x") + std::to_string(i);
    return made + ")";
  }
  /// How its row begins in docs/accuracy.md: "| exp | f32 |", "| pow(x0, x1) | f32 |".
  std::string row(dtype type) const {
    return "| " + (operands > 1 ? text() : std::string(name)) + " | " + std::string(onepass::name(type)) + " |";
  }
};

/// All of them, in the order of the registry; one entry for each number of operands that is possible.
inline std::vector<stated_function> stated_functions() {
  std::vector<stated_function> found;
  for_each_operation([&](auto type) {
    using Op = typename decltype(type)::type;
    constexpr bool is_stated = requires { Op::error; };
    accuracy error{.f32 = 0.5, .f64 = 0.5};
    if constexpr (is_stated) error = Op::error;
    const formula_operation& known = *find_operation(Op::name);
    for (std::size_t count = 1; count <= truth::most_operands; ++count) {
      if (!is_stated && find_truth(Op::name, static_cast<int>(count)) == nullptr) continue;
      const std::vector<dtype> f32(count, dtype::f32), f64(count, dtype::f64);
      const bool on_f32 = known.find(f32) != nullptr, on_f64 = known.find(f64) != nullptr;
      if (on_f32 || on_f64) found.push_back({Op::name, error, is_stated, static_cast<int>(count), on_f32, on_f64});
    }
  });
  return found;
}

/// A chunk of arguments and the results for them.
template <class T>
class chunk {
 public:
  static constexpr std::size_t most = 1 << 14;

  explicit chunk(const stated_function& function) : operands_(static_cast<std::size_t>(function.operands)), formula_(function.text()) {}

  std::size_t operands() const { return operands_; }
  T* arguments(std::size_t operand) { return arguments_[operand].data(); }
  const T* arguments(std::size_t operand) const { return arguments_[operand].data(); }
  array<T>& argument_array(std::size_t operand) { return arguments_[operand]; }
  std::size_t size = 0;  ///< the arguments behind are anything

  /// Evaluates the function on all arguments; the result is valid until the next one.
  const T* evaluate(const options& how) {
    bindings given;
    for (std::size_t i = 0; i < operands_; ++i) given.emplace_back("x" + std::to_string(i), any_array(arguments_[i]));
    formula_.evaluate_into(result_, given, how);
    return static_cast<const T*>(result_.data());
  }

 private:
  std::size_t operands_;
  formula formula_;
  array<T> arguments_[truth::most_operands] = {array<T>({most}, T(0)), array<T>({most}, T(0)), array<T>({most}, T(0))};
  any_array result_;
};

/// A series of arguments: fills a chunk from position `begin` on.
template <class T>
struct series {
  std::uint64_t count;
  std::function<void(std::uint64_t begin, chunk<T>& to)> fill;
};

/// Floats by their bits, one of `stride`.
inline series<float> strided_floats(std::uint64_t stride) {
  return {((std::uint64_t{1} << 32) + stride - 1) / stride, [stride](std::uint64_t begin, chunk<float>& to) {
            float* const x = to.arguments(0);
            for (std::size_t i = 0; i < to.size; ++i) x[i] = from_bits<float>((begin + i) * stride);
          }};
}

/// Edge values, each with each.
template <class T>
series<T> edges(std::size_t operands) {
  const std::deque<T> values = edge_values<T>();
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < operands; ++i) count *= values.size();
  return {count, [values](std::uint64_t begin, chunk<T>& to) {
            for (std::size_t i = 0; i < to.size; ++i) {
              std::uint64_t position = begin + i;
              for (std::size_t k = 0; k < to.operands(); ++k, position /= values.size()) to.arguments(k)[i] = values[position % values.size()];
            }
          }};
}

/// What the function's sampler draws. Each chunk has its own seed, so that the order of chunks does not matter.
template <class T>
series<T> samples(const truth& of, std::uint64_t count, std::uint64_t seed) {
  return {count, [&of, seed](std::uint64_t begin, chunk<T>& to) {
            dice with(seed ^ (begin + 1) * 0x9e3779b97f4a7c15);
            double x[truth::most_operands] = {};
            for (std::size_t i = 0; i < to.size; ++i) {
              of.sample(with, std::is_same_v<T, float> ? format_f32 : format_f64, x);
              for (std::size_t k = 0; k < to.operands(); ++k) to.arguments(k)[i] = static_cast<T>(x[k]);
            }
          }};
}

/// Judges the results `found` for the arguments of a chunk.
template <class T>
void judge_all(judge<T>& by, const chunk<T>& arguments, const T* found) {
  T x[truth::most_operands] = {};
  for (std::size_t i = 0; i < arguments.size; ++i) {
    for (std::size_t k = 0; k < arguments.operands(); ++k) x[k] = arguments.arguments(k)[i];
    by.compare(x, found[i]);
  }
}

}  // namespace onepass::testing
