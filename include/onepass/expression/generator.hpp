// Generators: expressions without arrays. Their elements are computed from positions and cost no memory.
//
//   op::array<float> y = op::sin(op::arange<float>(1000) * dx);   // one write, nothing read
//   op::array<float> i = op::eye<float>(3);
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <onepass/array/counting.hpp>
#include <onepass/expression/leaf.hpp>
#include <onepass/expression/node.hpp>
#include <onepass/expression/operators.hpp>
#include <onepass/op/reduction.hpp>
#include <onepass/op/selection.hpp>

namespace onepass {

/// The index along an axis at every position of a shape.
template <element T>
class index_leaf {
 public:
  using element_type = T;
  static constexpr bool is_operand = true;
  static constexpr std::size_t leaves = 1;
  static constexpr std::size_t scalars = 0;
  static constexpr std::size_t places = 1;
  static constexpr bool has_folds = false;
  static constexpr bool is_number = false;
  static constexpr unsigned widths = detail::width_of<T>;

  explicit index_leaf(view_layout where) noexcept : where_(std::move(where)) {}
  ONEPASS_INLINE_SPECIAL_MEMBERS(index_leaf)

  ONEPASS_INLINE static constexpr shape_word word() noexcept { return 0; }  // always takes a closer look
  static const T* data() noexcept { return reinterpret_cast<const T*>(counting_base); }
  ONEPASS_INLINE leaf_place place() const noexcept { return where_.word(); }
  ONEPASS_INLINE void let_go(leaf_place* to) noexcept { *to = where_.let_go(); }
  ONEPASS_INLINE void take_back(const leaf_place* from) noexcept { where_.take_back(*from); }
  ONEPASS_INLINE static extents shape_at(const leaf_place* places) { return shape_of(*places); }
  extents shape() const { return where_.get().shape; }

  ONEPASS_INLINE void put(operand_words to) const noexcept { to.put(data(), place()); }

  static consteval void list_leaf_types(dtype*& next) { *next++ = dtype_of<T>; }

  template <std::size_t Leaf, std::size_t Scalar, class Reader>
  ONEPASS_INLINE static auto at(const Reader& reader) {
    return reader.template leaf<T, Leaf>();
  }

 private:
  view_layout where_;
};

namespace detail {

/// The layout of an index along axis `along` of `shape`; along no axis if it has none. Throws shape_error for another
/// axis, value_error if an index would exceed `most`.
view_layout index_layout(const extents& shape, int along, std::uint64_t most);
view_layout index_layout_without_axis(const extents& shape);

/// How many numbers there are from `start` to before `stop`. Throws value_error if that is not finite, or the step 0.
std::int64_t steps_between(double start, double stop, double step);
std::int64_t steps_between(std::int64_t start, std::int64_t stop, std::int64_t step);

/// The number, whatever the other operand is, which only has a shape.
struct full_op {
  static constexpr std::string_view name = "full";
  template <truth_value M, value V>
  ONEPASS_INLINE static V body(M, V number) {
    return number;
  }
};

/// The type in which positions are counted for results of type T.
template <element T>
using counting_type = std::conditional_t<integer_element<T> && sizeof(T) == 8, std::int64_t, std::int32_t>;

/// 0, 1, 2, ... as elements of type T.
template <element T>
auto counted_as(std::int64_t length) {
  using I = counting_type<T>;
  const extents shape({length});
  return cast<T>(index_leaf<I>(index_layout(shape, 0, std::numeric_limits<I>::max())));
}

}  // namespace detail

/// The index along `along` at every position of `shape`: `index({2, 3}, axis{1})` is [[0 1 2] [0 1 2]].
/// Throws shape_error for an axis that the shape does not have, value_error for lengths that T does not count.
template <element T = std::int64_t>
  requires std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>
auto index(const extents& shape, axis along) {
  return index_leaf<T>(detail::index_layout(shape, along.index, std::numeric_limits<T>::max()));
}

/// `number` at every position of `shape`.
template <element T>
auto full(const extents& shape, T number) {
  return make_node<detail::full_op>(index_leaf<bool>(detail::index_layout_without_axis(shape)), constant_leaf<T>(number));
}
template <element T>
auto zeros(const extents& shape) {
  return full(shape, T(0));
}
template <element T>
auto ones(const extents& shape) {
  return full(shape, T(1));
}

/// start, start + step, start + 2 step, ... before `stop`: element i is start + i * step, two roundings.
/// Throws value_error for a step of 0, bounds that are not finite, or more elements than are counted.
template <numeric_element T>
auto arange(T start, T stop, T step = 1) {
  using wide = std::conditional_t<floating_element<T>, double, std::int64_t>;
  const std::int64_t length = detail::steps_between(static_cast<wide>(start), static_cast<wide>(stop), static_cast<wide>(step));
  return detail::counted_as<T>(length) * step + start;
}
template <numeric_element T>
auto arange(T stop) {
  return arange<T>(0, stop);
}

/// `count` numbers from `start` to `stop`, both included: element i is start + i * step with step = (stop - start) /
/// (count - 1), and the last one is `stop` itself.
template <floating_element T>
auto linspace(T start, T stop, std::int64_t count) {
  const T step = count > 1 ? (stop - start) / static_cast<T>(count - 1) : T(0);
  const auto i = index<std::int32_t>(extents({count}), axis{0});
  const std::int32_t last = count > 1 ? static_cast<std::int32_t>(count - 1) : 1;
  return where(i == last, stop, cast<T>(i) * step + start);
}

/// Ones where column = row + diagonal, zeros elsewhere.
template <numeric_element T>
auto eye(std::int32_t rows, std::int32_t columns, std::int32_t diagonal = 0) {
  const extents shape({rows, columns});
  return where(index<std::int32_t>(shape, axis{1}) == index<std::int32_t>(shape, axis{0}) + diagonal, T(1), T(0));
}
template <numeric_element T>
auto eye(std::int32_t rows) {
  return eye<T>(rows, rows);
}

}  // namespace onepass
