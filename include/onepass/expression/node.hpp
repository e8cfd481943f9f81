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

/// The word of an argument; numbers have none.
template <class E>
ONEPASS_INLINE shape_word word_of(const E& e) noexcept {
  if constexpr (E::leaves > 0) {
    return e.word();
  } else {
    return 0;
  }
}
/// 0 if an argument has this word, or none.
template <class E>
ONEPASS_INLINE shape_word mixed_in(const E& e, shape_word word) noexcept {
  if constexpr (E::leaves > 0) {
    return e.word() ^ word;
  } else {
    return 0;
  }
}

/// Arguments of a node, one after another, each made in place from what the user wrote.
///
/// Here and in all parts of expressions copies, moves and destruction are forced inline: a call anywhere, even on a
/// path that is never taken, would force expressions into memory on the quick way too. For the same reason, and for
/// the compile time of user code, an argument moves once for each level of an expression and no more.
/// One and two are by far the most frequent, so they are said without a detour.
template <class First, class... Rest>
struct arguments {
  First first;
  arguments<Rest...> rest;

  template <class Op, class T, class A, class... More>
  ONEPASS_INLINE explicit arguments(making<Op, T> how, A&& first, More&&... more)
      : first(as_argument<Op, T>(std::forward<A>(first))), rest(how, std::forward<More>(more)...) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(arguments)

  /// The word of the first argument that has leaves.
  ONEPASS_INLINE shape_word word() const noexcept { return First::leaves > 0 ? word_of(first) : rest.word(); }
  /// 0 if that is the word of all of them.
  ONEPASS_INLINE shape_word mixed(shape_word word) const noexcept { return mixed_in(first, word) | rest.mixed(word); }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    first.let_go(to);
    rest.let_go(to + First::places);
  }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept {
    first.take_back(from);
    rest.take_back(from + First::places);
  }
  ONEPASS_INLINE void put(operand_words to) const noexcept {
    first.put(to);
    rest.put(to.after<First>());
  }
};
template <class First>
struct arguments<First> {
  First first;

  template <class Op, class T, class A>
  ONEPASS_INLINE explicit arguments(making<Op, T>, A&& first) : first(as_argument<Op, T>(std::forward<A>(first))) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(arguments)

  ONEPASS_INLINE shape_word word() const noexcept { return word_of(first); }
  ONEPASS_INLINE shape_word mixed(shape_word word) const noexcept { return mixed_in(first, word); }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept { first.let_go(to); }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { first.take_back(from); }
  ONEPASS_INLINE void put(operand_words to) const noexcept { first.put(to); }
};
template <class First, class Second>
struct arguments<First, Second> {
  using first_type = First;
  using second_type = Second;
  First first;
  Second second;

  template <class Op, class T, class A, class B>
  ONEPASS_INLINE explicit arguments(making<Op, T>, A&& first, B&& second)
      : first(as_argument<Op, T>(std::forward<A>(first))), second(as_argument<Op, T>(std::forward<B>(second))) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(arguments)

  ONEPASS_INLINE shape_word word() const noexcept { return First::leaves > 0 ? word_of(first) : word_of(second); }
  ONEPASS_INLINE shape_word mixed(shape_word word) const noexcept { return mixed_in(first, word) | mixed_in(second, word); }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    first.let_go(to);
    second.let_go(to + First::places);
  }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept {
    first.take_back(from);
    second.take_back(from + First::places);
  }
  ONEPASS_INLINE void put(operand_words to) const noexcept {
    first.put(to);
    second.put(to.after<First>());
  }
};

/// The same for an operation on rows, and the axes that they are along.
template <class... Args>
struct row_arguments : arguments<Args...> {
  static constexpr std::size_t argument_places = (Args::places + ...);
  axis_set over;

  template <class Making, class... A>
  ONEPASS_INLINE explicit row_arguments(Making how, A&&... made_from) : arguments<Args...>(how, std::forward<A>(made_from)...) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(row_arguments)

  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    arguments<Args...>::let_go(to);
    to[argument_places] = place_of_axes(over);
  }
  ONEPASS_INLINE void put(operand_words to) const noexcept {
    arguments<Args...>::put(to);
    to.places[argument_places] = place_of_axes(over);
  }
};

template <class Op, class... Args>
using arguments_for = std::conditional_t<row_operation<Op>, row_arguments<Args...>, arguments<Args...>>;

/// Throws if `shape_at` does, and then releases the leaves.
void check_shape(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t count);

/// Throws unless the arguments of an operation broadcast, and then releases the leaves. Argument k has the shape to which
/// the next counts[k] places broadcast.
void check_arguments(const char* operation, const std::uint16_t* counts, std::size_t arguments, const leaf_place* places);

/// How many places each argument of a node has.
template <std::size_t... Count>
inline constexpr std::uint16_t place_counts[] = {Count...};

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

/// The body of an operation on values. Where it is written down, it is compiled once for all expressions that have it.
template <class Op, class... T>
ONEPASS_COLD auto written_body(traced<T>... arguments) {
  return Op::body(arguments...);
}
template <class Op, class... V>
ONEPASS_INLINE auto body_of(V... arguments) {
  if constexpr ((std::is_same_v<V, traced<element_of<V>>> && ...)) {
    return written_body<Op>(arguments...);
  } else {
    return Op::body(arguments...);
  }
}

}  // namespace detail

/// Op applied to the elements of Args.
template <class Op, class... Args>
class node : detail::arguments_for<Op, Args...> {
  using arguments = detail::arguments_for<Op, Args...>;
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
  ONEPASS_INLINE explicit node(detail::making<Op, meeting_type> how, A&&... made_from)
      : arguments(how, std::forward<A>(made_from)...), word_(arguments::word()) {
    if (__builtin_expect(arguments::mixed(word_) != 0 || !is_packed(word_), 0)) check();
  }

  /// An operation on rows along these axes.
  template <class... A>
    requires row_operation<Op>
  explicit node(detail::making<Op, meeting_type> how, const axes& along, A&&... made_from)
      : arguments(how, std::forward<A>(made_from)...), word_(0) {
    leaf_place held[places];
    arguments::let_go(held);
    const detail::axes_rules rules{Op::name, Op::empty_allowed, form == folded::to_number};
    arguments::over = detail::checked_axes(shape_of_arguments, held, argument_places, rules, along);
    arguments::take_back(held);
  }

  ONEPASS_INLINE_SPECIAL_MEMBERS(node)

  ONEPASS_INLINE shape_word word() const noexcept { return word_; }
  using arguments::let_go;
  using arguments::take_back;
  using arguments::put;
  ONEPASS_COLD static extents shape_at(const leaf_place* places) {
    if constexpr (form == folded::no) {
      return shape_of_arguments(places);
    } else {
      return detail::reduced_shape(shape_of_arguments(places), axes_at(places[argument_places]), form == folded::with_axes);
    }
  }
  ONEPASS_COLD extents shape() const {
    const void* data[leaves + 1];
    leaf_place held[places + 1];
    std::uint64_t numbers[scalars + 1];
    put({data, held, numbers});
    return shape_at(held);
  }

  static consteval void list_leaf_types(dtype*& next) { (Args::list_leaf_types(next), ...); }

  /// The value at the reader's position; leaves and scalars are numbered from Leaf and Scalar on.
  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    if constexpr (row_operation<Op>) reader.begin_rows();
    if constexpr (sizeof...(Args) == 2) {
      using list = detail::arguments<Args...>;
      using First = typename list::first_type;
      const auto first = meet(First::template at<Leaf, Scalar>(reader));
      const auto second = meet(list::second_type::template at<Leaf + First::leaves, Scalar + First::scalars>(reader));
      return applied_to(reader, first, second);
    } else {
      return after<Leaf, Scalar, Args...>(reader);
    }
  }

 private:
  ONEPASS_COLD static extents shape_of_arguments(const leaf_place* places) {
    if constexpr (row_operation<Op> || (Args::has_folds || ...)) {
      extents joined;
      ((joined = broadcast(joined, Args::shape_at(places), Op::name.data()), places += Args::places), ...);
      return joined;
    } else {
      return joined_shape(places, argument_places);
    }
  }

  /// Leaves differ: throws unless their shapes broadcast. One argument alone was checked when it was made.
  ONEPASS_INLINE void check() {
    word_ = 0;
    if constexpr ((std::size_t{Args::places > 0} + ...) > 1) {
      leaf_place held[places];
      let_go(held);
      if constexpr ((Args::has_folds || ...)) {
        detail::check_shape(shape_at, held, places);
      } else {
        detail::check_arguments(Op::name.data(), detail::place_counts<Args::places...>, sizeof...(Args), held);
      }
      take_back(held);
    }
  }

  // One argument after the other, first to last: the order in which a program is written down. Every function between a
  // node and its arguments costs the compiler a copy of all that is below, so there is none for up to two.
  template <std::size_t Leaf, std::size_t Scalar, class Next, class... Rest, class Reader, value... V>
  ONEPASS_INLINE static auto after(const Reader& reader, V... done) {
    const auto argument = meet(Next::template at<Leaf, Scalar>(reader));
    if constexpr (sizeof...(Rest) > 0) {
      return after<Leaf + Next::leaves, Scalar + Next::scalars, Rest...>(reader, done..., argument);
    } else {
      return applied_to(reader, done..., argument);
    }
  }
  template <class Reader, value... V>
  ONEPASS_INLINE static auto applied_to([[maybe_unused]] const Reader& reader, V... arguments) {
    if constexpr (row_operation<Op>) {
      return reader.template rows<form>([&] { return detail::body_of<Op>(alike(arguments, arguments...)...); });
    } else if constexpr (sizeof...(V) > 1 && (truth_value<V> || ...)) {
      return detail::body_of<Op>(alike(arguments, arguments...)...);
    } else {
      return detail::body_of<Op>(arguments...);
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

  shape_word word_;
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
