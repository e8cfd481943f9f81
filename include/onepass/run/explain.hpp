// What will happen, before it does: engine, program, plan, passes, bytes.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <onepass/run/evaluate.hpp>

namespace onepass {

/// What evaluating an expression would do here and now, into new arrays.
struct explanation {
  onepass::engine engine;        ///< never automatic
  std::string why;               ///< why this engine
  onepass::isa isa;              ///< of the code that would run
  std::size_t passes = 0;        ///< visits of the operands; what is computed from finished folds alone is none
  std::size_t stages = 0;        ///< in all passes
  std::size_t bytes_read = 0;    ///< from operands
  std::size_t bytes_written = 0;
  int threads = 1;               ///< the most in any pass
  bool streaming = false;        ///< results are written past the caches
  std::string program;           ///< instructions, one a line
  std::string plan;              ///< loops, tiles and operands of every pass

  /// All of it, for people.
  std::string text() const;

  /// The machine code of every stage, as assembly; the reason, where there is none.
  std::string listing() const;

  std::vector<std::string> listings;  ///< of every stage, made when the explanation was asked for with a listing
};

/// Explains a request. With `listing`, compiles every stage and keeps its assembly.
explanation explain_request(const options& how, const request& what, bool listing);

/// The same for a list of expressions, into new arrays.
explanation explain_list(const options& how, const expression_list& what, const operands_now& with, bool listing);

/// Asks explain() for the machine code as well.
struct with_listing_tag {};
inline constexpr with_listing_tag with_listing{};

inline namespace ONEPASS_TARGET {
namespace launch {

template <class... E>
explanation explain_each(const options& how, bool listing, const E&... e) {
  return explain_list(how, list_of<E...>, gathered<E...>(e...), listing);
}

}  // namespace launch

/// `explain(e).text()` says what evaluating `e` would do; several expressions are explained together.
template <operand... A>
explanation explain(const options& how, const A&... a) {
  return launch::explain_each(how, false, as_expression(a)...);
}
template <operand... A>
explanation explain(const A&... a) {
  return explain(options{}, a...);
}
/// With the machine code: `explain(with_listing, e).listing()`.
template <operand... A>
explanation explain(with_listing_tag, const options& how, const A&... a) {
  return launch::explain_each(how, true, as_expression(a)...);
}
template <operand... A>
explanation explain(with_listing_tag, const A&... a) {
  return explain(with_listing, options{}, a...);
}

}  // namespace ONEPASS_TARGET
}  // namespace onepass
