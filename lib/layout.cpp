// Shapes, layouts and what selects parts of them. Every number here may come from hostile input: it is checked before
// it is used, and sums and products are checked for overflow.
#include <onepass/array/layout.hpp>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

std::string bracketed(const dimensions& numbers) {
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
dimensions counted(const Length* lengths, std::size_t rank) {
  if (rank > max_rank) {
    throw shape_error("a shape of " + std::to_string(rank) + " dimensions; at most " + std::to_string(max_rank) + " are supported");
  }
  std::int64_t values[max_rank];
  for (std::size_t d = 0; d < rank; ++d) values[d] = lengths[d];
  return dimensions(values, static_cast<int>(rank));
}

template <class Length>
dimensions checked(const Length* lengths, std::size_t rank) {
  const dimensions made = counted(lengths, rank);
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

integer_list::integer_list(std::initializer_list<extent> values) : dimensions(counted(values.begin(), values.size())) {}

std::string to_string(const dimensions& shape) { return bracketed(shape); }

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
  const bool empty = of.size() == 0;  // then the other lengths may multiply to more than can be counted
  std::int64_t next = 1;
  for (int d = of.rank(); d-- > 0;) {
    row_major[d] = next;
    if (!empty) next *= of[d];
  }
  strides = dimensions(row_major, of.rank());
}

bool layout::is_contiguous() const noexcept {
  if (shape.size() == 0) return true;
  std::int64_t expected = 1;
  for (int d = shape.rank(); d-- > 0;) {
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

[[noreturn]] void fail_count(const layout& where, std::size_t count) {
  throw shape_error(std::to_string(count) + " indices for shape " + to_string(where.shape));
}

}  // namespace

std::int64_t offset_of(const layout& where, const std::int64_t* position, int count) {
  if (count != where.shape.rank()) fail_count(where, static_cast<std::size_t>(count));
  // All positions first: one that exists in every dimension reaches no further than the elements do.
  std::int64_t inside[max_rank];
  for (int d = 0; d < count; ++d) inside[d] = position_in(where, d, position[d]);
  std::int64_t offset = 0;
  for (int d = 0; d < count; ++d) offset += inside[d] * where.strides[d];
  return offset;
}

namespace {

/// Start and number of the positions that a range selects.
struct run {
  std::int64_t start, count;
};

std::string text_of(const slice& range) {
  const auto bound = [](const slice_bound& at) { return at.is_open() ? std::string() : std::to_string(at.position()); };
  return bound(range.start) + ":" + bound(range.stop) + ":" + std::to_string(range.step);
}

/// How many steps of a length fit into a span.
std::int64_t steps_in(std::int64_t span, std::int64_t step) {
  if (span <= 0) return 0;
  const std::uint64_t distance = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(span) - 1) / distance + 1);
}

run range_in(const layout& where, int dimension, const slice& range) {
  if (range.step == 0) throw value_error("a slice with a step of 0");
  const std::int64_t length = where.shape[dimension];
  const bool forward = range.step > 0;
  const auto resolved = [&](const slice_bound& at, std::int64_t if_open) {
    if (at.is_open()) return if_open;
    const std::int64_t position = at.position() < 0 ? at.position() + length : at.position();
    if (position < (forward ? 0 : -1) || position > length) {
      throw shape_error("slice " + text_of(range) + " is outside dimension " + std::to_string(dimension) + " of shape " + to_string(where.shape));
    }
    return position;
  };
  const std::int64_t start = resolved(range.start, forward ? 0 : length - 1);
  const std::int64_t stop = resolved(range.stop, forward ? length : -1);
  const std::int64_t count = steps_in(forward ? stop - start : start - stop, range.step);
  if (count > 0) position_in(where, dimension, start);
  return {start, count};
}

/// A layout that grows dimension by dimension, and the offset of its first element.
class layout_builder {
 public:
  void add(std::int64_t length, std::int64_t stride) {
    if (rank_ == max_rank) throw shape_error("a view of more than " + std::to_string(max_rank) + " dimensions");
    lengths_[rank_] = length;
    strides_[rank_++] = length > 1 ? stride : 0;
  }
  /// The shape is checked: it may be larger than what it shows.
  layout finish() const { return layout(extents(lengths_, rank_), dimensions(strides_, rank_)); }

 private:
  std::int64_t lengths_[max_rank], strides_[max_rank];
  int rank_ = 0;
};

}  // namespace

part select(const layout& whole, const slice* indices, std::size_t count) {
  std::size_t named = 0, ellipses = 0;
  for (std::size_t i = 0; i < count; ++i) {
    named += indices[i].what == slice::kind::range || indices[i].what == slice::kind::position;
    ellipses += indices[i].what == slice::kind::remaining;
  }
  const auto rank = static_cast<std::size_t>(whole.shape.rank());
  if (named > rank) fail_count(whole, named);
  if (ellipses > 1) throw value_error("an index with several ellipses");
  layout_builder made;
  std::int64_t starts[max_rank] = {};
  int d = 0;
  const auto keep = [&](std::size_t dimensions) {
    for (; dimensions > 0; --dimensions, ++d) made.add(whole.shape[d], whole.strides[d]);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const slice& at = indices[i];
    if (at.what == slice::kind::new_dimension) {
      made.add(1, 0);
    } else if (at.what == slice::kind::remaining) {
      keep(rank - named);
    } else if (at.what == slice::kind::position) {
      starts[d] = position_in(whole, d, at.start.position());
      ++d;
    } else {
      const run chosen = range_in(whole, d, at);
      starts[d] = chosen.start;
      made.add(chosen.count, chosen.count > 1 ? whole.strides[d] * at.step : 0);
      ++d;
    }
  }
  keep(rank - static_cast<std::size_t>(d));
  part result(made.finish());
  // Without elements there is nothing that strides could mean, nor an address.
  if (result.where.shape.size() == 0) return layout(result.where.shape);
  for (int k = 0; k < whole.shape.rank(); ++k) result.offset += starts[k] * whole.strides[k];
  return result;
}

}  // namespace onepass
