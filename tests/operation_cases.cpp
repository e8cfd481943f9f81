// The functions of operation_cases.hpp, for part ONEPASS_PART of the operations.
#include "operation_cases.hpp"

#include <algorithm>
#include <utility>

#include <onepass/op/registry.hpp>
#include <onepass/value/pack.hpp>

namespace onepass::testing {

namespace {

template <class Op, class... T>
struct functions {
  using R = yields_of<Op, T...>;
  static constexpr std::size_t lanes = 2 * vector_bytes / std::max({sizeof(R), sizeof(T)...});

  static void on_scalars(const void* const* from, void* to, std::size_t count) {
    on_scalars(from, static_cast<R*>(to), count, std::index_sequence_for<T...>{});
  }
  static void on_packs(const void* const* from, void* to, std::size_t count) {
    on_packs(from, static_cast<R*>(to), count, std::index_sequence_for<T...>{});
  }

 private:
  template <std::size_t... I>
  static void on_scalars(const void* const* from, R* to, std::size_t count, std::index_sequence<I...>) {
    for (std::size_t i = 0; i < count; ++i) to[i] = Op::body(scalar<T>{static_cast<const T*>(from[I])[i]}...).content;
  }
  template <std::size_t... I>
  static void on_packs(const void* const* from, R* to, std::size_t count, std::index_sequence<I...>) {
    for (std::size_t i = 0; i < count; i += lanes) {
      const std::size_t some = std::min(lanes, count - i);
      const auto results = Op::body(values_of<T, lanes>::load_first(static_cast<const T*>(from[I]) + i, some)...);
      std::remove_cvref_t<decltype(results)>::store_first(to + i, results, some);
    }
  }
};

template <class Op, class... T>
void append(operation_cases& to) {
  if constexpr (takes<Op, T...>) {
    using made = functions<Op, T...>;
    to.push_back({Op::name, {dtype_of<T>...}, dtype_of<yields_of<Op, T...>>, made::on_scalars, made::on_packs});
  }
}

/// Operands of one type, as many as there may be, and behind a condition.
template <class Op, class... T>
void append_all(operation_cases& to) {
  (append<Op, T>(to), ...);
  (append<Op, T, T>(to), ...);
  (append<Op, T, T, T>(to), ...);
  (append<Op, T, T, T, T>(to), ...);
  (append<Op, bool, T, T>(to), ...);
}

constexpr int part_of(std::string_view name) {
  unsigned sum = 0;
  for (const char letter : name) sum = sum * 31 + static_cast<unsigned char>(letter);
  return static_cast<int>(sum / 16 % operation_parts);
}

}  // namespace

template <>
void append_cases<ONEPASS_PART>(operation_cases& to) {
  for_each_operation([&](auto type) {
    using Op = typename decltype(type)::type;
    if constexpr (!row_operation<Op> && part_of(Op::name) == ONEPASS_PART) {
      append_all<Op, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, float16,
                 bfloat16, float, double>(to);
    }
  });
}

}  // namespace onepass::testing
