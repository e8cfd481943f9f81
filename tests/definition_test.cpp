// The scalar interpretation, which defines what instructions mean, against arithmetic of another kind: integers
// against exact ones of 128 bits, floating numbers against wider ones that are rounded to them once more where that is
// harmless, conversions against the rule of nearest even spelled out on neighbours.
#include <gtest/gtest.h>

#include <onepass/value/scalar.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "same_bits.hpp"

#if defined(__F16C__)
#include <immintrin.h>
#endif

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

__extension__ typedef __int128 exact;
__extension__ typedef unsigned __int128 exact_bits;

/// The product, of which as many low bits are right as there are.
exact product(exact a, exact b) { return static_cast<exact>(static_cast<exact_bits>(a) * static_cast<exact_bits>(b)); }

/// The low bits of an exact number as an element: what integers that wrap are.
template <integer_element T>
T wrapped(exact number) {
  return from_bits<T>(static_cast<std::uint64_t>(static_cast<exact_bits>(number)));
}

/// Calls f(a, b) for all pairs of edge values and for random ones.
template <element T, class F>
void for_pairs(F f) {
  const auto edges = edge_values<T>(), left = random_values<T>(3000, 1), right = random_values<T>(3000, 2);
  for (const T a : edges) {
    for (const T b : edges) f(a, b);
  }
  for (std::size_t i = 0; i < left.size(); ++i) f(left[i], right[i]);
}

/// 2^count, or 0 where that has more bits than any element.
exact power(std::uint64_t count) { return count < 100 ? exact{1} << count : 0; }

/// The quotient, towards negative infinity. Precondition: divisor > 0.
exact floored(exact number, exact divisor) { return number / divisor - (number % divisor < 0 ? 1 : 0); }

#define ONEPASS_EXPECT_SAME(got, expected, ...)                                                                     \
  {                                                                                                                 \
    const auto got_one = (got).content;                                                                             \
    const std::remove_cv_t<decltype(got_one)> expected_one = (expected);                                            \
    if (!same_bits(got_one, expected_one)) {                                                                        \
      FAIL() << #got << " is " << shown(got_one) << ", not " << shown(expected_one) << " for" << __VA_ARGS__;       \
    }                                                                                                               \
  }
#define ONEPASS_PAIR " " << shown(a) << " and " << shown(b)

// --- integers -------------------------------------------------------------------------------------------------------

TEST(Definition, IntegersWrap) {
  ONEPASS_FOR_TYPES(integer_element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      ONEPASS_EXPECT_SAME(prim::add(V{a}, V{b}), wrapped<T>(exact{a} + b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::sub(V{a}, V{b}), wrapped<T>(exact{a} - b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::mul(V{a}, V{b}), wrapped<T>(product(a, b)), ONEPASS_PAIR);
    });
  });
}

TEST(Definition, IntegersHaveAnOrder) {
  ONEPASS_FOR_TYPES(integer_element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      const exact difference = exact{a} - b;
      ONEPASS_EXPECT_SAME(prim::less(V{a}, V{b}), difference < 0, ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::less_equal(V{a}, V{b}), difference <= 0, ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::equal(V{a}, V{b}), difference == 0, ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::min(V{a}, V{b}), wrapped<T>(difference < 0 ? a : b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::max(V{a}, V{b}), wrapped<T>(difference > 0 ? a : b), ONEPASS_PAIR);
    });
  });
}

template <class T>
concept word_element = integer_element<T> && sizeof(T) >= 4;

TEST(Shift, MultipliesAndDividesByPowersOfTwo) {
  ONEPASS_FOR_TYPES(word_element, T, {
    for (const T a : edge_values<T>()) {
      for (int b = 0; b < static_cast<int>(8 * sizeof(T)); ++b) {
        using V = scalar<T>;
        ONEPASS_EXPECT_SAME(prim::shift_left(V{a}, V{T(b)}), wrapped<T>(product(a, power(b))), ONEPASS_PAIR);
        ONEPASS_EXPECT_SAME(prim::shift_right(V{a}, V{T(b)}), wrapped<T>(floored(a, power(b))), ONEPASS_PAIR);
      }
    }
  });
}

TEST(Shift, OutsideTheWidthGivesZeroOrTheSign) {
  ONEPASS_FOR_TYPES(word_element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      if (to_bits(b) < 8 * sizeof(T)) return;
      ONEPASS_EXPECT_SAME(prim::shift_left(V{a}, V{b}), T(0), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::shift_right(V{a}, V{b}), a < T(0) ? T(-1) : T(0), ONEPASS_PAIR);
    });
  });
}

template <element T>
bool bit(T a, std::size_t i) {
  return (to_bits(a) >> i & 1) != 0;
}

TEST(Definition, BitsAreCombinedOneByOne) {
  ONEPASS_FOR_TYPES(element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      for (std::size_t i = 0; i < (std::is_same_v<T, bool> ? 1 : 8 * sizeof(T)); ++i) {
        const bool x = bit(a, i);
        const bool y = bit(b, i);
        ASSERT_EQ(bit(prim::bit_and(V{a}, V{b}).content, i), x && y) << ONEPASS_PAIR;
        ASSERT_EQ(bit(prim::bit_or(V{a}, V{b}).content, i), x || y) << ONEPASS_PAIR;
        ASSERT_EQ(bit(prim::bit_xor(V{a}, V{b}).content, i), x != y) << ONEPASS_PAIR;
        ASSERT_EQ(bit(prim::bit_andnot(V{a}, V{b}).content, i), !x && y) << ONEPASS_PAIR;
      }
    });
  });
}

template <element From, element To>
void converts_integers() {
  if constexpr (convertible(dtype_of<From>, dtype_of<To>) && integer_element<From> && integer_element<To>) {
    for_pairs<From>([](From a, From) {
      ONEPASS_EXPECT_SAME(prim::convert<To>(scalar<From>{a}), wrapped<To>(a), " " << shown(a) << " to " << name(dtype_of<To>));
    });
  }
}

TEST(Conversion, OfIntegersKeepsTheValueOrTheLowBits) {
  ONEPASS_FOR_TYPES(element, From, { ONEPASS_FOR_TYPES(element, To, { converts_integers<From, To>(); }); });
}

// --- floating arithmetic --------------------------------------------------------------------------------------------

/// A type with more than twice the bits: rounding to it first changes no sum, product, quotient or root.
template <class T>
struct wider;
template <>
struct wider<float> {
  using type = double;
};
template <>
struct wider<double> {
  __extension__ using type = __float128;
};

TEST(Definition, FloatingResultsAreRoundedOnce) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      using wide = typename wider<T>::type;
      ONEPASS_EXPECT_SAME(prim::add(V{a}, V{b}), static_cast<T>(wide(a) + wide(b)), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::sub(V{a}, V{b}), static_cast<T>(wide(a) - wide(b)), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::mul(V{a}, V{b}), static_cast<T>(wide(a) * wide(b)), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::div(V{a}, V{b}), static_cast<T>(wide(a) / wide(b)), ONEPASS_PAIR);
    });
  });
}

/// The root is the number of which the square is nearest: the midpoints to its neighbours lie on either side of it.
TEST(Definition, RootsAreRoundedOnce) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    for_pairs<T>([](T a, T) {
      using wide = typename wider<T>::type;
      const T root = prim::sqrt(scalar<T>{a}).content;
      if (!(a > T(0)) || std::isinf(a)) {
        EXPECT_TRUE(same_bits(root, a < T(0) ? std::numeric_limits<T>::quiet_NaN() : a)) << shown(a);
        return;
      }
      const wide below = (wide(root) + wide(std::nextafter(root, T(0)))) / 2;
      const wide above = (wide(root) + wide(std::nextafter(root, std::numeric_limits<T>::infinity()))) / 2;
      EXPECT_TRUE(below * below <= wide(a) && wide(a) <= above * above) << shown(a);
    });
  });
}

/// Products that lie between two numbers or on one, and an addend that decides: rounding twice would lose it.
template <class T>
void fma_rounds_once() {
  constexpr T u = std::numeric_limits<T>::epsilon(), tiny = std::numeric_limits<T>::denorm_min();
  using V = scalar<T>;
  const auto fma = [](T a, T b, T c) { return prim::fma(V{a}, V{b}, V{c}).content; };
  EXPECT_EQ(fma(1 + u, 1 + u, -(1 + 2 * u)), u * u);
  EXPECT_EQ(fma(1 + u, 1 - u, T(-1)), -u * u);
  EXPECT_EQ(fma(1 + u, T(1.5) + u, T(0)), T(1.5) + 3 * u) << "u^2 above the middle";
  EXPECT_EQ(fma(T(1.5), 1 + u, T(0)), T(1.5) + 2 * u) << "a tie";
  EXPECT_EQ(fma(T(1.5), 1 + u, -tiny), T(1.5) + u) << "less than a tie by a hair";
  EXPECT_EQ(fma(T(1.5), 1 + u, tiny), T(1.5) + 2 * u);
  EXPECT_EQ(fma(std::numeric_limits<T>::max(), T(2), -std::numeric_limits<T>::max()), std::numeric_limits<T>::max());
  EXPECT_EQ(fma(tiny, T(0.5), tiny), 2 * tiny) << "a tie between subnormals";
  EXPECT_TRUE(same_bits(fma(T(-1), T(0), T(0)), T(0)));
  EXPECT_TRUE(same_bits(fma(T(-1), T(0), T(-0.0)), T(-0.0)));
  EXPECT_TRUE(std::isnan(fma(T(0), std::numeric_limits<T>::infinity(), T(1))));
}

TEST(Definition, FmaRoundsOnce) {
  fma_rounds_once<float>();
  fma_rounds_once<double>();
}

TEST(Definition, MinAndMaxGiveTheSecondOperandIfUnordered) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    for_pairs<T>([](T a, T b) {
      using V = scalar<T>;
      const bool unordered = is_nan(a) || is_nan(b);
      ONEPASS_EXPECT_SAME(prim::unordered(V{a}, V{b}), unordered, ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::less(V{a}, V{b}), !unordered && std::isless(a, b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::less_equal(V{a}, V{b}), !unordered && std::islessequal(a, b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::equal(V{a}, V{b}), !unordered && !std::islessgreater(a, b), ONEPASS_PAIR);
      const bool both_zero = to_bits(a) << (65 - 8 * sizeof(T)) << (8 * sizeof(T) - 1) == 0 && a == T(0) && b == T(0);
      ONEPASS_EXPECT_SAME(prim::min(V{a}, V{b}), unordered || both_zero ? b : std::fmin(a, b), ONEPASS_PAIR);
      ONEPASS_EXPECT_SAME(prim::max(V{a}, V{b}), unordered || both_zero ? b : std::fmax(a, b), ONEPASS_PAIR);
    });
  });
}

/// Numbers below 2^52 by way of integers; the others have no fraction.
template <floating_element T>
void rounds_to_integers(T a) {
  using V = scalar<T>;
  T down = a, up = a, even = a, inwards = a;
  if (std::abs(a) < T(0x1p52)) {
    const auto cut = static_cast<std::int64_t>(a);
    const T fraction = a - static_cast<T>(cut);
    const auto sided = [&](std::int64_t whole) { return std::copysign(static_cast<T>(whole), a); };
    inwards = sided(cut);
    down = sided(fraction < 0 ? cut - 1 : cut);
    up = sided(fraction > 0 ? cut + 1 : cut);
    const bool away = std::abs(fraction) > T(0.5) || (std::abs(fraction) == T(0.5) && cut % 2 != 0);
    even = sided(away ? cut + (a < 0 ? -1 : 1) : cut);
  }
  ONEPASS_EXPECT_SAME(prim::floor(V{a}), down, " " << shown(a));
  ONEPASS_EXPECT_SAME(prim::ceil(V{a}), up, " " << shown(a));
  ONEPASS_EXPECT_SAME(prim::trunc(V{a}), inwards, " " << shown(a));
  ONEPASS_EXPECT_SAME(prim::round_even(V{a}), even, " " << shown(a));
  const bool fits = a > T(-2147483649.0) && a < T(2147483648.0);  // the float nearest to the first is -2^31, which is its own result
  ONEPASS_EXPECT_SAME(prim::truncate(V{a}), fits ? static_cast<std::int32_t>(inwards) : std::numeric_limits<std::int32_t>::min(), " " << shown(a));
}

TEST(Definition, RoundsToIntegers) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    for_pairs<T>([](T a, T) { rounds_to_integers(a); });
    for (int halves = -20000; halves <= 20000; ++halves) {
      for (const T scale : {T(0.5), T(0.25), T(0x1p20), T(107374.182375)}) rounds_to_integers(scale * static_cast<T>(halves));
    }
  });
}

/// The x87 format holds a * 2^b exactly.
TEST(Definition, ScalesByPowersOfTwo) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    const int limit = sizeof(T) == 4 ? 252 : 2044;
    for (int b = -limit; b <= limit; ++b) {
      for (const T a : {T(0.5), T(1), std::nextafter(T(1), T(2)), T(1.5), std::nextafter(T(2), T(1)), T(2), T(-0.7), T(-1.3)}) {
        ONEPASS_EXPECT_SAME(prim::scale(scalar<T>{a}, scalar<T>{T(b)}), static_cast<T>(std::ldexp(static_cast<long double>(a), b)), ONEPASS_PAIR);
      }
    }
  });
}

// --- conversions that round -----------------------------------------------------------------------------------------

/// Says of a rounded number that none is nearer, and that it is the even one of two as near. `next` and `previous` give
/// its neighbours as exact numbers.
struct neighbourhood {
  long double previous, here, next;
  bool is_even;
};
bool is_nearest(long double number, const neighbourhood& n) {
  const long double off = std::abs(number - n.here), below = std::abs(number - n.previous), above = std::abs(number - n.next);
  return off < below ? off < above || (off == above && n.is_even) : off == below && n.is_even && off < above;
}

template <element From>
void rounds_to_float(From a) {
  const float result = prim::convert<float>(scalar<From>{a}).content;
  const float infinity = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
  if constexpr (std::is_floating_point_v<From>) {
    if (std::isnan(a) || std::isinf(a) || std::abs(a) >= 0x1.ffffffp127) {
      ASSERT_TRUE(same_bits(result, std::isnan(a) ? float(NAN) : std::copysign(infinity, static_cast<float>(a < 0 ? -1 : 1)))) << shown(a);
      return;
    }
    ASSERT_EQ(std::signbit(result), std::signbit(a)) << shown(a);
  }
  const long double beyond = 0x1p128L;  // what would follow the largest number
  ASSERT_LE(std::abs(result), largest) << shown(a);
  const neighbourhood n{result == -largest ? -beyond : std::nextafter(result, -infinity), result,
                        result == largest ? beyond : std::nextafter(result, infinity), to_bits(result) % 2 == 0};
  ASSERT_TRUE(is_nearest(a, n)) << shown(a) << " gives " << shown(result);
}

TEST(Conversion, ToFloatRoundsToNearestEven) {
  for_pairs<std::int32_t>([](std::int32_t a, std::int32_t b) {
    rounds_to_float(a), rounds_to_float(a ^ b);
    ONEPASS_EXPECT_SAME(prim::convert<double>(scalar<std::int32_t>{a}), static_cast<double>(static_cast<long double>(a)), " " << shown(a));
  });
  for_pairs<double>([](double a, double) { rounds_to_float(a); });
  for_pairs<float>([](float a, float b) {
    const double middle = (static_cast<double>(a) + std::nextafter(a, b)) / 2;
    for (const double v : {middle, std::nextafter(middle, -1e300), std::nextafter(middle, 1e300)}) rounds_to_float(v);
  });
}

TEST(Conversion, ToDoubleIsExact) {
  for_pairs<float>([](float a, float) {
    const double wide = prim::convert<double>(scalar<float>{a}).content;
    EXPECT_TRUE(static_cast<long double>(wide) == static_cast<long double>(a) || (is_nan(wide) && is_nan(a))) << shown(a);
    EXPECT_EQ(std::signbit(wide), std::signbit(a));
  });
}

// --- the types of 16 bits -------------------------------------------------------------------------------------------

/// What a storage type consists of.
template <class T>
struct format;
template <>
struct format<float16> {
  static constexpr int fraction = 10, bias = 15;
};
template <>
struct format<bfloat16> {
  static constexpr int fraction = 7, bias = 127;
};

/// The number that the bits of a type mean, with the largest exponent taken as one of numbers: so infinity is what
/// would follow the largest number.
template <class T>
double meaning(std::uint32_t bits) {
  const int fraction = static_cast<int>(bits & ((1u << format<T>::fraction) - 1));
  const int exponent = static_cast<int>((bits & 0x7fff) >> format<T>::fraction);
  const int significand = exponent == 0 ? fraction : fraction + (1 << format<T>::fraction);
  const double size = std::ldexp(significand, std::max(exponent, 1) - format<T>::bias - format<T>::fraction);
  return (bits & 0x8000) != 0 ? -size : size;
}

template <class T>
constexpr std::uint32_t infinity_bits = 0x7fffu >> format<T>::fraction << format<T>::fraction;

template <class T>
void widens_exactly() {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto wide = static_cast<float>(T::of_bits(static_cast<std::uint16_t>(bits)));
    const std::uint32_t size = bits & 0x7fff;
    if (size > infinity_bits<T>) {
      ASSERT_TRUE(std::isnan(wide)) << std::hex << bits;
    } else {
      const double meant = size == infinity_bits<T> ? std::copysign(HUGE_VAL, meaning<T>(bits)) : meaning<T>(bits);
      ASSERT_EQ(static_cast<double>(wide), meant) << std::hex << bits;
    }
    ASSERT_EQ(std::signbit(wide), (bits & 0x8000) != 0) << std::hex << bits;
  }
}

TEST(StorageType, MeansWhatItsBitsSay) {
  widens_exactly<float16>();
  widens_exactly<bfloat16>();
}

/// Expects that a number, not NaN, becomes the nearest one of the type.
template <class T>
void rounds_to_nearest(float number) {
  const std::uint32_t bits = T(number).bits, size = bits & 0x7fff;
  ASSERT_EQ((bits & 0x8000) != 0, std::signbit(number)) << shown(number);
  ASSERT_LE(size, infinity_bits<T>) << shown(number);
  const double magnitude = std::min(std::abs(static_cast<double>(number)), meaning<T>(infinity_bits<T>));
  const neighbourhood n{size == 0 ? -meaning<T>(1) : meaning<T>(size - 1), meaning<T>(size),
                        size == infinity_bits<T> ? HUGE_VAL : meaning<T>(size + 1), size % 2 == 0};
  ASSERT_TRUE(is_nearest(magnitude, n)) << shown(number) << " gives " << std::hex << bits;
}

template <class T>
void rounds_at_every_boundary() {
  for (std::uint32_t size = 0; size < infinity_bits<T>; ++size) {
    const double here = meaning<T>(size), next = meaning<T>(size + 1);
    if (next > std::numeric_limits<float>::max()) {  // of bf16, infinity has no neighbours among floats
      rounds_to_nearest<T>(static_cast<float>(here));
      rounds_to_nearest<T>(std::numeric_limits<float>::max());
      rounds_to_nearest<T>(0x1.fep127f + 0x1p119f);
      rounds_to_nearest<T>(std::nextafter(0x1.fep127f + 0x1p119f, 0.0f));
      continue;
    }
    const auto middle = static_cast<float>((here + next) / 2);
    for (const float v : {static_cast<float>(here), std::nextafter(static_cast<float>(here), 1e38f), std::nextafter(middle, 0.0f), middle,
                          std::nextafter(middle, 1e38f), std::nextafter(static_cast<float>(next), 0.0f)}) {
      rounds_to_nearest<T>(v);
      rounds_to_nearest<T>(-v);
    }
  }
  rounds_to_nearest<T>(std::numeric_limits<float>::infinity());
  for (const float v : random_values<float>(200000, 5)) {
    if (!std::isnan(v)) rounds_to_nearest<T>(v);
  }
}

TEST(StorageType, RoundsOnceToNearestEven) {
  rounds_at_every_boundary<float16>();
  rounds_at_every_boundary<bfloat16>();
}

TEST(StorageType, MakesEveryNaNAQuietOne) {
  for (std::uint32_t payload = 1; payload < 0x800000; payload = payload * 2 + payload % 3) {
    for (const std::uint32_t sign : {0u, 0x80000000u}) {
      const auto number = from_bits<float>(sign | 0x7f800000u | payload);
      EXPECT_EQ(float16(number).bits & 0x7e00, 0x7e00) << std::hex << payload;
      EXPECT_EQ(bfloat16(number).bits & 0x7fc0, 0x7fc0) << std::hex << payload;
    }
  }
}

#if defined(__F16C__)

TEST(Float16, ConvertsAsTheMachineDoes) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = float16::of_bits(static_cast<std::uint16_t>(bits));
    ASSERT_EQ(to_bits(static_cast<float>(half)), to_bits(_cvtsh_ss(half.bits))) << std::hex << bits;
  }
  for (std::uint64_t bits = 0; bits < 1ull << 32; bits += 997) {  // 1 proves it for all floats, and takes half a minute
    const auto number = from_bits<float>(bits);
    const __m128i half = _mm_cvtps_ph(_mm_set_ss(number), _MM_FROUND_TO_NEAREST_INT);
    ASSERT_EQ(float16(number).bits, _mm_cvtsi128_si32(half) & 0xffff) << std::hex << bits;
  }
}

#endif

}  // namespace
}  // namespace onepass::testing
