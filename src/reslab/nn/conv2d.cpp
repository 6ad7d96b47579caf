#include "reslab/nn/conv2d.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "reslab/nn/initialise.h"
#include "reslab/nn/kernels/patch_conv.h"
#include "reslab/nn/kernels/winograd.h"
#include "reslab/nn/norm_activation.h"

namespace reslab::nn {

Conv2d::Conv2d(const Conv2dOptions& options) : options_(options) {
  // Channels-last like the activations, so that neither the copy for a step nor the gradient needs a reordering.
  weight = register_parameter(
      "weight",
      at::empty({options.out_channels, options.in_channels, options.kernel, options.kernel}, at::kFloat)
          .contiguous(at::MemoryFormat::ChannelsLast)
          .zero_(),
      /*requires_grad=*/options.trained);
  if (options.bias) bias = register_parameter("bias", at::zeros({options.out_channels}, at::kFloat));
}

#ifdef RESLAB_HAS_KERNELS
bool Conv2d::uses_winograd(const at::Tensor& input) const {
  return options_.stride == 1 && options_.padding == 1 && !options_.bias && !direct &&
         kernels::winograd_applies(input, weight);
}

at::Tensor Conv2d::forward_pooled(const at::Tensor& input) const {
  return kernels::winograd_conv3x3_pool2(input, weight);
}
#endif

at::Tensor Conv2d::forward(const at::Tensor& input) {
#ifdef RESLAB_HAS_KERNELS
  if (uses_winograd(input)) return kernels::winograd_conv3x3(input, weight);
#endif
  return convolve(input, bias).to(input.scalar_type());
}

bool Conv2d::can_activate(const at::Tensor& input) const { return options_.bias && norm_activation_applies(input); }

at::Tensor Conv2d::forward_activated(const at::Tensor& input, kernels::Activation activation) const {
#ifdef RESLAB_HAS_KERNELS
  if (is_of_patches(input) && kernels::patch_conv_applies(input, weight))
    return kernels::patch_conv(input, weight, bias, activation);
#endif
  return bias_activation(convolve(input, {}).contiguous(at::MemoryFormat::ChannelsLast), bias, activation)
      .to(input.scalar_type());
}

bool Conv2d::is_of_patches([[maybe_unused]] const at::Tensor& input) const {
#ifdef RESLAB_HAS_KERNELS
  return options_.bias && options_.stride == 1 && options_.padding == 0 && kernels::patch_conv_fits(input, weight);
#else
  return false;
#endif
}

// Convolves in the input's type. A convolution that kernels::patch_conv would do, but for an observer or for the
// gradient of its input, is done in fp32 as there: observers and gradients must be of the network that predicts.
at::Tensor Conv2d::convolve(const at::Tensor& input, const at::Tensor& added_bias) const {
  const at::ScalarType type = is_of_patches(input) ? at::kFloat : input.scalar_type();
  return at::conv2d(input.to(type), weight.to(type), added_bias.defined() ? added_bias.to(type) : added_bias,
                    options_.stride, options_.padding);
}

void use_direct_convolutions(Module& network) {
  for (const auto& module : network.named_modules())
    if (auto* const convolution = dynamic_cast<Conv2d*>(module.value)) convolution->direct = true;
}

void Conv2d::reset_parameters(core::Random& random) {
  kaiming_uniform_(weight, random);
  if (options_.dirac) dirac_(weight, options_.in_channels);
  if (!options_.bias) return;
  const float bound = 1 / std::sqrt(static_cast<float>(fan_in(weight)));
  uniform_(bias, -bound, bound, random);
}

}  // namespace reslab::nn
