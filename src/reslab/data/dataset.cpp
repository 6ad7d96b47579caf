#include "reslab/data/dataset.h"

#include <ATen/TensorOperators.h>

#include "reslab/core/error.h"

namespace reslab::data {

Dataset select(const Dataset& dataset, const at::Tensor& indices) {
  RESLAB_ASSERT(indices.dim() == 1 && indices.scalar_type() == at::kLong, "indices are ", indices.toString(), " of ",
                indices.dim(), " dimensions");
  if (indices.numel() > 0) {
    const auto lowest = indices.min().item<std::int64_t>(), highest = indices.max().item<std::int64_t>();
    RESLAB_ASSERT(lowest >= 0 && highest < dataset.size(), "indices ", lowest, " … ", highest, " of ", dataset.size());
  }
  return {.name = dataset.name,
          .images = dataset.images.index_select(0, indices),
          .labels = dataset.labels.index_select(0, indices),
          .classes = dataset.classes};
}

}  // namespace reslab::data
