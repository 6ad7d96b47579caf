// How a class's score changes with each pixel: saliency and guided backpropagation, at the image's own resolution.
//
//   const at::Tensor gradients = explain::image_gradients(network, images, classes, {.guided = true});
//   const at::Tensor maps = explain::saliency_maps(explain::image_gradients(network, images, classes));
//
// plain      ∂y / ∂x at the image x, y the network's output for the class. Its greatest absolute value over the
// channels
//            is the saliency map: Simonyan et al. 2013, arXiv 1312.6034, section 3.
// guided     ReLUs let only positive gradients pass: Springenberg et al. 2015, arXiv 1412.6806. It shows edges more
// than
//            what the class depends on (explain/randomisation.h measures that).
// smoothing  SmoothGrad, the mean over noisy copies of the image: Smilkov et al. 2017, arXiv 1706.03825.
//
// In evaluation mode, left as it was found.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "reslab/models/network.h"

namespace reslab::explain {

struct GradientOptions {
  bool guided = false;
  std::int64_t noisy_copies = 0;     ///< SmoothGrad's n; 0: the image as it is, without noise
  double noise = 0.15;               ///< standard deviation of the noise, as a share of the image's max − min; ≥ 0
  std::uint64_t seed = 0;            ///< of the noise
  at::ScalarType type = at::kFloat;  ///< what the network computes in: kFloat, or kBFloat16
  std::int64_t batch_size = 50;      ///< samples at a time, ≥ 1
};

/// images: [n, channels, height, width], normalised; classes: [n], int64, in [0, outputs). Returns the images' shape,
/// fp32, CPU; 0 for a sample whose gradient isn't finite everywhere.
at::Tensor image_gradients(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                           const GradientOptions& options = {});

/// The greatest absolute value over channels, scaled to [0, 1] by image: [n, channels, h, w] → [n, h, w].
at::Tensor saliency_maps(const at::Tensor& gradients);

}  // namespace reslab::explain
