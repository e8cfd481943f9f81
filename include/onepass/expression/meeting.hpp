// The type in which the operands of one operation meet. Arrays decide; numbers beside them are weak and follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <onepass/core/dtype.hpp>

namespace onepass::detail {

/// One operand: its element type, and whether it is a plain C++ number.
struct role {
  dtype type;
  bool is_number;
};

template <class A>
consteval role role_of() {
  if constexpr (std::is_same_v<A, bool>) {
    return {dtype::boolean, true};
  } else if constexpr (std::is_same_v<A, float>) {
    return {dtype::f32, true};
  } else if constexpr (std::is_floating_point_v<A>) {
    return {dtype::f64, true};
  } else if constexpr (std::is_integral_v<A>) {
    return {dtype::i32, true};
  } else {
    return {dtype_of<typename A::element_type>, false};
  }
}

/// What operands meet in, and whether they do.
struct meeting {
  dtype type = dtype::boolean;
  bool possible = true;
};

/// Numeric operands meet by promotion; operands of bool (conditions) stay beside them. Among numbers alone the
/// widest floating one decides, as in plain C++.
template <std::size_t N>
consteval meeting meet(const role (&roles)[N]) {
  meeting result;
  bool any = false;
  for (const role& r : roles) {
    if (r.is_number || r.type == dtype::boolean) continue;
    if (any && !promotes(result.type, r.type)) return {result.type, false};
    result.type = any ? promote(result.type, r.type) : computed(r.type);
    any = true;
  }
  if (any) return result;
  for (const role& r : roles) {
    if (r.is_number && static_cast<int>(r.type) > static_cast<int>(result.type)) result.type = r.type;
  }
  return result;
}

}  // namespace onepass::detail
