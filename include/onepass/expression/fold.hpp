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

  ONEPASS_INLINE explicit fold(Arg argument, axis along) : argument_(std::move(argument)) {
    if constexpr (Over == axes::last) check_axis(argument_, along);
    if constexpr (!Op::empty_allowed) {
      const shape_word word = argument_.word();
      if (__builtin_expect(!is_packed(word) || argument_.difference(word) != 0 || word_size(word) == 0, 0)) check_elements(argument_);
    }
  }

  ONEPASS_INLINE_SPECIAL_MEMBERS(fold)

  ONEPASS_INLINE static constexpr shape_word word() noexcept { return 0; }
  ONEPASS_INLINE static constexpr shape_word difference(shape_word) noexcept { return 1; }  // always takes a closer look
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

  static consteval void list_leaf_sizes(std::uint8_t*& next) { Arg::list_leaf_sizes(next); }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template fold<Op, Over, Keep>([&] { return Arg::template at<Leaf, Scalar>(reader); });
  }

 private:
  ONEPASS_COLD static void check_axis(Arg argument, axis along) { detail::check_last_axis(argument.shape(), along.index, Op::name); }
  ONEPASS_COLD static void check_elements(Arg argument) { detail::check_not_empty(argument.shape(), Over, Op::name); }

  Arg argument_;
};

template <class Op, axes Over, bool Keep, operand A>
ONEPASS_INLINE auto make_fold(A&& over, axis along) {
  using Arg = std::remove_cvref_t<decltype(as_expression(std::forward<A>(over)))>;
  return fold<Op, Over, Keep, Arg>(as_expression(std::forward<A>(over)), along);
}

}  // namespace onepass
