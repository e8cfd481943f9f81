// Random graphs in every engine: interpreted and compiled for every instruction set, each literal once known to the
// simplifier and once hidden from it, and all of it compared with the reference of random_graph.hpp.
//
// A failure names its seed and a smaller graph that is wrong too. More graphs:
//   ONEPASS_GRAPHS=20000 graph_test            (ONEPASS_GRAPH_SEED=... is the first seed)
//   graph_test --gtest_also_run_disabled_tests --gtest_filter=Graph.DISABLED_*     (new seeds, for a minute)
#include <onepass/onepass.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "prepared.hpp"
#include "random_graph.hpp"
#include "ways.hpp"

namespace onepass::testing {

isa compiled_for() { return isa::baseline; }

namespace {

constexpr std::size_t line = 64;
constexpr auto canary = std::byte{0xa5};

// --- memory ---------------------------------------------------------------------------------------------------------

/// Strides of a random kind: gapless, padded rows, gaps between elements, column-major, last dimension reversed.
layout random_layout(const extents& shape, std::mt19937_64& random) {
  const layout gapless(shape);
  const int rank = shape.rank();
  if (rank == 0 || random() % 2 == 0) return gapless;
  std::int64_t strides[max_rank];
  std::int64_t step = 1;
  const std::size_t kind = random() % 4;
  for (int i = 0; i < rank; ++i) {
    const int d = kind == 2 ? i : rank - 1 - i;
    if (kind == 1 && i == 0) step = 3;
    strides[d] = step;
    step *= std::max<std::int64_t>(1, shape[d]);
    if (kind == 0 && i == 0) step += 5;
  }
  if (kind == 3) strides[rank - 1] = -strides[rank - 1];
  return layout(shape, dimensions(strides, rank));
}

/// Elements in memory of their own, anywhere in a cache line, with a layout of some kind.
class field {
 public:
  field(dtype type, const extents& shape, std::mt19937_64& random) : type_(type), where_(random_layout(shape, random)) {
    std::int64_t lowest = 0, highest = -1;
    if (shape.size() != 0) where_.bounds(lowest, highest);
    const std::size_t size = size_of(type), offset = random() % (line / size) * size;
    bytes_ = static_cast<std::size_t>(highest - lowest + 1) * size + 3 * line;
    memory_.reset(static_cast<std::byte*>(::operator new(bytes_, std::align_val_t{line})));
    first_ = memory_.get() + line + offset - lowest * static_cast<std::int64_t>(size);
    std::fill_n(memory_.get(), bytes_, canary);
  }

  std::byte* first() const { return first_; }
  const layout& where() const { return where_; }
  source as_source() const { return {first_, type_, where_, nullptr}; }

  void write(const element_bits& elements) {
    for (std::size_t i = 0; i < elements.size(); ++i) std::memcpy(at(i), &elements[i], size_of(type_));
  }
  element_bits read() const {
    element_bits elements(where_.shape.size(), 0);
    for (std::size_t i = 0; i < elements.size(); ++i) std::memcpy(&elements[i], at(i), size_of(type_));
    return elements;
  }
  /// Fills all elements with canaries; false if anything else is not one.
  bool wipe() {
    for (std::size_t i = 0; i < where_.shape.size(); ++i) std::fill_n(at(i), size_of(type_), canary);
    return std::all_of(memory_.get(), memory_.get() + bytes_, [](std::byte b) { return b == canary; });
  }

 private:
  struct release {
    void operator()(std::byte* memory) const { ::operator delete(memory, std::align_val_t{line}); }
  };
  std::byte* at(std::size_t position) const {
    std::int64_t offset = 0;
    for (int d = where_.shape.rank(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(where_.shape[d]);
      offset += static_cast<std::int64_t>(position % length) * where_.strides[d];
      position /= length;
    }
    return first_ + offset * static_cast<std::int64_t>(size_of(type_));
  }

  dtype type_;
  layout where_;
  std::size_t bytes_;
  std::unique_ptr<std::byte, release> memory_;
  std::byte* first_;
};

/// Edge values between random ones; -0 often among the floating ones. Every other time these are near 1: sums of any
/// others are what the largest of them makes them, whatever the order.
element_bits sample_elements(dtype type, std::size_t count, std::mt19937_64& random) {
  return with_element_type(type, [&](auto t) {
    using T = typename decltype(t)::type;
    const auto edges = edge_values<T>();
    auto any = random_values<T>(count, random());
    const bool near_one = is_floating(type) && random() % 2 == 0;
    element_bits elements(count);
    for (std::size_t i = 0; i < count && near_one; ++i) any[i] = static_cast<T>(static_cast<double>(random() % 8191) / 2047.0 - 2.0);
    for (std::size_t i = 0; i < count; ++i) elements[i] = to_bits(random() % 3 == 0 && !near_one ? edges[random() % edges.size()] : any[i]);
    for (std::size_t i = 0; i < count && is_floating(type); ++i) {
      if (random() % 16 == 0) elements[i] = to_bits(static_cast<T>(-0.0));
    }
    return elements;
  });
}

// --- running --------------------------------------------------------------------------------------------------------

/// What a request of a graph refers to. Goes with the core's memory of it.
struct traced_graph {
  const random_graph& graph;
  bool hides_literals;  ///< they are scalar arguments then, of which the simplifier knows nothing
  std::vector<std::uint64_t> scalars{0};
  site remembered{};

  traced_graph(const random_graph& graph, bool hides_literals) : graph(graph), hides_literals(hides_literals) {
    for (const graph_value& at : graph.values) {
      if (hides_literals && at.code == opcode::literal) scalars.push_back(at.immediate);
    }
  }
  traced_graph(const traced_graph&) = delete;
  traced_graph& operator=(const traced_graph&) = delete;
  ~traced_graph() {
    for (prepared* at = remembered.known; at != nullptr;) delete std::exchange(at, at->next);
    for (quick_kernel* at = remembered.quick; at != nullptr;) delete std::exchange(at, at->next);
  }

  /// The inputs and folds from which a value gets its shape.
  std::vector<value_id> space_of(std::uint32_t v, const std::vector<value_id>& ids) const {
    std::vector<char> reached(graph.values.size(), 0);
    std::vector<value_id> space;
    reached[v] = 1;
    for (std::uint32_t at = v + 1; at-- > 0;) {
      if (!reached[at]) continue;
      const opcode code = graph.values[at].code;
      if (code == opcode::input || code == opcode::fold) {
        space.push_back(ids[at]);
        continue;
      }
      for (int i = 0; i < facts_of(code).arity; ++i) reached[graph.values[at].operands[i]] = 1;
    }
    return space;
  }

  void trace(program& written, const std::uint32_t* slots) const {
    std::vector<value_id> ids;
    std::uint32_t scalar = 1;
    for (const graph_value& at : graph.values) {
      if (at.code == opcode::input) {
        ids.push_back(written.input(slots[at.immediate], at.type));
      } else if (at.code == opcode::literal) {
        ids.push_back(hides_literals ? written.scalar(scalar++, at.type) : written.literal(at.type, at.immediate));
      } else if (at.code == opcode::fold) {
        ids.push_back(written.fold(*at.how, at.over, at.keepdims, ids[at.operands[0]], space_of(at.operands[0], ids)));
      } else if (at.code == opcode::scan) {
        ids.push_back(written.scan(*at.how, at.over, ids[at.operands[0]], space_of(at.operands[0], ids)));
      } else if (at.code == opcode::lookup) {
        ids.push_back(written.lookup(*at.in, ids[at.operands[0]]));
      } else {
        instruction made{at.code, at.type, {}, at.immediate};
        for (int i = 0; i < facts_of(at.code).arity; ++i) made.operands[i] = ids[at.operands[i]];
        ids.push_back(written.append(made));
      }
    }
    const auto first = static_cast<std::uint32_t>(graph.inputs.size());
    for (std::uint32_t k = 0; k < graph.results.size(); ++k) written.store(first + k, ids[graph.results[k]]);
  }
};

/// A graph with inputs in memory, and all its values.
struct placed_graph {
  random_graph graph;
  std::vector<field> inputs;
  std::vector<element_bits> meaning;

  placed_graph(random_graph&& drawn, std::mt19937_64& random) : graph(std::move(drawn)) {
    std::vector<element_bits> elements;
    for (const std::uint32_t v : graph.inputs) {
      const graph_value& at = graph.values[v];
      inputs.emplace_back(at.type, at.shape, random);
      elements.push_back(sample_elements(at.type, at.shape.size(), random));
      inputs.back().write(elements.back());
    }
    meaning = meaning_of(graph, elements);
  }
};

/// One evaluation: into memory of random layouts, into new arrays, into numbers.
class evaluation_of {
 public:
  evaluation_of(const placed_graph& placed, traced_graph& traced, std::mt19937_64& random) : placed_(placed), traced_(traced) {
    for (const std::uint32_t v : placed.graph.results) {
      const graph_value& at = placed.graph.values[v];
      fields_.emplace_back(at.type, at.shape, random);
      const bool is_number = at.code == opcode::fold && at.over == axis_set::all() && random() % 2 == 0;
      kinds_.push_back(is_number ? destination::place::number : random() % 4 == 0 ? destination::place::array : destination::place::memory);
    }
  }

  /// The elements of every result; `problem` says what is wrong beside them.
  std::vector<element_bits> run(const options& how, std::string& problem) {
    std::vector<source> sources;
    for (const field& f : placed_.inputs) sources.push_back(f.as_source());
    std::vector<block_reference> blocks(fields_.size());
    std::vector<std::uint64_t> numbers(fields_.size(), 0);
    std::vector<destination> to = destinations(blocks, numbers);
    request what{};
    what.remembered = &traced_.remembered;
    what.trace = [](program& written, const std::uint32_t* slots, const void* context) {
      static_cast<const traced_graph*>(context)->trace(written, slots);
    };
    what.context = &traced_;
    what.fused_isa = isa::baseline;
    what.sources = sources.data();
    what.source_count = sources.size();
    what.scalars = traced_.scalars.data();
    what.scalar_count = traced_.scalars.size();
    what.destinations = to.data();
    what.destination_count = to.size();
    evaluate_request(how, what);
    std::vector<element_bits> results;
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      results.push_back(kinds_[k] == destination::place::number  ? element_bits{numbers[k]}
                        : kinds_[k] == destination::place::array ? elements_in(*blocks[k].get())
                                                                 : fields_[k].read());
      if (!fields_[k].wipe()) problem = "writes beside the elements of result " + std::to_string(k);
    }
    return results;
  }

 private:
  std::vector<destination> destinations(std::vector<block_reference>& blocks, std::vector<std::uint64_t>& numbers) const {
    std::vector<destination> made;
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      const graph_value& at = placed_.graph.values[placed_.graph.results[k]];
      destination& to = made.emplace_back(destination{kinds_[k], at.type});
      to.held = kinds_[k] == destination::place::array ? &blocks[k] : nullptr;
      to.bits = &numbers[k];
      to.data = fields_[k].first();
      to.where = kinds_[k] == destination::place::memory ? fields_[k].where() : layout(at.shape);
    }
    return made;
  }
  static element_bits elements_in(const block& from) {
    element_bits elements(from.size, 0);
    const std::size_t size = size_of(from.type);
    for (std::size_t i = 0; i < from.size; ++i) std::memcpy(&elements[i], static_cast<const std::byte*>(from.data) + i * size, size);
    return elements;
  }

  const placed_graph& placed_;
  traced_graph& traced_;
  std::vector<field> fields_;
  std::vector<destination::place> kinds_;
};

// --- comparing ------------------------------------------------------------------------------------------------------

/// What is different, if anything is.
std::string difference(dtype type, const element_bits& got, const element_bits& expected) {
  if (got.size() != expected.size()) return std::to_string(got.size()) + " elements, not " + std::to_string(expected.size());
  if (got == expected) return {};
  return with_element_type(type, [&](auto t) -> std::string {
    using T = typename decltype(t)::type;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const T mine = from_bits<T>(got[i]), right = from_bits<T>(expected[i]);
      const bool is_truth = !std::is_same_v<T, bool> || got[i] <= 1;
      if (!is_truth || !same_bits(mine, right)) {
        return "element " + std::to_string(i) + " of " + std::to_string(got.size()) + " is " + shown(mine) + ", not " + shown(right);
      }
    }
    return {};
  });
}

std::string check(const placed_graph& placed, traced_graph& traced, const options& how, std::mt19937_64& random) {
  std::string problem;
  const std::vector<element_bits> results = evaluation_of(placed, traced, random).run(how, problem);
  for (std::size_t k = 0; k < results.size() && problem.empty(); ++k) {
    const std::uint32_t v = placed.graph.results[k];
    const std::string wrong = difference(placed.graph.values[v].type, results[k], placed.meaning[v]);
    if (!wrong.empty()) problem = "result " + std::to_string(k) + ", a " + to_string(placed.graph.values[v].shape) + ": " + wrong;
  }
  return problem;
}

/// The problem and the program if a graph with these results fails in this way, else nothing.
std::string failure_of(placed_graph& placed, std::vector<std::uint32_t> results, bool hides_literals, const options& how, std::mt19937_64& random) {
  placed.graph.results = std::move(results);
  traced_graph traced(placed.graph, hides_literals);
  const std::string problem = check(placed, traced, how, random);
  if (problem.empty()) return {};
  program written;
  std::vector<std::uint32_t> slots(placed.graph.inputs.size());
  for (std::uint32_t i = 0; i < slots.size(); ++i) slots[i] = i;
  traced.trace(written, slots.data());
  std::string text = problem + "\n" + written.without_dead_code().text();
  for (const std::uint32_t v : placed.graph.inputs) text += "  input " + to_string(placed.graph.values[v].shape) + "\n";
  return text;
}

/// A smaller failure: the first value that is wrong as the only result, else as few of the results as can be.
std::string reduced_failure(placed_graph& placed, bool hides_literals, const options& how, std::mt19937_64& random) {
  std::vector<std::uint32_t> results = placed.graph.results;
  for (std::uint32_t v = 0; v < placed.graph.values.size(); ++v) {
    const std::string alone = failure_of(placed, {v}, hides_literals, how, random);
    if (!alone.empty()) return "reduced: " + alone;
  }
  std::string smallest = failure_of(placed, results, hides_literals, how, random);
  for (std::size_t k = 0; k < results.size();) {
    std::vector<std::uint32_t> fewer;
    for (std::size_t j = 0; j < results.size(); ++j) {
      if (j != k) fewer.push_back(results[j]);
    }
    const std::string failure = fewer.empty() ? std::string() : failure_of(placed, fewer, hides_literals, how, random);
    if (failure.empty()) {
      ++k;
    } else {
      smallest = failure;
      results = fewer;
    }
  }
  return "reduced: " + smallest;
}

void check_in_every_way(placed_graph& placed, int threads, std::mt19937_64& random) {
  for (const bool hides_literals : {false, true}) {
    traced_graph traced(placed.graph, hides_literals);
    for (const options& how : core_ways(threads)) {
      const std::string problem = check(placed, traced, how, random);
      ASSERT_EQ(problem, "") << to_string(how) << (hides_literals ? ", literals hidden\n" : "\n")
                             << reduced_failure(placed, hides_literals, how, random);
    }
  }
}

/// Lengths around the widths of registers and of blocks of folds.
extents small_space(std::mt19937_64& random) {
  constexpr std::int64_t widths[] = {0, 4, 8, 16, 32, 64, 128, 256};
  const auto pick = [&](std::int64_t most) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most)); };
  const std::int64_t columns = random() % 16 == 0 ? 4096 + pick(5) - 2 : std::max<std::int64_t>(0, widths[pick(8)] + pick(5) - 2);
  if (random() % 3 == 0) return {columns};
  const std::int64_t rows = pick(columns > 1000 ? 4 : 7);
  if (random() % 2 == 0) return {rows, columns};
  return {1 + pick(3), rows, columns};
}

/// One axis of more elements than a fold has lanes, now and then than a block has, anywhere among others.
extents long_space(std::mt19937_64& random) {
  const auto between = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most - least + 1));
  };
  const std::int64_t length = random() % 8 == 0 ? between(4090, 12300) : between(33, 300);
  switch (random() % 4) {
    case 0: return {length, between(1, 40)};
    case 1: return {between(1, 3), length, between(1, 9)};
    case 2: return {length, between(1, 4), between(1, 9)};
    default: return {between(1, 9), length};
  }
}

void check_small_graph(std::uint64_t seed) {
  SCOPED_TRACE("ONEPASS_GRAPHS=1 ONEPASS_GRAPH_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const extents space = small_space(random);
  placed_graph placed(graph_maker(space, random).make(4 + random() % 40), random);
  check_in_every_way(placed, 1 + static_cast<int>(random() % 2), random);
}

void check_reducing_graph(std::uint64_t seed) {
  SCOPED_TRACE("ONEPASS_GRAPHS=1 ONEPASS_GRAPH_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const extents space = long_space(random);
  placed_graph placed(graph_maker(space, random).make_reducing(1 + random() % 6), random);
  check_in_every_way(placed, 1 + static_cast<int>(random() % 2), random);
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Graph, HasTheBitsOfItsMeaningInEveryEngine) {
  const std::uint64_t first = number_from_environment("ONEPASS_GRAPH_SEED", 1), count = number_from_environment("ONEPASS_GRAPHS", 2000);
  for (std::uint64_t seed = first; seed < first + count && !HasFatalFailure(); ++seed) check_small_graph(seed);
}

TEST(Graph, ThatReducesHasTheBitsOfItsMeaningInEveryEngine) {
  const std::uint64_t first = number_from_environment("ONEPASS_GRAPH_SEED", 1), count = number_from_environment("ONEPASS_GRAPHS", 2000) / 4;
  for (std::uint64_t seed = first; seed <= first + count && !HasFatalFailure(); ++seed) check_reducing_graph(seed);
}

/// Every kernel is a mapping of its own, of which Linux grants 65530; beyond them only the interpreter would be tested.
constexpr std::size_t most_kernels = 50000;

TEST(Graph, DISABLED_HasTheBitsOfItsMeaningForAMinute) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  const auto may_go_on = [&] { return std::chrono::steady_clock::now() < end && capabilities_of(isa::baseline).kernels < most_kernels; };
  for (std::uint64_t seed = std::random_device{}(); may_go_on() && !HasFatalFailure(); ++seed) {
    check_small_graph(seed);
    check_reducing_graph(seed);
  }
}

// Spaces of many tiles, cut in both directions, on one and on two threads.
TEST(Graph, HasTheBitsOfItsMeaningAcrossTiles) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto uneven = static_cast<std::int64_t>(random() % 5);
    const extents spaces[] = {{(1 << 18) - 2 + uneven}, {511 + uneven, 255 + uneven}, {3, 30 + uneven, 4094 + uneven}, {2, 65534 + uneven}};
    placed_graph placed(graph_maker(spaces[seed % 4], random).make(10), random);
    check_in_every_way(placed, 2, random);
    if (HasFatalFailure()) return;
  }
}

// Appending what was simplified once more simplifies nothing: the printed form says all that a program is.
TEST(Graph, ReadsBackAsItIsPrinted) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const random_graph graph = graph_maker({7, 9}, random).make(60);
    const traced_graph traced(graph, seed % 2 == 0);
    std::vector<std::uint32_t> slots(graph.inputs.size());
    for (std::uint32_t i = 0; i < slots.size(); ++i) slots[i] = i;
    program written;
    traced.trace(written, slots.data());
    written = written.without_dead_code();
    const program read = program::parse(written.text(), {find_reduction, find_table});
    ASSERT_EQ(read.text(), written.text()) << "seed " << seed;
    ASSERT_TRUE(read == written) << "seed " << seed << "\n" << written.text();
  }
}

}  // namespace
}  // namespace onepass::testing
