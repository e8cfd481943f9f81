// What will happen, before it does: engine, program, plan, passes, bytes.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <onepass/run/evaluate.hpp>

namespace onepass {

/// What evaluating an expression would do here and now.
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
  std::size_t bytes_buffered = 0;  ///< of results that are not written where they belong at first
  std::string results;           ///< where each result is written, and why not directly, one a line
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
explanation explain_list(const options& how, const expression_list& what, operands_now with, bool listing);

// The same for an assignment: to an array, to memory, and to a part of an array, as the assignments of run/assign.hpp.
explanation explain_array_in_core(const options& how, const expression_list& what, operands_now with, const block_reference& held,
                                  bool consumed);
explanation explain_memory_in_core(const options& how, const expression_list& what, operands_now with, void* data, const layout& where);
explanation explain_part_in_core(const options& how, const expression_list& what, operands_now with, const block_reference& held,
                                 bool consumed, const block_reference& known, std::int64_t offset, const layout& where);

/// Asks explain() for the machine code as well.
struct with_listing_tag {};
inline constexpr with_listing_tag with_listing{};

inline namespace ONEPASS_TARGET {
namespace launch {

template <class... E>
explanation explain_each(const options& how, bool listing, const E&... e) {
  return explain_list(how, list_of<E...>, gathered<E...>(e...), listing);
}

template <element T, class E>
explanation explain_assignment(const options& how, const array<T>& y, const E& e, bool consumed) {
  return explain_array_in_core(how, list_of<E>, gathered<E>(e), y.held(), consumed);
}
template <class T, class E>
explanation explain_assignment(const options& how, const view<T>& y, const E& e, bool) {
  return explain_memory_in_core(how, list_of<E>, gathered<E>(e), y.data(), y.layout());
}
template <element T, class E>
explanation explain_assignment(const options& how, const subarray<T>& y, const E& e, bool consumed) {
  return explain_part_in_core(how, list_of<E>, gathered<E>(e), y.parent().held(), consumed, y.held(), y.offset_in_parent(), y.layout());
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

/// What `y = a` would do, for an array, a view or a part: `explain_into(y(slice(0, 10)), x + 1).text()`. Tells in `results`
/// whether the elements are written in place, and if not, why a buffer, a copy or a new array is needed. Changes nothing.
template <class Y, operand A>
explanation explain_into(const options& how, Y&& y, A&& a) {
  using T = typename std::remove_cvref_t<Y>::element_type;
  return launch::explain_assignment(how, y, launch::stored_as<T>(as_expression(std::forward<A>(a))), launch::is_consumed<A>);
}
template <class Y, operand A>
  requires(!std::is_same_v<std::remove_cvref_t<Y>, options>)
explanation explain_into(Y&& y, A&& a) {
  return explain_into(options{}, std::forward<Y>(y), std::forward<A>(a));
}

}  // namespace ONEPASS_TARGET
}  // namespace onepass
