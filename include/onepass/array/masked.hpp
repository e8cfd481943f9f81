// What is written where a condition holds: `y(y < 0) = 0`.
//
// A destination and a mask side by side until the assignment, which is one pass: y = where(mask, from, y). There is no
// list of selected elements, so this is no operand.
#pragma once

#include <type_traits>
#include <utility>

namespace onepass {

namespace detail {
/// An array, view or expression of truth values.
template <class Mask>
concept mask = requires { requires std::remove_cvref_t<Mask>::is_operand; } && std::is_same_v<typename std::remove_cvref_t<Mask>::element_type, bool>;
}  // namespace detail

/// The elements of a destination (`array<T>&`, `view<T>` or `subarray<T>`) at which `Mask` holds.
template <class Where, class Mask>
class masked {
 public:
  template <class M>
  masked(Where where, M&& mask) : where_(std::forward<Where>(where)), mask_(std::forward<M>(mask)) {}
  masked(const masked&) = delete;
  masked& operator=(const masked&) = delete;

  /// `from`, an expression or a number, is written where the mask holds; other elements stay. Both are stretched to the
  /// shape of the destination. Throws shape_error if they do not broadcast to it; then nothing is written.
  template <class E>
  void operator=(E&& from) && {
    assign_masked(static_cast<Where&&>(where_), std::move(mask_), std::forward<E>(from));
  }

  Where&& where() && { return static_cast<Where&&>(where_); }
  Mask&& mask() && { return std::move(mask_); }

 private:
  Where where_;
  Mask mask_;
};

}  // namespace onepass
