// One instruction on many elements, for the instruction set that this file is being built for.
//
// ONEPASS_FIND_STEP is the name under which this build appears. Only packs are used here, and nothing of the standard
// library: code that another build could pick up by accident must not exist.
#include "interpret_steps.hpp"

#include <onepass/value/pack.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {
namespace {

/// Elements of a step's inner loop, whatever their type.
constexpr std::size_t step = vector_bytes / 2;
static_assert(step <= constant_lanes);

template <element T>
using many = values_of<T, step>;

template <element T>
ONEPASS_INLINE many<T> read(const step_input& from, std::size_t i) {
  return many<T>::load(static_cast<const T*>(from.data) + (i & from.index_mask));
}
template <element T>
ONEPASS_INLINE many<T> read_first(const step_input& from, std::size_t i, std::size_t count) {
  return many<T>::load_first(static_cast<const T*>(from.data) + (i & from.index_mask), count);
}

/// The loop of a step with operands of types From... and a result of type To.
template <class F, element To, element... From>
struct loop {
  template <std::size_t... I>
  ONEPASS_INLINE static void run(To* to, const step_input* from, std::size_t n, std::index_sequence<I...>) {
    std::size_t i = 0;
    for (; i + step <= n; i += step) {
      const auto result = F::apply(read<From>(from[I], i)...);
      std::remove_const_t<decltype(result)>::store(to + i, result);
    }
    if (i < n) {
      const auto result = F::apply(read_first<From>(from[I], i, n - i)...);
      std::remove_const_t<decltype(result)>::store_first(to + i, result, n - i);
    }
  }
  static void entry(void* to, const step_input* from, std::size_t n) {
    run(static_cast<To*>(to), from, n, std::index_sequence_for<From...>{});
  }
};

#define ONEPASS_STEP(name)                        \
  struct name##_step {                            \
    template <class... V>                         \
    ONEPASS_INLINE static auto apply(V... v) {    \
      return prim::name(v...);                    \
    }                                             \
  };
ONEPASS_STEP(add)
ONEPASS_STEP(sub)
ONEPASS_STEP(mul)
ONEPASS_STEP(div)
ONEPASS_STEP(sqrt)
ONEPASS_STEP(fma)
ONEPASS_STEP(min)
ONEPASS_STEP(max)
ONEPASS_STEP(floor)
ONEPASS_STEP(round_even)
ONEPASS_STEP(scale)
ONEPASS_STEP(bit_and)
ONEPASS_STEP(bit_or)
ONEPASS_STEP(bit_xor)
ONEPASS_STEP(bit_andnot)
ONEPASS_STEP(less)
ONEPASS_STEP(less_equal)
ONEPASS_STEP(equal)
ONEPASS_STEP(unordered)
ONEPASS_STEP(select)
ONEPASS_STEP(truncate)
#undef ONEPASS_STEP

template <element To>
struct convert_step {
  template <class V>
  ONEPASS_INLINE static auto apply(V v) {
    return prim::convert<To>(v);
  }
};
struct copy_step {
  template <class V>
  ONEPASS_INLINE static auto apply(V v) {
    return v;
  }
};

template <element T>
step_function find_floating(opcode code) {
  if constexpr (floating_element<T>) {
    switch (code) {
      case opcode::div: return loop<div_step, T, T, T>::entry;
      case opcode::sqrt: return loop<sqrt_step, T, T>::entry;
      case opcode::fma: return loop<fma_step, T, T, T, T>::entry;
      case opcode::floor: return loop<floor_step, T, T>::entry;
      case opcode::round_even: return loop<round_even_step, T, T>::entry;
      case opcode::unordered: return loop<unordered_step, bool, T, T>::entry;
      case opcode::scale: return loop<scale_step, T, T, T>::entry;
      case opcode::truncate: return loop<truncate_step, std::int32_t, T>::entry;
      default: break;
    }
  }
  return nullptr;
}

template <element T>
step_function find_numeric(opcode code) {
  if constexpr (numeric_element<T>) {
    switch (code) {
      case opcode::add: return loop<add_step, T, T, T>::entry;
      case opcode::sub: return loop<sub_step, T, T, T>::entry;
      case opcode::mul: return loop<mul_step, T, T, T>::entry;
      case opcode::min: return loop<min_step, T, T, T>::entry;
      case opcode::max: return loop<max_step, T, T, T>::entry;
      case opcode::less: return loop<less_step, bool, T, T>::entry;
      case opcode::less_equal: return loop<less_equal_step, bool, T, T>::entry;
      case opcode::equal: return loop<equal_step, bool, T, T>::entry;
      default: break;
    }
  }
  return find_floating<T>(code);
}

template <element T>
step_function find_any(opcode code) {
  switch (code) {
    case opcode::bit_and: return loop<bit_and_step, T, T, T>::entry;
    case opcode::bit_or: return loop<bit_or_step, T, T, T>::entry;
    case opcode::bit_xor: return loop<bit_xor_step, T, T, T>::entry;
    case opcode::bit_andnot: return loop<bit_andnot_step, T, T, T>::entry;
    case opcode::select: return loop<select_step, T, bool, T, T>::entry;
    case opcode::store: return loop<copy_step, T, T>::entry;
    default: return find_numeric<T>(code);
  }
}

step_function find_conversion(dtype operand, dtype result) {
  switch (operand) {
    case dtype::u8: return loop<convert_step<std::int32_t>, std::int32_t, std::uint8_t>::entry;
    case dtype::f32: return loop<convert_step<double>, double, float>::entry;
    case dtype::f64: return loop<convert_step<float>, float, double>::entry;
    case dtype::i32:
      return result == dtype::u8    ? loop<convert_step<std::uint8_t>, std::uint8_t, std::int32_t>::entry
             : result == dtype::f32 ? loop<convert_step<float>, float, std::int32_t>::entry
                                    : loop<convert_step<double>, double, std::int32_t>::entry;
    case dtype::boolean: break;
  }
  return nullptr;
}

}  // namespace
}  // namespace ONEPASS_TARGET

step_function ONEPASS_FIND_STEP(opcode code, dtype operand, dtype result) {
  if (code == opcode::convert) return find_conversion(operand, result);
  switch (operand) {
    case dtype::boolean: return find_any<bool>(code);
    case dtype::u8: return find_any<std::uint8_t>(code);
    case dtype::i32: return find_any<std::int32_t>(code);
    case dtype::f32: return find_any<float>(code);
    case dtype::f64: return find_any<double>(code);
  }
  return nullptr;
}

}  // namespace onepass
