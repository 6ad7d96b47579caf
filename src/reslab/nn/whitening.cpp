#include "reslab/nn/whitening.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_eigh.h>

#include "reslab/core/error.h"

namespace reslab::nn {

std::int64_t whitening_channels(std::int64_t in_channels, const WhiteningOptions& options) {
  return 2 * in_channels * options.kernel * options.kernel;
}

at::Tensor whitening_filters(const at::Tensor& images, const WhiteningOptions& options) {
  RESLAB_ASSERT(images.dim() == 4 && images.scalar_type() == at::kFloat, "images of shape ", images.sizes());
  const at::NoGradGuard no_grad;
  const std::int64_t channels = images.size(1), k = options.kernel, size = channels * k * k;
  at::Tensor products;
  std::int64_t count = 0;
  for (const at::Tensor& some : images.split(options.images_at_once)) {
    const at::Tensor patches =
        some.unfold(2, k, 1).unfold(3, k, 1).permute({0, 2, 3, 1, 4, 5}).reshape({-1, size}).contiguous();
    const at::Tensor product = patches.t().mm(patches);
    products = products.defined() ? products + product : product;
    count += patches.size(0);
  }
  const at::Tensor covariance = products / static_cast<double>(count);
  const auto [values, vectors] = at::linalg_eigh(covariance, "U");
  // eigh gives columns, smallest first.
  const at::Tensor filters = (vectors / (values + options.eps).sqrt()).t().flip(0).reshape({size, channels, k, k});
  return at::cat({filters, -filters});
}

}  // namespace reslab::nn
