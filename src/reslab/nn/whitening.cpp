#include "reslab/nn/whitening.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "reslab/core/error.h"

namespace reslab::nn {

namespace {

// Of the largest eigenvalue: below it a direction's variance is what rounding in fp32 leaves. Natural images have 10⁻⁵.
constexpr double least_variance = 1e-6;
// Of the direction's own: below it what varies is a few of bf16's last places, beside a constant. Normalised images
// that aren't constant somewhere have 1, images of a mean of 1 some tenths.
constexpr double least_share = 1e-3;

// The filter that each direction takes, by place: its own where the patches vary in that direction. What doesn't vary
// (a colour that is the same everywhere, grey images in three channels) would give a constant map, or rounding errors
// made 1/√eps times as large; it takes the filters of those that vary, one after the other. values: eigenvalues of the
// uncentred covariance, smallest first; vectors: by column; mean: of the patches, fp64. Where nothing varies at all,
// all take the largest one's.
std::vector<std::int64_t> filters_by_direction(const at::Tensor& values, const at::Tensor& vectors,
                                               const at::Tensor& mean) {
  const at::Tensor constant = vectors.t().to(at::kDouble).mv(mean);
  const at::Tensor variance = values.to(at::kDouble) - constant * constant;
  const at::Tensor varies = (variance > least_variance * values.max()) * (variance > least_share * values);
  std::vector<std::int64_t> places, varying;
  for (std::int64_t i = values.size(0) - 1; i >= 0; --i)  // the largest first
    if (varies[i].item<bool>()) varying.push_back(i);
  if (varying.empty()) varying.push_back(values.size(0) - 1);
  std::size_t next = 0;
  for (std::int64_t i = 0; i < values.size(0); ++i)
    places.push_back(varies[i].item<bool>() ? i : varying[next++ % varying.size()]);
  return places;
}

}  // namespace

std::int64_t whitening_channels(std::int64_t in_channels, const WhiteningOptions& options) {
  return 2 * in_channels * options.kernel * options.kernel;
}

at::Tensor whitening_filters(const at::Tensor& images, const WhiteningOptions& options) {
  RESLAB_ASSERT(images.dim() == 4 && images.scalar_type() == at::kFloat, "images of shape ", images.sizes());
  const at::NoGradGuard no_grad;
  const std::int64_t channels = images.size(1), k = options.kernel, size = channels * k * k;
  at::Tensor products, sums;
  std::int64_t count = 0;
  for (const at::Tensor& some : images.split(options.images_at_once)) {
    const at::Tensor patches = some.unfold(2, k, options.stride)
                                   .unfold(3, k, options.stride)
                                   .permute({0, 2, 3, 1, 4, 5})
                                   .reshape({-1, size})
                                   .contiguous();
    const at::Tensor product = patches.t().mm(patches);
    products = products.defined() ? products + product : product;
    const at::Tensor sum = patches.sum(0, /*keepdim=*/false, at::kDouble);
    sums = sums.defined() ? sums + sum : sum;
    count += patches.size(0);
  }
  const at::Tensor covariance = products / static_cast<double>(count);
  const auto [values, vectors] = at::linalg_eigh(covariance, "U");
  // eigh gives columns, smallest first.
  at::Tensor by_direction = (vectors / (values + options.eps).sqrt()).t();
  const auto taken = filters_by_direction(values, vectors, sums / static_cast<double>(count));
  by_direction = by_direction.index_select(0, at::tensor(taken, at::kLong));
  const at::Tensor filters = by_direction.flip(0).reshape({size, channels, k, k});
  return at::cat({filters, -filters});
}

}  // namespace reslab::nn
