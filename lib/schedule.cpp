// Scheduling a request.
#include "schedule.hpp"

#include <algorithm>

#include <onepass/expression/fold.hpp>

#include "machine.hpp"
#include "scan.hpp"

namespace onepass {

namespace {

/// For each leaf the first leaf that is the same array in the same layout; then the axes of each fold.
void find_slots(const request& what, bool distinct, std::vector<std::uint32_t>& slots) {
  slots.resize(what.source_count + what.axes_count);
  for (std::size_t k = 0; k < what.axes_count; ++k) slots[what.source_count + k] = what.axes[k].bits();
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

/// Results without the joined axes, as the space with them sees them.
layout with_repeated_axes(const layout& results, axis_set joined, const extents& space) {
  std::int64_t strides[max_rank];
  for (int d = 0, kept = 0; d < space.rank(); ++d) strides[d] = joined.holds(d, space.rank()) ? 0 : results.strides[kept++];
  return layout(space, dimensions(strides, space.rank()));
}

}  // namespace

schedule::schedule(const options& how, const request& what, schedule_lists& lists)
    : how_(how),
      what_(what),
      lists_(lists),
      set_(this_machine().under(how.isa)),
      choice_(choose_engine(how, what.fused != nullptr, what.fused_isa, set_)) {
  if (how.engine == engine::automatic && choice_.engine == engine::fused && what.axes_count > 0) prefer_code_along_axes();
  if (find_cut(choice_.engine == engine::fused)) return;
  choice_ = choose_without_fused(set_);
  choice_.why = "the expression has several stages, which the fused loop does not run";
  find_cut(false);
}

/// Fused loops fold along a row only; code that is made here also folds across rows.
void schedule::prefer_code_along_axes() {
  const engine_choice other = choose_without_fused(set_);
  if (other.engine != engine::compiled) return;
  choice_ = other;
  choice_.why = "the expression folds along axes, which code that is made for their layout does best";
}

bool schedule::find_cut(bool fused) {
  find_slots(what_, fused, lists_.slots);
  known_ = &prepared_for(*what_.remembered, lists_.slots, what_);
  find_classes();
  cut_ = known_->cut_for(lists_.classes, fused, what_);
  if (cut_ != nullptr) count_elements();
  return cut_ != nullptr;
}

/// Numbers of elements become scalar arguments behind those of the expression.
void schedule::count_elements() {
  scalars_ = what_.scalars;
  if (cut_->cut.counts.empty()) return;
  lists_.scalars.assign(what_.scalars, what_.scalars + what_.scalar_count);
  for (const cut_count& wanted : cut_->cut.counts) {
    const extents shape = shape_of_space(wanted.space);
    std::int64_t elements = 1;
    for (int d = 0; d < shape.rank(); ++d) elements *= wanted.over.holds(d, shape.rank()) ? shape[d] : 1;
    lists_.scalars.push_back(with_element_type(wanted.type, [&](auto type) -> std::uint64_t {
      using T = typename decltype(type)::type;
      if constexpr (numeric_element<T>) return to_bits(static_cast<T>(elements));
      return 0;
    }));
  }
  scalars_ = lists_.scalars.data();
}

/// Numbers the shapes that are visited, equal ones alike.
void schedule::find_classes() {
  std::vector<extents>& shapes = lists_.shapes;
  shapes.clear();
  for (const value_id id : known_->outline.folds) shapes.push_back(shape_of_space(known_->code.space_of(known_->code[id])));
  for (const value_id id : known_->outline.stores) {
    shapes.push_back(what_.destinations[known_->code[id].immediate - what_.source_count].where.shape);
  }
  lists_.classes.resize(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto first = std::find(shapes.begin(), shapes.begin() + static_cast<std::ptrdiff_t>(i), shapes[i]);
    lists_.classes[i] = static_cast<std::uint32_t>(first - shapes.begin());
  }
}

/// The shape of the space that `shaping` values make up; the shapes of the folds among them are known.
extents schedule::shape_of_space(std::span<const value_id> space) const {
  const program& code = known_->code;
  extents joined;
  for (const value_id shaping : space) {
    if (code[shaping].code == opcode::input) {
      joined = broadcast(joined, what_.sources[code[shaping].immediate].where.shape, "fold");
      continue;
    }
    const auto& folds = known_->outline.folds;
    const value_id fold = code[shaping].code == opcode::join ? code[shaping].operands[0] : shaping;
    const auto index = static_cast<std::size_t>(std::find(folds.begin(), folds.end(), fold) - folds.begin());
    const fold_immediate how = fold_immediate::unpack(code[fold].immediate);
    joined = broadcast(joined, detail::reduced_shape(lists_.shapes[index], how.over, how.keepdims), "fold");
  }
  return joined;
}

extents schedule::shape_of_fold(std::size_t f) const {
  const cut_fold& fold = folds()[f];
  return fold.scans ? lists_.shapes[f] : detail::reduced_shape(lists_.shapes[f], fold.over, fold.keepdims);
}

layout schedule::result_layout(std::size_t k) const {
  const destination& to = what_.destinations[k];
  return to.kind == destination::place::memory && !lists_.results[k].is_apart ? to.where : layout(to.where.shape);
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
      return fold.keepdims ? results.broadcast_to(space) : with_repeated_axes(results, fold.over, space);
    }
    case stream::home::scan:
    case stream::home::finished:
      return layout(lists_.folds[s.index].shape).broadcast_to(space);
    case stream::home::block:
    case stream::home::position:
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
    case stream::home::scan:
    case stream::home::finished:
      return lists_.folds[s.index].data;
    case stream::home::block:
    case stream::home::position:
    case stream::home::scratch:
      break;
  }
  return nullptr;
}

pass_arguments schedule::arguments_of(std::size_t p) {
  const pass& work = passes()[p];
  lists_.local.clear();
  lists_.bases.clear();
  for (const stream& s : work.streams) {
    const bool is_of_pass = s.where == stream::home::fold || s.where == stream::home::scan;
    lists_.local.push_back(is_of_pass && folds()[s.index].local);
    lists_.bases.push_back(base_of(s));
  }
  return {lists_.bases, lists_.local, scalars_, folds(), cut_->cut.groups, set_};
}

/// True if the last plan of the thread's for this place was made from what is in the lists now.
bool schedule::is_planned(std::size_t p) const {
  const planned_pass& known = lists_.plans[p];
  const auto same = [](const layout& a, const layout& b) { return a.shape == b.shape && a.strides == b.strides; };
  return known.cut_number == cut_->number && known.threads == how_.threads && known.bases == lists_.bases && known.local == lists_.local &&
         known.space == lists_.shapes[passes()[p].space] &&
         std::equal(known.layouts.begin(), known.layouts.end(), lists_.layouts.begin(), lists_.layouts.end(), same);
}

void schedule::plan_pass(std::size_t p) {
  const pass& work = passes()[p];
  const extents& space = lists_.shapes[work.space];
  const pass_arguments arguments = arguments_of(p);
  lists_.layouts.clear();
  for (const stream& s : work.streams) lists_.layouts.push_back(layout_in(s, space));
  if (is_planned(p)) return;
  const machine& here = this_machine();
  const machine_sizes sizes{here.l1_bytes, here.l2_bytes, here.l3_bytes, here.threads};
  std::size_t instructions = 0;
  for (const stage& s : work.stages) instructions += s.code.size();
  for (const stream& s : work.streams) instructions += s.where == stream::home::scan ? scan_instructions : 0;
  planned_pass& known = lists_.plans[p];
  known.cut_number = 0;  // of none, should what follows throw
  make_plan(known.how, work, space, lists_.layouts, arguments.local, static_cast<double>(instructions), sizes, how_.threads, arguments.bases);
  known.space = space;
  known.layouts = lists_.layouts;
  known.local = lists_.local;
  known.bases = lists_.bases;
  known.threads = how_.threads;
  known.cut_number = cut_->number;
}

void schedule::plan_passes() {
  if (lists_.plans.size() < passes().size()) lists_.plans.resize(passes().size());
  for (std::size_t p = 0; p < passes().size(); ++p) plan_pass(p);
}

}  // namespace onepass
