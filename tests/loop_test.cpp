// The loops around elements: every length, every misalignment, nothing read or written beyond the ends.
//
// An expression is written once, as a function that takes views and scalar<T> alike; so what it means for one element
// is the same text, on the definition of every instruction. Operands and destinations are borrowed memory, anywhere in
// a cache line or flush against pages that must not be touched.
#include <onepass/onepass.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "guarded_memory.hpp"
#include "same_bits.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr std::size_t line = 64;
constexpr auto canary = std::byte{0xa5};

bool all_canaries(const std::byte* from, const std::byte* to) {
  return std::all_of(from, to, [](std::byte b) { return b == canary; });
}

/// Values of every kind: edges between random ones.
template <element T>
std::unique_ptr<T[]> samples(std::size_t count, std::uint64_t seed) {
  const auto edges = edge_values<T>();
  const auto random = random_values<T>(count, seed);
  auto values = std::make_unique<T[]>(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = i % 3 == 0 ? edges[(i / 3 + seed) % edges.size()] : random[i];
  return values;
}

/// An expression of operands with elements T..., certain operands, and what it gives for them.
template <class F, class... T>
class expression_case {
 public:
  using result = element_of<std::invoke_result_t<F, scalar<T>...>>;
  static constexpr std::size_t operand_count = sizeof...(T);
  /// Sizes of the elements of the operands, then of the result.
  static constexpr std::size_t sizes[] = {sizeof(T)..., sizeof(result)};
  using pointers = std::tuple<const T*...>;

  expression_case(F f, std::size_t longest) : longest(longest), f_(f), expected_(new result[longest]) {
    std::uint64_t seed = 0;
    std::apply([&](auto&... v) { ((v = samples<T>(longest, ++seed)), ...); }, values_);
    for (std::size_t i = 0; i < longest; ++i) expected_[i] = at(std::array<std::size_t, operand_count>{((void)sizeof(T), i)...});
  }

  const std::size_t longest;

  /// The result for element indices[k] of operand k.
  result at(const std::array<std::size_t, operand_count>& indices) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return static_cast<result>(f_(scalar<T>{std::get<I>(values_)[indices[I]]}...).content);
    }(std::index_sequence_for<T...>{});
  }

  /// Operand k gets its first counts[k] elements at places[k].
  using byte_pointers = std::array<std::byte*, operand_count + 1>;
  pointers place(const byte_pointers& places, const std::array<std::size_t, operand_count + 1>& counts) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      (std::memcpy(places[I], std::get<I>(values_).get(), counts[I] * sizeof(T)), ...);
      return pointers(reinterpret_cast<const T*>(places[I])...);
    }(std::index_sequence_for<T...>{});
  }

  void evaluate(const options& how, const pointers& operands, std::byte* to, std::size_t n) const {
    const auto views = std::apply([&](const auto*... from) { return std::tuple(borrow(from, {n})...); }, operands);
    evaluate(how, borrow(reinterpret_cast<result*>(to), {n}), views);
  }
  template <class Views>
  void evaluate(const options& how, view<result> to, const Views& operands) const {
    std::apply([&](const auto&... from) { evaluate_into(how, std::tie(to), f_(from...)); }, operands);
  }
  ::testing::AssertionResult is_right(const std::byte* to, std::size_t n) const {
    if (std::memcmp(to, expected_.get(), n * sizeof(result)) == 0) return ::testing::AssertionSuccess();
    for (std::size_t i = 0; i < n; ++i) {
      const result got = reinterpret_cast<const result*>(to)[i];
      if (!same_bits(got, expected_[i])) {
        return ::testing::AssertionFailure() << "element " << i << " of " << n << " is " << shown(got) << ", not " << shown(expected_[i]);
      }
    }
    return ::testing::AssertionSuccess();
  }

 private:
  F f_;
  std::tuple<std::unique_ptr<T[]>...> values_;
  std::unique_ptr<result[]> expected_;
};

template <class... T, class F>
expression_case<F, T...> make_case(std::size_t longest, F f) {
  return expression_case<F, T...>(f, longest);
}

auto rectified(std::size_t longest) {
  return make_case<float, float, float>(longest, [](const auto& a, const auto& w, const auto& b) { return op::relu(a * w) + b; });
}
auto mixed_integers(std::size_t longest) {
  return make_case<std::uint8_t, std::int32_t>(longest, [](const auto& a, const auto& w) {
    return op::cast<std::uint8_t>(op::cast<std::int32_t>(a) * w - w);
  });
}
auto chosen(std::size_t longest) {
  return make_case<bool, float, float>(longest, [](const auto& c, const auto& x, const auto& y) { return op::where(c, x, op::negate(y)); });
}
auto rooted(std::size_t longest) {
  return make_case<double, double>(longest, [](const auto& x, const auto& y) { return op::fma(op::sqrt(x), y, x); });
}
auto hyperbolic(std::size_t longest) {
  return make_case<float>(longest, [](const auto& x) { return op::tanh(x); });
}
auto compared_bytes(std::size_t longest) {
  return make_case<std::uint8_t, std::uint8_t>(longest, [](const auto& a, const auto& w) { return a <= w; });
}

/// Calls f with every expression. The lengths go to two turns of the widest main loop, and a few more.
template <class F>
void for_each_case(F&& f) {
  f("rectified", rectified(260));
  f("mixed_integers", mixed_integers(520));
  f("chosen", chosen(260));
  f("rooted", rooted(140));
  f("hyperbolic", hyperbolic(260));
  f("compared_bytes", compared_bytes(520));
}

/// The same count for every operand.
template <std::size_t N>
std::array<std::size_t, N> equal_counts(std::size_t count) {
  std::array<std::size_t, N> counts;
  counts.fill(count);
  return counts;
}

// --- misalignment ---------------------------------------------------------------------------------------------------

/// Memory for an operand or a result whose first element can lie anywhere in a cache line, with a line around it.
class movable {
 public:
  explicit movable(std::size_t bytes) : bytes_(bytes + 3 * line), memory_(new (std::align_val_t{line}) std::byte[bytes_]) {}
  movable(const movable&) = delete;
  movable& operator=(const movable&) = delete;
  ~movable() { ::operator delete[](memory_, std::align_val_t{line}); }

  std::byte* at(std::size_t offset) const { return memory_ + line + offset; }
  void fill() const { std::fill_n(memory_, bytes_, canary); }
  bool is_untouched_around(std::size_t offset, std::size_t bytes) const {
    return all_canaries(memory_, at(offset)) && all_canaries(at(offset) + bytes, memory_ + bytes_);
  }

 private:
  std::size_t bytes_;
  std::byte* memory_;
};

/// Evaluates every length at one set of offsets from the start of a cache line, in bytes; the result's comes last.
template <class Case, std::size_t N = Case::operand_count>
void check_offsets(const Case& what, const std::array<std::size_t, N + 1>& offsets) {
  const auto room = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<movable, N + 1>{movable(what.longest * Case::sizes[I])...};
  }(std::make_index_sequence<N + 1>{});
  std::array<std::byte*, N + 1> places;
  for (std::size_t k = 0; k <= N; ++k) places[k] = room[k].at(offsets[k]);
  const auto operands = what.place(places, equal_counts<N + 1>(what.longest));
  for (const options& how : all_ways()) {
    for (std::size_t n = 0; n <= what.longest; ++n) {
      room[N].fill();
      what.evaluate(how, operands, places[N], n);
      ASSERT_TRUE(what.is_right(places[N], n)) << to_string(how);
      ASSERT_TRUE(room[N].is_untouched_around(offsets[N], n * Case::sizes[N])) << to_string(how) << ", length " << n;
    }
  }
}

TEST(Loop, IsRightForEveryLengthAndMisalignment) {
  for_each_case([](const char* name, const auto& what) {
    using Case = std::remove_cvref_t<decltype(what)>;
    constexpr std::size_t streams = Case::operand_count + 1;
    for (std::size_t moved = 0; moved <= streams; ++moved) {  // one alone; in the end all
      const std::size_t least = moved < streams ? Case::sizes[moved] : *std::min_element(Case::sizes, Case::sizes + streams);
      for (std::size_t step = 0; step < line / least; ++step) {
        std::array<std::size_t, streams> offsets{};
        for (std::size_t k = 0; k < streams; ++k) offsets[k] = moved == streams || moved == k ? step * Case::sizes[k] % line : 0;
        SCOPED_TRACE(std::string(name) + ", stream " + std::to_string(moved) + " off by " + std::to_string(step));
        check_offsets(what, offsets);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  });
}

// --- guard pages ----------------------------------------------------------------------------------------------------

/// Everything at the end of its pages, or at the beginning.
enum class border { end, begin };

std::byte* flush_with(border where, const guarded_memory& memory, std::size_t bytes) {
  return where == border::end ? memory.end() - bytes : memory.begin();
}

template <class Case, std::size_t N = Case::operand_count>
void check_guarded(const Case& what, border where) {
  const auto memory = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<guarded_memory, N + 1>{guarded_memory(what.longest * Case::sizes[I])...};
  }(std::make_index_sequence<N + 1>{});
  const std::vector<options> ways = all_ways();
  for (std::size_t n = 0; n <= what.longest; ++n) {
    std::array<std::byte*, N + 1> places;
    for (std::size_t k = 0; k <= N; ++k) places[k] = flush_with(where, memory[k], n * Case::sizes[k]);
    const auto operands = what.place(places, equal_counts<N + 1>(n));
    for (const options& how : ways) {
      std::fill(memory[N].begin(), memory[N].end(), canary);
      what.evaluate(how, operands, places[N], n);
      ASSERT_TRUE(what.is_right(places[N], n)) << to_string(how);
      ASSERT_TRUE(all_canaries(memory[N].begin(), places[N])) << to_string(how) << ", length " << n;
      ASSERT_TRUE(all_canaries(places[N] + n * Case::sizes[N], memory[N].end())) << to_string(how) << ", length " << n;
    }
  }
}

TEST(Loop, TouchesNothingBehindItsElements) {
  for_each_case([](const char* name, const auto& what) {
    SCOPED_TRACE(name);
    check_guarded(what, border::end);
  });
}

TEST(Loop, TouchesNothingBeforeItsElements) {
  for_each_case([](const char* name, const auto& what) {
    SCOPED_TRACE(name);
    check_guarded(what, border::begin);
  });
}

// Several results of different widths: the narrow ones must not be stored as wide as the wide ones.
TEST(Loop, StoresEachOfSeveralResultsInItsOwnWidth) {
  constexpr std::size_t longest = 140;
  const auto x = samples<float>(longest, 1);
  const guarded_memory source(longest * sizeof(float)), wide(longest * sizeof(double)), narrow(longest), truth(longest);
  for (std::size_t n = 0; n <= longest; ++n) {
    auto* const from = reinterpret_cast<float*>(source.end()) - n;
    std::copy_n(x.get(), n, from);
    auto doubles = borrow(reinterpret_cast<double*>(wide.end()) - n, {n});
    auto bytes = borrow(reinterpret_cast<std::uint8_t*>(narrow.end()) - n, {n});
    auto truths = borrow(reinterpret_cast<bool*>(truth.end()) - n, {n});
    const auto a = borrow(from, {n});
    for (const options& how : all_ways()) {
      for (const guarded_memory* m : {&wide, &narrow, &truth}) std::fill(m->begin(), m->end(), canary);
      evaluate_into(how, std::tie(doubles, bytes, truths), op::cast<double>(a) * 3, op::cast<std::uint8_t>(a), a < 1);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_TRUE(same_bits(doubles.data()[i], double{x[i]} * 3)) << to_string(how) << ", element " << i << " of " << n;
        ASSERT_EQ(bytes.data()[i], op::cast<std::uint8_t>(x[i])) << to_string(how) << ", element " << i << " of " << n;
        ASSERT_EQ(truths.data()[i], x[i] < 1) << to_string(how) << ", element " << i << " of " << n;
      }
      ASSERT_TRUE(all_canaries(narrow.begin(), narrow.end() - n)) << to_string(how) << ", length " << n;
      ASSERT_TRUE(all_canaries(truth.begin(), truth.end() - n)) << to_string(how) << ", length " << n;
    }
  }
}

// --- rows -----------------------------------------------------------------------------------------------------------

/// Where the elements of a stream lie, in elements; a length of 1 repeats.
struct grid {
  std::size_t rows, columns, row_stride, column_stride;

  std::size_t elements() const { return rows * columns == 0 ? 0 : at(rows - 1, columns - 1) + 1; }
  std::size_t at(std::size_t r, std::size_t c) const { return std::min(r, rows - 1) * row_stride + std::min(c, columns - 1) * column_stride; }
  template <class T>
  view<T> in(T* first) const {
    return borrow(first, {rows, columns}, {row_stride, column_stride});
  }
};

/// Compares what lies at `to` as the last grid says, and that nothing else has been written from there to `end`.
template <class Case, std::size_t N = Case::operand_count>
::testing::AssertionResult grid_is_right(const Case& what, const std::array<grid, N + 1>& grids, const std::byte* to, const std::byte* end) {
  using result = typename Case::result;
  std::vector<char> is_element(static_cast<std::size_t>(end - to), 0);
  for (std::size_t r = 0; r < grids[N].rows; ++r) {
    for (std::size_t c = 0; c < grids[N].columns; ++c) {
      std::array<std::size_t, N> indices;
      for (std::size_t k = 0; k < N; ++k) indices[k] = grids[k].at(r, c);
      const std::size_t place = grids[N].at(r, c);
      const result got = reinterpret_cast<const result*>(to)[place], expected = what.at(indices);
      if (!same_bits(got, expected)) {
        return ::testing::AssertionFailure() << "element (" << r << ", " << c << ") is " << shown(got) << ", not " << shown(expected);
      }
      std::fill_n(is_element.begin() + static_cast<std::ptrdiff_t>(place * sizeof(result)), sizeof(result), 1);
    }
  }
  for (std::size_t i = 0; i < is_element.size(); ++i) {
    if (!is_element[i] && to[i] != canary) return ::testing::AssertionFailure() << "byte " << i << " has been written, which is no element";
  }
  return ::testing::AssertionSuccess();
}

/// Evaluates on grids each of which ends with its pages; the result's comes last.
template <class Case, std::size_t N = Case::operand_count>
void check_grids(const Case& what, const std::array<grid, N + 1>& grids, const std::array<guarded_memory, N + 1>& memory) {
  std::array<std::byte*, N + 1> places;
  std::array<std::size_t, N + 1> counts;
  for (std::size_t k = 0; k <= N; ++k) {
    counts[k] = grids[k].elements();
    places[k] = memory[k].end() - counts[k] * Case::sizes[k];
  }
  const auto operands = what.place(places, counts);
  const auto views = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple(grids[I].in(std::get<I>(operands))...);
  }(std::make_index_sequence<N>{});
  for (const options& how : all_ways()) {
    std::fill(places[N], memory[N].end(), canary);
    what.evaluate(how, grids[N].in(reinterpret_cast<typename Case::result*>(places[N])), views);
    ASSERT_TRUE(grid_is_right(what, grids, places[N], memory[N].end()))
        << to_string(how) << ", " << grids[N].rows << " x " << grids[N].columns << ", strides " << grids[N].row_stride << ", "
        << grids[N].column_stride;
  }
}

/// One expression on rows of every length: padded, repeated, with gaps between elements, and transposed.
template <class Case, std::size_t N = Case::operand_count>
void check_rows(const Case& what, std::size_t longest) {
  const auto memory = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<guarded_memory, N + 1>{guarded_memory(what.longest * Case::sizes[I])...};
  }(std::make_index_sequence<N + 1>{});
  for (const std::size_t rows : {1, 2, 5}) {
    for (std::size_t columns = 0; columns <= longest; columns += columns < 20 ? 1 : 7) {
      const grid kinds[] = {{rows, columns, columns, 1}, {rows, columns, columns + 3, 1}, {1, columns, columns, 1},
                            {rows, 1, 2, 1},             {rows, columns, 2 * columns, 2}, {rows, columns, 1, rows}};
      for (std::size_t k = 0; k < std::size(kinds); ++k) {
        std::array<grid, N + 1> grids;
        for (std::size_t s = 0; s < N; ++s) grids[s] = kinds[(k + s) % std::size(kinds)];
        const bool is_whole = k != 2 && k != 3;
        grids[N] = kinds[is_whole ? k : 1];
        check_grids(what, grids, memory);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(Loop, KeepsToRowsThatArePaddedRepeatedOrStrided) {
  constexpr std::size_t most = 5 * 2 * 150 + 5;
  check_rows(rectified(most), 150);
  check_rows(mixed_integers(most), 150);
  check_rows(chosen(most), 150);
  check_rows(compared_bytes(most), 150);
}

// --- layouts --------------------------------------------------------------------------------------------------------

/// A layout anywhere: axes in any order, turned around, with gaps, or repeated.
struct scattered {
  layout where;
  std::int64_t lowest = 0, highest = 0;

  scattered(const extents& shape, std::mt19937& random, bool may_repeat) {
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    int axes[max_rank];
    std::iota(axes, axes + shape.rank(), 0);
    std::reverse(axes, axes + shape.rank());
    if (one_in(2)) std::shuffle(axes, axes + shape.rank(), random);
    std::int64_t strides[max_rank], next = 1;
    for (int k = 0; k < shape.rank(); ++k) {
      const int d = axes[k];
      const std::int64_t step = one_in(6) ? 2 + static_cast<std::int64_t>(random() % 4) : 1;
      strides[d] = may_repeat && one_in(4) ? 0 : next * step;
      if (strides[d] != 0) next = strides[d] * shape[d] + (one_in(5) ? 3 : 0);
      if (one_in(4)) strides[d] = -strides[d];
    }
    where = layout(shape, dimensions(strides, shape.rank()));
    where.bounds(lowest, highest);
  }

  std::size_t elements() const { return static_cast<std::size_t>(highest - lowest + 1); }
  /// Elements from the lowest one to the one at a position, which is counted in row-major order.
  std::size_t at(std::size_t position) const {
    std::int64_t offset = -lowest;
    for (int d = where.shape.rank(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(where.shape[d]);
      offset += static_cast<std::int64_t>(position % length) * where.strides[d];
      position /= length;
    }
    return static_cast<std::size_t>(offset);
  }
  template <class T>
  view<T> in(T* first) const {
    return view<T>(first - lowest, view_layout(where, {}));
  }
};

/// A shape of few enough elements, with rows from short to longer than a tile is wide.
extents any_shape(std::mt19937& random) {
  constexpr std::int64_t lengths[] = {1, 2, 3, 4, 5, 7, 16, 17, 33, 64, 70, 130, 300};
  for (;;) {
    std::int64_t shape[4], size = 1;
    const int rank = 1 + static_cast<int>(random() % 4);
    for (int d = 0; d < rank; ++d) size *= shape[d] = lengths[random() % std::size(lengths)];
    if (size <= 12000) return extents(shape, rank);
  }
}

template <class Case, std::size_t N = Case::operand_count>
void check_layouts(const Case& what, const extents& shape, const std::vector<scattered>& layouts, const std::array<guarded_memory, N + 1>& memory) {
  using result = typename Case::result;
  std::array<std::byte*, N + 1> places;
  std::array<std::size_t, N + 1> counts;
  for (std::size_t k = 0; k <= N; ++k) {
    counts[k] = layouts[k].elements();
    places[k] = memory[k].end() - counts[k] * Case::sizes[k];
  }
  const auto operands = what.place(places, counts);
  const auto views = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple(layouts[I].in(std::get<I>(operands))...);
  }(std::make_index_sequence<N>{});
  const auto bytes = static_cast<std::size_t>(memory[N].end() - places[N]);
  std::vector<std::byte> expected(bytes, canary);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::array<std::size_t, N> indices;
    for (std::size_t k = 0; k < N; ++k) indices[k] = layouts[k].at(i);
    const result value = what.at(indices);
    std::memcpy(&expected[layouts[N].at(i) * sizeof value], &value, sizeof value);
  }
  for (const options& how : all_ways(2)) {
    std::fill(places[N], memory[N].end(), canary);
    what.evaluate(how, layouts[N].in(reinterpret_cast<result*>(places[N])), views);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::size_t place = layouts[N].at(i) * sizeof(result);
      result got, right;
      std::memcpy(&got, places[N] + place, sizeof got);
      std::memcpy(&right, &expected[place], sizeof right);
      ASSERT_TRUE(same_bits(got, right)) << to_string(how) << ", shape " << to_string(shape) << ", element " << i << " is " << shown(got) << ", not "
                                         << shown(right);
      std::memcpy(places[N] + place, &expected[place], sizeof got);
    }
    ASSERT_EQ(std::memcmp(places[N], expected.data(), bytes), 0)
        << to_string(how) << ", shape " << to_string(shape) << ": written beside the elements";
  }
}

template <class Case, std::size_t N = Case::operand_count>
void check_any_layouts(const Case& what, unsigned seed) {
  const auto memory = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<guarded_memory, N + 1>{guarded_memory(what.longest * Case::sizes[I])...};
  }(std::make_index_sequence<N + 1>{});
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const extents shape = any_shape(random);
    std::vector<scattered> layouts;
    while (layouts.size() <= N) {
      const scattered made(shape, random, layouts.size() < N);
      if (made.elements() <= what.longest) layouts.push_back(made);
    }
    SCOPED_TRACE("round " + std::to_string(round));
    check_layouts(what, shape, layouts, memory);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Loop, IsRightForOperandsAndResultsInAnyLayout) {
  constexpr std::size_t most = 30000;
  check_any_layouts(rectified(most), 1);
  check_any_layouts(mixed_integers(most), 2);
  check_any_layouts(rooted(most), 3);
  check_any_layouts(compared_bytes(most), 4);
}

// --- large sizes ----------------------------------------------------------------------------------------------------

/// Streams of the expression take this many elements to exceed the last cache far enough for results to go past it.
std::size_t elements_beyond_caches() { return capabilities_of(isa::baseline).l3_bytes * 13 / 10 / (4 * sizeof(float)); }

TEST(Loop, IsRightAroundTilesAndBeyondCaches) {
  const std::size_t large = elements_beyond_caches();
  if (large > std::size_t{16} << 20) GTEST_SKIP() << "the caches of this machine are too large";
  const auto what = rectified(large + 1);
  const std::array<movable, 4> room{movable(what.longest * 4), movable(what.longest * 4), movable(what.longest * 4), movable(what.longest * 4)};
  for (const std::size_t off : {0, 4}) {
    const auto operands = what.place({room[0].at(0), room[1].at(off), room[2].at(0), nullptr}, {what.longest, what.longest, what.longest, 0});
    const auto views = std::apply([&](const auto*... from) { return std::tuple(borrow(from, {large})...); }, operands);
    const auto would = explain(options{.engine = engine::interpreted}, op::relu(std::get<0>(views) * std::get<1>(views)) + std::get<2>(views));
    ASSERT_TRUE(would.streaming);
    for (const int threads : {1, 2}) {
      for (const options& how : all_ways(threads)) {
        for (const std::size_t n : {(std::size_t{1} << 20) - 1, std::size_t{1} << 20, (std::size_t{1} << 20) + 1, large, large + 1}) {
          std::fill_n(room[3].at(off) - line, n * sizeof(float) + 2 * line, canary);
          what.evaluate(how, operands, room[3].at(off), n);
          ASSERT_TRUE(what.is_right(room[3].at(off), n)) << to_string(how);
          const std::byte* const end = room[3].at(off) + n * sizeof(float);
          ASSERT_TRUE(all_canaries(room[3].at(off) - line, room[3].at(off)) && all_canaries(end, end + line - off))
              << to_string(how) << ", length " << n;
        }
      }
    }
  }
}

}  // namespace
}  // namespace onepass::testing
