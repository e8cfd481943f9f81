// Reductions: what joins many elements into one. The order of joining is the language's, see ir/reduction.hpp.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

#include <onepass/ir/program.hpp>
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/conversion.hpp>
#include <onepass/op/extreme_watch.hpp>
#include <onepass/op/selection.hpp>

namespace onepass {

namespace detail {

/// What sums and products are made in: floating types, and integers of 64 bits.
template <class T>
concept accumulator = floating_element<T> || (integer_element<T> && sizeof(T) == 8);
template <class V>
concept accumulator_value = value<V> && accumulator<element_of<V>>;

/// The type in which elements of type T are added and multiplied: narrower integers in 64 bits, truth values as i64.
template <element T>
using accumulator_of =
    std::conditional_t<accumulator<T>, T, std::conditional_t<integer_element<T> && std::is_unsigned_v<T>, std::uint64_t, std::int64_t>>;

}  // namespace detail

/// The sum. Lanes start as +0, so a sum is never -0; the sum of nothing is 0. Integers are added in 64 bits. Of f32, a sum is
/// off by at most 70 + log2(blocks of 4096) roundings of half a unit of the sum of magnitudes; of f64, 133 + log2(blocks).
struct sum_op {
  static constexpr std::string_view name = "sum";
  static constexpr bool empty_allowed = true;
  template <element T>
  using wider = detail::accumulator_of<T>;
  template <detail::accumulator T>
  static constexpr T identity = 0;
  template <detail::accumulator_value V>
  ONEPASS_INLINE static V combine(V earlier, V later) {
    return prim::add(earlier, later);
  }
};

/// The product. The product of nothing is 1.
struct product_op {
  static constexpr std::string_view name = "product";
  static constexpr bool empty_allowed = true;
  template <element T>
  using wider = detail::accumulator_of<T>;
  template <detail::accumulator T>
  static constexpr T identity = 1;
  template <detail::accumulator_value V>
  ONEPASS_INLINE static V combine(V earlier, V later) {
    return multiply_op::body(earlier, later);
  }
};

/// The smallest element; NaN if any is. There is no smallest of nothing.
struct min_op {
  static constexpr std::string_view name = "min";
  static constexpr bool empty_allowed = false;
  template <numeric_element T>
  static constexpr T identity = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  template <numeric_value V>
  ONEPASS_INLINE static V combine(V earlier, V later) {
    return minimum(earlier, later);
  }
  template <floating_value V>
  using watch = detail::extreme_watch<V, false>;
};

/// The largest element; NaN if any is. There is no largest of nothing.
struct max_op {
  static constexpr std::string_view name = "max";
  static constexpr bool empty_allowed = false;
  template <numeric_element T>
  static constexpr T identity = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  template <numeric_value V>
  ONEPASS_INLINE static V combine(V earlier, V later) {
    return maximum(earlier, later);
  }
  template <floating_value V>
  using watch = detail::extreme_watch<V, true>;
};

namespace detail {

template <class Op, element T>
void join_blocks(void* values, std::size_t count, void* to) {
  auto* const block = static_cast<scalar<T>*>(values);
  for (; count > 2; count = (count + 1) / 2) {
    for (std::size_t i = 0; i < count / 2; ++i) block[i] = Op::combine(block[2 * i], block[2 * i + 1]);
    if (count % 2 != 0) block[count / 2] = block[count - 1];
  }
  *static_cast<scalar<T>*>(to) = count == 2 ? Op::combine(block[0], block[1]) : block[0];
}

template <class Op, element T>
program combine_program() {
  program written;
  const traced<T> earlier{&written, written.input(0, dtype_of<T>)};
  const traced<T> later{&written, written.input(1, dtype_of<T>)};
  written.store(0, Op::combine(earlier, later).id);
  return written;
}

}  // namespace detail

/// True if Op reduces elements of type T.
template <class Op, class T>
concept reduces = requires(traced<T> x) { Op::combine(x, x); };

/// The one reduction object of Op for T.
template <class Op, element T>
  requires reduces<Op, T>
const reduction& reduction_of() {
  static const program combine = detail::combine_program<Op, T>();
  static const reduction made{Op::name, dtype_of<T>, Op::empty_allowed, to_bits(Op::template identity<T>), &combine, detail::join_blocks<Op, T>};
  return made;
}

namespace detail {
template <class Op, class T>
struct joined_in {
  using type = T;
};
template <class Op, class T>
  requires requires { typename Op::template wider<T>; }
struct joined_in<Op, T> {
  using type = typename Op::template wider<T>;
};
}  // namespace detail

/// The type that Op joins elements of type T in.
template <class Op, element T>
using joined_in = typename detail::joined_in<Op, T>::type;

/// The object that a reduction is called through: `sum(x)` over everything, `sum(x, axis{0})` or `sum(x, axes{0, 2})`
/// along axes, `sum(x, axis{0}, keepdims)` with those axes kept at length 1, `sum(x, keepdims)` with all of them.
template <class Op>
struct reducer {
  using op = Op;

  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over) const {
    return make_fold<Op, folded::to_number>(joined_as(std::forward<A>(over)));
  }
  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over, const axes& along) const {
    return make_fold<Op, folded::without_axes>(joined_as(std::forward<A>(over)), along);
  }
  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over, const axes& along, keepdims_tag) const {
    return make_fold<Op, folded::with_axes>(joined_as(std::forward<A>(over)), along);
  }
  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over, keepdims_tag) const {
    return make_fold<Op, folded::with_axes>(joined_as(std::forward<A>(over)), axes::all());
  }

  /// In the body of a row operation: over the row.
  template <value V>
  ONEPASS_INLINE auto operator()(V over) const {
    using T = joined_in<Op, element_of<V>>;
    return cast_op<T>::body(over).fold(reduction_of<Op, T>());
  }

 private:
  template <class A>
  ONEPASS_INLINE static decltype(auto) joined_as(A&& over) {
    using T = computed_type<typename std::remove_cvref_t<A>::element_type>;
    if constexpr (std::is_same_v<joined_in<Op, T>, T>) {
      return std::forward<A>(over);
    } else {
      return make_node<cast_op<joined_in<Op, T>>>(std::forward<A>(over));
    }
  }
};

inline constexpr reducer<sum_op> sum{};
inline constexpr reducer<product_op> product{};
inline constexpr reducer<min_op> min{};
inline constexpr reducer<max_op> max{};

template <class... Op>
struct reduction_list {};

using reductions = reduction_list<sum_op, product_op, min_op, max_op>;

}  // namespace onepass
