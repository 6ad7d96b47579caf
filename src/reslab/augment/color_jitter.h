// Changes brightness, contrast, saturation and hue by random amounts, in random order: enhance.h.
//
// The first three have factors uniform in [max(0, 1 − s), 1 + s) with their strengths s; the hue moves by a part of the
// colour wheel uniform in [−s, s). Saturation and hue are of images with three channels alone.
//
//   augment::ColorJitter jitter({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1});
//
// Draws: the order, then the four amounts.
// Definition: torchvision's ColorJitter, but for its rounding (enhance.h); the idea is of Howard, "Some improvements on
// deep convolutional neural network based image classification", 2013, arXiv 1312.5402.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct ColorJitterOptions {
  double brightness = 0.2, contrast = 0.2, saturation = 0.2;  ///< strengths, in [0, 1]; 0 leaves it as it is
  double hue = 0.05;                                          ///< turns of the colour wheel, in [0, 0.5]
};

class ColorJitter final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit ColorJitter(const ColorJitterOptions& options = {});

  std::string_view name() const override { return "color_jitter"; }
  void apply(Image& image, core::Random& random) const override;

 private:
  float brightness_, contrast_, saturation_, hue_;
};

}  // namespace reslab::augment
