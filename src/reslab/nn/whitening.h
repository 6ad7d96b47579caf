// Filters that whiten an image's patches: what they give has a covariance near the identity, so that the layers above
// start from uncorrelated inputs of equal size.
//
//   conv.weight.copy_(nn::whitening_filters(images, {.kernel = 2}));
//
// With C the uncentred covariance of all k×k patches and C = V diag(λ) Vᵀ, the filters are V's columns divided by
// √(λ + eps), largest λ first, and then the same negated, since an activation follows. Where patches don't vary along a
// column (their variance there is below 10⁻⁶ of the largest λ, or 10⁻³ of its own), it takes the filter of another: by
// one of its own it would give a constant map, or rounding errors alone, which the batch normalisation behind it would
// amplify to a variance of 1.
//
// Source: Page, "How to train your ResNet 8: bag of tricks", 2019; negated copies and eps as in Jordan, arXiv
// 2404.00498.
#pragma once

#include <ATen/core/Tensor.h>

namespace reslab::nn {

inline constexpr std::int64_t images_to_whiten = 5000;  ///< that the source takes the covariance of

struct WhiteningOptions {
  std::int64_t kernel = 2;  ///< side of a patch, pixels
  std::int64_t stride = 1;  ///< pixels from one patch to the next: that of the convolution
  double eps = 5e-4;        ///< added to the eigenvalues, ≥ 0
  /// Images whose patches lie in memory at once, ≥ 1: bits differ with it, since sums are made part by part.
  std::int64_t images_at_once = images_to_whiten;
};

/// Number of filters for images of so many channels.
std::int64_t whitening_channels(std::int64_t in_channels, const WhiteningOptions& options = {});

/// images: [n, c, h, w], fp32, normalised, CPU. Returns [2·c·k², c, k, k], fp32.
at::Tensor whitening_filters(const at::Tensor& images, const WhiteningOptions& options = {});

}  // namespace reslab::nn
