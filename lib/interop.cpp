// The checks of exchanges with other libraries, as far as they need to know nothing of them.
#include <onepass/interop/mdspan.hpp>

namespace onepass::detail {

void check_mdspan(const layout& where, std::size_t rank, bool takes_strides) {
  if (static_cast<std::size_t>(where.shape.rank()) != rank) {
    throw shape_error("to_mdspan: shape " + to_string(where.shape) + " for an mdspan of " + std::to_string(rank) + " dimensions");
  }
  if (!takes_strides) require_contiguous(where);
}

void throw_static_extent(const extents& shape, std::size_t r, std::size_t length) {
  throw shape_error("to_mdspan: shape " + to_string(shape) + " for an mdspan whose extent " + std::to_string(r) + " is " + std::to_string(length));
}

}  // namespace onepass::detail
