// Programs as text, for tests: the text form is what a test says and what a failure shows.
#pragma once

#include <string>
#include <string_view>

#include <onepass/ir/program.hpp>
#include <onepass/op/reduction.hpp>
#include <onepass/op/statistics.hpp>

namespace onepass::testing {

/// The reductions that text may name.
inline const reduction* find_reduction(std::string_view name, dtype type) {
  if (name == "product" && type == dtype::f32) return &reduction_of<product_op, float>();
  if (name == "sum" && type == dtype::f32) return &reduction_of<sum_op, float>();
  if (name == "sum" && type == dtype::f64) return &reduction_of<sum_op, double>();
  if (name == "max" && type == dtype::f32) return &reduction_of<max_op, float>();
  if (name == "min" && type == dtype::i64) return &reduction_of<min_op, std::int64_t>();
  if (name == "max" && type == dtype::i32) return &reduction_of<max_op, std::int32_t>();
  return nullptr;
}

inline constexpr double third_parts[] = {0.0, 1.0 / 3, 2.0 / 3, 1.0};
inline constexpr table<double> thirds{"thirds", third_parts};

/// The table that text may name.
inline const constant_table* find_table(std::string_view name, dtype type) {
  return name == thirds.name && type == thirds.type ? &thirds : nullptr;
}

/// The joinings that text may name.
inline const joining* find_joining(std::string_view name) {
  for (const joining* const known : {&detail::positions<argmax_op, float>, &detail::positions<argmin_op, float>}) {
    if (name == known->name) return known;
  }
  return nullptr;
}

/// The program that a text says.
inline program read_program(std::string_view text) { return program::parse(text, {find_reduction, find_table, find_joining}); }

}  // namespace onepass::testing
