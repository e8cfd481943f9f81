// docs/operations.md is the catalogue of the registry, no more and no less. `catalogue_test --write` renews it.
#include <onepass/formula/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include <onepass/core/isa.hpp>

#include "committed.hpp"
#include "formula_operations.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

constexpr const char* introduction = R"(# Operations

Everything that expressions and formulas can call: what each takes and yields, the laws that it keeps on every input, and its
largest error in units of the last place. An operation without an error is exact as its description says, or rounds once.
This page is made from the code: `build/release/tests/catalogue_test --write` renews it, and a test fails where it is
wrong; `onepass list` prints the same. What each operation means, and how, stands above it in `include/onepass/op/`; how the
errors were measured, in [accuracy.md](accuracy.md).

"Same" is the type of the operands. Operands of different types meet as in NumPy before they get here; `f16` and `bf16` are
computed with as `f32`.
)";

std::string line(const std::vector<std::string>& fields) {
  std::string made = "|";
  for (const std::string& field : fields) made += field.empty() ? " |" : " " + field + " |";
  return made + "\n";
}

std::string page() {
  const std::vector<std::string> titles = catalogue_row::titles();
  std::string made = introduction + std::string("\n") + line(titles) + "|";
  for (std::size_t i = 0; i < titles.size(); ++i) made += "---|";
  made += "\n";
  for (const catalogue_row& row : catalogue()) {
    std::vector<std::string> fields = row.fields();
    fields[0] = "`" + fields[0] + "`";
    made += line(fields);
  }
  return made;
}

TEST(Catalogue, IsThePageInTheDocumentation) { expect_committed("docs/operations.md", page()); }

TEST(Catalogue, HoldsEveryNameOfTheRegistry) {
  std::set<std::string, std::less<>> names;
  for (const catalogue_row& row : catalogue()) {
    names.insert(row.name);
    EXPECT_FALSE(row.takes.empty()) << row.name;
    EXPECT_FALSE(row.yields.empty()) << row.name;
    EXPECT_EQ(row.fields().size(), catalogue_row::titles().size());
  }
  for (const std::string_view name : callable_names()) EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_EQ(names.size(), std::set<std::string_view>(callable_names().begin(), callable_names().end()).size());
}

catalogue_row row_named(std::string_view name) {
  const auto rows = catalogue();
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const catalogue_row& row) { return row.name == name; });
  return at == rows.end() ? catalogue_row{} : *at;
}

TEST(Catalogue, ReadsLikeWords) {
  EXPECT_EQ(row_named("add").takes, "numbers");
  EXPECT_EQ(row_named("add").yields, "same");
  EXPECT_EQ(row_named("add").laws, "commutative");
  EXPECT_EQ(row_named("exp").takes, "floats");
  EXPECT_EQ(row_named("exp").operands, 1);
  EXPECT_NE(row_named("exp").error_f32, "");
  EXPECT_EQ(row_named("less").yields, "bool");
  EXPECT_EQ(row_named("where").takes, "bool, then any");
  EXPECT_EQ(row_named("i32").takes, "any");
  EXPECT_EQ(row_named("i32").yields, "i32");
  EXPECT_EQ(row_named("softmax").kind, "rows");
  EXPECT_EQ(row_named("sum").kind, "reduction");
}

}  // namespace
}  // namespace onepass::testing
