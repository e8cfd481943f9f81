// Evaluating a request: choose the engine, find what is known, place the results, plan every pass, run.
//
// Everything that can fail happens before the first element is written: shapes, aliases, memory, kernels. After a
// first call of the same kind nothing here allocates but the results themselves.
#include <onepass/run/evaluation.hpp>

#include <algorithm>
#include <cstring>
#include <memory>

#include <onepass/core/error.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/run/environment.hpp>

#include "copy.hpp"
#include "engine_choice.hpp"
#include "executor.hpp"
#include "machine.hpp"
#include "overlap.hpp"
#include "prepared.hpp"
#include "quick.hpp"
#include "workspace.hpp"

namespace onepass {

namespace {

/// Where a fold that outlives its tile goes.
struct fold_place {
  std::byte* data = nullptr;
  extents shape;  ///< of its results
};

/// Where a result is written, and what happens to it afterwards.
struct result_place {
  std::byte* data = nullptr;
  block_reference made;  ///< a new block: for a new array, or because the destination must not be written yet
};

/// Lists that an evaluation fills. Kept by the thread: filling them again allocates nothing.
struct lists {
  std::vector<std::uint32_t> slots, classes;
  std::vector<extents> shapes;  ///< of what folds fold over, then of what stores store
  std::vector<fold_place> folds;
  std::vector<result_place> results;
  std::vector<plan> plans;
  std::vector<const pass_kernels*> kernels;
  std::vector<layout> layouts;
  std::vector<char> local;
  std::vector<std::byte*> bases;
  bool in_use = false;
};

/// The thread's lists, or new ones if an evaluation is under way on it already.
class lists_lease {
 public:
  lists_lease() {
    thread_local lists of_thread;
    if (of_thread.in_use) {
      own_ = std::make_unique<lists>();
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
  lists& operator*() const { return *held_; }

 private:
  std::unique_ptr<lists> own_;
  lists* held_;
};

/// For each leaf the first leaf that is the same array in the same layout.
void find_slots(const request& what, bool distinct, std::vector<std::uint32_t>& slots) {
  slots.resize(what.source_count);
  for (std::uint32_t i = 0; i < what.source_count; ++i) {
    slots[i] = i;
    const source& mine = what.sources[i];
    for (std::uint32_t j = 0; j < i && !distinct; ++j) {
      const source& other = what.sources[j];
      if (mine.data != other.data || mine.type != other.type || !(mine.where.shape == other.where.shape) ||
          !(mine.where.strides == other.where.strides)) {
        continue;
      }
      slots[i] = j;
      break;
    }
  }
}

class evaluation {
 public:
  evaluation(const options& how, const request& what, lists& memory) : how_(how), what_(what), memory_(memory) {}

  void run() {
    check_destinations(what_);
    set_ = this_machine().under(how_.isa);
    choose();
    place_results();
    place_folds();
    plan_passes();
    const workspace room(room_bytes_ + fold_bytes_);
    std::byte* next = room.data() + room_bytes_;
    for (std::size_t f = 0; f < memory_.folds.size(); ++f) {
      if (memory_.folds[f].data == nullptr) memory_.folds[f].data = std::exchange(next, next + fold_bytes(f));
    }
    for (std::size_t p = 0; p < cut_->cut.passes.size(); ++p) run_one(p, room.data());
    deliver();
    remember_quick(how_, what_, memory_.slots, *cut_, memory_.plans[0], *memory_.kernels[0]);
  }

 private:
  // --- what to run ---

  void choose() {
    engine_ = choose_engine(how_, static_cast<bool>(what_.fused), what_.fused_isa, set_).engine;
    if (find_cut()) return;
    engine_ = choose_without_fused(set_).engine;  // several stages are no single loop
    find_cut();
  }

  bool find_cut() {
    const bool fused = engine_ == engine::fused;
    find_slots(what_, fused, memory_.slots);
    known_ = &prepared_for(*what_.remembered, memory_.slots, what_);
    find_classes();
    cut_ = known_->cut_for(memory_.classes, fused, what_);
    return cut_ != nullptr;
  }

  void find_classes() {
    std::vector<extents>& shapes = memory_.shapes;
    shapes.clear();
    const program& code = known_->code;
    for (const value_id id : known_->outline.folds) shapes.push_back(folded_shape(code, id));
    for (const value_id id : known_->outline.stores) {
      shapes.push_back(what_.destinations[code[id].immediate - what_.source_count].where.shape);
    }
    memory_.classes.resize(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      memory_.classes[i] = static_cast<std::uint32_t>(std::find(shapes.begin(), shapes.begin() + static_cast<std::ptrdiff_t>(i), shapes[i]) - shapes.begin());
    }
  }

  /// The shape that a fold folds over; the shapes of the folds before it are known.
  extents folded_shape(const program& code, value_id id) const {
    extents joined;
    for (const value_id shaping : code.space_of(code[id])) {
      if (code[shaping].code == opcode::input) {
        joined = broadcast(joined, what_.sources[code[shaping].immediate].where.shape, "fold");
        continue;
      }
      const auto& folds = known_->outline.folds;
      const auto index = static_cast<std::size_t>(std::find(folds.begin(), folds.end(), shaping) - folds.begin());
      const fold_immediate how = fold_immediate::unpack(code[shaping].immediate);
      joined = broadcast(joined, detail::reduced_shape(memory_.shapes[index], how.axes, how.keepdims), "fold");
    }
    return joined;
  }

  // --- where results go ---

  void place_results() {
    memory_.results.clear();
    memory_.results.resize(what_.destination_count);
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      const destination& to = what_.destinations[k];
      result_place& place = memory_.results[k];
      if (!may_write_directly(what_, k, cut_->cut.passes.size())) {
        place.made = block_reference(allocate_block(to.type, to.where.shape));
        place.data = static_cast<std::byte*>(place.made->data);
      } else if (to.kind == destination::place::number) {
        place.data = reinterpret_cast<std::byte*>(to.bits);
      } else {
        place.data = static_cast<std::byte*>(to.kind == destination::place::array ? (*to.held)->data : to.data);
      }
    }
  }

  /// The layout in which result k is written.
  layout result_layout(std::size_t k) const {
    const destination& to = what_.destinations[k];
    return to.kind == destination::place::memory && !memory_.results[k].made ? to.where : layout(to.where.shape);
  }

  std::size_t fold_bytes(std::size_t f) const { return (memory_.folds[f].shape.size() * size_of(cut_->cut.folds[f].how->type) + 63) / 64 * 64; }

  /// A fold that is a result is written straight there if its elements follow each other; others get room of their own.
  void place_folds() {
    memory_.folds.clear();
    memory_.folds.resize(cut_->cut.folds.size());
    for (std::size_t f = 0; f < memory_.folds.size(); ++f) {
      const cut_fold& fold = cut_->cut.folds[f];
      fold_place& place = memory_.folds[f];
      place.shape = detail::reduced_shape(memory_.shapes[f], fold.over, fold.keepdims);
      for (const std::uint32_t k : fold.destinations) {
        if (place.data == nullptr && result_layout(k).is_contiguous()) place.data = memory_.results[k].data;
      }
      if (place.data == nullptr && !fold.local) fold_bytes_ += fold_bytes(f);
    }
  }

  // --- passes ---

  /// Where a stream lies in the space of a pass.
  layout layout_in(const stream& s, std::size_t p, const extents& space) const {
    switch (s.where) {
      case stream::home::source:
        return what_.sources[s.index].where.broadcast_to(space);
      case stream::home::destination:
        return result_layout(s.index);
      case stream::home::fold: {
        const cut_fold& fold = cut_->cut.folds[s.index];
        const layout results(memory_.folds[s.index].shape);
        const bool drops_axis = fold.pass == p && fold.over == axes::last && !fold.keepdims;
        return drops_axis ? with_repeated_axis(results, space) : results.broadcast_to(space);
      }
      case stream::home::scratch:
        break;
    }
    return {};
  }

  /// Results without the last axis, as the space with it sees them.
  static layout with_repeated_axis(const layout& results, const extents& space) {
    std::int64_t strides[max_rank] = {};
    std::copy(results.strides.begin(), results.strides.end(), strides);
    return layout(space, dimensions(strides, space.rank()));
  }

  void describe_streams(std::size_t p) {
    const pass& work = cut_->cut.passes[p];
    const extents& space = memory_.shapes[work.space];
    memory_.layouts.clear();
    memory_.local.clear();
    memory_.bases.clear();
    for (const stream& s : work.streams) {
      memory_.layouts.push_back(layout_in(s, p, space));
      memory_.local.push_back(s.where == stream::home::fold && cut_->cut.folds[s.index].local);
      memory_.bases.push_back(base_of(s));
    }
  }

  std::byte* base_of(const stream& s) const {
    switch (s.where) {
      case stream::home::source:
        return static_cast<std::byte*>(const_cast<void*>(what_.sources[s.index].data));
      case stream::home::destination:
        return memory_.results[s.index].data;
      case stream::home::fold:
        return memory_.folds[s.index].data;
      case stream::home::scratch:
        break;
    }
    return nullptr;
  }

  void plan_passes() {
    const machine& here = this_machine();
    const machine_sizes sizes{here.l1_bytes, here.l2_bytes, here.l3_bytes, here.threads};
    const std::size_t passes = cut_->cut.passes.size();
    if (memory_.plans.size() < passes) memory_.plans.resize(passes);
    memory_.kernels.clear();
    for (std::size_t p = 0; p < passes; ++p) {
      const pass& work = cut_->cut.passes[p];
      describe_streams(p);
      std::size_t instructions = 0;
      for (const stage& s : work.stages) instructions += s.code.size();
      make_plan(memory_.plans[p], work, memory_.shapes[work.space], memory_.layouts, memory_.local, static_cast<double>(instructions), sizes,
                how_.threads);
      memory_.kernels.push_back(&kernels_for(*cut_, p, memory_.plans[p], engine_, set_, what_));
      room_bytes_ = std::max(room_bytes_, (room_for(work, memory_.plans[p]) + 63) / 64 * 64);
    }
  }

  void run_one(std::size_t p, std::byte* room) {
    describe_streams(p);
    const pass_arguments arguments{memory_.bases, memory_.layouts, memory_.local, what_.scalars, cut_->cut.folds};
    run_pass(cut_->cut.passes[p], memory_.plans[p], memory_.kernels[p]->kernels, arguments, room);
  }

  // --- afterwards ---

  void deliver() {
    for (std::size_t f = 0; f < memory_.folds.size(); ++f) {
      for (const std::uint32_t k : cut_->cut.folds[f].destinations) {
        if (memory_.results[k].data == memory_.folds[f].data) continue;
        scatter(memory_.results[k].data, result_layout(k), memory_.folds[f].data, 0, memory_.folds[f].shape.size(), size_of(what_.destinations[k].type));
      }
    }
    for (std::size_t k = 0; k < what_.destination_count; ++k) {
      destination& to = what_.destinations[k];
      block_reference& made = memory_.results[k].made;
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
  lists& memory_;
  isa set_{};
  engine engine_{};
  prepared* known_ = nullptr;
  prepared_cut* cut_ = nullptr;
  std::size_t room_bytes_ = 0;
  std::size_t fold_bytes_ = 0;
};

}  // namespace

void evaluate_request(const options& how, const request& what) {
  const environment_scope environment;
  const lists_lease memory;
  evaluation(how, what, *memory).run();
}

}  // namespace onepass
