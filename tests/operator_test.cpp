// The C++ operators on arrays are the operations of the same meaning, on every engine: each is compared with the plain
// operator, element by element, also between operands of different types and beside numbers.
#include <onepass/onepass.hpp>

#include <algorithm>

#include "same_bits.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr std::size_t count = 1001;

template <class T>
array<T> varied(std::uint64_t seed) {
  const std::deque<T> edges = edge_values<T>(), random = random_values<T>(count, seed);
  array<T> made({count});
  for (std::size_t i = 0; i < count; ++i) made.data()[i] = i % 3 == 0 ? edges[(i / 3 * seed) % edges.size()] : random[i];
  return made;
}

/// Compares an expression on every engine with a function of the position.
template <class E, class F>
void expect_elements(const E& expression, F&& expected) {
  using T = typename E::element_type;
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    const array<T> found = evaluate(how, expression);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(same_bits(found.data()[i], static_cast<T>(expected(i)))) << shown(found.data()[i]) << " at " << i;
    }
  }
}

template <class T>
void check_bits() {
  const array<T> a = varied<T>(3), b = varied<T>(5);
  const T *x = a.data(), *y = b.data();
  expect_elements(a & b, [&](std::size_t i) { return x[i] & y[i]; });
  expect_elements(a | b, [&](std::size_t i) { return x[i] | y[i]; });
  expect_elements(a ^ b, [&](std::size_t i) { return x[i] ^ y[i]; });
  expect_elements(~a, [&](std::size_t i) { return ~x[i]; });
  expect_elements(a << 3, [&](std::size_t i) { return static_cast<std::uint64_t>(x[i]) << 3; });
  expect_elements(a >> 3, [&](std::size_t i) { return x[i] >> 3; });
  expect_elements((a & 0x0f) | 0x40, [&](std::size_t i) { return (x[i] & 0x0f) | 0x40; });
}
TEST(Operators, OfBitsAreThoseOfIntegers) {
  check_bits<std::int8_t>();
  check_bits<std::uint16_t>();
  check_bits<std::int32_t>();
  check_bits<std::uint64_t>();
}

template <class T>
void check_pair() {
  const array<T> a = varied<T>(7), b = varied<T>(11);
  const T *x = a.data(), *y = b.data();
  expect_elements((a / b) * b + a % b, [&](std::size_t i) { return y[i] == 0 ? T{0} : x[i]; });
  expect_elements(a % 7, [&](std::size_t i) { return x[i] % 7; });
}
TEST(Operators, DivisionAndRemainderAreThePairOfIntegers) {
  check_pair<std::int8_t>();
  check_pair<std::uint32_t>();
  check_pair<std::int64_t>();
}

TEST(Operators, RemainderOfFloatsIsThatOfTheCLibrary) {
  const array<float> a = varied<float>(13), b = varied<float>(17);
  expect_elements(a % b, [&](std::size_t i) { return std::fmod(a.data()[i], b.data()[i]); });
}

TEST(Operators, OfLogicJoinConditionsOfAllWidths) {
  const array<float> a = varied<float>(3);
  const array<double> b = varied<double>(5);
  const array<std::int8_t> c = varied<std::int8_t>(7);
  const array<bool> d = varied<bool>(9);
  const auto x = [&](std::size_t i) { return a.data()[i]; };
  const auto y = [&](std::size_t i) { return b.data()[i]; };
  expect_elements(a > 0 && b < 1, [&](std::size_t i) { return x(i) > 0 && y(i) < 1; });
  expect_elements(a > 0 || c, [&](std::size_t i) { return x(i) > 0 || c.data()[i] != 0; });
  expect_elements(d && b, [&](std::size_t i) { return d.data()[i] && y(i) != 0; });
  expect_elements(!a, [&](std::size_t i) { return x(i) == 0; });
  expect_elements(!(b < 1) && true, [&](std::size_t i) { return !(y(i) < 1); });
  expect_elements(d & (b > 0), [&](std::size_t i) { return d.data()[i] && y(i) > 0; });
  expect_elements(d ^ ~(c < 1), [&](std::size_t i) { return d.data()[i] != !(c.data()[i] < 1); });
}

TEST(Operators, ConvertBetweenTypesOnTheWay) {
  const array<float> a = varied<float>(3);
  const array<std::uint8_t> bytes = varied<std::uint8_t>(5);
  expect_elements(bit_cast<std::int32_t>(a) >> 31, [&](std::size_t i) { return std::bit_cast<std::int32_t>(a.data()[i]) >> 31; });
  expect_elements(saturating_cast<std::uint8_t>(cast<std::int16_t>(bytes) * 2),
                  [&](std::size_t i) { return std::min(255, bytes.data()[i] * 2); });
}

}  // namespace
}  // namespace onepass::testing
