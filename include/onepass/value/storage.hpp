// Storage types as values: f16 and bf16 become f32 before anything is computed, and f32 becomes one of them in the end.
//
// f16 converts by an instruction. bf16 is the upper half of an f32, so integer instructions do it.
#pragma once

#include <cstdint>

#include <onepass/value/value.hpp>

namespace onepass {

/// A value that is stored in 16 bits, read or about to be written.
template <class V>
concept storage_value = value<V> && storage_element<typename V::element_type>;

/// The value as f32; anything but a storage value as it is.
template <value V>
ONEPASS_INLINE auto widened(V x) {
  if constexpr (!storage_value<V>) {
    return x;
  } else if constexpr (std::is_same_v<element_of<V>, float16>) {
    return prim::convert<float>(x);
  } else {
    const auto bits = prim::convert<std::int32_t>(prim::reinterpret<std::uint16_t>(x));
    return prim::reinterpret<float>(prim::shift_left<16>(bits));
  }
}

/// The value, which is f32, as a storage type: rounded once, to nearest even; a NaN stays one.
template <storage_element To, floating_value V>
ONEPASS_INLINE auto narrowed(V x) {
  if constexpr (std::is_same_v<To, float16>) {
    return prim::convert<float16>(x);
  } else {
    const auto bits = prim::reinterpret<std::uint32_t>(x);
    // Half of what is dropped, less one, and the lowest bit that stays: a carry means rounding up.
    const auto odd = prim::bit_and(prim::shift_right<16>(bits), bits.like(1));
    const auto rounded = prim::add(prim::add(bits, odd), bits.like(0x7fff));
    const auto quiet = prim::bit_or(bits, bits.like(0x400000));  // a NaN must not round to infinity
    const auto kept = prim::shift_right<16>(prim::select(prim::unordered(x, x), quiet, rounded));
    return prim::reinterpret<bfloat16>(prim::convert<std::uint16_t>(prim::reinterpret<std::int32_t>(kept)));
  }
}

}  // namespace onepass
