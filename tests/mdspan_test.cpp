// Exchange with what is made like std::mdspan: a small one of our own, with dynamic and static extents.
#include <onepass/interop/mdspan.hpp>
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr std::size_t dynamic = static_cast<std::size_t>(-1);

template <std::size_t... Lengths>
struct small_extents {
  std::array<std::int64_t, sizeof...(Lengths)> lengths;
  static constexpr std::size_t static_extent(std::size_t r) { return std::array<std::size_t, sizeof...(Lengths)>{Lengths...}[r]; }
  explicit small_extents(const std::array<std::int64_t, sizeof...(Lengths)>& lengths) : lengths(lengths) {}
};

/// Strides: its own if `Strided`, else row-major.
template <class E, bool Strided>
struct small_mapping {
  E extents;
  std::array<std::int64_t, sizeof(E) / sizeof(std::int64_t)> strides;
  explicit small_mapping(const E& e)
    requires(!Strided)
      : extents(e) {
    std::int64_t next = 1;
    for (std::size_t r = strides.size(); r-- > 0;) {
      strides[r] = next;
      next *= e.lengths[r];
    }
  }
  small_mapping(const E& e, const std::array<std::int64_t, sizeof(E) / sizeof(std::int64_t)>& strides)
    requires Strided
      : extents(e), strides(strides) {}
};

template <class T, bool Strided, std::size_t... Lengths>
class small_mdspan {
 public:
  using extents_type = small_extents<Lengths...>;
  using mapping_type = small_mapping<extents_type, Strided>;
  small_mdspan(T* data, const mapping_type& mapping) : data_(data), mapping_(mapping) {}
  static constexpr std::size_t rank() { return sizeof...(Lengths); }
  T* data_handle() const { return data_; }
  const mapping_type& mapping() const { return mapping_; }
  std::int64_t extent(std::size_t r) const { return mapping_.extents.lengths[r]; }
  std::int64_t stride(std::size_t r) const { return mapping_.strides[r]; }

 private:
  T* data_;
  mapping_type mapping_;
};

using matrix = small_mdspan<float, false, dynamic, dynamic>;
using strided_matrix = small_mdspan<float, true, dynamic, dynamic>;
using read_matrix = small_mdspan<const float, true, dynamic, dynamic>;
using three_columns = small_mdspan<float, false, dynamic, 3>;

TEST(Mdspan, IsSeenAsAView) {
  std::vector<float> memory = elements_of(counting<float>({6}));
  const matrix m(memory.data(), matrix::mapping_type(matrix::extents_type({2, 3})));
  const view<float> v = borrow(m);
  EXPECT_EQ(v.data(), memory.data());
  EXPECT_EQ(v.shape(), (extents{2, 3}));
  borrow(m)(all, 0) = 9;
  EXPECT_EQ(memory, (std::vector<float>{9, 1, 2, 9, 4, 5}));
  const strided_matrix turned(memory.data(), strided_matrix::mapping_type(strided_matrix::extents_type({3, 2}), {1, 3}));
  EXPECT_EQ(elements_of(borrow(turned)), (std::vector<float>{9, 9, 1, 4, 2, 5}));
}

TEST(Mdspan, SeesAnArray) {
  array<float> a = counting<float>({2, 3});
  const float* const where = std::as_const(a).data();
  EXPECT_EQ(to_mdspan<matrix>(a).data_handle(), where);
  EXPECT_EQ(to_mdspan<three_columns>(a).data_handle(), where);
  const auto turned = transpose(std::as_const(a));
  const read_matrix m = to_mdspan<read_matrix>(turned);
  EXPECT_EQ(m.data_handle(), where);
  EXPECT_EQ(m.extent(0), 3);
  EXPECT_EQ(m.stride(0), 1);
  EXPECT_EQ(m.stride(1), 3);
}

TEST(Mdspan, NamesWhatItCannotSay) {
  array<float> a = counting<float>({2, 4}), row({4});
  std::vector<float> memory(8);
  const view<float> v = borrow(memory.data(), {4, 2}, {1, 4});
  EXPECT_SAYS(shape_error, "to_mdspan: shape (4,) for an mdspan of 2 dimensions", to_mdspan<matrix>(row));
  EXPECT_SAYS(shape_error, "to_mdspan: shape (2, 4) for an mdspan whose extent 1 is 3", to_mdspan<three_columns>(a));
  EXPECT_THROW(to_mdspan<matrix>(v), value_error);
  EXPECT_SAYS(value_error, "a null pointer for elements of shape (2, 2)",
              borrow(matrix(nullptr, matrix::mapping_type(matrix::extents_type({2, 2})))));
}

}  // namespace
}  // namespace onepass::testing
