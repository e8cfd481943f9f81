// The first steps, as README.md shows them. Each region between two marks `//! [name]` is a snippet there; a test
// compares them, so that what is printed is what compiles. Every snippet is checked here; exit status 1 if one fails.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

//! [include]
#include <onepass/onepass.hpp>
namespace op = onepass;
//! [include]

namespace {

int failures = 0;

void expect(bool holds, const char* claim) {
  if (holds) return;
  std::printf("does not hold: %s\n", claim);
  ++failures;
}

template <class T>
bool same_bits(const op::array<T>& a, const op::array<T>& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// A kept expression: the function returns, its array is gone, the expression still has its elements.
//! [lazy]
auto activation(const op::array<float>& x) {
  op::array<float> bias({x.shape()[1]}, 0.5f);
  return op::relu(x * 2) + bias;  // nothing is computed; the expression keeps `bias` alive
}
//! [lazy]

void arrays() {
  //! [arrays]
  op::array<float> a({1000, 512}, 1.0f);                // filled
  op::array<float> w({512}, -0.25f), b({512}, 0.5f);    // these broadcast over the rows of a
  auto v = op::array<float>::from({3, 1, 4, 1, 5});     // with these elements
  a(0, 0) = 7;                                          // one element
  a(9, op::all) = v(2) * w;                             // a part of an array: row 9

  op::array<float> y = op::relu(a * w) + b;             // one loop, no temporaries
  //! [arrays]
  expect(y.shape() == op::extents{1000, 512}, "the result has the broadcast shape");
  expect(a(0, 0) == 7 && a(9, 511) == -1 && a(8, 0) == 1 && a(10, 0) == 1, "row 9 was assigned");
  expect(y(0, 0) == 0.5f && y(9, 5) == 0.75f && y(10, 0) == 0.5f, "y is relu(a * w) + b");
}

void laziness() {
  op::array<float> x({4, 3}, 1.0f);
  //! [evaluate]
  auto e = activation(x);                               // an expression is a value
  x(0, 0) = 100;                                        // it sees the elements that x had
  op::array<float> first = e;                           // computed here
  op::array<float> second = op::evaluate(e);            // and here
  //! [evaluate]
  expect(first(0, 0) == 2.5f && same_bits(first, second), "an expression keeps the values it was built with");
}

void several() {
  op::array<float> x({200, 300}, 0.5f);
  x(3, 4) = -2;
  //! [several]
  auto [y, total, largest] = op::evaluate(op::tanh(x), op::sum(x * x), op::max(x));  // x is read once

  op::array<float> rows = op::sum(x, op::axis{-1});     // one sum for each row
  op::array<float> p = op::softmax(x);                  // of each row; read from memory once
  op::array<float> running = op::cumulative_sum(x);     // along each row; scans are fused too
  //! [several]
  expect(same_bits(y, op::evaluate(op::tanh(x))), "results are the same together and alone");
  expect(total == op::evaluate(op::sum(x * x)) && largest == 0.5f, "reductions are the same together and alone");
  expect(op::explain(op::tanh(x), op::sum(x * x), op::max(x)).passes == 1, "three results, one pass");
  expect(rows.shape() == op::extents{200} && rows(0) == 150 && rows(3) == 147.5f, "sums of rows");
  expect(std::abs(op::evaluate(op::sum(p)) - 200) < 1e-3f, "rows of softmax have the sum 1");
  expect(running(0, 299) == 150 && running(3, 4) == 0, "sums up to an element");
}

void types() {
  //! [types]
  op::array<std::uint8_t> image({512, 512, 3}, std::uint8_t{200});
  op::array<float> colours = op::cast<float>(image) / 255 - 0.5f;              // bytes are read, floats written
  op::array<std::uint8_t> back = op::cast<std::uint8_t>((colours + 0.5f) * 255);  // saturates; NaN gives 0

  op::array<op::float16> half = op::exp(colours);       // computed as float, rounded once where it is stored
  op::array<std::int64_t> wide = op::array<std::int32_t>({8}, 7) + op::array<std::uint32_t>({8}, 1u);  // they meet in i64
  //! [types]
  expect(colours(0, 0, 0) == 200.0f / 255 - 0.5f && back(5, 6, 1) == 200, "bytes become floats and bytes again");
  expect(static_cast<float>(half(0, 0, 0)) == static_cast<float>(op::float16(op::evaluate(op::exp(colours))(0, 0, 0))), "one rounding");
  expect(wide(3) == 8, "signed and unsigned meet in the next wider signed type");
}

void generators() {
  //! [generators]
  op::array<float> wave = op::sin(op::arange(1000.0f) * 0.01f);                // one write, nothing read
  op::array<double> grid = op::linspace(0.0, 1.0, 101);
  op::array<float> identity = op::eye<float>(4);
  op::array<float> ramp = op::cast<float>(op::index({3, 5}, op::axis{1}));     // the column at every position
  //! [generators]
  expect(wave(0) == 0 && std::abs(wave(157) - 1) < 1e-3f, "a sine wave");
  expect(grid(100) == 1 && identity(2, 2) == 1 && identity(2, 1) == 0 && ramp(2, 4) == 4, "numbers from positions");
  expect(op::explain(op::sin(op::arange(1000.0f) * 0.01f)).bytes_read == 0, "generators read nothing");
}

void engines() {
  op::array<float> x({1000}, 0.3f);
  const auto e = op::exp(-x) / (1 + op::sqrt(x));
  //! [engines]
  op::array<float> a = op::evaluate(op::options{.engine = op::engine::fused}, e);        // made by the C++ compiler
  op::array<float> b = op::evaluate(op::options{.engine = op::engine::compiled}, e);     // machine code made here and now
  op::array<float> c = op::evaluate(op::options{.engine = op::engine::interpreted}, e);  // no code at all
  op::array<float> d = op::evaluate(op::options{.isa = op::isa::avx2, .threads = 1}, e);
  // a, b, c and d have the same bits
  //! [engines]
  expect(same_bits(a, b) && same_bits(a, c) && same_bits(a, d), "all engines give the same bits");
}

void memory() {
  //! [borrow]
  std::vector<double> samples(1000, 2.0);
  auto view = op::borrow(samples.data(), {10, 100});    // no copy; samples has to outlive it
  view = op::sqrt(view) * 3;                            // written into samples, without a temporary
  op::array<double> t = op::transpose(view) + 1;        // shape (100, 10)
  //! [borrow]
  expect(samples[7] == std::sqrt(2.0) * 3 && t.shape() == op::extents{100, 10} && t(99, 9) == samples[0] + 1, "views write through");
}

void explanation() {
  op::array<float> x({1000}), w({1000}), b({1000});
  //! [explain]
  const auto e = op::relu(x * w) + b;
  std::string how = op::explain(e).text();              // engine, program, plan, bytes
  std::string code = op::explain(op::with_listing, op::options{.engine = op::engine::compiled}, e).listing();
  //! [explain]
  expect(how.find("max f32") != std::string::npos, "explain() shows the program");
  expect(!code.empty(), "explain() shows the machine code");
  std::printf("%s", how.c_str());
}

void mistakes() {
  op::array<float> a({2, 3}), b({4});
  std::string text;
  //! [errors]
  try {
    auto e = a + b;                                     // thrown here, where the mistake is, not where e is evaluated
  } catch (const op::shape_error& mistake) {
    text = mistake.what();                              // names the operation and both shapes
  }
  //! [errors]
  expect(text.find("(2, 3)") != std::string::npos && text.find("(4,)") != std::string::npos, "the error names both shapes");
}

}  // namespace

int main() {
  arrays();
  laziness();
  several();
  types();
  generators();
  engines();
  memory();
  explanation();
  mistakes();
  if (failures == 0) std::printf("\nAll snippets hold.\n");
  return failures == 0 ? 0 : 1;
}
