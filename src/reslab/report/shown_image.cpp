#include "reslab/report/shown_image.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::report {

augment::Image shown_image(const data::Split& split, std::int64_t place, const data::ImageFit& fit) {
  augment::Image image;
  split.source->reader()->read_fitted(split.id(place), fit, image);
  if (image.channels == 3) return image;
  RESLAB_ASSERT(image.channels == 1, image.channels, " channels");
  augment::Image colour{.height = image.height, .width = image.width, .channels = 3, .pixels = {}};
  colour.pixels.reserve(3 * image.pixels.size());
  for (const std::uint8_t value : image.pixels) colour.pixels.insert(colour.pixels.end(), 3, value);
  return colour;
}

int shown_scale(const data::Split& split, const data::ImageFit& fit) {
  constexpr int wanted = 128;  // pixels of a cell's longer side, about
  const augment::Size size = data::output_size(fit, split.info().size).value_or(augment::Size{wanted, wanted});
  return std::clamp(wanted / std::max(size.height, size.width), 1, 4);
}

}  // namespace reslab::report
