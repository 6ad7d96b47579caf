// kernels::norm_activation by a GPU's kernels: three launches forward, three back, and no value between kept but the
// channels' own. On the processor the same source runs block by block: slow, for tests.
#pragma once

#include "reslab/nn/device/map.h"
#include "reslab/nn/kernels/norm_activation.h"

namespace reslab::nn::device {

/// x: what takes() takes. residual: of x's shape and type, or undefined. Returns the same shape, type and order.
/// Differentiable once, by x, weight, bias and residual. In training n · h · w ≥ 2. Can be recorded in a CUDA graph.
/// host_threads: how many make a block where x is the processor's.
at::Tensor norm_activation(const at::Tensor& x, const kernels::NormActivation& norm, const at::Tensor& residual = {},
                           int host_threads = 1);

}  // namespace reslab::nn::device
