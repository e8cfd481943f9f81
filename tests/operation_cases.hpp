// Every operation on every combination of element types that it takes, as functions on plain memory. One file makes
// them, in parts, because they are many: bodies on scalars and on packs are all that is compiled for each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <onepass/core/dtype.hpp>

namespace onepass::testing {

struct operation_case {
  std::string_view name;
  std::vector<dtype> operands;
  dtype result;

  /// Apply the operation to `count` elements, operands from `from`, results to `to`.
  using function = void (*)(const void* const* from, void* to, std::size_t count);
  function on_scalars;
  function on_packs;  ///< of two registers; as the fused loop does, and as it does at the end of a row
};

using operation_cases = std::vector<operation_case>;

/// Parts into which the operations are split.
inline constexpr int operation_parts = 4;

template <int part>
void append_cases(operation_cases& to);

}  // namespace onepass::testing
