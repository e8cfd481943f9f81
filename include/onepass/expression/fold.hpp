// Reductions as nodes of expressions. What is left of the shape is part of the type, which axes are joined is not: they
// are checked, and kept, when the node is made.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <onepass/expression/node.hpp>
#include <onepass/op/reduction.hpp>

namespace onepass {

namespace detail {
/// Says that a fold is to be made of an operand.
struct folding {};

/// What a fold of everything has instead of axes.
struct no_axes {};
}  // namespace detail

/// The elements of Arg along axes, joined by Op.
template <class Op, folded Form, class Arg>
class fold {
 public:
  using op = Op;
  using argument = Arg;
  using element_type = typename Arg::element_type;
  static_assert(reduces<Op, element_type>, "onepass: the reduction does not take operands of this element type");
  static constexpr bool is_operand = true;
  static constexpr bool is_number = Form == folded::to_number;
  static constexpr std::size_t leaves = Arg::leaves;
  static constexpr std::size_t scalars = Arg::scalars;
  static constexpr std::size_t places = Arg::places + (is_number ? 0 : 1);
  static constexpr bool has_folds = true;
  static constexpr unsigned widths = Arg::widths;

  template <class A>
  ONEPASS_INLINE explicit fold(detail::folding, A&& over) : argument_(as_expression(std::forward<A>(over))) {
    const shape_word word = argument_.word();
    const bool fine = is_packed(word) && (Op::empty_allowed || word_size(word) != 0);
    if (__builtin_expect(!fine, 0)) check({});
  }
  template <class A>
  ONEPASS_INLINE explicit fold(detail::folding, A&& over, const axes& along) : argument_(as_expression(std::forward<A>(over))) {
    over_ = check(along);
  }

  ONEPASS_INLINE_SPECIAL_MEMBERS(fold)

  ONEPASS_INLINE static constexpr shape_word word() noexcept { return 0; }  // always takes a closer look
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept {
    argument_.let_go(to);
    if constexpr (!is_number) to[Arg::places] = place_of_axes(over_);
  }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { argument_.take_back(from); }
  static extents shape_at(const leaf_place* places) {
    if constexpr (is_number) {
      return {};
    } else {
      return detail::reduced_shape(Arg::shape_at(places), axes_at(places[Arg::places]), Form == folded::with_axes);
    }
  }
  extents shape() const {
    if constexpr (is_number) {
      return {};
    } else {
      return detail::reduced_shape(argument_.shape(), over_, Form == folded::with_axes);
    }
  }
  const Arg& operand() const noexcept { return argument_; }

  ONEPASS_INLINE void put(operand_words to) const noexcept {
    argument_.put(to);
    if constexpr (!is_number) to.places[Arg::places] = place_of_axes(over_);
  }

  static consteval void list_leaf_types(dtype*& next) { Arg::list_leaf_types(next); }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template fold<Op, Form>([&] { return Arg::template at<Leaf, Scalar>(reader); });
  }

 private:
  ONEPASS_INLINE axis_set check(const axes& along) {
    leaf_place held[Arg::places];
    argument_.let_go(held);
    const axis_set over = detail::checked_axes(Arg::shape_at, held, Arg::places, {Op::name, Op::empty_allowed, is_number}, along);
    argument_.take_back(held);
    return over;
  }

  Arg argument_;
  [[no_unique_address]] std::conditional_t<is_number, detail::no_axes, axis_set> over_;
};

/// A fold over everything, or, if they are given, along axes.
template <class Op, folded Form, operand A, class... Along>
ONEPASS_INLINE auto make_fold(A&& over, const Along&... along) {
  using Arg = std::remove_cvref_t<decltype(as_expression(std::forward<A>(over)))>;
  return fold<Op, Form, Arg>(detail::folding{}, std::forward<A>(over), along...);
}

}  // namespace onepass
