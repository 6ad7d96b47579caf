// Fills rectangular holes with one colour.
//
// A hole's centre is uniform over 0 … height and 0 … width, both ends included. From it
//   top = max(0, centre − ⌊hole height / 2⌋)    bottom = min(image height, top + hole height)
// and columns likewise, so that a hole is whole at the top and left edges and cut off at the bottom and right ones.
// Holes are independent and may overlap.
//
//   augment::Cutout cutout({.fill = augment::fill_of_mean(mean)});
//
// Draws: chance, then for each hole the centre's row and column.
// Definition: albumentations 1.x's Cutout, after DeVries and Taylor, "Improved regularization of convolutional neural
// networks with cutout", 2017, arXiv 1708.04552.
#pragma once

#include <span>

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct CutoutOptions {
  std::int64_t holes = 1;               ///< in [1, 1024]
  std::int64_t height = 8, width = 8;   ///< pixels, in [1, largest_side]
  double probability = 0.5;             ///< in [0, 1], that an image gets its holes
  std::vector<std::uint8_t> fill = {};  ///< value by channel; empty: 0 in each
};

/// The colour that normalising turns to about zero: mean · 255 by channel, its fraction cut off as NumPy does when a
/// float is assigned to an element of uint8. Means are of pixels in [0, 1]. Throws UserError for one outside.
std::vector<std::uint8_t> fill_of_mean(std::span<const double> mean);

class Cutout final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit Cutout(CutoutOptions options = {});

  std::string_view name() const override { return "cutout"; }

  /// The image must have as many channels as `fill`, unless that is empty.
  void apply(Image& image, core::Random& random) const override;
  std::optional<Instruction> instruction() const override;

 private:
  std::uint32_t holes_;
  Size size_;
  double probability_;
  std::vector<std::uint8_t> fill_;
};

}  // namespace reslab::augment
