// What may stand on the left: parts, views, masks; what is stretched to them, and updates of arrays, views and parts.
//
// The reference computes element by element on copies. Every engine has to write the same elements, and no others.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// `memory` after f(i) was written to element i of `to`, stretched from `shape` of the results.
template <class F>
std::vector<float> written(std::vector<float> memory, const float* first, const view<float>& to, F f) {
  const std::ptrdiff_t base = to.data() - first;
  const layout where = to.layout();
  each_position(to.shape(), [&](const position& at) {
    memory[static_cast<std::size_t>(base + stretched_offset(where, to.shape(), at))] = f(at);
  });
  return memory;
}

// --- stretching -----------------------------------------------------------------------------------------------------

TEST(Destination, StretchesWhatIsAssigned) {
  const array<float> row = varied<float>({70}), column = varied<float>({9, 1}, 2);
  std::vector<float> memory(9 * 80 + 5, -1.0f);
  const view<float> part = borrow(memory.data() + 3, {9, 70}, {80, 1}), turned = borrow(memory.data() + 1, {9, 70}, {1, 9});
  for (view<float> to : {part, turned, flip(part)}) {
    const std::vector<float> before(memory.size(), -1.0f);
    const auto expect = [&](const auto& e, auto f) {
      for (const options& how : all_ways()) {
        memory = before;
        evaluate_into(how, std::tie(to), e);
        ASSERT_TRUE(same_elements(memory, written(before, memory.data(), to, f))) << to_string(how);
      }
    };
    const auto at = [](const array<float>& a, std::int64_t i) { return a.data()[i]; };
    expect(row + 1, [&](const position& p) { return at(row, p[1]) + 1; });
    expect(column * 2, [&](const position& p) { return at(column, p[0]) * 2; });
    expect(row * column, [&](const position& p) { return at(row, p[1]) * at(column, p[0]); });
    const float total = evaluate(op::sum(row));
    expect(op::sum(row), [&](const position&) { return total; });
    const array<float> soft = op::softmax(row);
    expect(op::softmax(row), [&](const position& p) { return at(soft, p[1]); });
    const array<float> largest = op::max(row * column, axis{-1}, keepdims);
    expect(op::max(row * column, axis{-1}, keepdims), [&](const position& p) { return at(largest, p[0]); });
  }
}

TEST(Destination, StretchesThroughPartsOfArrays) {
  array<float> y({3, 4}, 0.0f);
  const array<float> row = counting<float>({4});
  y(slice(0, 2)) = row;
  y(all, 1) = op::sum(row);
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 6, 2, 3, 0, 6, 2, 3, 0, 6, 0, 0}));
}

TEST(Destination, IsNotStretchedItself) {
  array<float> y({3}, 1.0f), one({1}, 1.0f);
  const array<float> wide({2, 3}, 2.0f);
  EXPECT_SAYS(shape_error, "a result of shape (2, 3) does not fit a destination of shape (3,)", y(all) = wide);
  EXPECT_SAYS(shape_error, "a result of shape (1, 3) does not fit a destination of shape (3,)", y(all) = wide(slice(0, 1)) + 0);
  EXPECT_SAYS(shape_error, "a result of shape (3,) does not fit a destination of shape (1,)", one(all) = y);
  EXPECT_SAYS(shape_error, "a result of shape (2, 3) does not fit a destination of shape (3,)", y += wide);
  EXPECT_SAYS(shape_error, "a result of shape (3,) does not fit a destination of shape (1,)", one += y);
  EXPECT_SAYS(shape_error, "a result of shape (2, 3) does not fit a destination of shape (3,)", y(wide > 0) = 1);
  EXPECT_EQ(elements_of(y), std::vector<float>(3, 1.0f));
  EXPECT_EQ(elements_of(one), std::vector<float>(1, 1.0f));
}

// --- numbers --------------------------------------------------------------------------------------------------------

template <class T, class N>
void expect_filled(N number) {
  array<T> a({5, 70}, T(0));
  a(all, slice(3, 67, 2)) = number;
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 70; ++j) {
      const bool inside = j >= 3 && j < 67 && (j - 3) % 2 == 0;
      ASSERT_TRUE(same_bits<T>(std::as_const(a)(i, j), inside ? static_cast<T>(number) : T(0))) << name(dtype_of<T>) << " " << i << " " << j;
    }
  }
  a.fill(static_cast<T>(number));
  for (const T& element : std::as_const(a)) ASSERT_TRUE(same_bits<T>(element, static_cast<T>(number))) << name(dtype_of<T>);
  std::vector<std::byte> memory(40 * sizeof(T) + 64);
  view<T> v = borrow(reinterpret_cast<T*>(memory.data()), {20}, {2});
  v = number;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(same_bits<T>(v(i), static_cast<T>(number))) << name(dtype_of<T>);
}

TEST(Destination, IsFilledByANumber) {
  expect_filled<bool>(true);
  expect_filled<std::int8_t>(-7);
  expect_filled<std::int16_t>(300);
  expect_filled<std::int32_t>(-100000);
  expect_filled<std::int64_t>(INT64_MIN);
  expect_filled<std::uint8_t>(200);
  expect_filled<std::uint16_t>(60000);
  expect_filled<std::uint32_t>(4000000000u);
  expect_filled<std::uint64_t>(UINT64_MAX);
  expect_filled<float16>(1.5f);
  expect_filled<bfloat16>(-0.0f);
  expect_filled<float>(0.5f);
  expect_filled<float>(3);
  expect_filled<double>(0.1);
}

TEST(Destination, RefusesNumbersThatDoNotFit) {
  array<std::uint8_t> bytes({3}, std::uint8_t{1});
  EXPECT_SAYS(value_error, "assignment: the number 300 does not fit u8", bytes(all) = 300);
  EXPECT_SAYS(value_error, "multiply: the number -1 does not fit u8", bytes *= -1);
  EXPECT_SAYS(value_error, "where: the number 256 does not fit u8", bytes(bytes > 0) = 256);
  EXPECT_EQ(elements_of(bytes), std::vector<std::uint8_t>(3, 1));
}

TEST(Destination, OfManyElementsIsFilled) {
  array<float> y({1 << 22});
  y.fill(3.25f);
  y(slice(0, 1 << 21)) = -1;
  EXPECT_EQ(evaluate(op::sum(y)), 2.25f * (1 << 21));
}

// --- updates --------------------------------------------------------------------------------------------------------

#define UPDATES(f) f(+) f(-) f(*) f(/)
#define INTEGER_UPDATES(f) UPDATES(f) f(%) f(&) f(|) f(^) f(<<) f(>>)

/// `y symbol= b` for an array, a view, a part, a mask and a number gives what `y symbol b` gives. Each a function of its
/// own: all loops in one would keep the compiler busy for minutes.
template <class T, class Update, class Operation>
[[gnu::noinline]] void check_update(const char* symbol, Update update, Operation operation) {
  const array<T> before = varied<T>({7, 40}), b = varied<T>({7, 40}, 5), expected = operation(before, b);
  array<T> y = before;
  update(y, b);
  EXPECT_TRUE(same_elements(elements_of(y), elements_of(expected))) << "array " << symbol;
  if constexpr (!std::is_integral_v<T>) {  // where it is written does not depend on the type
    std::vector<T> memory = elements_of(before);
    update(borrow(memory.data(), before.shape()), b);
    EXPECT_TRUE(same_elements(memory, elements_of(expected))) << "view " << symbol;
    array<T> z = before, joined = before;
    update(z(all, slice(1, 5)), b(all, slice(1, 5)));
    joined(all, slice(1, 5)) = expected(all, slice(1, 5));
    EXPECT_TRUE(same_elements(elements_of(z), elements_of(joined))) << "part " << symbol;
    array<T> m = before;
    update(m(b > before), b);
    EXPECT_TRUE(same_elements(elements_of(m), elements_of(array<T>(where(b > before, expected, before))))) << "mask " << symbol;
    array<T> numbered = before;
    update(numbered, 3);
    EXPECT_TRUE(same_elements(elements_of(numbered), elements_of(array<T>(operation(before, 3))))) << "number " << symbol;
  }
}

#define CHECK_UPDATE(symbol)                                                                                     \
  check_update<T>(#symbol, [](auto&& y, const auto& b) { std::forward<decltype(y)>(y) symbol## = b; },           \
                  [](const auto& x, const auto& b) { return x symbol b; });

template <class T>
void check_updates() {
  if constexpr (std::is_integral_v<T>) {
    INTEGER_UPDATES(CHECK_UPDATE)
  } else {
    UPDATES(CHECK_UPDATE)
  }
}

TEST(Update, IsTheAssignmentOfTheOperation) {
  check_updates<float>();
  check_updates<std::int32_t>();
}

TEST(Update, RoundsWhereItIsStored) {
  array<float16> h({3}, float16(2048.0f));
  h += 1;
  EXPECT_EQ(static_cast<float>(std::as_const(h)(0)), 2048.0f);
  h(all) *= 0.5f;
  EXPECT_EQ(static_cast<float>(std::as_const(h)(2)), 1024.0f);
}

TEST(Update, StretchesItsOperand) {
  array<float> a = counting<float>({2, 3});
  a += array<float>::from({10, 20, 30});
  a(all, slice(0, 2)) *= op::sum(array<float>({2}, 1.0f));
  EXPECT_EQ(elements_of(a), (std::vector<float>{20, 42, 32, 26, 48, 35}));
}

TEST(Update, StaysInPlace) {
  array<float> a = varied<float>({100, 10});
  const float* const where = std::as_const(a).data();
  a += 1;
  a *= a;
  a(all, 3) -= a(all, 4);
  transpose(a) /= 2;
  a(a > 0) += a;
  a(slice(0, 50))(a(slice(50, 100)) > 0) = 0;
  EXPECT_EQ(std::as_const(a).data(), where);
}

TEST(Update, LeavesCopiesAndHeldExpressions) {
  array<float> a = counting<float>({2, 2});
  const array<float> copy = a;
  const auto e = a * 2;
  a += 1;
  a(0, all) += 10;
  a(a > 10) = 0;
  EXPECT_EQ(elements_of(copy), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(elements_of(array<float>(e)), (std::vector<float>{0, 2, 4, 6}));
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 0, 3, 4}));
}

// --- masks ----------------------------------------------------------------------------------------------------------

TEST(Mask, WritesWhereItHolds) {
  const array<float> before = varied<float>({6, 70}), e = varied<float>({6, 70}, 3);
  const array<float> expected = where(before < 0, op::exp(e), before);
  array<float> y = before;
  y(y < 0) = op::exp(e);
  EXPECT_TRUE(same_elements(elements_of(y), elements_of(expected)));
  std::vector<float> memory = elements_of(before);
  const view<float> v = borrow(memory.data(), {6, 70});
  v(v < 0) = op::exp(e);
  EXPECT_TRUE(same_elements(memory, elements_of(expected)));
  array<float> z = transpose(before);
  transpose(z)(before < 0) = op::exp(e);
  EXPECT_TRUE(same_elements(elements_of(transpose(z)), elements_of(expected)));
}

TEST(Mask, IsStretched) {
  array<float> y({3, 4}, 1.0f);
  const array<bool> columns = array<bool>::from({true, false, false, true});
  y(columns) = 0;
  y(array<bool>::from({true, false, true})(all, newaxis)) += 10;
  y(columns) *= counting<float>({3, 1});
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 11, 11, 0, 0, 1, 1, 0, 20, 11, 11, 20}));
}

TEST(Mask, MayBeTheDestinationItself) {
  array<bool> m = array<bool>::from({true, false, true});
  m(!m) = m(slice(open, open, -1));
  EXPECT_EQ(elements_of(m), (std::vector<bool>{true, false, true}));
  m(m) = false;
  EXPECT_EQ(elements_of(m), (std::vector<bool>{false, false, false}));
}

TEST(Mask, LeavesCopies) {
  array<float> y = counting<float>({4});
  const array<float> copy = y;
  y(y > 1) = 9;
  EXPECT_EQ(elements_of(copy), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(elements_of(y), (std::vector<float>{0, 1, 9, 9}));
}

// --- no elements ----------------------------------------------------------------------------------------------------

TEST(Destination, MayHaveNoElements) {
  array<float> none;
  none += 1;
  none(all) = 2;
  none(none > 0) = 3;
  none.fill(4);
  array<float> empty({3, 0});
  empty(1, all) = 5;
  empty(all, slice(0, 0)) *= array<float>({3, 1}, 2.0f);
  transpose(empty) -= 1;
  EXPECT_EQ(none.size() + empty.size(), 0u);
  EXPECT_THROW(none(all) = array<float>({2}), shape_error);
  EXPECT_THROW(none += array<float>({2}), shape_error);
}

}  // namespace
}  // namespace onepass::testing
