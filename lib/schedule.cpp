// Scheduling a request.
#include "schedule.hpp"

#include <algorithm>

#include <onepass/expression/fold.hpp>

#include "machine.hpp"

namespace onepass {

namespace {

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

/// Results without the last axis, as the space with it sees them.
layout with_repeated_axis(const layout& results, const extents& space) {
  std::int64_t strides[max_rank] = {};
  std::copy(results.strides.begin(), results.strides.end(), strides);
  return layout(space, dimensions(strides, space.rank()));
}

}  // namespace

schedule::schedule(const options& how, const request& what, schedule_lists& lists)
    : how_(how),
      what_(what),
      lists_(lists),
      set_(this_machine().under(how.isa)),
      choice_(choose_engine(how, static_cast<bool>(what.fused), what.fused_isa, set_)) {
  if (find_cut(choice_.engine == engine::fused)) return;
  choice_ = choose_without_fused(set_);
  choice_.why = "the expression has several stages, which the fused loop does not run";
  find_cut(false);
}

bool schedule::find_cut(bool fused) {
  find_slots(what_, fused, lists_.slots);
  known_ = &prepared_for(*what_.remembered, lists_.slots, what_);
  find_classes();
  cut_ = known_->cut_for(lists_.classes, fused, what_);
  return cut_ != nullptr;
}

/// Numbers the shapes that are visited, equal ones alike.
void schedule::find_classes() {
  std::vector<extents>& shapes = lists_.shapes;
  shapes.clear();
  for (const value_id id : known_->outline.folds) shapes.push_back(folded_shape(id));
  for (const value_id id : known_->outline.stores) {
    shapes.push_back(what_.destinations[known_->code[id].immediate - what_.source_count].where.shape);
  }
  lists_.classes.resize(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto first = std::find(shapes.begin(), shapes.begin() + static_cast<std::ptrdiff_t>(i), shapes[i]);
    lists_.classes[i] = static_cast<std::uint32_t>(first - shapes.begin());
  }
}

/// The shape that a fold folds over; the shapes of the folds before it are known.
extents schedule::folded_shape(value_id id) const {
  const program& code = known_->code;
  extents joined;
  for (const value_id shaping : code.space_of(code[id])) {
    if (code[shaping].code == opcode::input) {
      joined = broadcast(joined, what_.sources[code[shaping].immediate].where.shape, "fold");
      continue;
    }
    const auto& folds = known_->outline.folds;
    const auto index = static_cast<std::size_t>(std::find(folds.begin(), folds.end(), shaping) - folds.begin());
    const fold_immediate how = fold_immediate::unpack(code[shaping].immediate);
    joined = broadcast(joined, detail::reduced_shape(lists_.shapes[index], how.axes, how.keepdims), "fold");
  }
  return joined;
}

layout schedule::result_layout(std::size_t k) const {
  const destination& to = what_.destinations[k];
  return to.kind == destination::place::memory && !lists_.results[k].made ? to.where : layout(to.where.shape);
}

layout schedule::layout_in(const stream& s, const extents& space) const {
  switch (s.where) {
    case stream::home::source:
      return what_.sources[s.index].where.broadcast_to(space);
    case stream::home::destination:
      return result_layout(s.index);
    case stream::home::fold: {
      const cut_fold& fold = folds()[s.index];
      const layout results(lists_.folds[s.index].shape);
      const bool drops_axis = fold.over == axes::last && !fold.keepdims;
      return drops_axis ? with_repeated_axis(results, space) : results.broadcast_to(space);
    }
    case stream::home::finished:
      return layout(lists_.folds[s.index].shape).broadcast_to(space);
    case stream::home::scratch:
      break;
  }
  return {};
}

std::byte* schedule::base_of(const stream& s) const {
  switch (s.where) {
    case stream::home::source:
      return static_cast<std::byte*>(const_cast<void*>(what_.sources[s.index].data));
    case stream::home::destination:
      return lists_.results[s.index].data;
    case stream::home::fold:
    case stream::home::finished:
      return lists_.folds[s.index].data;
    case stream::home::scratch:
      break;
  }
  return nullptr;
}

pass_arguments schedule::arguments_of(std::size_t p) {
  const pass& work = passes()[p];
  const extents& space = lists_.shapes[work.space];
  lists_.layouts.clear();
  lists_.local.clear();
  lists_.bases.clear();
  for (const stream& s : work.streams) {
    lists_.layouts.push_back(layout_in(s, space));
    lists_.local.push_back(s.where == stream::home::fold && folds()[s.index].local);
    lists_.bases.push_back(base_of(s));
  }
  return {lists_.bases, lists_.layouts, lists_.local, what_.scalars, folds(), set_};
}

void schedule::plan_passes() {
  const machine& here = this_machine();
  const machine_sizes sizes{here.l1_bytes, here.l2_bytes, here.l3_bytes, here.threads};
  if (lists_.plans.size() < passes().size()) lists_.plans.resize(passes().size());
  for (std::size_t p = 0; p < passes().size(); ++p) {
    const pass& work = passes()[p];
    const pass_arguments arguments = arguments_of(p);
    std::size_t instructions = 0;
    for (const stage& s : work.stages) instructions += s.code.size();
    const extents& space = lists_.shapes[work.space];
    make_plan(lists_.plans[p], work, space, arguments.layouts, arguments.local, static_cast<double>(instructions), sizes, how_.threads,
              arguments.bases);
  }
}

}  // namespace onepass
