// Making and finding what is known of expressions.
#include "prepared.hpp"

#include <algorithm>
#include <mutex>

#include "kernel_cache.hpp"

namespace onepass {

namespace {

/// Guards every append at every site. Held while a program is traced, cut or compiled: a first time is rare.
std::mutex& making() {
  static std::mutex& made = *new std::mutex;
  return made;
}

prepared* find_prepared(const site& where, std::span<const std::uint32_t> slots) {
  for (prepared* at = __atomic_load_n(&where.known, __ATOMIC_ACQUIRE); at != nullptr; at = at->next) {
    if (std::equal(slots.begin(), slots.end(), at->slots.begin(), at->slots.end())) return at;
  }
  return nullptr;
}

program traced_program(const std::vector<std::uint32_t>& slots, const request& what) {
  program written;
  what.trace(written, slots.data(), what.context);
  return std::move(written).without_dead_code();
}

/// Orders the operands of the only stage as a fused kernel expects them: every leaf, then every result.
bool order_as_fused(cut& made, const request& what) {
  if (made.passes.size() != 1 || made.passes[0].stages.size() != 1) return false;
  pass& only = made.passes[0];
  if (only.scans) return false;
  only.as_fused = true;
  stage& work = only.stages[0];
  only.streams.clear();
  for (std::uint32_t leaf = 0; leaf < what.source_count; ++leaf) only.streams.push_back({stream::home::source, leaf, what.sources[leaf].type});
  for (std::uint32_t k = 0; k < what.destination_count; ++k) {
    stream to{stream::home::destination, k, what.destinations[k].type};
    for (std::uint32_t f = 0; f < made.folds.size(); ++f) {
      const auto& delivered = made.folds[f].destinations;
      if (delivered.size() > 1) return false;
      if (!delivered.empty() && delivered[0] == k) to = {stream::home::fold, f, what.destinations[k].type};
    }
    only.streams.push_back(to);
  }
  work.inputs = static_cast<std::uint32_t>(what.source_count);
  work.operands.resize(only.streams.size());
  for (std::uint32_t i = 0; i < work.operands.size(); ++i) work.operands[i] = i;
  return true;
}

}  // namespace

std::uint64_t prepared_cut::next_number() noexcept {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

prepared::prepared(std::vector<std::uint32_t> slots_of_leaves, const request& what)
    : slots(std::move(slots_of_leaves)), code(traced_program(slots, what)), outline(outline_of(code)) {}

prepared_cut* prepared::cut_for(std::span<const std::uint32_t> shape_class, bool as_fused, const request& what) {
  const auto same = [&](const prepared_cut& known) {
    return known.as_fused == as_fused && std::equal(shape_class.begin(), shape_class.end(), known.shape_class.begin(), known.shape_class.end());
  };
  const auto usable = [](prepared_cut& known) { return known.possible ? &known : nullptr; };
  if (prepared_cut* const known = cuts_.find(same)) return usable(*known);
  const std::lock_guard lock(making());
  if (prepared_cut* const known = cuts_.find(same)) return usable(*known);
  cut made = cut_program(code, {static_cast<std::uint32_t>(what.source_count), static_cast<std::uint32_t>(what.scalar_count)}, shape_class);
  const bool possible = !as_fused || order_as_fused(made, what);
  return usable(cuts_.add(std::vector(shape_class.begin(), shape_class.end()), as_fused, possible, std::move(made)));
}

prepared& prepared_for(site& where, std::span<const std::uint32_t> slots, const request& what) {
  if (prepared* const known = find_prepared(where, slots)) return *known;
  const std::lock_guard lock(making());
  if (prepared* const known = find_prepared(where, slots)) return *known;
  auto* const made = new prepared(std::vector(slots.begin(), slots.end()), what);
  static std::uint64_t last_number = 0;
  if (where.number == 0) __atomic_store_n(&where.number, ++last_number, __ATOMIC_RELEASE);
  made->next = where.known;
  __atomic_store_n(&where.known, made, __ATOMIC_RELEASE);
  return *made;
}

namespace {

/// True for an operand that comes from memory with this stage, which folds it: row after row.
bool comes_from_memory(const pass& of, const stage& at, const plan& how, std::uint32_t s) {
  const auto reads = [s](const stage& earlier) {
    const auto inputs = earlier.operands.begin() + earlier.inputs;
    return std::find(earlier.operands.begin(), inputs, s) != inputs;
  };
  if (!at.folds || of.streams[s].where != stream::home::source || how.streams[s].access != access::follows) return false;
  if (how.rows > 1 && how.streams[s].row == 0) return false;
  return &*std::find_if(of.stages.begin(), of.stages.end(), reads) == &at;
}

}  // namespace

jit::target compilation_target(const pass& of, const stage& at, const plan& how, isa set, bool streaming) {
  jit::target target{set, {}, streaming, {}};
  for (std::uint32_t i = 0; i < at.inputs; ++i) {
    const std::uint32_t s = at.operands[i];
    target.stays.push_back(how.streams[s].access == access::stays || of.streams[s].where == stream::home::fold ||
                           of.streams[s].where == stream::home::block);
    if (how.looks_ahead) target.ahead.push_back(comes_from_memory(of, at, how, s));
  }
  // Of several arrays at once the processor asks early enough.
  if (std::count(target.ahead.begin(), target.ahead.end(), true) > 1) target.ahead.clear();
  return target;
}

namespace {

/// A kernel whose operands all follow but the inputs that stay; why it is interpreted, if code was refused.
kernel make_map(const program& code, const std::vector<bool>& stays, engine wanted, isa set, std::string& refusal) {
  if (wanted == engine::interpreted) return interpreted_kernel(code, set);
  const made_kernel made = compiled_kernel(code, {set, stays, false, {}});
  if (!made.refusal.empty()) refusal = made.refusal;
  return made.code;
}

std::size_t fold_size(const pass& work) {
  const stage& only = work.stages[0];
  return size_of(work.streams[only.operands[only.inputs]].type);
}

across_kernels make_across(const pass& work, const plan& how, engine wanted, isa set) {
  const stage& only = work.stages[0];
  across_kernels made;
  const auto make = [&](const program& code, const std::vector<bool>& stays) { return make_map(code, stays, wanted, set, made.refusal); };
  const std::size_t folds = only.operands.size() - only.inputs;
  each_across_step(only, static_cast<std::size_t>(how.columns), fold_size(work), [&](const across_step& step) {
    if (made.find(step) != nullptr) return;
    std::vector<bool> stays;
    for (std::uint32_t i = 0; i < step.times * only.inputs; ++i) {
      stays.push_back(how.streams[only.operands[i % only.inputs]].access == access::stays);
    }
    stays.insert(stays.end(), step.begins ? 0 : folds, false);
    made.foldings.push_back({step, make(across_program(only, step), stays)});
  });
  for (std::size_t f = 0; f < folds; ++f) {
    across_kernels::joins& joins = made.joining.emplace_back();
    for (std::uint32_t k = 0, rows = 2; k < joins.size(); ++k, rows *= 2) {
      joins[k] = make(across_joining(only, f, rows), std::vector<bool>(rows, false));
    }
  }
  return made;
}

/// True if these are all the kernels that results of so many elements need.
bool serves(const across_kernels& known, const pass& work, const plan& how) {
  bool all = true;
  each_across_step(work.stages[0], static_cast<std::size_t>(how.columns), fold_size(work),
                   [&](const across_step& step) { all &= known.find(step) != nullptr; });
  return all;
}

scan_kernels make_scan(const reduction& how, engine wanted, isa set, std::string& refusal) {
  constexpr std::uint32_t several = scan_kernels::at_once;
  const auto make = [&](const program& code, std::uint32_t inputs) { return make_map(code, std::vector<bool>(inputs, false), wanted, set, refusal); };
  return {make(scan_program(how, 1), 2), make(scan_program(how, several), 1 + several), make(scan_down_program(how, 1), 3),
          make(scan_down_program(how, several), 2 + several)};
}

/// The most that any of the kernels asks for.
std::size_t room_of(const pass_kernels& all) {
  std::size_t most = 0;
  const auto ask = [&](const kernel& at) { most = std::max(most, at.room_bytes); };
  for (const stage_kernels& at : all.kernels) {
    ask(at.cached);
    ask(at.streaming);
  }
  for (const across_kernels::folding& at : all.across.foldings) ask(at.code);
  for (const across_kernels::joins& joins : all.across.joining) std::for_each(joins.begin(), joins.end(), ask);
  for (const scan_kernels& at : all.scans) {
    for (const kernel& one : {at.single, at.several, at.down_single, at.down_several}) ask(one);
  }
  return most;
}

/// Without the room that they ask for.
pass_kernels make_kernels(const prepared_cut& of, const pass& work, const plan& how, engine wanted, isa set, const request& what) {
  pass_kernels made{wanted, set, how.streaming, how.looks_ahead, how.across, {}, {}, {}, {}, {}, 0};
  for (const planned_stream& s : how.streams) made.accesses.push_back(s.access);
  if (how.across) {
    made.across = make_across(work, how, wanted, set);
    made.refusal = made.across.refusal;
    return made;
  }
  if (work.scans) {
    for (const stream& s : work.streams) {
      made.scans.emplace_back();
      if (s.where == stream::home::scan) made.scans.back() = make_scan(*of.cut.folds[s.index].how, wanted, set, made.refusal);
    }
  }
  for (const stage& at : work.stages) {
    stage_kernels& kernels = made.kernels.emplace_back();
    if (wanted == engine::fused) {
      ONEPASS_EXPECTS(of.as_fused);
      kernels.cached = what.fused->tile_kernel(how.looks_ahead ? row_way::early : row_way::usual);
      if (how.streaming) kernels.streaming = what.fused->tile_kernel(row_way::streaming);
      continue;
    }
    if (wanted == engine::interpreted) {
      kernels.cached = interpreted_kernel(at.code, set);
      continue;
    }
    const made_kernel cached = compiled_kernel(at.code, compilation_target(work, at, how, set, false));
    kernels.cached = cached.code;
    if (!cached.refusal.empty()) made.refusal = cached.refusal;
    if (!how.streaming || !cached.refusal.empty()) continue;
    const made_kernel streaming = compiled_kernel(at.code, compilation_target(work, at, how, set, true));
    if (streaming.refusal.empty()) kernels.streaming = streaming.code;
  }
  return made;
}

}  // namespace

const pass_kernels& kernels_for(prepared_cut& of, std::size_t pass_index, const plan& how, engine wanted, isa set, const request& what) {
  growing_list<pass_kernels>& list = of.kernels[pass_index];
  const auto same = [&](const pass_kernels& known) {
    return known.engine == wanted && known.set == set && known.streaming == how.streaming && known.looks_ahead == how.looks_ahead &&
           known.is_across == how.across &&
           std::equal(known.accesses.begin(), known.accesses.end(), how.streams.begin(), how.streams.end(),
                      [](access a, const planned_stream& s) { return a == s.access; }) &&
           (!how.across || serves(known.across, of.cut.passes[pass_index], how));
  };
  if (const pass_kernels* const known = list.find(same)) return *known;
  const std::lock_guard lock(making());
  if (const pass_kernels* const known = list.find(same)) return *known;
  pass_kernels made = make_kernels(of, of.cut.passes[pass_index], how, wanted, set, what);
  made.room_bytes = room_of(made);
  return list.add(std::move(made));
}

}  // namespace onepass
