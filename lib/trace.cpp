// What tracing does at every leaf and fold.
#include <onepass/expression/trace.hpp>

namespace onepass {

value_id trace_reader::read(std::size_t leaf, dtype type) const {
  const value_id id = written->input(slots[leaf], type);
  shaping->push_back(id);
  return id;
}

value_id trace_reader::fold_since(std::size_t before, const reduction& how, axes over, bool keepdims, value_id operand) const {
  const value_id id = written->fold(how, over, keepdims, operand, shaping_since(before));
  shaping->resize(before);
  shaping->push_back(id);
  return id;
}

std::vector<value_id> trace_reader::shaping_since(std::size_t before) const {
  return {shaping->begin() + static_cast<std::ptrdiff_t>(before), shaping->end()};
}

}  // namespace onepass
