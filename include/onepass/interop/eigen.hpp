// Exchange with Eigen, both ways without a copy. The only header that includes Eigen; <onepass/onepass.hpp> does not.
//
//   Eigen::MatrixXf m(100, 20);
//   op::borrow(m) = op::relu(a) + 1;                // a view of m's elements, column-major as they are
//   float norm = op::to_eigen(a).norm();            // an Eigen::Map of a's elements
//
// Neither side keeps the elements of the other alive.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include <Eigen/Core>

#include <onepass/array/viewing.hpp>
#include <onepass/core/error.hpp>

namespace onepass {

/// A view of the elements of an Eigen matrix, vector, block or map: of shape (rows, columns), or (size,) for what is a
/// vector when compiled. Of const objects it is a view of const elements.
template <class Derived>
auto borrow(Eigen::DenseBase<Derived>& of) {
  static_assert((Derived::Flags & Eigen::DirectAccessBit) != 0, "onepass: an Eigen expression has no memory; evaluate it first");
  Derived& m = of.derived();
  // Maps of const elements are no const objects.
  using T = std::remove_pointer_t<decltype(m.data())>;
  if constexpr (Derived::IsVectorAtCompileTime) {
    return static_cast<view<T>>(borrow(m.data(), {m.size()}, {m.innerStride()}));
  } else if constexpr (Derived::IsRowMajor) {
    return static_cast<view<T>>(borrow(m.data(), {m.rows(), m.cols()}, {m.outerStride(), m.innerStride()}));
  } else {
    return static_cast<view<T>>(borrow(m.data(), {m.rows(), m.cols()}, {m.innerStride(), m.outerStride()}));
  }
}
template <class Derived>
auto borrow(const Eigen::DenseBase<Derived>& of) {
  auto& m = const_cast<Derived&>(of.derived());
  const auto seen = borrow(static_cast<Eigen::DenseBase<Derived>&>(m));
  return view<const typename decltype(seen)::element_type>(seen);
}

/// What to_eigen gives: a matrix of any strides.
template <class T>
using eigen_matrix = Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using eigen_map = Eigen::Map<std::conditional_t<std::is_const_v<T>, const eigen_matrix<T>, eigen_matrix<T>>, Eigen::Unaligned,
                             Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

/// An Eigen::Map of the elements of an array or view of two dimensions; one dimension is a column. Elements of an array
/// that may be written become its own first. Throws shape_error for other ranks, value_error for negative strides, which
/// Eigen does not have.
template <in_memory A>
auto to_eigen(A&& a) {
  using array_type = array<typename std::remove_cvref_t<A>::element_type>;
  static_assert(std::is_lvalue_reference_v<A> || !std::is_same_v<std::remove_cvref_t<A>, array_type>,
                "onepass: a map of a temporary array would outlive its elements");
  using T = std::remove_pointer_t<decltype(a.data())>;
  const layout where = a.layout();
  const int rank = where.shape.rank();
  if (rank != 1 && rank != 2) throw shape_error("to_eigen: shape " + to_string(where.shape) + " is no matrix");
  const std::int64_t columns = rank == 2 ? where.shape[1] : 1, row = where.strides[0], column = rank == 2 ? where.strides[1] : 1;
  if (row < 0 || column < 0) throw value_error("to_eigen: strides " + to_string(where.strides) + " run back, which those of Eigen do not");
  return eigen_map<T>(a.data(), where.shape[0], columns, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(row, column));
}

}  // namespace onepass
