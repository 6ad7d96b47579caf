#include "reslab/train/non_finite.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include "reslab/nn/plan.h"

namespace reslab::train {
bool is_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

std::string first_non_finite(models::Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  for (const auto& parameter : network.named_parameters())
    if (!is_finite(parameter.value)) return "the parameter " + parameter.name;
  if (!is_finite(images)) return "the images";
  // By the steps in which the network trains, so that what is looked at is what diverged.
  std::string first;
  nn::Plan(network.graph()).run(images, [&](const nn::Plan::Step& step, const at::Tensor& value) {
    const nn::Node& node = network.graph().nodes()[static_cast<std::size_t>(step.first)];
    if (first.empty() && node.layer != nullptr && !is_finite(value))
      first = "the output of " + node.path + " (" + node.layer->type() + ")";
  });
  if (!first.empty()) return first;
  return "the loss";
}

}  // namespace reslab::train
