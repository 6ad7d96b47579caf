#include "reslab/augment/rotation.h"

#include "reslab/augment/check.h"

namespace reslab::augment {

Rotation::Rotation(const RotationOptions& options)
    : degrees_(static_cast<float>(checked_in(options.degrees, {0, 180}, "rotation.degrees"))),
      probability_(checked_probability(options.probability, "rotation.probability")),
      interpolation_(options.interpolation),
      fill_(options.fill, "rotation.fill") {}

void Rotation::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  const float degrees = random.uniform(-degrees_, degrees_);
  warp(image, turn_about_centre({image.height, image.width}, static_cast<double>(degrees)), interpolation_,
       fill_.of(image));
}

}  // namespace reslab::augment
