// An operation of one's own: one struct with a name and one generic body. It then is an operation like any other: it
// fuses, it takes every element type that its body allows, and every engine gives the same bits, because there is
// nothing but this one body. No file of the library knows about it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <limits>
#include <string_view>

#include <onepass/onepass.hpp>

namespace op = onepass;

//! [own operation]
/// 0 up to `low`, 1 from `high` on, and in between the smooth step 3t^2 - 2t^3.
struct smoothstep_op {
  static constexpr std::string_view name = "smoothstep";

  template <op::floating_value V>
  ONEPASS_INLINE static V body(V x, V low, V high) {
    const V t = op::clip((x - low) / (high - low), 0, 1);
    return t * t * (3 - 2 * t);
  }
};
inline constexpr op::operation<smoothstep_op> smoothstep{};
//! [own operation]

//! [choice]
/// Bodies call each other; a body has no `if` on data, where() chooses.
struct ease_op {
  static constexpr std::string_view name = "ease";

  template <op::floating_value V>
  ONEPASS_INLINE static V body(V x) {
    const V step = smoothstep(op::abs(x), 0.25, 0.75);
    return op::where(x < 0, op::negate(step), step);
  }
};
inline constexpr op::operation<ease_op> ease{};
//! [choice]

//! [literal parameter]
/// x from 0 to 1, on the nearest of so many equally spaced levels.
template <int levels>
struct posterize_op {
  static_assert(levels >= 2, "posterize: 0 and 1 are levels");
  static constexpr std::string_view name = "posterize";

  template <op::floating_value V>
  ONEPASS_INLINE static V body(V x) {
    return op::round(op::clip(x, 0, 1) * (levels - 1)) / (levels - 1);
  }
};
template <int levels>
inline constexpr op::operation<posterize_op<levels>> posterize{};
//! [literal parameter]

//! [two types]
/// A number from 0 to 1 as a byte, or 255 where there is no signal.
struct to_byte_op {
  static constexpr std::string_view name = "to_byte";

  template <op::truth_value M, op::floating_value V>
  ONEPASS_INLINE static auto body(M has_signal, V x) {
    const auto byte = op::cast<std::uint8_t>(op::round(x * 255));
    return op::where(has_signal, byte, byte.like(255));
  }
};
inline constexpr op::operation<to_byte_op> to_byte{};
//! [two types]

namespace {

template <class T>
bool same_bits(const op::array<T>& a, const op::array<T>& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Evaluates an expression with two results on every engine. True if all give the bits of the interpreter.
template <class Map, class Sum>
bool agrees(const char* what, const Map& map, const Sum& sum) {
  const auto [values, total] = op::evaluate(op::options{.engine = op::engine::interpreted}, map, sum);
  bool all = true;
  for (const op::engine engine : {op::engine::fused, op::engine::compiled, op::engine::automatic}) {
    for (const op::isa set : {op::isa::avx2, op::isa::avx512}) {
      const auto [y, s] = op::evaluate(op::options{.engine = engine, .isa = set}, map, sum);
      const bool same = same_bits(y, values) && std::memcmp(&s, &total, sizeof s) == 0;
      if (!same) std::printf("%s: %s, at most %s: other bits\n", what, name(engine).data(), name(set).data());
      all &= same;
    }
  }
  std::printf("%-24s sum %.9g, %s\n", what, static_cast<double>(total), all ? "the same bits on every engine" : "DIFFERENT");
  return all;
}

/// n numbers from -1 to 1, and what is hard: infinities, zeros of both signs, a subnormal.
template <class T>
op::array<T> inputs(int n) {
  op::array<T> x({n});
  for (int i = 0; i < n; ++i) x(i) = static_cast<T>(2 * i - n + 1) / static_cast<T>(n - 1);
  const T infinity = std::numeric_limits<T>::infinity();
  const T hard[] = {infinity, -infinity, T{0}, -T{0}, std::numeric_limits<T>::denorm_min()};
  std::copy(std::begin(hard), std::end(hard), x.begin());
  return x;
}

template <class T>
bool check(const char* what) {
  const op::array<T> x = inputs<T>(100'003), w = inputs<T>(100'003);
  const auto e = smoothstep(x, -0.5, 0.5) * op::exp(-op::abs(w)) + ease(w);  // fused with operations of the library
  return agrees(what, e, op::sum(ease(x) * 0.5));
}

/// Operations with a parameter, and of several types.
bool check_levels() {
  const op::array<float> x = inputs<float>(100'003);
  //! [use]
  op::array<float> four = posterize<4>(x);              // 0, 1/3, 2/3 or 1
  op::array<std::uint8_t> bytes = to_byte(x > 0, four); // fused with the comparison; bytes are what is written
  //! [use]
  const bool right = four(50'001) == 0 && four(100'002) == 1 && bytes(0) == 255 && bytes(50'001) == 255 && bytes(87'501) == 170;
  if (!right) std::printf("posterize and to_byte: other values than expected\n");
  return right && agrees("posterize and to_byte", to_byte(x > 0, posterize<4>(x)), op::sum(posterize<16>(x)));
}

}  // namespace

int main() {
  const bool floats = check<float>("smoothstep and ease, f32");
  const bool doubles = check<double>("smoothstep and ease, f64");
  const bool levels = check_levels();
  const bool number = smoothstep(0.5f, 0.0f, 1.0f) == 0.5f;  // on plain numbers too
  if (!number) std::printf("smoothstep(0.5, 0, 1) is not 0.5\n");

  const op::array<float> x = inputs<float>(1000);
  std::printf("\n%s", op::explain(op::options{.engine = op::engine::compiled}, ease(x)).text().c_str());
  return floats && doubles && levels && number ? 0 : 1;
}
