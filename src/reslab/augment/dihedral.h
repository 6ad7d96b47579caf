// Shows the image in one of the eight ways in which a square can be laid on itself, all equally likely: turned by
// quarters and mirrored. For pictures without an up and down, such as those through a microscope or from above.
//
//   augment::Dihedral dihedral;
//
// Half of the ways exchange height and width, so that images that aren't square come out in two sizes.
//
// Draws: the symmetry.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// One of the eight: first rows and columns are exchanged, then left and right, then top and bottom.
struct Symmetry {
  bool transposed = false, mirrored = false, turned_over = false;
};

void lay(Image& image, const Symmetry& symmetry);

/// Exchanges top and bottom.
void turn_over(Image& image);

class Dihedral final : public Policy {
 public:
  std::string_view name() const override { return "dihedral"; }
  void apply(Image& image, core::Random& random) const override;

  /// Nothing unless the input is known to be square.
  std::optional<Size> output_size(std::optional<Size> input) const override;
};

}  // namespace reslab::augment
