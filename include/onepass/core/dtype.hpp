// The closed list of element types, and how two of them combine.
//
// One row of ONEPASS_DTYPES is one element type: its enumerator, its C++ type, its printed name, its kind. Everything
// that depends on the list is generated from it. The promotion rule is the one of the Python array API standard,
// restricted to what never surprises: within a kind the wider type wins, a signed and an unsigned type meet in the next
// wider signed one, kinds do not mix without a cast. f16 and bf16 are storage: what is computed from them is f32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <onepass/core/config.hpp>
#include <onepass/core/half.hpp>

namespace onepass {

/// What an element type is made of; kinds do not mix in one operation.
enum class kind : std::uint8_t { boolean, integer, floating };

//        enumerator  C++ type      name    kind
#define ONEPASS_DTYPES(row)                   \
  row(boolean, bool, "bool", boolean)         \
  row(i8, std::int8_t, "i8", integer)         \
  row(i16, std::int16_t, "i16", integer)      \
  row(i32, std::int32_t, "i32", integer)      \
  row(i64, std::int64_t, "i64", integer)      \
  row(u8, std::uint8_t, "u8", integer)        \
  row(u16, std::uint16_t, "u16", integer)     \
  row(u32, std::uint32_t, "u32", integer)     \
  row(u64, std::uint64_t, "u64", integer)     \
  row(f16, float16, "f16", floating)          \
  row(bf16, bfloat16, "bf16", floating)       \
  row(f32, float, "f32", floating)            \
  row(f64, double, "f64", floating)

/// An element type as a run-time value.
enum class dtype : std::uint8_t {
#define ONEPASS_ROW(enumerator, cpp, text, made_of) enumerator,
  ONEPASS_DTYPES(ONEPASS_ROW)
#undef ONEPASS_ROW
};

#define ONEPASS_ROW(enumerator, cpp, text, made_of) +1
inline constexpr int dtype_count = ONEPASS_DTYPES(ONEPASS_ROW);
#undef ONEPASS_ROW

namespace detail {

struct dtype_facts {
  std::string_view name;
  std::uint8_t size;
  kind made_of;
  bool is_signed;
};

inline constexpr dtype_facts dtype_table[] = {
#define ONEPASS_ROW(enumerator, cpp, text, made_of) \
  {text, static_cast<std::uint8_t>(sizeof(cpp)), kind::made_of, std::is_signed_v<cpp> || kind::made_of == kind::floating},
    ONEPASS_DTYPES(ONEPASS_ROW)
#undef ONEPASS_ROW
};

template <class T>
struct to_dtype {};
template <dtype D>
struct from_dtype {};
#define ONEPASS_ROW(enumerator, cpp, text, made_of)                  \
  template <>                                                     \
  struct to_dtype<cpp> {                                          \
    static constexpr dtype value = dtype::enumerator;             \
  };                                                              \
  template <>                                                     \
  struct from_dtype<dtype::enumerator> {                        \
    using type = cpp;                                             \
  };
ONEPASS_DTYPES(ONEPASS_ROW)
#undef ONEPASS_ROW

}  // namespace detail

/// A C++ type that arrays can hold.
template <class T>
concept element = requires { detail::to_dtype<T>::value; };

/// A type that arrays hold and that is computed with as f32.
template <class T>
concept storage_element = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

template <class T>
concept floating_element = element<T> && std::is_floating_point_v<T>;

template <class T>
concept integer_element = element<T> && std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
concept numeric_element = floating_element<T> || integer_element<T>;

template <element T>
inline constexpr dtype dtype_of = detail::to_dtype<T>::value;

template <dtype D>
using element_type = typename detail::from_dtype<D>::type;

constexpr std::string_view name(dtype type) noexcept { return detail::dtype_table[static_cast<int>(type)].name; }
constexpr std::size_t size_of(dtype type) noexcept { return detail::dtype_table[static_cast<int>(type)].size; }
constexpr kind kind_of(dtype type) noexcept { return detail::dtype_table[static_cast<int>(type)].made_of; }
constexpr bool is_floating(dtype type) noexcept { return kind_of(type) == kind::floating; }
constexpr bool is_integer(dtype type) noexcept { return kind_of(type) == kind::integer; }
constexpr bool is_signed(dtype type) noexcept { return detail::dtype_table[static_cast<int>(type)].is_signed; }
constexpr bool is_storage(dtype type) noexcept { return type == dtype::f16 || type == dtype::bf16; }

/// The type that elements of `type` are computed with.
constexpr dtype computed(dtype type) noexcept { return is_storage(type) ? dtype::f32 : type; }

template <element T>
using computed_type = std::conditional_t<storage_element<T>, float, T>;

/// The signed integer type of `size` bytes.
constexpr dtype signed_integer(std::size_t size) noexcept {
  return size == 1 ? dtype::i8 : size == 2 ? dtype::i16 : size == 4 ? dtype::i32 : dtype::i64;
}

/// True if elements of the two types meet in one operation without a cast. u64 meets no signed type: none is wider.
constexpr bool promotes(dtype a, dtype b) noexcept {
  if (kind_of(a) != kind_of(b)) return false;
  return !is_integer(a) || is_signed(a) == is_signed(b) || (a != dtype::u64 && b != dtype::u64);
}

/// The type in which elements of types `a` and `b` meet: the wider one of the kind; a signed and an unsigned type meet
/// in the smallest signed one that holds all numbers of both. Precondition: promotes(a, b).
constexpr dtype promote(dtype a, dtype b) noexcept {
  a = computed(a), b = computed(b);
  if (!is_integer(a) || is_signed(a) == is_signed(b)) return size_of(a) >= size_of(b) ? a : b;
  const std::size_t signed_size = size_of(is_signed(a) ? a : b), unsigned_size = size_of(is_signed(a) ? b : a);
  return signed_integer(signed_size > unsigned_size ? signed_size : 2 * unsigned_size);
}

/// Calls `f(std::type_identity<T>{})` with the C++ type of `type`.
template <class F>
constexpr decltype(auto) with_element_type(dtype type, F&& f) {
  switch (type) {
#define ONEPASS_ROW(enumerator, cpp, text, made_of) \
  case dtype::enumerator:                           \
    return f(std::type_identity<cpp>{});
    ONEPASS_DTYPES(ONEPASS_ROW)
#undef ONEPASS_ROW
  }
  __builtin_unreachable();
}

}  // namespace onepass
