// Assignment: `y = e` for arrays, views and parts of arrays.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/core/error.hpp>
#include <onepass/run/launch.hpp>

namespace onepass {

/// Throws shape_error: a result does not fit where it is assigned to.
[[noreturn]] ONEPASS_COLD void throw_does_not_fit(const extents& result, const extents& destination);

inline namespace ONEPASS_TARGET {
namespace launch {

/// References to `held` that `e` has.
template <class E>
ONEPASS_INLINE std::int64_t references_in(const E& e, const block* held) {
  std::int64_t count = 0;
  e.each_leaf([&](const auto& leaf) { count += leaf.owner() == held; });
  return count;
}

/// An expression whose elements are stored as T: f32 is rounded for a storage type, nothing else changes its type.
template <element T, class E>
ONEPASS_INLINE decltype(auto) stored_as(E&& e) {
  using Computed = typename std::remove_cvref_t<E>::element_type;
  if constexpr (storage_element<T> && std::is_same_v<Computed, float>) {
    return make_node<cast_op<T>>(std::forward<E>(e));
  } else {
    static_assert(std::is_same_v<Computed, T>, "onepass: the expression has another element type; use cast<...>");
    return std::forward<E>(e);
  }
}

/// `consumed`: nobody sees the expression after this.
template <element T, class E>
ONEPASS_INLINE void assign_to_array(const options& how, array<T>& y, const E& e, bool consumed) {
  site& here = site_of<E>;
  const shape_word word = e.word();
  const block* const held = y.held().get();
  if (__builtin_expect(held != nullptr && held->word == word && is_packed(word), 1)) {
    const std::int64_t references = held->references.value();
    if (references == 1 || (consumed && references == 1 + references_in(e, held))) {
      if (run_quick(here, how, e, held->size, held->data)) return;
    }
  } else if (is_packed(word) && word_size(word) <= here.limit(how.threads)) {
    block_reference made(allocate_block(dtype_of<T>, word));
    if (!run_quick(here, how, e, made->size, made->data)) assign_array_in_core(how, list_of<E>, gathered<E>(e), made, 1);
    y.held() = std::move(made);
    return;
  }
  assign_array_in_core(how, list_of<E>, gathered<E>(e), y.held(), 1 + (consumed ? references_in(e, held) : 0));
}

template <class T, class E>
ONEPASS_INLINE void assign_to_view(const options& how, const view<T>& y, const E& e) {
  const shape_word word = y.where().word();
  if (word == e.word() && is_packed(word) && run_quick(site_of<E>, how, e, word_size(word), y.data())) return;
  assign_memory_in_core(how, list_of<E>, gathered<E>(e), y.data(), y.where().get());
}

template <element T, class E>
ONEPASS_COLD void assign_to_part(const options& how, const subarray<T>& y, const E& e, bool consumed) {
  block_reference& held = y.parent().held();
  const extents shape = e.shape();
  if (!(shape == y.part().shape)) throw_does_not_fit(shape, y.part().shape);
  // The array and this part hold the block; so may the expression, which sees the old elements if the block is copied.
  const std::int64_t own = 2 + (consumed ? references_in(e, held.get()) : 0);
  if (held->references.value() > own) make_unique(held);
  assign_memory_in_core(how, list_of<E>, gathered<E>(e), static_cast<T*>(held->data) + y.offset(), y.part());
}

}  // namespace launch

// What the assignments of arrays, views and parts of arrays call.

template <element T, class E>
ONEPASS_INLINE void assign_elements(array<T>& y, E&& from) {
  launch::assign_to_array({}, y, launch::stored_as<T>(as_expression(std::forward<E>(from))), !std::is_lvalue_reference_v<E> || !expression<E>);
}
template <class T, class E>
ONEPASS_INLINE void assign_elements(view<T>& y, E&& from) {
  launch::assign_to_view({}, y, launch::stored_as<T>(as_expression(std::forward<E>(from))));
}
template <element T, class E>
void assign_elements(subarray<T>& y, E&& from) {
  launch::assign_to_part({}, y, launch::stored_as<T>(as_expression(std::forward<E>(from))), !std::is_lvalue_reference_v<E> || !expression<E>);
}

}  // namespace ONEPASS_TARGET
}  // namespace onepass
