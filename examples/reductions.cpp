// Reductions and row programs, as docs/reductions.md shows them. Each region between two marks `//! [name]` is a snippet
// there; every snippet is checked here; exit status 1 if one fails.
#include <cmath>
#include <cstdio>
#include <string>

#include <onepass/onepass.hpp>

namespace op = onepass;

namespace {

int failures = 0;

void expect(bool holds, const char* claim) {
  std::printf("%-4s %s\n", holds ? "ok" : "BAD", claim);
  failures += holds ? 0 : 1;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-5 * (1 + std::abs(b)); }

void axes() {
  const op::array<float> x({4, 3, 500}, 0.5f);
  //! [axes]
  float total = op::evaluate(op::sum(x));                             // everything: a number
  op::array<float> ends = op::max(x, op::axis{-1});                   // (4, 3): without the last axis
  op::array<float> means = op::mean(x, op::axes{0, 2});               // (3,): without the first and the last
  op::array<float> kept = op::mean(x, op::axes{0, 2}, op::keepdims);  // (1, 3, 1): broadcasts against x again
  op::array<float> centred = x - op::mean(x, op::axis{0}, op::keepdims);
  //! [axes]
  expect(total == 3000 && ends.shape() == op::extents{4, 3} && means.shape() == op::extents{3}, "axes leave the shape of the others");
  expect(kept.shape() == op::extents{1, 3, 1} && op::evaluate(op::norm_l1(centred)) == 0, "kept axes broadcast");
}

void together() {
  const op::array<float> x({1000, 100}, 2.0f), w({100}, 0.5f);
  //! [together]
  auto [y, s, m, i, v] = op::evaluate(op::relu(x * w) + 1, op::sum(x), op::max(x), op::argmax(x), op::variance(x));
  //! [together]
  expect(y(3, 3) == 2 && s == 200000 && m == 2 && i == 0 && v == 0, "several results of one visit");
  expect(op::explain(op::relu(x * w) + 1, op::sum(x), op::max(x), op::argmax(x), op::variance(x)).passes == 1, "of one visit");
}

void rows() {
  const op::array<float> x({64, 1000}, 0.25f), scale({1000}, 2.0f), shift({1000}, 1.0f);
  //! [rows]
  op::array<float> p = op::softmax(x);                                // each row is read from memory once
  op::array<float> q = op::log_softmax(x, op::axis{0});               // or along another axis
  op::array<float> n = op::layer_norm(x, scale, shift);
  op::array<float> z = (x - op::mean(x, op::axis{-1}, op::keepdims)) / (op::stddev(x, op::axis{-1}, op::keepdims) + 1e-6f);
  //! [rows]
  expect(near(op::evaluate(op::sum(p)), 64) && near(q(0, 0), std::log(1.0 / 64)), "softmax of rows and columns");
  expect(n(5, 5) == 1 && z(5, 5) == 0, "normalisations");
  expect(op::explain(op::layer_norm(x, scale, shift)).passes == 1, "a row program is one pass");
}

void scans() {
  const auto x = op::array<float>::from({3, 5, 4, 1, 6});
  //! [scans]
  op::array<float> running = op::cumulative_sum(x);                   // 3 8 12 13 19
  op::array<float> fall = op::max(op::cumulative_max(x) - x, op::axis{-1});  // the deepest fall below what came before
  //! [scans]
  expect(running(4) == 19 && fall() == 4, "scans");
  expect(op::explain(op::max(op::cumulative_max(x) - x, op::axis{-1})).passes == 1, "a fold of a scan is one pass");
}

void whole_sums() {
  const op::array<float> ones({1 << 20}, 0.1f);
  //! [exact]
  float plain = op::evaluate(op::sum(ones));                          // pairwise: a few units in the last place
  float better = op::evaluate(op::compensated_sum(ones));             // with 29 more bits, f64 with 39
  float mean = op::evaluate(op::mean(ones));                          // exactly 0.1f
  float spread = op::evaluate(op::variance(ones, 1));                 // of a sample: divided by n - 1
  //! [exact]
  expect(near(plain, better) && mean == 0.1f && spread == 0, "means of equal elements are exact");
}

//! [finish]
/// The root of the mean square.
struct rms_op {
  static constexpr std::string_view name = "rms";
  static constexpr bool is_row_operation = true, is_reduction = true, empty_allowed = false;
  template <op::floating_value V>
  static V body(V x) {
    return op::sqrt(op::mean(x * x));
  }
};
inline constexpr op::row_reducer<rms_op> rms{};
//! [finish]

//! [parity]
/// The bits that an odd number of elements have.
struct parity_op {
  static constexpr std::string_view name = "parity";
  static constexpr bool empty_allowed = true;
  template <op::integer_element T>
  static constexpr T identity = 0;
  template <op::integer_value V>
  static V combine(V earlier, V later) {
    return op::bit_xor(earlier, later);
  }
};
inline constexpr op::reducer<parity_op> parity{};

/// The same of all elements up to each.
struct cumulative_parity_op : op::cumulative<parity_op> {
  static constexpr std::string_view name = "cumulative_parity";
};
inline constexpr op::row_function<cumulative_parity_op> cumulative_parity{};
//! [parity]

void custom() {
  const auto bits = op::array<std::int32_t>::from({1, 2, 4, 7});
  const auto x = op::array<float>::from({3, 4});
  //! [call]
  std::int32_t folded = op::evaluate(parity(bits));
  op::array<std::int32_t> so_far = cumulative_parity(bits);
  op::array<float> level = rms(x, op::axis{0});
  //! [call]
  expect(folded == 0 && so_far(2) == 7 && so_far(3) == 0, "a reduction of one's own");
  expect(near(level(), std::sqrt(12.5)), "and one with a last step");
}

}  // namespace

int main() {
  axes();
  together();
  rows();
  scans();
  whole_sums();
  custom();
  return failures == 0 ? 0 : 1;
}
