// Every operation of the registry that states an error has at most that error, in units of the last place, on a sample: one
// float of a thousand, hard cases of both types, pairs of edge values. An operation that is added with an error needs
// its true values in truths.cpp, and fails here without them; one that has true values and states none has to round once.
// The whole, all 2^32 floats on every engine, is the matter of scripts/prove-accuracy, whose findings docs/accuracy.md
// holds; that page may not fall behind either.
#include "functions.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "committed.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

constexpr double rounding_of_stated = 0.0005;  ///< headers state three digits

/// One float of so many.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t stride = 1021;
#else
constexpr std::uint64_t stride = 65521;
#endif

/// Evaluates and judges a series.
template <class T>
void measure(const stated_function& function, const truth& expected, const series<T>& arguments, tally& found) {
  chunk<T> part(function);
  judge<T> by(expected);
  for (std::uint64_t begin = 0; begin < arguments.count; begin += chunk<T>::most) {
    part.size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk<T>::most, arguments.count - begin));
    arguments.fill(begin, part);
    judge_all(by, part, part.evaluate({}));
  }
  found.join(by.result());
}

std::string shown(const double* x, int operands) {
  std::string text;
  for (int i = 0; i < operands; ++i) {
    char one[64];
    std::snprintf(one, sizeof one, "%s%.17g (%a)", i == 0 ? "" : ", ", x[i], x[i]);
    text += one;
  }
  return text;
}

template <class T>
void check(const stated_function& function) {
  constexpr double most = std::is_same_v<T, float> ? 1 : 2;  // of any function
  const truth* const expected = find_truth(function.name, function.operands);
  ASSERT_NE(expected, nullptr) << function.text() << " states an error: it needs its true values in tests/truths.cpp";
  tally found;
  measure<T>(function, *expected, edges<T>(static_cast<std::size_t>(function.operands)), found);
  measure<T>(function, *expected, samples<T>(*expected, 40'000, 2024), found);
  if constexpr (std::is_same_v<T, float>) {
    if (function.operands == 1) {
      measure<T>(function, *expected, strided_floats(stride), found);
    } else {
      measure<T>(function, *expected, samples<T>(*expected, 400'000, 7), found);
    }
  }
  std::printf("  %-14s at most %.4f ulp, at %s; stated %.3f; %.1f %% correctly rounded\n", function.text().c_str(), found.worst,
              shown(found.worst_at, function.operands).c_str(), function.stated<T>(), 100 * found.share_correct());
  EXPECT_EQ(found.wrong, 0u) << "a NaN or none, finite at a pole, a zero of the other sign: at " << shown(found.wrong_at, function.operands);
  EXPECT_LE(found.worst, function.stated<T>() + rounding_of_stated)
      << (function.is_stated ? "the header states less" : "the header states none, so it should be rounded once");
  EXPECT_LE(function.stated<T>(), most);
}

/// A test for each function, made at run time.
class check_of_function : public ::testing::Test {
 public:
  check_of_function(stated_function function, bool on_f32) : function_(function), on_f32_(on_f32) {}
  void TestBody() override { on_f32_ ? check<float>(function_) : check<double>(function_); }

  static int register_all() {
    int count = 0;
    for (const stated_function& f : stated_functions()) {
      for (const bool on_f32 : {true, false}) {
        if (!(on_f32 ? f.on_f32 : f.on_f64)) continue;
        const std::string test = "Of_" + std::string(f.name) + (f.operands > 1 ? "_" + std::to_string(f.operands) : "") + (on_f32 ? "_f32" : "_f64");
        ::testing::RegisterTest("Accuracy", test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                                [f, on_f32]() -> ::testing::Test* { return new check_of_function(f, on_f32); });
        ++count;
      }
    }
    return count;
  }

 private:
  stated_function function_;
  bool on_f32_;
};

const int registered = check_of_function::register_all();

TEST(AccuracyTest, FindsFunctionsInTheRegistry) { EXPECT_GE(registered, 6); }

/// The largest error in a row of the document: its fourth column.
double proven(const std::string& row) {
  std::size_t at = 0;
  for (int column = 0; column < 4; ++column) at = row.find('|', at) + 1;
  return std::strtod(row.c_str() + at, nullptr);
}

TEST(AccuracyTest, HasItsProofInTheDocument) {
  const std::string page = "\n" + committed("docs/accuracy.md");
  for (const stated_function& f : stated_functions()) {
    if (!f.is_stated) continue;
    for (const dtype type : {dtype::f32, dtype::f64}) {
      if (!(type == dtype::f32 ? f.on_f32 : f.on_f64)) continue;
      const std::size_t at = page.find("\n" + f.row(type));
      EXPECT_NE(at, std::string::npos) << f.text() << " of " << name(type) << ": run scripts/prove-accuracy --only " << f.name;
      if (at == std::string::npos) continue;
      const double stated = type == dtype::f32 ? f.error.f32 : f.error.f64;
      EXPECT_LE(proven(page.substr(at + 1, 200)), stated + rounding_of_stated) << f.row(type);
    }
  }
}

// --- the true values --------------------------------------------------------------------------------------------------

/// Both ways to the truth have to lead there: an estimate lies within its doubt of the exact value.
template <class T>
void check_truth(const truth& function) {
  using wide = typename judge<T>::wide;
  dice with(5);
  precise exact[truth::most_operands], expected;
  for (int round = 0; round < 400; ++round) {
    double x[truth::most_operands] = {};
    wide w[truth::most_operands] = {};
    function.sample(with, std::is_same_v<T, float> ? format_f32 : format_f64, x);
    for (int i = 0; i < function.operands; ++i) {
      const T rounded = static_cast<T>(x[i]);
      w[i] = static_cast<wide>(rounded);
      mpfr_set_d(exact[i], static_cast<double>(rounded), MPFR_RNDN);
    }
    function.exactly(expected, exact);
    estimate<wide> near;
    if constexpr (std::is_same_v<T, float>) {
      near = function.in_double(w);
    } else {
      near = function.in_long_double(w);
    }
    const bool nothing_known = !(near.doubt < std::numeric_limits<wide>::infinity());
    const long double truth = mpfr_get_ld(expected, MPFR_RNDN);
    const long double smallest = std::ldexp(1.0L, std::is_same_v<T, float> ? -300 : -16000);  // far below what T has
    const bool near_enough = std::isnan(truth) ? std::isnan(near.value) : std::isinf(near.value) ? std::abs(truth) > 0x1p1023L
                                               : std::abs(near.value - truth) <= near.doubt + smallest;
    ASSERT_TRUE(nothing_known || near_enough) << shown(x, function.operands) << ": " << static_cast<double>(near.value) << ", "
                                              << static_cast<double>(truth);
  }
}

TEST(Truth, IsTheSameInBothWays) {
  for (const truth& function : truths()) {
    SCOPED_TRACE(function.name);
    check_truth<float>(function);
    check_truth<double>(function);
  }
}

// --- the measure ------------------------------------------------------------------------------------------------------

template <class T>
tally judged(const char* name, T x, T found) {
  judge<T> by(*find_truth(name, 1));
  by.compare(&x, found);
  return by.result();
}

TEST(Measure, IsTheUnitOfTheLastPlace) {
  EXPECT_EQ(judged("exp", 0.0f, 1.0f).worst, 0);
  EXPECT_EQ(judged("exp", 0.0f, std::nextafter(1.0f, 2.0f)).worst, 1);
  EXPECT_EQ(judged("exp", 0.0, std::nextafter(1.0, 2.0)).worst, 1);
  EXPECT_NEAR(judged("exp", 1.0, std::nextafter(std::exp(1.0), 0.0)).worst, 1, 0.5001);
  EXPECT_EQ(judged("square", 0x1p-75f, 0x1p-149f).worst, 0.5) << "subnormals have one unit";
  EXPECT_EQ(judged("square", 0x1p-75f, 0.0f).worst, 0.5);
  EXPECT_EQ(judged("square", 0x1p-537, 0x1.0p-1073).worst, 1);
}

TEST(Measure, TakesInfinityForWhatOverflows) {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(judged("exp", 100.0f, infinite).worst, 0);
  EXPECT_EQ(judged("exp", 100.0f, infinite).correct, 1u);
  EXPECT_EQ(judged("exp", 100.0f, std::numeric_limits<float>::max()).worst, 1);
  EXPECT_GT(judged("exp", 88.0f, infinite).worst, 1e6);
  EXPECT_EQ(judged("exp", 1000.0, std::numeric_limits<double>::max()).worst, 1);
  EXPECT_EQ(judged("log", 0.0f, -std::numeric_limits<float>::max()).wrong, 1u) << "a pole is infinite";
  EXPECT_EQ(judged("log", 0.0, -std::numeric_limits<double>::infinity()).wrong, 0u);
}

TEST(Measure, NoticesResultsOfTheWrongKind) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(judged("exp", 0.0f, none).wrong, 1u);
  EXPECT_EQ(judged("log", -1.0f, 0.0f).wrong, 1u);
  EXPECT_EQ(judged("log", -1.0f, none).wrong, 0u);
  EXPECT_EQ(judged("sin", -0.0f, 0.0f).wrong, 1u) << "the sign of zero";
  EXPECT_EQ(judged("sin", -0.0, 0.0).wrong, 1u);
  EXPECT_EQ(judged("exp", -200.0f, -0.0f).wrong, 1u);
  EXPECT_EQ(judged("exp", -200.0f, 0.0f).wrong, 0u);
}

TEST(Measure, KnowsWhatIsCorrectlyRounded) {
  for (const float x : {0.1f, 1.0f, 10.0f, -3.0f, 1e-20f, 20.5f}) {
    const float right = static_cast<float>(std::exp(static_cast<double>(x)));
    EXPECT_EQ(judged("exp", x, right).correct, 1u) << x;
    EXPECT_LE(judged("exp", x, right).worst, 0.5);
    EXPECT_EQ(judged("exp", x, std::nextafter(right, 100.0f)).correct, 0u) << x;
    EXPECT_GE(judged("exp", x, std::nextafter(right, 100.0f)).worst, 0.5);
  }
}

}  // namespace
}  // namespace onepass::testing
