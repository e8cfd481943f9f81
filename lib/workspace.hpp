// Memory that an evaluation needs while it runs. Kept by the thread, so that a warm call allocates nothing.
#pragma once

#include <cstddef>

namespace onepass {

/// A piece of at least `bytes` bytes, 64-byte aligned, returned when this object dies. Evaluations may nest: each lease
/// is a piece of its own. Throws std::bad_alloc.
class workspace {
 public:
  explicit workspace(std::size_t bytes);
  ~workspace();
  workspace(const workspace&) = delete;
  workspace& operator=(const workspace&) = delete;

  std::byte* data() const noexcept { return data_; }

 private:
  std::byte* data_;
  std::size_t slot_;
};

}  // namespace onepass
