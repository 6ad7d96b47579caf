#include "reslab/augment/contrast.h"

#include "reslab/augment/check.h"
#include "reslab/augment/intensity.h"

namespace reslab::augment {

Contrast::Contrast(const ContrastOptions& options)
    : strength_(static_cast<float>(checked_probability(options.strength, "contrast.strength"))) {}

void Contrast::apply(Image& image, core::Random& random) const {
  const float factor = intensity_factor(strength_, random);
  scale_values(image, factor, (1 - factor) * grey_of(image));
}

}  // namespace reslab::augment
