// Develops a photograph like a colour negative: sharpening, fall-off of light towards the corners, exposure, white
// balance, the film's curve, the print. All of it is one expression and runs as one pass over the picture.
//
// Then it develops the same picture by every engine, by one library call for each operation and by a loop written by
// hand, for the picture as it is and for one of many megapixels, compares all results byte by byte, and shows the
// times. Exit status 1 if two engines disagree in a single byte.
//
// A picture is a matrix of `height` rows with width * 3 columns, red, green and blue in turn. White balance and the
// colours of the print then are rows with one number for each *column*, and the inner loop is as long as a row. The
// other ways to say it, on one thread of a Zen 5, compiled, for 512 x 512 and for 48 megapixels:
//   (height, width * 3)  0.42 ms   160 ms   weights repeat every three columns
//   (height, width, 3)    7.8 ms  1070 ms   weights of shape (3,) broadcast; but then the inner loop has 3 elements
//   (3, height, width)   0.41 ms   160 ms   weights of shape (3, 1, 1); but files are not planar: taking the picture
//                       +0.85 ms  +350 ms   apart before and putting it together again afterwards are two more passes
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <onepass/onepass.hpp>

#include "photo_film.hpp"
#include "png.hpp"

namespace op = onepass;
using bytes = op::array<std::uint8_t>;
using floats = op::array<float>;

/// The film's answer to light: 1 - e^-exposure, with a toe, and the square root that displays expect. `seen` is the
/// amplitude of the light, `gain` is negative. The curve needs the density three times; what an expression uses more
/// than once becomes an operation, one struct with one body, and every engine computes the density once.
struct film_op {
  static constexpr std::string_view name = "film";
  template <op::floating_value V>
  ONEPASS_INLINE static V body(V seen, V gain) {
    const V density = 1 - op::exp(seen * seen * gain);
    const V above = 1 - density * (1 / film::toe);  // 1 at no light, 0 at the end of the toe
    const V shadow = density * (1 - (1 - film::toe_slope) * (above * above));
    return op::sqrt(op::where(density < film::toe, shadow, density));
  }
};
inline constexpr op::operation<film_op> on_film{};

namespace {

/// The film cut to a picture, as operands: rows of weights and one column.
struct film_operands {
  explicit film_operands(const film::sheet& cut)
      : gain(floats::from(cut.gain)), across(floats::from(cut.across)), black(floats::from(cut.black)), range(floats::from(cut.range)),
        down({cut.rows, 1}) {
    std::copy(cut.down.begin(), cut.down.end(), down.begin());
  }
  floats gain, across, black, range;  ///< shape (width * 3,)
  floats down;                        ///< shape (height, 1)
};

/// A picture with a border of one pixel, and its five views: the picture, and the picture moved by one pixel.
struct negative {
  using view = op::view<const std::uint8_t>;

  explicit negative(const bytes& bordered)
      : rows(bordered.shape()[0] - 2), columns(bordered.shape()[1] - 6), all(bordered), here(part(1, 3)), above(part(0, 3)),
        below(part(2, 3)), left(part(1, 0)), right(part(1, 6)) {}

  std::int64_t rows, columns;
  bytes all;
  view here, above, below, left, right;

 private:
  view part(std::int64_t row, std::int64_t column) const { return all(op::slice(row, row + rows), op::slice(column, column + columns)); }
};

/// The picture so many times on top of each other and side by side, in a border that repeats its edges.
negative tiled(const bytes& picture, std::int64_t down, std::int64_t across) {
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const std::int64_t rows = height * down, columns = width * across;
  bytes made({rows + 2, columns + 6});
  for (std::int64_t y = 0; y < down; ++y) {
    for (std::int64_t x = 0; x < across; ++x) {
      made(op::slice(1 + y * height, 1 + (y + 1) * height), op::slice(3 + x * width, 3 + (x + 1) * width)) = picture;
    }
  }
  made(op::all, op::slice(0, 3)) = made(op::all, op::slice(3, 6));
  made(op::all, op::slice(columns + 3, columns + 6)) = made(op::all, op::slice(columns, columns + 3));
  made(op::slice(0, 1)) = made(op::slice(1, 2));
  made(op::slice(rows + 1, rows + 2)) = made(op::slice(rows, rows + 1));
  return negative(made);
}

/// The whole development. Nothing is computed here. The conversion to bytes needs no clip(): it saturates.
auto developed(const negative& n, const film_operands& on) {
  const auto around = op::cast<float>(n.above) + op::cast<float>(n.below) + op::cast<float>(n.left) + op::cast<float>(n.right);
  const auto sharp = op::cast<float>(n.here) * (1 + film::sharpening) - around * (film::sharpening / 4);
  const auto seen = op::relu(sharp) / (on.across + on.down);
  return op::cast<std::uint8_t>(on.black + on.range * on_film(seen, on.gain));
}

/// What the development needs if it is not fused: each is a picture of floats, or of truth values.
struct temporaries {
  floats x, y;
  op::array<bool> in_shadow;
};

/// The same, one library call for each operation, as an array library without fusion computes it.
/// `step(result, e)` evaluates e into result.
template <class Step>
void develop_stepwise(const Step& step, const negative& n, const film_operands& on, temporaries& t, bytes& print) {
  auto& [x, y, in_shadow] = t;
  step(x, op::cast<float>(n.above));
  step(y, op::cast<float>(n.below));
  step(x, x + y);
  step(y, op::cast<float>(n.left));
  step(x, x + y);
  step(y, op::cast<float>(n.right));
  step(x, x + y);
  step(x, x * (film::sharpening / 4));
  step(y, op::cast<float>(n.here));
  step(y, y * (1 + film::sharpening));
  step(y, y - x);
  step(y, op::relu(y));
  step(x, on.across + on.down);
  step(x, y / x);
  step(x, x * x);
  step(x, x * on.gain);
  step(x, op::exp(x));
  step(x, 1 - x);
  step(y, x * (1 / film::toe));
  step(y, 1 - y);
  step(y, y * y);
  step(y, (1 - film::toe_slope) * y);
  step(y, 1 - y);
  step(y, x * y);
  step(in_shadow, x < film::toe);
  step(x, op::where(in_shadow, y, x));
  step(x, op::sqrt(x));
  step(x, on.range * x);
  step(x, on.black + x);
  step(print, op::cast<std::uint8_t>(x));
}

// --- the contest ---

/// One way to develop a negative.
struct contender {
  std::string name;
  std::size_t passes;
  std::function<void(bytes&)> run;
  bool timed = true;
  bool same_bits = true;  ///< as all others that have it
  std::vector<double> milliseconds{};
};

/// One call for each operation, each result a new array: what an expression costs in a library without fusion.
contender with_new_arrays(const negative& n, const film_operands& on, const op::options& how, std::size_t passes) {
  const auto step = [how](auto& result, const auto& e) { result = op::evaluate(how, e); };
  return {"one call each, new arrays", passes, [=, &n, &on](bytes& to) {
            temporaries fresh;
            develop_stepwise(step, n, on, fresh, to);
          }};
}

/// The same with everything in place, in arrays that are there already: the best that can be had without fusion.
contender in_place(const negative& n, const film_operands& on, const op::options& how) {
  const auto step = [how](auto& result, auto&& e) { op::evaluate_into(how, std::tie(result), std::forward<decltype(e)>(e)); };
  const auto kept = std::make_shared<temporaries>();
  std::size_t passes = 0;
  const auto count = [&](auto& result, auto&& e) {
    passes += op::explain(how, e).passes;
    step(result, std::forward<decltype(e)>(e));
  };
  bytes print;
  develop_stepwise(count, n, on, *kept, print);
  return {"one call each, in place", passes, [=, &n, &on](bytes& to) { develop_stepwise(step, n, on, *kept, to); }};
}

/// Larger pictures are not developed with new arrays: that would take gigabytes, and measure the system's page faults.
constexpr std::size_t most_bytes_for_new_arrays = 16 << 20;

/// All ways to develop the negative that this machine has. The first gives the picture that all others have to give.
std::vector<contender> contenders(const negative& n, const film::sheet& cut, const film_operands& on, int threads) {
  std::vector<contender> all{in_place(n, on, {.threads = threads})};
  if (n.all.size() < most_bytes_for_new_arrays) all.push_back(with_new_arrays(n, on, {.threads = threads}, all.front().passes));
  all.push_back({"loop written by hand", 1, [=, &n, &cut](bytes& to) { film::develop_by_hand(cut, n.all.data(), to.data(), threads); }});
  all.back().same_bits = false;
  const auto e = developed(n, on);
  const auto add = [&](std::string name, bool timed, const op::options& how) {
    const op::explanation plan = op::explain(how, e);
    if (plan.engine != how.engine) {
      std::printf("  no engine \"%s\" here: %s\n", name.c_str(), plan.why.c_str());
    } else {
      all.push_back({std::move(name), plan.passes, [=](bytes& to) { op::evaluate_into(how, std::tie(to), e); }, timed});
    }
  };
  add("fused", true, {.engine = op::engine::fused, .threads = threads});
  add("compiled", true, {.engine = op::engine::compiled, .threads = threads});
  add("interpreted", true, {.engine = op::engine::interpreted, .threads = threads});
  for (const op::isa set : {op::isa::avx2, op::isa::avx512}) {
    if (set > op::capabilities().active) continue;
    add("compiled for " + std::string(name(set)), false, {.engine = op::engine::compiled, .isa = set, .threads = threads});
  }
  return all;
}

/// Prints how far a picture is from that of the engines.
void print_distance(const std::string& name, const bytes& print, const bytes& reference) {
  int most = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const int distance = std::abs(std::as_const(print).data()[i] - reference.data()[i]);
    most = std::max(most, distance);
    count += distance != 0;
  }
  std::printf("  %s, with its other exponential: %zu of %zu bytes differ, by %d at most\n", name.c_str(), count, reference.size(), most);
}

/// Lets everyone develop once and compares the pictures; `reference` becomes the first. False if two engines disagree.
bool compare(const std::vector<contender>& all, bytes& reference) {
  bytes print(reference.shape());
  std::string same, different;
  for (const contender& c : all) {
    std::fill(print.begin(), print.end(), std::uint8_t{0});
    c.run(print);
    if (&c == &all.front()) std::copy_n(std::as_const(print).data(), print.size(), reference.data());
    if (c.same_bits) {
      const bool equal = std::memcmp(std::as_const(print).data(), std::as_const(reference).data(), print.size()) == 0;
      std::string& list = equal ? same : different;
      list += (list.empty() ? "" : ", ") + c.name;
    } else {
      print_distance(c.name, print, reference);
    }
  }
  std::printf("  the same picture, byte by byte: %s\n", same.c_str());
  if (!different.empty()) std::printf("  ANOTHER PICTURE: %s\n", different.c_str());
  return different.empty();
}

/// Runs all in turns, so that a disturbance of the machine meets all alike, for about so many seconds.
void take_turns(std::vector<contender>& all, double seconds, bytes& print) {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  for (int turn = 0; turn < 3 || (turn < 101 && clock::now() - begin < std::chrono::duration<double>(seconds)); ++turn) {
    for (contender& c : all) {
      if (!c.timed) continue;
      const auto start = clock::now();
      c.run(print);
      c.milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - start).count());
    }
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_table(const std::vector<contender>& all, double moved) {
  std::printf("  %-26s %10s %8s %8s\n", "", "ms", "GB/s", "passes");
  for (const contender& c : all) {
    if (!c.timed) continue;
    const double ms = median(c.milliseconds);
    std::printf("  %-26s %10.3f %8.2f %8zu\n", c.name.c_str(), ms, moved / ms / 1e6, c.passes);
  }
}

/// Develops a negative in all ways. False if engines disagree; `print` becomes the developed picture.
bool contest(const negative& n, int threads, double seconds, bytes& print) {
  const std::int64_t width = n.columns / 3;
  const film::sheet cut = film::cut(static_cast<std::size_t>(n.rows), static_cast<std::size_t>(width));
  const film_operands on(cut);
  std::printf("%lld x %lld pixels, %d thread%s\n", static_cast<long long>(width), static_cast<long long>(n.rows), threads, threads == 1 ? "" : "s");
  std::vector<contender> all = contenders(n, cut, on, threads);
  print = bytes({n.rows, n.columns});
  const bool agreed = compare(all, print);
  bytes scrap(print.shape());
  take_turns(all, seconds, scrap);
  print_table(all, 2 * static_cast<double>(print.size()));
  std::printf("\n");
  return agreed;
}

// --- the program ---

struct settings {
  std::string input, output = "build/developed.png";
  double megapixels = 48;
  int threads = op::capabilities().threads;
  bool quick = false, beside = false, explain = false;
};

void read_arguments(CLI::App& app, settings& wanted) {
  app.add_option("input", wanted.input, "the picture, a PNG")->required()->check(CLI::ExistingFile);
  app.add_option("output", wanted.output, "where the developed picture goes")->capture_default_str();
  app.add_option("--megapixels", wanted.megapixels, "size of the large picture, made by repeating the small one; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 200.0));
  app.add_option("--threads", wanted.threads, "at most so many threads")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_flag("--quick", wanted.quick, "only a few runs of each");
  app.add_flag("--beside", wanted.beside, "writes the original beside the developed picture");
  app.add_flag("--explain", wanted.explain, "prints what evaluating the expression does");
}

void write_picture(const settings& wanted, const bytes& original, const bytes& print) {
  const std::filesystem::path folder = std::filesystem::path(wanted.output).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
  if (wanted.beside) {
    const std::int64_t columns = print.shape()[1];
    bytes both({print.shape()[0], 2 * columns});
    both(op::all, op::slice(0, columns)) = original;
    both(op::all, op::slice(columns, 2 * columns)) = print;
    png::write(wanted.output, both);
  } else {
    png::write(wanted.output, print);
  }
  std::printf("The developed picture is %s\n", std::filesystem::absolute(wanted.output).lexically_normal().c_str());
}

/// Develops the picture, and a large one made of it. False if engines disagree.
bool run(const settings& wanted) {
  const bytes picture = png::read(wanted.input);
  const negative small = tiled(picture, 1, 1);
  if (wanted.explain) {
    const film_operands on(film::cut(static_cast<std::size_t>(small.rows), static_cast<std::size_t>(small.columns / 3)));
    std::printf("%s\n", op::explain(op::options{.threads = wanted.threads}, developed(small, on)).text().c_str());
  }
  const double seconds = wanted.quick ? 0 : 2;
  bytes print, large_print;
  bool agreed = contest(small, wanted.threads, seconds, print);
  const double copies = wanted.megapixels * 1e6 * 3 / static_cast<double>(picture.size());
  if (copies >= 1) {
    const auto down = static_cast<std::int64_t>(std::lround(std::sqrt(copies)));
    agreed &= contest(tiled(picture, down, std::lround(copies / static_cast<double>(down))), wanted.threads, 5 * seconds, large_print);
  }
  std::printf("GB/s counts every byte of the picture once in and once out.\n");
  std::printf("%s\n", agreed ? "All engines developed the same picture, to the last bit." : "ENGINES DISAGREE.");
  write_picture(wanted, picture, print);
  return agreed;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    settings wanted;
    CLI::App app("Develops a photograph with one fused expression, and compares the ways to run it.", "photo");
    read_arguments(app, wanted);
    CLI11_PARSE(app, argc, argv);
    return run(wanted) ? 0 : 1;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "photo: %s\n", problem.what());
    return 2;
  }
}
