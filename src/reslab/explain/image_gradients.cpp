#include "reslab/explain/image_gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <torch/autograd.h>

#include <algorithm>
#include <optional>

#include "reslab/core/error.h"
#include "reslab/explain/cam_formulas.h"
#include "reslab/explain/random_stream.h"
#include "reslab/models/evaluation_mode.h"
#include "reslab/nn/activation.h"

namespace reslab::explain {
namespace {

at::Tensor gradients_of_batch(models::Network& network, const at::Tensor& images, const at::Tensor& classes) {
  const at::AutoGradMode grad_mode(true);
  const at::Tensor input = images.detach().requires_grad_(true);
  const at::Tensor scores = network.forward(input).gather(1, classes.unsqueeze(1));
  return torch::autograd::grad({scores.sum()}, {input}).front().to(at::kFloat);
}

// `copy` counts the noisy copies, `first` is the number of the batch's first sample: noise depends on both alone.
at::Tensor with_noise(const at::Tensor& images, const GradientOptions& options, std::int64_t first, std::int64_t copy) {
  at::Tensor noisy = images.to(at::kFloat).contiguous().clone();
  const std::int64_t values = noisy[0].numel();
  auto* data = noisy.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < noisy.size(0); ++i, data += values) {
    const auto [least, greatest] = std::minmax_element(data, data + values);
    const float deviation = static_cast<float>(options.noise) * (*greatest - *least);
    core::Random random({.seed = options.seed,
                         .stream = explain_stream,
                         .epoch = static_cast<std::uint32_t>(copy),
                         .sample = static_cast<std::uint32_t>(first + i)});
    for (std::int64_t j = 0; j < values; ++j) data[j] += deviation * random.normal();
  }
  return noisy;
}

}  // namespace

at::Tensor image_gradients(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                           const GradientOptions& options) {
  RESLAB_ASSERT(images.dim() == 4 && images.size(0) >= 1 && classes.sizes() == at::IntArrayRef{images.size(0)},
                images.sizes(), ", ", classes.sizes());
  RESLAB_ASSERT(options.batch_size >= 1 && options.noisy_copies >= 0 && options.noise >= 0);
  const models::EvaluationMode mode(network);
  std::optional<nn::GuidedBackward> guided;
  if (options.guided) guided.emplace(network);
  const c10::Device device = network.parameters().front().device();
  const std::int64_t copies = std::max<std::int64_t>(options.noisy_copies, 1);
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < images.size(0); begin += options.batch_size) {
    const std::int64_t end = std::min(begin + options.batch_size, images.size(0));
    const at::Tensor some = images.slice(0, begin, end), targets = classes.slice(0, begin, end).to(device);
    at::Tensor sum;
    for (std::int64_t copy = 0; copy < copies; ++copy) {
      const at::Tensor input = options.noisy_copies > 0 ? with_noise(some.cpu(), options, begin, copy) : some;
      const at::Tensor gradients = gradients_of_batch(
          network, input.to(device, options.type).contiguous(at::MemoryFormat::ChannelsLast), targets);
      sum = sum.defined() ? sum + gradients : gradients;
    }
    parts.push_back((sum / copies).to(at::kCPU));
  }
  return zero_where_not_finite(at::cat(parts));
}

at::Tensor saliency_maps(const at::Tensor& gradients) { return scale_to_unit(gradients.abs().amax(1)); }

}  // namespace reslab::explain
