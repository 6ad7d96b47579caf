#include "reslab/augment/alternating_flip.h"

#include "reslab/augment/horizontal_flip.h"

namespace reslab::augment {

void AlternatingFlip::apply(Image& image, core::Random& random) const {
  core::RandomKey key = random.key();
  const bool odd = key.epoch % 2 == 1;
  key.epoch = 0;  // the same draw in every epoch
  if (core::Random(key).chance(0.5) != odd) mirror(image);
}

}  // namespace reslab::augment
