// Fills pixels of images from those around them, so that what was removed leaves no edge that tells where it was.
//
// Each removed pixel is the weighted mean of its neighbours, 1/6 for those beside it and 1/12 for the diagonal ones
// (neighbours outside the image fall away), all removed pixels at once: a sparse linear system, positive definite once
// the image has one pixel left, solved by conjugate gradients. A little noise hides that the result is smooth.
//
// Source: Rong et al., "A consistent and efficient evaluation strategy for attribution methods" (ROAD), 2022,
// arXiv 2202.00449, section 4.2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace reslab::explain {

struct ImputationOptions {
  double noise = 0.01;     ///< standard deviation, in units of the images' values; ≥ 0
  std::uint64_t seed = 0;  ///< of the noise
};

/// images: [n, channels, h, w], fp32, CPU. known: [n, h, w], bool: the pixels that stay, at least one an image. Returns
/// the images' shape; known pixels are unchanged.
at::Tensor impute(const at::Tensor& images, const at::Tensor& known, const ImputationOptions& options = {});

}  // namespace reslab::explain
