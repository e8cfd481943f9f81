// Conversion: cast between all pairs of the thirteen types, saturating_cast and bit_cast, against plain definitions.
//
// Every element is exact as a long double (64 bits of fraction), and there the definitions are one line each: truncate
// and compare with the limits, or round to a multiple of the last place of the format.
#include <onepass/op/conversion.hpp>

#include <cstring>

#include "semantics.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

static_assert(std::numeric_limits<long double>::digits >= 64);

template <class T>
long double exact(T x) {
  if constexpr (storage_element<T>) {
    return static_cast<float>(x);
  } else {
    return x;
  }
}

/// The number nearest to x with `digits` bits of fraction and exponents of a format; ties to even.
template <int digits, int lowest_exponent, int highest_exponent>
long double nearest(long double x) {
  if (x == 0 || !std::isfinite(x)) return x;
  const long double unit = std::ldexp(1.0L, std::max(std::ilogb(x), lowest_exponent) - (digits - 1));
  const long double rounded = std::nearbyint(x / unit) * unit;
  return std::fabs(rounded) >= std::ldexp(1.0L, highest_exponent + 1) ? std::copysign(std::numeric_limits<long double>::infinity(), x) : rounded;
}

/// The definition of cast.
template <class To, class From>
To converted(From from) {
  const long double x = exact(from);
  if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_same_v<To, float16>) {
    return float16(static_cast<float>(nearest<11, -14, 15>(x)));
  } else if constexpr (std::is_same_v<To, bfloat16>) {
    return bfloat16(static_cast<float>(nearest<8, -126, 127>(x)));
  } else if constexpr (std::is_same_v<To, float>) {
    return static_cast<float>(nearest<24, -126, 127>(x));
  } else if constexpr (std::is_same_v<To, double>) {
    return static_cast<double>(nearest<53, -1022, 1023>(x));
  } else if constexpr (std::is_integral_v<From>) {
    return static_cast<To>(from);  // modulo 2^width, by the standard
  } else {
    using limits = std::numeric_limits<To>;
    const long double integral = std::trunc(x);
    if (std::isnan(x)) return 0;
    return integral <= limits::min() ? limits::min() : integral >= limits::max() ? limits::max() : static_cast<To>(integral);
  }
}

/// Operands at which conversions to other types go wrong: all around powers of two, and halfway between them.
template <class T>
std::deque<T> hard_operands() {
  std::deque<T> values = operands<T>(30'000);
  if constexpr (!std::is_same_v<T, bool>) {
    constexpr bool is_double = std::is_same_v<T, double>;
    for (int exponent = is_double ? -1074 : -150; exponent < (is_double ? 1024 : 128); ++exponent) {
      for (const long double fraction : {1.0L, 1 + 0x1p-7L, 1 + 0x1p-8L, 1 + 0x1p-10L, 1 + 0x1p-11L, 1 + 0x1p-23L, 1 + 0x1p-24L, 1 + 0x3p-8L,
                                         1 + 0x3p-11L, 1 + 0x3p-24L, 1.5L, 1.25L, 2 - 0x1p-24L, 2 - 0x1p-52L}) {
        for (const long double off : {0.0L, 0x1p-31L, -0x1p-31L, 0x1p-52L, -0x1p-52L, 0x1p-62L, -0x1p-62L}) {
          const long double x = std::ldexp(fraction + off, exponent);
          values.push_back(converted<T>(x));
          values.push_back(converted<T>(-x));
        }
      }
    }
  }
  return values;
}

template <class From, class To>
void check_cast(const std::deque<From>& values) {
  for (const From x : values) expect_same(apply(cast<To>, x), converted<To>(x), x);
}

TEST(Cast, BetweenAllPairsOfTypesIsTheDefinition) {
  for_each_type(all_types{}, [](auto from) {
    using From = typename decltype(from)::type;
    const std::deque<From> values = hard_operands<From>();
    for_each_type(all_types{}, [&](auto to) { check_cast<From, typename decltype(to)::type>(values); });
  });
}

TEST(Cast, OfEveryWordOf16BitsIsTheDefinition) {
  for_each_type(type_list<float16, bfloat16, std::int16_t, std::uint16_t>{}, [](auto from) {
    using From = typename decltype(from)::type;
    std::deque<From> values;
    for (unsigned bits = 0; bits < 65536; ++bits) values.push_back(from_bits<From>(bits));
    for_each_type(all_types{}, [&](auto to) { check_cast<From, typename decltype(to)::type>(values); });
  });
}

TEST(Cast, RoundsWideIntegersOnce) {
  // Rounded to f64 first, the bit that decides would be lost.
  const std::int64_t tie = (std::int64_t{1} << 62) + (std::int64_t{1} << 38);
  EXPECT_EQ(apply(cast<float>, tie), 0x1p+62f);
  EXPECT_EQ(apply(cast<float>, tie + 1), 0x1.000002p+62f);
  EXPECT_EQ(apply(cast<float>, -tie - 1), -0x1.000002p+62f);
  EXPECT_EQ(apply(cast<float>, static_cast<std::uint64_t>(tie) * 2 + 1), 0x1.000002p+63f);
  EXPECT_EQ(apply(cast<bfloat16>, (std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1).bits, bfloat16(0x1.02p+62f).bits);
  EXPECT_EQ(apply(cast<float16>, 1 + 0x1p-11 + 0x1p-50).bits, float16(1 + 0x1p-10f).bits);
  EXPECT_EQ(apply(cast<bfloat16>, 1 + 0x1p-8 + 0x1p-50).bits, bfloat16(1 + 0x1p-7f).bits);
}

TEST(Cast, OfFloatingNumbersSaturatesAndNanIsZero) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for_each_type(integer_types{}, [&](auto to) {
    using To = typename decltype(to)::type;
    EXPECT_EQ(apply(cast<To>, infinity), std::numeric_limits<To>::max());
    EXPECT_EQ(apply(cast<To>, -infinity), std::numeric_limits<To>::min());
    EXPECT_EQ(apply(cast<To>, nan), To{0});
    EXPECT_EQ(apply(cast<To>, -0.9), To{0});
    EXPECT_EQ(apply(cast<To>, 1e300), std::numeric_limits<To>::max());
  });
}

TEST(SaturatingCast, YieldsTheNearestInteger) {
  for_each_type(all_types{}, [](auto from) {
    using From = typename decltype(from)::type;
    const std::deque<From> values = operands<From>(30'000);
    for_each_type(integer_types{}, [&](auto to) {
      using To = typename decltype(to)::type;
      for (const From x : values) {
        if constexpr (std::is_integral_v<From>) {
          const wide_integer low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max(), wide = x;
          expect_same(apply(saturating_cast<To>, x), static_cast<To>(wide < low ? low : wide > high ? high : wide), x);
        } else {
          expect_same(apply(saturating_cast<To>, x), converted<To>(x), x);
        }
      }
    });
  });
}

TEST(BitCast, KeepsTheBits) {
  for_each_type(all_types{}, [](auto from) {
    using From = typename decltype(from)::type;
    for_each_type(all_types{}, [](auto to) {
      using To = typename decltype(to)::type;
      constexpr bool possible = sizeof(From) == sizeof(To) && !std::is_same_v<From, bool> && !std::is_same_v<To, bool>;
      EXPECT_EQ(accepts<From>(bit_cast<To>), possible);
      if constexpr (possible) {
        for (const From x : operands<From>(1000)) {
          const To found = apply(bit_cast<To>, x);
          EXPECT_EQ(std::memcmp(&found, &x, sizeof x), 0) << shown(x);
        }
      }
    });
  });
}

TEST(Conversion, HasANameForEveryType) {
  EXPECT_EQ(cast_op<float>::name, "f32");
  EXPECT_EQ(saturating_cast_op<std::uint8_t>::name, "saturating_u8");
  EXPECT_EQ(bit_cast_op<bfloat16>::name, "bit_cast_bf16");
  EXPECT_EQ(std::strlen(bit_cast_op<bfloat16>::name.data()), bit_cast_op<bfloat16>::name.size());
}

}  // namespace
}  // namespace onepass::testing
