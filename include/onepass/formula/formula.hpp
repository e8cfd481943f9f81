// Formulas: expressions that are text, read once and evaluated with whatever arrays and numbers are bound to their names.
//
//   op::formula f("relu(a * w) + b");
//   op::any_array y = f.evaluate({{"a", a}, {"w", w}, {"b", 0.5}});
//
// A formula means what the C++ expression of the same form means, to the last bit; operations and reductions are known
// by the names that the registry gives them. Numbers, written or bound, are weak: they take the type of the arrays
// beside them and are arguments of the compiled kernel, so another number compiles nothing new.
// Text is hostile until it has been read; every mistake in it is a formula_error that shows the place.
// This file must not know how text is read or how expressions run.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <onepass/array/any_array.hpp>
#include <onepass/core/error.hpp>
#include <onepass/run/explain.hpp>
#include <onepass/run/options.hpp>

namespace onepass {

struct formula_content;

/// What a name of a formula stands for in one evaluation.
struct binding {
  /// An array of which only this is known: enough to explain a formula.
  struct description {
    dtype type;
    extents shape;
  };

  /// An array, which shares its elements.
  binding(std::string name, any_array elements) : name(std::move(name)), value(std::move(elements)) {}
  binding(std::string name, dtype type, const extents& shape) : name(std::move(name)), value(description{type, shape}) {}

  /// A number. Throws value_error for an integer beyond 64 bits.
  template <class N>
    requires std::is_arithmetic_v<N>
  binding(std::string name, N number) : name(std::move(name)) {
    if constexpr (std::is_same_v<N, bool> || std::is_same_v<N, float>) {
      value = number;
    } else if constexpr (std::is_floating_point_v<N>) {
      value = static_cast<double>(number);
    } else {
      if (number > 0 && static_cast<std::uint64_t>(number) > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw value_error("the number bound to '" + this->name + "' does not fit 64 bits with a sign");
      }
      value = static_cast<std::int64_t>(number);
    }
  }

  std::string name;
  std::variant<any_array, description, bool, std::int64_t, float, double> value;
};

/// One binding for each name of a formula, in any order.
using bindings = std::vector<binding>;

/// An expression read from text. Copies share it; several threads may use it at once.
class formula {
 public:
  /// Reads the text. Throws formula_error with the line of the text and a caret under the place.
  explicit formula(std::string_view text);

  /// The names that have to be bound, in the order in which they first appear.
  const std::vector<std::string>& names() const noexcept;

  /// The value for these bindings; a reduction over everything, or of numbers alone, has no dimensions.
  /// Throws value_error for names that are missing, unknown or bound twice, and type_error, shape_error and value_error
  /// where the expression would; also value_error if the fused engine is asked for, which has no loop for text.
  any_array evaluate(const bindings& given, const options& how = {}) const;

  /// The same, written into `result` as an assignment to it would be: in place if type and shape fit and nobody shares it.
  void evaluate_into(any_array& result, const bindings& given, const options& how = {}) const;

  /// What evaluate() would do. Bindings may be descriptions.
  explanation explain(const bindings& given, const options& how = {}, bool with_listing = false) const;

 private:
  std::shared_ptr<formula_content> content_;
};

}  // namespace onepass
