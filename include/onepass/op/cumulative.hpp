// Cumulative operations: each element joined with all that come before it in its row. A scan has the reduction's own join
// and an order of its own, ir/reduction.hpp; what is scanned and what becomes of it is computed in the same pass.
#pragma once

#include <string_view>

#include <onepass/op/row.hpp>

namespace onepass {

/// A row operation that scans with a reduction: give it a name, and call it through a row_function.
///
///   struct running_range_op : cumulative<range_op> { static constexpr std::string_view name = "running_range"; };
///   inline constexpr row_function<running_range_op> running_range{};
template <class Joins>
struct cumulative {
  static constexpr bool is_row_operation = true, empty_allowed = true;
  template <value V>
    requires reduces<Joins, joined_in<Joins, element_of<V>>>
  static auto body(V x) {
    using T = joined_in<Joins, element_of<V>>;
    return cast_op<T>::body(x).scan(reduction_of<Joins, T>());
  }
};

/// The sum of all elements up to each along the last axis, or along those named, in row-major order. Integers are added in
/// 64 bits. A result is off by at most one rounding for each element before it in its run of 64, and one for each run before.
struct cumulative_sum_op : cumulative<sum_op> {
  static constexpr std::string_view name = "cumulative_sum";
};
inline constexpr row_function<cumulative_sum_op> cumulative_sum{};

/// The product of all elements up to each. Integers are multiplied in 64 bits.
struct cumulative_product_op : cumulative<product_op> {
  static constexpr std::string_view name = "cumulative_product";
};
inline constexpr row_function<cumulative_product_op> cumulative_product{};

/// The smallest of all elements up to each; NaN from the first NaN on.
struct cumulative_min_op : cumulative<min_op> {
  static constexpr std::string_view name = "cumulative_min";
};
inline constexpr row_function<cumulative_min_op> cumulative_min{};

/// The largest of all elements up to each; NaN from the first NaN on.
struct cumulative_max_op : cumulative<max_op> {
  static constexpr std::string_view name = "cumulative_max";
};
inline constexpr row_function<cumulative_max_op> cumulative_max{};

using cumulative_operations = operation_list<cumulative_sum_op, cumulative_product_op, cumulative_min_op, cumulative_max_op>;

}  // namespace onepass
