// Several results in one evaluation: the same bits as one by one, and every operand is loaded once.
//
// That an operand is loaded once is read off the machine code itself: in the listing, no two loads of a loop turn may
// have the same address, and there are as many address registers to load from as there are operands.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "positions.hpp"
#include "ways.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

// --- what is loaded -------------------------------------------------------------------------------------------------

/// How often a listing loads elements through each address register, and from any one address.
struct loads {
  std::map<std::string, int> by_register;
  int most_from_one_address = 0;
};

/// Elements are addressed as register + rcx * size + offset; an instruction that begins with such an address stores.
/// The main loop comes first and the masked rest last, behind other labels, so addresses are told apart by label too.
loads loads_of(const std::string& listing) {
  static const std::regex address(R"((v\w+) ([^\[]*)\[(r\w+)\+rcx\*\d(\+\d+)?\])"), label(R"(^(L\d+):)");
  loads found;
  std::map<std::string, int> by_address;
  std::istringstream lines(listing);
  std::string line, part;
  for (std::smatch match; std::getline(lines, line);) {
    if (std::regex_search(line, match, label)) part = match[1];
    if (!std::regex_search(line, match, address) || match[2].length() == 0) continue;
    ++found.by_register[match[3]];
    const int times = ++by_address[part + match[3].str() + match[4].str()];
    found.most_from_one_address = std::max(found.most_from_one_address, times);
  }
  return found;
}

/// The ways for which there is a listing.
std::vector<options> compiled_ways() {
  std::vector<options> ways;
  for (const options& how : core_ways()) {
    if (how.engine == engine::compiled) ways.push_back(how);
  }
  return ways;
}

template <class... E>
void expect_each_loaded_once(std::size_t operands, const E&... e) {
  for (const options& how : compiled_ways()) {
    const explanation what = explain(with_listing, how, e...);
    ASSERT_EQ(what.passes, 1u) << what.text();
    const loads found = loads_of(what.listing());
    EXPECT_EQ(found.by_register.size(), operands) << to_string(how) << "\n" << what.listing();
    EXPECT_EQ(found.most_from_one_address, 1) << to_string(how) << "\n" << what.listing();
    for (const auto& [name, count] : found.by_register) {
      EXPECT_EQ(count, found.by_register.begin()->second) << to_string(how) << ": one operand is loaded more often than another\n" << what.listing();
    }
  }
}

TEST(SeveralOutputs, LoadASharedOperandOnce) {
  const array<float> a = varied<float>({1000}), w = varied<float>({1000}, 2), b = varied<float>({1000}, 3);
  expect_each_loaded_once(3, op::relu(a * w) + b, op::sum(a));
  expect_each_loaded_once(2, a + w, a - w, a * w);
  expect_each_loaded_once(1, op::sum(a), op::max(a));
  expect_each_loaded_once(1, a + 1, a * a, op::sum(a * a));
}

// The reading of listings itself: operands that are not shared are loaded separately.
TEST(SeveralOutputs, LoadDifferentOperandsEach) {
  const array<float> a = varied<float>({1000}), same = varied<float>({1000});
  expect_each_loaded_once(2, a + 1, op::sum(same));
}

TEST(SeveralOutputs, ReadTheBytesOfASharedOperandOnce) {
  const std::size_t n = 1000;
  const array<float> a = varied<float>({n}), w = varied<float>({n}, 2), b = varied<float>({n}, 3);
  const auto y = op::relu(a * w) + b;
  const auto s = op::sum(a);
  for (const options& how : core_ways()) {
    const explanation together = explain(how, y, s);
    EXPECT_EQ(together.passes, 1u) << to_string(how);
    EXPECT_EQ(together.bytes_read, 3 * n * sizeof(float)) << to_string(how);
    EXPECT_EQ(together.bytes_written, n * sizeof(float) + sizeof(float)) << to_string(how);
    EXPECT_EQ(explain(how, y).bytes_read + explain(how, s).bytes_read, 4 * n * sizeof(float)) << to_string(how);
  }
}

TEST(SeveralOutputs, ReadASharedOperandOnceInAProgram) {
  const array<float> a = varied<float>({10}), w = varied<float>({10}, 2);
  const std::string program = explain(options{.engine = engine::interpreted}, a * w, a + w, op::sum(a * w)).program;
  const auto count = [&](const std::string& what) {
    std::size_t times = 0;
    for (std::size_t at = program.find(what); at != std::string::npos; at = program.find(what, at + 1)) ++times;
    return times;
  };
  EXPECT_EQ(count("input "), 2u) << program;
  EXPECT_EQ(count("mul "), 1u) << program;
  EXPECT_EQ(count("store "), 3u) << program;
}

// --- what comes out -------------------------------------------------------------------------------------------------

/// The parts of a tuple of results, compared with what each expression gives alone.
template <class T>
std::vector<T> listed(const array<T>& of) {
  return elements_of(of);
}
inline std::vector<float> listed(float number) { return {number}; }

template <class... E>
void expect_as_alone(const E&... e) {
  const auto alone = std::make_tuple(evaluated(options{.engine = engine::interpreted}, e)...);
  for (const options& how : all_ways()) {
    const auto together = evaluate(how, e...);
    const auto compare = [&](std::size_t k, const auto& got, const auto& expected) {
      EXPECT_TRUE(same_elements(listed(got), listed(expected))) << to_string(how) << ", result " << k;
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (compare(I, std::get<I>(together), std::get<I>(alone)), ...);
    }(std::index_sequence_for<E...>{});
  }
}

TEST(SeveralOutputs, AreTheSameAsOneByOne) {
  for (const std::size_t n : {1, 63, 64, 65, 1000, 4096, 4097, 10000}) {
    SCOPED_TRACE(n);
    const array<float> a = varied<float>({n}), w = varied<float>({n}, 2), b = varied<float>({n}, 3);
    expect_as_alone(op::relu(a * w) + b, op::sum(a));
    expect_as_alone(op::cast<double>(a), op::sum(a), op::cast<std::uint8_t>(w));
  }
}

TEST(SeveralOutputs, MayBeOfRowsAndOfEverything) {
  const array<float> a = varied<float>({30, 70});
  expect_as_alone(op::softmax(a), op::max(a, axis{-1}), op::sum(a));
  expect_as_alone(op::sum(a, axis{-1}), op::max(a, axis{-1}, keepdims), a * 2);
  expect_as_alone(a / op::max(a), op::max(a));
}

// The reduction is one, its results are two; once one of them is seen by the other expression only.
TEST(SeveralOutputs, MayBeOneReductionInTwoShapes) {
  const array<float> a = varied<float>({30, 70});
  expect_as_alone(op::max(a, axis{-1}), op::max(a, axis{-1}, keepdims));
  expect_as_alone(op::max(a, axis{-1}), a - op::max(a, axis{-1}, keepdims));
}

TEST(SeveralOutputs, MayHaveDifferentShapes) {
  const array<float> a = varied<float>({30, 70}), row = varied<float>({70}, 2), other = varied<float>({5}, 3);
  expect_as_alone(a + row, row * 2, op::sum(row), other + 1);
}

TEST(SeveralOutputs, MayBeTheSameExpressionTwice) {
  const array<float> a = varied<float>({5000});
  expect_as_alone(a + 1, a + 1);
  expect_as_alone(op::sum(a), op::sum(a));
}

TEST(SeveralOutputs, MayBeOfOperandsInAnyLayout) {
  const array<float> a = varied<float>({65, 130}), w = varied<float>({130, 65}, 2);
  expect_as_alone(transpose(a) + w(slice::every(-1)), op::sum(transpose(a)), op::max(w(slice::every(-1)), axis{-1}));
}

TEST(SeveralOutputs, MayBeEmpty) {
  const array<float> none(extents{0});
  expect_as_alone(none + 1, op::sum(none));
}

TEST(SeveralOutputs, AreIndependentOfThreads) {
  const array<float> a = varied<float>({1'000'003}), w = varied<float>({1'000'003}, 2), b = varied<float>({1'000'003}, 3);
  const auto [y, s] = evaluate(options{.engine = engine::interpreted, .threads = 1}, op::relu(a * w) + b, op::sum(a));
  for (const int threads : {1, 2, 8}) {
    for (const options& how : all_ways(threads)) {
      const auto [z, t] = evaluate(how, op::relu(a * w) + b, op::sum(a));
      ASSERT_EQ(std::memcmp(y.data(), z.data(), y.size() * sizeof(float)), 0) << to_string(how);
      ASSERT_TRUE(same_bits(s, t)) << to_string(how);
    }
  }
}

TEST(SeveralOutputs, GoIntoExistingArraysViewsAndNumbers) {
  const array<float> a = counting<float>({4}), w({4}, 2.0f);
  for (const options& how : all_ways()) {
    array<float> y({4}), other;
    std::vector<float> memory = plain_memory(8, -1.0f);
    view<float> spread = borrow(memory.data(), {4}, {2});
    float s = 0;
    const float* const where = y.data();
    evaluate_into(how, std::tie(y, s, spread, other), a * w, op::sum(a), a + w, a - w);
    EXPECT_EQ(elements_of(y), (std::vector<float>{0, 2, 4, 6})) << to_string(how);
    EXPECT_EQ(std::as_const(y).data(), where) << "an array that fits is written in place";
    EXPECT_EQ(s, 6.0f) << to_string(how);
    EXPECT_EQ(memory, (std::vector<float>{2, -1, 3, -1, 4, -1, 5, -1})) << to_string(how);
    EXPECT_EQ(elements_of(other), (std::vector<float>{-2, -1, 0, 1})) << to_string(how);
  }
}

}  // namespace
}  // namespace onepass::testing
