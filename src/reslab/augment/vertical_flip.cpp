#include "reslab/augment/vertical_flip.h"

#include "reslab/augment/check.h"
#include "reslab/augment/dihedral.h"

namespace reslab::augment {

VerticalFlip::VerticalFlip(const VerticalFlipOptions& options)
    : probability_(checked_probability(options.probability, "vertical_flip.probability")) {}

void VerticalFlip::apply(Image& image, core::Random& random) const {
  if (random.chance(probability_)) turn_over(image);
}

}  // namespace reslab::augment
