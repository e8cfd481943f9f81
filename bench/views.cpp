// Speed of operands that are broadcast, sliced, turned around, transposed or strided: against the library's own loop on
// contiguous arrays that moves as many bytes, against Eigen and xtensor, and against loops as one writes them. All on
// f32. The argument is the number of threads of ours; the others have one.
#include <onepass/onepass.hpp>

#include <Eigen/Core>
#define XTENSOR_USE_XSIMD
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "comparison.hpp"

namespace {

namespace op = onepass;
using bench::contender;
using op::all;
using op::slice;

using eigen_matrix = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using eigen_map = Eigen::Map<const eigen_matrix>;
using eigen_column_map = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic>>;
using strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
using eigen_strided = Eigen::Map<const eigen_matrix, 0, strides>;
using eigen_row = Eigen::Array<float, 1, Eigen::Dynamic>;

/// Values between -2 and 2.
op::array<float> some_values(const op::extents& shape) {
  op::array<float> made(shape);
  std::uint32_t state = 1;
  for (float& x : made) x = static_cast<float>(state = state * 1664525 + 1013904223) * 0x1p-30f - 2;
  return made;
}

template <std::size_t Rank>
using xtensor = xt::xtensor<float, Rank>;
template <std::size_t Rank>
using xshape = std::array<std::size_t, Rank>;

template <std::size_t Rank>
xtensor<Rank> as_xtensor(const op::array<float>& a) {
  xshape<Rank> shape;
  std::copy_n(a.shape().begin(), Rank, shape.begin());
  xtensor<Rank> made(shape);
  std::copy(a.begin(), a.end(), made.data());
  return made;
}

/// The library's engines on one expression, evaluated into `y`.
template <class E>
void add_ours(std::vector<contender>& to, int threads, op::array<float>& y, E make) {
  for (const auto& [name, engine] : {std::pair("fused", op::engine::fused), std::pair("compiled", op::engine::compiled)}) {
    to.push_back(contender::of(name, [&y, make, how = op::options{.engine = engine, .threads = threads}] {
      op::evaluate_into(how, std::tie(y), make());
    }));
  }
}

template <class E>
contender contiguous(int threads, op::array<float>& y, E make) {
  return contender::of("contiguous", [&y, make, how = op::options{.engine = op::engine::compiled, .threads = threads}] {
    op::evaluate_into(how, std::tie(y), make());
  });
}

// Loops as one writes them.
namespace plain {

[[gnu::noipa]] void add_row(const float* a, const float* row, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[r * columns + c] = a[r * columns + c] + row[c];
  }
}
[[gnu::noipa]] void add_column(const float* a, const float* column, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[r * columns + c] = a[r * columns + c] + column[r];
  }
}
[[gnu::noipa]] void add_transposed(const float* a, const float* b, float* y, std::size_t n) {
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < n; ++c) y[r * n + c] = a[r * n + c] + b[c * n + r];
  }
}
/// Rows that begin `gap` elements apart.
[[gnu::noipa]] void add_one(const float* a, std::size_t gap, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[r * columns + c] = a[r * gap + c] + 1.0f;
  }
}
[[gnu::noipa]] void add_flipped(const float* a, const float* b, float* y, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[r * columns + c] = a[r * columns + columns - 1 - c] + b[r * columns + c];
  }
}
template <std::size_t Step>
[[gnu::noipa]] void add_one_to_every(const float* a, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = a[i * Step] + 1.0f;
}

}  // namespace plain

// --- broadcasting ---

template <std::size_t Rows, std::size_t Columns>
void row_broadcast(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({Rows, Columns}), row = some_values({Columns});
  op::array<float> y({Rows, Columns}, 0.0f);
  std::vector<contender> all_of{contiguous(threads, y, [&] { return a + 1.5f; })};
  add_ours(all_of, threads, y, [&] { return a + row; });
  all_of.push_back(contender::of("plain", [&] { plain::add_row(a.data(), row.data(), y.data(), Rows, Columns); }));
  eigen_matrix ey(Rows, Columns);
  const Eigen::Map<const eigen_row> erow(row.data(), Columns);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_map(a.data(), Rows, Columns).rowwise() + erow; }));
  const auto xa = as_xtensor<2>(a);
  const auto xrow = as_xtensor<1>(row);
  xtensor<2> xy(xshape<2>{Rows, Columns});
  all_of.push_back(contender::of("xtensor", [&] { xt::noalias(xy) = xa + xrow; }));
  bench::compare(state, all_of);
}

template <std::size_t Rows, std::size_t Columns>
void column_broadcast(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({Rows, Columns}), column = some_values({Rows, 1});
  op::array<float> y({Rows, Columns}, 0.0f);
  std::vector<contender> all_of{contiguous(threads, y, [&] { return a + 1.5f; })};
  add_ours(all_of, threads, y, [&] { return a + column; });
  all_of.push_back(contender::of("plain", [&] { plain::add_column(a.data(), column.data(), y.data(), Rows, Columns); }));
  eigen_matrix ey(Rows, Columns);
  const Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, 1>> ecolumn(column.data(), Rows);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_map(a.data(), Rows, Columns).colwise() + ecolumn; }));
  const auto xa = as_xtensor<2>(a), xcolumn = as_xtensor<2>(column);
  xtensor<2> xy(xshape<2>{Rows, Columns});
  all_of.push_back(contender::of("xtensor", [&] { xt::noalias(xy) = xa + xcolumn; }));
  bench::compare(state, all_of);
}

// --- slices ---

template <std::size_t Rows, std::size_t Whole, std::size_t Columns>
void sliced_columns(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({Rows, Whole}), same = some_values({Rows, Columns});
  op::array<float> y({Rows, Columns}, 0.0f);
  const auto part = a(all, slice(0, Columns));
  // Short rows: the lines of the array are all read, so the contiguous loop reads as many.
  const op::array<float> lines = some_values({Rows * (Columns < 16 ? Whole : Columns)});
  op::array<float> to_lines(lines.shape(), 0.0f);
  std::vector<contender> all_of{contiguous(threads, to_lines, [&] { return lines + 1.0f; })};
  add_ours(all_of, threads, y, [&] { return part + 1.0f; });
  all_of.push_back(contender::of("plain", [&] { plain::add_one(a.data(), Whole, y.data(), Rows, Columns); }));
  eigen_matrix ey(Rows, Columns);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_map(a.data(), Rows, Whole).leftCols(Columns) + 1.0f; }));
  const auto xa = as_xtensor<2>(a);
  xtensor<2> xy(xshape<2>{Rows, Columns});
  all_of.push_back(contender::of("xtensor", [&] { xt::noalias(xy) = xt::view(xa, xt::all(), xt::range(0, Columns)) + 1.0f; }));
  bench::compare(state, all_of);
}

template <std::size_t Rows, std::size_t Columns>
void flipped_rows(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({Rows, Columns}), b = some_values({Rows, Columns});
  op::array<float> y({Rows, Columns}, 0.0f);
  const auto flipped = a(all, slice::every(-1));
  std::vector<contender> all_of{contiguous(threads, y, [&] { return a + b; })};
  add_ours(all_of, threads, y, [&] { return flipped + b; });
  all_of.push_back(contender::of("plain", [&] { plain::add_flipped(a.data(), b.data(), y.data(), Rows, Columns); }));
  eigen_matrix ey(Rows, Columns);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_map(a.data(), Rows, Columns).rowwise().reverse() + eigen_map(b.data(), Rows, Columns); }));
  const auto xa = as_xtensor<2>(a), xb = as_xtensor<2>(b);
  xtensor<2> xy(xshape<2>{Rows, Columns});
  all_of.push_back(contender::of("xtensor", [&] {
    xt::noalias(xy) = xt::view(xa, xt::all(), xt::range(xt::placeholders::_, xt::placeholders::_, -1)) + xb;
  }));
  bench::compare(state, all_of);
}

// --- transposition ---

template <std::size_t N>
void add_transposed(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({N, N}), b = some_values({N, N});
  op::array<float> y({N, N}, 0.0f);
  const auto turned = transpose(b);
  std::vector<contender> all_of{contiguous(threads, y, [&] { return a + b; })};
  add_ours(all_of, threads, y, [&] { return a + turned; });
  all_of.push_back(contender::of("plain", [&] { plain::add_transposed(a.data(), b.data(), y.data(), N); }));
  eigen_matrix ey(N, N);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_map(a.data(), N, N) + eigen_column_map(b.data(), N, N); }));
  const auto xa = as_xtensor<2>(a), xb = as_xtensor<2>(b);
  xtensor<2> xy(xshape<2>{N, N});
  all_of.push_back(contender::of("xtensor", [&] { xt::noalias(xy) = xa + xt::transpose(xb); }));
  bench::compare(state, all_of);
}

// --- strides ---

/// The reference reads all the bytes between the elements, too.
template <std::size_t Step, std::size_t N>
void every_step(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const op::array<float> a = some_values({N * Step});
  op::array<float> y({N}, 0.0f), lines({N * Step}, 0.0f);
  const auto strided = a(slice::every(Step));
  std::vector<contender> all_of{contiguous(threads, lines, [&] { return a + 1.0f; })};
  add_ours(all_of, threads, y, [&] { return strided + 1.0f; });
  all_of.push_back(contender::of("plain", [&] { plain::add_one_to_every<Step>(a.data(), y.data(), N); }));
  eigen_matrix ey(1, N);
  all_of.push_back(contender::of("eigen", [&] { ey = eigen_strided(a.data(), 1, N, strides(N * Step, Step)) + 1.0f; }));
  bench::compare(state, all_of);
}

}  // namespace

#define ONEPASS_VIEWS(...) BENCHMARK_TEMPLATE(__VA_ARGS__)->Arg(1)->Arg(2)->UseManualTime()->Iterations(bench::turns)
ONEPASS_VIEWS(row_broadcast, 1000, 1000);
ONEPASS_VIEWS(row_broadcast, 1000, 10);
ONEPASS_VIEWS(row_broadcast, 10, 1000);
ONEPASS_VIEWS(row_broadcast, 1'000'000, 3);
ONEPASS_VIEWS(column_broadcast, 1000, 1000);
ONEPASS_VIEWS(column_broadcast, 1000, 10);
ONEPASS_VIEWS(column_broadcast, 10, 1000);
ONEPASS_VIEWS(column_broadcast, 1'000'000, 3);
ONEPASS_VIEWS(sliced_columns, 1000, 1200, 1000);
ONEPASS_VIEWS(sliced_columns, 100'000, 8, 3);
ONEPASS_VIEWS(flipped_rows, 1000, 1000);
ONEPASS_VIEWS(flipped_rows, 100'000, 3);
ONEPASS_VIEWS(add_transposed, 100);
ONEPASS_VIEWS(add_transposed, 300);
ONEPASS_VIEWS(add_transposed, 1000);
ONEPASS_VIEWS(add_transposed, 1024);
ONEPASS_VIEWS(add_transposed, 2048);
ONEPASS_VIEWS(add_transposed, 3000);
ONEPASS_VIEWS(every_step, 2, 100'000);
ONEPASS_VIEWS(every_step, 2, 1'000'000);
ONEPASS_VIEWS(every_step, 3, 100'000);
ONEPASS_VIEWS(every_step, 7, 100'000);
ONEPASS_VIEWS(every_step, 17, 1'000'000);

BENCHMARK_MAIN();
