// How far functions are from the true values, in units of the last place of the correctly rounded result.
//
// f32 is compared with double precision, whose own error is 2^-28 of such a unit; f64 with MPFR at 128 bits. Without
// arguments a sample is taken. `accuracy_test --all` visits all 2^32 floats, and ten million doubles, of every
// function: minutes, and the source of the numbers that the headers state, which are repeated here and held to.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string_view>

#include "same_bits.hpp"

namespace onepass::testing {

namespace {

bool everything = false;

/// The unit of the last place of the value of T next to `x`, which is not zero.
template <class T, class Wide>
Wide unit_of(Wide x) {
  using limits = std::numeric_limits<T>;
  const int exponent = std::max(std::ilogb(x), limits::min_exponent - 1);
  return std::ldexp(Wide(1), std::min(exponent, limits::max_exponent - 1) - (limits::digits - 1));
}

struct worst {
  double error = 0;
  double where = 0;
  std::size_t wrong_kind = 0;  ///< NaN where there is a number, or a number where there is none

  void note(double found, double at) {
    if (found > error) {
      error = found;
      where = at;
    }
  }
};

void report(const char* function, const char* type, const worst& found, double stated) {
  std::printf("  %-8s %s: at most %.4f ulp, at %.17g (%a); stated %.3f\n", function, type, found.error, found.where, found.where, stated);
  EXPECT_EQ(found.wrong_kind, 0u);
  EXPECT_LE(found.error, 1.0) << function << " " << type;
  EXPECT_LE(found.error, stated + 0.0005) << "the header states less";
}

// --- f32 --------------------------------------------------------------------------------------------------------------

double true_exp(double x) { return std::exp(x); }
double true_tanh(double x) { return std::tanh(x); }
double true_sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

/// The error of one f32 result. What overflows counts as 2^128, so that infinity is right where it has to be.
void compare(float x, float found, double expected, worst& result) {
  if (std::isnan(expected) || std::isnan(found)) {
    result.wrong_kind += std::isnan(expected) != std::isnan(found);
    return;
  }
  const double limit = 0x1p128;
  const double truth = std::min(expected, limit), got = std::isinf(found) ? limit : static_cast<double>(found);
  if (truth == got) return;
  result.note(std::abs(got - truth) / (truth == 0 ? 0x1p-149 : unit_of<float>(truth)), x);
}

template <class Function, class Truth>
worst sweep(const Function& function, const Truth& truth) {
  constexpr std::size_t chunk = 1 << 16;
  const std::uint64_t stride = everything ? 1 : 389;
  array<float> x({chunk}), y({chunk});
  worst result;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;) {
    float* const to = x.data();
    for (std::size_t i = 0; i < chunk; ++i, bits += stride) to[i] = from_bits<float>(bits);  // the last ones begin again: no harm
    y = function(x);
    const float *const from = std::as_const(x).data(), *const found = std::as_const(y).data();
    for (std::size_t i = 0; i < chunk; ++i) compare(from[i], found[i], truth(static_cast<double>(from[i])), result);
  }
  return result;
}

TEST(Accuracy, OfExpOnFloats) { report("exp", "f32", sweep([](const auto& x) { return exp(x); }, true_exp), 0.892); }
TEST(Accuracy, OfTanhOnFloats) { report("tanh", "f32", sweep([](const auto& x) { return tanh(x); }, true_tanh), 0.856); }
TEST(Accuracy, OfSigmoidOnFloats) { report("sigmoid", "f32", sweep([](const auto& x) { return sigmoid(x); }, true_sigmoid), 0.902); }

// --- f64 --------------------------------------------------------------------------------------------------------------

/// A number of 128 bits with the exponents of MPFR.
class precise {
 public:
  precise() { mpfr_init2(value_, 128); }
  ~precise() { mpfr_clear(value_); }
  precise(const precise&) = delete;
  precise& operator=(const precise&) = delete;
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

void precise_exp(mpfr_ptr to, mpfr_srcptr x) { mpfr_exp(to, x, MPFR_RNDN); }
void precise_tanh(mpfr_ptr to, mpfr_srcptr x) { mpfr_tanh(to, x, MPFR_RNDN); }
void precise_sigmoid(mpfr_ptr to, mpfr_srcptr x) {
  mpfr_neg(to, x, MPFR_RNDN);
  mpfr_exp(to, to, MPFR_RNDN);
  mpfr_add_ui(to, to, 1, MPFR_RNDN);
  mpfr_ui_div(to, 1, to, MPFR_RNDN);
}

/// The error of one f64 result, in units of the last place; negative if one is NaN and the other is not.
double error_of(double x, double found, void (*truth)(mpfr_ptr, mpfr_srcptr)) {
  static thread_local precise argument, expected;
  mpfr_set_d(argument, x, MPFR_RNDN);
  truth(expected, argument);
  if (mpfr_nan_p(expected) || std::isnan(found)) return mpfr_nan_p(expected) && std::isnan(found) ? 0 : -1;
  const double nearest = mpfr_get_d(expected, MPFR_RNDN);
  if (std::isinf(nearest) || std::isinf(found)) return nearest == found ? 0 : 2;  // 1 at the border would be a coincidence
  mpfr_sub_d(expected, expected, found, MPFR_RNDN);
  mpfr_div_d(expected, expected, nearest == 0 ? 0x1p-1074 : unit_of<double>(nearest), MPFR_RNDN);
  return std::abs(mpfr_get_d(expected, MPFR_RNDN));
}

/// Arguments where the function does something: `most` in magnitude; an eighth anywhere, edges first.
array<double> sample(double most) {
  const std::size_t count = everything ? 10'000'000 : 40'000;
  std::mt19937_64 random(2024);
  const std::deque<double> edges = edge_values<double>();
  array<double> x({count});
  double* const to = x.data();
  for (std::size_t i = 0; i < count; ++i) {
    const double unit = static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-63;  // in [-1, 1)
    const std::uint64_t bits = random();
    to[i] = i < edges.size() ? edges[i] : i % 8 == 0 ? from_bits<double>(bits) : i % 2 == 0 ? unit * most : unit * 2;
  }
  return x;
}

template <class Function>
worst sampled(const Function& function, void (*truth)(mpfr_ptr, mpfr_srcptr), double most) {
  const array<double> x = sample(most);
  const array<double> y = function(x);
  worst result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = error_of(x.data()[i], y.data()[i], truth);
    result.wrong_kind += error < 0;
    result.note(error, x.data()[i]);
  }
  return result;
}

TEST(Accuracy, OfExpOnDoubles) { report("exp", "f64", sampled([](const auto& x) { return exp(x); }, precise_exp, 750), 0.911); }
TEST(Accuracy, OfTanhOnDoubles) { report("tanh", "f64", sampled([](const auto& x) { return tanh(x); }, precise_tanh, 22), 0.952); }
TEST(Accuracy, OfSigmoidOnDoubles) { report("sigmoid", "f64", sampled([](const auto& x) { return sigmoid(x); }, precise_sigmoid, 750), 0.998); }

// --- the measure itself -----------------------------------------------------------------------------------------------

TEST(Accuracy, IsMeasuredInUnitsOfTheLastPlace) {
  worst result;
  compare(0, 1.0f, 1.0, result);
  EXPECT_EQ(result.error, 0.0);
  compare(0, std::nextafter(1.0f, 2.0f), 1.0, result);
  EXPECT_EQ(result.error, 1.0);
  compare(0, 0.0f, 0x1.8p-149, result);
  EXPECT_EQ(result.error, 1.5) << "subnormals have one unit";
  compare(0, std::numeric_limits<float>::infinity(), 1e300, result);
  EXPECT_EQ(result.error, 1.5) << "what overflows is infinity";
  compare(0, std::numeric_limits<float>::quiet_NaN(), 1.0, result);
  EXPECT_EQ(result.wrong_kind, 1u);
  EXPECT_NEAR(error_of(1, std::nextafter(std::exp(1.0), 0), precise_exp), 1, 0.5001);
}

}  // namespace
}  // namespace onepass::testing

int main(int argc, char** argv) {
  const auto here = onepass::capabilities();
  const char* const cap = std::getenv("ONEPASS_ISA");
  if (cap != nullptr && std::string_view(cap) != name(here.active)) {
    std::puts("skipped: this machine does not have the instruction set");
    return 77;
  }
  ::testing::InitGoogleTest(&argc, argv);
  onepass::testing::everything = argc == 2 && std::string_view(argv[1]) == "--all";
  if (argc > 1 && !onepass::testing::everything) {
    std::puts("usage: accuracy_test [--all]");
    return 2;
  }
  return RUN_ALL_TESTS();
}
