#include "reslab/augment/random_crop.h"

#include <cstring>

#include "reslab/augment/check.h"
#include "reslab/core/error.h"

namespace reslab::augment {

RandomCrop::RandomCrop(const RandomCropOptions& options)
    : size_{checked_side(options.height, "random_crop.height"), checked_side(options.width, "random_crop.width")},
      probability_(checked_probability(options.probability, "random_crop.probability")) {}

void RandomCrop::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  check_fits({image.height, image.width});
  const auto top = static_cast<int>(random.below(static_cast<std::uint32_t>(image.height - size_.height + 1)));
  const auto left = static_cast<int>(random.below(static_cast<std::uint32_t>(image.width - size_.width + 1)));
  const std::size_t row_bytes = image.offset(0, size_.width);
  // Rows only move towards the front, so going forwards none is overwritten before its turn.
  for (int row = 0; row < size_.height; ++row)
    std::memmove(image.pixels.data() + static_cast<std::size_t>(row) * row_bytes,
                 image.pixels.data() + image.offset(top + row, left), row_bytes);
  image.height = size_.height;
  image.width = size_.width;
  image.pixels.resize(static_cast<std::size_t>(size_.height) * row_bytes);
}

std::optional<Size> RandomCrop::output_size(std::optional<Size> input) const {
  if (input && probability_ > 0) check_fits(*input);
  return checked_output_size(input, size_, probability_, name());
}

void RandomCrop::check_fits(Size image) const {
  if (image.height >= size_.height && image.width >= size_.width) return;
  throw core::UserError(
      {.attempted = core::concatenate("cut windows of ", size_.height, "×", size_.width, " out of the images"),
       .found = core::concatenate("images of ", image.height, "×", image.width, " pixels"),
       .allowed = "windows no larger than the images",
       .remedy = "make random_crop.height and random_crop.width smaller, or pad or resize the images first"});
}

}  // namespace reslab::augment
