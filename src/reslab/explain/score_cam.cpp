#include "reslab/explain/score_cam.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>

namespace reslab::explain {
namespace {

at::Tensor masks_of(const at::Tensor& activations, const at::Tensor& images) {
  const at::Tensor resized =
      at::upsample_bilinear2d(activations, images.sizes().slice(2), /*align_corners=*/true).contiguous();
  const at::Tensor least = resized.amin({2, 3}, true), greatest = resized.amax({2, 3}, true);
  return (resized - least) / (greatest - least + 1e-8);
}

}  // namespace

at::Tensor score_cam_weights(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                             const at::Tensor& activations, std::int64_t batch_size) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> rows;
  rows.reserve(static_cast<std::size_t>(images.size(0)));
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const auto masks = masks_of(activations.slice(0, i, i + 1), images)[0].unsqueeze(1).to(images.scalar_type());
    std::vector<at::Tensor> scores;
    for (const at::Tensor& some : masks.split(batch_size))
      scores.push_back(network.forward((images[i].unsqueeze(0) * some).contiguous(at::MemoryFormat::ChannelsLast))
                           .select(1, classes[i].item<std::int64_t>()));
    rows.push_back(at::softmax(at::cat(scores), 0));
  }
  return at::stack(rows);
}

}  // namespace reslab::explain
