#include "reslab/data/sample_image.h"

namespace reslab::data {

augment::Image image_at(const Dataset& dataset, std::int64_t index) {
  const at::Tensor image = dataset.images[index];
  const auto* pixels = image.const_data_ptr<std::uint8_t>();
  return {.height = static_cast<int>(image.size(0)),
          .width = static_cast<int>(image.size(1)),
          .channels = static_cast<int>(image.size(2)),
          .pixels = {pixels, pixels + image.numel()}};
}

}  // namespace reslab::data
