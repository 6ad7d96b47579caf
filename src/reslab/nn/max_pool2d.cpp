#include "reslab/nn/max_pool2d.h"

#include <ATen/ops/max_pool2d.h>

#include "reslab/nn/device/max_pool.h"

namespace reslab::nn {

at::Tensor MaxPool2d::forward(const at::Tensor& input) {
#ifdef RESLAB_HAS_CUDA
  if (input.is_cuda() && window_ == 2 && device::max_pool_applies(input)) return device::max_pool(input);
#endif
  return at::max_pool2d(input, window_, window_);
}

}  // namespace reslab::nn
