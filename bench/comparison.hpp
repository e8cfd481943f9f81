// Comparing loops fairly on a noisy machine: contenders take turns in one process, and what is reported is the median
// over the turns, and the median of each turn's ratio to the reference.
//
// A turn runs a contender for a fixed time slice, long enough for the clock and short enough that neighbours on the
// machine disturb all contenders alike. Results appear as counters of a Google Benchmark.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

using clock = std::chrono::steady_clock;

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// One contender: its name and one call of what is measured.
struct contender {
  std::string name;
  std::function<void(std::size_t calls)> run;  ///< calls it so many times

  template <class F>
  static contender of(std::string name, F f) {
    return {std::move(name), [f](std::size_t calls) {
              for (std::size_t i = 0; i < calls; ++i) {
                f();
                benchmark::ClobberMemory();
              }
            }};
  }
};

inline double seconds_of(const contender& c, std::size_t calls) {
  const auto start = clock::now();
  c.run(calls);
  return std::chrono::duration<double>(clock::now() - start).count();
}

/// Runs all contenders in turns; the first is the reference. Reports nanoseconds a call of each, and ratios to the
/// reference. The benchmark's own time is that of the second contender.
inline void compare(benchmark::State& state, const std::vector<contender>& contenders, double slice_seconds = 0.002) {
  std::vector<std::size_t> calls;
  for (const contender& c : contenders) {
    c.run(2);
    std::size_t n = 1;
    while (seconds_of(c, n) < slice_seconds / 4 && n < (std::size_t{1} << 30)) n *= 2;
    calls.push_back(std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(n) * slice_seconds / seconds_of(c, n))));
  }
  std::vector<std::vector<double>> times(contenders.size()), ratios(contenders.size());
  for (auto _ : state) {
    std::vector<double> turn;
    for (std::size_t i = 0; i < contenders.size(); ++i) turn.push_back(seconds_of(contenders[i], calls[i]) / static_cast<double>(calls[i]));
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      times[i].push_back(turn[i] * 1e9);
      ratios[i].push_back(turn[i] / turn[0]);
    }
    state.SetIterationTime(turn.size() > 1 ? turn[1] : turn[0]);
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    state.counters[contenders[i].name + " ns"] = median(times[i]);
    if (i > 0) state.counters[contenders[i].name + "/" + contenders[0].name] = median(ratios[i]);
  }
}

/// Turns of a comparison: enough for a stable median.
inline constexpr int turns = 101;

}  // namespace bench
