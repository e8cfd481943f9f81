// Views: parts of arrays, read and written in place. A tour of what docs/views.md shows, with a small plate of metal that
// warms up at its rim. Every region between marks `//! [name]` stands on that page; what it says is checked here.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <span>
#include <utility>
#include <vector>

#include <onepass/onepass.hpp>

namespace op = onepass;

namespace {

int failures = 0;

void expect(bool holds, const char* claim) {
  if (holds) return;
  std::printf("does not hold: %s\n", claim);
  ++failures;
}

bool equal(const op::array<float>& a, const op::array<float>& b) {
  return a.shape() == b.shape() && std::equal(a.begin(), a.end(), b.begin());
}

void selecting() {
  //! [select]
  op::array<float> a = op::reshape(op::evaluate(op::arange(24.0f)), {4, 6});
  auto row = a(1, op::all);                             // shape (6,)
  auto corner = a(op::slice(0, 2), op::slice(op::open, -4));   // rows 0 and 1, columns up to the fourth from the end
  auto every_other = a(op::all, op::slice(op::open, op::open, 2));
  auto backwards = a(op::slice(op::open, op::open, -1));
  auto last = a(op::ellipsis, -1);                      // the last column, whatever the rank
  auto column = row(op::all, op::newaxis);              // shape (6, 1)
  //! [select]
  std::cout << "every other column of 24 numbers\n" << op::array<float>(every_other) << "\n\n";
  expect(corner.shape() == op::extents({2, 2}) && last.shape() == op::extents{4} && column.shape() == op::extents({6, 1}), "shapes of parts");
  expect(backwards(0, 0) == 18, "rows backwards");
}

void shaping() {
  const op::array<float> image = op::reshape(op::evaluate(op::arange(2.0f * 4 * 3)), {2, 4, 3});
  //! [shape]
  auto planes = op::permute(image, {2, 0, 1});          // from (height, width, 3) to (3, height, width)
  auto turned = op::transpose(image(op::all, op::all, 0));
  auto pixels = op::reshape(image, {-1, 3});            // -1: what is left
  auto upside_down = op::flip(image, 0);
  auto same = op::squeeze(op::expand_dims(image, 0));
  auto tall = op::broadcast_to(image(0, 0, op::all), {100, 3});  // nothing is repeated in memory
  auto trace = op::sum(op::diagonal(pixels(op::slice(0, 3))));
  auto windows = op::sliding_window(op::flatten(image), 3);   // all runs of three neighbours, overlapping
  //! [shape]
  expect(planes.data() == image.data() && pixels.data() == image.data() && same.data() == image.data(), "views are no copies");
  expect(tall.size() == 300 && windows.shape() == op::extents({22, 3}) && turned.rank() == 2, "shapes of views");
  expect(op::evaluate(trace) == 0 + 4 + 8 && upside_down(0, 0, 0) == 12, "elements of views");
  //! [copy]
  op::array<float> flat = op::flatten(op::evaluate(planes));  // strides cannot say it: evaluate() copies, and that copy can
  //! [copy]
  expect(flat(1) == 3, "planes one after another");
}

/// The warmest places of a plate whose rim is kept warm.
void plate() {
  op::array<float> t({7, 12}, 0.0f);
  //! [write]
  t(0, op::all) = 100;                                  // a number fills
  t(op::slice(1, op::open), 0) = op::linspace(90.0f, 40.0f, 6);
  const op::array<float> profile({12}, 10.0f);
  t(op::slice(-2, op::open)) = profile;                 // one row stretches over two
  op::diagonal(t, 3) += 5;
  t(op::all, op::slice(0, 12, 4)) *= 0.5f;
  t(t > 95) = 95;                                       // where the mask holds, in one pass
  //! [write]
  const auto inner = op::slice(1, -1);
  const auto up = op::slice(0, -2), down = op::slice(2, op::open);
  for (int step = 0; step < 100; ++step) {
    //! [alias]
    t(inner, inner) = (t(up, inner) + t(down, inner) + t(inner, up) + t(inner, down)) / 4;
    //! [alias]
  }
  std::cout << "a warm plate\n" << op::array<float>(op::round(t)) << "\n\n";
  expect(t(0, 1) == 95 && op::evaluate(op::max(t)) <= 95, "the plate is limited");
  //! [explain]
  auto why = op::explain_into(t(inner, inner), t(up, inner) * 0.5f);
  std::cout << why.results;                             // in place or not, and what stands in the way
  auto free = op::explain_into(t(op::all, op::slice(0, 6)), t(op::all, op::slice(6, 12)) * 2);
  std::cout << free.results;                            // halves of one matrix: nothing in common
  //! [explain]
  expect(why.bytes_buffered > 0 && free.bytes_buffered == 0, "what needs a buffer");
}

void values() {
  //! [values]
  op::array<float> a({3}, 1.0f);
  op::array<float> b = a;                               // shares the elements
  auto e = a * 10;                                      // so does this
  a(op::slice(0, 2)) += 1;                              // now a has elements of its own
  //! [values]
  expect(equal(b, op::array<float>({3}, 1.0f)) && equal(op::array<float>(e), op::array<float>({3}, 10.0f)), "copies and expressions stay");
}

void outside() {
  std::vector<float> memory(12, 2.0f);
  //! [outside]
  op::view<float> v = op::borrow(memory.data(), {3, 4});      // memory that stays yours
  v(op::all, 0) = 7;
  op::view<float> padded = op::borrow(memory.data(), {3, 2}, {4, 1});   // with strides
  std::span<float> row = v(1, op::all).span();          // value_error if there are gaps
  //! [outside]
  expect(memory[4] == 7 && padded.size() == 6 && row.data() == memory.data() + 4, "borrowed memory");
}

void batches() {
  std::vector<std::vector<float>> a(1000, std::vector<float>(64, 2.0f)), b = a, y = a;
  //! [batch]
  op::map_batch([](auto p, auto q) { return op::relu(p * q) + 1; }, y, a, b);   // y[i] = relu(a[i] * b[i]) + 1
  //! [batch]
  expect(y[999][63] == 5, "every item is computed");
}

}  // namespace

int main() {
  selecting();
  shaping();
  plate();
  values();
  outside();
  batches();
  if (failures == 0) std::printf("\nAll of it holds.\n");
  return failures == 0 ? 0 : 1;
}
