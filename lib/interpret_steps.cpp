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
ONEPASS_STEP(ceil)
ONEPASS_STEP(trunc)
ONEPASS_STEP(round_even)
ONEPASS_STEP(scale)
ONEPASS_STEP(bit_and)
ONEPASS_STEP(bit_or)
ONEPASS_STEP(bit_xor)
ONEPASS_STEP(bit_andnot)
ONEPASS_STEP(shift_left)
ONEPASS_STEP(shift_right)
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
/// Operand 1 is the table: its elements, and their number in place of the mask.
template <element T>
void look_up(void* to, const step_input* from, std::size_t n) {
  const auto* const indices = static_cast<const std::uint32_t*>(from[0].data);
  const auto* const elements = static_cast<const T*>(from[1].data);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t index = indices[i & from[0].index_mask], last = from[1].index_mask - 1;
    static_cast<T*>(to)[i] = elements[index < last ? index : last];
  }
}

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
      case opcode::ceil: return loop<ceil_step, T, T>::entry;
      case opcode::trunc: return loop<trunc_step, T, T>::entry;
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
step_function find_shift(opcode code) {
  if constexpr (integer_element<T> && sizeof(T) >= 4) {
    if (code == opcode::shift_left) return loop<shift_left_step, T, T, T>::entry;
    if (code == opcode::shift_right) return loop<shift_right_step, T, T, T>::entry;
  }
  return find_floating<T>(code);
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
  return find_shift<T>(code);
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

template <element From, element To>
step_function find_conversion_between() {
  if constexpr (convertible(dtype_of<From>, dtype_of<To>)) return loop<convert_step<To>, To, From>::entry;
  return nullptr;
}

template <element From>
step_function find_conversion_from(dtype result) {
  return with_element_type(result, [](auto to) { return find_conversion_between<From, typename decltype(to)::type>(); });
}

step_function find_lookup(dtype result) {
  switch (size_of(result)) {
    case 1: return look_up<std::uint8_t>;
    case 2: return look_up<std::uint16_t>;
    case 4: return look_up<std::uint32_t>;
    default: return look_up<std::uint64_t>;
  }
}

}  // namespace
}  // namespace ONEPASS_TARGET

step_function ONEPASS_FIND_STEP(opcode code, dtype operand, dtype result) {
  if (code == opcode::lookup) return find_lookup(result);
  return with_element_type(operand, [&](auto type) {
    using T = typename decltype(type)::type;
    if (code == opcode::convert) return find_conversion_from<T>(result);
    return find_any<T>(code);
  });
}

}  // namespace onepass
