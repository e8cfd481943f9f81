// Reductions: what joins many elements into one. The order of joining is the language's, see ir/reduction.hpp.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <onepass/ir/program.hpp>
#include <onepass/op/selection.hpp>

namespace onepass {

/// The sum. Lanes start as +0, so a sum is never -0; the sum of nothing is 0.
struct sum_op {
  static constexpr std::string_view name = "sum";
  static constexpr bool empty_allowed = true;
  template <floating_element T>
  static constexpr T identity = 0;
  template <floating_value V>
  ONEPASS_INLINE static V combine(V earlier, V later) {
    return prim::add(earlier, later);
  }
};

namespace detail {

/// How an extreme of many floating elements costs little more than one instruction each. The instruction drops NaN and
/// takes either of two zeros; both are watched beside it, for all elements together, and settled at the end. As an
/// extreme does not depend on the order of joining, that is the same to the bit.
template <floating_value V, bool largest>
class extreme_watch {
  using T = element_of<V>;
  /// One register where elements take several: of a half, then, the watch has seen both.
  using watched = std::conditional_t<V::storage::is_split, typename V::half, V>;
  using truth = typename watched::truth;

 public:
  ONEPASS_INLINE extreme_watch() : signs_(watched::filled(largest ? T(-0.0) : T(0))), nan_(truth::filled(false)) {}

  /// Joins an element onto a lane. The lane is the second operand: it stays where the element is NaN.
  ONEPASS_INLINE V join(V lane, V element) {
    if constexpr (V::storage::is_split) {
      nan_ = prim::bit_or(nan_, prim::unordered(element.low, element.high));
      see_signs(element.low);
      see_signs(element.high);
    } else {
      nan_ = prim::bit_or(nan_, prim::unordered(element, element));
      see_signs(element);
    }
    return join_lanes(lane, element);
  }
  template <floating_value Lanes>
  ONEPASS_INLINE static Lanes join_lanes(Lanes earlier, Lanes later) {
    if constexpr (largest) {
      return prim::max(later, earlier);
    } else {
      return prim::min(later, earlier);
    }
  }

  /// The extreme that `found` stands for, from one lane.
  template <floating_value One>
  ONEPASS_INLINE One settled(One found) const {
    if (__builtin_expect(truth::any(nan_), 0)) return found.like(std::numeric_limits<T>::quiet_NaN());
    if (__builtin_expect(One::truth::any(prim::equal(found, found.like(0))), 0)) return found.like(saw_other_sign() == largest ? 0.0 : -0.0);
    return found;
  }

 private:
  ONEPASS_INLINE void see_signs(watched element) { signs_ = largest ? prim::bit_and(signs_, element) : prim::bit_or(signs_, element); }

  /// Whether any element had no sign, for the largest, or one.
  ONEPASS_INLINE bool saw_other_sign() const {
    const auto negative = has_sign(signs_);
    using truths = std::remove_const_t<decltype(negative)>;
    return truths::any(largest ? prim::bit_xor(negative, truths::filled(true)) : negative);
  }

  watched signs_;  ///< where it is set, all elements have it, for the largest; else any has
  truth nan_;
};

}  // namespace detail

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
void join_blocks(void* values, std::size_t count) {
  auto* const block = static_cast<scalar<T>*>(values);
  while (count > 1) {
    const std::size_t pairs = count / 2;
    for (std::size_t i = 0; i < pairs; ++i) block[i] = Op::combine(block[2 * i], block[2 * i + 1]);
    if (count % 2 != 0) block[pairs] = block[count - 1];
    count = pairs + count % 2;
  }
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

/// Names the axis of a reduction: axis{-1} is the last.
struct axis {
  int index;
};

/// Says that the reduced axis stays, with length 1.
struct keepdims_tag {};
inline constexpr keepdims_tag keepdims{};

/// The object that a reduction is called through: `sum(x)` over everything, `sum(x, axis{-1})` over the last axis,
/// `sum(x, axis{-1}, keepdims)` with that axis kept at length 1.
template <class Op>
struct reducer {
  using op = Op;

  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over) const {
    return make_fold<Op, axes::all, false>(std::forward<A>(over), axis{-1});
  }
  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over, axis along) const {
    return make_fold<Op, axes::last, false>(std::forward<A>(over), along);
  }
  template <operand A>
  ONEPASS_INLINE auto operator()(A&& over, axis along, keepdims_tag) const {
    return make_fold<Op, axes::last, true>(std::forward<A>(over), along);
  }

  /// In the body of a row operation: over the row.
  template <value V>
  ONEPASS_INLINE auto operator()(V over) const {
    return over.fold(reduction_of<Op, element_of<V>>());
  }
};

inline constexpr reducer<sum_op> sum{};
inline constexpr reducer<max_op> max{};

template <class... Op>
struct reduction_list {};

using reductions = reduction_list<sum_op, max_op>;

}  // namespace onepass
