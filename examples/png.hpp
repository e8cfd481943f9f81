// Pictures in PNG files, as matrices: `height` rows of width * 3 columns, red, green and blue in turn, 8 bits each.
#pragma once

#include <cstdint>
#include <string>

#include <onepass/array/array.hpp>

namespace png {

/// Reads any PNG; grey becomes RGB, transparency is dropped onto black. Throws std::runtime_error with the file's name.
onepass::array<std::uint8_t> read(const std::string& path);

/// Writes a picture of shape (height, width * 3). Throws std::runtime_error with the file's name.
void write(const std::string& path, const onepass::array<std::uint8_t>& picture);

}  // namespace png
