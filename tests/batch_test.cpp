// Batches: every item is what one call gives, whatever the lengths, the order in memory and the number of threads.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

using lists = std::vector<std::vector<float>>;

constexpr auto rectified = [](auto a, auto b) { return op::relu(a * b) + 1; };

lists items_of(const std::vector<std::int64_t>& lengths, std::uint64_t seed) {
  lists made;
  for (const std::int64_t n : lengths) made.push_back(elements_of(varied<float>({n}, seed++)));
  return made;
}

array<float> as_array(const std::vector<float>& elements) { return array<float>::from(elements); }

TEST(Batch, GivesWhatOneCallEachGives) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < 3000; ++i) lengths.push_back(i * 7 % 131);
  const lists a = items_of(lengths, 1), b = items_of(lengths, 9000);
  for (const int threads : {0, 1}) {
    for (options how : all_ways(threads)) {
      lists y = a;
      map_batch(how, rectified, y, a, b);
      for (std::size_t i = 0; i < y.size(); i += 37) {
        ASSERT_TRUE(same_elements(y[i], elements_of(array<float>(rectified(as_array(a[i]), as_array(b[i])))))) << to_string(how) << ", item " << i;
      }
    }
  }
}

TEST(Batch, TakesWhatIsContiguous) {
  std::vector<float> memory(3 * 64, 2.0f);
  std::vector<std::span<float>> parts;
  for (std::size_t i = 0; i < 3; ++i) parts.push_back(std::span(memory).subspan(64 * i, 64));
  const std::vector<array<float>> a(3, array<float>({64}, 3.0f));
  map_batch([](auto x, auto w) { return x * w; }, parts, parts, a);
  EXPECT_EQ(memory, std::vector<float>(3 * 64, 6.0f)) << "in place";
  std::vector<array<float>> y(3, array<float>({64}, 0.0f));
  const array<float> copy = y[0];
  map_batch([](auto x) { return -x; }, y, parts);
  EXPECT_EQ(copy(5), 0.0f) << "arrays are separated from their copies";
  EXPECT_EQ(std::as_const(y[2])(63), -6.0f);
  std::vector<std::span<float>> totals{{memory.data(), 1}, {memory.data() + 1, 1}}, rows{parts[1], parts[2]};
  map_batch([](auto x) { return op::sum(x); }, totals, rows);
  EXPECT_EQ(memory[1], 64 * 6.0f);
}

TEST(Batch, OfItemsThatMeetGoesInOrder) {
  std::vector<float> memory(20001, 1.0f);
  std::vector<std::span<float>> to, from;
  for (std::size_t i = 0; i < 20000; ++i) {
    from.push_back(std::span(memory).subspan(i, 1));
    to.push_back(std::span(memory).subspan(i + 1, 1));
  }
  map_batch([](auto x) { return x + 1; }, to, from);
  for (std::size_t i = 0; i < memory.size(); ++i) ASSERT_EQ(memory[i], static_cast<float>(i + 1));
}

TEST(Batch, NamesTheItemThatDoesNotFit) {
  lists y(3, std::vector<float>(4, 7.0f)), a(3, std::vector<float>(4, 1.0f)), b(2);
  EXPECT_SAYS(value_error, "map_batch: 2 inputs for 3 outputs", map_batch(rectified, y, a, b));
  b = a;
  b[2].resize(5);
  EXPECT_SAYS(shape_error, "map_batch: item 2 has an input of 5 elements for an output of 4", map_batch(rectified, y, a, b));
  EXPECT_EQ(y, lists(3, std::vector<float>(4, 7.0f))) << "nothing has been written";
  b[2].resize(1);
  map_batch(rectified, y, a, b);
  EXPECT_EQ(y[2], std::vector<float>(4, 2.0f)) << "a single element is stretched";
  lists none;
  map_batch(rectified, none, none, none);
}

}  // namespace
}  // namespace onepass::testing
