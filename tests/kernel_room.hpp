// The memory that a kernel asks for, where a test calls it itself.
#pragma once

#include <cstddef>
#include <vector>

#include <onepass/plan/kernel.hpp>

namespace onepass::testing {

/// As much as one kernel asks for, aligned as it expects.
class kernel_room {
 public:
  explicit kernel_room(const kernel& of) : lines_(of.room_bytes / sizeof(line) + 1) {}
  std::byte* data() { return lines_.front().bytes; }

 private:
  struct alignas(64) line {
    std::byte bytes[64];
  };
  std::vector<line> lines_;
};

}  // namespace onepass::testing
