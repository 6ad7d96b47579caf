#include "reslab/augment/random_erasing.h"

#include "reslab/augment/check.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

void write_noise(std::uint8_t* begin, std::uint8_t* end, core::Random& random) {
  while (begin < end) {
    std::uint32_t word = random.next();
    for (int i = 0; i < 4 && begin < end; ++i, word >>= 8) *begin++ = static_cast<std::uint8_t>(word);
  }
}

}  // namespace

RandomErasing::RandomErasing(const RandomErasingOptions& options)
    : probability_(checked_probability(options.probability, "random_erasing.probability")),
      shapes_({options.least_area, options.most_area}, {options.least_ratio, options.most_ratio}, name()),
      noise_(options.noise),
      fill_(options.fill, "random_erasing.fill") {
  if (options.noise && !options.fill.empty())
    throw core::UserError({.attempted = "erase parts of images",
                           .found = "random_erasing.fill beside random_erasing.noise, which takes no colour",
                           .allowed = "one of the two"});
}

void RandomErasing::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  constexpr int tries = 10;
  const Size size{image.height, image.width};
  for (int i = 0; i < tries; ++i) {
    const Size shape = shapes_.draw(size, random);
    const Size hole{shape.width, shape.height};  // the ratio is the other way round here
    if (hole.height >= 1 && hole.width >= 1 && hole.height < size.height && hole.width < size.width)
      return erase(image, placed(hole, size, random), random);
  }
}

void RandomErasing::erase(Image& image, const Window& window, core::Random& random) const {
  const auto colour = fill_.of(image);
  for (int row = window.top; row < window.top + window.size.height; ++row) {
    std::uint8_t* const begin = image.pixels.data() + image.offset(row, window.left);
    if (noise_)
      write_noise(begin, begin + image.offset(0, window.size.width), random);
    else
      paint(begin, window.size.width, colour, image.channels);
  }
}

}  // namespace reslab::augment
