// Every operation of the registry that states an error, on f32 and f64. ONEPASS_FUSED_FUNCTIONS names the table.
#include "fused_functions.hpp"

#include <tuple>
#include <utility>
#include <vector>

#include <onepass/onepass.hpp>
#include <onepass/op/registry.hpp>

namespace onepass::testing {

namespace {

template <class Op, class T, std::size_t... I>
void evaluate_expression(const options& how, const void* x, void* y) {
  const auto* const operands = static_cast<const array<T>*>(x);
  evaluate_into(how, std::tie(*static_cast<array<T>*>(y)), make_node<Op>(operands[I]...));
}

template <std::size_t, class T>
using same = T;

template <class Op, class T, std::size_t... I>
void add_function(std::vector<fused_function>& to, std::index_sequence<I...>) {
  if constexpr (takes<Op, same<I, T>...>) to.push_back({Op::name, sizeof...(I), dtype_of<T>, evaluate_expression<Op, T, I...>});
}

template <class Op, class T>
void add_functions(std::vector<fused_function>& to) {
  add_function<Op, T>(to, std::make_index_sequence<1>{});
  add_function<Op, T>(to, std::make_index_sequence<2>{});
  add_function<Op, T>(to, std::make_index_sequence<3>{});
}

std::vector<fused_function> make_table() {
  std::vector<fused_function> made;
  for_each_operation([&](auto type) {
    using Op = typename decltype(type)::type;
    if constexpr (requires { Op::error; }) {
      add_functions<Op, float>(made);
      add_functions<Op, double>(made);
    }
  });
  return made;
}

}  // namespace

std::span<const fused_function> ONEPASS_FUSED_FUNCTIONS() {
  static const std::vector<fused_function> made = make_table();
  return made;
}

}  // namespace onepass::testing
