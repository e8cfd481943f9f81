// Conversion between element types. Floating to integer saturates and NaN gives 0; integers wrap; to bool is `!= 0`.
#pragma once

#include <cstdint>
#include <limits>

#include <onepass/op/comparison.hpp>
#include <onepass/op/operation.hpp>

namespace onepass {

/// x as an element of type To.
template <element To>
struct cast_op {
  static constexpr std::string_view name = onepass::name(dtype_of<To>);

  template <value V>
  ONEPASS_INLINE static auto body(V x) {
    using From = element_of<V>;
    if constexpr (std::is_same_v<From, To>) {
      return x;
    } else if constexpr (std::is_same_v<From, bool>) {
      return prim::select(x, x.template literal<To>(1), x.template literal<To>(0));
    } else if constexpr (std::is_same_v<To, bool>) {
      return not_equal(x, x.like(0));
    } else if constexpr (std::is_same_v<From, std::uint8_t>) {
      return cast_op<To>::body(prim::convert<std::int32_t>(x));
    } else if constexpr (floating_element<From> && std::is_same_v<To, std::int32_t>) {
      // truncate yields the smallest i32 wherever x does not fit: right below, wrong above and for NaN.
      const auto inside = prim::truncate(x);
      const auto above = prim::less_equal(x.like(2147483648.0), x);
      const auto capped = prim::select(above, inside.like(std::numeric_limits<std::int32_t>::max()), inside);
      return prim::select(prim::unordered(x, x), inside.like(0), capped);
    } else if constexpr (floating_element<From> && std::is_same_v<To, std::uint8_t>) {
      // max returns its second operand, the zero, for NaN.
      const auto inside = prim::min(prim::max(x, x.like(0)), x.like(255));
      return prim::convert<To>(prim::truncate(inside));
    } else {
      return prim::convert<To>(x);
    }
  }
};

template <element To>
inline constexpr operation<cast_op<To>> cast{};

using conversion_operations =
    operation_list<cast_op<bool>, cast_op<std::uint8_t>, cast_op<std::int32_t>, cast_op<float>, cast_op<double>>;

}  // namespace onepass
