// The film: the numbers that make the look, and what they become for a picture of a given size. Plain C++, because the
// loop written by hand uses it too; it knows neither arrays nor expressions.
//
// Pictures are rows of width * 3 columns, red, green and blue in turn; what differs between colours or along a row is
// a list with one number for each column, what differs between rows a list with one number for each row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace film {

/// Unsharp mask: how much of the difference to the four neighbours is added.
inline constexpr float sharpening = 0.4f;
/// Light at the edges falls off with the fourth power of the cosine, as behind a lens; this is tan^2 at half width.
inline constexpr float falloff = 0.40f;
/// Exposure, and the white balance of red, green and blue: a warm lamp.
inline constexpr float exposure = 2.0f;
inline constexpr float balance[3] = {1.08f, 1.00f, 0.92f};
/// Below this density the film answers less and less, down to this slope: deeper shadows.
inline constexpr float toe = 0.5f, toe_slope = 0.35f;
/// The print: its blacks are not black, its paper is not white.
inline constexpr float darkest[3] = {12, 9, 16}, brightest[3] = {264, 256, 240};

/// The film cut to a picture.
struct sheet {
  std::size_t rows, columns;
  std::vector<float> gain;     ///< of each column: minus exposure and balance, for light from 0 to 255^2
  std::vector<float> across;   ///< of each column: 1 + tan^2 of the angle to the optical axis, its horizontal part
  std::vector<float> down;     ///< of each row: the vertical part
  std::vector<float> black;    ///< of each column: the darkest print, and a half for rounding
  std::vector<float> range;    ///< of each column: from the darkest print to the brightest
};

inline float squared_distance(std::size_t at, std::size_t length) {
  const float middle = (static_cast<float>(length) - 1) / 2, distance = (static_cast<float>(at) - middle) / (static_cast<float>(length) / 2);
  return distance * distance;
}

inline sheet cut(std::size_t height, std::size_t width) {
  sheet made{height, 3 * width, {}, {}, {}, {}, {}};
  for (std::size_t x = 0; x < width; ++x) {
    for (std::size_t c = 0; c < 3; ++c) {
      made.gain.push_back(-exposure * balance[c] / (255 * 255));
      made.across.push_back(1 + falloff * squared_distance(x, width));
      made.black.push_back(darkest[c] + 0.5f);
      made.range.push_back(brightest[c] - darkest[c]);
    }
  }
  for (std::size_t y = 0; y < height; ++y) made.down.push_back(falloff * squared_distance(y, height));
  return made;
}

/// Develops `negative`, which has one more row above and below and one more pixel left and right than the sheet, into
/// `print`: the loop as one would write it by hand, on so many threads.
void develop_by_hand(const sheet& on, const std::uint8_t* negative, std::uint8_t* print, int threads);

}  // namespace film
