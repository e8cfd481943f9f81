// Exchange with Eigen: the same memory, right shapes, both storage orders.
#include <onepass/interop/eigen.hpp>
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

TEST(Eigen, MatricesAreSeenAsTheyAre) {
  ::Eigen::MatrixXf m(2, 3);
  m << 0, 1, 2, 3, 4, 5;
  const view<float> v = borrow(m);
  EXPECT_EQ(v.data(), m.data());
  EXPECT_EQ(v.shape(), (extents{2, 3}));
  EXPECT_EQ(elements_of(v), (std::vector<float>{0, 1, 2, 3, 4, 5})) << "column-major in memory";
  borrow(m) = op::cast<float>(v > 2) * 10;
  EXPECT_EQ(m(1, 0), 10);
  ::Eigen::Matrix<double, 4, 2, ::Eigen::RowMajor> rows = ::Eigen::Matrix<double, 4, 2, ::Eigen::RowMajor>::Random();
  EXPECT_EQ(borrow(rows).strides(), (integer_list{2, 1}));
  auto block = m.block(0, 1, 2, 2);
  borrow(block) += 1;
  EXPECT_EQ(m(0, 1), 1);
  EXPECT_EQ(borrow(block).data(), m.data() + 2);
}

TEST(Eigen, ConstMatricesAndVectorsAreSeenToo) {
  const ::Eigen::VectorXd x = ::Eigen::VectorXd::LinSpaced(5, 0, 4);
  const auto v = borrow(x);
  static_assert(std::is_same_v<decltype(v), const view<const double>>);
  EXPECT_EQ(v.data(), x.data());
  EXPECT_EQ(v.shape(), extents{5});
  ::Eigen::RowVectorXi row(3);
  row << 1, 2, 3;
  EXPECT_EQ(borrow(row).shape(), extents{3});
  const float memory[] = {1, 2, 3, 4};
  const ::Eigen::Map<const ::Eigen::Matrix2f> map(memory);
  EXPECT_EQ(borrow(map)(0, 1), 3);
}

TEST(Eigen, SeesArraysAndViews) {
  array<float> a = counting<float>({2, 3});
  const float* const where = std::as_const(a).data();
  auto m = to_eigen(a);
  EXPECT_EQ(m.data(), where);
  EXPECT_EQ(m(1, 2), 5);
  m *= 2;
  EXPECT_EQ(a(1, 2), 10);
  const auto turned = to_eigen(transpose(std::as_const(a)));
  EXPECT_EQ(turned.data(), where);
  EXPECT_EQ(turned.rows(), 3);
  EXPECT_EQ(turned(2, 1), 10);
  const auto column = to_eigen(std::as_const(a)(all, 1));
  EXPECT_EQ(column.rows(), 2);
  EXPECT_EQ(column(1, 0), 8);
  const ::Eigen::MatrixXf product = m * turned;
  EXPECT_EQ(product(0, 0), 20);
}

TEST(Eigen, ANonConstMapSeparatesAnArrayFromItsCopies) {
  array<float> a = counting<float>({2, 2});
  const array<float> copy = a;
  to_eigen(a)(0, 0) = 9;
  EXPECT_EQ(copy(0, 0), 0);
  EXPECT_EQ(a(0, 0), 9);
  EXPECT_EQ(to_eigen(copy).data(), copy.data());
}

TEST(Eigen, NamesWhatItCannotSay) {
  array<float> cube({2, 2, 2}, 0.0f), a({3, 3}, 0.0f);
  EXPECT_SAYS(shape_error, "to_eigen: shape (2, 2, 2) is no matrix", to_eigen(cube));
  const auto back = flip(std::as_const(a), 0);
  EXPECT_SAYS(value_error, "to_eigen: strides (-3, 1) run back, which those of Eigen do not", to_eigen(back));
}

}  // namespace
}  // namespace onepass::testing
