// Overlap of memory.
#include "overlap.hpp"

#include <algorithm>
#include <cstdlib>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

struct range {
  const std::byte* first;
  const std::byte* end;
};

range range_of(const void* data, dtype type, const layout& where) {
  const auto* const base = static_cast<const std::byte*>(data);
  if (data == nullptr || where.shape.size() == 0) return {base, base};
  std::int64_t lowest, highest;
  where.bounds(lowest, highest);
  const auto size = static_cast<std::int64_t>(size_of(type));
  return {base + lowest * size, base + (highest + 1) * size};
}

bool overlap(const range& a, const range& b) { return a.first < b.end && b.first < a.end; }

/// The memory that a destination's elements have before the evaluation; empty if they have none yet.
range range_of(const destination& to) {
  switch (to.kind) {
    case destination::place::memory:
      return range_of(to.data, to.type, to.where);
    case destination::place::array:
      if (*to.held) return range_of((*to.held)->data, (*to.held)->type, layout((*to.held)->shape()));
      break;
    case destination::place::number:
      break;
  }
  return {nullptr, nullptr};
}

bool same_elements(const destination& to, const layout& where, const void* data, const source& from) {
  return from.data == data && from.type == to.type && from.where.shape == where.shape && from.where.strides == where.strides;
}

/// Positions of a layout are apart if each dimension steps over all that faster ones can reach.
bool positions_are_apart(const layout& where) {
  std::int64_t strides[max_rank], lengths[max_rank];
  int loops = 0;
  for (int d = 0; d < where.shape.rank(); ++d) {
    if (where.shape[d] <= 1) continue;
    int at = loops++;
    const std::int64_t stride = std::abs(where.strides[d]);
    for (; at > 0 && strides[at - 1] > stride; --at) {
      strides[at] = strides[at - 1];
      lengths[at] = lengths[at - 1];
    }
    strides[at] = stride;
    lengths[at] = where.shape[d];
  }
  std::int64_t reach = 0;
  for (int d = 0; d < loops; ++d) {
    if (strides[d] <= reach) return false;
    reach += (lengths[d] - 1) * strides[d];
  }
  return true;
}

}  // namespace

bool may_write_directly(const request& what, std::size_t k, std::size_t passes) {
  const destination& to = what.destinations[k];
  layout where = to.where;
  const void* data = to.data;
  if (to.kind == destination::place::number) return true;
  if (to.kind == destination::place::array) {
    const block* const held = to.held->get();
    if (held == nullptr || held->type != to.type || !(held->shape() == to.where.shape)) return false;
    if (held->references.value() != to.own_references) return false;
    where = layout(to.where.shape);
    data = held->data;
  }
  const range mine = range_of(data, to.type, where);
  for (std::size_t i = 0; i < what.source_count; ++i) {
    const source& from = what.sources[i];
    if (!overlap(mine, range_of(from.data, from.type, from.where))) continue;
    if (!same_elements(to, where, data, from) || what.destination_count > 1 || passes > 1) return false;
  }
  return true;
}

void check_positions(const destination& to) {
  if (to.kind != destination::place::memory || to.where.shape.size() == 0 || positions_are_apart(to.where)) return;
  throw value_error("a destination of shape " + to_string(to.where.shape) + " with strides " + to_string(to.where.strides) +
                    ", whose positions share memory, cannot be written");
}

void check_destinations(const request& what) {
  for (std::size_t k = 0; k < what.destination_count; ++k) {
    const destination& mine = what.destinations[k];
    check_positions(mine);
    for (std::size_t j = 0; j < k; ++j) {
      const destination& other = what.destinations[j];
      const bool same = (mine.object != nullptr && mine.object == other.object) || (mine.held != nullptr && mine.held == other.held);
      // Two arrays may share elements: each gets its own. A view writes where it is told.
      const bool any_memory = mine.kind == destination::place::memory || other.kind == destination::place::memory;
      if (same || (any_memory && overlap(range_of(mine), range_of(other)))) {
        throw value_error("destinations " + std::to_string(j) + " and " + std::to_string(k) + " share memory");
      }
    }
  }
}

}  // namespace onepass
