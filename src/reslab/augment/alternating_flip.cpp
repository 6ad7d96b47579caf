#include "reslab/augment/alternating_flip.h"

#include "reslab/augment/formulas.h"
#include "reslab/augment/horizontal_flip.h"

namespace reslab::augment {

void AlternatingFlip::apply(Image& image, core::Random& random) const {
  if (alternating_flip_mirrors(random)) mirror(image);
}

}  // namespace reslab::augment
