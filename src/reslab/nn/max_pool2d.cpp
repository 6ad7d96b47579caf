#include "reslab/nn/max_pool2d.h"

#include <ATen/ops/max_pool2d.h>

namespace reslab::nn {

at::Tensor MaxPool2d::forward(const at::Tensor& input) { return at::max_pool2d(input, window_, window_); }

}  // namespace reslab::nn
