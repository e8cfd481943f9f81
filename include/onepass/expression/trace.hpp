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
  trace_reader(program& written, const std::uint32_t* slots, std::vector<value_id>& shaping)
      : written(&written), slots(slots), shaping(&shaping) {}

  template <element T, std::size_t Leaf>
  traced<T> leaf() const {
    return {written, read(Leaf, dtype_of<T>)};
  }
  template <element T, std::size_t Scalar>
  traced<T> scalar() const {
    return {written, written->scalar(Scalar, dtype_of<T>)};
  }
  template <class Op, axes Over, bool Keep, class F>
  auto fold(F&& operand) const {
    const std::size_t before = shaping->size();
    const auto over = operand();
    return std::remove_const_t<decltype(over)>{written, fold_since(before, reduction_of<Op, element_of<decltype(over)>>(), Over, Keep, over.id)};
  }
  template <class Op, class F>
  auto row(F&& operand) const {
    const std::size_t before = shaping->size();
    const auto over = operand();
    written->enter_rows(shaping_since(before));
    return Op::body(over);
  }

  /// Makes E the content of array operand `slot`.
  template <class E, std::size_t Leaf, std::size_t Scalar>
  void store(std::uint32_t slot) const {
    shaping->clear();
    written->store(slot, E::template at<Leaf, Scalar>(*this).id);
  }

 private:
  // Out of line: this is compiled for every expression of user code.
  value_id read(std::size_t leaf, dtype type) const;
  value_id fold_since(std::size_t before, const reduction& how, axes over, bool keepdims, value_id operand) const;
  std::vector<value_id> shaping_since(std::size_t before) const;

  program* written;
  const std::uint32_t* slots;
  std::vector<value_id>* shaping;
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

/// Writes down the expressions E...: leaf i reads array operand slots[i], expression k becomes operand `leaves + k`.
template <class... E>
void trace(program& written, const std::uint32_t* slots, const void* = nullptr) {
  std::vector<value_id> shaping;
  detail::trace_from<0, 0, (E::leaves + ...), E...>(trace_reader(written, slots, shaping));
}

}  // namespace onepass
