// Typing formulas, and writing their programs down.
#include "formula_types.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include <onepass/core/error.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/value/traced.hpp>

namespace onepass {

namespace {

using form = formula_node::form;

std::string_view name_of(const formula_node& node) { return node.what == form::operation ? node.operation->name : node.reduction->name; }

/// "f32", "bool and i32", "bool, f32 and i32".
std::string listed(std::span<const dtype> types) {
  std::string text;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) text += i + 1 == types.size() ? " and " : ", ";
    text += name(types[i]);
  }
  return text;
}

}  // namespace

// --- types ----------------------------------------------------------------------------------------------------------

typed_formula::typed_formula(const formula_text& text, const formula_tree& tree, std::span<const name_role> roles)
    : text_(text), tree_(tree) {
  leaves_.resize(roles.size());
  for (std::size_t n = 0; n < roles.size(); ++n) {
    if (!roles[n].is_number) leaves_[n] = leaf_count_++;
  }
  nodes_.reserve(tree.nodes.size());
  for (const formula_node& node : tree.nodes) {
    typed_node made{node.value.type, node.value.type, true};
    if (node.what == form::name) {
      const dtype stored = roles[node.name].type;
      made = {computed(stored), computed(stored), roles[node.name].is_number, stored};
    }
    if (node.what == form::operation) type_operation(node, made);
    if (node.what == form::reduction) type_reduction(node, made);
    nodes_.push_back(made);
  }
  const auto root = static_cast<std::uint32_t>(nodes_.size() - 1);
  if (nodes_[root].is_number) make_argument(root, nodes_[root].type, root);
}

/// Arrays meet by promotion, truth values apart; numbers follow. Among numbers alone the widest floating one decides.
dtype typed_formula::meeting_type(const formula_node& node) const {
  dtype type = dtype::boolean;
  bool any_array = false, floating_number = false;
  for (int i = 0; i < node.count; ++i) {
    const typed_node& operand = nodes_[node.operands[i]];
    if (operand.is_number) {
      floating_number |= is_floating(operand.type);
    } else if (operand.type != dtype::boolean) {
      if (any_array && !promotes(type, operand.type)) {
        const dtype other = is_floating(type) ? type : operand.type;
        const dtype both[] = {type, operand.type};
        throw type_error(std::string(name_of(node)) + ": operands of " + listed(both) +
                         " do not meet; convert one of them, for example with " + std::string(name(other)) + "(...)");
      }
      type = any_array ? promote(type, operand.type) : computed(operand.type);
      any_array = true;
    }
  }
  if (any_array) {
    if (floating_number && !is_floating(type)) {
      throw type_error(std::string(name_of(node)) + ": a floating number beside an array of " + std::string(name(type)) +
                       "; convert the array, for example with f32(...)");
    }
    return type;
  }
  for (int i = 0; i < node.count; ++i) {
    const typed_node& operand = nodes_[node.operands[i]];
    if (operand.is_number && static_cast<int>(operand.type) > static_cast<int>(type)) type = operand.type;
  }
  return type;
}

/// The case for operands that meet in a numeric type, truth values apart; or null.
const operation_case* typed_formula::case_for(const formula_node& node, dtype numeric) const {
  dtype types[operation_case::most_operands];
  for (int i = 0; i < node.count; ++i) types[i] = nodes_[node.operands[i]].type == dtype::boolean ? dtype::boolean : numeric;
  return node.operation->find(std::span(types, node.count));
}

void typed_formula::fail_case(const formula_node& node, dtype numeric) const {
  dtype types[operation_case::most_operands];
  for (int i = 0; i < node.count; ++i) types[i] = nodes_[node.operands[i]].type == dtype::boolean ? dtype::boolean : numeric;
  std::string text = std::string(name_of(node)) + " does not take " + listed(std::span(types, node.count));
  if (is_integer(numeric) && case_for(node, dtype::f32) != nullptr) text += "; convert with f32(...)";
  throw type_error(text);
}

void typed_formula::type_operation(const formula_node& node, typed_node& made) {
  text_.at(node.place, [&] {
    const dtype numeric = meeting_type(node);
    made.operation = case_for(node, numeric);
    const bool only_numbers = std::none_of(node.operands, node.operands + node.count, [&](std::uint32_t operand) {
      return !nodes_[operand].is_number && nodes_[operand].type != dtype::boolean;
    });
    // An integer that meets no array may be a floating number: sqrt(2).
    if (made.operation == nullptr && only_numbers && is_integer(numeric)) made.operation = case_for(node, dtype::f64);
    if (made.operation == nullptr) fail_case(node, numeric);
    made.type = made.taken_as = made.operation->result;
    take_operands(node, made);
    if (made.is_number && node.operation->on_rows) throw type_error(std::string(name_of(node)) + " takes an array");
  });
}

void typed_formula::take_operands(const formula_node& node, typed_node& made) {
  made.is_number = std::all_of(node.operands, node.operands + node.count, [&](std::uint32_t operand) { return nodes_[operand].is_number; });
  if (made.is_number) return;
  const auto self = static_cast<std::uint32_t>(nodes_.size());
  for (int i = 0; i < node.count; ++i) {
    typed_node& operand = nodes_[node.operands[i]];
    operand.taken_as = made.operation->operands[i];
    if (operand.is_number) make_argument(node.operands[i], operand.taken_as, self);
  }
}

void typed_formula::type_reduction(const formula_node& node, typed_node& made) {
  text_.at(node.place, [&] {
    typed_node& operand = nodes_[node.operands[0]];
    made.is_number = operand.is_number;
    if (!made.is_number) operand.taken_as = node.reduction->joined_in(operand.type);
    made.reduction = node.reduction->find(operand.taken_as);
    if (made.reduction == nullptr && made.is_number && is_integer(operand.type)) made.reduction = node.reduction->find(dtype::f64);
    if (made.reduction == nullptr) {
      const bool takes_f32 = is_integer(operand.type) && node.reduction->find(dtype::f32) != nullptr;
      throw type_error(std::string(name_of(node)) + " does not take " + std::string(name(operand.type)) +
                       (takes_f32 ? "; convert with f32(...)" : ""));
    }
    made.type = made.taken_as = made.reduction->type;
  });
}

/// True if two nodes are the same number whatever is bound: the same name, or the same literal.
bool typed_formula::same_number(std::uint32_t a, std::uint32_t b) const {
  const formula_node &x = tree_.nodes[a], &y = tree_.nodes[b];
  if (x.what != y.what) return false;
  if (x.what == form::name) return x.name == y.name;
  return x.what == form::number && x.value.type == y.value.type && x.value.integer == y.value.integer &&
         to_bits(x.value.floating) == to_bits(y.value.floating);
}

void typed_formula::make_argument(std::uint32_t node, dtype type, std::uint32_t user) {
  const auto same = std::find_if(arguments_.begin(), arguments_.end(),
                                 [&](const argument& known) { return known.type == type && same_number(known.node, node); });
  nodes_[node].scalar = static_cast<std::int32_t>(same - arguments_.begin());
  if (same == arguments_.end()) arguments_.push_back({node, type, user});
}

// --- shapes ---------------------------------------------------------------------------------------------------------

namespace {

/// A shape whose elements can be addressed, should anybody want them in memory.
void check_bytes(const extents& shape, dtype type, std::string_view whose) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  if (shape.size() <= most / size_of(type)) return;
  throw shape_error(std::string(whose) + ": shape " + to_string(shape) + " of " + std::string(name(type)) +
                    " has too many bytes to be addressed");
}

}  // namespace

extents typed_formula::shape(std::span<const extents> of_names, std::vector<axis_set>& axes) const {
  std::vector<extents> stack;  // of operands whose user is still to come
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const formula_node& node = tree_.nodes[i];
    if (node.what == form::operation) {
      text_.at(node.place, [&] { shape_operation(node, nodes_[i], stack, axes); });
    } else if (node.what == form::reduction) {
      if (nodes_[i].is_number) continue;
      text_.at(node.place, [&] { axes.push_back(shape_reduction(node, nodes_[i].reduction->how().empty_allowed, stack.back())); });
    } else if (nodes_[i].is_number) {
      stack.emplace_back();
    } else {
      stack.push_back(of_names[node.name]);
      text_.at(node.place, [&] { check_bytes(stack.back(), nodes_[i].type, tree_.names[node.name]); });
    }
  }
  return stack.back();
}

void typed_formula::shape_operation(const formula_node& node, const typed_node& typed, std::vector<extents>& stack,
                                    std::vector<axis_set>& axes) const {
  const std::size_t first = stack.size() - node.count;
  extents joined = stack[first];
  for (std::size_t i = first + 1; i < stack.size(); ++i) joined = broadcast(joined, stack[i], name_of(node).data());
  if (node.operation->reduces) {
    axes.push_back(shape_reduction(node, node.operation->empty_allowed, joined));
  } else if (node.operation->on_rows) {
    axes.push_back(detail::axes_of(joined, axis{node.axis}, name_of(node)));
  }
  check_bytes(joined, typed.type, name_of(node));
  stack.resize(first);
  stack.push_back(joined);
}

axis_set typed_formula::shape_reduction(const formula_node& node, bool empty_allowed, extents& shape) const {
  const axis_set over = detail::axes_of(shape, node.has_axis ? axes(axis{node.axis}) : axes::all(), name_of(node));
  if (!empty_allowed) detail::check_not_empty(shape, over, name_of(node));
  shape = detail::reduced_shape(shape, over, node.keepdims);
  return over;
}

// --- numbers --------------------------------------------------------------------------------------------------------

void typed_formula::scalars(std::span<const number> of_names, std::vector<std::uint64_t>& bits) const {
  bits.clear();
  if (arguments_.empty()) return;
  std::vector<number> values(nodes_.size());
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const formula_node& node = tree_.nodes[i];
    if (!nodes_[i].is_number) continue;
    if (node.what == form::number) {
      values[i] = node.value;
    } else if (node.what == form::name) {
      values[i] = of_names[node.name];
    } else {
      text_.at(node.place, [&] { values[i] = apply_node(i, values); });
    }
  }
  for (const argument& a : arguments_) {
    text_.at(tree_.nodes[a.node].place, [&] { bits.push_back(values[a.node].bits_as(a.type)); });
  }
}

number typed_formula::apply_node(std::uint32_t i, const std::vector<number>& values) const {
  const formula_node& node = tree_.nodes[i];
  if (node.what == form::reduction) return reduce(*nodes_[i].reduction, values[node.operands[0]]);
  number operands[operation_case::most_operands];
  for (int k = 0; k < node.count; ++k) operands[k] = values[node.operands[k]];
  return apply(*node.operation, *nodes_[i].operation, operands);
}

// --- program --------------------------------------------------------------------------------------------------------

namespace {

/// A value as an element of another type, which operands of the one promote to.
value_id converted(program& written, value_id value, dtype from, dtype to) {
  return from == to ? value : find_operation(name(to))->find(std::span(&from, 1))->run(written, &value);
}

/// A program as it is written down, node by node.
struct tracing {
  program& written;
  std::vector<value_id> values;           ///< of each node
  std::vector<value_id> shaping;          ///< inputs and folds whose shapes make up the shapes of nodes
  std::vector<std::size_t> shaping_from;  ///< of each node: they begin here, when its turn comes
  const std::uint32_t* next_axes;         ///< of what names them

  axis_set take_axes() { return axis_set(static_cast<std::uint16_t>(*next_axes++)); }

  /// What makes up the shape of a node's operand, each once.
  std::vector<value_id> shaping_of_operand(const formula_node& node) {
    const auto from = shaping.begin() + static_cast<std::ptrdiff_t>(shaping_from[node.operands[0]]);
    std::sort(from, shaping.end());
    shaping.erase(std::unique(from, shaping.end()), shaping.end());
    return std::vector<value_id>(from, shaping.end());
  }

  value_id operation(const formula_node& node, const operation_case& how) {
    if (node.operation->on_rows) {
      written.enter_rows(shaping_of_operand(node), take_axes(), node.keepdims || !node.operation->reduces);
    }
    value_id operands[operation_case::most_operands];
    for (int k = 0; k < node.count; ++k) operands[k] = values[node.operands[k]];
    value_id made = how.run(written, operands);
    if (!node.operation->reduces) return made;
    made = written.leave_rows(made, node.keepdims);
    shaping.resize(shaping_from[node.operands[0]]);
    written.shaping_of(made, shaping);
    return made;
  }

  /// A fold is all that is left of the shape of what it folds.
  value_id reduction(const formula_node& node, const reduction_case& how) {
    const value_id made = written.fold(how.how(), take_axes(), node.keepdims, values[node.operands[0]], shaping_of_operand(node));
    shaping.resize(shaping_from[node.operands[0]]);
    shaping.push_back(made);
    return made;
  }
};

}  // namespace

void typed_formula::trace(program& written, const std::uint32_t* slots) const {
  tracing under_way{written, std::vector<value_id>(nodes_.size()), {}, std::vector<std::size_t>(nodes_.size()), slots + leaf_count_};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const formula_node& node = tree_.nodes[i];
    const typed_node& typed = nodes_[i];
    value_id& value = under_way.values[i];
    under_way.shaping_from[i] = node.count > 0 ? under_way.shaping_from[node.operands[0]] : under_way.shaping.size();
    if (typed.is_number) {
      const auto slot = static_cast<std::uint32_t>(typed.scalar);
      if (typed.scalar >= 0) value = written.scalar(slot, arguments_[slot].type);
      continue;
    }
    if (node.what == form::operation) {
      value = under_way.operation(node, *typed.operation);
    } else if (node.what == form::reduction) {
      value = under_way.reduction(node, *typed.reduction);
    } else {
      value = written.input(slots[leaves_[node.name]], typed.read_as);
      under_way.shaping.push_back(value);
      value = converted(written, value, typed.read_as, typed.type);
    }
    value = converted(written, value, typed.type, typed.taken_as);
  }
  written.store(leaf_count_, under_way.values.back());
}

}  // namespace onepass
