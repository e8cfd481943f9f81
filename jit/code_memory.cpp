// Executable memory.
//
// The ladder: a sealed memfd mapped read-execute (survives fork, memory-deny-write-execute policies, and cannot be
// written by anyone); an anonymous mapping that is made executable when it is no longer writable; none.
#include "code_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace onepass::jit {

namespace {

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

int open_anonymous_file() {
  const int file = memfd_create("onepass-kernel", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (file >= 0 || errno != EINVAL) return file;
  return memfd_create("onepass-kernel", MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
}

bool write_all(int file, const std::byte* data, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = write(file, data, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return true;
}

void* map_sealed_file(std::span<const std::byte> code) {
  const int file = open_anonymous_file();
  if (file < 0) return MAP_FAILED;
  void* mapping = MAP_FAILED;
  const bool written = lseek(file, entry_padding, SEEK_SET) >= 0 && write_all(file, code.data(), code.size());
  if (written && fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    mapping = mmap(nullptr, whole_pages(entry_padding + code.size()), PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  }
  const int problem = errno;
  close(file);
  errno = problem;
  return mapping;
}

void* map_then_protect(std::span<const std::byte> code) {
  const std::size_t bytes = whole_pages(entry_padding + code.size());
  void* const mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return mapping;
  std::memcpy(static_cast<std::byte*>(mapping) + entry_padding, code.data(), code.size());
  if (mprotect(mapping, bytes, PROT_READ | PROT_EXEC) == 0) return mapping;
  const int problem = errno;
  munmap(mapping, bytes);
  errno = problem;
  return MAP_FAILED;
}

}  // namespace

const void* make_executable(std::span<const std::byte> code, std::string& refusal) {
  void* mapping = map_sealed_file(code);
  if (mapping == MAP_FAILED) mapping = map_then_protect(code);
  if (mapping == MAP_FAILED) {
    refusal = std::string("the system refuses executable memory: ") + std::strerror(errno);
    return nullptr;
  }
  return static_cast<const std::byte*>(mapping) + entry_padding;
}

bool can_execute(std::string& refusal) {
  static const std::string tried = [] {
    const std::byte just_return[] = {std::byte{0xc3}};
    std::string why;
    make_executable(just_return, why);
    return why;
  }();
  refusal = tried;
  return tried.empty();
}

}  // namespace onepass::jit
