// Pads the shorter side of an image with a colour until both are equal.
//
// The missing rows are split evenly between top and bottom, an odd one goes to the bottom; columns likewise, an odd one
// to the right.
//
//   augment::PadToSquare pad({.fill = {128}});
#pragma once

#include "reslab/augment/colour.h"
#include "reslab/augment/policy.h"

namespace reslab::augment {

struct PadToSquareOptions {
  std::vector<std::int64_t> fill = {};  ///< colour, in [0, 255]: a value for each channel, one for all, or none for 0
};

class PadToSquare final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit PadToSquare(const PadToSquareOptions& options = {});

  std::string_view name() const override { return "pad_to_square"; }

  /// Throws UserError when the colour has another number of channels than the image, or when the square's side would be
  /// above largest_side.
  void apply(Image& image, core::Random& random) const override;
  std::optional<Size> output_size(std::optional<Size> input) const override;

 private:
  Colour fill_;
};

}  // namespace reslab::augment
