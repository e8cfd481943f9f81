// The command line tool: formulas on .npy files and numbers.
//
//   onepass eval FORMULA name=value...      evaluates, prints the result or writes it to a file
//   onepass explain FORMULA name=value...   says what evaluating would do
//   onepass list                            lists the operations and reductions
//   onepass info                            says what this machine offers
//
// Exit status 0 if all went well, else 2 with a message on the error stream. Whatever fails, no output file appears.
// The tool knows the library's public headers only.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <onepass/formula/catalogue.hpp>
#include <onepass/formula/formula.hpp>
#include <onepass/onepass.hpp>

#include "npy.hpp"

namespace {

namespace op = onepass;

constexpr int failure = 2;  ///< the exit status

/// What the command line asks for.
struct settings {
  std::string formula;
  std::vector<std::string> values;
  std::string engine = "automatic", isa;
  int threads = 0;
  std::optional<std::string> output;
  bool time = false;
  bool listing = false;

  op::options how() const {
    op::options made;
    for (const op::engine e : {op::engine::fused, op::engine::compiled, op::engine::interpreted}) {
      if (engine == op::name(e)) made.engine = e;
    }
    for (const op::isa set : {op::isa::baseline, op::isa::avx2, op::isa::avx512}) {
      if (isa == op::name(set)) made.isa = set;
    }
    made.threads = threads;
    return made;
  }
};

// --- bindings ---

/// The whole text as a number, or nothing. Throws value_error for one that is out of range.
template <class N>
std::optional<N> number_in(std::string_view text) {
  N number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  if (problem != std::errc()) throw op::value_error("the number '" + std::string(text) + "' is out of range");
  return number;
}

std::optional<op::binding> number_binding(const std::string& name, std::string_view text) {
  if (text == "true" || text == "false") return op::binding(name, text == "true");
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (const auto integer = number_in<std::int64_t>(text)) return op::binding(name, *integer);
  if (const auto floating = number_in<double>(text)) return op::binding(name, *floating);
  return std::nullopt;
}

/// The lengths between brackets; throws value_error, naming the whole value.
op::extents shape_in(std::string_view lengths, const std::string& value) {
  std::vector<std::int64_t> read;
  while (!lengths.empty()) {
    const std::size_t comma = std::min(lengths.find(','), lengths.size());
    const auto length = number_in<std::int64_t>(lengths.substr(0, comma));
    if (!length) throw op::value_error("'" + value + "' is no shape; it is written as in f32[1000,1000]");
    read.push_back(*length);
    if (read.size() > op::max_rank) {
      throw op::shape_error("'" + value + "' has more than " + std::to_string(op::max_rank) + " dimensions");
    }
    lengths.remove_prefix(std::min(comma + 1, lengths.size()));
  }
  return op::extents(read.data(), static_cast<int>(read.size()));
}

std::optional<op::dtype> type_named(std::string_view text) {
  for (int i = 0; i < op::dtype_count; ++i) {
    const auto type = static_cast<op::dtype>(i);
    if (op::name(type) == text) return type;
  }
  return std::nullopt;
}

/// Any number of a type: what would be done with it does not depend on which.
op::binding some_number(const std::string& name, op::dtype type) {
  return op::with_element_type(type, [&](auto as) { return op::binding(name, op::computed_type<typename decltype(as)::type>{}); });
}

/// `f32[1000,1000]` is an array and `f32` a number of which only type and shape are known.
std::optional<op::binding> described_binding(const std::string& name, const std::string& value, bool may_describe) {
  const std::string_view text(value);
  const std::size_t bracket = std::min(text.find('['), text.size());
  const bool has_shape = bracket < text.size();
  const auto type = type_named(text.substr(0, bracket));
  if (!type || (has_shape && !text.ends_with(']'))) return std::nullopt;
  if (!may_describe) {
    throw op::value_error("'" + name + "=" + value + "' is only a description; to evaluate takes a file or a number" +
                          " (a file of that name is written './" + value + "')");
  }
  if (!has_shape) return some_number(name, *type);
  return op::binding(name, *type, shape_in(text.substr(bracket + 1, text.size() - bracket - 2), value));
}

/// What stands behind the names; `may_describe` if types and shapes are enough.
op::bindings read_bindings(const std::vector<std::string>& values, bool may_describe) {
  op::bindings read;
  for (const std::string& given : values) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw op::value_error("'" + given + "' is no binding; it is written name=value, with an .npy file or a number as value");
    }
    const std::string name = given.substr(0, equals), value = given.substr(equals + 1);
    if (value.empty()) throw op::value_error("'" + given + "': the value is missing");
    if (const auto number = number_binding(name, value)) {
      read.push_back(*number);
    } else if (const auto described = described_binding(name, value, may_describe)) {
      read.push_back(*described);
    } else {
      read.emplace_back(name, op::npy::read(value));
    }
  }
  return read;
}

// --- times ---

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%10.4f ms", seconds * 1e3);
  return text;
}

std::string throughput(double bytes, double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%9.2f GB/s", bytes / seconds * 1e-9);
  return text;
}

/// Evaluates again and again into the memory of `result`, and reports the times to the error stream.
void report_times(const op::formula& what, const op::bindings& given, const op::options& how, op::any_array result, double reading,
                  double first) {
  constexpr std::size_t fewest = 5;
  constexpr double at_least = 0.5;
  std::vector<double> times;
  const auto begin = clock::now();
  while (times.size() < fewest || seconds_since(begin) < at_least) {
    const auto start = clock::now();
    what.evaluate_into(result, given, how);
    times.push_back(seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  const double best = times.front(), median = times[times.size() / 2];
  const op::explanation plan = what.explain(given, how);
  const auto bytes = static_cast<double>(plan.bytes_read + plan.bytes_written);
  std::cerr << "reading " << milliseconds(reading) << "\n"
            << "first   " << milliseconds(first) << "\n"
            << "best    " << milliseconds(best) << throughput(bytes, best) << "\n"
            << "median  " << milliseconds(median) << throughput(bytes, median) << ", of " << times.size() << " evaluations\n"
            << "engine  " << op::name(plan.engine) << " (" << op::name(plan.isa) << "), threads " << plan.threads << "\n";
}

// --- commands ---

void evaluate(const settings& wanted) {
  const op::formula what(wanted.formula);
  const auto start = clock::now();
  const op::bindings given = read_bindings(wanted.values, false);
  const double reading = seconds_since(start);
  const auto begin = clock::now();
  op::any_array result = what.evaluate(given, wanted.how());
  const double first = seconds_since(begin);
  if (wanted.output) {
    op::npy::write(*wanted.output, result);
  } else {
    std::cout << result << "\n";
  }
  if (wanted.time) report_times(what, given, wanted.how(), std::move(result), reading, first);
}

void explain(const settings& wanted) {
  const op::formula what(wanted.formula);
  const op::explanation plan = what.explain(read_bindings(wanted.values, true), wanted.how(), wanted.listing);
  std::cout << plan.text();
  if (wanted.listing) std::cout << "\n" << plan.listing();
}

/// The catalogue in columns.
void list() {
  std::vector<std::vector<std::string>> lines = {op::catalogue_row::titles()};
  for (const op::catalogue_row& row : op::catalogue()) lines.push_back(row.fields());
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) text += line[i] + std::string(widths[i] + 2 - line[i].size(), ' ');
    std::cout << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
  }
}

/// The arguments, last first, as they are parsed. A formula that begins with '-' is told from options by a space in front
/// of it, which reading it takes away again. Only what comes before every other argument can be one.
std::vector<std::string> arguments_from(int argc, char** argv) {
  constexpr std::string_view with_value[] = {"--engine", "--isa", "--threads", "--output", "-o"};
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string& at = arguments[i];
    if (std::find(std::begin(with_value), std::end(with_value), at) != std::end(with_value)) {
      ++i;
    } else if (at.starts_with('-') && !at.starts_with("--") && !at.starts_with("-o") && at != "-h") {
      at.insert(0, 1, ' ');
      break;
    } else if (!at.starts_with('-')) {
      break;
    }
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

/// Options of everything that takes a formula.
void add_formula_options(CLI::App& command, settings& wanted, const std::string& values) {
  command.add_option("FORMULA", wanted.formula, "an expression, such as 'relu(a*w)+b'")
      ->required();
  command.add_option("name=value", wanted.values, "what a name stands for: " + values);
  command.add_option("--engine", wanted.engine, "automatic, compiled or interpreted; all give the same bits (fused takes a C++ expression)")
      ->check(CLI::IsMember({"automatic", "fused", "compiled", "interpreted"}).description(""))
      ->type_name("ENGINE");
  command.add_option("--isa", wanted.isa, "the best instruction set to use: baseline, avx2 or avx512")
      ->check(CLI::IsMember({"baseline", "avx2", "avx512"}).description(""))
      ->type_name("SET");
  command.add_option("--threads", wanted.threads, "at most so many threads")->check(CLI::Range(1, 1024).description(""))->type_name("N");
}

int run(int argc, char** argv) {
  settings wanted;
  CLI::App app("Array formulas on .npy files, evaluated in one pass over memory.", "onepass");
  app.set_version_flag("--version", "onepass " + op::capabilities().version);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  onepass eval 'relu(a*w)+b' a=a.npy w=w.npy b=0.5 -o y.npy\n"
      "  onepass eval 'sum(x*x, axis=-1)' x=x.npy --time\n"
      "  onepass explain 'relu(a*w)+b' a=f32[1000,1000] w=f32[1000] b=f32 --asm\n"
      "  onepass list\n"
      "  onepass info\n"
      "A value that could be a number or a type is a file if it is written with a slash: b=./5");

  CLI::App& eval = *app.add_subcommand("eval", "Evaluates a formula; prints the result as NumPy would, or writes it to a file");
  add_formula_options(eval, wanted, "an .npy file or a number");
  eval.add_option("-o,--output", wanted.output, "write the result to this .npy file")->type_name("FILE");
  eval.add_flag("--time", wanted.time, "report how long reading, the first and further evaluations take");

  CLI::App& explained = *app.add_subcommand("explain", "Says what evaluating a formula would do: engine, program, plan, bytes");
  add_formula_options(explained, wanted, "an .npy file, a number, an array's type and shape as in f32[1000,1000], or a number's type");
  explained.add_flag("--asm", wanted.listing, "show the machine code");

  const CLI::App& listed = *app.add_subcommand("list", "Lists what formulas can call: types, laws, and the largest error where there is one");
  const CLI::App& info = *app.add_subcommand("info", "Says what this machine offers and what is made of it");

  try {
    app.parse(arguments_from(argc, argv));
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : failure;
  }
  wanted.formula.erase(0, wanted.formula.find_first_not_of(' '));
  if (eval.parsed()) evaluate(wanted);
  if (explained.parsed()) explain(wanted);
  if (listed.parsed()) list();
  if (info.parsed()) std::cout << op::capabilities().text();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int status = run(argc, argv);
    if (std::cout.flush()) return status;
    std::cerr << "onepass: the standard output cannot be written\n";
  } catch (const std::bad_alloc&) {
    std::cerr << "onepass: there is not enough memory\n";
  } catch (const std::exception& problem) {
    std::cerr << "onepass: " << problem.what() << "\n";
  }
  return failure;
}
