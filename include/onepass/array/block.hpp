// The storage of an owned array: counted references, shape and elements in one allocation.
//
// A block's shape never changes, its elements only while one array alone holds it; that is what makes arrays values
// and expressions safe to keep. References are counted without locked instructions while the process has one thread.
#pragma once

#include <cstddef>
#include <cstdint>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ONEPASS_SINGLE_THREADED __libc_single_threaded
#else
#define ONEPASS_SINGLE_THREADED false
#endif

#include <onepass/array/extents.hpp>
#include <onepass/core/dtype.hpp>

namespace onepass {

/// A count of references that several threads may change.
class reference_count {
 public:
  ONEPASS_INLINE void increase() noexcept {
    if (ONEPASS_SINGLE_THREADED) {
      __atomic_store_n(&count_, count_ + 1, __ATOMIC_RELAXED);
    } else {
      __atomic_fetch_add(&count_, 1, __ATOMIC_RELAXED);
    }
  }
  /// True if this was the last reference.
  ONEPASS_INLINE bool decrease() noexcept {
    if (ONEPASS_SINGLE_THREADED) {
      const std::int64_t left = count_ - 1;
      __atomic_store_n(&count_, left, __ATOMIC_RELAXED);
      return left == 0;
    }
    return __atomic_fetch_sub(&count_, 1, __ATOMIC_ACQ_REL) == 1;
  }
  ONEPASS_INLINE std::int64_t value() const noexcept { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE); }

 private:
  std::int64_t count_ = 1;
};

/// The header in front of an array's elements.
struct block {
  reference_count references;
  shape_word word = 0;  ///< of `shape`, or 0 if it does not fit a word
  void* data = nullptr;
  std::size_t size = 0;  ///< elements
  void (*dispose)(block*) noexcept = nullptr;
  dtype type{};
  int rank = 0;
  std::int64_t lengths[max_rank] = {};

  extents shape() const { return extents::known(lengths, rank); }
};

/// One allocation for header and elements, the elements 64-byte aligned and not initialised. Throws shape_error if the
/// bytes overflow, std::bad_alloc if there is no memory.
block* allocate_block(dtype type, const extents& shape);

/// The same for a shape given by its word.
block* allocate_block(dtype type, shape_word word);

/// Sets the shape of a block that is being made around foreign elements.
void describe_block(block& made, dtype type, const extents& shape, void* data);

/// A counted reference to a block, or to none. Counting is a call: inline it would be most of the code of an
/// expression, and of the time to compile it.
class block_reference {
 public:
  ONEPASS_INLINE block_reference() noexcept : block_(nullptr) {}
  /// Takes over a reference that the caller owns.
  ONEPASS_INLINE explicit block_reference(block* owned) noexcept : block_(owned) {}
  ONEPASS_INLINE block_reference(const block_reference& other) noexcept : block_(retained(other.block_)) {}
  ONEPASS_INLINE block_reference(block_reference&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  ONEPASS_INLINE block_reference& operator=(block_reference other) noexcept {
    block* const old = block_;
    block_ = other.block_;
    other.block_ = old;
    return *this;
  }
  ONEPASS_INLINE ~block_reference() {
    if (block_ != nullptr) release(block_);
  }

  ONEPASS_INLINE block* get() const noexcept { return block_; }
  ONEPASS_INLINE block* operator->() const noexcept { return block_; }
  ONEPASS_INLINE explicit operator bool() const noexcept { return block_ != nullptr; }

  /// Gives the reference away, to be released or taken back by the caller.
  ONEPASS_INLINE block* let_go() noexcept {
    block* const held = block_;
    block_ = nullptr;
    return held;
  }
  /// Precondition: this refers to none.
  ONEPASS_INLINE void take_back(block* held) noexcept { block_ = held; }

  /// One more reference to a block, or to none.
  static block* retained(block* held) noexcept;
  /// One reference less; the last one ends the block.
  static void release(block* held) noexcept;

 private:
  block* block_;
};

/// One more reference to a block, or, for an array that never got one, to a block without elements.
block* retained_operand(block* held, dtype type) noexcept;

}  // namespace onepass
