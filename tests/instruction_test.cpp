// Every instruction on packs of every type and several sizes, against the scalar interpretation, bit for bit.
//
// The inputs are edge values in all combinations and random bits; of 8 bits, and of 16 where there is one operand, all
// values. On AVX-512, packs compute while rounding is directed, and must not raise a flag: their encoding says both.
// What the scalar interpretation is measured by stands in definition_test.cpp.
#include <gtest/gtest.h>

#include <onepass/value/pack.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <xmmintrin.h>

#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- inputs ---------------------------------------------------------------------------------------------------------

/// Elements side by side: what std::vector is, except for bool.
template <element T>
struct column {
  explicit column(std::size_t count) : size(count), elements(new T[count]()) {}
  explicit column(const std::deque<T>& values) : column(values.size()) { std::copy(values.begin(), values.end(), elements.get()); }

  std::size_t size;
  std::unique_ptr<T[]> elements;
};

template <element... T>
using columns = std::tuple<column<T>...>;

/// Sizes of columns are multiples of the largest pack.
constexpr std::size_t largest_pack = 4 * 64;

/// All combinations of the values, then random bits.
template <element... T>
columns<T...> combined(const std::deque<T>&... values) {
  std::size_t combinations = 1, stride = 1, seed = 17;
  ((combinations *= values.size()), ...);
  const std::size_t size = (combinations + 2000 + largest_pack - 1) / largest_pack * largest_pack;
  const auto one = [&]<element E>(const std::deque<E>& from) {
    column<E> made(size);
    const auto random = random_values<E>(size, ++seed);
    for (std::size_t i = 0; i < size; ++i) made.elements[i] = i < combinations ? from[i / stride % from.size()] : random[i];
    stride *= from.size();
    return made;
  };
  return columns<T...>{one(values)...};
}

/// Few values for three operands, all of 8 bits, else edges.
template <element T>
std::deque<T> values_for(std::size_t operands) {
  std::deque<T> values = edge_values<T>();
  if (operands < 3 && sizeof(T) == 1 && !std::is_same_v<T, bool>) {
    values.clear();
    for (int i = 0; i < 256; ++i) values.push_back(static_cast<T>(i));
  } else if (operands == 3 && values.size() > 30) {
    std::deque<T> fewer;
    for (std::size_t i = 0; i < values.size(); i += 5) fewer.push_back(values[i]);
    fewer.push_back(values.back());
    values = fewer;
  }
  return values;
}

template <element... T>
columns<T...> inputs() {
  return combined(values_for<T>(sizeof...(T))...);
}

// --- comparing ------------------------------------------------------------------------------------------------------

/// Whether two NaNs are the same result, as the language has it; instructions that move bits keep those of a NaN too.
enum class nans { are_equal, have_bits };

template <class F, std::size_t N, element R, element... T>
void compute(R* to, std::size_t count, const T*... from) {
  for (std::size_t i = 0; i < count; i += N) {
    const auto result = F()(values_of<T, N>::load(from + i)...);
    std::remove_const_t<decltype(result)>::store(to + i, result);
  }
}

template <class F, element R, element... T>
void define(R* to, std::size_t count, const T*... from) {
  for (std::size_t i = 0; i < count; ++i) to[i] = F()(scalar<T>{from[i]}...).content;
}

template <element R, element... T>
void compare(const std::string& name, std::size_t n, nans which, const column<R>& got, const column<R>& expected, const columns<T...>& in) {
  for (std::size_t i = 0; i < expected.size; ++i) {
    const R mine = got.elements[i], right = expected.elements[i];
    if (to_bits(mine) == to_bits(right) || (which == nans::are_equal && same_bits(mine, right))) continue;
    std::string operands;
    std::apply([&](const auto&... from) { ((operands += " " + shown(from.elements[i])), ...); }, in);
    FAIL() << name << " of packs of " << n << " gives " << shown(mine) << ", not " << shown(right) << " for" << operands;
  }
}

/// A loop over columns, by packs of some number of lanes.
template <element R, element... T>
struct loop {
  std::size_t lanes;
  void (*run)(R* to, std::size_t count, const T*... from);
};

/// Where packs need nothing from the environment, one that would spoil results; it notices flags.
class foreign_environment {
 public:
  foreign_environment() : before_(_mm_getcsr()) {
    if (target_isa == isa::avx512) _mm_setcsr(round_up);
  }
  foreign_environment(const foreign_environment&) = delete;
  foreign_environment& operator=(const foreign_environment&) = delete;
  ~foreign_environment() {
    if (target_isa == isa::avx512) {
      EXPECT_EQ(_mm_getcsr(), round_up) << "a status flag was raised";
    }
    _mm_setcsr(before_);
  }

 private:
  static constexpr unsigned round_up = 0x1f80 | 0x4000;
  unsigned before_;
};

template <element R, element... T>
[[gnu::noinline]] column<R> result_of(const loop<R, T...>& by, const columns<T...>& in) {
  column<R> made(std::get<0>(in).size);
  std::apply([&](const auto&... from) { by.run(made.elements.get(), made.size, from.elements.get()...); }, in);
  return made;
}

template <element R, element... T>
[[gnu::noinline]] void check_loops(std::string name, const loop<R, T...>& definition, std::initializer_list<loop<R, T...>> loops,
                                   const columns<T...>& in, nans which) {
  ((name += " " + std::string(onepass::name(dtype_of<T>))), ...);
  const column<R> expected = result_of(definition, in);
  SCOPED_TRACE(name);
  for (const auto& by : loops) {
    const column<R> got = [&] {
      const foreign_environment foreign;
      return result_of(by, in);
    }();
    compare(name, by.lanes, which, got, expected, in);
  }
}

template <element... T>
constexpr std::size_t fewest_lanes = std::min({native_lanes<T>...});

/// Checks a function of values, which holds nothing, on all rows of the columns: by a part of a register, one, and
/// several. Other sizes are made of these, wherever neither lanes nor widths change places.
template <class F, element First, element... Rest>
void check(const std::string& name, F, const columns<First, Rest...>& in, nans which = nans::are_equal) {
  using R = typename decltype(F()(scalar<First>{}, scalar<Rest>{}...))::element_type;
  constexpr std::size_t lanes = fewest_lanes<R, First, Rest...>;
  check_loops<R, First, Rest...>(name, {1, define<F, R, First, Rest...>},
                                 {{lanes / 2, compute<F, lanes / 2, R, First, Rest...>},
                                  {lanes, compute<F, lanes, R, First, Rest...>},
                                  {4 * lanes, compute<F, 4 * lanes, R, First, Rest...>}},
                                 in, which);
}

/// The same by packs of every size, from one lane to four registers of the widest type.
template <class F, element First, element... Rest>
void check_sizes(const std::string& name, F, const columns<First, Rest...>& in, nans which = nans::are_equal) {
  using R = typename decltype(F()(scalar<First>{}, scalar<Rest>{}...))::element_type;
  constexpr std::size_t lanes = fewest_lanes<R, First, Rest...>, quarter = lanes >= 4 ? lanes / 4 : 1;
  check_loops<R, First, Rest...>(name, {1, define<F, R, First, Rest...>},
                                 {{1, compute<F, 1, R, First, Rest...>},
                                  {quarter, compute<F, quarter, R, First, Rest...>},
                                  {lanes / 2, compute<F, lanes / 2, R, First, Rest...>},
                                  {lanes, compute<F, lanes, R, First, Rest...>},
                                  {2 * lanes, compute<F, 2 * lanes, R, First, Rest...>},
                                  {4 * lanes, compute<F, 4 * lanes, R, First, Rest...>}},
                                 in, which);
}

#define ONEPASS_CHECK(name, ...) check(#name, [](auto... v) { return prim::name(v...); }, __VA_ARGS__)

template <class T>
concept word_element = integer_element<T> && sizeof(T) >= 4;
template <class T>
concept packed_element = element<T> && !std::is_same_v<T, bool>;

// --- arithmetic -----------------------------------------------------------------------------------------------------

TEST(Instruction, AddsMultipliesAndComparesNumbers) {
  ONEPASS_FOR_TYPES(numeric_element, T, {
    const auto pairs = inputs<T, T>();
    ONEPASS_CHECK(add, pairs);
    ONEPASS_CHECK(sub, pairs);
    ONEPASS_CHECK(mul, pairs);
    ONEPASS_CHECK(min, pairs);
    ONEPASS_CHECK(max, pairs);
    ONEPASS_CHECK(less, pairs);
    ONEPASS_CHECK(less_equal, pairs);
    ONEPASS_CHECK(equal, pairs);
  });
}

TEST(Instruction, DividesAndRoundsFloatingNumbers) {
  ONEPASS_FOR_TYPES(floating_element, T, {
    const auto pairs = inputs<T, T>();
    ONEPASS_CHECK(div, pairs);
    ONEPASS_CHECK(unordered, pairs);
    ONEPASS_CHECK(fma, inputs<T, T, T>());
    const auto each = inputs<T>();
    ONEPASS_CHECK(sqrt, each);
    ONEPASS_CHECK(floor, each);
    ONEPASS_CHECK(ceil, each);
    ONEPASS_CHECK(trunc, each);
    ONEPASS_CHECK(round_even, each);
    ONEPASS_CHECK(truncate, each);
  });
}

/// What the row of `scale` asks for: numbers near 1 and whole exponents; or a NaN, and for it a NaN too.
template <floating_element T>
columns<T, T> inputs_of_scale() {
  const int limit = sizeof(T) == 4 ? 252 : 2044;
  std::deque<T> numbers, exponents;
  for (const T v : {T(0.5), std::nextafter(T(0.5), T(1)), T(0.7), std::nextafter(T(1), T(0)), T(1), std::nextafter(T(1), T(2)), T(1.3), T(2)}) {
    numbers.push_back(v);
    numbers.push_back(-v);
  }
  numbers.push_back(std::numeric_limits<T>::quiet_NaN());
  for (int i = -limit; i <= limit; ++i) exponents.push_back(static_cast<T>(i));
  auto made = combined<T, T>(numbers, exponents);
  auto& [number, exponent] = made;
  for (std::size_t i = numbers.size() * exponents.size(); i < number.size; ++i) {  // in place of random bits
    number.elements[i] = std::fmod(std::abs(number.elements[i]), T(1.5)) + T(0.5);
    exponent.elements[i] = is_nan(number.elements[i]) ? number.elements[i] : exponents[i % exponents.size()];
  }
  return made;
}

TEST(Instruction, ScalesByPowersOfTwo) {
  ONEPASS_FOR_TYPES(floating_element, T, { ONEPASS_CHECK(scale, inputs_of_scale<T>()); });
}

// --- bits -----------------------------------------------------------------------------------------------------------

TEST(Instruction, CombinesBitsOfEveryType) {
  ONEPASS_FOR_TYPES(element, T, {
    const auto pairs = inputs<T, T>();
    ONEPASS_CHECK(bit_and, pairs, nans::have_bits);
    ONEPASS_CHECK(bit_or, pairs, nans::have_bits);
    ONEPASS_CHECK(bit_xor, pairs, nans::have_bits);
    ONEPASS_CHECK(bit_andnot, pairs, nans::have_bits);
  });
}

/// Counts inside the width, around it, and far outside: among them negative ones, which are large.
template <word_element T>
std::deque<T> counts() {
  std::deque<T> made = edge_values<T>();
  for (int i = -70; i <= 70; ++i) made.push_back(static_cast<T>(i));
  return made;
}

TEST(Instruction, ShiftsWords) {
  ONEPASS_FOR_TYPES(word_element, T, {
    const auto pairs = combined(edge_values<T>(), counts<T>());
    ONEPASS_CHECK(shift_left, pairs);
    ONEPASS_CHECK(shift_right, pairs);
  });
}

template <int... Count, word_element T>
void check_constant_shifts(const columns<T>& in) {
  (check("shift_left by " + std::to_string(Count), [](auto v) { return prim::shift_left<Count>(v); }, in), ...);
  (check("shift_right by " + std::to_string(Count), [](auto v) { return prim::shift_right<Count>(v); }, in), ...);
}

TEST(Instruction, ShiftsWordsByConstants) {
  ONEPASS_FOR_TYPES(word_element, T, {
    check_constant_shifts<0, 1, 8, 23, 31>(inputs<T>());
    if constexpr (sizeof(T) == 8) check_constant_shifts<32, 52, 63>(inputs<T>());
  });
}

template <element From, element To>
void check_reinterpretation() {
  if constexpr (packed_element<From> && packed_element<To> && sizeof(From) == sizeof(To)) {
    const std::string as = "reinterpret as " + std::string(name(dtype_of<To>));
    check_sizes(as, [](auto v) { return prim::reinterpret<To>(v); }, inputs<From>(), nans::have_bits);
  }
}

TEST(Instruction, ReinterpretsElementsOfEqualSize) {
  ONEPASS_FOR_TYPES(packed_element, From, { ONEPASS_FOR_TYPES(packed_element, To, { check_reinterpretation<From, To>(); }); });
}

// --- choice ---------------------------------------------------------------------------------------------------------

TEST(Instruction, SelectsElementsOfEveryType) {
  ONEPASS_FOR_TYPES(element, T, {
    check_sizes("select", [](auto... v) { return prim::select(v...); }, inputs<bool, T, T>(), nans::have_bits);
  });
}

/// Truth values of one width choose among elements of another.
template <element From, element T>
void check_selection_by() {
  check_sizes("select by less", [](auto a, auto b, auto x, auto y) { return prim::select(prim::less(a, b), x, y); },
        combined<From, From, T, T>({From(0), From(1)}, {From(1), From(2)}, random_values<T>(50, 1), {T(3)}), nans::have_bits);
}

TEST(Instruction, SelectsByTruthValuesOfEveryWidth) {
  const auto by = []<element From>(std::type_identity<From>) {
    check_selection_by<From, std::uint8_t>();
    check_selection_by<From, std::int16_t>();
    check_selection_by<From, float>();
    check_selection_by<From, double>();
    check_selection_by<From, bool>();
  };
  by(std::type_identity<std::uint8_t>());
  by(std::type_identity<std::int16_t>());
  by(std::type_identity<float>());
  by(std::type_identity<double>());
}

TEST(Instruction, CombinesTruthValuesOfEveryWidth) {
  ONEPASS_FOR_TYPES(numeric_element, T, {
    const auto triples = inputs<T, T, T>();
    check("both", [](auto a, auto b, auto c) { return prim::bit_and(prim::less(a, b), prim::less(b, c)); }, triples);
    check("either", [](auto a, auto b, auto c) { return prim::bit_or(prim::less(a, b), prim::less(b, c)); }, triples);
    check("one", [](auto a, auto b, auto c) { return prim::bit_xor(prim::less(a, b), prim::less(b, c)); }, triples);
    check("second only", [](auto a, auto b, auto c) { return prim::bit_andnot(prim::less(a, b), prim::less(b, c)); }, triples);
  });
}

TEST(Instruction, SelectsWhatIsRarelyNeeded) {
  ONEPASS_FOR_TYPES(numeric_element, T, {
    check_sizes("rarely", [](auto a, auto b) { return prim::rarely(prim::less(a, a.like(1)), b, [&] { return prim::sub(b, a); }); }, inputs<T, T>());
  });
}

TEST(Instruction, FillsWithNumbers) {
  ONEPASS_FOR_TYPES(element, T, {
    check_sizes("like", [](auto v) { return v.like(1); }, inputs<T>());
    check_sizes("literal", [](auto v) { return v.template literal<std::int16_t>(-77); }, inputs<T>());
  });
}

// --- change of type -------------------------------------------------------------------------------------------------

/// All values of 16 bits, edges and random ones of more.
template <element T>
columns<T> inputs_of_conversion() {
  if constexpr (sizeof(T) == 2) {
    std::deque<T> all;
    for (std::uint32_t bits = 0; bits < 65536; ++bits) all.push_back(from_bits<T>(bits));
    return combined(all);
  } else {
    return inputs<T>();
  }
}

template <element From, element To>
void check_conversion() {
  if constexpr (convertible(dtype_of<From>, dtype_of<To>)) {
    const nans which = storage_element<From> || storage_element<To> ? nans::have_bits : nans::are_equal;
    check_sizes("convert to " + std::string(name(dtype_of<To>)), [](auto v) { return prim::convert<To>(v); }, inputs_of_conversion<From>(), which);
  }
}

TEST(Instruction, ConvertsBetweenTheListedTypes) {
  ONEPASS_FOR_TYPES(element, From, { ONEPASS_FOR_TYPES(element, To, { check_conversion<From, To>(); }); });
}

// --- tables ---------------------------------------------------------------------------------------------------------

constexpr std::array<double, 5> halves{0.5, 1.5, 2.5, 3.5, 4.5};
constexpr table<double> halves_table{"halves", halves};
constexpr std::array<std::uint8_t, 3> primes{2, 3, 5};
constexpr table<std::uint8_t> primes_table{"primes", primes};
constexpr std::array<float, 1> one_only{1.0f};
constexpr table<float> one_only_table{"one only", one_only};

TEST(Instruction, LooksUpInTables) {
  const auto indices = combined<std::int32_t>({-2147483647 - 1, -1, 0, 1, 2, 3, 4, 5, 6, 2147483647});
  check_sizes("lookup", [](auto v) { return prim::lookup(halves_table, v); }, indices);
  check_sizes("lookup", [](auto v) { return prim::lookup(primes_table, v); }, indices);
  check_sizes("lookup", [](auto v) { return prim::lookup(one_only_table, v); }, indices);
}

}  // namespace
}  // namespace onepass::testing
