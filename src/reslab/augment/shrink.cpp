#include "reslab/augment/shrink.h"

#include <algorithm>

#include "reslab/augment/formulas.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

struct Share {
  int place;
  float weight;
};

std::vector<Share> shares(int index, int from, int to) {
  std::vector<Share> result;
  const Interval places = covered(index, from, to);
  for (int place = places.begin; place < places.end; ++place)
    result.push_back({place, share_of(place, index, from, to)});
  return result;
}

std::vector<std::vector<Share>> all_shares(int from, int to) {
  std::vector<std::vector<Share>> all;
  all.reserve(static_cast<std::size_t>(to));
  for (int index = 0; index < to; ++index) all.push_back(shares(index, from, to));
  return all;
}

}  // namespace

void shrink(Image& image, Size size) {
  RESLAB_ASSERT(size.height >= 1 && size.width >= 1 && size.height <= image.height && size.width <= image.width,
                size.height, size.width, image.height, image.width);
  if (size == Size{image.height, image.width}) return;
  const auto rows = all_shares(image.height, size.height), columns = all_shares(image.width, size.width);
  Image small{size.height, size.width, image.channels, {}};
  small.pixels.reserve(small.offset(size.height, 0));
  for (const auto& row : rows)
    for (const auto& column : columns)
      for (int channel = 0; channel < image.channels; ++channel) {
        float sum = 0.5F;
        for (const Share& y : row)
          for (const Share& x : column)
            sum += y.weight * x.weight *
                   static_cast<float>(image.pixels[image.offset(y.place, x.place) + static_cast<std::size_t>(channel)]);
        small.pixels.push_back(static_cast<std::uint8_t>(std::min(sum, 255.0F)));
      }
  image = std::move(small);
}

}  // namespace reslab::augment
