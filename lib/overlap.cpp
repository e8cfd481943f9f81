// Overlap of memory, exactly: whether two layouts have a byte in common is a question about integers.
//
// Byte addresses of a layout are sums of multiples of its strides, each multiple between 0 and a length. Two layouts meet
// if some sum of the one is some sum of the other: if a bounded sum of all strides together reaches one number. The search
// goes from the longest stride to the shortest. What the shorter ones can still reach leaves one or two multiples to try,
// unless layouts are tangled; then it gives up and says that they meet, which costs a buffer and is never wrong.
#include "overlap.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include <onepass/core/error.hpp>

namespace onepass {

namespace {

/// Is there a sum of multiples, each from 0 to `most` times `step`, that is a certain number?
class bounded_sum {
 public:
  /// Precondition: step > 0.
  void add(std::int64_t step, std::int64_t most) {
    if (most <= 0) return;
    int at = 0;
    while (at < count_ && terms_[at].step > step) ++at;
    if (at < count_ && terms_[at].step == step) {
      terms_[at].most += most;
      return;
    }
    std::copy_backward(terms_ + at, terms_ + count_, terms_ + count_ + 1);
    terms_[at] = {step, most, 0, 0};
    ++count_;
  }

  bool reaches(std::int64_t number) {
    std::int64_t reach = 0, divisor = 0;
    for (int i = count_; i-- > 0;) {
      reach += terms_[i].step * terms_[i].most;
      divisor = std::gcd(divisor, terms_[i].step);
      terms_[i].reach = reach;
      terms_[i].divisor = divisor;
    }
    tries_ = 500;
    return reaches(0, number);
  }

 private:
  struct term {
    std::int64_t step, most;
    std::int64_t reach, divisor;  ///< of this and all shorter ones: the largest sum, and what divides every sum
  };

  bool reaches(int i, std::int64_t number) {
    if (number == 0) return true;
    if (i == count_ || number < 0 || number > terms_[i].reach || number % terms_[i].divisor != 0) return false;
    const std::int64_t rest = i + 1 < count_ ? terms_[i + 1].reach : 0;
    std::int64_t multiple = std::min(terms_[i].most, number / terms_[i].step);
    for (; multiple >= 0 && number - multiple * terms_[i].step <= rest; --multiple) {
      if (--tries_ < 0 || reaches(i + 1, number - multiple * terms_[i].step)) return true;
    }
    return false;
  }

  term terms_[2 * max_rank + 1];
  int count_ = 0;
  int tries_ = 0;
};

/// Elements in memory. Addresses are numbers here: those of borrowed layouts need not exist.
struct region {
  std::int64_t address = 0;
  std::int64_t size = 1;  ///< of an element
  layout where;

  bool is_empty() const { return address == 0 || where.shape.size() == 0; }
  /// The address of the first byte, and the one after the last. Precondition: not empty.
  std::pair<std::int64_t, std::int64_t> range() const {
    std::int64_t lowest, highest;
    where.bounds(lowest, highest);
    return {address + lowest * size, address + (highest + 1) * size};
  }
};

region region_of(const void* data, dtype type, const layout& where) {
  return {reinterpret_cast<std::intptr_t>(data), static_cast<std::int64_t>(size_of(type)), where};
}

region region_of(const source& from) { return region_of(from.data, from.type, from.where); }

/// The memory that a destination's elements have before the evaluation; empty if they have none yet.
region region_of(const destination& to) {
  switch (to.kind) {
    case destination::place::memory:
      return region_of(to.data, to.type, to.where);
    case destination::place::array:
      if (*to.held) return region_of((*to.held)->data, (*to.held)->type, layout((*to.held)->shape()));
      break;
    case destination::place::number:
      break;
  }
  return {};
}

/// Adds the strides of a region as they count in `unit` bytes.
void add_strides(bounded_sum& sum, const region& of, std::int64_t unit) {
  for (int d = 0; d < of.where.shape.rank(); ++d) {
    const std::int64_t stride = of.where.shape[d] > 1 ? std::abs(of.where.strides[d]) : 0;
    if (stride > 0) sum.add(stride * of.size / unit, of.where.shape[d] - 1);
  }
}

/// True if some byte belongs to both.
bool overlap(const region& a, const region& b) {
  if (a.is_empty() || b.is_empty()) return false;
  const auto [first_a, end_a] = a.range();
  const auto [first_b, end_b] = b.range();
  if (first_a >= end_b || first_b >= end_a) return false;
  if (a.where.is_contiguous() && b.where.is_contiguous()) return true;
  // Element of a = element of b, with the multiples of b counted from its other end, so that all of them add up. Elements
  // that lie in one grid meet as wholes, others where any of their bytes do.
  const std::int64_t last_of_b = end_b - first_a - b.size;
  const bool one_grid = a.size == b.size && last_of_b % a.size == 0;
  const std::int64_t unit = one_grid ? a.size : 1;
  bounded_sum sum;
  add_strides(sum, a, unit);
  add_strides(sum, b, unit);
  if (one_grid) return sum.reaches(last_of_b / unit);
  sum.add(1, a.size + b.size - 2);
  return sum.reaches(last_of_b + b.size - 1);
}

bool same_elements(const region& to, const destination& result, const source& from) {
  return reinterpret_cast<std::intptr_t>(from.data) == to.address && from.type == result.type &&
         from.where.shape == to.where.shape && from.where.strides == to.where.strides;
}

/// True if each dimension steps over all that faster ones can reach: the usual case, in which positions are apart.
bool is_nested(const layout& where) {
  std::pair<std::int64_t, std::int64_t> loops[max_rank];
  int count = 0;
  for (int d = 0; d < where.shape.rank(); ++d) {
    if (where.shape[d] > 1) loops[count++] = {std::abs(where.strides[d]), where.shape[d]};
  }
  std::sort(loops, loops + count);
  std::int64_t reach = 0;
  for (int d = 0; d < count; ++d) {
    if (loops[d].first <= reach) return false;
    reach += (loops[d].second - 1) * loops[d].first;
  }
  return true;
}

/// True if no two positions are the same memory: no difference of two of them adds up to nothing.
bool positions_are_apart(const layout& where) {
  if (is_nested(where)) return true;
  // Of two positions that coincide, dimension `last` is the last one in which they differ: by 1 or more, the earlier ones
  // by anything. Shifted so that every difference counts from 0.
  for (int last = 0; last < where.shape.rank(); ++last) {
    if (where.shape[last] <= 1) continue;
    const std::int64_t step = std::abs(where.strides[last]);
    if (step == 0) return false;
    bounded_sum sum;
    sum.add(step, where.shape[last] - 2);
    std::int64_t number = -step;
    for (int d = 0; d < last; ++d) {
      const std::int64_t stride = where.shape[d] > 1 ? std::abs(where.strides[d]) : 0;
      if (stride == 0) continue;
      sum.add(stride, 2 * (where.shape[d] - 1));
      number += stride * (where.shape[d] - 1);
    }
    if (sum.reaches(number)) return false;
  }
  return true;
}

}  // namespace

placing placing_of(const request& what, std::size_t k, std::size_t passes) {
  const destination& to = what.destinations[k];
  if (to.kind == destination::place::number) return {};
  if (to.kind == destination::place::array) {
    const block* const held = to.held->get();
    if (held == nullptr || held->type != to.type || !(held->shape() == to.where.shape)) return {placing::reason::no_memory};
    if (held->references.value() != to.own_references) return {placing::reason::shared};
  }
  const region mine = region_of(to);
  for (std::size_t i = 0; i < what.source_count; ++i) {
    const source& from = what.sources[i];
    if (same_elements(mine, to, from) ? what.destination_count == 1 && passes == 1 : !overlap(mine, region_of(from))) continue;
    return {same_elements(mine, to, from) ? placing::reason::read_again : placing::reason::other_order, i};
  }
  return {};
}

std::byte* memory_of(const destination& to) {
  if (to.kind == destination::place::number) return reinterpret_cast<std::byte*>(to.bits);
  return static_cast<std::byte*>(to.kind == destination::place::array ? (*to.held)->data : to.data);
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
      if (same || (any_memory && overlap(region_of(mine), region_of(other)))) {
        throw value_error("destinations " + std::to_string(j) + " and " + std::to_string(k) + " share memory");
      }
    }
  }
}

}  // namespace onepass
