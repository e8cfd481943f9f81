// Each function in its stable form, once for both wide types and once for MPFR. Errors of glibc's functions are taken as
// at most eight units of the wide type, twice the largest that its manual lists for those used here; doubts are sums of
// such bounds. Values at infinities are limits; what IEEE 754 or C specify for pow, hypot, atan2 and fmod holds.
#include "truths.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace onepass::testing {

// --- random arguments ---

/// SplitMix64, Steele, Lea and Flood 2014.
std::uint64_t dice::bits() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

double dice::uniform(double low, double high) { return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53); }

double dice::power(double low, double high) {
  const double exponent = uniform(low, high), whole = std::floor(exponent);
  return std::ldexp(std::exp2(exponent - whole), static_cast<int>(whole));
}

double dice::anything(const format& of) {
  if (of.digits == format_f32.digits) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits() >> 32)));
  return std::bit_cast<double>(bits());
}

double dice::beside(double center, const format& of) { return center + center * either(-of.digits, -1); }

double dice::among(std::initializer_list<interval> intervals, const format& of) {
  switch (bits() % 8) {
    case 0: return anything(of);
    case 1: return either(-2 * of.digits, 4);
    default: return from(intervals.begin()[bits() % intervals.size()]);
  }
}

namespace {

// --- estimates ---

template <class W>
constexpr W unit = std::numeric_limits<W>::epsilon();

/// A value that is off by at most so many units of its last place.
template <class W>
estimate<W> within(W value, std::type_identity_t<W> units = 8) {
  return {value, std::isinf(value) ? 0 : std::abs(value) * unit<W> * units};
}

/// A constant in two parts.
template <class W>
struct two_parts {
  W high, low;

  explicit two_parts(const char* decimal) {
    precise number(decimal);
    high = take(number);
    low = take(number);
  }

 private:
  /// The nearest W, which is taken away.
  static W take(precise& from) {
    W taken;
    if constexpr (std::is_same_v<W, double>) {
      taken = mpfr_get_d(from, MPFR_RNDN);
    } else {
      taken = mpfr_get_ld(from, MPFR_RNDN);
    }
    precise part;
    mpfr_set_ld(part, static_cast<long double>(taken), MPFR_RNDN);
    mpfr_sub(from, from, part, MPFR_RNDN);
    return taken;
  }
};

constexpr const char* root_of_half = "0.70710678118654752440084436210484903928483593768847403658833986899536623923";
constexpr const char* two_roots_of_two_by_pi = "1.59576912160573071175978423973752747838015800000860371671083456";
constexpr const char* selu_scale = "1.05070098735548049341933498529460635195898120437640454697788";
constexpr const char* selu_scale_times_alpha = "1.75809934084737685994021752081227957732350683716202164080477";

template <class W>
bool is_minus_infinity(W x) {
  return std::isinf(x) && x < 0;
}

template <class W>
W near_sigmoid(W x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const W power = std::exp(x);
  return power / (1 + power);
}

template <class W>
W near_softplus(W x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

template <class W>
estimate<W> near_silu(W x) {
  return is_minus_infinity(x) ? estimate<W>{-W(0), 0} : within(x * near_sigmoid(x), 12);
}

/// x/2 erfc(-x / sqrt 2), where the argument of erfc carries its rounding error along: erfc falls steeply.
template <class W>
estimate<W> near_gelu(W x) {
  static const two_parts<W> root(root_of_half);
  static const W slope = 2 / std::sqrt(std::acos(W(-1)));
  if (is_minus_infinity(x)) return {-W(0), 0};
  if (std::isinf(x)) return {x, 0};
  const W t = -x * root.high;
  const W rest = std::fma(-x, root.high, -t) - x * root.low;
  return within(x / 2 * (std::erfc(t) - rest * (slope * std::exp(-t * t))), 16);
}

template <class W>
estimate<W> near_gelu_tanh(W x) {
  static const two_parts<W> root(two_roots_of_two_by_pi);
  if (is_minus_infinity(x)) return {-W(0), 0};
  const W u = x * root.high * (1 + W(0.044715L) * x * x);
  return within(x * near_sigmoid(u), 12 + 8 * (x < 0 ? std::min(-u, W(20000)) : W(1)));
}

/// tanh(log(1 + e^x)) = n / (n + 2), where n = e^x (e^x + 2).
template <class W>
estimate<W> near_mish(W x) {
  if (is_minus_infinity(x)) return {-W(0), 0};
  if (x > 60) return within(x);
  const W power = std::exp(x), n = power * (power + 2);
  return within(x * (n / (n + 2)), 32);
}

template <class W>
estimate<W> near_ramp(W x) {
  return within(x <= -3 ? W(0) : x >= 3 ? W(1) : (x + 3) / 6);
}
template <class W>
estimate<W> near_hard_swish(W x) {
  return is_minus_infinity(x) ? estimate<W>{-W(0), 0} : within(x * near_ramp(x).value);
}

template <class W>
estimate<W> near_softsign(W x) {
  return std::isinf(x) ? estimate<W>{std::copysign(W(1), x), 0} : within(x / (1 + std::abs(x)));
}

template <class W>
estimate<W> near_logaddexp(W x, W y) {
  if (std::isnan(x) || std::isnan(y)) return {x + y, 0};
  const W larger = std::max(x, y), smaller = std::min(x, y);
  if (std::isinf(larger) || is_minus_infinity(smaller)) return {larger + W(0), 0};
  const W more = std::log1p(std::exp(smaller - larger));
  return {larger + more, 12 * unit<W> * (std::abs(larger) + more)};
}

/// The truncated quotient (x - fmod(x, y)) / y, and one less where the remainder has not the sign of y.
template <class W>
estimate<W> near_floor_divide(W x, W y) {
  if (y == 0 || x == 0) return {x / y, 0};
  if (std::isnan(x) || std::isnan(y) || std::isinf(x)) return {std::numeric_limits<W>::quiet_NaN(), 0};
  const W rest = std::fmod(x, y), quotient = (x - rest) / y - (rest != 0 && (x < 0) != (y < 0) ? 1 : 0);
  if (std::isinf(y) || !(std::abs(quotient) < 1 / (16 * unit<W>))) return within(quotient + W(0));
  return {std::round(quotient) + W(0), 0};
}

/// fmod(x, y), moved to the sign of y, as in Python.
template <class W>
estimate<W> near_remainder(W x, W y) {
  const W rest = std::fmod(x, y);
  if (rest == 0) return {std::copysign(rest, y), 0};
  return (rest < 0) != (y < 0) ? within(rest + y, 1) : within(rest, 0);
}

template <class W>
estimate<W> near_elu(W x, std::type_identity_t<W> alpha) {
  return x > 0 ? estimate<W>{x, 0} : within(alpha * std::expm1(x), 10);
}

template <class W>
estimate<W> near_celu(W x, W alpha) {
  if (x > 0) return {x, 0};
  const W quotient = x / alpha;
  return within(alpha * std::expm1(quotient), 12 + 2 * std::abs(quotient));
}

template <class W>
estimate<W> near_selu(W x) {
  static const two_parts<W> positive(selu_scale), negative(selu_scale_times_alpha);
  return within(x > 0 ? positive.high * x : negative.high * std::expm1(x), 12);
}

template <class W>
estimate<W> times(estimate<W> x, W y) {
  const W product = x.value * y;
  return {product, std::isinf(product) || product == 0 ? 0 : x.doubt * std::abs(y) + std::abs(product) * unit<W>};
}

// --- the same exactly ---

constexpr mpfr_rnd_t nearest = MPFR_RNDN;

bool is_minus_infinity(mpfr_srcptr x) { return mpfr_inf_p(x) && mpfr_sgn(x) < 0; }

/// Less than anything that a format has, but not zero.
void set_vanishing(mpfr_ptr to, int sign) { mpfr_set_si_2exp(to, sign, -100000, nearest); }

void exact_sigmoid(mpfr_ptr to, mpfr_srcptr x) {
  mpfr_neg(to, x, nearest);
  mpfr_exp(to, to, nearest);
  mpfr_add_ui(to, to, 1, nearest);
  mpfr_ui_div(to, 1, to, nearest);
}

/// log(1 + e^x) = max(x, 0) + log1p(e^-|x|): both terms have one sign.
void exact_softplus(mpfr_ptr to, mpfr_srcptr x) {
  precise rest;
  mpfr_abs(rest, x, nearest);
  mpfr_neg(rest, rest, nearest);
  mpfr_exp(rest, rest, nearest);
  mpfr_log1p(rest, rest, nearest);
  if (mpfr_nan_p(x) == 0 && mpfr_sgn(x) > 0) {
    mpfr_add(to, x, rest, nearest);
  } else {
    mpfr_set(to, rest, nearest);
  }
}

void exact_log_sigmoid(mpfr_ptr to, mpfr_srcptr x) {
  precise negative;
  mpfr_neg(negative, x, nearest);
  exact_softplus(to, negative);
  mpfr_neg(to, to, nearest);
}

void exact_ramp(mpfr_ptr to, mpfr_srcptr x) {
  mpfr_add_ui(to, x, 3, nearest);
  if (mpfr_cmp_si(to, 0) < 0) mpfr_set_zero(to, 1);
  if (mpfr_cmp_si(to, 6) > 0) mpfr_set_ui(to, 6, nearest);
  mpfr_div_ui(to, to, 6, nearest);
}

void exact_hard_swish(mpfr_ptr to, mpfr_srcptr x) {
  if (is_minus_infinity(x)) return mpfr_set_zero(to, -1);
  precise factor;
  exact_ramp(factor, x);
  mpfr_mul(to, x, factor, nearest);
}

void exact_silu(mpfr_ptr to, mpfr_srcptr x) {
  if (is_minus_infinity(x)) return mpfr_set_zero(to, -1);
  precise factor;
  exact_sigmoid(factor, x);
  mpfr_mul(to, x, factor, nearest);
}

/// MPFR takes very long for erfc of large arguments, where nothing is left.
void exact_erfc(mpfr_ptr to, mpfr_srcptr x) {
  if (mpfr_number_p(x) != 0 && mpfr_cmp_si(x, 200) > 0) return set_vanishing(to, 1);
  mpfr_erfc(to, x, nearest);
}

void exact_gelu(mpfr_ptr to, mpfr_srcptr x) {
  static thread_local const precise root(root_of_half);
  if (is_minus_infinity(x)) return mpfr_set_zero(to, -1);
  precise factor;
  mpfr_mul(factor, x, root, nearest);
  mpfr_neg(factor, factor, nearest);
  exact_erfc(factor, factor);
  mpfr_div_2ui(factor, factor, 1, nearest);
  mpfr_mul(to, x, factor, nearest);
}

void exact_gelu_tanh(mpfr_ptr to, mpfr_srcptr x) {
  static thread_local const precise root(two_roots_of_two_by_pi), cubic("0.044715");
  if (is_minus_infinity(x)) return mpfr_set_zero(to, -1);
  precise factor;
  mpfr_sqr(factor, x, nearest);
  mpfr_mul(factor, factor, cubic, nearest);
  mpfr_add_ui(factor, factor, 1, nearest);
  mpfr_mul(factor, factor, root, nearest);
  mpfr_mul(factor, factor, x, nearest);
  exact_sigmoid(factor, factor);
  if (mpfr_zero_p(factor) != 0) return set_vanishing(to, -1);
  mpfr_mul(to, x, factor, nearest);
}

void exact_mish(mpfr_ptr to, mpfr_srcptr x) {
  if (is_minus_infinity(x)) return mpfr_set_zero(to, -1);
  if (mpfr_nan_p(x) == 0 && mpfr_cmp_si(x, 1000) > 0) {
    mpfr_set(to, x, nearest);
    return;
  }
  precise power, n;
  mpfr_exp(power, x, nearest);
  if (mpfr_zero_p(power) != 0) return set_vanishing(to, -1);
  mpfr_add_ui(n, power, 2, nearest);
  mpfr_mul(n, n, power, nearest);
  mpfr_add_ui(power, n, 2, nearest);
  mpfr_div(n, n, power, nearest);
  mpfr_mul(to, x, n, nearest);
}

void exact_softsign(mpfr_ptr to, mpfr_srcptr x) {
  if (mpfr_inf_p(x) != 0) {
    mpfr_set_si(to, mpfr_sgn(x), nearest);
    return;
  }
  precise denominator;
  mpfr_abs(denominator, x, nearest);
  mpfr_add_ui(denominator, denominator, 1, nearest);
  mpfr_div(to, x, denominator, nearest);
}

/// max + log1p(e^-|x - y|), with more bits as long as the two nearly cancel.
void exact_logaddexp(mpfr_ptr to, mpfr_srcptr x, mpfr_srcptr y) {
  mpfr_max(to, x, y, nearest);
  if (mpfr_nan_p(x) != 0 || mpfr_nan_p(y) != 0) return mpfr_set_nan(to);
  if (mpfr_inf_p(x) != 0 || mpfr_inf_p(y) != 0) {
    mpfr_add_ui(to, to, 0, nearest);
    return;
  }
  for (mpfr_prec_t bits = precise::bits;; bits *= 2) {
    mpfr_t more, sum;
    mpfr_inits2(bits, more, sum, nullptr);
    mpfr_sub(more, x, y, nearest);
    mpfr_abs(more, more, nearest);
    mpfr_neg(more, more, nearest);
    mpfr_exp(more, more, nearest);
    mpfr_log1p(more, more, nearest);
    mpfr_max(sum, x, y, nearest);
    mpfr_add(sum, sum, more, nearest);
    const bool settled = mpfr_zero_p(sum) ? mpfr_zero_p(more) != 0 || bits > 4096
                                          : mpfr_zero_p(more) != 0 || mpfr_get_exp(more) - mpfr_get_exp(sum) < bits - 128;
    if (settled) mpfr_set(to, sum, nearest);
    mpfr_clears(more, sum, nullptr);
    if (settled) return;
  }
}

void exact_remainder(mpfr_ptr to, mpfr_srcptr x, mpfr_srcptr y) {
  mpfr_fmod(to, x, y, nearest);
  if (mpfr_nan_p(to) != 0) return;
  if (mpfr_zero_p(to) != 0) {
    mpfr_copysign(to, to, y, nearest);
  } else if (mpfr_signbit(to) != mpfr_signbit(y)) {
    mpfr_add(to, to, y, nearest);
  }
}

void exact_floor_divide(mpfr_ptr to, mpfr_srcptr x, mpfr_srcptr y) {
  precise rest;
  mpfr_fmod(rest, x, y, nearest);
  if (mpfr_zero_p(x) != 0 || mpfr_zero_p(y) != 0) {
    mpfr_div(to, x, y, nearest);
  } else if (mpfr_nan_p(rest) != 0) {
    mpfr_set_nan(to);
  } else {
    const bool further = mpfr_zero_p(rest) == 0 && mpfr_signbit(x) != mpfr_signbit(y);
    mpfr_sub(rest, x, rest, nearest);
    mpfr_div(rest, rest, y, nearest);
    if (mpfr_zero_p(rest) != 0) mpfr_set_zero(rest, 1);
    mpfr_sub_ui(to, rest, further ? 1 : 0, nearest);
  }
}

/// alpha (e^(x / divisor) - 1) where x is not positive.
void exact_elu(mpfr_ptr to, mpfr_srcptr x, mpfr_srcptr alpha, bool divided) {
  if (mpfr_nan_p(x) == 0 && mpfr_sgn(x) > 0) {
    mpfr_set(to, x, nearest);
    return;
  }
  precise power;
  mpfr_set(power, x, nearest);
  if (divided) mpfr_div(power, x, alpha, nearest);
  mpfr_expm1(power, power, nearest);
  mpfr_mul(to, alpha, power, nearest);
}

void exact_selu(mpfr_ptr to, mpfr_srcptr x) {
  static thread_local const precise scale(selu_scale), negative(selu_scale_times_alpha);
  if (mpfr_nan_p(x) == 0 && mpfr_sgn(x) > 0) {
    mpfr_mul(to, x, scale, nearest);
    return;
  }
  precise power;
  mpfr_expm1(power, x, nearest);
  mpfr_mul(to, negative, power, nearest);
}

void exact_rsqrt(mpfr_ptr to, mpfr_srcptr x) {
  const bool negative_zero = mpfr_zero_p(x) != 0 && mpfr_signbit(x) != 0;
  mpfr_rec_sqrt(to, x, nearest);
  if (negative_zero) mpfr_set_inf(to, -1);
}

// --- samples ---

/// Doubles that lie very close to multiples of pi/2, of every magnitude: m 2^e with 53 bits of m, where m is a multiple of a
/// denominator of the continued fraction of 2^e 2/pi (Kahan 1983).
std::vector<double> make_hard_angles() {
  constexpr mpfr_prec_t bits = 1300;
  std::vector<double> found;
  mpfr_t ratio, rest, whole;
  mpfr_inits2(bits, ratio, rest, whole, nullptr);
  mpfr_const_pi(ratio, nearest);
  mpfr_ui_div(ratio, 2, ratio, nearest);
  for (int exponent = -52; exponent <= 971; ++exponent) {
    mpfr_mul_2si(rest, ratio, exponent, nearest);
    mpfr_frac(rest, rest, nearest);
    double before = 0, denominator = 1;
    while (mpfr_zero_p(rest) == 0) {
      mpfr_ui_div(rest, 1, rest, nearest);
      mpfr_floor(whole, rest);
      const double next = mpfr_get_d(whole, nearest) * denominator + before;
      if (next >= 0x1p53) break;
      mpfr_frac(rest, rest, nearest);
      before = denominator, denominator = next;
    }
    for (const double d : {before, denominator}) {
      const double multiple = d * std::ceil(0x1p52 / d);
      if (d > 0 && multiple < 0x1p53) found.push_back(std::ldexp(multiple, exponent));
    }
  }
  mpfr_clears(ratio, rest, whole, nullptr);
  return found;
}

double hard_angle(dice& with) {
  static const std::vector<double> angles = make_hard_angles();
  return with.sign() * angles[with.bits() % angles.size()];
}

void sample_angle(dice& with, const format& of, double* x) {
  switch (with.bits() % 4) {
    case 0: x[0] = hard_angle(with); break;
    case 1: x[0] = with.beside(1.5707963267948966 * std::floor(with.power(0, 30)), of); break;
    default: x[0] = with.among({{-10, 10}, {-1000, 1000}, {-1e6, 1e6}, {-0.8, 0.8}}, of);
  }
}

void sample_logarithm(dice& with, const format& of, double* x) {
  switch (with.bits() % 4) {
    case 0: x[0] = with.beside(1, of); break;
    case 1: x[0] = std::abs(with.anything(of)); break;
    default: x[0] = with.among({{0, 4}, {0.5, 2}, {0, 1000}}, of);
  }
}

/// Of log(1 + x).
void sample_shifted_logarithm(dice& with, const format& of, double* x) {
  switch (with.bits() % 4) {
    case 0: x[0] = -with.beside(1, of); break;
    case 1: x[0] = std::abs(with.anything(of)); break;
    default: x[0] = with.among({{-1, 1}, {-0.5, 0.5}, {-1, 10}}, of);
  }
}

/// Of functions of what is not below 1.
void sample_from_one(dice& with, const format& of, double* x) {
  switch (with.bits() % 4) {
    case 0: x[0] = with.beside(1, of); break;
    case 1: x[0] = with.power(0, of.beyond); break;
    default: x[0] = with.among({{1, 2}, {1, 4}, {1, 1000}}, of);
  }
}

/// Of functions of [-1, 1].
void sample_inverse(dice& with, const format& of, double* x) {
  switch (with.bits() % 4) {
    case 0: x[0] = with.sign() * with.beside(1, of); break;
    case 1: x[0] = with.sign() * with.beside(0.5, of); break;
    default: x[0] = with.among({{-1, 1}, {-0.5, 0.5}, {-1, 1}}, of);
  }
}

/// Pairs whose quotient takes every magnitude.
void sample_directions(dice& with, const format& of, double* x) {
  x[0] = with.one_in(2) ? with.anything(of) : with.uniform(-10, 10);
  switch (with.bits() % 4) {
    case 0: x[1] = with.anything(of); break;
    case 1: x[1] = with.sign() * with.beside(x[0], of); break;
    case 2: x[1] = x[0] * with.either(-2 * of.digits, 2 * of.digits); break;
    default: x[1] = with.uniform(-10, 10);
  }
}

/// Powers of every magnitude, and beyond; bases close to 1; whole exponents.
void sample_power(dice& with, const format& of, double* x) {
  const double result = with.uniform(of.least - 4, of.beyond + 2);
  switch (with.bits() % 8) {
    case 0: x[0] = with.anything(of), x[1] = with.anything(of); return;
    case 1: x[0] = with.either(-20, 20), x[1] = std::round(with.uniform(-40, 40)) * (with.one_in(4) ? 0.5 : 1.0); return;
    case 2: x[0] = with.beside(1, of), x[1] = with.either(-4, 4); return;
    case 3: x[0] = with.beside(1, of); break;
    case 4: x[0] = std::abs(with.anything(of)); break;
    case 5: x[0] = with.uniform(0, 4); break;
    default: x[0] = with.uniform(0, 10), x[1] = with.uniform(-10, 10); return;
  }
  if (of.digits == format_f32.digits) x[0] = static_cast<double>(static_cast<float>(x[0]));
  x[1] = result / std::log2(x[0]);
}

/// Sums of every magnitude, also the smallest: e^x + e^y close to 1.
void sample_logaddexp(dice& with, const format& of, double* x) {
  const double part = with.one_in(2) ? with.uniform(0, 1) : with.power(-of.digits, -1);
  switch (with.bits() % 4) {
    case 0: x[0] = std::log(part), x[1] = std::log1p(-part); return;
    case 1: x[0] = with.among({{-1, 1}, {-100, 100}}, of), x[1] = with.among({{-1, 1}, {-100, 100}}, of); return;
    case 2: x[0] = with.either(-30, 8); break;
    default: x[0] = with.uniform(-100, 100);
  }
  x[1] = x[0] + with.uniform(-40, 40);
}

/// An argument of the intervals and a factor beside it.
void sample_product(dice& with, const format& of, double* x, std::initializer_list<interval> intervals) {
  x[0] = with.among(intervals, of);
  x[1] = with.one_in(4) ? with.anything(of) : with.either(-10, 10);
}

// --- the table ---

template <class Near, class Exactly, class Sample>
truth make(std::string_view name, int operands, interval usual, Near near, Exactly exactly, Sample sample,
           bool (*specified)(const double* x) = nullptr, int least_unit_f64 = -1074) {
  return {name, operands, near, near, exactly, sample, {usual, usual, usual}, specified, least_unit_f64};
}

/// The second argument is a scale.
bool is_scaled(const double* x) { return x[1] > 0x1p-100 && x[1] < 0x1p100; }

// Rows: name, number of operands, usual arguments, estimate, exact value, samples; x are the arguments.
#define ONEPASS_NEAR(...) [](const auto* x) { return __VA_ARGS__; }
#define ONEPASS_EXACT(...) [](mpfr_ptr to, const precise* x) { __VA_ARGS__; }
#define ONEPASS_AMONG(...) [](dice& with, const format& of, double* x) { x[0] = with.among({__VA_ARGS__}, of); }

const std::vector<truth>& all() {
  static const std::vector<truth> table = {
      make("exp", 1, {-10, 10}, ONEPASS_NEAR(within(std::exp(x[0]))), ONEPASS_EXACT(mpfr_exp(to, x[0], nearest)),
           ONEPASS_AMONG({-2, 2}, {-750, 715}, {-746, -707}, {708, 710})),
      make("exp2", 1, {-10, 10}, ONEPASS_NEAR(within(std::exp2(x[0]))), ONEPASS_EXACT(mpfr_exp2(to, x[0], nearest)),
           ONEPASS_AMONG({-2, 2}, {-1080, 1030}, {-1076, -1020}, {1022, 1025})),
      make("expm1", 1, {-10, 10}, ONEPASS_NEAR(within(std::expm1(x[0]))), ONEPASS_EXACT(mpfr_expm1(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-40, 40}, {-40, 715}, {708, 710})),
      make("log", 1, {0.01, 100}, ONEPASS_NEAR(within(std::log(x[0]))), ONEPASS_EXACT(mpfr_log(to, x[0], nearest)), sample_logarithm),
      make("log2", 1, {0.01, 100}, ONEPASS_NEAR(within(std::log2(x[0]))), ONEPASS_EXACT(mpfr_log2(to, x[0], nearest)), sample_logarithm),
      make("log10", 1, {0.01, 100}, ONEPASS_NEAR(within(std::log10(x[0]))), ONEPASS_EXACT(mpfr_log10(to, x[0], nearest)), sample_logarithm),
      make("log1p", 1, {-0.9, 10}, ONEPASS_NEAR(within(std::log1p(x[0]))), ONEPASS_EXACT(mpfr_log1p(to, x[0], nearest)),
           sample_shifted_logarithm),
      make("logaddexp", 2, {-10, 10}, ONEPASS_NEAR(near_logaddexp(x[0], x[1])), ONEPASS_EXACT(exact_logaddexp(to, x[0], x[1])),
           sample_logaddexp, nullptr, -98),  // smaller differences of the arguments' exponentials from 1 are not resolved
      make("pow", 2, {0.1, 10}, ONEPASS_NEAR(within(std::pow(x[0], x[1]))), ONEPASS_EXACT(mpfr_pow(to, x[0], x[1], nearest)), sample_power),
      make("cbrt", 1, {-100, 100}, ONEPASS_NEAR(within(std::cbrt(x[0]))), ONEPASS_EXACT(mpfr_cbrt(to, x[0], nearest)),
           ONEPASS_AMONG({-8, 8}, {1, 8})),
      make("sqrt", 1, {0, 100}, ONEPASS_NEAR(within(std::sqrt(x[0]))), ONEPASS_EXACT(mpfr_sqrt(to, x[0], nearest)), ONEPASS_AMONG({0, 4}, {1, 4})),
      make("rsqrt", 1, {0.01, 100}, ONEPASS_NEAR(within(1 / std::sqrt(x[0]))), ONEPASS_EXACT(exact_rsqrt(to, x[0])), ONEPASS_AMONG({0, 4}, {1, 4})),
      make("reciprocal", 1, {0.01, 100}, ONEPASS_NEAR(within(1 / x[0])), ONEPASS_EXACT(mpfr_ui_div(to, 1, x[0], nearest)),
           ONEPASS_AMONG({-4, 4}, {1, 2})),
      make("square", 1, {-10, 10}, ONEPASS_NEAR(within(x[0] * x[0])), ONEPASS_EXACT(mpfr_sqr(to, x[0], nearest)), ONEPASS_AMONG({-4, 4}, {1, 2})),
      make("cube", 1, {-10, 10}, ONEPASS_NEAR(within(x[0] * x[0] * x[0])), ONEPASS_EXACT(mpfr_pow_ui(to, x[0], 3, nearest)),
           ONEPASS_AMONG({-4, 4}, {1, 2})),
      make("hypot", 2, {-10, 10}, ONEPASS_NEAR(within(std::hypot(x[0], x[1]))), ONEPASS_EXACT(mpfr_hypot(to, x[0], x[1], nearest)),
           sample_directions),
      make("fmod", 2, {-100, 100}, ONEPASS_NEAR(within(std::fmod(x[0], x[1]), 0)), ONEPASS_EXACT(mpfr_fmod(to, x[0], x[1], nearest)),
           sample_directions),
      make("remainder", 2, {-100, 100}, ONEPASS_NEAR(near_remainder(x[0], x[1])), ONEPASS_EXACT(exact_remainder(to, x[0], x[1])), sample_directions),
      make("floor_divide", 2, {-100, 100}, ONEPASS_NEAR(near_floor_divide(x[0], x[1])), ONEPASS_EXACT(exact_floor_divide(to, x[0], x[1])),
           sample_directions),
      make("sin", 1, {-10, 10}, ONEPASS_NEAR(within(std::sin(x[0]))), ONEPASS_EXACT(mpfr_sin(to, x[0], nearest)), sample_angle),
      make("cos", 1, {-10, 10}, ONEPASS_NEAR(within(std::cos(x[0]))), ONEPASS_EXACT(mpfr_cos(to, x[0], nearest)), sample_angle),
      make("tan", 1, {-10, 10}, ONEPASS_NEAR(within(std::tan(x[0]))), ONEPASS_EXACT(mpfr_tan(to, x[0], nearest)), sample_angle),
      make("asin", 1, {-1, 1}, ONEPASS_NEAR(within(std::asin(x[0]))), ONEPASS_EXACT(mpfr_asin(to, x[0], nearest)), sample_inverse),
      make("acos", 1, {-1, 1}, ONEPASS_NEAR(within(std::acos(x[0]))), ONEPASS_EXACT(mpfr_acos(to, x[0], nearest)), sample_inverse),
      make("atan", 1, {-10, 10}, ONEPASS_NEAR(within(std::atan(x[0]))), ONEPASS_EXACT(mpfr_atan(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-4, 4}, {-100, 100}, {-1e8, 1e8})),
      make("atan2", 2, {-10, 10}, ONEPASS_NEAR(within(std::atan2(x[0], x[1]))), ONEPASS_EXACT(mpfr_atan2(to, x[0], x[1], nearest)),
           sample_directions),
      make("sinh", 1, {-10, 10}, ONEPASS_NEAR(within(std::sinh(x[0]))), ONEPASS_EXACT(mpfr_sinh(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-25, 25}, {-715, 715}, {709, 711})),
      make("cosh", 1, {-10, 10}, ONEPASS_NEAR(within(std::cosh(x[0]))), ONEPASS_EXACT(mpfr_cosh(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-25, 25}, {-715, 715}, {709, 711})),
      make("tanh", 1, {-4, 4}, ONEPASS_NEAR(within(std::tanh(x[0]))), ONEPASS_EXACT(mpfr_tanh(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-22, 22}, {-4, 4})),
      make("asinh", 1, {-10, 10}, ONEPASS_NEAR(within(std::asinh(x[0]))), ONEPASS_EXACT(mpfr_asinh(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-4, 4}, {-1000, 1000}, {-1e10, 1e10})),
      make("acosh", 1, {1, 100}, ONEPASS_NEAR(within(std::acosh(x[0]))), ONEPASS_EXACT(mpfr_acosh(to, x[0], nearest)),
           sample_from_one),
      make("atanh", 1, {-1, 1}, ONEPASS_NEAR(within(std::atanh(x[0]))), ONEPASS_EXACT(mpfr_atanh(to, x[0], nearest)), sample_inverse),
      make("erf", 1, {-3, 3}, ONEPASS_NEAR(within(std::erf(x[0]))), ONEPASS_EXACT(mpfr_erf(to, x[0], nearest)),
           ONEPASS_AMONG({-1, 1}, {-6.5, 6.5}, {0.5, 3})),
      make("erfc", 1, {-3, 3}, ONEPASS_NEAR(within(std::erfc(x[0]))), ONEPASS_EXACT(exact_erfc(to, x[0])),
           ONEPASS_AMONG({-1, 1}, {-6.5, 6.5}, {0.5, 28}, {26, 27.4})),
      make("sigmoid", 1, {-10, 10}, ONEPASS_NEAR(within(near_sigmoid(x[0]), 12)), ONEPASS_EXACT(exact_sigmoid(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-750, 60}, {-746, -707}, {-40, 40})),
      make("log_sigmoid", 1, {-10, 10}, ONEPASS_NEAR(within(-near_softplus(-x[0]), 20)), ONEPASS_EXACT(exact_log_sigmoid(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-40, 40}, {-60, 750}, {707, 746})),
      make("softplus", 1, {-10, 10}, ONEPASS_NEAR(within(near_softplus(x[0]), 20)), ONEPASS_EXACT(exact_softplus(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-40, 40}, {-750, 60}, {-746, -707})),
      make("softsign", 1, {-10, 10}, ONEPASS_NEAR(near_softsign(x[0])), ONEPASS_EXACT(exact_softsign(to, x[0])),
           ONEPASS_AMONG({-4, 4}, {-1000, 1000})),
      make("gelu", 1, {-4, 4}, ONEPASS_NEAR(near_gelu(x[0])), ONEPASS_EXACT(exact_gelu(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-40, 10}, {-39, -37}, {-8, 8})),
      make("gelu_tanh", 1, {-4, 4}, ONEPASS_NEAR(near_gelu_tanh(x[0])), ONEPASS_EXACT(exact_gelu_tanh(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-23, 10}, {-22, -20.5}, {-8, 8})),
      make("silu", 1, {-10, 10}, ONEPASS_NEAR(near_silu(x[0])), ONEPASS_EXACT(exact_silu(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-755, 60}, {-752, -713}, {-40, 40})),
      make("mish", 1, {-10, 10}, ONEPASS_NEAR(near_mish(x[0])), ONEPASS_EXACT(exact_mish(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-755, 60}, {-752, -713}, {-40, 40})),
      make("selu", 1, {-4, 4}, ONEPASS_NEAR(near_selu(x[0])), ONEPASS_EXACT(exact_selu(to, x[0])), ONEPASS_AMONG({-2, 2}, {-40, 10})),
      make("elu", 1, {-4, 4}, ONEPASS_NEAR(near_elu(x[0], {1})), ONEPASS_EXACT(precise one("1"); exact_elu(to, x[0], one, false)),
           ONEPASS_AMONG({-2, 2}, {-40, 10})),
      make("celu", 1, {-4, 4}, ONEPASS_NEAR(near_elu(x[0], {1})), ONEPASS_EXACT(precise one("1"); exact_elu(to, x[0], one, false)),
           ONEPASS_AMONG({-2, 2}, {-40, 10})),
      make("elu", 2, {-4, 4}, ONEPASS_NEAR(near_elu(x[0], x[1])), ONEPASS_EXACT(exact_elu(to, x[0], x[1], false)),
           [](dice& with, const format& of, double* x) { sample_product(with, of, x, {{-2, 2}, {-40, 10}}); }, is_scaled),
      make("celu", 2, {-4, 4}, ONEPASS_NEAR(near_celu(x[0], x[1])), ONEPASS_EXACT(exact_elu(to, x[0], x[1], true)),
           [](dice& with, const format& of, double* x) {
             x[1] = with.power(-10, 10);
             x[0] = x[1] * with.among({{-2, 1}, {-40, 1}}, of);
           }, is_scaled),
      make("swish", 1, {-10, 10}, ONEPASS_NEAR(near_silu(x[0])), ONEPASS_EXACT(exact_silu(to, x[0])),
           ONEPASS_AMONG({-2, 2}, {-755, 60}, {-752, -713}, {-40, 40})),
      make("hard_sigmoid", 1, {-4, 4}, ONEPASS_NEAR(near_ramp(x[0])), ONEPASS_EXACT(exact_ramp(to, x[0])), ONEPASS_AMONG({-4, 4}, {-3.001, -2.999})),
      make("hard_swish", 1, {-4, 4}, ONEPASS_NEAR(near_hard_swish(x[0])), ONEPASS_EXACT(exact_hard_swish(to, x[0])),
           ONEPASS_AMONG({-4, 4}, {-3.001, -2.999})),
  };
  return table;
}

#undef ONEPASS_NEAR
#undef ONEPASS_EXACT
#undef ONEPASS_AMONG

}  // namespace

std::span<const truth> truths() { return all(); }

const truth* find_truth(std::string_view name, int operands) {
  const auto& table = all();
  const auto at = std::find_if(table.begin(), table.end(), [&](const truth& t) { return t.name == name && t.operands == operands; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace onepass::testing
