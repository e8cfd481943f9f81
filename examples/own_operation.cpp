// An operation of one's own: one struct with a name and one generic body. It then is an operation like any other: it
// fuses, it takes every element type that its body allows, and every engine gives the same bits, because there is
// nothing but this one body. No file of the library knows about it.
#include <algorithm>
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

}  // namespace

int main() {
  const bool floats = check<float>("smoothstep and ease, f32");
  const bool doubles = check<double>("smoothstep and ease, f64");
  const bool number = smoothstep(0.5f, 0.0f, 1.0f) == 0.5f;  // on plain numbers too
  if (!number) std::printf("smoothstep(0.5, 0, 1) is not 0.5\n");

  const op::array<float> x = inputs<float>(1000);
  std::printf("\n%s", op::explain(op::options{.engine = op::engine::compiled}, ease(x)).text().c_str());
  return floats && doubles && number ? 0 : 1;
}
