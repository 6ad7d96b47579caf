#include "reslab/augment/brightness.h"

#include "reslab/augment/check.h"
#include "reslab/augment/intensity.h"

namespace reslab::augment {

Brightness::Brightness(const BrightnessOptions& options)
    : strength_(static_cast<float>(checked_probability(options.strength, "brightness.strength"))) {}

void Brightness::apply(Image& image, core::Random& random) const {
  scale_values(image, intensity_factor(strength_, random), 0);
}

}  // namespace reslab::augment
