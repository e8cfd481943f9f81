// The pieces of each thread, in the order of nesting.
#include "workspace.hpp"

#include <memory>
#include <new>
#include <vector>

namespace onepass {

namespace {

constexpr std::align_val_t alignment{64};
/// Larger pieces go back when they are no longer used.
constexpr std::size_t kept_bytes = 4 << 20;

struct piece {
  std::byte* data = nullptr;
  std::size_t bytes = 0;

  void resize(std::size_t wanted) {
    clear();
    data = static_cast<std::byte*>(::operator new(wanted, alignment));
    bytes = wanted;
  }
  void clear() noexcept {
    if (data != nullptr) ::operator delete(data, alignment);
    data = nullptr;
    bytes = 0;
  }
};

struct pieces {
  std::vector<piece> kept;
  std::size_t leased = 0;

  ~pieces() {
    for (piece& p : kept) p.clear();
  }
};

thread_local pieces of_thread;

}  // namespace

workspace::workspace(std::size_t bytes) : data_(nullptr), slot_(of_thread.leased) {
  if (of_thread.kept.size() <= slot_) of_thread.kept.resize(slot_ + 1);
  piece& mine = of_thread.kept[slot_];
  if (mine.bytes < bytes) mine.resize(bytes);
  data_ = mine.data;
  ++of_thread.leased;
}

workspace::~workspace() {
  --of_thread.leased;
  piece& mine = of_thread.kept[slot_];
  if (mine.bytes > kept_bytes) mine.clear();
}

}  // namespace onepass
