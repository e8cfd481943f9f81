// Axes as the user names them: which dimensions a reduction joins, or which ones the rows of a row operation are along.
//
// Negative numbers count from the last axis, as in NumPy. Whether a shape has these axes is checked where it is known.
#pragma once

#include <initializer_list>

#include <onepass/ir/reduction.hpp>

namespace onepass {

/// One axis: axis{0} is the first, axis{-1} the last.
struct axis {
  int index;
};

/// Several axes: axes{0, 2}. One axis is a list of one.
class axes {
 public:
  constexpr axes() = default;
  constexpr axes(axis one) noexcept : count_(1), index_{one.index} {}
  constexpr axes(std::initializer_list<int> indices) noexcept {
    for (const int index : indices) {
      if (count_ < most) index_[count_] = index;
      ++count_;
    }
  }

  /// All axes, however many there are.
  static constexpr axes all() noexcept {
    axes made;
    made.count_ = -1;
    return made;
  }

  constexpr bool is_all() const noexcept { return count_ < 0; }
  /// How many were named; more than `most` are not kept, since no shape has them.
  constexpr int count() const noexcept { return count_; }
  constexpr int operator[](int i) const noexcept { return index_[i]; }
  static constexpr int most = axis_set::most;

 private:
  int count_ = 0;
  int index_[most] = {};
};

/// Says that reduced axes stay, with length 1.
struct keepdims_tag {};
inline constexpr keepdims_tag keepdims{};

/// What is left of a shape whose axes are joined.
enum class folded : std::uint8_t {
  no,            ///< all of it: nothing was joined
  to_number,     ///< nothing: all axes are joined
  without_axes,  ///< the other axes
  with_axes,     ///< the other axes, and those that were joined with length 1
};

}  // namespace onepass
