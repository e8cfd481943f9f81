// The inner nodes of expressions. A node's type says what is computed, its members say on what; so everything that
// depends on structure alone (tracing, the fused loop, the key of the kernel cache) depends on the type alone.
//
// Building a node checks: that the operation takes the element types (at compile time), that numbers fit their type
// and that shapes broadcast (then and there, so that the error points at the line that made the mistake).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <onepass/expression/leaf.hpp>
#include <onepass/expression/meeting.hpp>
#include <onepass/op/conversion.hpp>
#include <onepass/op/axes.hpp>
#include <onepass/op/operation.hpp>

namespace onepass {

namespace detail {

/// What makes the arguments of a node: the operation, and the type in which its numeric operands meet.
template <class Op, class Meeting>
struct making {};

template <class Op, class T, class A>
ONEPASS_INLINE auto as_argument(A&& argument);

/// Names operation and element types where they do not go together: compilers print what they are instantiating.
template <class Op, class... T>
struct operation_on {
  static constexpr bool is_defined = takes<Op, T...>;
  static_assert(is_defined, "onepass: the operation does not take operands of these element types");
};

/// Arguments of a node, one after another, each made in place from what the user wrote.
///
/// Here and in all parts of expressions copies, moves and destruction are forced inline: a call anywhere, even on a
/// path that is never taken, would force expressions into memory on the quick way too. For the same reason, and for
/// the compile time of user code, an argument moves once for each level of an expression and no more.
template <class... Args>
struct arguments {
  template <class Making>
  ONEPASS_INLINE explicit arguments(Making) {}
  ONEPASS_INLINE shape_word mixed(shape_word) const noexcept { return 0; }
  ONEPASS_INLINE void let_go(leaf_place*) noexcept {}
  ONEPASS_INLINE void take_back(const leaf_place*) noexcept {}
};
template <class First, class... Rest>
struct arguments<First, Rest...> {
  First first;
  [[no_unique_address]] arguments<Rest...> rest;

  template <class Op, class T, class A, class... More>
  ONEPASS_INLINE explicit arguments(making<Op, T> how, A&& first, More&&... more)
      : first(as_argument<Op, T>(std::forward<A>(first))), rest(how, std::forward<More>(more)...) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(arguments)

  /// The word of the first argument that has leaves.
  ONEPASS_INLINE shape_word word() const noexcept {
    if constexpr (First::leaves > 0) {
      return first.word();
    } else {
      return rest.word();
    }
  }
  /// 0 if that is the word of all of them.
  ONEPASS_INLINE shape_word mixed(shape_word word) const noexcept {
    if constexpr (First::leaves > 0) {
      return (first.word() ^ word) | rest.mixed(word);
    } else {
      return rest.mixed(word);
    }
  }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    first.let_go(to);
    rest.let_go(to + First::places);
  }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept {
    first.take_back(from);
    rest.take_back(from + First::places);
  }
};

template <class F>
ONEPASS_INLINE void each_argument(const arguments<>&, F&&) {}
template <class First, class... Rest, class F>
ONEPASS_INLINE void each_argument(const arguments<First, Rest...>& all, F&& f) {
  f(all.first);
  each_argument(all.rest, f);
}

/// Throws if `shape_at` does, and then releases the leaves.
void check_shape(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t count);

/// What is checked of an operation along axes.
struct axes_rules {
  std::string_view name;
  bool empty_allowed;
  bool to_number;  ///< along all axes; else along those that are named
};

/// The axes of a shape that were named. Throws shape_error for one that it does not have, or that is named twice.
axis_set axes_of(const extents& shape, const axes& along, std::string_view operation);

/// Throws shape_error: an operation without a value for no elements meets none.
void check_not_empty(const extents& shape, axis_set over, std::string_view operation);

/// The axes of an operation on what has the shape at `places`. Throws shape_error, and then releases the leaves, if the
/// operands' shapes do not broadcast, do not have these axes, or have no elements along them that the operation needs.
axis_set checked_axes(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t count, const axes_rules& rules,
                      const axes& along);

/// `shape` with the lengths of these axes 1, or without them.
extents reduced_shape(const extents& shape, axis_set over, bool keepdims);

/// The axes that a node's rows are along; nothing for other nodes.
struct no_axes {};

}  // namespace detail

/// Op applied to the elements of Args.
template <class Op, class... Args>
class node {
  static constexpr detail::meeting meeting = detail::meet({detail::role_of<Args>()...});
  static_assert(meeting.possible, "onepass: operands of these element types do not meet; convert one with cast<...>");
  using meeting_type = onepass::element_type<meeting.type>;
  template <class Arg>
  using operand_type = std::conditional_t<std::is_same_v<typename Arg::element_type, bool>, bool, meeting_type>;
  static_assert(detail::operation_on<Op, operand_type<Args>...>::is_defined);

 public:
  using element_type = yields_of<Op, operand_type<Args>...>;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = (Args::leaves + ...);
  static constexpr std::size_t scalars = (Args::scalars + ...);
  static constexpr std::size_t argument_places = (Args::places + ...);
  static constexpr std::size_t places = argument_places + (row_operation<Op> ? 1 : 0);
  static constexpr bool has_folds = row_operation<Op> || (Args::has_folds || ...);
  static constexpr folded form = form_of<Op>();
  /// True if the result is one number, not an array.
  static constexpr bool is_number = form == folded::to_number || (Args::is_number && ...);
  static constexpr unsigned widths = detail::width_of<element_type> | (Args::widths | ...);

  template <class... A>
  ONEPASS_INLINE explicit node(detail::making<Op, meeting_type> how, A&&... arguments) : arguments_(how, std::forward<A>(arguments)...) {
    word_ = arguments_.word();
    if (__builtin_expect(arguments_.mixed(word_) != 0 || !is_packed(word_), 0)) check();
  }

  /// An operation on rows along these axes.
  template <class... A>
    requires row_operation<Op>
  explicit node(detail::making<Op, meeting_type> how, const axes& along, A&&... arguments) : arguments_(how, std::forward<A>(arguments)...) {
    leaf_place held[argument_places];
    arguments_.let_go(held);
    over_ = detail::checked_axes(joined_shape, held, argument_places, {Op::name, Op::empty_allowed, form == folded::to_number}, along);
    arguments_.take_back(held);
    word_ = 0;
  }

  ONEPASS_INLINE_SPECIAL_MEMBERS(node)

  ONEPASS_INLINE shape_word word() const noexcept { return word_; }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    arguments_.let_go(to);
    if constexpr (row_operation<Op>) to[argument_places] = place_of_axes(over_);
  }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { arguments_.take_back(from); }
  ONEPASS_COLD static extents shape_at(const leaf_place* places) {
    if constexpr (form == folded::no) {
      return joined_shape(places);
    } else {
      return detail::reduced_shape(joined_shape(places), axes_at(places[argument_places]), form == folded::with_axes);
    }
  }
  ONEPASS_COLD extents shape() const {
    leaf_place held[places];
    std::size_t k = 0;
    each_place([&](leaf_place place) { held[k++] = place; });
    return shape_at(held);
  }

  template <class F>
  ONEPASS_INLINE void each_leaf(F&& f) const {
    detail::each_argument(arguments_, [&](const auto& argument) { argument.each_leaf(f); });
  }
  template <class F>
  ONEPASS_INLINE void each_place(F&& f) const {
    detail::each_argument(arguments_, [&](const auto& argument) { argument.each_place(f); });
    if constexpr (row_operation<Op>) f(place_of_axes(over_));
  }
  template <class F>
  ONEPASS_INLINE void each_scalar(F&& f) const {
    detail::each_argument(arguments_, [&](const auto& argument) { argument.each_scalar(f); });
  }

  static consteval void list_leaf_types(dtype*& next) { (Args::list_leaf_types(next), ...); }

  /// The value at the reader's position; leaves and scalars are numbered from Leaf and Scalar on.
  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    if constexpr (row_operation<Op>) reader.begin_rows();
    return after<Leaf, Scalar>(reader, std::type_identity<detail::arguments<Args...>>{});
  }

 private:
  ONEPASS_COLD static extents joined_shape(const leaf_place* places) {
    extents joined;
    ((joined = broadcast(joined, Args::shape_at(places), Op::name.data()), places += Args::places), ...);
    return joined;
  }

  /// Leaves differ: throws unless their shapes broadcast.
  ONEPASS_INLINE void check() {
    leaf_place held[places];
    let_go(held);
    detail::check_shape(shape_at, held, places);
    take_back(held);
    word_ = 0;
  }

  // One argument after the other, first to last: the order in which a program is written down.
  template <std::size_t Leaf, std::size_t Scalar, class Reader, class Next, class... Rest, value... V>
  ONEPASS_INLINE static auto after(const Reader& reader, std::type_identity<detail::arguments<Next, Rest...>>, V... done) {
    const auto argument = meet(Next::template at<Leaf, Scalar>(reader));
    return after<Leaf + Next::leaves, Scalar + Next::scalars>(reader, std::type_identity<detail::arguments<Rest...>>{}, done..., argument);
  }
  template <std::size_t Leaf, std::size_t Scalar, class Reader, value... V>
  ONEPASS_INLINE static auto after([[maybe_unused]] const Reader& reader, std::type_identity<detail::arguments<>>, V... done) {
    if constexpr (row_operation<Op>) {
      return reader.template rows<form>([&] { return Op::body(alike(done, done...)...); });
    } else {
      return Op::body(alike(done, done...)...);
    }
  }
  /// Truth values beside each other are of one type, as bodies expect: packs of them have a width.
  template <value V, value First, value... Rest>
  ONEPASS_INLINE static auto alike(V argument, First, [[maybe_unused]] Rest... rest) {
    if constexpr (!truth_value<V> || std::is_same_v<V, First>) {
      return argument;
    } else if constexpr (truth_value<First>) {
      return V::template widen<First::width>(argument);
    } else {
      return alike(argument, rest...);
    }
  }
  template <value V>
  ONEPASS_INLINE static auto meet(V argument) {
    if constexpr (truth_value<V> || std::is_same_v<element_of<V>, meeting_type>) {
      return argument;
    } else {
      return cast_op<meeting_type>::body(argument);
    }
  }

  detail::arguments<Args...> arguments_;
  shape_word word_;
  [[no_unique_address]] std::conditional_t<row_operation<Op>, axis_set, detail::no_axes> over_;
};

namespace detail {

/// Throws value_error: a number does not fit the element type of its neighbours.
[[noreturn]] ONEPASS_COLD void throw_does_not_fit(double number, dtype type, std::string_view operation);

// Numbers that are not constants of the user's code are converted in the environment of the language.
float rounded_to_float(double number) noexcept;
float rounded_to_float(std::int64_t number) noexcept;
double widened(float number) noexcept;

/// A number in another type, rounded to nearest whatever the caller's environment says.
template <class T, class S>
ONEPASS_INLINE T converted(S number) {
  if (std::is_same_v<T, S> || std::is_integral_v<T> || __builtin_constant_p(number)) return static_cast<T>(number);
  if constexpr (std::is_same_v<T, float> && std::is_floating_point_v<S>) return rounded_to_float(static_cast<double>(number));
  if constexpr (std::is_same_v<T, float> && std::is_integral_v<S>) return rounded_to_float(static_cast<std::int64_t>(number));
  if constexpr (std::is_same_v<T, double> && std::is_same_v<S, float>) return widened(number);
  return static_cast<T>(number);
}

/// A number takes the type T of its neighbours, if it can.
template <class T, class S>
ONEPASS_INLINE constant_leaf<T> weak_constant(S number, std::string_view operation) {
  static_assert(std::is_floating_point_v<T> || !std::is_floating_point_v<S>,
                "onepass: a floating number beside integer arrays; convert the array with cast<...>");
  const T fitted = converted<T>(number);
  if constexpr (std::is_integral_v<T> && !std::is_same_v<S, T>) {
    if (static_cast<S>(fitted) != number || (fitted < T{}) != (number < S{})) {
      throw_does_not_fit(static_cast<double>(number), dtype_of<T>, operation);
    }
  }
  return constant_leaf<T>(fitted);
}

template <class Op, class T, class A>
ONEPASS_INLINE auto as_argument(A&& argument) {
  using S = std::remove_cvref_t<A>;
  if constexpr (std::is_same_v<S, bool>) {
    return constant_leaf<bool>(argument);
  } else if constexpr (std::is_arithmetic_v<S>) {
    return weak_constant<T>(argument, Op::name);
  } else {
    return as_expression(std::forward<A>(argument));
  }
}

}  // namespace detail

/// What an operand of Op becomes in a node.
template <class Op, class T, class A>
using argument_of = std::remove_cvref_t<decltype(detail::as_argument<Op, T>(std::declval<A>()))>;

/// The node of an operation on rows along axes.
template <class Op, operand_or_number... A>
auto make_row_node(const axes& along, A&&... arguments) {
  constexpr detail::meeting meeting = detail::meet({detail::role_of<std::remove_cvref_t<A>>()...});
  using T = element_type<meeting.type>;
  return node<Op, argument_of<Op, T, A>...>(detail::making<Op, T>{}, along, std::forward<A>(arguments)...);
}

/// The node of Op applied to arrays, views, expressions and numbers.
template <class Op, operand_or_number... A>
ONEPASS_INLINE auto make_node(A&&... arguments) {
  constexpr detail::meeting meeting = detail::meet({detail::role_of<std::remove_cvref_t<A>>()...});
  using T = element_type<meeting.type>;
  return node<Op, argument_of<Op, T, A>...>(detail::making<Op, T>{}, std::forward<A>(arguments)...);
}

}  // namespace onepass
