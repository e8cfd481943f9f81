// Operations on rows: how they are called, and what their bodies can say.
//
// A row is what lies along the axes that are named (the last one, or for reductions everything, if none is). The body of
// such an operation is ordinary code on values in which a fold stands for the whole row, `sum(x)`, and row_size() for its
// length. Either an element is left for each that there was (softmax), or one for each row (mean). The planner cuts such
// a body into stages that run one after another on rows that are still in the cache.
//
//   struct mean_square_op {
//     static constexpr std::string_view name = "mean_square";
//     static constexpr bool is_row_operation = true, is_reduction = true;
//     static constexpr bool empty_allowed = false;
//     template <floating_value V>
//     static V body(V x) { return sum(x * x) / x.template row_size<element_of<V>>(); }
//   };
//   inline constexpr row_reducer<mean_square_op> mean_square{};
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <onepass/op/reduction.hpp>

namespace onepass {

namespace detail {

template <class A>
concept names_axes = std::is_same_v<std::remove_cvref_t<A>, axis> || std::is_same_v<std::remove_cvref_t<A>, axes>;
template <class A>
concept keeps_axes = std::is_same_v<std::remove_cvref_t<A>, keepdims_tag>;

/// A row reduction as an operation of a node: it leaves this of the shape.
template <class Op, folded Form>
struct reduced_to : Op {
  static constexpr folded form = Form;
};

/// What a mapped reduction does to each element.
template <class Op>
struct map_of {
  static constexpr std::string_view name = Op::name;
  template <value... V>
    requires requires(V... x) { Op::map(x...); }
  ONEPASS_INLINE static auto body(V... x) {
    return Op::map(x...);
  }
};

}  // namespace detail

/// A reduction that is another one of something computed from each element: Op has a `map`, and Joins joins it.
///
///   struct dot_op : mapped_reduction<dot_op, sum_op> { ... static V map(V a, V b) { return a * b; } };
template <class Op, class Joins>
struct mapped_reduction {
  using joins = Joins;
  static constexpr bool is_row_operation = true, is_reduction = true;
  static constexpr bool empty_allowed = Joins::empty_allowed;
  template <value... V>
    requires requires(V... x) { Op::map(x...); }
  static auto body(V... x) {
    return reducer<Joins>{}(Op::map(x...));
  }
};

/// The object that a row operation is called through, `softmax(x)`: operands, then the axes, unless it is the last one.
template <class Op>
struct row_function {
  using op = Op;

  template <class... A>
    requires(operand<A> || ...)
  auto operator()(A&&... arguments) const {
    return make_row_node<Op>(axis{-1}, std::forward<A>(arguments)...);
  }
  template <class First, class... Rest>
    requires(operand<First> && (detail::names_axes<Rest> || ...))
  auto operator()(First&& first, Rest&&... rest) const {
    using all_types = std::tuple<First&&, Rest&&...>;
    const all_types all(std::forward<First>(first), std::forward<Rest>(rest)...);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return make_row_node<Op>(std::get<sizeof...(Rest)>(all), std::forward<std::tuple_element_t<I, all_types>>(std::get<I>(all))...);
    }(std::make_index_sequence<sizeof...(Rest)>{});
  }

  /// In the body of another one: along its rows.
  template <class... A>
    requires(value<A> || ...)
  auto operator()(A... arguments) const {
    const auto beside = detail::first_value(arguments...);
    return Op::body(detail::as_value(beside, arguments)...);
  }
};

/// The object that a reduction with a body is called through: `mean(x)` over everything, `mean(x, axis{0})` or
/// `mean(x, axes{0, 1})` along axes, `mean(x, axis{0}, keepdims)` with those axes kept at length 1.
template <class Op>
struct row_reducer {
  using op = Op;

  template <class... A>
    requires(operand<A> || ...)
  ONEPASS_INLINE auto operator()(A&&... arguments) const {
    constexpr bool keeps = (detail::keeps_axes<A> || ...), named = (detail::names_axes<A> || ...);
    if constexpr (!keeps && !named) {
      return make<folded::to_number>(axes::all(), std::forward<A>(arguments)...);
    } else {
      const std::tuple<A&&...> all(std::forward<A>(arguments)...);
      constexpr std::size_t operands = sizeof...(A) - keeps - named;
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        constexpr folded form = keeps ? folded::with_axes : folded::without_axes;
        return make<form>(axes_in<operands, named>(all), std::forward<std::tuple_element_t<I, std::tuple<A&&...>>>(std::get<I>(all))...);
      }(std::make_index_sequence<operands>{});
    }
  }

  /// In the body of another one: of its rows.
  template <class... A>
    requires(value<A> || ...)
  auto operator()(A... arguments) const {
    const auto beside = detail::first_value(arguments...);
    return Op::body(detail::as_value(beside, arguments)...);
  }

 private:
  template <std::size_t Operands, bool Named, class All>
  static axes axes_in(const All& all) {
    if constexpr (Named) {
      return std::get<Operands>(all);
    } else {
      return axes::all();
    }
  }

  template <folded Form, class... A>
  ONEPASS_INLINE static auto make(const axes& along, A&&... arguments) {
    if constexpr (!requires { typename Op::joins; }) {
      return make_row_node<detail::reduced_to<Op, Form>>(along, std::forward<A>(arguments)...);
    } else if constexpr (Form == folded::to_number) {
      return make_fold<typename Op::joins, Form>(make_node<detail::map_of<Op>>(std::forward<A>(arguments)...));
    } else {
      return make_fold<typename Op::joins, Form>(make_node<detail::map_of<Op>>(std::forward<A>(arguments)...), along);
    }
  }
};

}  // namespace onepass
