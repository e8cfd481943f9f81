// The lengths of an array's dimensions, first dimension first; and their exact packing into one word.
//
// Most shapes fit 64 bits: a word holds rank and lengths of any shape of rank at most four whose lengths are not huge.
// Two such shapes are equal exactly if their words are, so a call on arrays of equal shape compares one word each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include <onepass/core/config.hpp>

namespace onepass {

/// The largest number of dimensions.
inline constexpr int max_rank = 16;

/// One length; any integer converts.
class extent {
 public:
  template <class I>
    requires std::is_integral_v<I>
  constexpr extent(I length) : length_(static_cast<std::int64_t>(length)) {}
  constexpr operator std::int64_t() const { return length_; }

 private:
  std::int64_t length_;
};

/// One number for each dimension, first dimension first. Copies as many as there are: they are few, and every
/// evaluation copies them often.
class dimensions {
 public:
  dimensions() = default;
  /// Precondition: 0 <= rank <= max_rank.
  dimensions(const std::int64_t* values, int rank) noexcept { copy(values, rank); }
  dimensions(const dimensions& other) noexcept { copy(other.values_, other.rank_); }
  dimensions& operator=(const dimensions& other) noexcept {
    copy(other.values_, other.rank_);
    return *this;
  }

  int rank() const noexcept { return rank_; }
  std::int64_t operator[](int dimension) const noexcept { return values_[dimension]; }
  const std::int64_t* begin() const noexcept { return values_; }
  const std::int64_t* end() const noexcept { return values_ + rank_; }

  friend bool operator==(const dimensions& a, const dimensions& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int d = 0; d < a.rank_; ++d) {
      if (a.values_[d] != b.values_[d]) return false;
    }
    return true;
  }

 private:
  void copy(const std::int64_t* values, int rank) noexcept {
    rank_ = rank;
    for (int d = 0; d < rank; ++d) {
      values_[d] = values[d];
      asm("" : "+r"(d));  // one by one: wide loads of numbers that were stored one by one would wait for them
    }
  }

  int rank_ = 0;
  std::int64_t values_[max_rank];  ///< the first rank_ of them
};

/// A shape. `extents{2, 3}` is two rows of three; `extents{}` is a single element without dimensions.
/// Throws shape_error if a length is negative, the rank exceeds max_rank, or the number of elements overflows.
class extents : public dimensions {
 public:
  extents() = default;
  extents(std::initializer_list<extent> lengths);
  extents(const std::int64_t* lengths, int rank);

  /// The shape of something that exists: nothing about it has to be checked.
  static extents known(const std::int64_t* lengths, int rank) noexcept {
    extents made;
    static_cast<dimensions&>(made) = dimensions(lengths, rank);
    return made;
  }

  /// Number of elements.
  std::size_t size() const noexcept {
    std::size_t elements = 1;
    for (const std::int64_t length : *this) elements *= static_cast<std::size_t>(length);
    return elements;
  }
};

/// A few integers that are no shape yet: lengths of which one is -1, axes. Throws shape_error for more than max_rank.
class integer_list : public dimensions {
 public:
  integer_list(std::initializer_list<extent> values);
  integer_list(const dimensions& values) noexcept : dimensions(values) {}
};

/// "(2, 3)", and "(3,)" for one dimension, as NumPy writes it.
std::string to_string(const dimensions& shape);

/// The shape that both broadcast to, by NumPy's rules: aligned at the last dimension, a length of 1 stretches.
/// Throws shape_error naming `what` and both shapes.
extents broadcast(const extents& a, const extents& b, const char* what);

/// A shape in 64 bits: bit 0 is set, bits 1 to 3 hold the rank, the rest is shared evenly by the lengths.
using shape_word = std::uint64_t;

/// The word of a single element without dimensions.
inline constexpr shape_word scalar_word = 1;

/// False for what is no word: 0, or anything even.
constexpr bool is_packed(shape_word word) noexcept { return (word & 1) != 0; }

constexpr int word_rank(shape_word word) noexcept { return static_cast<int>(word >> 1 & 7); }

/// The word of a shape, or 0 if it does not fit.
constexpr shape_word pack_shape(const std::int64_t* lengths, int rank) noexcept {
  if (rank > 4) return 0;
  if (rank == 0) return scalar_word;
  const int width = 60 / rank;
  shape_word word = 1 | static_cast<shape_word>(rank) << 1;
  for (int d = 0; d < rank; ++d) {
    if (lengths[d] >> width != 0) return 0;
    word |= static_cast<shape_word>(lengths[d]) << (4 + d * width);
  }
  return word;
}

namespace detail {
std::size_t word_size_of_rank(shape_word word) noexcept;
}

/// Number of elements of a shape given by its word.
ONEPASS_INLINE std::size_t word_size(shape_word word) noexcept {
  return __builtin_expect(word_rank(word) == 1, 1) ? word >> 4 : detail::word_size_of_rank(word);
}

/// The shape given by its word.
extents unpack_shape(shape_word word);

}  // namespace onepass
