// Exchange with std::mdspan and everything that is made like it: a pointer, lengths and strides. No elements are copied.
//
// Nothing is included for it: what has the members of an mdspan is one, the standard's and its forerunners alike. Its
// elements belong to somebody else on either way, as with borrow().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <onepass/array/viewing.hpp>
#include <onepass/core/error.hpp>

namespace onepass {

/// A type with the members of std::mdspan and strides.
template <class M>
concept mdspan_like = requires(const M& m, std::size_t r) {
  m.data_handle();
  m.extent(r);
  m.stride(r);
  m.mapping();
  std::remove_cvref_t<M>::rank();
  typename std::remove_cvref_t<M>::extents_type;
};

/// A view of the elements of an mdspan: `borrow(m)`. Throws value_error for a null pointer with elements, shape_error for
/// lengths and strides beyond what can be addressed.
template <mdspan_like M>
auto borrow(const M& m) {
  std::int64_t lengths[max_rank] = {}, strides[max_rank] = {};
  static_assert(M::rank() <= max_rank, "onepass: more dimensions than arrays have");
  for (std::size_t r = 0; r < M::rank(); ++r) {
    lengths[r] = static_cast<std::int64_t>(m.extent(r));
    strides[r] = static_cast<std::int64_t>(m.stride(r));
  }
  const int rank = static_cast<int>(M::rank());
  return borrow(m.data_handle(), extents(lengths, rank), dimensions(strides, rank));
}

namespace detail {
void check_mdspan(const layout& where, std::size_t rank, bool takes_strides);
[[noreturn]] void throw_static_extent(const extents& shape, std::size_t r, std::size_t length);
}  // namespace detail

/// An mdspan of the elements of an array or view, which has to outlive it: `to_mdspan<std::mdspan<float, E, L>>(a)`.
/// Throws shape_error if the rank or a static extent is another, value_error if M has no strides of its own and the
/// elements have gaps.
template <mdspan_like M, in_memory A>
M to_mdspan(A&& a) {
  static_assert(std::is_lvalue_reference_v<A> || !std::is_same_v<std::remove_cvref_t<A>, array<typename std::remove_cvref_t<A>::element_type>>,
                "onepass: an mdspan of a temporary array would outlive its elements");
  using E = typename M::extents_type;
  using mapping = typename M::mapping_type;
  constexpr std::size_t rank = M::rank();
  constexpr bool takes_strides = std::is_constructible_v<mapping, const E&, std::array<std::int64_t, rank>>;
  const layout where = a.layout();
  detail::check_mdspan(where, rank, takes_strides);
  std::array<std::int64_t, rank> lengths{}, strides{};
  for (std::size_t r = 0; r < rank; ++r) {
    lengths[r] = where.shape[static_cast<int>(r)];
    strides[r] = where.strides[static_cast<int>(r)];
    constexpr auto dynamic = static_cast<std::size_t>(-1);
    if (E::static_extent(r) != dynamic && static_cast<std::int64_t>(E::static_extent(r)) != lengths[r]) {
      detail::throw_static_extent(where.shape, r, E::static_extent(r));
    }
  }
  if constexpr (takes_strides) {
    return M(a.data(), mapping(E(lengths), strides));
  } else {
    return M(a.data(), mapping(E(lengths)));
  }
}

}  // namespace onepass
