// Copying a grid of elements between strides, by vectors: what copy_steps.cpp offers, once for each instruction set.
//
// Only bits move, so every instruction set gives the same result; they differ in how many elements move at once.
// Nothing outside of the elements is written, and nothing outside of the range that they span is read.
#pragma once

#include <cstddef>

namespace onepass {

/// Rows and columns of elements, from one place to another. Strides are in bytes and of any sign; 0 repeats where it
/// is read. The places do not overlap.
struct strided_copy {
  std::byte* to;
  std::ptrdiff_t to_row, to_column;
  const std::byte* from;
  std::ptrdiff_t from_row, from_column;
  std::size_t rows, columns;
};

using copy_function = void (*)(const strided_copy& what);

/// The copy of elements of `size` bytes (1, 2, 4 or 8).
copy_function find_copy_baseline(std::size_t size);
copy_function find_copy_avx2(std::size_t size);
copy_function find_copy_avx512(std::size_t size);

}  // namespace onepass
