// What tracing does at every leaf and fold.
#include <onepass/expression/trace.hpp>

#include <algorithm>

namespace onepass {

value_id trace_reader::read(std::size_t leaf, dtype type) const {
  const value_id id = written->input(slots[leaf], type);
  shaping.push_back(id);
  return id;
}

value_id trace_reader::fold_since(std::size_t before, const reduction& how, folded form, value_id operand) const {
  const axis_set over = form == folded::to_number ? axis_set::all() : axis_set(static_cast<std::uint16_t>(*next_axes++));
  const value_id id = written->fold(how, over, form == folded::with_axes, operand, shaping_since(before));
  shaping.resize(before);
  shaping.push_back(id);
  return id;
}

std::size_t trace_reader::enter_rows(folded form) const {
  const std::size_t before = rows_begin.back();
  rows_begin.pop_back();
  written->enter_rows(shaping_since(before), axis_set(static_cast<std::uint16_t>(*next_axes++)),
                      form == folded::no || form == folded::with_axes);
  return before;
}

value_id trace_reader::leave_rows(std::size_t before, folded form, value_id result) const {
  if (form == folded::no) return result;
  result = written->leave_rows(result, form == folded::with_axes);
  shaping.resize(before);
  written->shaping_of(result, shaping);
  return result;
}

std::vector<value_id> trace_reader::shaping_since(std::size_t before) const {
  return {shaping.begin() + static_cast<std::ptrdiff_t>(before), shaping.end()};
}

}  // namespace onepass
