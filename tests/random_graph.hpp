// Random graphs of instructions, and what they mean: the reference that every engine is compared with.
//
// A graph is what a user could have traced: broadcast inputs, literals at which rules like to be wrong, every
// instruction on every type it takes, folds, several results. It is kept as it was drawn, before any simplification,
// and evaluated value by value, element by element, with scalar<T>. It must not know how programs are executed.
#pragma once

#include <onepass/onepass.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "same_bits.hpp"

namespace onepass::testing {

/// One value: an instruction, the shape of its result, and whether its bits are certain: a NaN that was computed has
/// no particular bits, so nothing may look at them.
struct graph_value {
  opcode code;
  dtype type;
  std::uint32_t operands[3] = {};
  std::uint64_t immediate = 0;     ///< bits of a literal, number of an input
  extents shape{};
  bool is_certain = true;
  bool has_leaves = false;         ///< computed from inputs, not from literals alone
  const reduction* how = nullptr;  ///< of a fold or a scan, as the next two
  axis_set over = axis_set::all();
  bool keepdims = false;
  const constant_table* in = nullptr;  ///< of a look-up
};

// Tables to look up in.
inline constexpr float some_floats[] = {0.5f, -0.0f, 3.0f, 1e30f, -7.25f};
inline constexpr double some_doubles[] = {-1.0, 0x1p-1074, 2.5};
inline constexpr std::int64_t some_integers[] = {-1, 0, std::int64_t{1} << 62};
inline constexpr table<float> float_table{"some_floats", some_floats};
inline constexpr table<double> double_table{"some_doubles", some_doubles};
inline constexpr table<std::int64_t> integer_table{"some_integers", some_integers};

/// The table `name` of a type; null if there is none.
inline const constant_table* find_table(std::string_view name, dtype type) {
  for (const constant_table* known : {static_cast<const constant_table*>(&float_table), static_cast<const constant_table*>(&double_table),
                                      static_cast<const constant_table*>(&integer_table)}) {
    if (known->name == name && known->type == type) return known;
  }
  return nullptr;
}

struct random_graph {
  std::vector<graph_value> values;
  std::vector<std::uint32_t> inputs;   ///< values, by number of the input
  std::vector<std::uint32_t> results;  ///< values

  const graph_value& operand(const graph_value& of, int i) const { return values[of.operands[i]]; }
};

/// The reduction `name` for elements of a type; null if there is none.
inline const reduction* find_reduction(std::string_view name, dtype type) {
  return with_element_type(type, [name](auto t) -> const reduction* {
    using T = typename decltype(t)::type;
    if constexpr (reduces<sum_op, T>) {
      if (name == "sum") return &reduction_of<sum_op, T>();
      if (name == "product") return &reduction_of<product_op, T>();
    }
    if constexpr (numeric_element<T>) {
      if (name == "min") return &reduction_of<min_op, T>();
      if (name == "max") return &reduction_of<max_op, T>();
    }
    return nullptr;
  });
}

// --- drawing --------------------------------------------------------------------------------------------------------

class graph_maker {
 public:
  graph_maker(const extents& space, std::mt19937_64& random) : space_(space), random_(random) {}

  random_graph make(std::size_t size) {
    const std::size_t inputs = 1 + below(5);
    for (std::size_t i = 0; i < inputs; ++i) add_input();
    while (made_.values.size() < size) add_instruction();
    choose_results();
    return std::move(made_);
  }

  /// A few instructions, then folds and scans, mostly along the same axes, which are all results: passes that only reduce.
  random_graph make_reducing(std::size_t size) {
    const std::size_t inputs = 1 + below(3);
    if (once_in(2)) types_[0] = types_[1] = floating_type();
    for (std::size_t i = 0; i < inputs; ++i) add_input();
    while (made_.values.size() < size) add_instruction();
    axes_ = once_in(2) && space_.rank() > 0 ? longest_axis() : any_axes(space_.rank());
    for (std::size_t wanted = 1 + below(3), tries = 0; made_.results.size() < wanted && tries < 20; ++tries) {
      const std::size_t before = made_.values.size();
      add_fold();
      const opcode last = made_.values.back().code;
      if (made_.values.size() > before && (last == opcode::fold || last == opcode::scan)) {
        made_.results.push_back(static_cast<std::uint32_t>(made_.values.size() - 1));
      }
    }
    if (made_.results.empty()) choose_results();
    return std::move(made_);
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool once_in(std::size_t times) { return below(times) == 0; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  // A graph is of few types, or nothing in it would meet: two drawn for it, and the most common ones.
  dtype any_type() { return once_in(3) ? one_of({dtype::boolean, dtype::i32, dtype::f32, dtype::f64}) : types_[below(2)]; }
  dtype numeric_type() {
    const dtype type = any_type();
    return type == dtype::boolean || is_storage(type) ? one_of({dtype::i32, dtype::f32, dtype::f64}) : type;
  }
  dtype word_type() {
    const dtype type = types_[below(2)];
    return is_integer(type) && size_of(type) >= 4 ? type : one_of({dtype::i32, dtype::i64, dtype::u32, dtype::u64});
  }
  dtype floating_type() { return one_of({dtype::f32, dtype::f64}); }

  /// What nothing uses, so that little is dead; now and then something twice, or something that is used.
  void choose_results() {
    std::vector<char> is_used(made_.values.size(), 0);
    for (const graph_value& at : made_.values) {
      for (int i = 0; i < facts_of(at.code).arity; ++i) is_used[at.operands[i]] = 1;
    }
    for (std::uint32_t v = 0; v < made_.values.size(); ++v) {
      if (!is_used[v] ? !once_in(8) : once_in(16)) made_.results.push_back(v);
    }
    if (made_.results.empty() || once_in(8)) made_.results.push_back(static_cast<std::uint32_t>(below(made_.values.size())));
  }

  std::uint32_t add(graph_value made) {
    made_.values.push_back(made);
    return static_cast<std::uint32_t>(made_.values.size() - 1);
  }

  /// The whole space, with some lengths 1, or without its first dimensions.
  void add_input() {
    std::int64_t lengths[max_rank];
    const int dropped = once_in(4) ? static_cast<int>(below(static_cast<std::size_t>(space_.rank()) + 1)) : 0;
    int rank = 0;
    for (int d = dropped; d < space_.rank(); ++d) lengths[rank++] = once_in(5) ? 1 : space_[d];
    const std::size_t number = made_.inputs.size();
    const extents shape(lengths, rank);
    made_.inputs.push_back(add({.code = opcode::input, .type = any_type(), .immediate = number, .shape = shape, .has_leaves = true}));
  }

  std::uint32_t literal(dtype type) {
    const std::uint64_t bits = with_element_type(type, [&](auto t) {
      const auto values = edge_values<typename decltype(t)::type>();
      return to_bits(values[below(values.size())]);
    });
    return add({.code = opcode::literal, .type = type, .immediate = bits});
  }

  /// A value of the type, mostly a late one; sometimes a new literal.
  std::uint32_t any(dtype type) {
    std::vector<std::uint32_t> known;
    for (std::uint32_t v = 0; v < made_.values.size(); ++v) {
      const graph_value& at = made_.values[v];
      if (at.type == type && !(at.code == opcode::fold && !at.over.is_all() && !at.keepdims)) known.push_back(v);
    }
    if (known.empty() || once_in(6)) return literal(type);
    return once_in(3) ? known[below(known.size())] : known[known.size() - 1 - below(std::min<std::size_t>(3, known.size()))];
  }

  /// Appends an instruction on these operands.
  std::uint32_t apply(opcode code, dtype type, std::initializer_list<std::uint32_t> operands, std::uint64_t immediate = 0) {
    graph_value made{.code = code, .type = type, .immediate = immediate};
    std::copy(operands.begin(), operands.end(), made.operands);
    bool all_certain = true;
    for (const std::uint32_t v : operands) {
      made.shape = broadcast(made.shape, made_.values[v].shape, "graph");
      all_certain &= made_.values[v].is_certain;
      made.has_leaves |= made_.values[v].has_leaves;
    }
    const bool moves_bits = code == opcode::select || code == opcode::rarely || code == opcode::reinterpret || code == opcode::bit_and ||
                            code == opcode::bit_or || code == opcode::bit_xor || code == opcode::bit_andnot;
    made.is_certain = !is_floating(type) || (moves_bits && all_certain);
    return add(made);
  }

  /// A value whose bits are certain: a NaN is replaced.
  std::uint32_t any_certain(dtype type) {
    const std::uint32_t v = any(type);
    if (made_.values[v].is_certain) return v;
    if (is_storage(type)) return literal(type);
    const std::uint32_t is_nan = apply(opcode::unordered, dtype::boolean, {v, v});
    const std::uint32_t chosen = apply(opcode::select, type, {is_nan, literal(type), v});
    made_.values[chosen].is_certain = true;
    return chosen;
  }

  void add_instruction() {
    switch (below(20)) {
      case 0: case 1: case 2: return add_arithmetic();
      case 3: case 4: return add_floating();
      case 5: return add_fma();
      case 6: case 7: return add_bits();
      case 8: case 9: return add_comparison();
      case 10: case 11: return add_select();
      case 12: case 13: return add_conversion();
      case 14: return add_exact_scale();
      case 15: return add_shift();
      case 16: return add_reinterpret();
      case 17: return add_case_of_a_rule();
      case 18: return add_lookup();
      default: return add_fold();
    }
  }

  void add_arithmetic() {
    const dtype type = numeric_type();
    apply(one_of({opcode::add, opcode::sub, opcode::mul, opcode::min, opcode::max}), type, {any(type), any(type)});
  }
  void add_floating() {
    const dtype type = floating_type();
    const opcode code = one_of({opcode::div, opcode::sqrt, opcode::floor, opcode::ceil, opcode::trunc, opcode::round_even, opcode::truncate});
    if (code == opcode::div) {
      apply(code, type, {any(type), any(type)});
    } else {
      apply(code, code == opcode::truncate ? dtype::i32 : type, {any(type)});
    }
  }
  void add_fma() {
    const dtype type = floating_type();
    apply(opcode::fma, type, {any(type), any(type), any(type)});
  }
  void add_bits() {
    const dtype type = any_type();
    apply(one_of({opcode::bit_and, opcode::bit_or, opcode::bit_xor, opcode::bit_andnot}), type, {any_certain(type), any_certain(type)});
  }
  void add_comparison() {
    const opcode code = one_of({opcode::less, opcode::less_equal, opcode::equal, opcode::unordered});
    const dtype type = code == opcode::unordered ? floating_type() : numeric_type();
    apply(code, dtype::boolean, {any(type), any(type)});
  }
  void add_select() {
    const dtype type = any_type();
    apply(one_of({opcode::select, opcode::rarely}), type, {any(dtype::boolean), any(type), any(type)});
  }
  void add_conversion() {
    const dtype from = any_type();
    std::vector<dtype> targets;
    for (int to = 0; to < dtype_count; ++to) {
      if (convertible(from, static_cast<dtype>(to))) targets.push_back(static_cast<dtype>(to));
    }
    if (!targets.empty()) apply(opcode::convert, targets[below(targets.size())], {any(from)});
  }
  void add_shift() {
    const dtype type = word_type();
    const std::uint32_t count = once_in(2) ? literal_count(type) : any(type);
    apply(one_of({opcode::shift_left, opcode::shift_right}), type, {any(type), count});
  }
  std::uint32_t literal_count(dtype type) {
    return add({.code = opcode::literal, .type = type, .immediate = below(8 * size_of(type) + 2)});
  }
  void add_reinterpret() {
    const dtype from = any_type();
    std::vector<dtype> targets;
    for (int to = 0; to < dtype_count; ++to) {
      const auto type = static_cast<dtype>(to);
      if (type != from && from != dtype::boolean && type != dtype::boolean && size_of(type) == size_of(from)) targets.push_back(type);
    }
    if (!targets.empty()) apply(opcode::reinterpret, targets[below(targets.size())], {any_certain(from)});
  }
  void add_lookup() {
    const constant_table* const in = one_of<const constant_table*>({&float_table, &double_table, &integer_table});
    const std::uint32_t index = once_in(2) ? any(dtype::i32) : apply(opcode::bit_and, dtype::i32, {any(dtype::i32), number(dtype::i32, 3)});
    made_.values[apply(opcode::lookup, in->type, {index})].in = in;
  }

  std::uint32_t number(dtype type, double value) {
    const std::uint64_t bits = with_element_type(type, [value](auto t) { return to_bits(static_cast<typename decltype(t)::type>(value)); });
    return add({.code = opcode::literal, .type = type, .immediate = bits});
  }

  /// What a simplifier likes to be wrong about: 0, -0, 1, -1 on either side; the same on both sides; there and back.
  void add_case_of_a_rule() {
    const dtype type = numeric_type();
    const std::uint32_t x = any(type);
    const opcode code = is_floating(type) && once_in(4) ? opcode::div : one_of({opcode::add, opcode::sub, opcode::mul, opcode::min, opcode::max});
    if (once_in(8)) {
      apply(code, type, {x, x});
    } else if (type == dtype::f32 && once_in(8)) {
      apply(opcode::convert, dtype::f32, {apply(opcode::convert, dtype::f64, {x})});
    } else {
      const std::uint32_t special = number(type, is_floating(type) ? one_of({0.0, -0.0, 1.0, -1.0}) : one_of({0.0, 1.0}));
      const std::uint32_t once = once_in(2) ? apply(code, type, {x, special}) : apply(code, type, {special, x});
      if (once_in(4)) apply(code, type, {special, once});
    }
  }

  /// What bodies do before they scale: an operand between 1 and 2 or a NaN, and an integral exponent within limits.
  void add_exact_scale() {
    const dtype type = floating_type();
    const double limit = type == dtype::f32 ? 252 : 2044;
    const std::uint32_t low = apply(opcode::max, type, {number(type, 0.5), any(type)});
    const std::uint32_t scaled = apply(opcode::min, type, {number(type, 2), low});
    const std::uint32_t exponent = apply(opcode::min, type, {any(type), number(type, limit)});
    const std::uint32_t above = apply(opcode::max, type, {exponent, number(type, -limit)});
    apply(opcode::scale, type, {scaled, apply(opcode::round_even, type, {above})});
  }

  /// A fold or a scan.
  void add_fold() {
    const dtype type = made_.values[below(made_.values.size())].type;
    if (type == dtype::boolean || is_storage(type)) return;
    const bool is_sum = find_reduction("sum", type) != nullptr && !once_in(3);
    const std::uint32_t v = any(type);
    const extents shape = made_.values[v].shape;
    if (!made_.values[v].has_leaves || (!is_sum && shape.size() == 0)) return;
    graph_value made{.code = opcode::fold, .type = type, .operands = {v, 0, 0}, .is_certain = !is_floating(type), .has_leaves = true};
    made.how = find_reduction(is_sum ? once_in(4) ? "product" : "sum" : once_in(2) ? "min" : "max", type);
    made.over = any_axes(shape.rank());
    made.keepdims = !once_in(3);
    made.shape = detail::reduced_shape(shape, made.over, made.keepdims);
    if (once_in(4)) {
      made.code = opcode::scan;
      made.keepdims = false;
      made.shape = shape;
    }
    add(made);
  }

  axis_set any_axes(int rank) {
    if (axes_ && !once_in(6)) return *axes_;
    if (rank == 0 || once_in(3)) return axis_set::all();
    if (once_in(3)) return axis_set::last();
    return axis_set(static_cast<std::uint16_t>(1 + below((std::size_t{1} << rank) - 1)));
  }

  axis_set longest_axis() const {
    int longest = 0;
    for (int d = 1; d < space_.rank(); ++d) longest = space_[d] > space_[longest] ? d : longest;
    return axis_set(static_cast<std::uint16_t>(1 << (space_.rank() - 1 - longest)));
  }

  extents space_;
  std::mt19937_64& random_;
  std::optional<axis_set> axes_;  ///< of most folds
  dtype types_[2] = {static_cast<dtype>(below(dtype_count)), static_cast<dtype>(below(dtype_count))};
  random_graph made_;
};

// --- meaning --------------------------------------------------------------------------------------------------------

/// Elements of a value in row-major order, as bits.
using element_bits = std::vector<std::uint64_t>;

/// The element of an operand at a position of a larger shape.
inline std::size_t broadcast_position(const extents& operand, const extents& whole, std::size_t position) {
  if (operand == whole) return position;
  std::size_t found = 0, stride = 1;
  for (int back = 1; back <= operand.rank(); ++back) {
    const auto length = static_cast<std::size_t>(operand[operand.rank() - back]), whole_length = static_cast<std::size_t>(whole[whole.rank() - back]);
    if (length != 1) found += position % whole_length * stride;
    stride *= length;
    position /= whole_length;
  }
  return found;
}

template <element T>
std::uint64_t apply_bits(opcode code, scalar<T> a, scalar<T> b) {
  switch (code) {
    case opcode::bit_and: return to_bits(scalar<T>::bit_and(a, b).content);
    case opcode::bit_or: return to_bits(scalar<T>::bit_or(a, b).content);
    case opcode::bit_xor: return to_bits(scalar<T>::bit_xor(a, b).content);
    case opcode::bit_andnot: return to_bits(scalar<T>::bit_andnot(a, b).content);
    default: ADD_FAILURE() << "the reference does not know " << facts_of(code).name; return 0;
  }
}

template <numeric_element T>
std::uint64_t apply_numeric(opcode code, scalar<T> a, scalar<T> b) {
  switch (code) {
    case opcode::add: return to_bits(scalar<T>::add(a, b).content);
    case opcode::sub: return to_bits(scalar<T>::sub(a, b).content);
    case opcode::mul: return to_bits(scalar<T>::mul(a, b).content);
    case opcode::min: return to_bits(scalar<T>::min(a, b).content);
    case opcode::max: return to_bits(scalar<T>::max(a, b).content);
    case opcode::less: return scalar<T>::less(a, b).content;
    case opcode::less_equal: return scalar<T>::less_equal(a, b).content;
    case opcode::equal: return scalar<T>::equal(a, b).content;
    default: return apply_bits(code, a, b);
  }
}

template <floating_element T>
std::uint64_t apply_floating(opcode code, scalar<T> a, scalar<T> b, scalar<T> c) {
  switch (code) {
    case opcode::div: return to_bits(scalar<T>::div(a, b).content);
    case opcode::sqrt: return to_bits(scalar<T>::sqrt(a).content);
    case opcode::floor: return to_bits(scalar<T>::floor(a).content);
    case opcode::ceil: return to_bits(scalar<T>::ceil(a).content);
    case opcode::trunc: return to_bits(scalar<T>::trunc(a).content);
    case opcode::round_even: return to_bits(scalar<T>::round_even(a).content);
    case opcode::fma: return to_bits(scalar<T>::fma(a, b, c).content);
    case opcode::scale: return to_bits(scalar<T>::scale(a, b).content);
    case opcode::unordered: return scalar<T>::unordered(a, b).content;
    case opcode::truncate: return to_bits(scalar<T>::truncate(a).content);
    default: return apply_numeric(code, a, b);
  }
}

template <integer_element T>
std::uint64_t apply_integer(opcode code, scalar<T> a, scalar<T> b) {
  if constexpr (sizeof(T) >= 4) {
    if (code == opcode::shift_left) return to_bits(scalar<T>::shift_left(a, b).content);
    if (code == opcode::shift_right) return to_bits(scalar<T>::shift_right(a, b).content);
  }
  return apply_numeric(code, a, b);
}

inline std::uint64_t element_of_table(const constant_table& in, std::uint32_t index) {
  return with_element_type(in.type, [&](auto t) {
    using T = typename decltype(t)::type;
    return to_bits(static_cast<const T*>(in.elements)[std::min<std::size_t>(index, in.count - 1)]);
  });
}

/// One element of an instruction on operands of type T (select: the chosen ones).
template <element T>
std::uint64_t apply_to(const graph_value& what, const std::uint64_t (&bits)[3]) {
  const scalar<T> a{from_bits<T>(bits[0])}, b{from_bits<T>(bits[1])}, c{from_bits<T>(bits[2])};
  if (what.code == opcode::select || what.code == opcode::rarely) return bits[0] != 0 ? bits[1] : bits[2];
  if (what.code == opcode::reinterpret) return bits[0];
  if (what.code == opcode::lookup) return element_of_table(*what.in, static_cast<std::uint32_t>(bits[0]));
  if (what.code == opcode::convert) {
    return with_element_type(what.type, [a](auto t) -> std::uint64_t {
      using To = typename decltype(t)::type;
      if constexpr (convertible(dtype_of<T>, dtype_of<To>)) return to_bits(static_cast<To>(a.content));
      return 0;
    });
  }
  if constexpr (floating_element<T>) {
    return apply_floating(what.code, a, b, c);
  } else if constexpr (integer_element<T>) {
    return apply_integer(what.code, a, b);
  } else {
    return apply_bits(what.code, a, b);
  }
}

/// All elements joined, in the order of ir/reduction.hpp.
template <class Op, element T>
std::uint64_t folded(const std::uint64_t* elements, std::size_t count) {
  constexpr std::size_t lanes = fold_bytes / sizeof(T);
  const auto join = [](T earlier, T later) { return Op::combine(scalar<T>{earlier}, scalar<T>{later}).content; };
  std::vector<T> blocks;
  for (std::size_t first = 0; first == 0 || first < count; first += fold_block) {
    T lane[lanes];
    std::fill_n(lane, lanes, Op::template identity<T>);
    for (std::size_t i = first; i < std::min(count, first + fold_block); ++i) lane[i % lanes] = join(lane[i % lanes], from_bits<T>(elements[i]));
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) lane[i] = join(lane[i], lane[i + half]);
    }
    blocks.push_back(lane[0]);
  }
  while (blocks.size() > 1) {
    std::vector<T> joined;
    for (std::size_t i = 0; i + 1 < blocks.size(); i += 2) joined.push_back(join(blocks[i], blocks[i + 1]));
    if (blocks.size() % 2 != 0) joined.push_back(blocks.back());
    blocks = joined;
  }
  return to_bits(blocks[0]);
}

/// Each element joined with all before it, in the order of ir/reduction.hpp for scans.
template <class Op, element T>
void scan(std::uint64_t* elements, std::size_t count) {
  const auto join = [](T earlier, T later) { return Op::combine(scalar<T>{earlier}, scalar<T>{later}).content; };
  T before = Op::template identity<T>;
  for (std::size_t first = 0; first < count; first += scan_run) {
    const T before_run = before;
    T in_run = Op::template identity<T>;
    for (std::size_t i = first; i < std::min(count, first + scan_run); ++i) {
      in_run = join(in_run, from_bits<T>(elements[i]));
      before = join(before_run, in_run);
      elements[i] = to_bits(before);
    }
  }
}

/// Calls f(std::type_identity<Op>{}, std::type_identity<T>{}) with the operation and the type of a reduction.
template <class F>
void with_reduction(const reduction& how, F&& f) {
  with_element_type(how.type, [&](auto t) {
    using T = typename decltype(t)::type;
    if constexpr (reduces<sum_op, T>) {
      if (how.name == "sum") return f(std::type_identity<sum_op>{}, std::type_identity<T>{});
      if (how.name == "product") return f(std::type_identity<product_op>{}, std::type_identity<T>{});
    }
    if constexpr (numeric_element<T>) {
      if (how.name == "min") return f(std::type_identity<min_op>{}, std::type_identity<T>{});
      f(std::type_identity<max_op>{}, std::type_identity<T>{});
    }
  });
}

/// For each element the row that it is in of a fold or a scan; rows in row-major order of the axes that are kept.
inline std::vector<std::size_t> rows_of(axis_set over, const extents& shape) {
  std::vector<std::size_t> rows(shape.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t row = 0, row_stride = 1, rest = i;
    for (int d = shape.rank(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(shape[d]);
      if (!over.holds(d, shape.rank())) {
        row += rest % length * row_stride;
        row_stride *= length;
      }
      rest /= length;
    }
    rows[i] = row;
  }
  return rows;
}

/// The elements of a fold or a scan of `elements`.
inline element_bits joined_elements(const graph_value& at, const extents& shape, const element_bits& elements) {
  const std::vector<std::size_t> row_of = rows_of(at.over, shape);
  std::vector<element_bits> rows(at.code == opcode::fold ? at.shape.size() : shape.size());
  for (std::size_t i = 0; i < elements.size(); ++i) rows[row_of[i]].push_back(elements[i]);
  element_bits made(at.shape.size());
  with_reduction(*at.how, [&](auto op, auto t) {
    using Op = typename decltype(op)::type;
    using T = typename decltype(t)::type;
    if (at.code == opcode::fold) {
      for (std::size_t i = 0; i < made.size(); ++i) made[i] = folded<Op, T>(rows[i].data(), rows[i].size());
      return;
    }
    for (element_bits& row : rows) scan<Op, T>(row.data(), row.size());
    std::vector<std::size_t> taken(rows.size(), 0);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = rows[row_of[i]][taken[row_of[i]]++];
  });
  return made;
}

/// The elements of value `v`, from those of the values before it.
inline element_bits elements_of(const random_graph& graph, std::size_t v, const std::vector<element_bits>& before) {
  const graph_value& at = graph.values[v];
  element_bits made(at.shape.size());
  if (at.code == opcode::literal) return {at.immediate};
  if (at.code == opcode::fold || at.code == opcode::scan) return joined_elements(at, graph.operand(at, 0).shape, before[at.operands[0]]);
  const int arity = facts_of(at.code).arity;
  const dtype deciding = graph.operand(at, at.code == opcode::select || at.code == opcode::rarely ? 1 : 0).type;
  with_element_type(deciding, [&](auto t) {
    for (std::size_t i = 0; i < made.size(); ++i) {
      std::uint64_t bits[3] = {};
      for (int o = 0; o < arity; ++o) bits[o] = before[at.operands[o]][broadcast_position(graph.operand(at, o).shape, at.shape, i)];
      made[i] = apply_to<typename decltype(t)::type>(at, bits);
    }
  });
  return made;
}

/// The elements of every value; `inputs` are those of the inputs.
inline std::vector<element_bits> meaning_of(const random_graph& graph, const std::vector<element_bits>& inputs) {
  std::vector<element_bits> values;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const bool is_input = graph.values[v].code == opcode::input;
    values.push_back(is_input ? inputs[graph.values[v].immediate] : elements_of(graph, v, values));
  }
  return values;
}

}  // namespace onepass::testing
