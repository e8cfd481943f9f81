// The bits of everything, as a committed list: one line for each operation and reduction and each combination of element
// types, with a hash of the results for fixed arguments. Whoever changes a bit, changes a line. Every engine of the core and
// every instruction set has to give this one list; the fused loops are held to the same bits by operation_test.
// `digest_test --write` renews tests/digests.txt.
#include <onepass/formula/formula.hpp>
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "committed.hpp"
#include "formula_operations.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

// --- arguments, by their bits, so that no library has a part in them ---

/// One bijection of 64 bits: SplitMix64's.
std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

/// Where exponent and fraction of a floating type lie.
struct floating_bits {
  int fraction, exponent;  ///< widths
  std::uint64_t sign() const { return std::uint64_t{1} << (fraction + exponent); }
  std::uint64_t infinity() const { return sign() - (std::uint64_t{1} << fraction); }
  std::uint64_t power(int of) const { return static_cast<std::uint64_t>((1 << (exponent - 1)) - 1 + of) << fraction; }
};

floating_bits bits_of(dtype type) {
  switch (type) {
    case dtype::f16: return {10, 5};
    case dtype::bf16: return {7, 8};
    case dtype::f32: return {23, 8};
    default: return {52, 11};
  }
}

std::vector<std::uint64_t> special_values(dtype type) {
  if (type == dtype::boolean) return {0, 1};
  const std::uint64_t width = 8 * size_of(type), all = ~std::uint64_t{0} >> (64 - width), top = std::uint64_t{1} << (width - 1);
  if (!is_floating(type)) return {0, 1, 2, 3, 5, 7, 8, 31, 64, 100, top - 2, top - 1, top, top + 1, all - 99, all - 7, all - 2, all - 1, all};
  const floating_bits f = bits_of(type);
  const std::uint64_t one = f.power(0), half = f.power(-1), quarter_of_one = std::uint64_t{1} << (f.fraction - 2);
  const std::uint64_t normal = std::uint64_t{1} << f.fraction, two = f.power(1);
  const std::vector<std::uint64_t> positive = {
      0, 1, normal - 1, normal, f.power(-f.fraction), half, half + quarter_of_one, one - 1, one, one + 1, one + 2 * quarter_of_one, two,
      two + quarter_of_one, two + 2 * quarter_of_one, f.power(3) + quarter_of_one, f.power(f.exponent - 2), f.power(f.fraction - 1) + 1,
      f.power(f.fraction + 1), f.infinity() - 1, f.infinity()};
  std::vector<std::uint64_t> values = positive;
  for (const std::uint64_t v : positive) values.push_back(v | f.sign());
  values.push_back(f.infinity() + 2 * quarter_of_one);  // NaN
  return values;
}

/// Moderate: floating numbers between 2^-6 and 2^6, integers below 100; else any bits.
std::uint64_t random_value(dtype type, std::uint64_t number, bool moderate) {
  const std::uint64_t random = mixed(number * 0x9e3779b97f4a7c15 + static_cast<std::uint64_t>(size_of(type)));
  if (type == dtype::boolean) return random >> 63;
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - 8 * size_of(type));
  if (!moderate) {
    const bool none = is_floating(type) && (random & (bits_of(type).sign() - 1)) > bits_of(type).infinity();
    return none ? 0 : random & all;  // NaNs have no bits of their own
  }
  if (!is_floating(type)) return is_signed(type) && (random >> 63) != 0 ? (0 - (random >> 32) % 100) & all : (random >> 32) % 100;
  const floating_bits f = bits_of(type);
  const std::uint64_t fraction = random & ((std::uint64_t{1} << f.fraction) - 1);
  const std::uint64_t magnitude = f.power(static_cast<int>(random >> 56 & 0xf) % 12 - 6) | fraction;
  return (random >> 63) != 0 ? magnitude | f.sign() : magnitude;
}

any_array array_of(dtype type, const std::vector<std::uint64_t>& values, const extents& shape) {
  return with_element_type(type, [&](auto as) -> any_array {
    using T = typename decltype(as)::type;
    array<T> made(shape);
    T* const to = made.data();
    for (std::size_t i = 0; i < values.size(); ++i) to[i] = from_bits<T>(values[i]);
    return made;
  });
}

/// The operands of a case: special values, each with each, then random ones.
bindings arguments_of(const operation_case& c) {
  const std::size_t random = c.count == 1 ? 2048 : 512;
  std::vector<std::vector<std::uint64_t>> specials;
  std::size_t combinations = 1;
  for (int i = 0; i < c.count; ++i) {
    std::vector<std::uint64_t> values = special_values(c.operands[i]);
    if (c.count == 3 && values.size() > 13) {
      for (std::size_t k = 0; 3 * k < values.size(); ++k) values[k] = values[3 * k];
      values.resize((values.size() + 2) / 3);
    }
    combinations *= values.size();
    specials.push_back(std::move(values));
  }
  bindings given;
  std::size_t repeat = 1;
  for (int i = 0; i < c.count; ++i) {
    const auto& values = specials[static_cast<std::size_t>(i)];
    std::vector<std::uint64_t> column;
    for (std::size_t k = 0; k < combinations; ++k) column.push_back(values[k / repeat % values.size()]);
    for (std::size_t k = 0; k < random; ++k) column.push_back(random_value(c.operands[i], 3 * k + static_cast<std::size_t>(i), k % 4 != 0));
    given.emplace_back("x" + std::to_string(i), array_of(c.operands[i], column, {column.size()}));
    repeat *= values.size();
  }
  return given;
}

any_array matrix_of(dtype type, std::size_t number = 0) {
  constexpr std::size_t rows = 13, columns = 301;
  std::vector<std::uint64_t> values;
  for (std::size_t k = 0; k < rows * columns; ++k) values.push_back(random_value(type, number * rows * columns + k, true));
  return array_of(type, values, {rows, columns});
}

// --- digests ---

/// Of the bits of all elements; every NaN is the same.
std::uint64_t digest_of(const any_array& values) {
  const dtype type = values.type();
  std::uint64_t digest = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, static_cast<const char*>(values.data()) + i * size_of(type), size_of(type));
    if (is_floating(type) && (bits & (bits_of(type).sign() - 1)) > bits_of(type).infinity()) bits = ~std::uint64_t{0};
    digest = mixed(digest ^ bits) + 0x9e3779b97f4a7c15;
  }
  return digest;
}

std::string hexadecimal(std::uint64_t digest) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}

/// "exp(f32) f32 0123456789abcdef\n"; the digests of all ways have to agree.
std::string line_of(const std::string& title, const std::string& text, const bindings& given) {
  const formula what(text);
  std::string line;
  for (const options& how : core_ways()) {
    const any_array result = what.evaluate(given, how);
    const std::string found = title + " " + std::string(name(result.type())) + " " + hexadecimal(digest_of(result)) + "\n";
    if (line.empty()) line = found;
    EXPECT_EQ(found, line) << to_string(how);
  }
  return line;
}

/// Formulas compute with storage types as f32, so what takes nothing else cannot be called there.
bool is_callable(const formula_operation& op, const operation_case& c) {
  dtype types[operation_case::most_operands];
  for (int i = 0; i < c.count; ++i) types[i] = computed(c.operands[i]);
  return op.find(std::span(types, static_cast<std::size_t>(c.count))) != nullptr;
}

std::string lines_of(const formula_operation& op) {
  std::string lines;
  for (const operation_case& c : op.cases) {
    if (!is_callable(op, c)) continue;
    std::string text(op.name), title(op.name);
    for (int i = 0; i < c.count; ++i) {
      text += (i == 0 ? "(x" : ", x") + std::to_string(i);
      title += (i == 0 ? "(" : ", ") + std::string(name(c.operands[i]));
    }
    bindings given;
    if (op.on_rows) {
      const bool has_number = c.count == 2 && (op.name == "variance" || op.name == "stddev");  // what is subtracted from n
      for (int i = 0; i < c.count; ++i) given.emplace_back("x" + std::to_string(i), matrix_of(c.operands[i], static_cast<std::size_t>(i)));
      if (has_number) given.back() = binding("x1", 1);
      lines += line_of(title + ", axis=0)", text + ", axis=0)", given);
    } else {
      given = arguments_of(c);
    }
    lines += line_of(title + ")", text + ")", given);
  }
  return lines;
}

std::string lines_of(const formula_reduction& op) {
  std::string lines;
  for (const reduction_case& c : op.cases) {
    const bindings given = {binding("x", matrix_of(c.type))};
    const std::string type = "(" + std::string(name(c.type));
    lines += line_of(std::string(op.name) + type + ")", std::string(op.name) + "(x)", given);
    lines += line_of(std::string(op.name) + type + ", axis=0)", std::string(op.name) + "(x, axis=0)", given);
    lines += line_of(std::string(op.name) + type + ", axis=-1)", std::string(op.name) + "(x, axis=-1)", given);
  }
  return lines;
}

TEST(Digests, AreTheCommittedOnesOnEveryEngine) {
  std::string lines;
  for (const std::string_view name : callable_names()) {
    const formula_operation* const operation = find_operation(name);
    lines += operation != nullptr ? lines_of(*operation) : lines_of(*find_reduction(name));
  }
  expect_committed("tests/digests.txt", lines);
}

TEST(Digests, ChangeWithEveryBit) {
  const any_array values = matrix_of(dtype::f32);
  const std::uint64_t digest = digest_of(values);
  EXPECT_EQ(digest, digest_of(matrix_of(dtype::f32)));
  array<float> other = values.as<float>();
  for (const std::size_t position : {std::size_t{0}, std::size_t{100}, other.size() - 1}) {
    for (const int bit : {0, 15, 31}) {
      array<float> changed = other;
      changed.data()[position] = from_bits<float>(to_bits(changed.data()[position]) ^ std::uint64_t{1} << bit);
      EXPECT_NE(digest_of(changed), digest);
    }
  }
  array<float> none({1}, std::numeric_limits<float>::quiet_NaN());
  array<float> another({1}, from_bits<float>(0xffc12345));
  EXPECT_EQ(digest_of(none), digest_of(another)) << "a NaN is a NaN";
}

}  // namespace
}  // namespace onepass::testing
