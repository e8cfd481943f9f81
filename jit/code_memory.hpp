// Executable memory that is never writable: code is written to an anonymous file, sealed, and mapped read-execute.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace onepass::jit {

/// Where code of a kernel begins, after padding that keeps reads just before an entry inside the mapping.
inline constexpr std::size_t entry_padding = 64;

/// Makes `code` executable for the life of the process; null, and why, if the system refuses.
const void* make_executable(std::span<const std::byte> code, std::string& refusal);

/// True if code can be made executable here; otherwise `refusal` says why. Tried once.
bool can_execute(std::string& refusal);

}  // namespace onepass::jit
