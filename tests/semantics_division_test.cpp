// Division: quotients and remainders of every type against plain definitions. Integers are compared with 128-bit
// arithmetic, floating remainders with the C library's exact fmod, and the floating pair with NumPy's definition.
#include <onepass/op/division.hpp>

#include <array>

#include "semantics.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

// --- integers ---

template <class T>
void check_integer_division(T x, T y) {
  const wide_integer a = x, b = y;
  const wide_integer truncated = y == 0 ? 0 : a / b, rest = y == 0 ? 0 : a % b;
  const bool moved = rest != 0 && (rest < 0) != (b < 0);
  expect_same(apply(divide, x, y), static_cast<T>(truncated), x, y);
  expect_same(apply(fmod, x, y), static_cast<T>(rest), x, y);
  expect_same(apply(floor_divide, x, y), static_cast<T>(truncated - (moved ? 1 : 0)), x, y);
  expect_same(apply(remainder, x, y), static_cast<T>(rest + (moved ? b : 0)), x, y);
}

TEST(IntegerDivision, OfBytesIsExactForAllPairs) {
  for_each_type(type_list<std::int8_t, std::uint8_t>{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (int x = 0; x < 256; ++x) {
      for (int y = 0; y < 256; ++y) check_integer_division(static_cast<T>(x), static_cast<T>(y));
    }
  });
}

TEST(IntegerDivision, OfWordsIsExactByHardDivisors) {
  for_each_type(type_list<std::int16_t, std::uint16_t>{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (int x = 0; x < 65536; ++x) {
      for (const int y : {0, 1, -1, 2, 3, 7, 181, 255, 256, 257, 32767, 32768, 32769, 65535, x / 3, x - 1, x + 1}) {
        check_integer_division(static_cast<T>(x), static_cast<T>(y));
      }
    }
  });
}

TEST(IntegerDivision, IsThatOfWideIntegers) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for_pairs<T>(400'000, check_integer_division<T>);
  });
}

TEST(IntegerDivision, IsExactAroundMultiples) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    using U = std::make_unsigned_t<T>;
    for_pairs<T>(200'000, [](T quotient, T y) {
      const U product = static_cast<U>(static_cast<std::uint64_t>(quotient) * static_cast<std::uint64_t>(y));
      for (const int off : {-1, 0, 1}) check_integer_division(static_cast<T>(product + static_cast<U>(off)), y);
    });
  });
}

TEST(IntegerDivision, OfTheSmallestByMinusOneIsTheSmallest) {
  for_each_type(signed_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    const T smallest = std::numeric_limits<T>::min(), minus_one = -1;
    EXPECT_EQ(apply(divide, smallest, minus_one), smallest);
    EXPECT_EQ(apply(floor_divide, smallest, minus_one), smallest);
    EXPECT_EQ(apply(fmod, smallest, minus_one), 0);
    EXPECT_EQ(apply(remainder, smallest, minus_one), 0);
  });
}

TEST(IntegerDivision, ByZeroIsZero) {
  for_each_type(integer_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    for (const T x : operands<T>(1000)) {
      EXPECT_EQ(apply(divide, x, T{0}), 0);
      EXPECT_EQ(apply(floor_divide, x, T{0}), 0);
      EXPECT_EQ(apply(fmod, x, T{0}), 0);
      EXPECT_EQ(apply(remainder, x, T{0}), 0);
    }
  });
}

// --- floating numbers ---

/// Numbers of all exponents, and subnormals with which the quotients of the largest have the most bits.
template <class T>
std::deque<T> of_all_exponents() {
  std::mt19937_64 random(5);
  std::deque<T> values = edge_values<T>();
  constexpr int lowest = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits, highest = std::numeric_limits<T>::max_exponent;
  for (int exponent = lowest; exponent < highest; exponent += sizeof(T) == 4 ? 3 : 17) {
    const T fraction = 1 + static_cast<T>(random() >> 12) * T(0x1p-52);
    for (const T x : {T(1), fraction, 2 - std::numeric_limits<T>::epsilon()}) values.push_back(std::ldexp(x, exponent));
  }
  for (int k = 3; k < 64; k += 2) values.push_back(static_cast<T>(k) * std::numeric_limits<T>::denorm_min());
  return values;
}

/// NumPy's divmod, on the exact remainder.
template <class T>
std::array<T, 2> divmod(T x, T y) {
  T rest = std::fmod(x, y);
  if (y == 0) return {x / y, rest};
  T quotient = (x - rest) / y;
  if (rest == 0) {
    rest = std::copysign(T(0), y);
  } else if ((y < 0) != (rest < 0)) {
    rest += y;
    quotient -= 1;
  }
  if (quotient == 0) return {std::copysign(T(0), x / y), rest};
  const T rounded = std::floor(quotient);
  return {quotient - rounded > T(0.5) ? rounded + 1 : rounded, rest};
}

/// The number of units in the last place of `found` by which it misses floor(x / y); 0 if there is none.
template <class T>
double floor_error(T found, T x, T y) {
  if (!std::isfinite(found)) return 0;
  wide_float rest = std::fmod(x, y);
  if (rest != 0 && (rest < 0) != (y < 0)) rest += y;
  const wide_float off = (static_cast<wide_float>(x) - rest) / y - static_cast<wide_float>(found);
  const T unit = std::nextafter(std::fabs(found), std::numeric_limits<T>::infinity()) - std::fabs(found);
  return std::fabs(static_cast<double>(off / unit));
}

template <class T>
void check_floating_division(T x, T y) {
  constexpr T exact = sizeof(T) == 4 ? T(0x1p+22) : T(0x1p+51);  // below, NumPy's own roundings do not show
  expect_same(apply(divide, x, y), x / y, x, y);
  expect_same(apply(fmod, x, y), std::fmod(x, y), x, y);
  const auto [quotient, rest] = divmod(x, y);
  expect_same(apply(remainder, x, y), rest, x, y);
  const T found = apply(floor_divide, x, y);
  if (std::fabs(quotient) < exact || !std::isfinite(quotient) || !std::isfinite(x)) {
    expect_same(found, quotient, x, y);
  } else if (floor_error(found, x, y) > 1) {
    ADD_FAILURE() << shown(found) << " misses the floor of " << shown(x) << " / " << shown(y);
  }
}

TEST(FloatingDivision, IsThatOfTheDefinitionForAllExponents) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    const std::deque<T> values = of_all_exponents<T>();
    for (const T x : values) {
      for (const T y : values) {
        check_floating_division(x, y);
        check_floating_division(-x, y);
      }
    }
  });
}

TEST(FloatingDivision, IsThatOfTheDefinitionForRandomNumbers) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    const std::deque<T> x = random_values<T>(200'000, 7), y = random_values<T>(200'000, 8);
    for (std::size_t i = 0; i < x.size(); ++i) {
      check_floating_division(x[i], y[i]);
      const T near = std::ldexp(y[i], static_cast<int>(i % 60)) * x[i];  // quotients of moderate size
      check_floating_division(std::isfinite(near) ? near : x[i], y[i]);
    }
  });
}

TEST(FloatingDivision, IsExactForQuotientsOfEveryLength) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    using limits = std::numeric_limits<T>;
    std::mt19937_64 random(11);
    const auto fraction = [&] { return 1 + static_cast<T>(random() >> 12) * T(0x1p-52); };
    for (int bits = 0; bits < limits::max_exponent - limits::min_exponent + limits::digits; ++bits) {
      for (int i = 0; i < 100; ++i) {
        check_floating_division(std::ldexp(fraction(), limits::max_exponent - 2), std::ldexp(fraction(), limits::max_exponent - 2 - bits));
      }
    }
  });
}

TEST(FloatingDivision, IsExactAroundMultiples) {
  for_each_type(floating_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    std::mt19937_64 random(9);
    for (const T y : random_values<T>(100'000, 10)) {
      const T multiple = static_cast<T>(random() >> (40 + random() % 24)) * y;
      for (const T x : {multiple, std::nextafter(multiple, T(0)), std::nextafter(multiple, 2 * multiple)}) check_floating_division(x, y);
    }
  });
}

TEST(FloatingDivision, HasTheRemaindersSignOfEitherConvention) {
  EXPECT_EQ(apply(fmod, -7.5, 2.0), -1.5);
  EXPECT_EQ(apply(remainder, -7.5, 2.0), 0.5);
  EXPECT_EQ(apply(floor_divide, -7.5, 2.0), -4.0);
  EXPECT_TRUE(std::signbit(apply(fmod, -4.0, 2.0)));
  EXPECT_TRUE(std::signbit(apply(remainder, 4.0, -2.0)));
  EXPECT_EQ(apply(remainder, -1.0, std::numeric_limits<double>::infinity()), std::numeric_limits<double>::infinity());
  EXPECT_EQ(apply(floor_divide, -1.0, std::numeric_limits<double>::infinity()), -1.0);
}

TEST(Division, TakesNumbersOfOneType) {
  for_each_type(number_types{}, [](auto type) {
    using T = typename decltype(type)::type;
    EXPECT_TRUE((accepts<T, T>(divide) && accepts<T, T>(floor_divide) && accepts<T, T>(remainder) && accepts<T, T>(fmod)));
  });
  EXPECT_FALSE((accepts<bool, bool>(divide) || accepts<bool, bool>(remainder)));
  EXPECT_FALSE((accepts<float, double>(divide) || accepts<std::int32_t, std::uint32_t>(fmod)));
}

}  // namespace
}  // namespace onepass::testing
