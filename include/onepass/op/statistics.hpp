// Reductions that are more than one fold: means, moments, norms, positions, truth.
//
// Where one sweep of plain folds would lose digits, the block is swept again while it is in the first cache, and the
// states of blocks join by exact rules (ir/reduction.hpp): still one pass over memory, and the same bits everywhere.
//   Variance: Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (1983), with the data shifted by
//   an element of each block, so that what cancels is never more than the number of elements times what is left.
//   Compensated sum: the splitting by one large power of two of Rump, Ogita and Oishi, "Accurate floating-point
//   summation" (2008), which makes the sum of the high parts exact in any order.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include <onepass/op/exponential.hpp>
#include <onepass/op/floating_point.hpp>
#include <onepass/op/logarithm.hpp>
#include <onepass/op/row.hpp>

namespace onepass {

namespace detail {
/// What is counted and averaged: all but storage types, which are f32 where they are computed with.
template <class V>
concept number_or_truth = value<V> && !storage_element<element_of<V>>;
}  // namespace detail

// --- one fold of something computed from each element ---------------------------------------------------------------

/// The sum of a * b.
struct dot_op : mapped_reduction<dot_op, sum_op> {
  static constexpr std::string_view name = "dot";
  template <floating_value V>
  ONEPASS_INLINE static V map(V a, V b) {
    return a * b;
  }
};
inline constexpr row_reducer<dot_op> dot{};

/// The sum of x^2.
struct sum_of_squares_op : mapped_reduction<sum_of_squares_op, sum_op> {
  static constexpr std::string_view name = "sum_of_squares";
  template <floating_value V>
  ONEPASS_INLINE static V map(V x) {
    return x * x;
  }
};
inline constexpr row_reducer<sum_of_squares_op> sum_of_squares{};

/// How many elements are not 0, or true: i64.
struct count_nonzero_op : mapped_reduction<count_nonzero_op, sum_op> {
  static constexpr std::string_view name = "count_nonzero";
  template <detail::number_or_truth V>
  ONEPASS_INLINE static auto map(V x) {
    return cast_op<std::int64_t>::body(cast_op<bool>::body(x));
  }
};
inline constexpr row_reducer<count_nonzero_op> count_nonzero{};

/// The sum of |x|.
struct norm_l1_op : mapped_reduction<norm_l1_op, sum_op> {
  static constexpr std::string_view name = "norm_l1";
  template <floating_value V>
  ONEPASS_INLINE static V map(V x) {
    return abs(x);
  }
};
inline constexpr row_reducer<norm_l1_op> norm_l1{};

/// The largest |x|.
struct norm_linf_op : mapped_reduction<norm_linf_op, max_op> {
  static constexpr std::string_view name = "norm_linf";
  template <floating_value V>
  ONEPASS_INLINE static V map(V x) {
    return abs(x);
  }
};
inline constexpr row_reducer<norm_linf_op> norm_linf{};

// --- truth ----------------------------------------------------------------------------------------------------------

/// True if any element is not 0, or true. False for none.
struct any_op {
  static constexpr std::string_view name = "any";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = true;
  template <detail::number_or_truth V>
  static auto body(V x) {
    const auto truth = cast_op<std::uint8_t>::body(cast_op<bool>::body(x));
    return cast_op<bool>::body(max(truth));  // of no elements 0, the lowest u8
  }
};
inline constexpr row_reducer<any_op> any{};

/// True if all elements are not 0, or true. True for none.
struct all_op {
  static constexpr std::string_view name = "all";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = true;
  template <detail::number_or_truth V>
  static auto body(V x) {
    const auto truth = cast_op<std::uint8_t>::body(cast_op<bool>::body(x));
    return cast_op<bool>::body(min(truth));  // of no elements 255, the highest u8
  }
};
inline constexpr row_reducer<all_op> all_of{};

// --- sums with more digits ------------------------------------------------------------------------------------------

namespace detail {

/// Calls f(i, j, count of j) for pairs of neighbours until one state is left, and moves what has no partner: step 3 of the
/// order of reductions. f(i, j, n, m, to) joins states i and j, of n and m elements, to state `to`.
template <class Join, class Move>
void join_pairs(std::size_t count, std::size_t unit, std::size_t total, Join&& join, Move&& move) {
  for (; count > 1; count = (count + 1) / 2, unit *= 2) {
    for (std::size_t i = 0; i + 1 < count; i += 2) {
      const std::size_t before = i * unit, here = (i + 1) * unit;
      join(i, i + 1, here - before, (i + 2 < count ? unit : total - here), i / 2);
    }
    if (count % 2 != 0) move(count - 1, count / 2);
  }
}

/// States: the largest magnitude, the sum of high parts, the sum of low parts.
inline void join_split_sums(void* const* states, std::size_t count, std::size_t unit, std::size_t total) {
  using real = scalar<double>;
  auto* const high = static_cast<real*>(states[1]);
  auto* const low = static_cast<real*>(states[2]);
  const auto join = [&](std::size_t i, std::size_t j, std::size_t, std::size_t, std::size_t to) {
    // The error of a sum is a number (Knuth): sum + error is exactly what was added.
    const real sum = high[i] + high[j], part = sum - high[i], error = (high[i] - (sum - part)) + (high[j] - part);
    low[to] = (low[i] + low[j]) + error;
    high[to] = sum;
  };
  join_pairs(count, unit, total, join, [&](std::size_t from, std::size_t to) { high[to] = high[from], low[to] = low[from]; });
}
inline constexpr joining split_sum{"split_sum", 3, {dtype::f64, dtype::f64, dtype::f64}, join_split_sums};

/// A sum in two parts. The low one means nothing if the high one is not finite.
template <class V>
struct two_sums {
  V high, low;
};

template <floating_value V>
two_sums<V> split_sum_of(V x) {
  static_assert(std::is_same_v<element_of<V>, double>);
  const reduction& summing = reduction_of<sum_op, double>();
  const V largest = abs(x).fold_block(split_sum, reduction_of<max_op, double>());
  // 2^14 times the power of two below: all high parts are multiples of its last place, and 2^12 of them still fit it.
  const auto bits = prim::reinterpret<std::int64_t>(largest);
  const V grid = prim::reinterpret<double>(prim::bit_and(bits, bits.like(0x7ff0000000000000))) * 16384;
  const V finite = prim::select(grid < std::numeric_limits<double>::infinity(), grid, grid.like(0));
  const V high = (finite + x) - finite;
  const V highs = high.fold_block(split_sum, summing), lows = (x - high).fold_block(split_sum, summing);
  return {highs.join(split_sum, 1, largest, highs, lows), lows.join(split_sum, 2, largest, highs, lows)};
}

template <value V>
auto is_finite(V x) {
  return abs(x) < std::numeric_limits<element_of<V>>::infinity();
}

/// What moments are computed in.
template <value V>
auto widened_to_double(V x) {
  return cast_op<double>::body(x);
}

/// The element type of statistics of elements of type T.
template <class T>
using statistic_of = std::conditional_t<floating_element<T>, T, double>;

}  // namespace detail

/// The sum of more digits: of f32 in f64, of f64 in two parts. At most 1 ulp from the exact one, unless more than the
/// additional digits (29; 39) cancel.
struct compensated_sum_op {
  static constexpr std::string_view name = "compensated_sum";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    if constexpr (std::is_same_v<element_of<V>, float>) {
      return cast_op<float>::body(sum(detail::widened_to_double(x)));
    } else {
      const auto parts = detail::split_sum_of(x);
      return prim::select(detail::is_finite(parts.high), parts.high + parts.low, parts.high);
    }
  }
};
inline constexpr row_reducer<compensated_sum_op> compensated_sum{};

/// sum / count, rounded once for f32; the sum of f64 is compensated. Of integers and truth values in f64.
struct mean_op {
  static constexpr std::string_view name = "mean";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <detail::number_or_truth V>
  static auto body(V x) {
    using T = element_of<V>;
    if constexpr (std::is_same_v<T, double>) {
      const auto parts = detail::split_sum_of(x);
      const V n = x.template row_size<double>();
      const V sum = parts.high + parts.low, lost = parts.low - (sum - parts.high);
      const V quotient = sum / n, rest = prim::fma(negate(quotient), n, sum) + lost;
      return prim::select(detail::is_finite(parts.high), quotient + rest / n, parts.high);
    } else {
      const auto wide = sum(detail::widened_to_double(x));
      return cast_op<detail::statistic_of<T>>::body(wide / wide.template row_size<double>());
    }
  }
};
inline constexpr row_reducer<mean_op> mean{};

// --- moments --------------------------------------------------------------------------------------------------------

namespace detail {

/// States: a shift, the sum of x - shift, the sum of (x - shift)^2.
inline void join_moments(void* const* states, std::size_t count, std::size_t unit, std::size_t total) {
  using real = scalar<double>;
  auto* const shift = static_cast<real*>(states[0]);
  auto* const sum = static_cast<real*>(states[1]);
  auto* const squares = static_cast<real*>(states[2]);
  const auto join = [&](std::size_t i, std::size_t j, std::size_t n, std::size_t m, std::size_t to) {
    const real a{static_cast<double>(n)}, b{static_cast<double>(m)}, both{static_cast<double>(n + m)};
    const real mean_a = shift[i] + sum[i] / a, mean_b = shift[j] + sum[j] / b;
    const real around_a = squares[i] - sum[i] * (sum[i] / a), around_b = squares[j] - sum[j] * (sum[j] / b);
    const real distance = mean_b - mean_a;
    shift[to] = mean_a + distance * (b / both);
    sum[to] = real{0};
    squares[to] = (around_a + around_b) + distance * distance * (a * (b / both));
  };
  const auto move = [&](std::size_t from, std::size_t to) { shift[to] = shift[from], sum[to] = sum[from], squares[to] = squares[from]; };
  join_pairs(count, unit, total, join, move);
}
inline constexpr joining moments{"moments", 3, {dtype::f64, dtype::f64, dtype::f64}, join_moments};

}  // namespace detail

/// The mean of (x - mean(x))^2, or with `ddof` their sum divided by n - ddof: variance(x, 1) is the sample variance.
/// In one pass, in f64; the variance of equal elements is 0, and whatever the elements are, the relative error is at most
/// about n 2^-52, which takes one element far away from all others, and else a few 2^-52.
struct variance_op {
  static constexpr std::string_view name = "variance";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <detail::number_or_truth V>
  static auto body(V x) {
    return divided_by_less(x, x.template literal<double>(0));
  }
  template <numeric_value V, value D>
  static auto body(V x, D ddof) {
    return divided_by_less(x, detail::widened_to_double(ddof));
  }

 private:
  template <value V, value D>
  static auto divided_by_less(V x, D ddof) {
    const auto wide = detail::widened_to_double(x);
    using W = std::remove_const_t<decltype(wide)>;
    const W shift = wide.fold_block(detail::moments, reduction_of<max_op, double>()), from_shift = wide - shift;
    const W sum = from_shift.fold_block(detail::moments, reduction_of<sum_op, double>());
    const W squares = (from_shift * from_shift).fold_block(detail::moments, reduction_of<sum_op, double>());
    const W n = wide.template row_size<double>();
    const W whole_sum = sum.join(detail::moments, 1, shift, sum, squares), whole_squares = sum.join(detail::moments, 2, shift, sum, squares);
    const W around_mean = prim::max(n.like(0), whole_squares - whole_sum * (whole_sum / n));
    return cast_op<detail::statistic_of<element_of<V>>>::body(around_mean / (n - ddof));
  }
};
inline constexpr row_reducer<variance_op> variance{};

/// The square root of the variance, with the same arguments.
struct stddev_op {
  static constexpr std::string_view name = "stddev";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <detail::number_or_truth V>
  static auto body(V x) {
    return prim::sqrt(variance_op::body(x));
  }
  template <numeric_value V, value D>
  static auto body(V x, D ddof) {
    return prim::sqrt(variance_op::body(x, ddof));
  }
};
inline constexpr row_reducer<stddev_op> stddev{};

/// The Euclidean length sqrt(sum(x^2)). The sum of f32 is in f64: it neither overflows nor loses small elements.
struct norm_l2_op {
  static constexpr std::string_view name = "norm_l2";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = true;
  template <floating_value V>
  static V body(V x) {
    const auto wide = detail::widened_to_double(x);
    return cast_op<element_of<V>>::body(prim::sqrt(sum(wide * wide)));
  }
};
inline constexpr row_reducer<norm_l2_op> norm_l2{};

/// log(sum(e^x)), without overflow: the largest element is taken out.
struct logsumexp_op {
  static constexpr std::string_view name = "logsumexp";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <floating_value V>
  static V body(V x) {
    const V shift = finite_maximum(x);
    return log(sum(exp(x - shift))) + shift;
  }
  /// The largest element, or 0 if that is no number to subtract.
  template <floating_value V>
  static V finite_maximum(V x) {
    const V largest = max(x);
    return prim::select(detail::is_finite(largest), largest, largest.like(0));
  }
};
inline constexpr row_reducer<logsumexp_op> logsumexp{};

// --- positions ------------------------------------------------------------------------------------------------------

namespace detail {

/// States: the best element, and how many elements of what is joined come before it.
template <class Best, numeric_element T>
void join_positions(void* const* states, std::size_t count, std::size_t unit, std::size_t total) {
  auto* const best = static_cast<scalar<T>*>(states[0]);
  auto* const position = static_cast<std::int64_t*>(states[1]);
  const auto join = [&](std::size_t i, std::size_t j, std::size_t n, std::size_t, std::size_t to) {
    const T first = best[i].content, second = best[j].content;
    const bool is_later = first == first && (second != second || Best::is_better(second, first));
    best[to] = best[is_later ? j : i];
    position[to] = is_later ? static_cast<std::int64_t>(n) + position[j] : position[i];
  };
  join_pairs(count, unit, total, join, [&](std::size_t from, std::size_t to) { best[to] = best[from], position[to] = position[from]; });
}
template <class Best, numeric_element T>
inline constexpr joining positions{Best::joining_name, 2, {dtype_of<T>, dtype::i64}, join_positions<Best, T>};

/// The position of the first element that is the best one, or of the first NaN. Best is argmin or argmax.
template <class Best, numeric_value V>
auto position_of_best(V x) {
  using T = element_of<V>;
  const auto index = x.block_position();
  using I = std::remove_const_t<decltype(index)>;
  const V best = x.fold_block(positions<Best, T>, reduction_of<typename Best::extreme, T>());
  auto is_best = prim::equal(x, best);
  if constexpr (floating_element<T>) is_best = prim::bit_or(is_best, prim::unordered(x, x));
  const I candidate = prim::select(is_best, index, index.like(std::numeric_limits<std::int64_t>::max()));
  const I position = candidate.fold_block(positions<Best, T>, reduction_of<min_op, std::int64_t>());
  return position.join(positions<Best, T>, 1, best, position);
}

}  // namespace detail

/// The position of the first largest element along an axis, or in row-major order of all; of the first NaN if there is one.
struct argmax_op {
  static constexpr std::string_view name = "argmax", joining_name = "largest";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  using extreme = max_op;
  template <class T>
  static bool is_better(T later, T earlier) {
    return later > earlier;
  }
  template <numeric_value V>
  static auto body(V x) {
    return detail::position_of_best<argmax_op>(x);
  }
};
inline constexpr row_reducer<argmax_op> argmax{};

/// The position of the first smallest element, like argmax.
struct argmin_op {
  static constexpr std::string_view name = "argmin", joining_name = "smallest";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  using extreme = min_op;
  template <class T>
  static bool is_better(T later, T earlier) {
    return later < earlier;
  }
  template <numeric_value V>
  static auto body(V x) {
    return detail::position_of_best<argmin_op>(x);
  }
};
inline constexpr row_reducer<argmin_op> argmin{};

using statistics_operations = operation_list<dot_op, sum_of_squares_op, count_nonzero_op, norm_l1_op, norm_linf_op, any_op, all_op,
                                             compensated_sum_op, mean_op, variance_op, stddev_op, norm_l2_op, logsumexp_op, argmax_op, argmin_op>;

}  // namespace onepass
