// Layouts made from layouts: what transposes, reshapes, stretches, turns and slides. Nothing here touches an element.
//
// Strides of dimensions that step over something are within what can be addressed, but those of single positions and of
// layouts without elements may be anything: they are never multiplied or negated.
#include <onepass/array/layout.hpp>

#include <algorithm>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

/// The number of a dimension among `rank`, from the first.
int number_in(dimension axis, int rank, const char* what, const extents& shape) {
  const std::int64_t number = axis.number() < 0 ? axis.number() + rank : axis.number();
  if (number < 0 || number >= rank) {
    throw shape_error(std::string(what) + ": axis " + std::to_string(axis.number()) + " does not exist in shape " + to_string(shape));
  }
  return static_cast<int>(number);
}

/// Lengths and strides that are still being changed.
struct loops {
  std::int64_t lengths[max_rank], strides[max_rank];
  int rank = 0;

  loops() = default;
  explicit loops(const layout& from) : rank(from.shape.rank()) {
    std::copy(from.shape.begin(), from.shape.end(), lengths);
    std::copy(from.strides.begin(), from.strides.end(), strides);
  }
  void append(std::int64_t length, std::int64_t stride) {
    lengths[rank] = length;
    strides[rank++] = stride;
  }
  void insert(int at, std::int64_t length, std::int64_t stride) {
    std::copy_backward(lengths + at, lengths + rank, lengths + rank + 1);
    std::copy_backward(strides + at, strides + rank, strides + rank + 1);
    lengths[at] = length;
    strides[at] = stride;
    ++rank;
  }
  void erase(int at) {
    std::copy(lengths + at + 1, lengths + rank, lengths + at);
    std::copy(strides + at + 1, strides + rank, strides + at);
    --rank;
  }
  layout finish() const { return layout(extents(lengths, rank), dimensions(strides, rank)); }
};

void check_room(const layout& whole, const char* what) {
  if (whole.shape.rank() < max_rank) return;
  throw shape_error(std::string(what) + ": shape " + to_string(whole.shape) + " has no room for another dimension; at most " +
                    std::to_string(max_rank) + " are supported");
}

}  // namespace

layout permute(const layout& whole, const integer_list& axes) {
  const extents& shape = whole.shape;
  const auto fail = [&] { throw shape_error("axes " + to_string(axes) + " are no permutation of those of shape " + to_string(shape)); };
  if (axes.rank() != shape.rank()) fail();
  loops made;
  bool seen[max_rank] = {};
  for (const std::int64_t axis : axes) {
    const std::int64_t d = axis < 0 ? axis + shape.rank() : axis;
    if (d < 0 || d >= shape.rank() || seen[d]) fail();
    seen[d] = true;
    made.append(shape[static_cast<int>(d)], whole.strides[static_cast<int>(d)]);
  }
  return made.finish();
}

layout transpose(const layout& whole) noexcept {
  loops turned(whole);
  std::reverse(turned.lengths, turned.lengths + turned.rank);
  std::reverse(turned.strides, turned.strides + turned.rank);
  return layout(extents::known(turned.lengths, turned.rank), dimensions(turned.strides, turned.rank));
}

layout swap_axes(const layout& whole, dimension one, dimension other) {
  loops made(whole);
  const int a = number_in(one, made.rank, "swap_axes", whole.shape), b = number_in(other, made.rank, "swap_axes", whole.shape);
  std::swap(made.lengths[a], made.lengths[b]);
  std::swap(made.strides[a], made.strides[b]);
  return made.finish();
}

namespace {

/// A shape in which a length of -1 has been replaced by what is left for it.
extents completed(const integer_list& wanted, const extents& from) {
  const auto fail = [&] { throw shape_error("reshape: shape " + to_string(from) + " does not become " + to_string(wanted)); };
  std::int64_t lengths[max_rank];
  std::copy(wanted.begin(), wanted.end(), lengths);
  const auto missing = std::find(lengths, lengths + wanted.rank(), -1) - lengths;
  const bool is_missing = missing < wanted.rank();
  if (is_missing) lengths[missing] = 1;
  const extents others(lengths, wanted.rank());
  if (!is_missing) {
    if (others.size() != from.size()) fail();
    return others;
  }
  if (others.size() == 0 || from.size() % others.size() != 0) fail();
  lengths[missing] = static_cast<std::int64_t>(from.size() / others.size());
  return extents(lengths, wanted.rank());
}

/// Dimensions of length 1 left out, and neighbours that follow each other without a gap joined.
loops joined(const layout& from) {
  loops made;
  for (int d = 0; d < from.shape.rank(); ++d) {
    const std::int64_t length = from.shape[d], stride = from.strides[d];
    if (length == 1) continue;
    if (made.rank > 0 && made.strides[made.rank - 1] == length * stride) {
      made.lengths[made.rank - 1] *= length;
      made.strides[made.rank - 1] = stride;
    } else {
      made.append(length, stride);
    }
  }
  return made;
}

}  // namespace

layout reshape(const layout& whole, const integer_list& shape) {
  const extents to = completed(shape, whole.shape);
  if (to.size() == 0) return layout(to);
  const loops from = joined(whole);
  std::int64_t strides[max_rank];
  int k = from.rank - 1;
  std::int64_t left = k < 0 ? 1 : from.lengths[k], stride = k < 0 ? 0 : from.strides[k];  // of loop k, what is not yet divided up
  for (int d = to.rank(); d-- > 0;) {
    strides[d] = to[d] == 1 ? 0 : stride;
    if (to[d] == 1) continue;
    if (left == 1) {
      --k;
      left = from.lengths[k];
      strides[d] = stride = from.strides[k];
    }
    if (left % to[d] != 0) {
      throw shape_error("reshape: a view of shape " + to_string(whole.shape) + " with strides " + to_string(whole.strides) +
                        " needs its elements copied to become " + to_string(to) + "; evaluate() makes a copy that can be reshaped");
    }
    left /= to[d];
    stride = left == 1 ? 0 : stride * to[d];
  }
  return layout(to, dimensions(strides, to.rank()));
}

layout squeeze(const layout& whole) {
  loops made;
  for (int d = 0; d < whole.shape.rank(); ++d) {
    if (whole.shape[d] != 1) made.append(whole.shape[d], whole.strides[d]);
  }
  return made.finish();
}

layout squeeze(const layout& whole, dimension axis) {
  loops made(whole);
  const int d = number_in(axis, made.rank, "squeeze", whole.shape);
  if (made.lengths[d] != 1) throw shape_error("squeeze: axis " + std::to_string(d) + " of shape " + to_string(whole.shape) + " is not of length 1");
  made.erase(d);
  return made.finish();
}

layout expand_dims(const layout& whole, dimension axis) {
  check_room(whole, "expand_dims");
  loops made(whole);
  made.insert(number_in(axis, made.rank + 1, "expand_dims", whole.shape), 1, 0);
  return made.finish();
}

layout broadcast_to(const layout& whole, const extents& shape) {
  if (!(whole.shape.rank() <= shape.rank() && broadcast(whole.shape, shape, "broadcast_to") == shape)) {
    throw shape_error("broadcast_to: shape " + to_string(whole.shape) + " does not broadcast to " + to_string(shape));
  }
  return shape.size() == 0 ? layout(shape) : whole.broadcast_to(shape);
}

namespace {

void turn(part& turned, loops& made, int d) {
  if (made.lengths[d] <= 1) return;
  turned.offset += (made.lengths[d] - 1) * made.strides[d];
  made.strides[d] = -made.strides[d];
}

}  // namespace

part flip(const layout& whole) {
  part turned(whole);
  if (whole.shape.size() == 0) return turned;
  loops made(whole);
  for (int d = 0; d < made.rank; ++d) turn(turned, made, d);
  turned.where = made.finish();
  return turned;
}

part flip(const layout& whole, dimension axis) {
  part turned(whole);
  loops made(whole);
  const int d = number_in(axis, made.rank, "flip", whole.shape);
  if (whole.shape.size() == 0) return turned;
  turn(turned, made, d);
  turned.where = made.finish();
  return turned;
}

part diagonal(const layout& whole, std::int64_t offset, dimension first, dimension second) {
  loops made(whole);
  const int a = number_in(first, made.rank, "diagonal", whole.shape), b = number_in(second, made.rank, "diagonal", whole.shape);
  if (a == b) throw shape_error("diagonal: twice axis " + std::to_string(a) + " of shape " + to_string(whole.shape));
  const std::int64_t rows = made.lengths[a], columns = made.lengths[b], row = made.strides[a], column = made.strides[b];
  // Diagonals beyond a corner have no elements.
  const std::int64_t right = std::clamp<std::int64_t>(offset, 0, columns), down = std::clamp<std::int64_t>(offset, -rows, 0);
  const std::int64_t length = std::min(rows + down, columns - right);
  made.erase(std::max(a, b));
  made.erase(std::min(a, b));
  made.append(length, length > 1 ? row + column : 0);
  part result(made.finish());
  if (result.where.shape.size() == 0) return layout(result.where.shape);
  result.offset = (down == 0 ? 0 : -down * row) + (right == 0 ? 0 : right * column);
  return result;
}

layout sliding_window(const layout& whole, std::int64_t window, dimension axis) {
  check_room(whole, "sliding_window");
  loops made(whole);
  const int d = number_in(axis, made.rank, "sliding_window", whole.shape);
  if (window <= 0) throw value_error("sliding_window: a window of " + std::to_string(window) + " elements");
  if (window > made.lengths[d]) {
    throw shape_error("sliding_window: a window of " + std::to_string(window) + " elements does not fit axis " + std::to_string(d) + " of shape " +
                      to_string(whole.shape));
  }
  made.lengths[d] -= window - 1;
  made.append(window, made.strides[d]);
  layout slid = made.finish();
  return slid.shape.size() == 0 ? layout(slid.shape) : slid;
}

}  // namespace onepass
