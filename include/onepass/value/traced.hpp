// Interpretation 3 of an operation body: a value that writes down how it is computed.
//
// Running a body on traced values appends its instructions to a program. Ordinary C++ code running on traced values
// is therefore also the front end for expressions that are known only at run time. This file must not know how
// programs are executed.
#pragma once

#include <bit>
#include <cstdint>

#include <onepass/ir/program.hpp>
#include <onepass/value/scalar.hpp>
#include <onepass/value/value.hpp>

namespace onepass {

/// The bits of an element in the low end of 64, as literals and scalar arguments are passed.
template <element T>
std::uint64_t to_bits(T element) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return element ? 1 : 0;
  } else {
    return std::bit_cast<detail::bits_of<T>>(element);
  }
}

template <element T>
T from_bits(std::uint64_t bits) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return bits != 0;
  } else {
    return std::bit_cast<T>(static_cast<detail::bits_of<T>>(bits));
  }
}

/// A value of a program under construction.
template <element T>
struct traced {
  using element_type = T;
  static constexpr bool is_value = true;

  program* owner;
  value_id id;

  template <class S>
  traced like(S number) const {
    return literal<T>(number);
  }
  template <element To, class S>
  traced<To> literal(S number) const {
    return {owner, owner->literal(dtype_of<To>, to_bits(static_cast<To>(number)))};
  }

  // clang-format off
  static traced add(traced a, traced b) { return same(opcode::add, a, b.id); }
  static traced sub(traced a, traced b) { return same(opcode::sub, a, b.id); }
  static traced mul(traced a, traced b) { return same(opcode::mul, a, b.id); }
  static traced div(traced a, traced b) { return same(opcode::div, a, b.id); }
  static traced sqrt(traced a) { return same(opcode::sqrt, a); }
  static traced fma(traced a, traced b, traced c) { return same(opcode::fma, a, b.id, c.id); }
  static traced min(traced a, traced b) { return same(opcode::min, a, b.id); }
  static traced max(traced a, traced b) { return same(opcode::max, a, b.id); }
  static traced floor(traced a) { return same(opcode::floor, a); }
  static traced ceil(traced a) { return same(opcode::ceil, a); }
  static traced trunc(traced a) { return same(opcode::trunc, a); }
  static traced round_even(traced a) { return same(opcode::round_even, a); }
  static traced scale(traced a, traced b) { return same(opcode::scale, a, b.id); }
  static traced bit_and(traced a, traced b) { return same(opcode::bit_and, a, b.id); }
  static traced bit_or(traced a, traced b) { return same(opcode::bit_or, a, b.id); }
  static traced bit_xor(traced a, traced b) { return same(opcode::bit_xor, a, b.id); }
  static traced bit_andnot(traced a, traced b) { return same(opcode::bit_andnot, a, b.id); }
  static traced shift_left(traced a, traced b) { return same(opcode::shift_left, a, b.id); }
  static traced shift_right(traced a, traced b) { return same(opcode::shift_right, a, b.id); }
  static traced<bool> less(traced a, traced b) { return yield<bool>(opcode::less, a, b.id); }
  static traced<bool> less_equal(traced a, traced b) { return yield<bool>(opcode::less_equal, a, b.id); }
  static traced<bool> equal(traced a, traced b) { return yield<bool>(opcode::equal, a, b.id); }
  static traced<bool> unordered(traced a, traced b) { return yield<bool>(opcode::unordered, a, b.id); }
  static traced select(traced<bool> which, traced a, traced b) {
    return {a.owner, a.owner->append(opcode::select, dtype_of<T>, which.id, a.id, b.id)};
  }
  static traced<std::int32_t> truncate(traced a) { return yield<std::int32_t>(opcode::truncate, a); }
  // clang-format on
  template <element To>
  static traced<To> convert(traced a) {
    return yield<To>(opcode::convert, a);
  }
  template <element To>
  static traced<To> reinterpret(traced a) {
    return yield<To>(opcode::reinterpret, a);
  }
  template <class F>
  static traced rarely(traced<bool> which, traced common, F&& exceptional) {
    return {common.owner, common.owner->append(opcode::rarely, dtype_of<T>, which.id, exceptional().id, common.id)};
  }
  template <int Count>
  static traced shift_left(traced a) {
    return shift_left(a, a.like(Count));
  }
  template <int Count>
  static traced shift_right(traced a) {
    return shift_right(a, a.like(Count));
  }
  template <element To>
  static traced<To> lookup(const table<To>& in, traced index) {
    return {index.owner, index.owner->lookup(in, index.id)};
  }

  /// The elements of the row, joined; the result stands for the whole row. In the body of a row operation.
  traced fold(const reduction& how) const { return {owner, owner->fold_row(how, id)}; }
  /// Each element of the row, joined with all that come before it.
  traced scan(const reduction& how) const { return {owner, owner->scan_row(how, id)}; }
  /// The elements of each block of the row, joined: a state of `of`. Other states of `of` may be computed from it.
  traced fold_block(const joining& of, const reduction& how) const { return {owner, owner->fold_block_of_row(of, how, id)}; }
  /// This state of `how`, joined for the whole row, given all of its states.
  template <class... State>
  traced join(const joining& how, int state, State... states) const {
    const value_id ids[] = {states.id...};
    return {owner, owner->join(how, state, ids)};
  }
  /// How many elements of the row come before each; for folds of the row.
  traced<std::int64_t> block_position() const { return {owner, owner->position_in_block()}; }
  /// The number of elements of the row, as a To. In the body of a row operation.
  template <element To>
  traced<To> row_size() const {
    return {owner, owner->count_row(dtype_of<To>)};
  }

 private:
  template <element To>
  static traced<To> yield(opcode code, traced a, value_id b = 0, value_id c = 0) {
    return {a.owner, a.owner->append(code, dtype_of<To>, a.id, b, c)};
  }
  static traced same(opcode code, traced a, value_id b = 0, value_id c = 0) { return yield<T>(code, a, b, c); }
};

}  // namespace onepass
