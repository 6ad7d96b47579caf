#include "reslab/nn/batch_norm2d.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "reslab/core/error.h"
#include "reslab/nn/norm_activation.h"

namespace reslab::nn {

void refuse_lone_values(const std::string& attempted, const std::string& found) {
  throw core::UserError(
      {.attempted = attempted,
       .found = found + ": one value a channel for the batch normalisation, and one value has no variance",
       .allowed = "two values a channel or more, of all images of a batch together",
       .remedy = "take a larger batch (--batch-size), join a last batch of one image to the one before (--set "
                 "data.join_last=true) or leave it out (--set data.drop_last=true), or take larger images "
                 "(resolution.sides)"});
}

BatchNorm2d::BatchNorm2d(const BatchNorm2dOptions& options) : options_(options) {
  weight = register_parameter("weight", at::ones({options.channels}, at::kFloat), /*requires_grad=*/options.scaled);
  bias = register_parameter("bias", at::zeros({options.channels}, at::kFloat));
  running_mean = register_buffer("running_mean", at::zeros({options.channels}, at::kFloat));
  running_var = register_buffer("running_var", at::ones({options.channels}, at::kFloat));
  num_batches_tracked = register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
}

at::Tensor BatchNorm2d::forward(const at::Tensor& input) {
  if (is_training() && input.numel() == input.size(1))
    refuse_lone_values("normalise a batch in training", "one image, as a map of 1 × 1 pixels");
  if (is_training()) num_batches_tracked.add_(1);
  return at::batch_norm(input, weight, bias, running_mean, running_var, is_training(), options_.momentum, options_.eps,
                        /*cudnn_enabled=*/true);
}

bool BatchNorm2d::can_fuse(const at::Tensor& input) const {
  // A single value has no variance: forward says so.
  return norm_activation_applies(input) && input.size(1) == options_.channels &&
         (!is_training() || input.numel() / input.size(1) > 1);
}

at::Tensor BatchNorm2d::forward_activated(const at::Tensor& input, kernels::Activation activation,
                                          const at::Tensor& residual, bool residual_first) {
  if (is_training()) num_batches_tracked.add_(1);
  const kernels::NormActivation norm{.weight = weight,
                                     .bias = bias,
                                     .running_mean = running_mean,
                                     .running_var = running_var,
                                     .training = is_training(),
                                     .momentum = options_.momentum,
                                     .eps = options_.eps,
                                     .activation = activation,
                                     .residual_first = residual_first};
  return nn::norm_activation(input, norm, residual);
}

void BatchNorm2d::reset_parameters(core::Random&) {
  const at::NoGradGuard no_grad;
  weight.fill_(1);
  bias.zero_();
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

}  // namespace reslab::nn
