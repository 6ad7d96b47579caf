// Maps as pictures, above all laid over their image: red where it is 1, through yellow, green and cyan to blue where it
// is 0.
//
//   const augment::Image picture = explain::overlay(image, maps[i]);
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

#include "reslab/augment/policy.h"

namespace reslab::explain {

/// The colour map "jet": dark blue at 0, green at ½, dark red at 1. Values outside [0, 1] count as the nearer end, and
/// NaN as 0.
std::array<std::uint8_t, 3> jet(double value);

/// (jet(map) + image) / 2 by pixel, the original's form. image: 3 channels, or 1, which is repeated. map: [height,
/// width] of the image, fp32, CPU, in [0, 1]. Returns 3 channels.
augment::Image overlay(const augment::Image& image, const at::Tensor& map);

/// The map alone in the same colours.
augment::Image coloured(const at::Tensor& map);

/// The map alone, black at 0 and white at 1, 3 channels.
augment::Image grey(const at::Tensor& map);

/// A gradient as a picture: its mean in mid-grey, ten of its standard deviations from black to white. gradient:
/// [channels, height, width] with 3 channels, or 1, which is repeated; fp32, CPU.
augment::Image gradient_picture(const at::Tensor& gradient);

}  // namespace reslab::explain
