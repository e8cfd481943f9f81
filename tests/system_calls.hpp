// The system calls by which memory becomes executable, watched and refused on demand.
//
// The test program is linked with --wrap=mmap, --wrap=mprotect and --wrap=memfd_create, so that every call from the
// library and from the tests comes through here first. This stands for a system that forbids such calls, and sees any
// request for memory that could be written and executed, however short it lives.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace onepass::testing {

struct system_calls {
  std::atomic<bool> refuse_files{false};       ///< memfd_create fails, as under a strict filter
  std::atomic<bool> refuse_executable{false};  ///< nothing may become executable
  std::atomic<int> executable_mappings{0};     ///< granted
  std::atomic<int> writable_and_executable{0};

  bool denies(int protection) {
    if ((protection & PROT_EXEC) == 0) return false;
    if ((protection & PROT_WRITE) != 0) ++writable_and_executable;
    if (refuse_executable) {
      errno = EACCES;
      return true;
    }
    ++executable_mappings;
    return false;
  }
};

/// Set before main() by what is linked with it: see code_memory_test.cpp and refusal_test.cpp.
extern system_calls calls;

}  // namespace onepass::testing

extern "C" {
void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset);
int __real_mprotect(void* at, std::size_t bytes, int protection);
int __real_memfd_create(const char* name, unsigned flags);

void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  return onepass::testing::calls.denies(protection) ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, file, offset);
}
int __wrap_mprotect(void* at, std::size_t bytes, int protection) {
  return onepass::testing::calls.denies(protection) ? -1 : __real_mprotect(at, bytes, protection);
}
int __wrap_memfd_create(const char* name, unsigned flags) {
  if (!onepass::testing::calls.refuse_files) return __real_memfd_create(name, flags);
  errno = EPERM;
  return -1;
}
}
