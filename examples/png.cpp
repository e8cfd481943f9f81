// PNG files through libpng's simplified interface, which does all conversions of formats itself.
#include "png.hpp"

#include <png.h>

#include <stdexcept>

namespace png {

namespace {

/// libpng's description of a picture, freed whatever happens.
struct image : png_image {
  image() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~image() { png_image_free(this); }
  image(const image&) = delete;
  image& operator=(const image&) = delete;

  [[noreturn]] void fail(const std::string& path) const { throw std::runtime_error(path + ": " + message); }
};

}  // namespace

onepass::array<std::uint8_t> read(const std::string& path) {
  image file;
  if (png_image_begin_read_from_file(&file, path.c_str()) == 0) file.fail(path);
  file.format = PNG_FORMAT_RGB;
  onepass::array<std::uint8_t> picture({file.height, std::int64_t{3} * file.width});
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&file, &black, picture.data(), 0, nullptr) == 0) file.fail(path);
  return picture;
}

void write(const std::string& path, const onepass::array<std::uint8_t>& picture) {
  const onepass::extents shape = picture.shape();
  if (shape.rank() != 2 || shape[1] % 3 != 0) throw std::runtime_error(path + ": a picture has shape (height, width * 3), not " + to_string(shape));
  image file;
  file.height = static_cast<png_uint_32>(shape[0]);
  file.width = static_cast<png_uint_32>(shape[1] / 3);
  file.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&file, path.c_str(), 0, picture.data(), 0, nullptr) == 0) file.fail(path);
}

}  // namespace png
