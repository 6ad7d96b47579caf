#include "reslab/augment/colour.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::augment {

Colour::Colour(const std::vector<std::int64_t>& values, std::string_view key) : key_(key) {
  const auto fail = [&](const std::string& found) {
    throw core::UserError({.attempted = core::concatenate("set ", key),
                           .found = found,
                           .allowed = core::concatenate("whole numbers from 0 to 255: one for each channel (at most ",
                                                        most_channels, "), one for all, or none for 0")});
  };
  if (values.size() > most_channels) fail(core::concatenate(values.size(), " values"));
  for (const std::int64_t value : values) {
    if (value < 0 || value > 255) fail(core::concatenate("the value ", value));
    values_.push_back(static_cast<std::uint8_t>(value));
  }
}

std::array<std::uint8_t, most_channels> Colour::of(const Image& image) const {
  RESLAB_ASSERT(image.channels >= 1 && image.channels <= most_channels, image.channels);
  std::array<std::uint8_t, most_channels> colour{};
  if (values_.size() == 1) colour.fill(values_.front());
  if (values_.size() < 2) return colour;
  if (values_.size() != static_cast<std::size_t>(image.channels))
    throw core::UserError(
        {.attempted = core::concatenate("paint with the colour ", key_),
         .found = core::concatenate(values_.size(), " values for images of ", image.channels, " channels"),
         .allowed = "one value for each channel, or one for all"});
  std::ranges::copy(values_, colour.begin());
  return colour;
}

void paint(std::uint8_t* begin, int pixels, const std::array<std::uint8_t, most_channels>& colour, int channels) {
  for (int pixel = 0; pixel < pixels; ++pixel) begin = std::copy_n(colour.begin(), channels, begin);
}

}  // namespace reslab::augment
