// Every operation, on every combination of element types that it takes, by every engine: the bits of the scalar
// interpretation. An operation that is added to its family's list is tested here without another word.
#include <onepass/onepass.hpp>
#include <onepass/op/registry.hpp>

#include <tuple>

#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr engine engines[] = {engine::fused, engine::compiled, engine::interpreted};

/// Columns of inputs for an operation with operands T...: edge values in all combinations, then random ones.
template <class... T>
std::tuple<std::deque<T>...> inputs() {
  std::tuple<std::deque<T>...> columns;
  const std::tuple<std::deque<T>...> edges{[] {
    std::deque<T> values = edge_values<T>();
    if (sizeof...(T) == 3 && values.size() > 16) {
      std::deque<T> fewer;
      for (std::size_t i = 0; i < values.size(); i += 7) fewer.push_back(values[i]);
      fewer.push_back(values.back());
      values = fewer;
    }
    return values;
  }()...};
  std::size_t combinations = 1;
  std::apply([&](const auto&... e) { ((combinations *= e.size()), ...); }, edges);
  std::size_t repeat = 1;
  const auto append_edges = [&](auto& column, const auto& values) {
    for (std::size_t i = 0; i < combinations; ++i) column.push_back(values[i / repeat % values.size()]);
    repeat *= values.size();
  };
  const auto append_random = []<class V>(std::deque<V>& column, std::uint64_t seed) {
    const auto random = random_values<V>(3001, seed);
    column.insert(column.end(), random.begin(), random.end());
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (append_edges(std::get<I>(columns), std::get<I>(edges)), ...);
    (append_random(std::get<I>(columns), 17 + I), ...);
  }(std::index_sequence_for<T...>{});
  return columns;
}

template <class T>
array<T> as_array(const std::deque<T>& values) {
  array<T> made({values.size()});
  std::copy(values.begin(), values.end(), made.data());
  return made;
}

/// Calls the test for Op on T... if Op takes them.
template <class Op, class... T>
void check_types() {
  if constexpr (takes<Op, T...>) {
    using R = yields_of<Op, T...>;
    SCOPED_TRACE(std::string(Op::name) + ((" " + std::string(name(dtype_of<T>))) + ...));
    const auto columns = inputs<T...>();
    const std::size_t count = std::get<0>(columns).size();
    std::deque<R> expected(count);
    for (std::size_t i = 0; i < count; ++i) {
      expected[i] = std::apply([&](const auto&... column) { return Op::body(scalar<T>{column[i]}...).content; }, columns);
    }
    const auto arrays = std::apply([](const auto&... column) { return std::make_tuple(as_array(column)...); }, columns);
    for (const engine e : engines) {
      const array<R> result =
          std::apply([&](const auto&... operand) { return evaluate(options{.engine = e}, make_node<Op>(operand...)); }, arrays);
      ASSERT_EQ(result.size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(same_bits(result.data()[i], R(expected[i])))
            << name(e) << " gives " << shown(result.data()[i]) << ", not " << shown(R(expected[i])) << " for "
            << std::apply([&](const auto&... column) { return ((shown(T(column[i])) + " ") + ...); }, columns);
      }
    }
  }
}

/// Every type once, and with bool conditions in front for operations that take them.
template <class Op, class... T>
void check_arities() {
  (check_types<Op, T>(), ...);
  (check_types<Op, T, T>(), ...);
  (check_types<Op, T, T, T>(), ...);
  (check_types<Op, bool, T, T>(), ...);
}

TEST(Operation, HasTheSameBitsOnEveryEngine) {
  for_each_operation([](auto type) {
    using Op = typename decltype(type)::type;
    if constexpr (!row_operation<Op>) check_arities<Op, bool, std::uint8_t, std::int32_t, float, double>();
  });
}

}  // namespace
}  // namespace onepass::testing
