#include "reslab/augment/color_jitter.h"

#include <utility>

#include "reslab/augment/check.h"
#include "reslab/augment/enhance.h"
#include "reslab/augment/formulas.h"

namespace reslab::augment {
namespace {

enum class Change : std::uint8_t { brightness, contrast, saturation, hue };

// Every order is equally likely (Fisher and Yates).
std::array<Change, 4> draw_order(core::Random& random) {
  std::array order{Change::brightness, Change::contrast, Change::saturation, Change::hue};
  for (std::uint32_t left = 4; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

float strength_of(double value, std::string_view key) { return static_cast<float>(checked_probability(value, key)); }

}  // namespace

ColorJitter::ColorJitter(const ColorJitterOptions& options)
    : brightness_(strength_of(options.brightness, "color_jitter.brightness")),
      contrast_(strength_of(options.contrast, "color_jitter.contrast")),
      saturation_(strength_of(options.saturation, "color_jitter.saturation")),
      hue_(static_cast<float>(checked_in(options.hue, {0, 0.5}, "color_jitter.hue"))) {}

void ColorJitter::apply(Image& image, core::Random& random) const {
  const auto order = draw_order(random);
  const float brightness = intensity_factor(brightness_, random), contrast = intensity_factor(contrast_, random);
  const float saturation = intensity_factor(saturation_, random), hue = random.uniform(-hue_, hue_);
  for (const Change change : order) switch (change) {
      case Change::brightness:
        if (brightness_ > 0) change_brightness(image, brightness);
        break;
      case Change::contrast:
        if (contrast_ > 0) change_contrast(image, contrast);
        break;
      case Change::saturation:
        if (saturation_ > 0) change_saturation(image, saturation);
        break;
      case Change::hue:
        if (hue_ > 0) shift_hue(image, hue);
        break;
    }
}

}  // namespace reslab::augment
