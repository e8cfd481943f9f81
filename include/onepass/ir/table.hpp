// A table of constants that bodies look elements up in.
//
//   inline constexpr double sixths[] = {0.0, 1.0 / 6, 2.0 / 6};
//   inline constexpr table<double> sixths_table{"sixths", sixths};
//
// A table is one object with static lifetime; programs refer to it by address and print its name.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <onepass/core/dtype.hpp>

namespace onepass {

/// See the head of this file.
struct constant_table {
  std::string_view name;
  dtype type;
  std::size_t count;     ///< at least 1
  const void* elements;  ///< `count` elements of `type`
};

/// A table of elements of type T.
template <element T>
struct table : constant_table {
  constexpr table(std::string_view name, std::span<const T> elements) noexcept
      : constant_table{name, dtype_of<T>, elements.size(), elements.data()} {}

  const T* data() const noexcept { return static_cast<const T*>(elements); }
};

}  // namespace onepass
