// The true values of functions, from another authority than the library: glibc in a wider type, and MPFR.
//
// Each function is known twice. An estimate in a wider type (double for f32, the x87's 64 bits for f64) is fast and says
// how far off it may be; where that leaves a question open, whoever asks takes the exact one, MPFR with as many bits
// as the function needs. With each comes a sampler of arguments at which implementations go wrong. Functions are found
// by the name of the operation and the number of its operands. This file must not know what an operation is.
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace onepass::testing {

/// A number of MPFR, wide enough for what the functions lose on the way.
class precise {
 public:
  static constexpr mpfr_prec_t bits = 192;

  precise() { mpfr_init2(value_, bits); }
  explicit precise(const char* decimal) : precise() { mpfr_set_str(value_, decimal, 10, MPFR_RNDN); }
  ~precise() { mpfr_clear(value_); }
  precise(const precise&) = delete;
  precise& operator=(const precise&) = delete;
  operator mpfr_ptr() { return value_; }
  operator mpfr_srcptr() const { return value_; }

 private:
  mpfr_t value_;
};

/// The truth lies within `doubt` of `value`. A NaN is no question; a doubt that is NaN or infinite says that nothing is known.
template <class W>
struct estimate {
  W value;
  W doubt;
};

/// A format of floating-point numbers: digits of the significand, exponents of the smallest number and of the first too large.
struct format {
  int digits, least, beyond;
};
inline constexpr format format_f32{24, -149, 128}, format_f64{53, -1074, 1024};

struct interval {
  double low, high;
};

/// Random numbers, the same ones for a seed everywhere.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits();
  bool one_in(std::uint64_t n) { return bits() % n == 0; }
  double sign() { return (bits() >> 63) != 0 ? -1 : 1; }
  double uniform(double low, double high);
  double from(interval in) { return uniform(in.low, in.high); }

  /// A magnitude between powers of two, evenly in its logarithm.
  double power(double low, double high);
  double either(double low, double high) { return sign() * power(low, high); }

  /// Any number of the format, any magnitude as likely as any other; infinities and NaN are among them.
  double anything(const format& of);

  /// Close to `center`, which is not 0: up to its neighbours.
  double beside(double center, const format& of);

  /// Mostly evenly from one of the intervals; else of small magnitude, or anything.
  double among(std::initializer_list<interval> intervals, const format& of);

 private:
  std::uint64_t state_;
};

/// A function of up to three arguments.
struct truth {
  static constexpr int most_operands = 3;

  std::string_view name;
  int operands;
  estimate<double> (*in_double)(const double* x);
  estimate<long double> (*in_long_double)(const long double* x);
  void (*exactly)(mpfr_ptr to, const precise* x);
  void (*sample)(dice& with, const format& of, double* x);  ///< to be rounded to the format
  interval usual[most_operands];                            ///< arguments as they are met in practice
  bool (*specified)(const double* x) = nullptr;             ///< where results mean anything; null: everywhere
  int least_unit_f64 = -1074;                               ///< exponent of the smallest unit that errors are counted in
};

/// The functions that are known.
std::span<const truth> truths();

/// The function, or null.
const truth* find_truth(std::string_view name, int operands);

}  // namespace onepass::testing
