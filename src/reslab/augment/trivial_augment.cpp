#include "reslab/augment/trivial_augment.h"

#include "reslab/augment/enhance.h"
#include "reslab/augment/tone.h"
#include "reslab/core/error.h"

namespace reslab::augment {

TrivialAugment::TrivialAugment(const TrivialAugmentOptions& options)
    : interpolation_(options.interpolation), fill_(options.fill, "trivial_augment.fill") {}

void TrivialAugment::apply(Image& image, core::Random& random) const {
  const auto operation = static_cast<Operation>(random.below(operations));
  const auto step = static_cast<int>(random.below(steps));
  apply(image, operation, step, random.chance(0.5));
}

void TrivialAugment::apply(Image& image, Operation operation, int step, bool backwards) const {
  RESLAB_ASSERT(step >= 0 && step < steps, step);
  constexpr int most = steps - 1;
  const int signed_step = backwards ? -step : step;
  const double slope = 0.99 * signed_step / most;
  const int pixels = 32 * signed_step / most;
  const auto factor = static_cast<float>(1 + slope);
  const auto warp_by = [&](const AffineMap& map) { warp(image, map, interpolation_, fill_.of(image)); };
  switch (operation) {
    case Operation::identity: return;
    case Operation::shear_x: return warp_by({.xy = slope});
    case Operation::shear_y: return warp_by({.yx = slope});
    case Operation::translate_x: return warp_by({.x0 = static_cast<double>(-pixels)});
    case Operation::translate_y: return warp_by({.y0 = static_cast<double>(-pixels)});
    case Operation::rotate: return warp_by(turn_about_centre({image.height, image.width}, 135.0 * signed_step / most));
    case Operation::brightness: return change_brightness(image, factor);
    case Operation::color: return change_saturation(image, factor);
    case Operation::contrast: return change_contrast(image, factor);
    case Operation::sharpness: return change_sharpness(image, factor);
    case Operation::posterize: return posterize(image, 8 - (step + 2) / 5);
    case Operation::solarize: return solarize(image, (255 * (most - step) + most - 1) / most);
    case Operation::autocontrast: return stretch_contrast(image);
    case Operation::equalize: return equalize(image);
  }
}

}  // namespace reslab::augment
