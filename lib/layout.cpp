// Shapes, layouts and what selects parts of them. Every number here may come from hostile input: it is checked before
// it is used, and sums and products are checked for overflow.
#include <onepass/array/layout.hpp>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

template <class Numbers>
std::string bracketed(const Numbers& numbers) {
  std::string text = "(";
  bool first = true;
  for (const std::int64_t number : numbers) {
    if (!first) text += ", ";
    text += std::to_string(number);
    first = false;
  }
  return text + (numbers.rank() == 1 ? ",)" : ")");
}

template <class Length>
dimensions checked(const Length* lengths, std::size_t rank) {
  if (rank > max_rank) {
    throw shape_error("a shape of " + std::to_string(rank) + " dimensions; at most " + std::to_string(max_rank) + " are supported");
  }
  std::int64_t values[max_rank];
  for (std::size_t d = 0; d < rank; ++d) values[d] = lengths[d];
  const dimensions made(values, static_cast<int>(rank));
  std::int64_t elements = 1;
  bool empty = false;
  for (const std::int64_t length : made) {
    if (length < 0) throw shape_error("shape " + bracketed(made) + " has a negative length");
    empty |= length == 0;
  }
  for (const std::int64_t length : made) {
    if (!empty && __builtin_mul_overflow(elements, length, &elements)) {
      throw shape_error("shape " + bracketed(made) + " has more elements than can be counted");
    }
  }
  return made;
}

}  // namespace

extents::extents(std::initializer_list<extent> lengths) : dimensions(checked(lengths.begin(), lengths.size())) {}
extents::extents(const std::int64_t* lengths, int rank) : dimensions(checked(lengths, static_cast<std::size_t>(rank))) {}

std::string to_string(const extents& shape) { return bracketed(shape); }

extents broadcast(const extents& a, const extents& b, const char* what) {
  const extents& longer = a.rank() >= b.rank() ? a : b;
  const extents& shorter = a.rank() >= b.rank() ? b : a;
  std::int64_t lengths[max_rank];
  bool stretched = false;
  for (int d = 0; d < longer.rank(); ++d) {
    const int e = d - (longer.rank() - shorter.rank());
    const std::int64_t mine = longer[d];
    const std::int64_t other = e < 0 ? 1 : shorter[e];
    if (mine != other && mine != 1 && other != 1) {
      throw shape_error(std::string(what) + ": shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast");
    }
    lengths[d] = mine == 1 ? other : mine;
    stretched |= mine != lengths[d];
  }
  return stretched ? extents(lengths, longer.rank()) : longer;
}

std::size_t detail::word_size_of_rank(shape_word word) noexcept {
  const int rank = word_rank(word);
  const int width = rank == 0 ? 60 : 60 / rank;
  std::size_t size = 1;
  word >>= 4;
  for (int d = 0; d < rank; ++d) {
    size *= word & ((shape_word{1} << width) - 1);
    word >>= width;
  }
  return size;
}

extents unpack_shape(shape_word word) {
  const int rank = word_rank(word);
  std::int64_t lengths[max_rank];
  const int width = rank == 0 ? 60 : 60 / rank;
  for (int d = 0; d < rank; ++d) lengths[d] = static_cast<std::int64_t>(word >> (4 + d * width) & ((shape_word{1} << width) - 1));
  return extents::known(lengths, rank);
}

layout::layout(const extents& of) noexcept : shape(of) {
  std::int64_t row_major[max_rank];
  std::int64_t next = 1;
  for (int d = of.rank(); d-- > 0;) {
    row_major[d] = next;
    if (__builtin_mul_overflow(next, of[d], &next)) next = 0;  // a shape without elements: any stride will do
  }
  strides = dimensions(row_major, of.rank());
}

bool layout::is_contiguous() const noexcept {
  std::int64_t expected = 1;
  for (int d = shape.rank(); d-- > 0;) {
    if (shape[d] == 0) return true;
    if (shape[d] != 1 && strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

layout layout::broadcast_to(const extents& to) const noexcept {
  std::int64_t stretched[max_rank];
  for (int d = 0; d < to.rank(); ++d) {
    const int e = d - (to.rank() - shape.rank());
    stretched[d] = e < 0 || shape[e] == 1 ? 0 : strides[e];
  }
  return layout(to, dimensions(stretched, to.rank()));
}

void layout::bounds(std::int64_t& lowest, std::int64_t& highest) const noexcept {
  lowest = highest = 0;
  for (int d = 0; d < shape.rank(); ++d) {
    const std::int64_t reach = (shape[d] - 1) * strides[d];
    (reach < 0 ? lowest : highest) += reach;
  }
}

namespace {

std::int64_t position_in(const layout& where, int dimension, std::int64_t position) {
  const std::int64_t length = where.shape[dimension];
  const std::int64_t counted = position < 0 ? position + length : position;
  if (counted < 0 || counted >= length) {
    throw shape_error("position " + std::to_string(position) + " is outside dimension " + std::to_string(dimension) + " of shape " +
                      to_string(where.shape));
  }
  return counted;
}

/// Start and number of the positions that a range selects.
struct run {
  std::int64_t start, count;
};

run range_in(const layout& where, int dimension, const slice& range) {
  const std::int64_t length = where.shape[dimension];
  if (range.step == 0) throw value_error("a slice with a step of 0");
  const auto step = static_cast<std::uint64_t>(range.step);
  const std::uint64_t distance = range.step > 0 ? step : 0 - step;
  const auto positions = [distance](std::int64_t span) {
    return span <= 0 ? 0 : static_cast<std::int64_t>((static_cast<std::uint64_t>(span) - 1) / distance + 1);
  };
  if (!range.has_start) return {range.step > 0 ? 0 : length - 1, positions(length)};
  const auto bound = [&](std::int64_t at) {
    const std::int64_t counted = at < 0 ? at + length : at;
    if (counted < (range.step > 0 ? 0 : -1) || counted > length) {
      throw shape_error("slice " + std::to_string(range.start) + ":" + std::to_string(range.stop) + ":" + std::to_string(range.step) +
                        " is outside dimension " + std::to_string(dimension) + " of shape " + to_string(where.shape));
    }
    return counted;
  };
  const std::int64_t start = bound(range.start);
  const std::int64_t stop = bound(range.stop);
  const std::int64_t count = positions(range.step > 0 ? stop - start : start - stop);
  if (count > 0) position_in(where, dimension, start);
  return {start, count};
}

[[noreturn]] void fail_count(const layout& where, int count) {
  throw shape_error(std::to_string(count) + " indices for shape " + to_string(where.shape));
}

}  // namespace

std::int64_t offset_of(const layout& where, const std::int64_t* position, int count) {
  if (count != where.shape.rank()) fail_count(where, count);
  std::int64_t offset = 0;
  for (int d = 0; d < count; ++d) offset += position_in(where, d, position[d]) * where.strides[d];
  return offset;
}

layout select(const layout& whole, const slice* slices, int count, std::int64_t& offset) {
  if (count > whole.shape.rank()) fail_count(whole, count);
  std::int64_t lengths[max_rank], strides[max_rank];
  int rank = 0;
  offset = 0;
  for (int d = 0; d < whole.shape.rank(); ++d) {
    const slice& range = d < count ? slices[d] : all;
    if (range.is_index) {
      offset += position_in(whole, d, range.start) * whole.strides[d];
      continue;
    }
    const run chosen = range_in(whole, d, range);
    if (chosen.count > 0) offset += chosen.start * whole.strides[d];
    lengths[rank] = chosen.count;
    strides[rank] = chosen.count > 1 ? whole.strides[d] * range.step : whole.strides[d];
    ++rank;
  }
  return layout(extents(lengths, rank), dimensions(strides, rank));
}

layout permute(const layout& whole, const int* axes, int count) {
  if (count != whole.shape.rank()) fail_count(whole, count);
  std::int64_t lengths[max_rank], strides[max_rank];
  bool seen[max_rank] = {};
  for (int d = 0; d < count; ++d) {
    const int axis = axes[d];
    if (axis < 0 || axis >= count || seen[axis]) throw shape_error("axes that are no permutation for shape " + to_string(whole.shape));
    seen[axis] = true;
    lengths[d] = whole.shape[axis];
    strides[d] = whole.strides[axis];
  }
  return layout(extents(lengths, count), dimensions(strides, count));
}

layout transpose(const layout& whole) noexcept {
  int axes[max_rank];
  const int rank = whole.shape.rank();
  for (int d = 0; d < rank; ++d) axes[d] = rank - 1 - d;
  return permute(whole, axes, rank);
}

}  // namespace onepass
