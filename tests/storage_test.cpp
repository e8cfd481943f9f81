// f16 and bf16: arrays hold them, everything computes with f32, and results are rounded once, where they are stored.
#include <onepass/onepass.hpp>

#include <cmath>

#include "same_bits.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

template <class T>
array<T> all_of_them() {
  array<T> made({65536});
  for (std::uint32_t bits = 0; bits < 65536; ++bits) made.data()[bits] = T::of_bits(static_cast<std::uint16_t>(bits));
  return made;
}

template <class T>
bool same_storage(T a, T b) {
  return a.bits == b.bits || (std::isnan(static_cast<float>(a)) && std::isnan(static_cast<float>(b)));
}

template <class T>
void widens_exactly() {
  const array<T> x = all_of_them<T>();
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    const array<float> y = evaluate(how, x + (-0.0f));  // an operation that changes nothing
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) wrong += !same_bits(y.data()[i], static_cast<float>(x.data()[i]));
    EXPECT_EQ(wrong, 0u);
  }
}
TEST(Storage, WidensExactly) {
  widens_exactly<float16>();
  widens_exactly<bfloat16>();
}

/// Floats around everything at which rounding to T changes.
template <class T>
std::vector<float> around_boundaries() {
  std::vector<float> values;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto here = static_cast<float>(T::of_bits(static_cast<std::uint16_t>(bits)));
    const auto next = static_cast<float>(T::of_bits(static_cast<std::uint16_t>(bits + 1)));
    const float middle = here + (next - here) / 2;
    for (const float v : {here, middle, std::nextafter(middle, here), std::nextafter(middle, next)}) values.push_back(v);
  }
  return values;
}

template <class T>
void rounds_once() {
  const array<float> x = array<float>::from(around_boundaries<T>());
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    array<T> y({x.size()});
    evaluate_into(how, std::tie(y), x * 1.0f);
    const array<T> z = evaluate(how, cast<T>(x));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T expected(x.data()[i]);
      wrong += !same_storage(std::as_const(y).data()[i], expected) || !same_storage(z.data()[i], expected);
    }
    EXPECT_EQ(wrong, 0u);
  }
}
TEST(Storage, RoundsOnceToNearestEven) {
  rounds_once<float16>();
  rounds_once<bfloat16>();
}

TEST(Storage, MeetsOtherFloatingTypes) {
  const array<float16> h({3}, float16(0.1f));
  const array<bfloat16> b({3}, bfloat16(0.1f));
  const array<double> d({3}, 0.1);
  EXPECT_EQ(evaluate(h + b)(0), static_cast<float>(float16(0.1f)) + static_cast<float>(bfloat16(0.1f)));
  EXPECT_EQ(evaluate(h * d)(0), static_cast<double>(static_cast<float>(float16(0.1f))) * 0.1);
  static_assert(std::is_same_v<decltype(evaluate(h + b)), array<float>>);
  static_assert(std::is_same_v<decltype(evaluate(h * 2)), array<float>>);
  static_assert(std::is_same_v<decltype(evaluate(h + d)), array<double>>);
}

TEST(Storage, KeepsOneRoundingInAChain) {
  // Two roundings would give another number: the sum is computed in f32 and stored once.
  const array<float16> a({1}, float16(2048.0f)), b({1}, float16(1.0f));
  const array<float16> y = a + b + b;
  EXPECT_EQ(static_cast<float>(y(0)), 2050.0f) << "2048 + 1 is no f16, but 2050 is";
}

TEST(Storage, IsViewedSlicedAndBorrowed) {
  std::vector<bfloat16> memory(12);
  for (int i = 0; i < 12; ++i) memory[static_cast<std::size_t>(i)] = bfloat16(static_cast<float>(i));
  const auto m = borrow(memory.data(), {3, 4});
  for (const options& how : all_ways()) {
    SCOPED_TRACE(to_string(how));
    const array<float> t = evaluate(how, transpose(m) * 2);
    for (int r = 0; r < 4; ++r) {
      for (int c = 0; c < 3; ++c) EXPECT_EQ(t(r, c), 2.0f * static_cast<float>(c * 4 + r));
    }
  }
  array<bfloat16> y({4, 3});
  y(all, 1) = m(1, all) + 1;
  EXPECT_EQ(static_cast<float>(std::as_const(y)(2, 1)), 7.0f);
}

TEST(Storage, HasHalfTheBytes) {
  const array<float16> a({1000}), b({1000});
  array<float16> y({1000});
  const explanation how = explain(cast<float16>(a + b));
  EXPECT_EQ(how.bytes_read, 4000u);
  EXPECT_EQ(how.bytes_written, 2000u);
}

TEST(Storage, IsReducedAsF32) {
  const array<float16> a({10000}, float16(1.0f));
  for (const options& how : all_ways()) EXPECT_EQ(evaluate(how, sum(a)), 10000.0f) << to_string(how);
}

}  // namespace
}  // namespace onepass::testing
