// Score-CAM's weights: how much of a class's score is left when only what a channel sees is left of the image.
//
//   m_k = A_k resized to the image (corners on corners) and scaled to [0, 1] by its own least and greatest value
//   w   = softmax over k of y(image ⊙ m_k)
//
// Source: Wang et al., "Score-CAM", 2020, arXiv 1910.01279, with the softmax of the Python package grad-cam. It takes
// one pass through the network for each channel of the layer.
#pragma once

#include "reslab/explain/class_activation.h"

namespace reslab::explain {

/// images: [n, c, height, width] as the network takes them; classes: [n], int64; activations: [n, channels, h, w],
/// fp32, of a layer for these images. Returns [n, channels], fp32, rows summing to 1. The network is in evaluation
/// mode.
at::Tensor score_cam_weights(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                             const at::Tensor& activations, std::int64_t batch_size);

}  // namespace reslab::explain
