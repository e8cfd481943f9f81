// The checks of expressions as they are built, and their messages: the slow half of headers that must stay fast.
#include <onepass/core/error.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/expression/node.hpp>
#include <onepass/run/assign.hpp>
#include <onepass/run/environment.hpp>

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

void check_last_axis(const extents& shape, int along, std::string_view reduction) {
  const int rank = shape.rank();
  const std::string what(reduction);
  if (along < -rank || along >= rank) {
    throw shape_error(what + ": axis " + std::to_string(along) + " does not exist in shape " + to_string(shape));
  }
  if (along != -1 && along != rank - 1) {
    throw value_error(what + ": axis " + std::to_string(along) + " of shape " + to_string(shape) +
                      "; only the last axis can be reduced so far");
  }
}

void check_not_empty(const extents& shape, axes over, std::string_view reduction) {
  const bool empty = over == axes::all ? shape.size() == 0 : shape[shape.rank() - 1] == 0;
  // Without rows there is nothing to have a value.
  if (empty && (over == axes::all || reduced_shape(shape, over, false).size() != 0)) {
    throw shape_error(std::string(reduction) + ": no elements in shape " + to_string(shape) + ", and the reduction has no value for none");
  }
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

void check_shape(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t leaves) {
  or_release(places, leaves, [&] { shape_at(places); });
}

void check_fold(extents (*shape_at)(const leaf_place*), const leaf_place* places, std::size_t leaves, const fold_rules& rules) {
  or_release(places, leaves, [&] {
    const extents shape = shape_at(places);
    if (rules.over == axes::last) check_last_axis(shape, rules.along, rules.name);
    if (!rules.empty_allowed) check_not_empty(shape, rules.over, rules.name);
  });
}

extents reduced_shape(const extents& shape, axes over, bool keepdims) {
  if (over == axes::all) return {};
  std::int64_t lengths[max_rank];
  for (int d = 0; d < shape.rank(); ++d) lengths[d] = shape[d];
  const int last = shape.rank() - 1;
  lengths[last] = 1;
  const int rank = keepdims ? shape.rank() : last;
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
