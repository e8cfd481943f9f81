// The development of photo.cpp as a loop written by hand, for comparison: plain C++ that the compiler can vectorise,
// given every chance: for this machine, with -O3 and -ffast-math. That gets it the vector exponential of the C library
// (up to 4 ulp), estimates instead of divisions and square roots, and contraction; so its bytes may differ by one from
// those of the engines, which promise their bits, and from one compiler to the next.
#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "photo_film.hpp"

namespace film {

namespace {

/// Starting a thread for less than this costs more than it gains.
constexpr std::size_t bytes_worth_a_thread = std::size_t{1} << 19;

/// Rows `first` to `last`.
void develop_rows(const sheet& on, const std::uint8_t* negative, std::uint8_t* print, std::size_t first, std::size_t last) {
  const std::size_t columns = on.columns, pitch = columns + 6;
  const float* const gain = on.gain.data();
  const float* const across = on.across.data();
  const float* const black = on.black.data();
  const float* const range = on.range.data();
  for (std::size_t y = first; y < last; ++y) {
    const std::uint8_t* const above = negative + y * pitch + 3;
    const std::uint8_t* const here = above + pitch;
    const std::uint8_t* const below = here + pitch;
    const std::uint8_t* const left = here - 3;
    const std::uint8_t* const right = here + 3;
    std::uint8_t* const out = print + y * columns;
    const float down = on.down[y];
#pragma omp simd
    for (std::size_t x = 0; x < columns; ++x) {
      const int around = above[x] + below[x] + left[x] + right[x];
      const float sharp = static_cast<float>(here[x]) * (1 + sharpening) - static_cast<float>(around) * (sharpening / 4);
      const float seen = (sharp > 0 ? sharp : 0) / (across[x] + down);
      const float density = 1 - std::exp(seen * seen * gain[x]);
      const float above = 1 - density * (1 / toe);
      const float shadow = density * (1 - (1 - toe_slope) * (above * above));
      const float printed = black[x] + range[x] * std::sqrt(density < toe ? shadow : density);
      out[x] = static_cast<std::uint8_t>(printed < 0 ? 0 : printed > 255 ? 255 : static_cast<int>(printed));
    }
  }
}

}  // namespace

void develop_by_hand(const sheet& on, const std::uint8_t* negative, std::uint8_t* print, int threads) {
  const std::size_t enough = on.rows * on.columns / bytes_worth_a_thread + 1;
  const std::size_t parts = std::min(enough, static_cast<std::size_t>(std::max(1, threads)));
  std::vector<std::jthread> others;
  for (std::size_t part = 1; part < parts; ++part) {
    others.emplace_back([&on, negative, print, first = on.rows * part / parts, last = on.rows * (part + 1) / parts] {
      develop_rows(on, negative, print, first, last);
    });
  }
  develop_rows(on, negative, print, 0, on.rows / parts);
}

}  // namespace film
