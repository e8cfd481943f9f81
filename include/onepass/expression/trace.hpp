// Tracing: an expression type run on traced values, which writes its program down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <onepass/ir/program.hpp>
#include <onepass/op/reduction.hpp>
#include <onepass/value/traced.hpp>

namespace onepass {

/// Leaf number i reads array operand slots[i], scalar number i scalar argument i.
/// While it goes through an expression it collects the inputs and folds whose shapes make up the shape of what is
/// being traced: simplification may drop an operand that no longer matters for the value, never for the shape.
class trace_reader {
 public:
  /// Folds that name axes find them in order from `axes` on.
  trace_reader(program& written, const std::uint32_t* slots, const std::uint32_t* axes) : written(&written), slots(slots), next_axes(axes) {}

  template <element T, std::size_t Leaf>
  traced<T> leaf() const {
    return {written, read(Leaf, dtype_of<T>)};
  }
  template <element T, std::size_t Scalar>
  traced<T> scalar() const {
    return {written, written->scalar(Scalar, dtype_of<T>)};
  }
  template <class Op, folded Form, class F>
  auto fold(F&& operand) const {
    const std::size_t before = shaping.size();
    const auto over = operand();
    return std::remove_const_t<decltype(over)>{written, fold_since(before, reduction_of<Op, element_of<decltype(over)>>(), Form, over.id)};
  }
  /// What is traced from here to rows() makes up their shape.
  void begin_rows() const { rows_begin.push_back(shaping.size()); }
  template <folded Form, class F>
  auto rows(F&& body) const {
    const std::size_t before = enter_rows(Form);
    const auto result = body();
    return std::remove_const_t<decltype(result)>{written, leave_rows(before, Form, result.id)};
  }

  /// Makes E the content of array operand `slot`.
  template <class E, std::size_t Leaf, std::size_t Scalar>
  void store(std::uint32_t slot) const {
    shaping.clear();
    written->store(slot, E::template at<Leaf, Scalar>(*this).id);
  }

 private:
  // Out of line: this is compiled for every expression of user code.
  value_id read(std::size_t leaf, dtype type) const;
  value_id fold_since(std::size_t before, const reduction& how, folded form, value_id operand) const;
  std::size_t enter_rows(folded form) const;
  value_id leave_rows(std::size_t before, folded form, value_id result) const;
  std::vector<value_id> shaping_since(std::size_t before) const;

  program* written;
  const std::uint32_t* slots;
  mutable const std::uint32_t* next_axes;
  mutable std::vector<value_id> shaping;
  mutable std::vector<std::size_t> rows_begin;
};

namespace detail {

template <std::size_t Leaf, std::size_t Scalar, std::size_t Slot>
void trace_from(const trace_reader&) {}
template <std::size_t Leaf, std::size_t Scalar, std::size_t Slot, class First, class... Rest>
void trace_from(const trace_reader& reader) {
  reader.template store<First, Leaf, Scalar>(Slot);
  trace_from<Leaf + First::leaves, Scalar + First::scalars, Slot + 1, Rest...>(reader);
}

}  // namespace detail

/// Writes down the expressions E...: leaf i reads array operand slots[i], expression k becomes operand `leaves + k`; the
/// axes of folds follow the leaves in `slots`.
template <class... E>
void trace(program& written, const std::uint32_t* slots, const void* = nullptr) {
  constexpr std::size_t leaves = (E::leaves + ...);
  detail::trace_from<0, 0, leaves, E...>(trace_reader(written, slots, slots + leaves));
}

}  // namespace onepass
