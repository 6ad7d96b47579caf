#include "reslab/nn/activation.h"

#include <ATen/ATen.h>

#include "reslab/core/error.h"

namespace reslab::nn {

at::Tensor ReLU::forward(const at::Tensor& input) {
  at::Tensor x = input;
  return x.relu_();
}

at::Tensor GELU::forward(const at::Tensor& input) { return at::gelu(input); }

at::Tensor SiLU::forward(const at::Tensor& input) { return at::silu(input); }

std::vector<std::string> activation_names() { return {"relu", "gelu", "silu"}; }

std::shared_ptr<Layer> make_activation(const std::string& name) {
  if (name == "relu") return std::make_shared<ReLU>();
  if (name == "gelu") return std::make_shared<GELU>();
  RESLAB_ASSERT(name == "silu", "no activation '", name, "'");
  return std::make_shared<SiLU>();
}

}  // namespace reslab::nn
