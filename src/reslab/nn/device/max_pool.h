// Max-pooling by windows of 2 × 2 by a GPU's kernels: which pixel of a window was largest is kept in a byte, where
// libtorch's operator keeps eight, and the way back writes every gradient once. On the processor the same source runs
// block by block: slow, for tests.
#pragma once

#include "reslab/nn/device/map.h"

namespace reslab::nn::device {

/// Whether max_pool can take it: what takes() takes, of at least 2 × 2 pixels.
inline bool max_pool_applies(const at::Tensor& x) { return takes(x) && x.size(2) > 1 && x.size(3) > 1; }

/// x: [n, c, h, w]. Returns [n, c, ⌊h / 2⌋, ⌊w / 2⌋], channels-last.
/// Differentiable once. Of equal values the first gets the gradient, as in libtorch; where one is no number, so is the
/// result. host_threads: how many make a block where x is the processor's.
at::Tensor max_pool(const at::Tensor& x, int host_threads = 1);

}  // namespace reslab::nn::device
