#include "reslab/train/non_finite.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <numeric>

#include "reslab/nn/plan.h"

namespace reslab::train {
bool is_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

std::string first_non_finite(models::Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  for (const auto& parameter : network.named_parameters())
    if (!is_finite(parameter.value)) return "the parameter " + parameter.name;
  if (!is_finite(images)) return "the images";
  const auto nodes = network.graph().nodes();
  std::vector<nn::Value> all(nodes.size());
  std::iota(all.begin(), all.end(), nn::Value{0});
  const std::vector<at::Tensor> values = nn::Plan(network.graph(), {.taps = all}).run(images).taps;
  for (std::size_t i = 1; i < nodes.size(); ++i)
    if (nodes[i].layer != nullptr && !is_finite(values[i]))
      return "the output of " + nodes[i].path + " (" + nodes[i].layer->type() + ")";
  return "the loss";
}

}  // namespace reslab::train
