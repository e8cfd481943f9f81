// What must be true of every input, tried on random and edge values: simplification keeps the bits, simplifying again
// changes nothing, and every operation keeps the laws that it declares.
#include <onepass/ir/program.hpp>
#include <onepass/op/registry.hpp>

#include <string>

#include "program_text.hpp"
#include "random_script.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// Bits for each input: one of each element type, any bits or edges.
std::vector<std::uint64_t> random_inputs(std::uint64_t seed) {
  std::vector<std::uint64_t> inputs;
  for (int i = 0; i < dtype_count; ++i) {
    inputs.push_back(with_element_type(static_cast<dtype>(i), [seed](auto t) {
      using T = typename decltype(t)::type;
      const std::deque<T> edges = edge_values<T>();
      return to_bits(seed % 2 == 0 ? edges[seed / 2 % edges.size()] : random_values<T>(1, seed)[0]);
    }));
  }
  return inputs;
}

bool same(std::uint64_t a, std::uint64_t b, dtype type) { return a == b || (is_nan(a, type) && is_nan(b, type)); }

TEST(Simplification, KeepsTheBitsOfEveryValue) {
  script_writer writer(3);
  std::vector<value_id> values;
  std::size_t compared = 0, open = 0, asked = 0, kept = 0;
  for (std::uint64_t round = 0; round < 1500; ++round) {
    const script lines = writer.write(50);
    const program simplified = append_script(lines, values);
    asked += lines.size();
    kept += simplified.size();
    for (std::uint64_t sample = 0; sample < 4; ++sample) {
      const std::vector<std::uint64_t> inputs = random_inputs(round * 31 + sample * 7);
      const std::vector<evaluated> expected = evaluate_lines(lines, inputs);
      const std::vector<evaluated> found = evaluate_lines(simplified.instructions(), inputs);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (expected[i].loose || found[values[i]].loose) {
          ++open;
          continue;
        }
        ++compared;
        ASSERT_TRUE(same(expected[i].bits, found[values[i]].bits, lines[i].type))
            << "line " << i << ", " << facts_of(lines[i].code).name << ": " << std::hex << expected[i].bits << " became " << found[values[i]].bits
            << " as %" << std::dec << values[i] << " of\n" << simplified.text();
      }
    }
  }
  EXPECT_GT(compared, 4 * open) << "most values do not depend on the payload of a NaN";
  EXPECT_LT(kept, asked * 9 / 10) << "rules and sharing do apply";
}

TEST(Simplification, OfWhatIsSimplifiedChangesNothing) {
  script_writer writer(5);
  std::vector<value_id> values;
  for (int round = 0; round < 500; ++round) {
    const program once = append_script(writer.write(80), values);
    const script lines(once.instructions().begin(), once.instructions().end());
    EXPECT_EQ(append_script(lines, values), once) << once.text();
  }
}

// --- operations -------------------------------------------------------------------------------------------------------

template <class T>
std::deque<T> samples() {
  std::deque<T> values = edge_values<T>();
  const std::deque<T> random = random_values<T>(1000, 11);
  values.insert(values.end(), random.begin(), random.end());
  return values;
}

template <class Op, class... T>
auto applied(T... x) {
  return Op::body(scalar<T>{x}...).content;
}

template <class Op, class T>
constexpr bool closed_unary() {
  if constexpr (takes<Op, T>) {
    return std::is_same_v<yields_of<Op, T>, T>;
  } else {
    return false;
  }
}

template <class T>
T next_above(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::nextafter(x, std::numeric_limits<T>::infinity());
  } else {
    return x == std::numeric_limits<T>::max() ? x : static_cast<T>(x + 1);
  }
}

template <class Op, class T>
void check_monotone(T x, T above) {
  const T y = applied<Op>(x), other = applied<Op>(above);
  if (x <= above && y == y && other == other) {
    EXPECT_LE(y, other) << shown(x) << " and " << shown(above);
  }
}

template <class Op, class T>
void check_unary_laws(const std::deque<T>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T x = values[i], y = applied<Op>(x);
    if constexpr (Op::holds.idempotent) {
      EXPECT_TRUE(same_bits(applied<Op>(y), y)) << shown(x);
    }
    if constexpr (numeric_element<T> && std::is_signed_v<T>) {  // -x of an unsigned x is another number
      if constexpr (Op::holds.odd) {
        EXPECT_TRUE(same_bits(applied<Op>(applied<negate_op>(x)), applied<negate_op>(y))) << shown(x);
      }
      if constexpr (Op::holds.even) {
        EXPECT_TRUE(same_bits(applied<Op>(applied<negate_op>(x)), y)) << shown(x);
      }
    }
    if constexpr (Op::holds.monotone) {
      check_monotone<Op>(x, next_above(x));
      check_monotone<Op>(x, values[(i + 1) % values.size()]);
    }
  }
}

template <class Op, class T>
void check_binary_laws(const std::deque<T>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const std::size_t step : {0u, 1u, 17u, 500u}) {
      const T x = values[i], y = values[(i + step) % values.size()];
      if constexpr (Op::holds.commutative) {
        EXPECT_TRUE(same_bits(applied<Op>(x, y), applied<Op>(y, x))) << shown(x) << " and " << shown(y);
      }
      if constexpr (Op::holds.idempotent && std::is_same_v<decltype(applied<Op>(x, y)), T>) {
        EXPECT_TRUE(same_bits(applied<Op>(x, x), x)) << shown(x);
      }
    }
  }
}

template <class Op, class... T>
void check_laws() {
  const auto check = [&]<class E>(std::type_identity<E>) {
    SCOPED_TRACE(std::string(Op::name) + " " + std::string(name(dtype_of<E>)));
    if constexpr (closed_unary<Op, E>()) check_unary_laws<Op, E>(samples<E>());
    if constexpr (takes<Op, E, E>) check_binary_laws<Op, E>(samples<E>());
  };
  (check(std::type_identity<T>{}), ...);
}

TEST(Operation, KeepsTheLawsThatItDeclares) {
  int declared = 0;
  for_each_operation([&](auto type) {
    using Op = typename decltype(type)::type;
    if constexpr (requires { Op::holds; }) {
      ++declared;
      check_laws<Op, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, float,
                 double>();
    }
  });
  EXPECT_GE(declared, 10);
}

}  // namespace
}  // namespace onepass::testing
