// Evaluating a request: place the results, get the kernels, run every pass.
//
// Everything that can fail happens before the first element is written: shapes, aliases, memory, kernels. After a
// first call of the same kind nothing here allocates but the results themselves.
#include <onepass/run/evaluation.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include <onepass/expression/fold.hpp>
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
      if (lists_.folds[f].data == nullptr) lists_.folds[f].data = std::exchange(next, next + bytes_of_fold(f));
    }
    for (std::size_t p = 0; p < schedule_.passes().size(); ++p) {
      run_pass(schedule_.passes()[p], schedule_.plan_of(p), lists_.kernels[p]->kernels, schedule_.arguments_of(p), room.data());
    }
    deliver();
    remember_quick(how_, what_, lists_.slots, schedule_.cuts(), schedule_.plan_of(0), *lists_.kernels[0]);
  }

 private:
  void place_results() {
    lists_.results.clear();
    lists_.results.resize(what_.destination_count);
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      const destination& to = what_.destinations[k];
      result_place& place = lists_.results[k];
      if (!may_write_directly(what_, k, schedule_.passes().size())) {
        place.made = block_reference(allocate_block(to.type, to.where.shape));
        place.data = static_cast<std::byte*>(place.made->data);
      } else if (to.kind == destination::place::number) {
        place.data = reinterpret_cast<std::byte*>(to.bits);
      } else {
        place.data = static_cast<std::byte*>(to.kind == destination::place::array ? (*to.held)->data : to.data);
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
      place.shape = detail::reduced_shape(lists_.shapes[f], fold.over, fold.keepdims);
      for (const std::uint32_t k : fold.destinations) {
        if (place.data == nullptr && schedule_.result_layout(k).is_contiguous()) place.data = lists_.results[k].data;
      }
      if (place.data == nullptr && !fold.local) fold_bytes_ += bytes_of_fold(f);
    }
  }

  void find_kernels() {
    lists_.kernels.clear();
    for (std::size_t p = 0; p < schedule_.passes().size(); ++p) {
      const plan& planned = schedule_.plan_of(p);
      lists_.kernels.push_back(&kernels_for(schedule_.cuts(), p, planned, schedule_.choice().engine, schedule_.set(), what_));
      room_bytes_ = std::max(room_bytes_, (room_for(schedule_.passes()[p], planned) + 63) / 64 * 64);
    }
  }

  void deliver() {
    for (std::size_t f = 0; f < lists_.folds.size(); ++f) {
      for (const std::uint32_t k : schedule_.folds()[f].destinations) {
        if (lists_.results[k].data == lists_.folds[f].data) continue;
        scatter(lists_.results[k].data, schedule_.result_layout(k), lists_.folds[f].data, 0, lists_.folds[f].shape.size(), size_of(what_.destinations[k].type));
      }
    }
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      destination& to = what_.destinations[k];
      block_reference& made = lists_.results[k].made;
      if (!made) continue;
      if (to.kind == destination::place::memory) {
        scatter(static_cast<std::byte*>(to.data), to.where, static_cast<const std::byte*>(made->data), 0, made->size, size_of(to.type));
        made = {};
      } else {
        *to.held = std::move(made);
      }
    }
  }

  const options& how_;
  const request& what_;
  schedule_lists& lists_;
  schedule schedule_;
  std::size_t room_bytes_ = 0;
  std::size_t fold_bytes_ = 0;
};

}  // namespace

void evaluate_request(const options& how, const request& what) {
  const environment_scope environment;
  const lists_lease lists;
  check_destinations(what);
  evaluation(how, what, *lists).run();
}

}  // namespace onepass
