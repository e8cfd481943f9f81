// Evaluating a request: place the results, get the kernels, run every pass.
//
// Everything that can fail happens before the first element is written: shapes, aliases, memory, kernels. After a
// first call of the same kind nothing here allocates but the results themselves.
#include <onepass/run/evaluation.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/core/error.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/run/assign.hpp>
#include <onepass/run/environment.hpp>

#include "copy.hpp"
#include "overlap.hpp"
#include "quick.hpp"
#include "schedule.hpp"
#include "workspace.hpp"

namespace onepass {

namespace {

/// The thread's lists, or new ones if an evaluation is under way on it already.
class lists_lease {
 public:
  lists_lease() {
    thread_local schedule_lists of_thread;
    if (of_thread.in_use) {
      own_ = std::make_unique<schedule_lists>();
      held_ = own_.get();
    } else {
      held_ = &of_thread;
    }
    held_->in_use = true;
  }
  ~lists_lease() {
    held_->results.clear();  // no block outlives its evaluation here
    held_->in_use = false;
  }
  lists_lease(const lists_lease&) = delete;
  lists_lease& operator=(const lists_lease&) = delete;
  schedule_lists& operator*() const { return *held_; }

 private:
  std::unique_ptr<schedule_lists> own_;
  schedule_lists* held_;
};

class evaluation {
 public:
  evaluation(const options& how, const request& what, schedule_lists& lists) : how_(how), what_(what), lists_(lists), schedule_(how, what, lists) {}

  void run() {
    place_results();
    place_folds();
    schedule_.plan_passes();
    find_kernels();
    const workspace room(room_bytes_ + fold_bytes_);
    std::byte* next = room.data() + room_bytes_;
    for (std::size_t f = 0; f < lists_.folds.size(); ++f) {
      if (lists_.folds[f].data == nullptr && !schedule_.folds()[f].local) lists_.folds[f].data = std::exchange(next, next + bytes_of_fold(f));
    }
    for (std::size_t p = 0; p < schedule_.passes().size(); ++p) {
      const pass_kernels& kernels = *lists_.kernels[p];
      run_pass(schedule_.passes()[p], schedule_.plan_of(p), kernels.code(), schedule_.arguments_of(p), room.data());
    }
    deliver();
    remember_quick(how_, what_, lists_.slots, schedule_.cuts(), schedule_.plan_of(0), *lists_.kernels[0]);
    if (is_repeatable()) lists_.repeated.of(*what_.remembered).remember(how_, what_, schedule_, *lists_.kernels[0], room_bytes_);
  }

 private:
  void place_results() {
    lists_.results.clear();
    lists_.results.resize(what_.destination_count);
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      const destination& to = what_.destinations[k];
      result_place& place = lists_.results[k];
      place.is_apart = !placing_of(what_, k, schedule_.passes().size()).is_direct();
      if (place.is_apart) {
        place.made = block_reference(allocate_block(to.type, to.where.shape));
        place.data = static_cast<std::byte*>(place.made->data);
      } else {
        place.data = memory_of(to);
      }
    }
  }

  std::size_t bytes_of_fold(std::size_t f) const { return (lists_.folds[f].shape.size() * size_of(schedule_.folds()[f].how->type) + 63) / 64 * 64; }

  /// A fold that is a result is written straight there if its elements follow each other; others get room of their own.
  void place_folds() {
    lists_.folds.clear();
    lists_.folds.resize(schedule_.folds().size());
    for (std::size_t f = 0; f < lists_.folds.size(); ++f) {
      const cut_fold& fold = schedule_.folds()[f];
      fold_place& place = lists_.folds[f];
      place.shape = schedule_.shape_of_fold(f);
      for (const std::uint32_t k : fold.destinations) {
        // A result that stretches the fold has a larger shape.
        const layout where = schedule_.result_layout(k);
        if (place.data == nullptr && where.shape == place.shape && where.is_contiguous()) place.data = lists_.results[k].data;
      }
      if (place.data == nullptr && !fold.local) fold_bytes_ += bytes_of_fold(f);
    }
  }

  void find_kernels() {
    lists_.kernels.clear();
    for (std::size_t p = 0; p < schedule_.passes().size(); ++p) {
      const plan& planned = schedule_.plan_of(p);
      lists_.kernels.push_back(&kernels_for(schedule_.cuts(), p, planned, schedule_.choice().engine, schedule_.set(), what_));
      room_bytes_ = std::max(room_bytes_, (room_for(schedule_.passes()[p], planned, lists_.kernels.back()->code()) + 63) / 64 * 64);
    }
  }

  void deliver() {
    for (std::size_t f = 0; f < lists_.folds.size(); ++f) {
      for (const std::uint32_t k : schedule_.folds()[f].destinations) {
        if (lists_.results[k].data == lists_.folds[f].data) continue;
        const fold_place& from = lists_.folds[f];
        const layout to = schedule_.result_layout(k);
        copy_elements(schedule_.set(), lists_.results[k].data, to, from.data, layout(from.shape).broadcast_to(to.shape),
                      size_of(what_.destinations[k].type));
      }
    }
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      destination& to = what_.destinations[k];
      block_reference& made = lists_.results[k].made;
      if (!made) continue;
      if (to.kind == destination::place::memory) {
        copy_elements(schedule_.set(), static_cast<std::byte*>(to.data), to.where, static_cast<const std::byte*>(made->data),
                      layout(to.where.shape), size_of(to.type));
        made = {};
      } else {
        *to.held = std::move(made);
      }
    }
  }

  /// True if the next call like this one has nothing to do but this pass.
  bool is_repeatable() const {
    if (schedule_.passes().size() != 1 || what_.destination_count != 1 || lists_.results[0].is_apart || fold_bytes_ != 0) return false;
    return std::all_of(lists_.folds.begin(), lists_.folds.end(), [&](const fold_place& at) {
      const auto& fold = schedule_.folds()[static_cast<std::size_t>(&at - lists_.folds.data())];
      return fold.local || at.data == lists_.results[0].data;
    });
  }

  const options& how_;
  const request& what_;
  schedule_lists& lists_;
  schedule schedule_;
  std::size_t room_bytes_ = 0;
  std::size_t fold_bytes_ = 0;
};

void evaluate_with(const options& how, const request& what, schedule_lists& lists) {
  const environment_scope environment;
  const repeated_call& before = lists.repeated.of(*what.remembered);
  if (before.is(how, what)) return before.run(what);
  check_destinations(what);
  evaluation(how, what, lists).run();
}

}  // namespace

destination array_destination(block_reference& held, dtype type, const extents& shape, std::int64_t own_references) {
  destination to{destination::place::array, type};
  to.held = &held;
  to.own_references = own_references;
  to.where = layout(shape);
  return to;
}

namespace {

bool broadcasts_to(const extents& shape, const extents& to) {
  const int missing = to.rank() - shape.rank();
  if (missing < 0) return false;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] != 1 && shape[d] != to[d + missing]) return false;
  }
  return true;
}

}  // namespace

destination memory_destination(void* data, dtype type, const layout& where, const extents& result) {
  if (!broadcasts_to(result, where.shape)) require_shape(result, where.shape);
  destination to{destination::place::memory, type};
  to.data = data;
  to.where = where;
  return to;
}

request request_for(const expression_list& what, operands_now with, destination* to, operand_room& room) {
  room.sources.clear();
  room.axes.clear();
  const leaf_place* const places = with.places(what);
  for (std::size_t p = 0; p < what.places; ++p) {
    if (is_axes(places[p])) {
      room.axes.push_back(axes_at(places[p]));
    } else {
      const std::size_t k = room.sources.size();
      room.sources.push_back(describe_leaf(with.operands[k], what.leaf_types[k], places[p]));
    }
  }
  request made{};
  made.remembered = what.remembered;
  made.trace = what.trace;
  made.fused = what.fused->follow != nullptr ? what.fused : nullptr;
  made.fused_isa = what.fused_isa;
  made.sources = room.sources.data();
  made.source_count = what.leaves;
  made.axes = room.axes.data();
  made.axes_count = room.axes.size();
  made.scalars = with.scalars(what);
  made.scalar_count = what.scalars;
  made.destinations = to;
  made.destination_count = what.count;
  return made;
}

void evaluate_in_core(const options& how, const expression_list& what, operands_now with, destination* to) {
  const lists_lease lists;
  evaluate_with(how, request_for(what, with, to, (*lists).operands), *lists);
}

bool part_must_be_separated(const block_reference& held, std::int64_t references_in_expression, const block_reference& known, const layout& where) {
  if (where.shape.size() == 0) return false;
  if (!held || !known) throw value_error("a part of an array that has no elements any more cannot be written");
  if (held.get() != known.get() && !(held->shape() == known->shape())) {
    throw value_error("a part of shape " + to_string(where.shape) + " was taken of an array of shape " + to_string(known->shape()) +
                      ", which has become " + to_string(held->shape()));
  }
  // The array and the part hold the block; so may the expression, which sees the old elements if the block is copied.
  return held->references.value() > 1 + (held.get() == known.get() ? 1 : 0) + references_in_expression;
}

void assign_part(const options& how, const expression_list& what, operands_now with, block_reference& held, bool consumed,
                 const block_reference& known, std::int64_t offset, const layout& where) {
  destination to = memory_destination(nullptr, what.types[0], where, what.shape(0, with.places(what)));
  check_positions(to);
  const std::int64_t own_references = consumed ? references_in(with.places(what), what.places, held.get()) : 0;
  if (part_must_be_separated(held, own_references, known, where)) make_unique(held);
  if (where.shape.size() == 0) return;
  to.data = static_cast<std::byte*>(held->data) + offset * static_cast<std::int64_t>(size_of(to.type));
  evaluate_in_core(how, what, with, &to);
}

void evaluate_request(const options& how, const request& what) {
  const lists_lease lists;
  evaluate_with(how, what, *lists);
}

}  // namespace onepass
