// Formulas: bindings become operands, and what is known of them for certain types becomes a request.
//
// Everything about a formula for one combination of types hangs in a list that only grows, so that several threads read
// it without locks; all of it goes with the last copy of the formula.
#include <onepass/formula/formula.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include <onepass/run/environment.hpp>

#include "formula_types.hpp"
#include "prepared.hpp"
#include "quick.hpp"

namespace onepass {

namespace {

/// A formula for one combination of types, and where the core remembers it.
struct specialisation {
  const std::vector<name_role> roles;
  const typed_formula typed;
  site remembered;

  specialisation(const formula_text& text, const formula_tree& tree, std::vector<name_role> of_names)
      : roles(std::move(of_names)), typed(text, tree, roles) {}
  specialisation(const specialisation&) = delete;
  specialisation& operator=(const specialisation&) = delete;
  ~specialisation() {
    for (prepared* at = remembered.known; at != nullptr;) delete std::exchange(at, at->next);
    for (quick_kernel* at = remembered.quick; at != nullptr;) delete std::exchange(at, at->next);
  }
};

formula_tree parsed(const formula_text& text) {
  const environment_scope environment;  // numbers are rounded to nearest, whatever the caller computes in
  return parse_formula(text);
}

}  // namespace

struct formula_content {
  explicit formula_content(std::string_view read) : text(read), tree(parsed(text)) {}

  specialisation& specialised(std::vector<name_role>& roles) {
    const auto same = [&](const specialisation& s) { return s.roles == roles; };
    if (specialisation* const found = known.find(same)) return *found;
    const std::lock_guard lock(making);
    if (specialisation* const found = known.find(same)) return *found;
    return known.add(text, tree, std::move(roles));
  }

  const formula_text text;
  const formula_tree tree;
  std::mutex making;
  growing_list<specialisation> known;
};

namespace {

/// Where arrays of which only a description is known pretend to be: far from each other, and never read.
const void* nowhere(std::size_t name) { return reinterpret_cast<const void*>((name + 1) << 48); }

/// Bindings in the order of the names, taken apart.
struct operands {
  std::vector<name_role> roles;
  std::vector<number> numbers;           ///< of each name that is one
  std::vector<extents> shapes;           ///< of each other name
  std::vector<source> sources;           ///< of the same, without gaps
  std::optional<std::size_t> described;  ///< a name that has no elements

  explicit operands(std::size_t names) : roles(names), numbers(names), shapes(names) { sources.reserve(names); }

  void take(std::size_t n, const binding& given) {
    std::visit([&](const auto& value) { take_value(n, value); }, given.value);
  }

 private:
  void take_value(std::size_t n, const any_array& array) {
    if (!array.has_value()) throw value_error("the array bound to it is empty: it has neither type nor shape");
    take_array(n, array.type(), array.shape(), array.data(), array.held().get());
  }
  void take_value(std::size_t n, const binding::description& what) {
    described = n;
    take_array(n, what.type, what.shape, nowhere(n), nullptr);
  }
  void take_array(std::size_t n, dtype type, const extents& shape, const void* data, const block* owner) {
    roles[n] = {type, false};
    shapes[n] = shape;
    sources.push_back({data, type, layout(shape), owner});
  }
  void take_value(std::size_t n, bool value) { take_number(n, {dtype::boolean, value, 0}); }
  void take_value(std::size_t n, std::int64_t value) { take_number(n, {dtype::i32, value, 0}); }
  void take_value(std::size_t n, float value) { take_number(n, {dtype::f32, 0, static_cast<double>(value)}); }
  void take_value(std::size_t n, double value) { take_number(n, {dtype::f64, 0, value}); }
  void take_number(std::size_t n, const number& value) {
    roles[n] = {value.type, true};
    numbers[n] = value;
  }
};

/// The binding of each name, in the order of the names.
std::vector<const binding*> in_order(const formula_text& text, const formula_tree& tree, const bindings& given) {
  std::vector<const binding*> ordered(tree.names.size(), nullptr);
  for (const binding& b : given) {
    const auto at = std::find(tree.names.begin(), tree.names.end(), b.name);
    if (at == tree.names.end()) {
      const std::vector<std::string_view> names(tree.names.begin(), tree.names.end());
      throw value_error("formula: " + quoted(b.name) + " is bound, but the formula has no such name" + did_you_mean(b.name, names));
    }
    const binding*& place = ordered[static_cast<std::size_t>(at - tree.names.begin())];
    if (place != nullptr) throw value_error("formula: " + quoted(b.name) + " is bound twice");
    place = &b;
  }
  for (std::size_t n = 0; n < ordered.size(); ++n) {
    if (ordered[n] != nullptr) continue;
    const bool callable = find_operation(tree.names[n]) != nullptr || find_reduction(tree.names[n]) != nullptr;
    const std::string hint = callable ? "; the operation is called as in " + tree.names[n] + "(x)" : "";
    throw value_error(text.message(tree.name_places[n], "nothing is bound to " + quoted(tree.names[n]) + hint));
  }
  return ordered;
}

/// Fused loops are compiled with the user's code, where no formula is known.
void require_possible(const options& how) {
  if (how.engine != engine::fused) return;
  throw value_error("formula: the fused engine runs expressions that were compiled with the program; a formula is read at run time, "
                    "so its engine is compiled, interpreted or automatic");
}

/// One evaluation or explanation: the request, and everything that it refers to.
class call {
 public:
  /// `held` may be reused for the result if it has no more than `own_references`.
  call(formula_content& of, const bindings& given, block_reference& held, std::int64_t own_references)
      : of_(of), operands_(of.tree.names.size()) {
    const std::vector<const binding*> ordered = in_order(of.text, of.tree, given);
    for (std::size_t n = 0; n < ordered.size(); ++n) {
      of.text.at(of.tree.name_places[n], [&] { operands_.take(n, *ordered[n]); });
    }
    known_ = &of.specialised(operands_.roles);
    result_.kind = destination::place::array;
    result_.type = known_->typed.type();
    result_.held = &held;
    result_.own_references = own_references;
    result_.where = layout(known_->typed.shape(operands_.shapes, axes_));
    known_->typed.scalars(operands_.numbers, scalars_);
  }
  call(const call&) = delete;
  call& operator=(const call&) = delete;

  void require_elements() const {
    if (!operands_.described) return;
    const std::size_t n = *operands_.described;
    const std::string what = quoted(of_.tree.names[n]) + " is only described; to evaluate takes its elements";
    throw value_error(of_.text.message(of_.tree.name_places[n], what));
  }

  request what() {
    request made{};
    made.remembered = &known_->remembered;
    made.trace = [](program& written, const std::uint32_t* slots, const void* context) {
      static_cast<const typed_formula*>(context)->trace(written, slots);
    };
    made.context = &known_->typed;
    made.fused_isa = isa::baseline;
    made.sources = operands_.sources.data();
    made.source_count = operands_.sources.size();
    made.axes = axes_.data();
    made.axes_count = axes_.size();
    made.scalars = scalars_.data();
    made.scalar_count = scalars_.size();
    made.destinations = &result_;
    made.destination_count = 1;
    return made;
  }

 private:
  formula_content& of_;
  operands operands_;
  specialisation* known_;
  std::vector<std::uint64_t> scalars_;
  std::vector<axis_set> axes_;
  destination result_{};
};

}  // namespace

formula::formula(std::string_view text) : content_(std::make_shared<formula_content>(text)) {}

const std::vector<std::string>& formula::names() const noexcept { return content_->tree.names; }

any_array formula::evaluate(const bindings& given, const options& how) const {
  any_array result;
  evaluate_into(result, given, how);
  return result;
}

void formula::evaluate_into(any_array& result, const bindings& given, const options& how) const {
  require_possible(how);
  const environment_scope environment;
  block_reference held = result.held();  // the second reference: `result` keeps its elements if this fails
  call under_way(*content_, given, held, 2);
  under_way.require_elements();
  evaluate_request(how, under_way.what());
  result = any_array(std::move(held));
}

explanation formula::explain(const bindings& given, const options& how, bool with_listing) const {
  require_possible(how);
  const environment_scope environment;
  block_reference none;
  call under_way(*content_, given, none, 1);
  return explain_request(how, under_way.what(), with_listing);
}

}  // namespace onepass
