// Positions as array operands that lie nowhere.
//
// An operand that counts is described like any other, by an address, an element type and a layout; but its address lies
// in the half of the address space that no program owns, and the element at an address is how many elements the address
// is away from the beginning of that half. So strides, broadcasting and tiles need nothing new: a counted operand with
// stride 1 along one axis is the index along it. Nobody reads it: the numbers are made, a tile at a time, where other
// operands would be packed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onepass {

/// The address at which counting begins.
inline constexpr std::uintptr_t counting_base = std::uintptr_t{1} << 63;

/// True if elements at `address` are positions.
inline bool counts(const void* address) noexcept { return reinterpret_cast<std::uintptr_t>(address) >= counting_base; }

/// The number that is the element of `size` bytes at `address`.
inline std::uint64_t counted(const void* address, std::size_t size) noexcept {
  return (reinterpret_cast<std::uintptr_t>(address) - counting_base) / size;
}

}  // namespace onepass
