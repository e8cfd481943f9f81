// The largest or smallest of many floating elements for little more than one instruction each.
//
// That instruction drops NaN and takes either of two zeros. Both are watched beside it, for all elements together, and
// settled at the end. An extreme does not depend on the order of joining, so what comes out is the reduction's own
// result to the bit. For packs: what joins values one by one is in reduction.hpp.
#pragma once

#include <limits>
#include <type_traits>

#include <onepass/op/floating_point.hpp>

namespace onepass::detail {

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

}  // namespace onepass::detail
