// The text of a formula, and messages that point into it.
//
// A place is an offset in bytes. A message counts columns in characters, shows the line around its place and a caret
// below it, and holds nothing but printable ASCII, whatever the text is. This file must not know what formulas mean.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <onepass/core/error.hpp>

namespace onepass {

class formula_text {
 public:
  /// The most bytes of a formula.
  static constexpr std::size_t longest = std::size_t{1} << 20;

  /// Throws formula_error if the text is too long.
  explicit formula_text(std::string_view text);

  std::string_view view() const noexcept { return text_; }

  /// "formula, column 12: WHAT", the line, the caret.
  std::string message(std::size_t place, std::string_view what) const;

  [[noreturn]] void fail(std::size_t place, std::string_view what) const { throw formula_error(message(place, what)); }

  /// Calls f; an error of shapes, types or values that it throws comes out as one that points at `place`.
  template <class F>
  decltype(auto) at(std::size_t place, F&& f) const {
    try {
      return f();
    } catch (const shape_error& problem) {
      throw shape_error(message(place, problem.what()));
    } catch (const type_error& problem) {
      throw type_error(message(place, problem.what()));
    } catch (const value_error& problem) {
      throw value_error(message(place, problem.what()));
    }
  }

 private:
  std::string text_;
};

/// Text from outside as a message may quote it: printable, in quotes, and not long.
std::string quoted(std::string_view text);

/// "; did you mean 'relu'?" for the candidate that differs least from `name`; nothing if all differ much.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace onepass
