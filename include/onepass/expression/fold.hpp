// Reductions as nodes of expressions. Along which axes is part of the type; that the axis exists is checked at once.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <onepass/expression/leaf.hpp>
#include <onepass/op/reduction.hpp>

namespace onepass {

namespace detail {

/// Throws shape_error unless `along` is the last axis of `shape`, value_error if it is another one.
void check_last_axis(const extents& shape, int along, std::string_view reduction);

/// Throws shape_error: a reduction without a value for no elements meets none.
void check_not_empty(const extents& shape, axes over, std::string_view reduction);

/// What is checked of a reduction.
struct fold_rules {
  std::string_view name;
  axes over;
  int along;
  bool empty_allowed;
};

/// Throws, and then releases the leaves: shape_error if the operand's shape is none, has no such axis or no elements
/// that the reduction needs; value_error if the axis is not the last one.
void check_fold(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t leaves, const fold_rules& rules);

/// Says that a fold is to be made of an operand.
struct folding {};

/// `shape` with its last length 1, or without its last dimension.
extents reduced_shape(const extents& shape, axes over, bool keepdims);

}  // namespace detail

/// All elements of Arg along Over, joined by Op.
template <class Op, axes Over, bool Keep, class Arg>
class fold {
 public:
  using op = Op;
  using argument = Arg;
  using element_type = typename Arg::element_type;
  static_assert(reduces<Op, element_type>, "onepass: the reduction does not take operands of this element type");
  static constexpr axes over = Over;
  static constexpr bool keepdims = Keep;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = Arg::leaves;
  static constexpr std::size_t scalars = Arg::scalars;
  static constexpr bool has_folds = true;
  static constexpr unsigned widths = Arg::widths;

  template <class A>
  ONEPASS_INLINE explicit fold(detail::folding, A&& over, axis along) : argument_(as_expression(std::forward<A>(over))) {
    const shape_word word = argument_.word();
    bool fine = is_packed(word) && (Op::empty_allowed || word_size(word) != 0);
    if constexpr (Over == axes::last) fine = fine && word_rank(word) != 0 && (along.index == -1 || along.index == word_rank(word) - 1);
    if (__builtin_expect(!fine, 0)) check(along);
  }

  ONEPASS_INLINE_SPECIAL_MEMBERS(fold)

  ONEPASS_INLINE static constexpr shape_word word() noexcept { return 0; }  // always takes a closer look
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept { argument_.let_go(to); }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { argument_.take_back(from); }
  static extents shape_at(const leaf_place* places) { return detail::reduced_shape(Arg::shape_at(places), Over, Keep); }
  extents shape() const { return detail::reduced_shape(argument_.shape(), Over, Keep); }
  const Arg& operand() const noexcept { return argument_; }

  template <class F>
  ONEPASS_INLINE void each_leaf(F&& f) const {
    argument_.each_leaf(f);
  }
  template <class F>
  ONEPASS_INLINE void each_scalar(F&& f) const {
    argument_.each_scalar(f);
  }

  static consteval void list_leaf_types(dtype*& next) { Arg::list_leaf_types(next); }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template fold<Op, Over, Keep>([&] { return Arg::template at<Leaf, Scalar>(reader); });
  }

 private:
  ONEPASS_INLINE void check(axis along) {
    leaf_place places[leaves];
    let_go(places);
    detail::check_fold(Arg::shape_at, places, leaves, {Op::name, Over, along.index, Op::empty_allowed});
    take_back(places);
  }

  Arg argument_;
};

template <class Op, axes Over, bool Keep, operand A>
ONEPASS_INLINE auto make_fold(A&& over, axis along) {
  using Arg = std::remove_cvref_t<decltype(as_expression(std::forward<A>(over)))>;
  return fold<Op, Over, Keep, Arg>(detail::folding{}, std::forward<A>(over), along);
}

}  // namespace onepass
