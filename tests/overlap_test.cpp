// When a result needs a buffer: exactly when it writes an element that is still to be read, never for memory that only
// lies close by. And what is written is right either way.
//
// Whether elements meet is found by listing their bytes.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

bool is_direct(const explanation& how) { return how.bytes_buffered == 0; }

template <class V>
std::set<const std::byte*> bytes_of(const V& of) {
  std::set<const std::byte*> bytes;
  each_position(of.shape(), [&](const position& at) {
    const auto* const first = reinterpret_cast<const std::byte*>(of.data() + stretched_offset(of.layout(), of.shape(), at));
    for (std::size_t b = 0; b < sizeof(typename V::element_type); ++b) bytes.insert(first + b);
  });
  return bytes;
}

template <class V, class W>
bool meet(const V& a, const W& b) {
  const std::set<const std::byte*> of_a = bytes_of(a), of_b = bytes_of(b);
  for (const std::byte* byte : of_a) {
    if (of_b.contains(byte)) return true;
  }
  return false;
}

/// Random layouts that fit a memory.
class layouts {
 public:
  explicit layouts(std::uint64_t seed) : random_(seed) {}

  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n)); }

  template <class T>
  view<T> in(T* memory, std::int64_t length, const extents& shape) {
    for (;;) {
      std::int64_t strides[max_rank] = {};
      for (int d = 0; d < shape.rank(); ++d) strides[d] = below(13) - 6;
      const layout made(shape, dimensions(strides, shape.rank()));
      std::int64_t lowest, highest;
      made.bounds(lowest, highest);
      if (highest - lowest >= length) continue;
      return view<T>(memory - lowest + below(length - highest + lowest), view_layout(made, {}));
    }
  }
  extents shape() {
    std::int64_t lengths[3];
    for (std::int64_t& length : lengths) length = 1 + below(4);
    return extents(lengths, 1 + static_cast<int>(below(3)));
  }

 private:
  std::mt19937_64 random_;
};

/// Positions of one view are apart.
template <class V>
bool is_destination(const V& of) {
  return bytes_of(of).size() == of.size() * sizeof(typename V::element_type);
}

TEST(Overlap, IsFoundExactly) {
  alignas(8) std::byte memory[8 * 60] = {};
  layouts random(1);
  int direct = 0, buffered = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const extents shape = random.shape();
    const view<float> to = random.in(reinterpret_cast<float*>(memory), 60, shape);
    if (!is_destination(to)) {
      EXPECT_THROW(explain_into(to, to + 1), value_error) << to_string(to.shape()) << to_string(to.strides());
      ++refused;
      continue;
    }
    const auto check = [&](const auto& from, const explanation& how) {
      ASSERT_EQ(is_direct(how), !meet(to, from)) << to_string(shape) << to_string(to.strides()) << " and " << to_string(from.strides()) << ", "
                                                 << (reinterpret_cast<const std::byte*>(from.data()) - reinterpret_cast<std::byte*>(to.data()))
                                                 << " bytes apart";
      ++(is_direct(how) ? direct : buffered);
    };
    const view<float> same = random.in(reinterpret_cast<float*>(memory), 60, shape);
    const view<double> wide = random.in(reinterpret_cast<double*>(memory), 60, shape);
    const view<std::uint8_t> narrow = random.in(reinterpret_cast<std::uint8_t*>(memory) + random.below(4), 236, shape);
    if (same.data() != to.data() || !(same.strides() == to.strides())) check(same, explain_into(to, same + 1));
    check(wide, explain_into(to, op::cast<float>(wide)));
    check(narrow, explain_into(to, op::cast<float>(narrow)));
  }
  EXPECT_GT(direct, 1000);
  EXPECT_GT(buffered, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(Overlap, IsNotAssumedOfInterleavedParts) {
  for (const std::int64_t n : {4, 5, 16, 17}) {
    array<float> a = counting<float>({n, n});
    EXPECT_TRUE(is_direct(explain_into(a(all, slice(0, n - 1, 2)), a(all, slice(1, n, 2)) * 2))) << "columns, " << n;
    EXPECT_TRUE(is_direct(explain_into(a(slice(0, n - 1, 2)), a(slice(1, n, 2)) * 2))) << "rows, " << n;
    EXPECT_TRUE(is_direct(explain_into(a(all, slice(0, n / 2)), a(all, slice(n / 2, n / 2 * 2)) + 1))) << "halves, " << n;
    EXPECT_TRUE(is_direct(explain_into(a(all, slice(0, n / 2)), a(all, slice(open, -n / 2 - 1, -1)) + 1))) << "mirrored halves, " << n;
    EXPECT_TRUE(is_direct(explain_into(transpose(a(slice(0, 2), slice(2, 4))), a(slice(2, 4), slice(0, 2)) + 1))) << "blocks, " << n;
    EXPECT_TRUE(is_direct(explain_into(diagonal(a)(slice(0, n - 1)), diagonal(a, 1) + 1))) << "diagonals, " << n;
    EXPECT_TRUE(is_direct(explain_into(a(0, all), a(slice(1, open), 0)(slice(0, 1)) + 1))) << n;
  }
}

TEST(Overlap, IsFoundOfPartsThatMeet) {
  array<float> a = counting<float>({6, 6});
  EXPECT_FALSE(is_direct(explain_into(a(slice(1, 6)), a(slice(0, 5)) + 1)));
  EXPECT_FALSE(is_direct(explain_into(transpose(a), a + 1)));
  EXPECT_FALSE(is_direct(explain_into(flip(a, 0), a + 1)));
  EXPECT_FALSE(is_direct(explain_into(a(0, all), a(all, 0) + 1))) << "they meet in the corner";
  EXPECT_FALSE(is_direct(explain_into(a(all, slice(0, 3)), a(all, slice(2, 5)) + 1)));
}

TEST(Overlap, OfTheSameElementsInTheSameOrderIsHarmless) {
  array<float> a = counting<float>({6, 6});
  EXPECT_TRUE(is_direct(explain_into(a, a * 2 + a)));
  EXPECT_TRUE(is_direct(explain_into(transpose(a), transpose(a) * 2)));
  EXPECT_TRUE(is_direct(explain_into(a(slice(1, 3)), a(slice(1, 3)) + a(slice(3, 5)))));
  EXPECT_TRUE(is_direct(explain_into(flip(a, 1), where(flip(a, 1) > 0, 0.0f, flip(a, 1)))));
}

TEST(Overlap, IsExplained) {
  array<float> a = counting<float>({10});
  EXPECT_EQ(explain_into(a, a + 1).results, "result 0: written in place\n");
  EXPECT_EQ(explain_into(a, a(slice(0, 5)) + 1).results, "result 0: a new array of 20 bytes\n");
  EXPECT_EQ(explain_into(a, flip(a) + 1).results, "result 0: a new array of 40 bytes: operand 0 has some of its elements, at other positions\n");
  EXPECT_EQ(explain_into(a(slice(1, 4)), a(slice(5, 8)) + a(slice(2, 5))).results,
            "result 0: a buffer of 12 bytes: operand 1 has some of its elements, at other positions\n");
  EXPECT_EQ(explain_into(a(all), a / op::sum(a)).results,
            "result 0: a buffer of 40 bytes: operand 0 is the same elements, which are read after they would be written\n");
  const array<float> copy = a;
  EXPECT_EQ(explain_into(a, a + 1).results, "result 0: a new array of 40 bytes: others hold the elements of the old one\n");
  EXPECT_EQ(explain_into(a(slice(1, 4)), copy(slice(1, 4)) + 1).results,
            "result 0: written in place\nbefore: all 40 bytes of the array are copied, because others hold them\n");
  EXPECT_NE(explain_into(a, a + 1).text().find("others hold the elements"), std::string::npos);
  EXPECT_EQ(elements_of(a), elements_of(copy)) << "nothing has happened";
  EXPECT_THROW(explain_into(a(all), array<float>({3}) + 1), shape_error);
}

TEST(Overlap, OfHostileLayoutsIsDecided) {
  // Tangled strides: a search without a limit would take years.
  float memory[1] = {};
  std::int64_t strides[max_rank], lengths[max_rank];
  for (int d = 0; d < max_rank; ++d) {
    strides[d] = 1000003 + 7919 * d * d;
    lengths[d] = 11;
  }
  const view<float> tangled = borrow(memory, extents(lengths, max_rank), dimensions(strides, max_rank));
  EXPECT_THROW(explain_into(tangled, tangled + 1), value_error);
  const std::int64_t far = std::int64_t{1} << 55;
  const view<float> wide = borrow(memory, {2, 2}, {far, -far / 2});
  EXPECT_TRUE(is_direct(explain_into(wide, wide + borrow(memory + 1, {2, 2}, {far, -far / 2}))));
}

// --- right, whatever overlaps ---------------------------------------------------------------------------------------

/// Random parts of `of`, which has shape (n, n), all of shape (3, 4) or of one that stretches to it.
template <class A>
auto random_part(layouts& random, A&& of, std::int64_t n, bool may_stretch) {
  const std::int64_t row = 1 + random.below(2), column = 1 + random.below(2);
  const std::int64_t rows = may_stretch && random.below(4) == 0 ? 1 : 3, columns = may_stretch && random.below(4) == 0 ? 1 : 4;
  const bool upright = random.below(2) == 0;
  const auto range = [&](std::int64_t count, std::int64_t step) {
    const std::int64_t reach = (count - 1) * step, first = random.below(n - reach);
    return random.below(2) == 0 ? slice(first, first + reach + 1, step) : slice(first + reach, first == 0 ? -n - 1 : first - 1, -step);
  };
  const slice down = range(rows, row), across = range(columns, column);
  return upright ? permute(std::forward<A>(of)(down, across), {0, 1}) : permute(std::forward<A>(of)(across, down), {1, 0});
}

/// An assignment between parts of one array gives what it gives between copies.
TEST(Overlap, OfRandomPartsDoesNotShow) {
  constexpr std::int64_t n = 9;
  const array<float> before = varied<float>({n, n});
  layouts random(5);
  for (int i = 0; i < 3000; ++i) {
    array<float> a = before;
    std::vector<float> memory = elements_of(before);
    const view<float> raw = borrow(memory.data(), {n, n});
    const auto to = random_part(random, raw, n, false);
    const auto x = random_part(random, raw, n, true), y = random_part(random, raw, n, true);
    const std::ptrdiff_t at = to.data() - memory.data();
    const auto in = [&](const array<float>& whole, const view<float>& like) {
      return part_of(whole, part(like.layout(), like.data() - memory.data()));
    };
    // What it has to give, from elements that nobody changes.
    const array<float> expected = op::relu(in(before, x)) * 3 - in(before, y), old = in(before, to);
    const auto check = [&](const auto& got, const array<float>& wanted, const char* what) {
      ASSERT_TRUE(same_elements(elements_in({3, 4}, got), elements_in({3, 4}, wanted))) << what << ", case " << i;
    };
    const auto part_of_a = [&] { return part_of(a, part(to.layout(), at)); };
    switch (i % 5) {
      case 0:
        part_of_a() = op::relu(part_of(a, part(x.layout(), x.data() - memory.data()))) * 3 - in(a, y);
        check(in(a, to), expected, "parts of an array");
        break;
      case 1:
        part_of_a() += part_of(a, part(x.layout(), x.data() - memory.data()));
        check(in(a, to), old + in(before, x), "update of a part");
        break;
      case 2:
        part_of_a()(in(a, x) > 0) = part_of(a, part(y.layout(), y.data() - memory.data()));
        check(in(a, to), where(in(before, x) > 0, in(before, y), old), "masked");
        break;
      case 3:
        to(x > 0) *= y;
        check(to, where(in(before, x) > 0, old * in(before, y), old), "masked update of a view");
        break;
      default: {
        view<float> destination = to;
        evaluate_into(all_ways()[static_cast<std::size_t>(i / 5) % all_ways().size()], std::tie(destination), op::relu(x) * 3 - y);
        check(to, expected, "views");
      }
    }
    // And nothing else has changed.
    const std::vector<float> after = i % 5 < 3 ? elements_of(a) : memory;
    const std::set<const std::byte*> mine = bytes_of(to);
    for (std::size_t k = 0; k < after.size(); ++k) {
      if (mine.contains(reinterpret_cast<const std::byte*>(memory.data() + k))) continue;
      ASSERT_TRUE(same_bits(after[k], before.data()[k])) << "case " << i << ", element " << k;
    }
  }
}

// --- what goes wrong elsewhere --------------------------------------------------------------------------------------

TEST(Pitfall, AMatrixBecomesItsTranspositionInPlace) {
  array<float> m = counting<float>({3, 3});
  m = transpose(m);
  m(slice(0, 2), slice(0, 2)) = transpose(m(slice(1, 3), slice(1, 3)));
  EXPECT_EQ(elements_of(m), (std::vector<float>{4, 5, 6, 7, 8, 7, 2, 5, 8}));
}

TEST(Pitfall, AnOperandIsTheDestination) {
  array<float> a = counting<float>({100}), b({100}, 2.0f);
  evaluate_into(std::tie(a), a + 2 * b);
  a = a + 2 * flip(a);
  EXPECT_EQ(a(0), 4.0f + 2 * 103.0f);
}

TEST(Pitfall, AnExpressionKeepsItsTemporaries) {
  const auto kept = [] {
    array<float> local = counting<float>({4});
    auto e = local(slice(1, 3)) * 2 + sliding_window(local, 3)(1, slice(0, 2));
    local(all) = 100;
    return e;
  }();
  EXPECT_EQ(elements_of(array<float>(kept)), (std::vector<float>{3, 6}));
}

TEST(Pitfall, AReferenceToAnEvaluatedPartLives) {
  auto&& part = evaluate(array<float>({4}, 2.0f)(slice(1, 3)) + 1);
  EXPECT_EQ(elements_of(part), (std::vector<float>{3, 3}));
}

TEST(Pitfall, ASumIntoAnOperandUsesTheOldElements) {
  array<float> a = counting<float>({4});
  a -= op::sum(a) / 4;
  EXPECT_EQ(elements_of(a), (std::vector<float>{-1.5f, -0.5f, 0.5f, 1.5f}));
  a(0) = 2;
  a /= op::max(a);
  EXPECT_EQ(elements_of(a), (std::vector<float>{1, -0.25f, 0.25f, 0.75f}));
  a *= a(0) + 0 * a(1);
  EXPECT_EQ(a(0), 1.0f);
  a *= a(slice(2, 3));
  EXPECT_EQ(elements_of(a), (std::vector<float>{0.25f, -0.0625f, 0.0625f, 0.1875f}));
}

TEST(Pitfall, ARunningUpdateSeesOldNeighbours) {
  array<float> a = counting<float>({6});
  a(slice(1, 5)) = (a(slice(0, 4)) + a(slice(2, 6))) / 2 + 1;
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 2, 3, 4, 5, 5}));
  a(slice(1, 6)) += a(slice(0, 5));
  EXPECT_EQ(elements_of(a), (std::vector<float>{0, 2, 5, 7, 9, 10}));
}

}  // namespace
}  // namespace onepass::testing
