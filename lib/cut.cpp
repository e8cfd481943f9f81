// Cutting programs into passes and stages.
#include <onepass/plan/cut.hpp>

#include <algorithm>
#include <utility>

namespace onepass {

namespace {
/// True for results of folds.
bool is_reduced(opcode code) { return code == opcode::fold || code == opcode::join; }
/// True for what is known only after other elements have been visited.
bool is_folded(opcode code) { return is_reduced(code) || code == opcode::scan; }
}  // namespace

outline outline_of(const program& whole) {
  outline result;
  for (value_id id = 0; id < whole.size(); ++id) {
    if (whole[id].code == opcode::fold || whole[id].code == opcode::scan) result.folds.push_back(id);
    if (whole[id].code == opcode::store && !is_reduced(whole[whole[id].operands[0]].code)) result.stores.push_back(id);
  }
  return result;
}

namespace {

bool is_leaf(opcode code) { return facts_of(code).arity == 0; }

/// What most stages and passes read and write fits in so many.
constexpr std::size_t few_streams = 4;

class cutter {
 public:
  cutter(const program& whole, operand_counts operands, std::span<const std::uint32_t> shape_class)
      : whole_(whole), operands_(operands), shape_class_(shape_class) {}

  cut run() {
    list_roots();
    for (std::uint32_t root = 0; root < roots_.size(); ++root) assign_pass(root);
    for (cut_fold& fold : result_.folds) fold.local = is_local(fold);
    for (std::uint32_t p = 0; p < result_.passes.size(); ++p) make_stages(p);
    return std::move(result_);
  }

 private:
  /// A fold or a store: what a pass is for.
  struct root {
    value_id id;
    std::vector<std::uint32_t> needs;         ///< folds that its operand needs directly
    std::vector<std::uint32_t> needs_blocks;  ///< states of its own group that it needs of the block at hand
    std::uint32_t pass = 0;
    std::uint32_t level = 0;  ///< stage of its pass
  };

  bool is_fold(std::uint32_t root) const { return root < result_.folds.size(); }

  std::uint32_t fold_index(value_id id) const {
    const auto at = std::find_if(result_.folds.begin(), result_.folds.end(), [id](const cut_fold& f) { return f.id == id; });
    return static_cast<std::uint32_t>(at - result_.folds.begin());
  }

  void list_roots() {
    outline listed = outline_of(whole_);
    roots_.reserve(listed.folds.size() + listed.stores.size());
    for (const value_id id : listed.folds) {
      const fold_immediate how = fold_immediate::unpack(whole_[id].immediate);
      result_.folds.push_back({id, &whole_.reduction_of(whole_[id]), how.over, how.keepdims, whole_[id].code == opcode::scan, 0, false, {}});
    }
    result_.stores = std::move(listed.stores);
    for (const instruction& at : whole_.instructions()) {
      if (at.code == opcode::join) list_group(at);
      if (at.code == opcode::store && is_reduced(whole_[at.operands[0]].code)) {
        result_.folds[joined_fold(at.operands[0])].destinations.push_back(static_cast<std::uint32_t>(at.immediate) - operands_.sources);
      }
    }
    for (const value_id id : listed.folds) add_root(id);
    for (const value_id id : result_.stores) add_root(id);
  }

  /// The fold that a fold, a scan or a join is the result of.
  std::uint32_t joined_fold(value_id id) const {
    const instruction& at = whole_[id];
    return fold_index(at.code == opcode::join ? at.operands[join_immediate::unpack(at.immediate).state] : id);
  }

  void list_group(const instruction& join) {
    cut_group made{&whole_.joining_of(join), {}};
    for (int i = 0; i < joining::most_states; ++i) made.states[i] = fold_index(join.operands[i]);
    std::int32_t& group = result_.folds[made.states[0]].group;
    if (group < 0) {
      const auto number = static_cast<std::int32_t>(result_.groups.size());
      for (int i = 0; i < made.how->states; ++i) {
        ONEPASS_EXPECTS(result_.folds[made.states[i]].group < 0);
        result_.folds[made.states[i]].group = number;
      }
      result_.groups.push_back(made);
    }
  }

  /// Finds the folds that the operand of `id` is computed from, not through other folds.
  void add_root(value_id id) {
    root& made = roots_.emplace_back();
    made.id = id;
    if (result_.folds.empty()) return;
    std::vector<char> reached(whole_.size(), 0);
    reached[whole_[id].operands[0]] = 1;
    for (value_id v = id; v-- > 0;) {
      if (!reached[v]) continue;
      if (is_folded(whole_[v].code)) {
        const bool of_block = whole_[v].code == opcode::fold && whole_.joining_of_state(whole_[v]) != nullptr;
        (of_block ? made.needs_blocks : made.needs).push_back(joined_fold(v));
        continue;
      }
      for (int i = 0; i < facts_of(whole_[v].code).arity; ++i) reached[whole_[v].operands[i]] = 1;
    }
  }

  // --- passes ---

  /// True if `needed` may stay with the tile in which `r` uses it. A row of everything is no row that fits a tile; a scan
  /// needs no row that does.
  bool stays_with_tile(std::uint32_t r, std::uint32_t needed) const {
    const cut_fold& fold = result_.folds[needed];
    const bool same_rows = !is_fold(r) || result_.folds[r].over == fold.over;
    return (fold.scans || (!fold.over.is_all() && fold.keepdims)) && same_rows && shape_class_[r] == shape_class_[needed];
  }

  /// True if `r` may be part of a pass.
  bool fits(std::uint32_t r, const pass& candidate) const {
    const bool same_rows = !is_fold(r) || candidate.what == pass::kind::map || candidate.over == result_.folds[r].over;
    return same_rows && shape_class_[candidate.space] == shape_class_[r];
  }

  void assign_pass(std::uint32_t r) {
    std::uint32_t first = 0;
    for (const std::uint32_t needed : roots_[r].needs) {
      first = std::max(first, roots_[needed].pass + (stays_with_tile(r, needed) ? 0 : 1));
    }
    std::uint32_t p = first;
    while (p < result_.passes.size() && !fits(r, result_.passes[p])) ++p;
    for (const std::uint32_t state : roots_[r].needs_blocks) p = roots_[state].pass;  // states of a block are found together
    ONEPASS_EXPECTS(p >= first);
    if (p == result_.passes.size()) {
      result_.passes.emplace_back();
      result_.passes[p].space = r;
    }
    if (is_fold(r)) {
      result_.passes[p].what = pass::kind::fold;
      result_.passes[p].over = result_.folds[r].over;
    }
    roots_[r].pass = p;
    for (const std::uint32_t needed : roots_[r].needs) {
      if (roots_[needed].pass == p) roots_[r].level = std::max(roots_[r].level, level_of_whole(needed) + 1);
    }
    for (const std::uint32_t state : roots_[r].needs_blocks) roots_[r].level = std::max(roots_[r].level, roots_[state].level + 1);
    if (!is_fold(r)) return;
    result_.folds[r].pass = p;
    const std::int32_t group = result_.folds[r].group;
    result_.passes[p].joins_states |= group >= 0;
    if (group >= 0) result_.groups[static_cast<std::size_t>(group)].last_stage = level_of_whole(r);
  }

  /// The stage after which a fold is known for the whole row.
  std::uint32_t level_of_whole(std::uint32_t fold) const {
    std::uint32_t level = roots_[fold].level;
    const std::int32_t group = result_.folds[fold].group;
    if (group >= 0) {
      for (const std::uint32_t state : result_.groups[static_cast<std::size_t>(group)].states) level = std::max(level, roots_[state].level);
    }
    return level;
  }

  bool is_local(const cut_fold& fold) const {
    if (!fold.destinations.empty()) return false;
    const auto index = static_cast<std::uint32_t>(&fold - result_.folds.data());
    return std::none_of(roots_.begin(), roots_.end(), [&](const root& r) {
      return r.pass != fold.pass && std::find(r.needs.begin(), r.needs.end(), index) != r.needs.end();
    });
  }

  // --- stages ---

  std::uint32_t stream_of(pass& in, const stream& wanted) {
    const auto at = std::find(in.streams.begin(), in.streams.end(), wanted);
    const auto index = static_cast<std::uint32_t>(at - in.streams.begin());
    if (at == in.streams.end()) in.streams.push_back(wanted);
    return index;
  }

  void make_stages(std::uint32_t p) {
    std::uint32_t levels = 0;
    for (const root& r : roots_) {
      if (r.pass == p) levels = std::max(levels, r.level + 1);
    }
    // computed_in[v]: the first stage that computes v; a later one that needs v reads it from scratch. If there is one.
    std::vector<std::uint32_t> computed_in(whole_.size(), levels);
    std::vector<std::vector<char>> needed(levels);
    for (std::uint32_t s = 0; s < levels; ++s) needed[s] = values_of_stage(p, s, s + 1 == levels, computed_in);
    std::vector<std::int32_t> scratch(levels > 1 ? whole_.size() : 0, -1);
    std::int32_t scratches = 0;
    for (std::uint32_t s = 1; s < levels; ++s) {
      for (value_id v = 0; v < whole_.size(); ++v) {
        if (needed[s][v] && computed_in[v] < s && scratch[v] < 0) scratch[v] = scratches++;
      }
    }
    result_.passes[p].stages.reserve(levels);
    for (std::uint32_t s = 0; s < levels; ++s) write_stage(p, s, needed[s], computed_in, scratch);
  }

  /// One instruction on what is at hand anyway costs no more than reading its result back.
  bool is_cheap(value_id v) const {
    for (int i = 0; i < facts_of(whole_[v].code).arity; ++i) {
      const opcode operand = whole_[whole_[v].operands[i]].code;
      if (!is_leaf(operand) && !is_folded(operand)) return false;
    }
    return true;
  }

  std::vector<char> values_of_stage(std::uint32_t p, std::uint32_t s, bool is_last, std::vector<std::uint32_t>& computed_in) const {
    std::vector<char> needed(whole_.size(), 0);
    for (const root& r : roots_) {
      if (r.pass == p && r.level == s) needed[whole_[r.id].operands[0]] = 1;
    }
    for (value_id v = static_cast<value_id>(whole_.size()); v-- > 0;) {
      if (!needed[v]) continue;
      const instruction& at = whole_[v];
      if (is_leaf(at.code) || is_folded(at.code) || computed_in[v] < s) continue;
      if (!is_last && !is_cheap(v)) computed_in[v] = s;
      for (int i = 0; i < facts_of(at.code).arity; ++i) needed[at.operands[i]] = 1;
    }
    return needed;
  }

  void write_stage(std::uint32_t p, std::uint32_t s, const std::vector<char>& needed, const std::vector<std::uint32_t>& computed_in,
                   const std::vector<std::int32_t>& scratch) {
    pass& in = result_.passes[p];
    const auto computed = static_cast<std::size_t>(std::count(needed.begin(), needed.end(), 1));
    stage& made = in.stages.emplace_back(stage{program(computed + roots_.size()), {}, 0, false});
    made.operands.reserve(few_streams);
    in.streams.reserve(few_streams);
    std::vector<value_id> renamed(whole_.size());
    const auto read = [&](value_id v, stream::home where, std::uint32_t index) {
      const auto slot = static_cast<std::uint32_t>(made.operands.size());
      made.operands.push_back(stream_of(in, {where, index, whole_[v].type}));
      renamed[v] = made.code.copy({opcode::input, whole_[v].type, {}, slot});
    };
    for (value_id v = 0; v < whole_.size(); ++v) {
      if (!needed[v]) continue;
      const instruction& at = whole_[v];
      if (at.code == opcode::input) {
        read(v, stream::home::source, static_cast<std::uint32_t>(at.immediate));
      } else if (at.code == opcode::position) {
        read(v, stream::home::position, 0);
      } else if (at.code == opcode::count) {
        renamed[v] = made.code.copy({opcode::scalar, at.type, {}, operands_.scalars + count_index(at)});
      } else if (is_folded(at.code)) {
        const std::uint32_t fold = joined_fold(v);
        const bool of_block = at.code == opcode::fold && result_.folds[fold].group >= 0;
        const bool of_tile = !of_block && result_.folds[fold].pass == p, scanned = result_.folds[fold].scans;
        in.whole_rows |= of_tile && !scanned;
        const stream::home here = scanned ? stream::home::scan : stream::home::fold;
        read(v, of_block ? stream::home::block : of_tile ? here : stream::home::finished, fold);
      } else if (computed_in[v] < s) {
        read(v, stream::home::scratch, static_cast<std::uint32_t>(scratch[v]));
      } else {
        renamed[v] = at.code == opcode::lookup ? made.code.copy_lookup(whole_.table_of(at), renamed[at.operands[0]]) : made.code.copy(at, renamed);
      }
    }
    made.inputs = static_cast<std::uint32_t>(made.operands.size());

    const auto write = [&](value_id v, const stream& to) {
      made.code.store(static_cast<std::uint32_t>(made.operands.size()), v);
      made.operands.push_back(stream_of(in, to));
    };
    for (value_id v = 0; v < scratch.size(); ++v) {
      if (computed_in[v] == s && scratch[v] >= 0) {
        write(renamed[v], {stream::home::scratch, static_cast<std::uint32_t>(scratch[v]), whole_[v].type});
      }
    }
    for (std::uint32_t r = 0; r < roots_.size(); ++r) {
      if (roots_[r].pass != p || roots_[r].level != s) continue;
      const instruction& at = whole_[roots_[r].id];
      if (is_fold(r) && result_.folds[r].scans) {
        in.scans = true;
        write(renamed[at.operands[0]], {stream::home::scan, r, at.type});
      } else if (is_fold(r)) {
        made.folds = true;
        const value_id row = made.code.copy_fold(*result_.folds[r].how, true, renamed[at.operands[0]]);
        write(row, {stream::home::fold, r, at.type});
      } else {
        write(renamed[at.operands[0]], {stream::home::destination, static_cast<std::uint32_t>(at.immediate) - operands_.sources, at.type});
      }
    }
  }

  std::uint32_t count_index(const instruction& count) {
    const std::span<const value_id> space = whole_.space_of(count);
    const cut_count wanted{count.type, fold_immediate::unpack(count.immediate).over, {space.begin(), space.end()}};
    const auto at = std::find(result_.counts.begin(), result_.counts.end(), wanted);
    const auto index = static_cast<std::uint32_t>(at - result_.counts.begin());
    if (at == result_.counts.end()) result_.counts.push_back(wanted);
    return index;
  }

  const program& whole_;
  operand_counts operands_;
  std::span<const std::uint32_t> shape_class_;
  cut result_;
  std::vector<root> roots_;
};

}  // namespace

bool pass::finishes() const noexcept {
  const auto is = [this](stream::home where) {
    return std::any_of(streams.begin(), streams.end(), [where](const stream& s) { return s.where == where; });
  };
  return is(stream::home::finished) && !is(stream::home::source);
}

cut cut_program(const program& whole, operand_counts operands, std::span<const std::uint32_t> shape_class) {
  return cutter(whole, operands, shape_class).run();
}

std::string cut::text() const {
  constexpr const char* homes[] = {"source ", "destination ", "fold ", "scan ", "block of fold ", "position ", "scratch ", "finished fold "};
  std::string text;
  for (std::size_t p = 0; p < passes.size(); ++p) {
    const pass& at = passes[p];
    const bool folds = std::any_of(at.stages.begin(), at.stages.end(), [](const stage& s) { return s.folds; });
    const char* const kind = at.what == pass::kind::map ? "map" : !folds ? "scan" : at.scans ? "fold and scan" : "fold";
    const char* const over = at.what == pass::kind::map ? "" : at.over.is_all() ? " over everything" : " over rows";
    text += "pass " + std::to_string(p) + ": " + kind + over + "\n";
    for (std::size_t s = 0; s < at.stages.size(); ++s) {
      text += " stage " + std::to_string(s) + ":";
      for (std::size_t i = 0; i < at.stages[s].operands.size(); ++i) {
        const stream& to = at.streams[at.stages[s].operands[i]];
        text += (i == 0 ? " " : ", ") + std::to_string(i) + " = " + homes[static_cast<int>(to.where)] + std::to_string(to.index);
      }
      text += "\n" + at.stages[s].code.text();
    }
  }
  return text;
}

}  // namespace onepass
