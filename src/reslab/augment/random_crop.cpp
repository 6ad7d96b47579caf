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
  RESLAB_ASSERT(image.height >= size_.height && image.width >= size_.width, "a window of ", size_.height, "x",
                size_.width, " in an image of ", image.height, "x", image.width);
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

Size RandomCrop::output_size(Size input) const {
  if (probability_ > 0 && (input.height < size_.height || input.width < size_.width))
    throw core::UserError(
        {.attempted = core::concatenate("cut windows of ", size_.height, "×", size_.width, " out of the images"),
         .found = core::concatenate("images of ", input.height, "×", input.width, " pixels"),
         .allowed = "windows no larger than the images",
         .remedy = "make random_crop.height and random_crop.width smaller, or pad the images first"});
  return checked_output_size(input, size_, probability_, name());
}

}  // namespace reslab::augment
