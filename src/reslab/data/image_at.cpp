#include "reslab/data/image_at.h"

#include <ATen/TensorOperators.h>

#include "reslab/core/error.h"

namespace reslab::data {

augment::Image image_at(const Dataset& dataset, std::int64_t index) {
  RESLAB_ASSERT(index >= 0 && index < dataset.size(), index, " of ", dataset.size());
  const at::Tensor image = dataset.images[index];
  const auto* pixels = image.const_data_ptr<std::uint8_t>();
  return {.height = static_cast<int>(image.size(0)),
          .width = static_cast<int>(image.size(1)),
          .channels = static_cast<int>(image.size(2)),
          .pixels = {pixels, pixels + image.numel()}};
}

}  // namespace reslab::data
