// What brightness and contrast share.
#pragma once

#include <algorithm>
#include <cmath>

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Uniform in [max(0, 1 − strength), 1 + strength).
inline float intensity_factor(float strength, core::Random& random) {
  return random.uniform(std::max(0.0F, 1 - strength), 1 + strength);
}

/// Every value x becomes factor · x + offset, rounded and held within 0 … 255.
inline void scale_values(Image& image, float factor, float offset) {
  for (std::uint8_t& value : image.pixels)
    value = static_cast<std::uint8_t>(
        std::clamp(std::nearbyint(factor * static_cast<float>(value) + offset), 0.0F, 255.0F));
}

}  // namespace reslab::augment
