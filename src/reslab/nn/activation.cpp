#include "reslab/nn/activation.h"

#include <ATen/ATen.h>
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
  at::Tensor x = input;
  return x.relu_();
}

GuidedBackward::GuidedBackward(torch::nn::Module& network) {
  for (const auto& module : network.modules(/*include_self=*/false)) {
    const auto relu = std::dynamic_pointer_cast<ReLU>(module);
    if (!relu || relu->guided) continue;
    relu->guided = true;
    changed_.push_back(relu);
  }
  RESLAB_ASSERT(!changed_.empty(), "the network has no ReLU to guide the gradients of");
}

GuidedBackward::~GuidedBackward() {
  for (const auto& relu : changed_) relu->guided = false;
}

}  // namespace reslab::nn
