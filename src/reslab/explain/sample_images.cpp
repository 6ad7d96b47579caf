#include "reslab/explain/sample_images.h"

#include <ATen/core/Tensor.h>

#include <span>

#include "reslab/core/error.h"

namespace reslab::explain {

at::Tensor sample_images(const data::BatchSource& source, std::span<const std::int64_t> places) {
  RESLAB_ASSERT(!places.empty());
  data::BatchSource chosen = source;
  chosen.pipeline = nullptr;
  chosen.samples = data::select(source.samples, places);
  const data::BatchMaker maker(chosen, {.batch_size = chosen.size(), .shuffle = false});
  return maker.make(maker.order(0), 0, 0).images;
}

}  // namespace reslab::explain
