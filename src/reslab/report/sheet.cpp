#include "reslab/report/sheet.h"

#include "reslab/core/base64.h"
#include "reslab/core/error.h"
#include "reslab/image/png.h"

namespace reslab::report {

std::size_t Sheet::add(const augment::Image& image) {
  if (count_ == 0) {
    width_ = image.width;
    height_ = image.height;
  }
  RESLAB_ASSERT(image.channels == 3 && image.width == width_ && image.height == height_, image.height, " × ",
                image.width, " × ", image.channels);
  const std::size_t line = 3 * static_cast<std::size_t>(width_),
                    row_of_pictures = line * columns * static_cast<std::size_t>(height_);
  if (count_ % columns == 0) rows_.resize(rows_.size() + row_of_pictures);
  std::uint8_t* corner = rows_.data() + count_ / columns * row_of_pictures + count_ % columns * line;
  for (int y = 0; y < height_; ++y)
    std::copy_n(image.pixels.data() + image.offset(y, 0), line, corner + static_cast<std::size_t>(y) * columns * line);
  return count_++;
}

augment::Image Sheet::picture() const {
  const int rows = static_cast<int>((count_ + columns - 1) / columns);
  return {.height = rows * height_, .width = static_cast<int>(columns) * width_, .channels = 3, .pixels = rows_};
}

std::string Sheet::data_uri() const {
  if (count_ == 0 || !image::has_png()) return "";
  return "data:image/png;base64," + core::base64(image::encode_png(picture()));
}

}  // namespace reslab::report
