// Paints over a rectangle of random area and proportions, with a colour or with noise.
//
// Its area is uniform in [least_area, most_area] of the image's, and the logarithm of its height over its width uniform
// between those of least_ratio and most_ratio; its sides are rounded to whole pixels. If both are at least a pixel and
// shorter than the image's, every position inside the image is equally likely. If that didn't come out in ten tries,
// the image stays as it is. Noise is uniform in 0 … 255, independent for each value.
//
//   augment::RandomErasing erasing({.noise = true});
//
// Draws: chance, area and ratio for each try, top, left, then the noise: 32 bits for four values, row by row.
// Definition: Zhong et al., "Random erasing data augmentation", AAAI 2020, arXiv 1708.04896, algorithm 1, with the
// logarithm of the ratio and the tries of torchvision's RandomErasing. Both put it behind the normalisation or before;
// here it is before, on bytes.
#pragma once

#include "reslab/augment/colour.h"
#include "reslab/augment/policy.h"
#include "reslab/augment/random_window.h"

namespace reslab::augment {

struct RandomErasingOptions {
  double probability = 0.5;                         ///< in [0, 1], that an image gets its rectangle
  double least_area = 0.02, most_area = 0.4;        ///< of the image's area, 1/10,000 ≤ least ≤ most ≤ 1
  double least_ratio = 0.3, most_ratio = 10 / 3.0;  ///< height over width, 1/100 ≤ least ≤ most ≤ 100
  bool noise = false;                               ///< noise, and not the colour
  std::vector<std::int64_t> fill = {};  ///< colour, in [0, 255]: a value for each channel, one for all, or none for 0
};

class RandomErasing final : public Policy {
 public:
  /// Throws UserError when an option is out of range, and for a colour beside noise.
  explicit RandomErasing(const RandomErasingOptions& options = {});

  std::string_view name() const override { return "random_erasing"; }

  /// Throws UserError when the colour has another number of channels than the image.
  void apply(Image& image, core::Random& random) const override;

 private:
  void erase(Image& image, const Window& window, core::Random& random) const;

  double probability_;
  WindowShapes shapes_;
  bool noise_;
  Colour fill_;
};

}  // namespace reslab::augment
