// How often memory is visited: passes and stages of expressions, and the order in which a cut computes its folds.
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <onepass/plan/cut.hpp>

#include "program_text.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

struct counts {
  std::size_t passes, stages;
  bool operator==(const counts&) const = default;
};
std::ostream& operator<<(std::ostream& to, const counts& c) { return to << c.passes << " passes, " << c.stages << " stages"; }

template <class... E>
counts cut_of(const E&... e) {
  const explanation found = explain(options{.engine = engine::interpreted}, e...);
  return {found.passes, found.stages};
}

class Cut : public ::testing::Test {
 protected:
  const array<float> a{extents{6, 50}, 1.0f}, w{extents{6, 50}, 2.0f}, row{extents{50}, 3.0f}, column{extents{6, 1}, 4.0f};
  const array<float> square{extents{6, 6}, 5.0f};
};

TEST_F(Cut, VisitsElementwiseExpressionsOnce) {
  EXPECT_EQ(cut_of(relu(a * w) + row), (counts{1, 1}));
  EXPECT_EQ(cut_of(exp(a) * column), (counts{1, 1}));
  EXPECT_EQ(cut_of(a * w, a + w, exp(a)), (counts{1, 1})) << "several results of one shape";
  EXPECT_EQ(cut_of(a * w, row + row), (counts{2, 2})) << "results of two shapes";
}

TEST_F(Cut, VisitsAReductionAndItsCompanionsOnce) {
  EXPECT_EQ(cut_of(sum(a * w)), (counts{1, 1}));
  EXPECT_EQ(cut_of(relu(a * w) + row, sum(a)), (counts{1, 1}));
  EXPECT_EQ(cut_of(sum(a), max(a), sum(a * w)), (counts{1, 1}));
  EXPECT_EQ(cut_of(sum(a, axis{-1}), max(a, axis{-1}, keepdims)), (counts{1, 1}));
  EXPECT_EQ(cut_of(sum(a), sum(row)), (counts{2, 2})) << "what is folded over has two shapes";
  EXPECT_EQ(cut_of(sum(a), sum(a, axis{-1})), (counts{2, 2})) << "blocks of everything are not blocks of rows";
}

TEST_F(Cut, KeepsRowsInTheTile) {
  EXPECT_EQ(cut_of(softmax(a)), (counts{1, 3})) << "max; exp and sum; scale";
  EXPECT_EQ(cut_of(a - max(a, axis{-1}, keepdims)), (counts{1, 2}));
  EXPECT_EQ(cut_of(softmax(a * w) + row, relu(a)), (counts{1, 3})) << "what needs no fold joins the first stage";
  EXPECT_EQ(cut_of(softmax(softmax(a))), (counts{1, 5}));
}

TEST_F(Cut, VisitsAgainWhatNeedsAFoldOfEverything) {
  EXPECT_EQ(cut_of(a / sum(a)), (counts{2, 2}));
  EXPECT_EQ(cut_of(sum(a / sum(a))), (counts{2, 2}));
  EXPECT_EQ(cut_of(sum(exp(a - max(a)))), (counts{2, 2}));
  EXPECT_EQ(cut_of((a - max(a)) / sum(exp(a - max(a)))), (counts{3, 3}));
  EXPECT_EQ(cut_of(sum(softmax(a))), (counts{2, 3})) << "max; exp and sum; then everything";
}

TEST_F(Cut, VisitsAgainWhatUsesRowResultsAlongAnotherAxis) {
  EXPECT_EQ(cut_of(square - max(square, axis{-1}, keepdims)), (counts{1, 2}));
  EXPECT_EQ(cut_of(square - max(square, axis{-1})), (counts{2, 2})) << "without the axis, results lie along the columns";
  EXPECT_EQ(cut_of(sum(max(a, axis{-1}))), (counts{2, 2}));
}

TEST_F(Cut, DoesNotDependOnWhatSimplificationRemoves) {
  EXPECT_EQ(cut_of(exp(a) * sum(a), exp(a) - sum(a)), (counts{2, 2})) << "one sum, one exp";
  EXPECT_EQ(cut_of(softmax(a) - softmax(a)), (counts{1, 3}));
}

// --- the cut itself ---------------------------------------------------------------------------------------------------

TEST(CutProgram, SaysWhatStagesReadAndWrite) {
  const program whole = read_program(R"(%0 = input 0 f32
%1 = fold max last keepdims f32 %0 over %0
%2 = sub f32 %0 %1
%3 = mul f32 %2 %2
%4 = fold sum last keepdims f32 %3 over %0
%5 = div f32 %3 %4
store 1 %5
)");
  const std::uint32_t one_shape[] = {0, 0, 0};
  EXPECT_EQ(cut_program(whole, {1, 0}, one_shape).text(), R"(pass 0: fold over rows
 stage 0: 0 = source 0, 1 = fold 0
%0 = input 0 f32
%1 = fold max last keepdims f32 %0 over
store 1 %1
 stage 1: 0 = source 0, 1 = fold 0, 2 = scratch 0, 3 = fold 1
%0 = input 0 f32
%1 = input 1 f32
%2 = sub f32 %0 %1
%3 = mul f32 %2 %2
store 2 %3
%5 = fold sum last keepdims f32 %3 over
store 3 %5
 stage 2: 0 = scratch 0, 1 = fold 1, 2 = destination 0
%0 = input 0 f32
%1 = input 1 f32
%2 = div f32 %0 %1
store 2 %2
)");
}

TEST(CutProgram, ComputesAgainWhatIsCheap) {
  const program whole = read_program(R"(%0 = input 0 f32
%1 = fold max last keepdims f32 %0 over %0
%2 = sub f32 %0 %1
%3 = fold sum last keepdims f32 %2 over %0
%4 = div f32 %2 %3
store 1 %4
)");
  const std::uint32_t one_shape[] = {0, 0, 0};
  const cut made = cut_program(whole, {1, 0}, one_shape);
  for (const stream& s : made.passes[0].streams) EXPECT_NE(s.where, stream::home::scratch) << "one subtraction is no slower than reading it back";
}

TEST(CutProgram, DeliversAFoldAsItsResults) {
  const program whole = read_program(R"(%0 = input 0 f32
%1 = fold sum all f32 %0 over %0
store 1 %1
store 2 %1
)");
  const std::uint32_t one_shape[] = {0};
  const cut made = cut_program(whole, {1, 0}, one_shape);
  ASSERT_EQ(made.folds.size(), 1u);
  EXPECT_EQ(made.folds[0].destinations, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_FALSE(made.folds[0].local);
  EXPECT_EQ(made.passes.size(), 1u);
}

/// Follows a cut in the order in which it is run: nothing is read before it is written, and every result is written once.
void check_order(const cut& made, std::uint32_t results) {
  std::set<std::uint32_t> folds, destinations;
  for (std::uint32_t p = 0; p < made.passes.size(); ++p) {
    const pass& at = made.passes[p];
    std::set<std::uint32_t> scratch;
    for (const stage& work : at.stages) {
      for (std::uint32_t i = 0; i < work.operands.size(); ++i) {
        const stream& s = at.streams[work.operands[i]];
        const bool reads = i < work.inputs;
        if (s.where == stream::home::source) {
          EXPECT_TRUE(reads);
        }
        if (s.where == stream::home::destination) {
          EXPECT_TRUE(!reads && destinations.insert(s.index).second);
        }
        if (s.where == stream::home::scratch) {
          EXPECT_TRUE(reads ? scratch.contains(s.index) : scratch.insert(s.index).second);
        }
        if (s.where == stream::home::fold) {
          EXPECT_TRUE(reads ? folds.contains(s.index) : folds.insert(s.index).second);
          const cut_fold& fold = made.folds[s.index];
          const bool through_memory = !reads || fold.pass < p || (fold.keepdims && fold.over == at.over && !fold.over.is_all());
          EXPECT_TRUE(through_memory) << "a row's fold is read in its own pass only where it keeps its axis";
          if (fold.local) {
            EXPECT_EQ(fold.pass, p);
          }
        }
      }
    }
  }
  for (const cut_fold& fold : made.folds) {
    for (const std::uint32_t result : fold.destinations) EXPECT_TRUE(destinations.insert(result).second);
  }
  EXPECT_EQ(folds.size(), made.folds.size());
  EXPECT_EQ(destinations.size(), results);
}

TEST(CutProgram, ReadsNothingBeforeItIsWritten) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    program whole;
    std::vector<value_id> values;
    for (std::uint32_t slot = 0; slot < 3; ++slot) values.push_back(whole.input(slot, dtype::f32));
    const auto some = [&] { return values[values.size() - 1 - random() % std::min<std::size_t>(values.size(), 8)]; };
    for (int i = 0; i < 16; ++i) {
      if (random() % 3 == 0) {
        const reduction& how = random() % 2 == 0 ? reduction_of<sum_op, float>() : reduction_of<max_op, float>();
        constexpr axis_set choices[] = {axis_set::all(), axis_set::last(), axis_set::last(), axis_set(2), axis_set(3)};
        values.push_back(whole.fold(how, choices[random() % std::size(choices)], random() % 4 != 0, some(), {0}));
      } else {
        values.push_back(whole.append({random() % 2 == 0 ? opcode::sub : opcode::div, dtype::f32, {some(), some()}}));
      }
    }
    for (std::uint32_t k = 0; k < 3; ++k) whole.store(3 + k, some());
    whole = whole.without_dead_code();
    const outline roots = outline_of(whole);
    std::vector<std::uint32_t> classes(roots.folds.size() + roots.stores.size());
    for (std::uint32_t& shape : classes) shape = random() % 5 == 0 ? 1 : 0;
    const cut made = cut_program(whole, {3, 0}, classes);
    SCOPED_TRACE(whole.text() + made.text());
    check_order(made, 3);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace onepass::testing
