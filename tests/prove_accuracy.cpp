// Proves what the headers state about accuracy, and writes it down: every float (or pairs, or doubles by the million) through
// every function that states an error, on every engine and instruction set, bits compared with each other and with the true
// values; and how long an element takes. The rows of what was measured replace those of the document.
//
//   scripts/prove-accuracy [--only NAME]... [--type f32|f64] [--stride N] [--pairs N] [--doubles N] [--threads N]
//                         [--no-times] [--only-times]
//
// A function takes minutes; what is finished is written at once. Exit status 1 if anything is worse than stated.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "functions.hpp"
#include "fused_functions.hpp"

namespace onepass::testing {

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

/// What the command line asks for.
struct settings {
  std::vector<std::string> only;
  std::string type;  ///< empty: both
  std::uint64_t stride = 1, pairs = 100'000'000, doubles = 10'000'000;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool times = true, errors = true;
  std::string document;

  bool wants(const stated_function& f) const { return only.empty() || std::find(only.begin(), only.end(), f.name) != only.end(); }
};

// --- ways to evaluate ---

/// A loop of this function: compiled with the program, generated, or interpreted.
struct way {
  std::string name;
  const fused_function* loop;
  options how;
};

const fused_function* find_loop(std::span<const fused_function> table, const stated_function& function, dtype type) {
  const auto at = std::find_if(table.begin(), table.end(), [&](const fused_function& f) {
    return f.name == function.name && f.operands == function.operands && f.type == type;
  });
  return at == table.end() ? nullptr : &*at;
}

/// The four that are timed, then the interpreter; those that this machine has.
std::vector<way> ways_of(const stated_function& function, dtype type) {
  const fused_function* const avx2 = find_loop(fused_functions_avx2(), function, type);
  const fused_function* const avx512 = find_loop(fused_functions_avx512(), function, type);
  const isa here = capabilities_of(isa::baseline).active;
  std::vector<way> ways;
  if (here >= isa::avx512) ways.push_back({"fused AVX-512", avx512, {engine::fused, isa::automatic, 1}});
  if (here >= isa::avx512) ways.push_back({"compiled AVX-512", avx2, {engine::compiled, isa::avx512, 1}});
  if (here >= isa::avx2) ways.push_back({"fused AVX2", avx2, {engine::fused, isa::automatic, 1}});
  if (here >= isa::avx2) ways.push_back({"compiled AVX2", avx2, {engine::compiled, isa::avx2, 1}});
  if (here >= isa::avx2) ways.push_back({"interpreted", avx2, {engine::interpreted, isa::automatic, 1}});
  return ways;
}

// --- errors ---

/// What one function and type gave.
struct finding {
  tally errors;
  std::uint64_t different = 0;  ///< results that are not the same on all engines
  std::string difference;       ///< the first
};

/// Says how far it is, on the error stream: in one line of a terminal, else once a minute.
class progress {
 public:
  progress(std::string what, std::uint64_t all) : what_(std::move(what)), all_(all) {}
  ~progress() {
    if (in_place_) std::fprintf(stderr, "\r%60s\r", "");
  }

  void add(std::uint64_t done) {
    const std::scoped_lock one(guard_);
    done_ += done;
    if (seconds_since(last_) < (in_place_ ? 1 : 60)) return;
    last_ = clock::now();
    std::fprintf(stderr, in_place_ ? "\r  %-24s %5.1f %% %6.0f s " : "  %-24s %5.1f %% %6.0f s\n", what_.c_str(),
                 100.0 * static_cast<double>(done_) / static_cast<double>(all_), seconds_since(start_));
  }

 private:
  std::string what_;
  std::uint64_t all_, done_ = 0;
  bool in_place_ = isatty(fileno(stderr)) != 0;
  clock::time_point start_ = clock::now(), last_ = start_;
  std::mutex guard_;
};

template <class T>
void compare_engines(const chunk<T>& arguments, const array<T>& first, const array<T>& other, const way& by, finding& found) {
  const T *const a = first.data(), *const b = other.data();
  if (std::memcmp(a, b, arguments.size * sizeof(T)) == 0) return;
  for (std::size_t i = 0; i < arguments.size; ++i) {
    if (same_bits(a[i], b[i])) continue;
    if (found.different++ != 0) continue;
    found.difference = by.name + " gives " + shown(b[i]) + ", not " + shown(a[i]) + ", at " + shown(arguments.arguments(0)[i]);
  }
}

/// One thread's share of a series: chunks, until none is left.
template <class T>
finding work(const stated_function& function, const truth& expected, const std::vector<way>& ways, const series<T>& arguments,
             std::atomic<std::uint64_t>& next, progress& shown_to) {
  chunk<T> part(function);
  judge<T> by(expected);
  finding found;
  array<T> first({chunk<T>::most}, T(0)), other({chunk<T>::most}, T(0));
  for (;;) {
    const std::uint64_t begin = next.fetch_add(chunk<T>::most);
    if (begin >= arguments.count) break;
    part.size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk<T>::most, arguments.count - begin));
    arguments.fill(begin, part);
    ways.front().loop->evaluate(ways.front().how, &part.argument_array(0), &first);
    for (std::size_t w = 1; w < ways.size(); ++w) {
      ways[w].loop->evaluate(ways[w].how, &part.argument_array(0), &other);
      compare_engines(part, first, other, ways[w], found);
    }
    judge_all(by, part, std::as_const(first).data());
    shown_to.add(part.size);
  }
  found.errors = by.result();
  return found;
}

template <class T>
void prove_series(const settings& wanted, const stated_function& function, const truth& expected, const std::vector<way>& ways,
                  const series<T>& arguments, finding& found) {
  std::atomic<std::uint64_t> next{0};
  progress shown_to(function.text() + " " + std::string(name(dtype_of<T>)), arguments.count);
  std::mutex guard;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < wanted.threads; ++i) {
    threads.emplace_back([&] {
      const finding mine = work<T>(function, expected, ways, arguments, next, shown_to);
      const std::scoped_lock one(guard);
      found.errors.join(mine.errors);
      if (found.different == 0) found.difference = mine.difference;
      found.different += mine.different;
    });
  }
  for (std::thread& t : threads) t.join();
}

// --- times ---

/// Nanoseconds an element on arguments in the first cache: the median over turns that the ways take one after another.
template <class T>
std::vector<double> times_of(const stated_function& function, const truth& expected, const std::vector<way>& ways) {
  constexpr std::size_t elements = 4096, turns = 41;
  dice with(3);
  std::vector<array<T>> x;
  for (int k = 0; k < function.operands; ++k) {
    x.emplace_back(extents{elements}, T(0));
    for (T& one : x.back()) one = static_cast<T>(with.from(expected.usual[k]));
  }
  array<T> y({elements}, T(0));
  std::vector<std::vector<double>> all(ways.size());
  const auto time = [&](const way& w, int calls) {
    const auto start = clock::now();
    for (int i = 0; i < calls; ++i) w.loop->evaluate(w.how, x.data(), &y);
    return seconds_since(start) / calls;
  };
  std::vector<int> calls;
  for (const way& w : ways) calls.push_back(std::max(1, static_cast<int>(0.0004 / (time(w, 3), time(w, 10)))));
  for (std::size_t turn = 0; turn < turns; ++turn) {
    for (std::size_t w = 0; w < ways.size(); ++w) all[w].push_back(time(ways[w], calls[w]) / elements * 1e9);
  }
  std::vector<double> medians;
  for (auto& turn : all) {
    std::nth_element(turn.begin(), turn.begin() + turns / 2, turn.end());
    medians.push_back(turn[turns / 2]);
  }
  return medians;
}

// --- the document ---

/// printf to a string.
template <class... A>
std::string text(const char* format, A... arguments) {
  char made[256];
  std::snprintf(made, sizeof made, format, arguments...);
  return made;
}

/// The rows of the table in the document, by function and type; the text around them stays as it is.
class document {
 public:
  explicit document(std::string path) : path_(std::move(path)) {
    std::ifstream from(path_);
    std::string line;
    for (int part = 0; std::getline(from, line);) {
      if (line.starts_with(head)) part = 1;
      if (part == 1 && !line.starts_with("|")) part = 2;
      if (part == 1) {
        const std::size_t second = line.find('|', line.find('|', 1) + 1);
        if (!line.starts_with(head) && !line.starts_with("|-") && second != std::string::npos) rows_[line.substr(0, second + 1)] = line;
      } else {
        (part == 0 ? before_ : after_) += line + "\n";
      }
    }
  }

  void set(const std::string& key, const std::string& row) { rows_[key] = row; }

  /// The row without its times, and these alone; empty if there is none.
  std::string errors(const std::string& key) const { return row(key).substr(0, end_of_errors(row(key))); }
  std::string times(const std::string& key) const { return row(key).substr(end_of_errors(row(key))); }

  /// Rows of functions that no longer exist are left out.
  void write(const std::vector<std::string>& order) const {
    std::ofstream to(path_);
    to << before_ << head << "\n" << line_below_head << "\n";
    for (const std::string& key : order) {
      if (const auto at = rows_.find(key); at != rows_.end()) to << at->second << "\n";
    }
    to << after_;
  }

 private:
  static constexpr const char* head =
      "| function | type | arguments | largest error | at | mean | correctly rounded "
      "| fused AVX-512 | compiled AVX-512 | fused AVX2 | compiled AVX2 |";
  static constexpr const char* line_below_head = "|---|---|---|---|---|---|---|---|---|---|---|";

  std::string row(const std::string& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() ? "" : at->second;
  }
  static std::size_t end_of_errors(const std::string& row) {
    std::size_t at = 0;
    for (int column = 0; column < 7 && at != std::string::npos; ++column) at = row.find('|', at + 1);
    return at == std::string::npos ? 0 : at + 1;
  }

  std::string path_, before_, after_;
  std::map<std::string, std::string> rows_;
};

/// 2^32, 10^7, 41,000,000.
std::string number_of_arguments(std::uint64_t count) {
  if (count == std::uint64_t{1} << 32) return "all 2^32";
  std::string digits = std::to_string(count);
  const bool power_of_ten = digits[0] == '1' && digits.find_first_not_of('0', 1) == std::string::npos;
  if (power_of_ten && digits.size() > 4) return "10^" + std::to_string(digits.size() - 1);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string errors_of(const stated_function& function, dtype type, std::uint64_t count, const tally& found) {
  std::string at;
  for (int i = 0; i < function.operands; ++i) at += text("%s%a", i == 0 ? "" : ", ", found.worst_at[i]);
  return function.row(type) + " " + number_of_arguments(count) + text(" | %.4f | ", found.worst) + at +
         text(" | %.4f | %.2f %% |", found.mean(), 100 * found.share_correct());
}

std::string columns_of(const std::vector<way>& ways, const std::vector<double>& times) {
  std::string columns;
  for (const char* column : {"fused AVX-512", "compiled AVX-512", "fused AVX2", "compiled AVX2"}) {
    const auto at = std::find_if(ways.begin(), ways.end(), [&](const way& w) { return w.name == column; });
    const auto index = static_cast<std::size_t>(at - ways.begin());
    columns += index < times.size() ? text(" %.3f |", times[index]) : " |";
  }
  return columns;
}

// --- all of it ---

/// Complains about what is not as stated; true if there is nothing.
template <class T>
bool is_as_stated(const stated_function& function, const finding& found) {
  const bool small_enough = found.errors.worst <= function.stated<T>() + 0.0005;
  if (!small_enough) std::printf("  the header states %.4f\n", function.stated<T>());
  if (found.errors.wrong != 0) {
    std::printf("  %llu results of the wrong kind, the first at %a, %a\n", static_cast<unsigned long long>(found.errors.wrong),
                found.errors.wrong_at[0], found.errors.wrong_at[1]);
  }
  if (found.different != 0) std::printf("  %llu differ: %s\n", static_cast<unsigned long long>(found.different), found.difference.c_str());
  return small_enough && found.errors.wrong == 0 && found.different == 0;
}

/// All series of a function; returns the number of arguments beside the edges.
template <class T>
std::uint64_t prove_errors(const settings& wanted, const stated_function& function, const truth& expected, const std::vector<way>& ways,
                           finding& found) {
  prove_series<T>(wanted, function, expected, ways, edges<T>(static_cast<std::size_t>(function.operands)), found);
  if constexpr (std::is_same_v<T, float>) {
    if (function.operands == 1) {
      const series<float> floats = strided_floats(wanted.stride);
      prove_series<T>(wanted, function, expected, ways, floats, found);
      return floats.count;
    }
  }
  const std::uint64_t count = std::is_same_v<T, double> ? wanted.doubles : wanted.pairs;
  prove_series<T>(wanted, function, expected, ways, samples<T>(expected, count, 2024), found);
  return count;
}

/// Proves one function on one type; false if it is not as stated.
template <class T>
bool prove(const settings& wanted, const stated_function& function, document& to) {
  const truth* const expected = find_truth(function.name, function.operands);
  if (expected == nullptr) {
    std::printf("%-24s has no true values in tests/truths.cpp\n", function.text().c_str());
    return false;
  }
  const std::vector<way> ways = ways_of(function, dtype_of<T>);
  const std::string key = function.row(dtype_of<T>);
  finding found;
  std::string row = to.errors(key);
  if (wanted.errors) {
    const std::uint64_t count = prove_errors<T>(wanted, function, *expected, ways, found);
    row = errors_of(function, dtype_of<T>, count, found.errors);
  }
  if (row.empty()) return true;  // times alone are no row
  if (wanted.times) {
    row += columns_of(ways, times_of<T>(function, *expected, ways));
  } else {
    row += to.times(key);
  }
  to.set(key, row);
  std::printf("%s\n", row.c_str());
  const bool good = is_as_stated<T>(function, found);
  std::fflush(stdout);
  return good;
}

bool prove_all(const settings& wanted) {
  document to(wanted.document);
  const std::vector<stated_function> functions = stated_functions();
  std::vector<std::string> order;
  for (const stated_function& f : functions) {
    if (!f.is_stated) continue;
    for (const dtype type : {dtype::f32, dtype::f64}) order.push_back(f.row(type));
  }
  bool all_good = true;
  for (const stated_function& f : functions) {
    if (!f.is_stated || !wanted.wants(f)) continue;
    if (f.on_f32 && wanted.type != "f64") all_good &= prove<float>(wanted, f, to);
    if (f.on_f64 && wanted.type != "f32") all_good &= prove<double>(wanted, f, to);
    if (!wanted.document.empty()) to.write(order);
  }
  return all_good;
}

/// Reads the command line; false if it makes no sense.
bool read(int argc, char** argv, settings& wanted) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--no-times" || option == "--only-times") {
      (option == "--no-times" ? wanted.times : wanted.errors) = false;
      continue;
    }
    if (++i == argc) return false;
    const std::string_view value = argv[i];
    std::uint64_t number = 0;
    const bool is_number = std::from_chars(value.data(), value.data() + value.size(), number).ptr == value.data() + value.size() && number > 0;
    if (option == "--only") wanted.only.emplace_back(value);
    else if (option == "--type" && (value == "f32" || value == "f64")) wanted.type = value;
    else if (option == "--document") wanted.document = value;
    else if (!is_number) return false;
    else if (option == "--stride") wanted.stride = number;
    else if (option == "--pairs") wanted.pairs = number;
    else if (option == "--doubles") wanted.doubles = number;
    else if (option == "--threads") wanted.threads = static_cast<unsigned>(number);
    else return false;
  }
  return true;
}

}  // namespace
}  // namespace onepass::testing

int main(int argc, char** argv) {
  onepass::testing::settings wanted;
  if (!onepass::testing::read(argc, argv, wanted)) {
    std::fputs("usage: prove_accuracy [--only NAME]... [--type f32|f64] [--stride N] [--pairs N] [--doubles N] [--threads N]\n"
               "                      [--no-times] [--only-times] [--document FILE]\n", stderr);
    return 2;
  }
  if (onepass::capabilities_of(onepass::isa::baseline).active < onepass::isa::avx2) {
    std::fputs("prove_accuracy: takes a machine with AVX2 at least\n", stderr);
    return 2;
  }
  return onepass::testing::prove_all(wanted) ? 0 : 1;
}
