#include "reslab/pictures/thumbnails.h"

#include <algorithm>

#include "reslab/augment/resize.h"
#include "reslab/core/error.h"
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/picture_file.h"

namespace reslab::pictures {
namespace {

// Sides keep their ratio, but for rounding; one of 1 × 10,000 pixels becomes 1 × 112.
augment::Size within(augment::Size size, int side) {
  const int longer = std::max(size.height, size.width);
  const auto shrunk = [&](int length) {
    return std::max(1, static_cast<int>((std::int64_t{2} * length * side + longer) / (std::int64_t{2} * longer)));
  };
  return longer <= side ? size : augment::Size{shrunk(size.height), shrunk(size.width)};
}

augment::Image thumbnail(const ThumbnailFile& file, const image::DecodeOptions& decode, int side) {
  try {
    const auto bytes = read_picture_file(file.path, {.hash = file.hash, .stamp = {}});
    augment::Image image = image::decode(bytes, file.path, decode).image;
    augment::resize(image, within({image.height, image.width}, side));
    return image;
  } catch (const core::UserError&) {
    return {};
  }
}

}  // namespace

std::vector<augment::Image> make_thumbnails(std::span<const ThumbnailFile> files, const ThumbnailOptions& options) {
  image::DecodeOptions decode = options.decode;
  decode.channels = 3;
  decode.least_side = options.side;
  std::vector<augment::Image> made(files.size());
  Progress progress{.of = files.size()};
  in_order<augment::Image>(
      {.count = files.size(), .threads = options.threads},
      [&](std::size_t i) { return thumbnail(files[i], decode, options.side); },
      [&](std::size_t i, augment::Image image) {
        made[i] = std::move(image);
        ++progress.files;
        if (options.progress) options.progress(progress);
      });
  return made;
}

}  // namespace reslab::pictures
