// Who shares memory with whom: decides whether a result may be written while its operands are still being read.
#pragma once

#include <cstddef>
#include <cstdint>

#include <onepass/run/evaluation.hpp>

namespace onepass {

/// Whether a result is written where it belongs, or first to memory of its own.
struct placing {
  enum class reason : std::uint8_t {
    none,         ///< it is written directly
    no_memory,    ///< the array has no elements of this type and shape yet
    shared,       ///< others hold the array's elements
    read_again,   ///< an operand is the same elements, and they are read after they would be written
    other_order,  ///< an operand has some of the elements, at other positions
  };

  reason why = reason::none;
  std::size_t operand = 0;  ///< the first one that is in the way

  bool is_direct() const { return why == reason::none; }
};

/// How result k is to be placed so that it is as if everything had been computed before: directly if its memory is apart
/// from every operand's, or an operand is the same elements in the same order. `passes`: how often operands are visited.
placing placing_of(const request& what, std::size_t k, std::size_t passes);

/// Where a destination's elements lie. Precondition: it has any.
std::byte* memory_of(const destination& to);

/// Throws value_error if positions of a destination share memory.
void check_positions(const destination& to);

/// Throws value_error if two destinations share memory, or if positions of one do.
void check_destinations(const request& what);

}  // namespace onepass
