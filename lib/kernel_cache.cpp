// The cache of kernels.
#include "kernel_cache.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "code_memory.hpp"
#include "interpreter.hpp"

namespace onepass {

namespace {

struct compiled_entry {
  program code;
  jit::target for_what;
  made_kernel made;
};
struct interpreted_entry {
  program code;
  isa set;
  std::unique_ptr<interpreted> prepared;
};

std::size_t hash(const program& code) {
  std::size_t h = code.size();
  for (const instruction& at : code.instructions()) {
    h = h * 31 + static_cast<std::size_t>(at.code);
    h = h * 31 + at.operands[0];
    h = (h * 31 + at.operands[1]) ^ (at.immediate * 0x9e3779b97f4a7c15ull);
  }
  return h;
}

class cache {
 public:
  made_kernel compiled(const program& code, const jit::target& for_what) {
    const std::lock_guard lock(mutex_);
    auto [first, last] = compiled_.equal_range(hash(code));
    for (; first != last; ++first) {
      if (first->second.for_what == for_what && first->second.code == code) return first->second.made;
    }
    made_kernel made = compile(code, for_what);
    compiled_.emplace(hash(code), compiled_entry{code, for_what, made});
    return made;
  }

  kernel interpret(const program& code, isa set) {
    const std::lock_guard lock(mutex_);
    return interpret_locked(code, set);
  }

  cache_statistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  made_kernel compile(const program& code, const jit::target& for_what) {
    made_kernel made;
    const jit::machine_code machine = jit::compile(code, for_what);
    made.refusal = machine.refusal;
    if (made.refusal.empty()) {
      if (const void* const entry = jit::make_executable(machine.bytes, made.refusal)) {
        made.code = {reinterpret_cast<entry_point>(reinterpret_cast<std::uintptr_t>(entry)), nullptr, for_what.set == isa::avx512};
        ++statistics_.kernels;
        statistics_.code_bytes += machine.bytes.size();
        return made;
      }
    }
    made.code = interpret_locked(code, for_what.set);
    return made;
  }

  kernel interpret_locked(const program& code, isa set) {
    auto [first, last] = interpreted_.equal_range(hash(code));
    for (; first != last; ++first) {
      if (first->second.set == set && first->second.code == code) return first->second.prepared->kernel();
    }
    auto prepared = std::make_unique<interpreted>(code, set);
    const kernel made = prepared->kernel();
    interpreted_.emplace(hash(code), interpreted_entry{code, set, std::move(prepared)});
    return made;
  }

  std::mutex mutex_;
  std::unordered_multimap<std::size_t, compiled_entry> compiled_;
  std::unordered_multimap<std::size_t, interpreted_entry> interpreted_;
  cache_statistics statistics_;
};

/// Never destroyed: kernels may run while static objects die.
cache& the_cache() {
  static cache& made = *new cache;
  return made;
}

}  // namespace

made_kernel compiled_kernel(const program& code, const jit::target& for_what) { return the_cache().compiled(code, for_what); }
kernel interpreted_kernel(const program& code, isa set) { return the_cache().interpret(code, set); }
cache_statistics kernel_statistics() { return the_cache().statistics(); }

}  // namespace onepass
