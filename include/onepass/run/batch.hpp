// Many small problems of one kind: one function, thousands of short arrays.
//
//   std::vector<std::vector<float>> a, b, y;                               // any lengths, y[i] as long as a[i] and b[i]
//   op::map_batch([](auto a, auto b) { return op::relu(a * b); }, y, a, b);
//
// Arrays of equal length that lie one after another are rows of one array, and `y = relu(a * b)` is all they need. Others
// are items of a batch: every item goes the quick way of its expression, whose kernel is found once, and the batch goes to
// several threads if its items have nothing to do with each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include <onepass/run/assign.hpp>

namespace onepass {

/// Where the elements of one range of items lie, as far as that is known without a list.
class batch_memory {
 public:
  void add(const void* data, std::size_t bytes) noexcept {
    const auto first = reinterpret_cast<std::uintptr_t>(data);
    if (bytes == 0) return;
    ascends_ &= first >= end_;
    first_ = first < first_ ? first : first_;
    end_ = first + bytes > end_ ? first + bytes : end_;
  }
  /// Every item begins after the one before it ends.
  bool ascends() const noexcept { return ascends_; }
  bool is_apart_from(const batch_memory& other) const noexcept { return end_ <= other.first_ || other.end_ <= first_; }

 private:
  std::uintptr_t first_ = UINTPTR_MAX, end_ = 0;
  bool ascends_ = true;
};

/// Calls run(context, first, last) for parts of `items` that are at least `least` long, on at most `threads` threads if that
/// is not 0. What one of them throws is thrown when all are done.
void run_in_parts(std::size_t items, std::size_t least, int threads, void (*run)(void* context, std::size_t first, std::size_t last), void* context);

[[noreturn]] ONEPASS_COLD void throw_batch_lengths(std::size_t outputs, std::size_t inputs);
[[noreturn]] ONEPASS_COLD void throw_item_lengths(std::size_t item, std::size_t output, std::size_t input);

inline namespace ONEPASS_TARGET {
namespace launch {

/// The elements of an item: of what has a span() of its own, which checks, and of any contiguous range.
template <class Item>
ONEPASS_INLINE auto span_of(Item& item) {
  if constexpr (requires { item.span(); }) {
    return item.span();
  } else {
    return std::span(item);
  }
}

template <class T>
ONEPASS_INLINE view<T> item_view(std::span<T> item) {
  return view<T>(item.data(), view_layout(shape_word{1} | shape_word{1} << 1 | static_cast<shape_word>(item.size()) << 4));
}

/// One batch: what its items are made of, and the loops over them.
template <class F, class Outputs, class... Inputs>
struct batch {
  const options& how;
  F& f;
  Outputs& outputs;
  std::tuple<const Inputs&...> inputs;

  using written_type = typename decltype(span_of(outputs[0]))::element_type;

  /// The expression of an item.
  ONEPASS_INLINE auto made(std::size_t i) const {
    return std::apply([&](const auto&... in) { return stored_as<written_type>(f(as_const_view(span_of(in[i]))...)); }, inputs);
  }
  static site& remembered() { return site_of<std::remove_cvref_t<decltype(std::declval<batch>().made(0))>>; }

  template <class T>
  ONEPASS_INLINE static view<const T> as_const_view(std::span<T> item) {
    return item_view(std::span<const T>(item));
  }

  void run(std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i) assign_to_view(how, item_view(span_of(outputs[i])), made(i));
  }

  /// Throws if an item's lengths do not go together. The number of elements of all outputs.
  std::size_t check(std::size_t items) const {
    constexpr bool is_elementwise = !std::remove_cvref_t<decltype(made(0))>::has_folds;
    std::size_t elements = 0;
    for (std::size_t i = 0; i < items; ++i) {
      const std::size_t length = span_of(outputs[i]).size();
      elements += length;
      const auto check_input = [&](std::size_t of_input) {
        if (is_elementwise && of_input != length && of_input != 1) throw_item_lengths(i, length, of_input);
      };
      std::apply([&](const auto&... range) { (check_input(span_of(range[i]).size()), ...); }, inputs);
    }
    return elements;
  }

  /// True if no item reads or writes what another one writes.
  bool is_independent(std::size_t items) const {
    batch_memory written;
    for (std::size_t i = 0; i < items; ++i) {
      const auto out = span_of(outputs[i]);
      written.add(out.data(), out.size_bytes());
    }
    bool independent = written.ascends();
    const auto look_at = [&](const auto& range) {
      batch_memory read;
      bool in_place = true;
      for (std::size_t i = 0; i < items; ++i) {
        const auto in = span_of(range[i]);
        const auto out = span_of(outputs[i]);
        read.add(in.data(), in.size_bytes());
        in_place &= static_cast<const void*>(in.data()) == out.data() && in.size_bytes() == out.size_bytes();
      }
      independent &= in_place || read.is_apart_from(written);
    };
    std::apply([&](const auto&... range) { (look_at(range), ...); }, inputs);
    return independent;
  }
};

}  // namespace launch

/// `f(inputs[i]...)` into outputs[i], for every i, as if one after another. Outputs and inputs are ranges with indices, as
/// many items in each; an item is a contiguous range: a std::vector, a std::span, an array or a view without gaps. `f` gets
/// views of one dimension and gives an expression.
///
/// Throws value_error if there are not as many inputs as outputs, shape_error if an input is neither as long as its output
/// nor of length 1; then nothing has been written.
template <class F, class Outputs, class... Inputs>
  requires(sizeof...(Inputs) > 0)
void map_batch(const options& how, F&& f, Outputs&& outputs, const Inputs&... inputs) {
  const std::size_t items = std::size(outputs);
  ((std::size(inputs) != items ? throw_batch_lengths(items, std::size(inputs)) : void()), ...);
  if (items == 0) return;
  using batch = launch::batch<std::remove_reference_t<F>, std::remove_reference_t<Outputs>, Inputs...>;
  const batch work{how, f, outputs, {inputs...}};
  const std::size_t elements = work.check(items) - launch::span_of(outputs[0]).size();
  work.run(0, 1);  // makes what the others find
  const std::size_t alone = batch::remembered().limit(how.threads);
  if (how.threads == 1 || elements <= alone || !work.is_independent(items)) return work.run(1, items);
  run_in_parts(items - 1, items * (alone / 4 + 1) / elements + 1, how.threads,
               [](void* context, std::size_t first, std::size_t last) { static_cast<const batch*>(context)->run(first + 1, last + 1); },
               const_cast<batch*>(&work));
}
template <class F, class Outputs, class... Inputs>
  requires(!std::is_same_v<std::remove_cvref_t<F>, options>)
void map_batch(F&& f, Outputs&& outputs, const Inputs&... inputs) {
  map_batch(options{}, std::forward<F>(f), outputs, inputs...);
}

}  // namespace ONEPASS_TARGET
}  // namespace onepass
