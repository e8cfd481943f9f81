// The user's mistakes: each throws the error of its kind, at the line that made it, and says what did not fit where.
//
// Whatever throws has written nothing: destinations of every sort are compared with what they held before.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- shapes ---------------------------------------------------------------------------------------------------------

TEST(Error, ShapesThatDoNotBroadcastAreNamedWhereTheyMeet) {
  const array<float> a({3}), b({4}), c({2, 3}), none(extents{0});
  EXPECT_SAYS(shape_error, "add: shapes (3,) and (4,) do not broadcast", a + b);
  EXPECT_SAYS(shape_error, "multiply: shapes (2, 3) and (4,) do not broadcast", c * b);
  EXPECT_SAYS(shape_error, "add: shapes (0,) and (3,) do not broadcast", none + a);
  EXPECT_SAYS(shape_error, "less: shapes (2, 3) and (3, 2) do not broadcast", c < transpose(c));
  EXPECT_SAYS(shape_error, "where: shapes (3,) and (4,) do not broadcast", op::where(a < 1, b, 0.0f));
  EXPECT_SAYS(shape_error, "fma: shapes (2, 3) and (4,) do not broadcast", op::fma(c, a, b));
}

TEST(Error, ComesFromTheLineThatBuiltTheExpression) {
  const array<float> a({3}), b({4});
  bool was_built = false;
  try {
    const auto e = op::relu(a * a) + b;
    was_built = true;
    evaluate(e);
  } catch (const shape_error&) {
  }
  EXPECT_FALSE(was_built);
}

TEST(Error, ResultsThatDoNotFitAreNamedWithTheirDestination) {
  const array<float> a({3}), c({2, 3});
  std::vector<float> memory = plain_memory(10, 0);
  array<float> y({5});
  view<float> v = borrow(memory.data(), {10});
  EXPECT_SAYS(shape_error, "a result of shape (3,) does not fit a destination of shape (10,)", v = a + 1);
  EXPECT_SAYS(shape_error, "a result of shape (3,) does not fit a destination of shape (2,)", y(slice(0, 2)) = a);
  EXPECT_SAYS(shape_error, "a result of shape (2, 3) does not fit a destination of shape (10,)", evaluate_into(std::tie(v), c * 2));
  EXPECT_SAYS(shape_error, "a result of shape (2, 1) does not fit a destination of shape (10,)",
              evaluate_into(std::tie(v), op::sum(c, axis{-1}, keepdims)));
  EXPECT_SAYS(shape_error, "a result of shape (2,) does not fit a destination of shape (10,)",
              evaluate_into(std::tie(y, v), a + 1, op::sum(c, axis{-1})));
}

TEST(Error, AxesThatDoNotExistAreNamedWithTheShape) {
  const array<float> c({2, 3}), one(extents{});
  EXPECT_SAYS(shape_error, "sum: axis 2 does not exist in shape (2, 3)", op::sum(c, axis{2}));
  EXPECT_SAYS(shape_error, "max: axis -3 does not exist in shape (2, 3)", op::max(c, axis{-3}));
  EXPECT_SAYS(shape_error, "sum: axis -1 does not exist in shape ()", op::sum(one, axis{-1}));
  EXPECT_SAYS(shape_error, "max: axis 0 does not exist in shape ()", op::max(one + 1, axis{0}, keepdims));
}

TEST(Error, AxesThatAreNamedTwiceAreSaidSo) {
  const array<float> c({2, 3});
  EXPECT_SAYS(shape_error, "sum: axis -2 is named twice for shape (2, 3)", op::sum(c, axes{0, -2}));
  EXPECT_SAYS(shape_error, "mean: axis 1 is named twice for shape (2, 3)", op::mean(c, axes{1, 1}, keepdims));
}

TEST(Error, ReductionsWithoutAValueNameTheShapeWithoutElements) {
  const array<float> none({3, 0});
  const std::string message = "max: no elements in shape (3, 0), and the reduction has no value for none";
  EXPECT_SAYS(shape_error, message, op::max(none));
  EXPECT_SAYS(shape_error, message, op::max(none, axis{-1}));
  EXPECT_SAYS(shape_error, message, op::max(none + 1, axis{-1}, keepdims));
}

TEST(Error, OfPermutationsAndSlicesNamesTheShape) {
  const array<float> c({2, 3});
  EXPECT_SAYS(shape_error, "axes (0, 0) are no permutation of those of shape (2, 3)", permute(c, {0, 0}));
  EXPECT_SAYS(shape_error, "3 indices for shape (2, 3)", c(0, 0, all));
  EXPECT_SAYS(shape_error, "slice 0:4:1 is outside dimension 1 of shape (2, 3)", c(all, slice(0, 4)));
  EXPECT_SAYS(value_error, "a slice with a step of 0", c(slice::every(0)));
}

// --- values and types -----------------------------------------------------------------------------------------------

TEST(Error, NumbersThatDoNotFitTheirNeighboursAreNamed) {
  const array<std::uint8_t> bytes({3});
  const array<std::int32_t> integers({3});
  EXPECT_SAYS(value_error, "add: the number 300 does not fit u8", bytes + 300);
  EXPECT_SAYS(value_error, "multiply: the number -1 does not fit u8", bytes * -1);
  EXPECT_SAYS(value_error, "subtract: the number 4294967296 does not fit i32", integers - 4294967296);
  EXPECT_NO_THROW(bytes + 255);
  EXPECT_NO_THROW(integers * INT32_MIN);
}

TEST(Error, TypesOfErasedArraysAreNamed) {
  const any_array any = array<float>({2});
  EXPECT_SAYS(type_error, "an array of f32 is not an array of i32", any.as<std::int32_t>());
  EXPECT_SAYS(type_error, "an array of nothing is not an array of f32", any_array().as<float>());
}

TEST(Error, EveryKindIsAnErrorOfTheLibrary) {
  EXPECT_THROW(array<float>({-1}), error);
  EXPECT_THROW(any_array().as<float>(), error);
  EXPECT_THROW(array<float>({3})(slice::every(0)), error);
  EXPECT_THROW(array<float>({-1}), std::runtime_error);
}

// --- engines that cannot run ----------------------------------------------------------------------------------------

TEST(Error, AnEngineThatCannotRunHereIsReplacedAndExplained) {
  const array<float> a = counting<float>({100});
  const options impossible{.engine = engine::compiled, .isa = isa::baseline};
  const explanation would = explain(impossible, a + 1);
  EXPECT_EQ(would.engine, engine::interpreted);
  EXPECT_EQ(would.why, "code is generated for avx2 and avx512 only");
  EXPECT_EQ(elements_of(evaluate(impossible, a + 1)), elements_of(evaluate(a + 1)));
  const explanation staged = explain(options{.engine = engine::fused}, op::softmax(a));
  EXPECT_NE(staged.engine, engine::fused);
  EXPECT_FALSE(staged.why.empty());
}

TEST(Error, AnInstructionSetAboveTheCapIsNotUsed) {
  const machine_capabilities here = capabilities_of(isa::baseline);
  const array<float> a = counting<float>({100});
  for (const isa wanted : {isa::baseline, isa::avx2, isa::avx512}) {
    for (const engine e : {engine::compiled, engine::interpreted}) {
      const options how{.engine = e, .isa = wanted};
      EXPECT_LE(explain(how, a + 1).isa, std::min(wanted, here.active)) << to_string(how);
      EXPECT_EQ(elements_of(evaluate(how, a + 1)), elements_of(evaluate(a + 1))) << to_string(how);
    }
  }
}

// --- nothing has been written ---------------------------------------------------------------------------------------

/// Destinations of every sort, and a check that none of them has changed.
struct untouched {
  std::vector<float> memory = std::vector<float>(12, 5.0f);
  array<float> y = array<float>({4}, 7.0f), shared = y;
  const float* where = std::as_const(y).data();
  float number = 3;

  void check() const {
    EXPECT_EQ(memory, std::vector<float>(12, 5.0f));
    EXPECT_EQ(elements_of(y), std::vector<float>(4, 7.0f));
    EXPECT_EQ(elements_of(shared), std::vector<float>(4, 7.0f));
    EXPECT_EQ(y.data(), where) << "not even copied";
    EXPECT_EQ(number, 3.0f);
  }
};

TEST(Error, LeavesAnAssignedArrayAsItWas) {
  untouched to;
  const array<float> a({4}, 1.0f), b({3}, 1.0f);
  EXPECT_THROW(to.y = a + b, shape_error);
  EXPECT_THROW(to.y = op::sum(a, axis{1}), shape_error);
  EXPECT_THROW(to.y(slice(0, 2)) = a + 1, shape_error);
  EXPECT_THROW(to.y(slice(0, 5)) = a + 1, shape_error);
  EXPECT_THROW(to.y(slice(0, 2)) = b, shape_error);
  EXPECT_THROW(transpose(to.y) = b * 2, shape_error);
  to.check();
}

TEST(Error, LeavesAllOfSeveralResultsAsTheyWere) {
  const array<float> a({4}, 1.0f), b({3}, 1.0f);
  for (const options& how : all_ways()) {
    untouched to;
    view<float> fits = borrow(to.memory.data(), {4}), too_long = borrow(to.memory.data() + 4, {5});
    view<float> overlaps = borrow(to.memory.data() + 2, {4}), repeats = borrow(to.memory.data() + 8, {4}, {0});
    EXPECT_THROW(evaluate_into(how, std::tie(to.y, fits, too_long), a + 1, a + 2, a + 3), shape_error) << to_string(how);
    EXPECT_THROW(evaluate_into(how, std::tie(to.number, fits, too_long), op::sum(a), a + 2, a + 3), shape_error) << to_string(how);
    EXPECT_THROW(evaluate_into(how, std::tie(to.y, fits, overlaps), a + 1, a + 2, a + 3), value_error) << to_string(how);
    EXPECT_THROW(evaluate_into(how, std::tie(to.number, fits, repeats), op::sum(a), a + 2, a + 3), value_error) << to_string(how);
    EXPECT_THROW(evaluate_into(how, std::tie(to.y, fits), a + 1, a + b), shape_error) << to_string(how);
    to.check();
  }
}

TEST(Error, LeavesResultsAsTheyWereWhenMemoryRunsOut) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's operator new ends the process instead of throwing";
#endif
  untouched to;
  const float one = 1;
  const std::int64_t many = std::int64_t{1} << 28;
  const auto column = borrow(&one, {many, 1}, {0, 0}), row = borrow(&one, {1, many}, {0, 0});
  view<float> fits = borrow(to.memory.data(), {4});
  const array<float> a({4}, 1.0f);
  EXPECT_THROW(evaluate_into(std::tie(fits, to.y), a + 1, column + row), std::bad_alloc);
  EXPECT_THROW(to.y = column * row, std::bad_alloc);
  to.check();
}

// The library is as usable after an error as before.
TEST(Error, LeavesTheNextEvaluationAlone) {
  const array<float> a = counting<float>({4});
  array<float> y({4}), z({4});
  for (const options& how : all_ways()) {
    view<float> one = borrow(y.data(), {4}), same = borrow(y.data(), {4});
    EXPECT_THROW(evaluate_into(how, std::tie(one, same), a + 1, a * 2), value_error);
    evaluate_into(how, std::tie(one, z), a + 1, a * 2);
    EXPECT_EQ(elements_of(one), (std::vector<float>{1, 2, 3, 4})) << to_string(how);
    EXPECT_EQ(elements_of(z), (std::vector<float>{0, 2, 4, 6})) << to_string(how);
  }
}

}  // namespace
}  // namespace onepass::testing
