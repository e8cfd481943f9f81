// The checks of expressions as they are built, and their messages: the slow half of headers that must stay fast.
#include <onepass/core/error.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/expression/node.hpp>
#include <onepass/run/assign.hpp>
#include <onepass/run/environment.hpp>

#include <algorithm>
#include <cstdio>

namespace onepass::detail {

namespace {

/// The compiler does not know that a conversion depends on the environment: it has to happen between the two lines.
template <class To, class From>
To converted_in_environment(From number) noexcept {
  const environment_scope environment;
  asm volatile("" : "+m"(number));
  To result = static_cast<To>(number);
  asm volatile("" : "+m"(result));
  return result;
}

}  // namespace

float rounded_to_float(double number) noexcept { return converted_in_environment<float>(number); }
float rounded_to_float(std::int64_t number) noexcept { return converted_in_environment<float>(number); }
double widened(float number) noexcept { return converted_in_environment<double>(number); }

void throw_does_not_fit(double number, dtype type, std::string_view operation) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", number);
  throw value_error(std::string(operation) + ": the number " + text + " does not fit " + std::string(name(type)));
}

namespace {

/// Runs a check; if it throws, the leaves are released.
template <class Check>
void or_release(const leaf_place* places, std::size_t leaves, Check&& check) {
  try {
    check();
  } catch (...) {
    for (std::size_t i = 0; i < leaves; ++i) release_leaf(places[i]);
    throw;
  }
}

}  // namespace

void check_shape(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t count) {
  or_release(places, count, [&] { shape_at(places); });
}

void check_arguments(const char* operation, const std::uint16_t* counts, std::size_t arguments, const leaf_place* places) {
  std::size_t count = 0;
  for (std::size_t k = 0; k < arguments; ++k) count += counts[k];
  or_release(places, count, [&] {
    extents joined = onepass::joined_shape(places, counts[0]);
    for (std::size_t k = 1, first = counts[0]; k < arguments; first += counts[k++]) {
      joined = broadcast(joined, onepass::joined_shape(places + first, counts[k]), operation);
    }
  });
}

axis_set axes_of(const extents& shape, const axes& along, std::string_view operation) {
  const int rank = shape.rank();
  if (along.is_all()) return axis_set::all();
  unsigned bits = 0;
  const auto fail = [&](const std::string& what) {
    throw shape_error(std::string(operation) + ": " + what + " for shape " + to_string(shape));
  };
  if (along.count() > axes::most) fail(std::to_string(along.count()) + " axes");
  for (int i = 0; i < along.count(); ++i) {
    const int axis = along[i], from_last = axis < 0 ? -1 - axis : rank - 1 - axis;
    if (axis < -rank || axis >= rank) {
      throw shape_error(std::string(operation) + ": axis " + std::to_string(axis) + " does not exist in shape " + to_string(shape));
    }
    if ((bits >> from_last & 1) != 0) fail("axis " + std::to_string(axis) + " is named twice");
    bits |= 1u << from_last;
  }
  return axis_set(static_cast<std::uint16_t>(bits));
}

void check_not_empty(const extents& shape, axis_set over, std::string_view operation) {
  bool empty = false;
  for (int d = 0; d < shape.rank(); ++d) empty |= over.holds(d, shape.rank()) && shape[d] == 0;
  // Without rows there is nothing to have a value.
  if (empty && reduced_shape(shape, over, false).size() != 0) {
    throw shape_error(std::string(operation) + ": no elements in shape " + to_string(shape) + ", and the reduction has no value for none");
  }
}

axis_set checked_axes(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t count, const axes_rules& rules,
                      const axes& along) {
  axis_set over = axis_set::all();
  or_release(places, count, [&] {
    const extents shape = shape_at(places);
    if (!rules.to_number) over = axes_of(shape, along, rules.name);
    if (!rules.empty_allowed) check_not_empty(shape, over, rules.name);
  });
  return over;
}

extents reduced_shape(const extents& shape, axis_set over, bool keepdims) {
  std::int64_t lengths[max_rank];
  int rank = 0;
  for (int d = 0; d < shape.rank(); ++d) {
    const bool joined = over.holds(d, shape.rank());
    if (!joined || keepdims) lengths[rank++] = joined ? 1 : shape[d];
  }
  // Without the length 0 the others may multiply to more than can be counted.
  return shape.size() == 0 ? extents(lengths, rank) : extents::known(lengths, rank);
}

}  // namespace onepass::detail

namespace onepass {

namespace {
bool is_block(leaf_place place) { return !is_packed(place) && (place & 2) != 0; }
block* block_of(leaf_place place) { return reinterpret_cast<block*>(place & ~leaf_place{2}); }
}  // namespace

extents shape_of(leaf_place place) {
  if (is_packed(place)) return unpack_shape(place);
  return is_block(place) ? block_of(place)->shape() : view_layout::record(place)->layout.shape;
}

source describe_leaf(const void* data, dtype type, leaf_place place) {
  if (is_packed(place)) return {data, type, layout(unpack_shape(place)), nullptr};
  if (is_block(place)) return {data, type, layout(block_of(place)->shape()), block_of(place)};
  const view_record& record = *view_layout::record(place);
  return {data, type, record.layout, record.owner.get()};
}

extents joined_shape(const leaf_place* places, std::size_t count) {
  if (count == 1) return shape_of(*places);
  std::int64_t lengths[max_rank];  // the last `rank` of them
  int rank = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const extents shape = shape_of(places[k]);
    while (rank < shape.rank()) lengths[max_rank - ++rank] = 1;
    const int first = max_rank - shape.rank();
    for (int d = 0; d < shape.rank(); ++d) {
      if (shape[d] != 1) lengths[first + d] = shape[d];
    }
  }
  return extents::known(lengths + max_rank - rank, rank);
}

std::int64_t references_in(const leaf_place* places, std::size_t count, const block* held) noexcept {
  if (held == nullptr) return 0;
  return std::count_if(places, places + count, [&](leaf_place place) {
    if (is_packed(place)) return false;  // also the axes of a fold
    if (is_block(place)) return block_of(place) == held;
    const view_record& record = *view_layout::record(place);
    return record.references.value() == 1 && record.owner.get() == held;
  });
}

void release_leaf(leaf_place place) noexcept {
  if (is_packed(place)) return;
  if (is_block(place)) {
    block_reference::release(block_of(place));
  } else {
    view_layout::release(place);
  }
}

void require_shape(const extents& result, const extents& destination) {
  if (result == destination) return;
  throw shape_error("a result of shape " + to_string(result) + " does not fit a destination of shape " + to_string(destination));
}

}  // namespace onepass
