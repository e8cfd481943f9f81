// How far results are from the truth, in units of the last place: those of the format in the binade of the true value.
//
// What overflows counts as the first number that is too large, so infinity is right where it has to be; subnormals have
// one unit. The estimate of a function decides wherever its doubt allows; what it leaves open (a result close to the
// middle of two numbers, a new largest error) is decided by MPFR. So the largest error and the number of correctly
// rounded results are those that MPFR alone would give, as far as the doubts that estimates state are right.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "truths.hpp"

namespace onepass::testing {

/// What is known after some comparisons.
struct tally {
  std::uint64_t count = 0;    ///< results compared whose true value is no NaN
  std::uint64_t correct = 0;  ///< of these, correctly rounded
  double sum = 0;             ///< of their errors
  double worst = 0;
  double worst_at[truth::most_operands] = {};
  std::uint64_t wrong = 0;  ///< results of the wrong kind: a NaN or none, finite at a pole, a zero of the other sign
  double wrong_at[truth::most_operands] = {};

  void join(const tally& other) {
    count += other.count, correct += other.correct, sum += other.sum;
    if (other.worst > worst) worst = other.worst, std::copy(other.worst_at, other.worst_at + truth::most_operands, worst_at);
    if (wrong == 0) std::copy(other.wrong_at, other.wrong_at + truth::most_operands, wrong_at);
    wrong += other.wrong;
  }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  double share_correct() const { return count == 0 ? 1 : static_cast<double>(correct) / static_cast<double>(count); }
};

/// Compares results of one function on elements of type T, float or double.
template <class T>
class judge {
 public:
  using wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

  explicit judge(const truth& function) : function_(function) {}

  void compare(const T* x, T found) {
    wide arguments[truth::most_operands] = {};
    for (int i = 0; i < function_.operands; ++i) arguments[i] = static_cast<wide>(x[i]);
    if (function_.specified != nullptr && !is_specified(x)) return;
    estimate<wide> near;
    if constexpr (std::is_same_v<T, float>) {
      near = function_.in_double(arguments);
    } else {
      near = function_.in_long_double(arguments);
    }
    if (!decided(near, x, found)) decide(x, found);
  }

  const tally& result() const { return result_; }

 private:
  static constexpr double unquestioned = 0.45;  ///< no function's largest error is smaller, so such need not be exact

  using limits = std::numeric_limits<T>;

  bool is_specified(const T* x) const {
    double arguments[truth::most_operands] = {};
    for (int i = 0; i < function_.operands; ++i) arguments[i] = static_cast<double>(x[i]);
    return function_.specified(arguments);
  }

  /// The unit of the last place in the binade of a number; ours, as a power of two.
  int exponent_of_unit(int exponent) const {
    const int unit = std::min(std::max(exponent, limits::min_exponent - 1), limits::max_exponent - 1) - (limits::digits - 1);
    return std::is_same_v<T, double> ? std::max(unit, function_.least_unit_f64) : unit;
  }

  wide unit_of(wide x) const {
    if constexpr (std::is_same_v<wide, double>) {
      const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023;
      return std::bit_cast<double>(static_cast<std::uint64_t>(exponent_of_unit(exponent) + 1023) << 52);
    } else {
      return std::ldexp(wide(1), exponent_of_unit(x == 0 ? 0 - limits::max_exponent : std::ilogb(x)));
    }
  }

  static wide beyond() { return std::ldexp(wide(1), limits::max_exponent); }

  /// The value that an error is taken of: the first number that is too large, for what is larger.
  static wide within_range(wide x) { return std::abs(x) < beyond() ? x : std::copysign(beyond(), x); }

  /// Takes the comparison down if the estimate is enough for it.
  bool decided(const estimate<wide>& near, const T* x, T found) {
    if (std::isnan(near.value) && std::isnan(found)) return true;
    if (!(near.doubt < std::numeric_limits<wide>::infinity()) || std::isnan(near.value) != std::isnan(found)) return false;
    if (std::isinf(near.value)) return note_infinite(near.value, x, found);
    const wide low = near.value - near.doubt, high = near.value + near.doubt;
    if (found == 0 && (std::signbit(low) != std::signbit(high) || std::signbit(low) != std::signbit(found))) return false;
    const T nearest = static_cast<T>(near.value);
    if (static_cast<T>(low) != nearest || static_cast<T>(high) != nearest) return false;
    // In doubt about the binade, the error is stated too large: then it only matters if it is the largest.
    const wide expected = within_range(near.value), least = within_range(low), most = within_range(high);
    const wide unit = unit_of(std::abs(least) < std::abs(most) ? least : most);
    const double error = static_cast<double>(std::abs(within_range(static_cast<wide>(found)) - expected) / unit);
    const double margin = static_cast<double>((most - least) / unit);
    if (error + (margin > 0x1p-18 ? margin : 0) > std::max(result_.worst, unquestioned)) return false;
    note(error, nearest == found, x);
    return true;
  }

  bool note_infinite(wide expected, const T* x, T found) {
    const bool right = static_cast<wide>(found) == expected;
    note(0, right, x);
    if (!right) note_wrong(x);
    return true;
  }

  void note(double error, bool correct, const T* x) {
    ++result_.count;
    result_.sum += error;
    result_.correct += correct;
    if (error > result_.worst) {
      result_.worst = error;
      for (int i = 0; i < function_.operands; ++i) result_.worst_at[i] = static_cast<double>(x[i]);
    }
  }

  void note_wrong(const T* x) {
    if (result_.wrong++ != 0) return;
    for (int i = 0; i < function_.operands; ++i) result_.wrong_at[i] = static_cast<double>(x[i]);
  }

  static T rounded(mpfr_srcptr x) {
    if constexpr (std::is_same_v<T, float>) {
      return mpfr_get_flt(x, MPFR_RNDN);
    } else {
      return mpfr_get_d(x, MPFR_RNDN);
    }
  }

  /// The comparison by MPFR.
  void decide(const T* x, T found) {
    static thread_local precise arguments[truth::most_operands], expected, got;
    for (int i = 0; i < function_.operands; ++i) mpfr_set_d(arguments[i], static_cast<double>(x[i]), MPFR_RNDN);
    function_.exactly(expected, arguments);
    if (mpfr_nan_p(expected) != 0 || std::isnan(found)) {
      if (mpfr_nan_p(expected) == 0) ++result_.count;
      if (mpfr_nan_p(expected) == 0 || !std::isnan(found)) note_wrong(x);
      return;
    }
    const int sign = mpfr_signbit(expected) != 0 ? -1 : 1;
    if (mpfr_inf_p(expected) != 0) {
      note_infinite(sign * std::numeric_limits<wide>::infinity(), x, found);
      return;
    }
    if (found == 0 && std::signbit(found) != (sign < 0)) note_wrong(x);
    const bool correct = rounded(expected) == found;
    if (exponent_of(expected) >= limits::max_exponent) mpfr_set_si_2exp(expected, sign, limits::max_exponent, MPFR_RNDN);
    mpfr_set_ld(got, static_cast<long double>(within_range(static_cast<wide>(found))), MPFR_RNDN);
    const int unit = exponent_of_unit(exponent_of(expected));
    mpfr_sub(got, got, expected, MPFR_RNDN);
    mpfr_div_2si(got, got, unit, MPFR_RNDN);
    note(std::abs(mpfr_get_d(got, MPFR_RNDN)), correct, x);
  }

  /// As std::ilogb; far ones, and that of zero, are cut off.
  static int exponent_of(mpfr_srcptr x) {
    constexpr mpfr_exp_t far = 100000;
    return mpfr_zero_p(x) != 0 ? -far : static_cast<int>(std::clamp(mpfr_get_exp(x) - 1, -far, far));
  }

  const truth& function_;
  tally result_;
};

}  // namespace onepass::testing
