// What is to be run for a request, before anything is allocated or written: engine, program, cut, and a plan of every
// pass. Evaluation runs it, explain() prints it: the same object, so that what is explained is what happens.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <onepass/plan/plan.hpp>
#include <onepass/run/evaluation.hpp>

#include "engine_choice.hpp"
#include "executor.hpp"
#include "prepared.hpp"
#include "repeated_call.hpp"

namespace onepass {

/// Where a fold or a scan that outlives its tile goes.
struct fold_place {
  std::byte* data = nullptr;
  extents shape;  ///< of its results
};

/// Where a result is written.
struct result_place {
  std::byte* data = nullptr;
  bool is_apart = false;  ///< it is not written where it belongs: for a new array, or because that is still being read
  block_reference made;   ///< then, the new block
};

/// A plan, and what it was made from: a call that is like the last one is not planned again.
struct planned_pass {
  plan how;
  std::uint64_t cut_number = 0;
  extents space;
  std::vector<layout> layouts;
  std::vector<char> local;
  std::vector<std::byte*> bases;
  int threads = 0;
};

/// Lists that an evaluation fills. Kept by the thread: filling them again allocates nothing.
struct schedule_lists {
  operand_room operands;
  std::vector<std::uint32_t> slots, classes;
  std::vector<std::uint64_t> scalars;
  std::vector<extents> shapes;  ///< of what folds fold over, then of what stores store
  std::vector<fold_place> folds;
  std::vector<result_place> results;
  std::vector<planned_pass> plans;
  std::vector<layout> layouts;
  std::vector<char> local;
  std::vector<std::byte*> bases;
  std::vector<const pass_kernels*> kernels;
  repeated_calls repeated;
  bool in_use = false;
};

class schedule {
 public:
  /// Chooses engine and cut. `lists` and `what` must outlive this object.
  schedule(const options& how, const request& what, schedule_lists& lists);

  /// The shape and the layout of every result must be known: see result_place.
  void plan_passes();

  engine_choice choice() const { return choice_; }
  isa set() const { return set_; }
  const program& code() const { return known_->code; }
  prepared_cut& cuts() const { return *cut_; }
  const std::vector<pass>& passes() const { return cut_->cut.passes; }
  const std::vector<cut_fold>& folds() const { return cut_->cut.folds; }
  const plan& plan_of(std::size_t pass) const { return lists_.plans[pass].how; }

  /// Exchanges the plan of the only pass for another one, whatever that is of.
  void give_plan(plan& other) {
    std::swap(lists_.plans[0].how, other);
    lists_.plans[0].cut_number = 0;
  }

  /// The shape of the results of fold or scan f.
  extents shape_of_fold(std::size_t f) const;
  /// The layout in which result k is written.
  layout result_layout(std::size_t k) const;
  /// The streams of a pass: where they lie in its space, which stay with the tile, where they begin.
  pass_arguments arguments_of(std::size_t pass);

 private:
  void prefer_code_along_axes();
  bool find_cut(bool fused);
  bool is_planned(std::size_t pass) const;
  void plan_pass(std::size_t pass);
  void find_classes();
  void count_elements();
  extents shape_of_space(std::span<const value_id> space) const;
  layout layout_in(const stream& s, const extents& space) const;
  std::byte* base_of(const stream& s) const;

  const options& how_;
  const request& what_;
  schedule_lists& lists_;
  isa set_;
  engine_choice choice_;
  prepared* known_ = nullptr;
  prepared_cut* cut_ = nullptr;
  const std::uint64_t* scalars_ = nullptr;
};

}  // namespace onepass
