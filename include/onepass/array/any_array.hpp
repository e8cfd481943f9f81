// An array whose element type is known at run time only: what files, formulas and printing work with.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/core/error.hpp>

namespace onepass {

/// An array of any element type; converts from array<T> and shares its elements.
class any_array {
 public:
  any_array() = default;
  explicit any_array(block_reference held) noexcept : block_(std::move(held)) {}
  any_array(dtype type, const extents& shape) : block_(allocate_block(type, shape)) {}
  template <element T>
  any_array(array<T> from) : block_(std::move(from.held())) {
    if (!block_) block_ = block_reference(allocate_block(dtype_of<T>, extents{0}));
  }

  /// The array it is. Throws type_error if the elements are of another type.
  template <element T>
  array<T> as() const {
    require(dtype_of<T>);
    return array<T>(block_);
  }

  bool has_value() const noexcept { return static_cast<bool>(block_); }
  dtype type() const noexcept { return block_->type; }
  extents shape() const { return block_->shape(); }
  int rank() const noexcept { return block_->rank; }
  std::size_t size() const noexcept { return block_->size; }
  const void* data() const noexcept { return block_->data; }
  const block_reference& held() const noexcept { return block_; }

 private:
  void require(dtype type) const;

  block_reference block_;
};

/// The array as NumPy prints it: brackets, aligned columns, the shortest digits that identify each element (at most
/// eight behind the point), and `...` for the middle of large arrays.
std::string to_string(const any_array& shown);

std::ostream& operator<<(std::ostream& out, const any_array& shown);

template <element T>
std::ostream& operator<<(std::ostream& out, const array<T>& shown) {
  return out << any_array(shown);
}

}  // namespace onepass
