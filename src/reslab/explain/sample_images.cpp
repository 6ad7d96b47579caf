#include "reslab/explain/sample_images.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <span>

#include "reslab/core/error.h"

namespace reslab::explain {

at::Tensor sample_images(const data::BatchSource& source, std::span<const std::int64_t> samples) {
  RESLAB_ASSERT(!samples.empty());
  data::BatchSource chosen = source;
  chosen.pipeline = nullptr;
  chosen.indices = at::tensor(at::ArrayRef<std::int64_t>(samples.data(), samples.size()), at::kLong);
  data::BatchMaker maker(chosen, {.batch_size = static_cast<std::int64_t>(samples.size()), .shuffle = false});
  return maker.make(maker.order(0), 0, 0).images;
}

}  // namespace reslab::explain
