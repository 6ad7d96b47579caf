#include "reslab/augment/random_crop.h"

#include "reslab/augment/check.h"
#include "reslab/augment/cut.h"

namespace reslab::augment {

RandomCrop::RandomCrop(const RandomCropOptions& options)
    : size_{checked_side(options.height, "random_crop.height"), checked_side(options.width, "random_crop.width")},
      probability_(checked_probability(options.probability, "random_crop.probability")) {}

void RandomCrop::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  check_window_fits(size_, {image.height, image.width}, name());
  const auto top = static_cast<int>(random.below(static_cast<std::uint32_t>(image.height - size_.height + 1)));
  const auto left = static_cast<int>(random.below(static_cast<std::uint32_t>(image.width - size_.width + 1)));
  cut(image, {.top = top, .left = left, .size = size_});
}

std::optional<Size> RandomCrop::output_size(std::optional<Size> input) const {
  if (input && probability_ > 0) check_window_fits(size_, *input, name());
  return checked_output_size(input, size_, probability_, name());
}

}  // namespace reslab::augment
