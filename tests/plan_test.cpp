// Plans: loops, tiles, accesses and threads, computed from layouts and a described machine, without running anything.
#include <onepass/plan/plan.hpp>

#include <onepass/core/isa.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program_text.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr machine_sizes small_machine{32 << 10, 256 << 10, 4 << 20, 4}, large_machine{48 << 10, 2 << 20, 32 << 20, 64};

constexpr std::string_view multiply_add = "%0 = input 0 f32\n%1 = input 1 f32\n%2 = mul f32 %0 %1\n%3 = add f32 %2 %0\nstore 2 %3\n";
constexpr std::string_view everything = "%0 = input 0 f32\n%1 = fold sum all f32 %0 over %0\nstore 1 %1\n";
constexpr std::string_view rows_normalised = R"(%0 = input 0 f32
%1 = fold max last keepdims f32 %0 over %0
%2 = sub f32 %0 %1
%3 = mul f32 %2 %2
%4 = fold sum last keepdims f32 %3 over %0
%5 = div f32 %3 %4
store 1 %5
)";

/// The first pass of a program, to be planned over a space in which its array operands lie as given.
struct planning {
  planning(std::string_view text, extents visited, std::vector<layout> operands) : space(visited) {
    const program whole = read_program(text);
    const outline roots = outline_of(whole);
    const std::vector<std::uint32_t> one_shape(roots.folds.size() + roots.stores.size(), 0);
    const cut made = cut_program(whole, {static_cast<std::uint32_t>(operands.size()), 0}, one_shape);
    work = made.passes[0];
    for (const stream& s : work.streams) {
      const bool is_fold = s.where == stream::home::fold;
      local.push_back(is_fold && made.folds[s.index].local);
      const layout own = s.where == stream::home::source ? operands[s.index] : is_fold ? layout(extents{}) : layout(space);
      layouts.push_back(own.broadcast_to(space));
    }
  }

  plan on(const machine_sizes& sizes, int threads = 0, double operations = 4) const {
    plan made;
    make_plan(made, work, space, layouts, local, operations, sizes, threads);
    return made;
  }

  extents space;
  pass work;
  std::vector<layout> layouts;
  std::vector<char> local;
};

planning contiguous(std::string_view text, const extents& space, int operands) {
  return planning(text, space, std::vector<layout>(static_cast<std::size_t>(operands), layout(space)));
}

std::int64_t outer_size(const plan& p) {
  std::int64_t size = 1;
  for (int d = 0; d < p.outer_rank; ++d) size *= p.outer[d];
  return size;
}

// --- loops ------------------------------------------------------------------------------------------------------------

TEST(Plan, MergesDimensionsThatNoOperandTellsApart) {
  const plan whole = contiguous(multiply_add, {3, 4, 5, 6}, 2).on(small_machine);
  EXPECT_EQ(whole.outer_rank, 0);
  EXPECT_EQ(whole.rows, 1);
  EXPECT_EQ(whole.columns, 3 * 4 * 5 * 6);

  const extents space{3, 4, 5, 6};
  const plan with_row = planning(multiply_add, space, {layout(space), layout({6})}).on(small_machine);
  EXPECT_EQ(with_row.outer_rank, 0);
  EXPECT_EQ(with_row.rows, 3 * 4 * 5);
  EXPECT_EQ(with_row.columns, 6);

  const plan with_plane = planning(multiply_add, space, {layout(space), layout({4, 1, 6})}).on(small_machine);
  EXPECT_EQ(with_plane.outer_rank, 2);
  EXPECT_EQ(outer_size(with_plane) * with_plane.rows * with_plane.columns, 3 * 4 * 5 * 6);
}

TEST(Plan, SaysHowEveryOperandIsMet) {
  const extents wide{40, 500};
  const plan made = planning(multiply_add, wide, {layout(wide), layout({40, 1})}).on(small_machine);
  EXPECT_EQ(made.streams[0].access, access::follows);
  EXPECT_EQ(made.streams[0].row, 500 * 4);
  EXPECT_EQ(made.streams[0].column, 4);
  EXPECT_EQ(made.streams[1].access, access::stays);
  EXPECT_EQ(made.streams[1].row, 4);
  EXPECT_EQ(made.streams[1].column, 0);
  EXPECT_TRUE(made.streams[2].is_result);

  const extents space{40, 50};
  const plan mixed = planning(multiply_add, space, {layout(space), transpose(layout({50, 40}))}).on(small_machine);
  EXPECT_EQ(mixed.streams[1].access, access::packed) << "the operand runs along the rows of the result";
  EXPECT_GE(mixed.buffer_bytes, static_cast<std::size_t>(mixed.tile_rows * mixed.tile_columns * 4));
}

TEST(Plan, FollowsTheResultThroughItsMemory) {
  planning turned = contiguous(multiply_add, {40, 50}, 2);
  for (layout& where : turned.layouts) where = transpose(layout({50, 40}));
  const plan made = turned.on(small_machine);
  EXPECT_EQ(made.columns, 2000) << "everything is transposed alike, so nothing is";
  for (const planned_stream& s : made.streams) EXPECT_EQ(s.access, access::follows);
}

layout with_strides(std::initializer_list<std::int64_t> shape, std::initializer_list<std::int64_t> strides) {
  const auto rank = static_cast<int>(shape.size());
  return layout(extents(shape.begin(), rank), dimensions(strides.begin(), rank));
}

TEST(Plan, PacksTheFewestBytes) {
  const layout turned = transpose(layout({50, 40}));
  const plan made = planning(multiply_add, {40, 50}, {turned, turned}).on(small_machine);
  EXPECT_EQ(made.columns, 40) << "two operands run along the first dimension, one result along the last";
  EXPECT_EQ(made.streams[0].access, access::follows);
  EXPECT_EQ(made.streams[1].access, access::follows);
  EXPECT_EQ(made.streams[2].access, access::packed);
}

TEST(Plan, PutsRowsAlongWhatIsPacked) {
  const extents space{40, 50, 60};
  const plan made = planning(multiply_add, space, {layout(space), transpose(layout({60, 50, 40}))}).on(small_machine);
  EXPECT_EQ(made.columns, 60);
  EXPECT_EQ(made.rows, 40);
  EXPECT_EQ(made.streams[1].access, access::packed);
  EXPECT_EQ(made.streams[1].row, 4);
}

TEST(Plan, TurnsLoopsAroundThatMostOperandsRunBackwards) {
  const layout back = with_strides({40, 500}, {-500, -1});
  planning all_back = contiguous(multiply_add, {40, 500}, 2);
  for (layout& where : all_back.layouts) where = back;
  const plan made = all_back.on(small_machine);
  EXPECT_EQ(made.columns, 20000) << "backwards as a whole is forwards";
  for (const planned_stream& s : made.streams) {
    EXPECT_EQ(s.access, access::follows);
    EXPECT_EQ(s.first, -19999 * 4);
  }
  const plan one_back = planning(multiply_add, {40, 500}, {layout({40, 500}), with_strides({40, 500}, {500, -1})}).on(small_machine);
  EXPECT_EQ(one_back.streams[1].access, access::packed);
  EXPECT_EQ(one_back.streams[1].column, -4);
  EXPECT_EQ(one_back.streams[1].first, 0);
}

TEST(Plan, TakesShortRowsAsOne) {
  const extents space{100000, 3};
  const planning of_period(multiply_add, space, {layout(space), layout({3})}), of_column(multiply_add, space, {layout(space), layout({100000, 1})}),
      of_slice(multiply_add, space, {layout(space), with_strides({100000, 3}, {8, 1})});
  for (const planning& one : {of_period, of_column, of_slice}) {
    const plan made = one.on(small_machine);
    EXPECT_TRUE(made.as_one_row);
    EXPECT_EQ(made.streams[0].access, access::follows);
    EXPECT_EQ(made.streams[1].access, access::packed);
    EXPECT_EQ(made.streams[2].access, access::follows);
    EXPECT_GT(made.tile_rows, 100);
    EXPECT_EQ(made.buffer_bytes / 64, (static_cast<std::size_t>(made.tile_rows) * 12 + 127) / 64) << "one stream is packed";
  }
  EXPECT_FALSE(planning(multiply_add, {1000, 1000}, {layout({1000, 1000}), layout({1000})}).on(small_machine).as_one_row);
}

TEST(Plan, GivesTransposedTilesWholeCacheLines) {
  for (const extents& space : {extents{300, 300}, extents{1000, 1000}, extents{1024, 2048}, extents{5000, 5000}}) {
    for (const machine_sizes& sizes : {small_machine, large_machine}) {
      const plan made = planning(multiply_add, space, {layout(space), transpose(layout({space[1], space[0]}))}).on(sizes);
      EXPECT_EQ(made.tile_rows * 4 % 64, 0);
      EXPECT_TRUE(made.tile_columns * 4 % 64 == 0 || made.tile_columns == space[1]);
      EXPECT_LE(made.buffer_bytes, made.streaming ? sizes.l2_bytes / 2 : sizes.l1_bytes);
    }
  }
}

TEST(Plan, RepeatsNothingThatHasNoElements) {
  for (const extents& space : {extents{0}, extents{0, 5}, extents{5, 0}}) {
    const plan made = contiguous(multiply_add, space, 2).on(small_machine);
    EXPECT_EQ(made.tiles, 0);
    EXPECT_EQ(made.bytes_read + made.bytes_written, 0u);
  }
  EXPECT_EQ(contiguous(multiply_add, {}, 2).on(small_machine).tiles, 1) << "one element without dimensions";
}

// --- tiles ------------------------------------------------------------------------------------------------------------

TEST(Plan, DividesTheSpaceIntoTilesThatFitTheCache) {
  for (const machine_sizes& sizes : {small_machine, large_machine}) {
    for (const extents& space : {extents{7}, extents{1000, 1000}, extents{3, 1000000}, extents{1000000, 3}, extents{10, 20, 30, 40}}) {
      for (const layout& second : {layout(space), layout({space[space.rank() - 1]})}) {
        const plan made = planning(multiply_add, space, {layout(space), second}).on(sizes);
        SCOPED_TRACE(made.text(contiguous(multiply_add, space, 2).work));
        EXPECT_LE(static_cast<std::size_t>(made.tile_rows * made.tile_columns) * 12, sizes.l2_bytes / 2);
        EXPECT_LT((made.row_tiles - 1) * made.tile_rows, made.rows);
        EXPECT_GE(made.row_tiles * made.tile_rows, made.rows);
        EXPECT_LT((made.column_tiles - 1) * made.tile_columns, made.columns);
        EXPECT_GE(made.column_tiles * made.tile_columns, made.columns);
        EXPECT_EQ(made.tiles, outer_size(made) * made.row_tiles * made.column_tiles);
        EXPECT_EQ(outer_size(made) * made.rows * made.columns, static_cast<std::int64_t>(space.size()));
      }
    }
  }
}

TEST(Plan, UsesTheCacheThatThereIs) {
  const planning one = contiguous(multiply_add, {10000000}, 2);
  const std::int64_t small = one.on(small_machine).tile_columns, large = one.on(large_machine).tile_columns;
  EXPECT_GT(small * 12, (256 << 10) / 4);
  EXPECT_GT(large, 7 * small) << "eight times the cache";
}

TEST(Plan, KeepsWhatStagesReturnToInTheFirstLevel) {
  const planning rows = contiguous(rows_normalised, {1000, 500}, 1);
  for (const machine_sizes& sizes : {small_machine, large_machine}) {
    const plan made = rows.on(sizes);
    EXPECT_EQ(made.tile_columns, 500) << "a row is never divided";
    EXPECT_GT(made.tile_rows, 1);
    EXPECT_LE(static_cast<std::size_t>(made.tile_rows * made.tile_columns) * 12, sizes.l1_bytes / 2);
  }
  EXPECT_EQ(contiguous(rows_normalised, {10, 1000000}, 1).on(small_machine).tile_rows, 1) << "a long row is a tile of its own";
}

TEST(Plan, DividesAReductionAtItsBlocks) {
  const auto block = static_cast<std::int64_t>(fold_block);
  for (const machine_sizes& sizes : {small_machine, large_machine, machine_sizes{1, 1, 1, 1}}) {
    for (const std::int64_t n : {1, 4096, 4097, 1000000, 1 << 30}) {
      const plan made = contiguous(everything, {n}, 1).on(sizes);
      EXPECT_EQ(made.rows, 1);
      if (made.column_tiles > 1) {
        EXPECT_EQ(made.tile_columns % block, 0);
        const std::int64_t blocks = made.tile_columns / block;
        EXPECT_EQ(blocks & (blocks - 1), 0) << "a subtree of the order of joining";
      } else {
        EXPECT_EQ(made.tile_columns, n);
      }
      EXPECT_EQ(made.column_tiles, (n + made.tile_columns - 1) / made.tile_columns);
    }
  }
}

// --- threads and stores -----------------------------------------------------------------------------------------------

TEST(Plan, DependsOnThreadsInNothingButTheirNumber) {
  std::vector<planning> cases;
  cases.push_back(contiguous(multiply_add, {3000, 1000}, 2));
  cases.push_back(contiguous(everything, {30000000}, 1));
  cases.push_back(contiguous(rows_normalised, {3000, 1000}, 1));
  cases.push_back(planning(multiply_add, {3000, 1000}, {layout({3000, 1000}), transpose(layout({1000, 3000}))}));
  for (const planning& one : cases) {
    const plan alone = one.on(large_machine, 1);
    EXPECT_EQ(alone.threads, 1);
    for (const int threads : {2, 3, 64, 1000}) {
      plan many = one.on(large_machine, threads);
      EXPECT_GT(many.threads, 1);
      EXPECT_LE(many.threads, threads);
      many.threads = 1;
      EXPECT_EQ(many.text(one.work), alone.text(one.work));
      EXPECT_EQ(many.buffer_bytes, alone.buffer_bytes);
    }
  }
}

TEST(Plan, WakesThreadsForEnoughWorkOnly) {
  EXPECT_EQ(contiguous(multiply_add, {1000}, 2).on(large_machine).threads, 1);
  EXPECT_EQ(contiguous(multiply_add, {100000000}, 2).on(large_machine).threads, 64);
  EXPECT_EQ(contiguous(multiply_add, {100000000}, 2).on(large_machine, 3).threads, 3);
  const planning moderate = contiguous(multiply_add, {100000}, 2);
  EXPECT_GT(moderate.on(large_machine, 0, 1000).threads, moderate.on(large_machine).threads);
}

TEST(Plan, WritesPastTheCachesWhatTheyCannotHold) {
  const planning fits = contiguous(multiply_add, {200000}, 2), exceeds = contiguous(multiply_add, {1000000}, 2);
  EXPECT_FALSE(fits.on(small_machine).streaming) << "2.4 MB in 4 MiB";
  EXPECT_TRUE(exceeds.on(small_machine).streaming) << "12 MB";
  EXPECT_FALSE(exceeds.on(large_machine).streaming);
  EXPECT_FALSE(contiguous(everything, {100000000}, 1).on(small_machine).streaming) << "one number is not worth it";
}

TEST(Plan, AgreesWithTheLimitForOneThread) {
  for (const machine_sizes& sizes : {small_machine, large_machine}) {
    for (const double operations : {4.0, 100.0}) {
      const auto limit = static_cast<std::int64_t>(elements_for_one_thread(12, operations, sizes, 0));
      const plan below = contiguous(multiply_add, {limit}, 2).on(sizes, 0, operations);
      EXPECT_TRUE(below.threads == 1 && !below.streaming);
      const plan above = contiguous(multiply_add, {limit + 1}, 2).on(sizes, 0, operations);
      EXPECT_TRUE(above.threads > 1 || above.streaming);
    }
  }
}

TEST(Plan, IsTheSameInAnObjectThatWasUsedBefore) {
  const planning first = planning(multiply_add, {300, 1000}, {layout({300, 1000}), transpose(layout({1000, 300}))});
  const planning second = contiguous(everything, {30000000}, 1);
  plan reused = first.on(large_machine);
  make_plan(reused, second.work, second.space, second.layouts, second.local, 4, large_machine, 0);
  const plan fresh = second.on(large_machine);
  EXPECT_EQ(reused.text(second.work), fresh.text(second.work));
  EXPECT_EQ(reused.buffer_bytes, fresh.buffer_bytes);
  EXPECT_EQ(reused.outer_rank, fresh.outer_rank);
}

TEST(Plan, CountsBytesThatMove) {
  const extents space{40, 50};
  const plan made = planning(multiply_add, space, {layout(space), layout({50})}).on(small_machine);
  EXPECT_EQ(made.bytes_read, (40 * 50 + 50) * 4u) << "what is repeated is read once";
  EXPECT_EQ(made.bytes_written, 40 * 50 * 4u);
}

TEST(Plan, IsPrintedForPeople) {
  const planning one(multiply_add, {40, 50}, {layout({40, 50}), layout({40, 1})});
  EXPECT_EQ(one.on(large_machine).text(one.work), R"(space (40, 50)
loop  40 rows x 50 columns, tiles of 40 x 50 as one row
  read  source 0 f32: follows
  read  source 1 f32: packed
  write destination 0 f32: follows
tiles 1, threads 1, cached stores, reads 8160 bytes, writes 8000 bytes, about 0.0808 us
)");
  const planning all = contiguous(everything, {10000}, 1);
  EXPECT_EQ(all.on(small_machine).text(all.work), R"(space (10000,)
loop  1 rows x 10000 columns, tiles of 1 x 10000
  read  source 0 f32: follows
  write fold 0 f32: stays
tiles 1, threads 1, cached stores, reads 40000 bytes, writes 4 bytes, about 0.325 us
)");
}

}  // namespace
}  // namespace onepass::testing
