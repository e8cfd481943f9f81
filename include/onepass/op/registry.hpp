// All operations, by concatenating the lists at the end of the families' files. Tests, documentation and the formula
// reader find every operation here; nothing else has to be told about a new one.
#pragma once

#include <boost/hana/flatten.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <onepass/op/activation.hpp>
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/bits.hpp>
#include <onepass/op/comparison.hpp>
#include <onepass/op/conversion.hpp>
#include <onepass/op/cumulative.hpp>
#include <onepass/op/division.hpp>
#include <onepass/op/error_function.hpp>
#include <onepass/op/exponential.hpp>
#include <onepass/op/floating_point.hpp>
#include <onepass/op/hyperbolic.hpp>
#include <onepass/op/inverse_hyperbolic.hpp>
#include <onepass/op/inverse_trigonometric.hpp>
#include <onepass/op/logarithm.hpp>
#include <onepass/op/logic.hpp>
#include <onepass/op/loss.hpp>
#include <onepass/op/normalization.hpp>
#include <onepass/op/power.hpp>
#include <onepass/op/reduction.hpp>
#include <onepass/op/root.hpp>
#include <onepass/op/rounding.hpp>
#include <onepass/op/selection.hpp>
#include <onepass/op/statistics.hpp>
#include <onepass/op/trigonometric.hpp>

namespace onepass {

namespace detail {

template <class... Op>
constexpr auto as_types(operation_list<Op...>) {
  return boost::hana::tuple_t<Op...>;
}
template <class... Op>
constexpr auto as_types(reduction_list<Op...>) {
  return boost::hana::tuple_t<Op...>;
}

template <class... List>
constexpr auto all_types(List... lists) {
  return boost::hana::flatten(boost::hana::make_tuple(as_types(lists)...));
}

}  // namespace detail

/// A tuple of boost::hana::type, one for each operation on elements or rows.
inline constexpr auto operations =
    detail::all_types(arithmetic_operations{}, division_operations{}, root_operations{}, rounding_operations{}, selection_operations{},
                      comparison_operations{}, floating_point_operations{}, logic_operations{}, bit_operations{}, conversion_operations{},
                      exponential_operations{}, logarithm_operations{}, power_operations{}, error_function_operations{},
                      trigonometric_operations{}, inverse_trigonometric_operations{},
                      hyperbolic_operations{}, inverse_hyperbolic_operations{}, activation_operations{}, statistics_operations{},
                      normalization_operations{}, loss_operations{}, cumulative_operations{});

/// The same for reductions.
inline constexpr auto all_reductions = detail::as_types(reductions{});

/// Calls f(std::type_identity<Op>{}) for every operation.
template <class F>
void for_each_operation(F&& f) {
  boost::hana::for_each(operations, [&](auto type) { f(std::type_identity<typename decltype(type)::type>{}); });
}

/// Calls f(std::type_identity<Op>{}) for every reduction.
template <class F>
void for_each_reduction(F&& f) {
  boost::hana::for_each(all_reductions, [&](auto type) { f(std::type_identity<typename decltype(type)::type>{}); });
}

}  // namespace onepass
