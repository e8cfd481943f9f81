// Who shares memory with whom: decides whether a result may be written while its operands are still being read.
#pragma once

#include <cstddef>

#include <onepass/run/evaluation.hpp>

namespace onepass {

/// True if result k may be written directly, as if everything had been computed before: its memory is apart from
/// every operand's, or one operand is the same elements in the same order. `passes` is how often operands are visited.
/// For an array: and its block fits and nobody else holds it.
bool may_write_directly(const request& what, std::size_t k, std::size_t passes);

/// Throws value_error if positions of a destination share memory.
void check_positions(const destination& to);

/// Throws value_error if two destinations share memory, or if positions of one do.
void check_destinations(const request& what);

}  // namespace onepass
