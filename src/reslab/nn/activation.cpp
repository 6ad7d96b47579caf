#include "reslab/nn/activation.h"

#include <ATen/ATen.h>

namespace reslab::nn {

at::Tensor ReLU::forward(const at::Tensor& input) {
  at::Tensor x = input;
  return x.relu_();
}

}  // namespace reslab::nn
