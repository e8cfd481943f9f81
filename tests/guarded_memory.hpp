// Memory between two pages that nobody may touch: whoever reads or writes one element too many is caught at once.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace onepass::testing {

class guarded_memory {
 public:
  explicit guarded_memory(std::size_t bytes) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), bytes_((bytes / page_ + 1) * page_) {
    void* const mapped = mmap(nullptr, bytes_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::abort();
    mapping_ = static_cast<std::byte*>(mapped);
    if (mprotect(begin(), bytes_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  guarded_memory(const guarded_memory&) = delete;
  guarded_memory& operator=(const guarded_memory&) = delete;
  ~guarded_memory() { munmap(mapping_, bytes_ + 2 * page_); }

  std::byte* begin() const { return mapping_ + page_; }
  std::byte* end() const { return begin() + bytes_; }

 private:
  std::size_t page_, bytes_;
  std::byte* mapping_;
};

}  // namespace onepass::testing
