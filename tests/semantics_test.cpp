// What operations mean, element by element, against definitions that share nothing with their bodies: plain C++, 128-bit
// integers, the C library. Division and conversion have files of their own.
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/bits.hpp>
#include <onepass/op/comparison.hpp>
#include <onepass/op/floating_point.hpp>
#include <onepass/op/logic.hpp>
#include <onepass/op/root.hpp>
#include <onepass/op/rounding.hpp>
#include <onepass/op/selection.hpp>

#include "semantics.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

template <class T>
constexpr T infinite = std::numeric_limits<T>::infinity();
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

/// An integer modulo 2^width.
template <class T>
T wrap(wide_integer x) {
  return static_cast<T>(x);
}

// --- arithmetic ---

TEST(Arithmetic, OfIntegersWraps) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T x, T y) {
      const wide_integer a = x, b = y;
      expect_same(apply(add, x, y), wrap<T>(a + b), x, y);
      expect_same(apply(subtract, x, y), wrap<T>(a - b), x, y);
      expect_same(apply(multiply, x, y), wrap<T>(a * b), x, y);
      expect_same(apply(fma, x, y, x), wrap<T>(wrap<T>(a * b) + a), x, y);
    });
    for (const T x : operands<T>(20'000)) {
      const wide_integer a = x;
      expect_same(apply(negate, x), wrap<T>(-a), x);
      expect_same(apply(abs, x), wrap<T>(a < 0 ? -a : a), x);
      expect_same(apply(sign, x), wrap<T>(a < 0 ? -1 : a > 0 ? 1 : 0), x);
      expect_same(apply(square, x), wrap<T>(a * a), x);
      expect_same(apply(cube, x), wrap<T>(wrap<T>(a * a) * a), x);
    }
  });
}

TEST(Arithmetic, OfFloatingNumbersRoundsOnce) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T x, T y) {
      expect_same(apply(add, x, y), x + y, x, y);
      expect_same(apply(subtract, x, y), x - y, x, y);
      expect_same(apply(multiply, x, y), x * y, x, y);
      expect_same(apply(fma, x, y, -x), std::fma(x, y, -x), x, y);
    });
    for (const T x : operands<T>(20'000)) {
      expect_same(apply(negate, x), -x, x);
      expect_same(apply(abs, x), std::fabs(x), x);
      expect_same(apply(square, x), x * x, x);
      expect_same(apply(reciprocal, x), 1 / x, x);
      expect_same(apply(sqrt, x), std::sqrt(x), x);
      expect_same(apply(sign, x), x > 0 ? T(1) : x < 0 ? T(-1) : x, x);
    }
  });
}

TEST(Lerp, IsTwoRoundingsAndReachesItsEnds) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T a, T b) {
      const T t = T(0.375);
      expect_same(apply(lerp, a, b, t), std::fma(t, b, std::fma(-t, a, a)), a, b);
      if (!std::isfinite(a) || !std::isfinite(b)) return;
      EXPECT_EQ(apply(lerp, a, b, T(0)), a);
      EXPECT_EQ(apply(lerp, a, b, T(1)), b);
    });
  });
}

// --- roots and powers, accurate as wholes ---

/// By how many units in the last place `found` misses what is exact.
template <class T>
double error_of(T found, wide_float exact) {
  if (!std::isfinite(found)) {
    return std::fabs(static_cast<long double>(exact)) > std::numeric_limits<T>::max() ? 0 : infinite<double>;
  }
  const wide_float magnitude = exact < 0 ? -exact : exact;
  T below = std::min(static_cast<T>(magnitude), std::numeric_limits<T>::max());
  if (static_cast<wide_float>(below) > magnitude) below = std::nextafter(below, T(0));
  const T unit = below == std::numeric_limits<T>::max() ? below - std::nextafter(below, T(0)) : std::nextafter(below, infinite<T>) - below;
  return std::fabs(static_cast<double>((static_cast<wide_float>(found) - exact) / static_cast<wide_float>(unit)));
}

/// The square root to twice the digits of long double.
wide_float root_of(wide_float x) {
  int exponent = 0;
  std::frexp(static_cast<long double>(x), &exponent);
  exponent &= ~1;
  const wide_float scaled = x * static_cast<wide_float>(std::ldexp(1.0L, -exponent));
  wide_float root = std::sqrt(static_cast<long double>(scaled));
  root = (root + scaled / root) / 2;
  return root * static_cast<wide_float>(std::ldexp(1.0L, exponent / 2));
}

TEST(Cube, IsWithinItsErrorOfTheTrueCube) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(100'000)) {
      const T found = apply(cube, x);
      if (!std::isfinite(x)) {
        expect_same(found, x * x * x, x);
      } else if (std::fabs(x) > std::numeric_limits<T>::min()) {  // the cubes of others are zero
        const wide_float exact = static_cast<wide_float>(x) * x * x;
        EXPECT_LE(error_of(found, exact), sizeof(T) == 4 ? cube_op::error.f32 : cube_op::error.f64) << shown(x);
      }
    }
  });
}

TEST(Rsqrt, IsWithinItsErrorForNumbersOfAllSizes) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(100'000)) {
      const T found = apply(rsqrt, x);
      if (!(x > 0) || x == infinite<T>) {
        expect_same(found, 1 / std::sqrt(x), x);  // infinities of both zeros, 0, NaN
      } else {
        EXPECT_LE(error_of(found, 1 / root_of(x)), sizeof(T) == 4 ? rsqrt_op::error.f32 : rsqrt_op::error.f64) << shown(x);
      }
    }
  });
}

TEST(Hypot, IsWithinItsErrorAndNeitherOverflowsNorUnderflows) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(100'000, [](T x, T y) {
      const T found = apply(hypot, x, y);
      if (std::isinf(x) || std::isinf(y)) {
        expect_same(found, infinite<T>, x, y);
      } else if (std::isnan(x) || std::isnan(y)) {
        expect_same(found, not_a_number<T>, x, y);
      } else if (x == 0 && y == 0) {
        expect_same(found, T(0), x, y);
      } else {
        const wide_float exact = root_of(static_cast<wide_float>(x) * x + static_cast<wide_float>(y) * y);
        EXPECT_LE(error_of(found, exact), sizeof(T) == 4 ? hypot_op::error.f32 : hypot_op::error.f64) << shown(x) << " " << shown(y);
      }
    });
  });
}

TEST(Hypot, OfExactTriplesIsExact) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    constexpr int lowest = sizeof(T) == 4 ? -149 : -1074, highest = sizeof(T) == 4 ? 120 : 1015;
    for (int exponent = lowest; exponent <= highest; ++exponent) {
      EXPECT_EQ(apply(hypot, std::ldexp(T(3), exponent), std::ldexp(T(-4), exponent)), std::ldexp(T(5), exponent)) << exponent;
      EXPECT_EQ(apply(hypot, std::ldexp(T(-12), exponent), std::ldexp(T(5), exponent)), std::ldexp(T(13), exponent)) << exponent;
    }
  });
}

// --- rounding ---

TEST(Rounding, IsThatOfTheCLibrary) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(100'000)) {
      expect_same(apply(floor, x), std::floor(x), x);
      expect_same(apply(ceil, x), std::ceil(x), x);
      expect_same(apply(trunc, x), std::trunc(x), x);
      expect_same(apply(round, x), std::nearbyint(x), x);
      const T fraction = x - std::floor(x);
      expect_same(apply(fract, x), fraction == 1 ? std::nextafter(T(1), T(0)) : fraction, x);
    }
  });
}

TEST(Rounding, KeepsIntegers) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(1000)) {
      EXPECT_TRUE(apply(floor, x) == x && apply(ceil, x) == x && apply(trunc, x) == x && apply(round, x) == x && apply(fract, x) == 0);
    }
  });
}

// --- order ---

/// The smaller one, of truth values and zeros too. Precondition: neither is NaN.
template <class T>
T smaller(T x, T y) {
  if (x < y) return x;
  if (y < x) return y;
  return std::signbit(static_cast<double>(x)) ? x : y;
}
template <class T>
T larger(T x, T y) {
  if (x > y) return x;
  if (y > x) return y;
  return std::signbit(static_cast<double>(x)) ? y : x;
}

using ordered_types = type_list<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t,
                                std::uint64_t, float, double>;

TEST(Order, MinimumAndMaximumPropagateNanAndOrderZeros) {
  for_each_type(ordered_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T x, T y) {
      const bool unordered = x != x || y != y;
      expect_same(apply(minimum, x, y), unordered ? static_cast<T>(x + y) : smaller(x, y), x, y);
      expect_same(apply(maximum, x, y), unordered ? static_cast<T>(x + y) : larger(x, y), x, y);
      expect_same(apply(clip, x, y, x), unordered ? static_cast<T>(x + y) : smaller(larger(x, y), x), x, y);
    });
  });
}

TEST(Order, FminAndFmaxSuppressNan) {
  for_each_type(ordered_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T x, T y) {
      expect_same(apply(fmin, x, y), x != x ? y : y != y ? x : smaller(x, y), x, y);
      expect_same(apply(fmax, x, y), x != x ? y : y != y ? x : larger(x, y), x, y);
    });
  });
}

TEST(Order, ComparisonsAreThoseOfTheElements) {
  for_each_type(ordered_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(20'000, [](T x, T y) {
      expect_same(apply(less, x, y), x < y, x, y);
      expect_same(apply(less_equal, x, y), x <= y, x, y);
      expect_same(apply(greater, x, y), x > y, x, y);
      expect_same(apply(greater_equal, x, y), x >= y, x, y);
      expect_same(apply(equal, x, y), x == y, x, y);
      expect_same(apply(not_equal, x, y), x != y, x, y);
    });
  });
}

TEST(Where, ChoosesOfEveryType) {
  for_each_type(ordered_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(500, [](T x, T y) {
      expect_same(apply(where, true, x, y), x, x, y);
      expect_same(apply(where, false, x, y), y, x, y);
    });
  });
}

// --- floating numbers ---

TEST(FloatingPoint, ClassesAreThoseOfTheCLibrary) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(20'000)) {
      expect_same(apply(isnan, x), std::isnan(x), x);
      expect_same(apply(isinf, x), std::isinf(x), x);
      expect_same(apply(isfinite, x), std::isfinite(x), x);
      expect_same(apply(signbit, x), std::signbit(x), x);
    }
  });
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(100)) {
      EXPECT_TRUE(!apply(isnan, x) && !apply(isinf, x) && apply(isfinite, x) && apply(signbit, x) == (x < 0)) << shown(x);
    }
  });
}

TEST(FloatingPoint, NeighboursAndSignsAreThoseOfTheCLibrary) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(50'000, [](T x, T y) {
      expect_same(apply(nextafter, x, y), std::nextafter(x, y), x, y);
      const T signed_as = apply(copysign, x, y);
      EXPECT_EQ(to_bits(signed_as), to_bits(std::copysign(x, y))) << shown(x) << " " << shown(y);
    });
  });
}

// --- logic and bits ---

TEST(Logic, OfNumbersIsWhetherTheyAreNotZero) {
  for_each_type(ordered_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(2000, [](T x, T y) {
      const bool a = x != T{}, b = y != T{};
      expect_same(apply(logical_and, x, y), a && b, x, y);
      expect_same(apply(logical_or, x, y), a || b, x, y);
      expect_same(apply(logical_xor, x, y), a != b, x, y);
      expect_same(apply(logical_not, x), !a, x);
      expect_same(apply(logical_and, a, y), a && b, x, y);
      expect_same(apply(logical_or, x, b), a || b, x, y);
    });
  });
}

TEST(Bits, AreThoseOfPlainIntegers) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(5000, [](T x, T y) {
      expect_same(apply(bit_and, x, y), static_cast<T>(x & y), x, y);
      expect_same(apply(bit_or, x, y), static_cast<T>(x | y), x, y);
      expect_same(apply(bit_xor, x, y), static_cast<T>(x ^ y), x, y);
      expect_same(apply(bit_not, x), static_cast<T>(~x), x);
      expect_same(apply(popcount, x), static_cast<T>(std::popcount(static_cast<std::make_unsigned_t<T>>(x))), x);
    });
  });
  for (const bool x : {false, true}) {
    for (const bool y : {false, true}) {
      EXPECT_TRUE(apply(bit_and, x, y) == (x && y) && apply(bit_or, x, y) == (x || y) && apply(bit_xor, x, y) == (x != y) && apply(bit_not, x) == !x);
    }
  }
}

TEST(Shift, OutsideTheWidthGivesZeroOrTheSign) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    constexpr int width = 8 * sizeof(T);
    std::deque<T> counts = edge_values<T>();
    for (int count = -width; count <= 4 * width; ++count) counts.push_back(static_cast<T>(count));
    for (const T x : operands<T>(300)) {
      for (const T count : counts) {
        const bool inside = count >= 0 && count < width;
        const wide_integer wide = x;
        const int by = static_cast<int>(inside ? count : 0);
        expect_same(apply(shift_left, x, count), inside ? wrap<T>(wide << by) : T{0}, x, count);
        expect_same(apply(shift_right, x, count), inside ? wrap<T>(wide >> by) : static_cast<T>(x < 0 ? -1 : 0), x, count);
      }
    }
  });
}

// --- which types ---

template <class... T, class... Op>
constexpr bool all_accept(const operation<Op>&... operations) {
  return (accepts<T...>(operations) && ...);
}
template <class... T, class... Op>
constexpr bool none_accepts(const operation<Op>&... operations) {
  return (!accepts<T...>(operations) && ...);
}

TEST(Types, OperationsTakeWhatTheySayAndNothingElse) {
  for_each_type(number_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    EXPECT_TRUE(all_accept<T>(negate, abs, sign, square, cube, floor, ceil, trunc, round, fract, isnan, isinf, isfinite, signbit, logical_not));
    EXPECT_TRUE((all_accept<T, T>(add, subtract, multiply, minimum, maximum, fmin, fmax, less, equal, logical_and, logical_or, logical_xor)));
    EXPECT_TRUE((all_accept<T, T, T>(fma, clip) && all_accept<bool, T, T>(where)));
    constexpr bool is_floating = std::is_floating_point_v<T>;
    EXPECT_EQ(all_accept<T>(sqrt, rsqrt, reciprocal), is_floating);
    EXPECT_EQ((all_accept<T, T>(hypot, copysign, nextafter) && all_accept<T, T, T>(lerp)), is_floating);
    EXPECT_EQ((all_accept<T, T>(bit_and, bit_or, bit_xor, shift_left, shift_right) && all_accept<T>(bit_not, popcount)), !is_floating);
    EXPECT_TRUE(is_floating || none_accepts<T>(sqrt, rsqrt, reciprocal));
    EXPECT_TRUE(!is_floating || (none_accepts<T, T>(bit_and, bit_or, bit_xor, shift_left, shift_right) && none_accepts<T>(bit_not, popcount)));
  });
  EXPECT_TRUE((all_accept<bool, bool>(less, equal, minimum, fmax, bit_and, logical_xor) && all_accept<bool>(bit_not, logical_not)));
  EXPECT_TRUE((none_accepts<bool>(negate, abs, sign, square, floor, isnan, popcount) && none_accepts<bool, bool>(add, shift_left, copysign)));
  EXPECT_TRUE((none_accepts<float16>(negate, sqrt, isnan) && none_accepts<bfloat16, bfloat16>(add, less, minimum)));
}

}  // namespace
}  // namespace onepass::testing
