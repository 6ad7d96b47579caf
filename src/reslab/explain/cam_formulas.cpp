#include "reslab/explain/cam_formulas.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "reslab/core/error.h"

namespace reslab::explain {
namespace {

constexpr at::IntArrayRef::value_type map_dimensions[] = {2, 3};
const at::IntArrayRef over_map(map_dimensions);

at::Tensor sum_over_map(const at::Tensor& values) { return values.sum(over_map, /*keepdim=*/true); }

at::Tensor plus_plus_weights(const at::Tensor& activations, const at::Tensor& gradients) {
  const at::Tensor squares = gradients.square(), cubes = squares * gradients;
  const at::Tensor alpha = squares / (2 * squares + sum_over_map(activations) * cubes + 1e-6);
  return sum_over_map(gradients.relu() * alpha.masked_fill(gradients == 0, 0));
}

at::Tensor weights(CamMethod method, const at::Tensor& activations, const at::Tensor& gradients) {
  switch (method) {
    case CamMethod::grad_cam: return gradients.mean(over_map, /*keepdim=*/true);
    case CamMethod::grad_cam_plus_plus: return plus_plus_weights(activations, gradients);
    case CamMethod::x_grad_cam: return sum_over_map(gradients * activations / (sum_over_map(activations) + 1e-7));
    case CamMethod::hi_res_cam: return gradients;
    case CamMethod::layer_cam: return gradients.relu();
    case CamMethod::eigen_cam:
    case CamMethod::score_cam: break;
  }
  RESLAB_ASSERT(false, "method ", static_cast<int>(method), " has no weights of this kind");
}

}  // namespace

bool uses_gradients(CamMethod method) { return method != CamMethod::eigen_cam && method != CamMethod::score_cam; }

at::Tensor weighted_activations(CamMethod method, const at::Tensor& activations, const at::Tensor& gradients) {
  if (method == CamMethod::eigen_cam) return activations;
  // A quotient of two vanishing numbers says nothing of its channel, and must not spoil the others.
  return activations * at::nan_to_num(weights(method, activations, gradients), 0, 0, 0);
}

at::Tensor principal_projection(const at::Tensor& values) {
  // A decomposition takes finite numbers alone.
  const at::Tensor rows =
      zero_where_not_finite(values).flatten(2).transpose(1, 2).contiguous();  // [n, h · w, channels]
  const at::Tensor centred = rows - rows.mean(1, /*keepdim=*/true);
  std::vector<at::Tensor> maps;
  maps.reserve(static_cast<std::size_t>(values.size(0)));
  for (const at::Tensor& sample : centred.unbind(0)) {
    const at::Tensor components = std::get<2>(at::linalg_svd(sample, /*full_matrices=*/false));
    const at::Tensor map = sample.matmul(components[0]).view({values.size(2), values.size(3)});
    maps.push_back((-map.min()).gt(map.max()).item<bool>() ? -map : map);
  }
  return at::stack(maps);
}

at::Tensor zero_where_not_finite(const at::Tensor& values) {
  std::vector<std::int64_t> a_sample(static_cast<std::size_t>(values.dim()), 1);
  a_sample.front() = -1;
  const at::Tensor known = values.flatten(1).isfinite().all(1).view(a_sample);
  return at::where(known, values, at::zeros_like(values));
}

at::Tensor scale_to_unit(const at::Tensor& maps) {
  const at::Tensor known = zero_where_not_finite(maps);
  const at::Tensor from_zero = known - known.amin({1, 2}, /*keepdim=*/true);
  return from_zero / (from_zero.amax({1, 2}, /*keepdim=*/true) + 1e-7);
}

at::Tensor resize_maps(const at::Tensor& maps, std::int64_t height, std::int64_t width) {
  return at::upsample_bilinear2d(maps.unsqueeze(1).contiguous(), at::IntArrayRef{height, width},
                                 /*align_corners=*/false)
      .squeeze(1);
}

}  // namespace reslab::explain
