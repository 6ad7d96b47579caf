#include "reslab/nn/activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/silu.h>
#include <torch/csrc/autograd/custom_function.h>

#include "reslab/core/error.h"

namespace reslab::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct GuidedRelu : torch::autograd::Function<GuidedRelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input) {
    at::Tensor output = input.relu();
    context->save_for_backward({output});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor output = context->get_saved_variables().front();
    return {gradients.front().relu() * (output > 0)};
  }
};

}  // namespace

at::Tensor ReLU::forward(const at::Tensor& input) {
  if (guided) return GuidedRelu::apply(input);
  return input.relu_();
}

at::Tensor GELU::forward(const at::Tensor& input) { return at::gelu(input); }

at::Tensor SiLU::forward(const at::Tensor& input) { return at::silu(input); }

std::optional<kernels::Activation> fusable_activation(const Layer& layer) {
  const Op op = layer.op();
  const auto* const activation = std::get_if<Activate>(&op);
  if (activation == nullptr) return std::nullopt;
  const bool is_guided = activation->kind == kernels::Activation::relu && static_cast<const ReLU&>(layer).guided;
  return is_guided ? std::nullopt : std::optional(activation->kind);
}

std::vector<std::string> activation_names() { return {"relu", "gelu", "silu"}; }

std::shared_ptr<Layer> make_activation(const std::string& name) {
  if (name == "relu") return std::make_shared<ReLU>();
  if (name == "gelu") return std::make_shared<GELU>();
  RESLAB_ASSERT(name == "silu", "no activation '", name, "'");
  return std::make_shared<SiLU>();
}

GuidedBackward::GuidedBackward(Module& network) {
  for (const auto& module : network.named_modules()) {
    auto* const relu = dynamic_cast<ReLU*>(module.value);
    if (relu == nullptr || relu->guided) continue;
    relu->guided = true;
    changed_.push_back(relu);
  }
  if (changed_.empty())
    throw core::UserError({.attempted = "guide the gradients of the network's ReLUs",
                           .found = "a network without a ReLU",
                           .remedy = "use another method, saliency for one"});
}

GuidedBackward::~GuidedBackward() {
  for (const auto& relu : changed_) relu->guided = false;
}

}  // namespace reslab::nn
