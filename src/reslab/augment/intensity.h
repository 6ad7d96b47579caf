// What brightness and contrast share.
#pragma once

#include <algorithm>

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Uniform in [max(0, 1 − strength), 1 + strength).
inline float intensity_factor(float strength, core::Random& random) {
  return random.uniform(std::max(0.0F, 1 - strength), 1 + strength);
}

/// Every value x becomes factor · x + offset, held within 0 … 255 and rounded, of two as near to the even one.
inline void scale_values(Image& image, float factor, float offset) {
  // Floats from here on have no fraction: adding it rounds, without a call for each value.
  constexpr float whole = 0x1.8p23F;
  for (std::uint8_t& value : image.pixels) {
    const float scaled = std::clamp(factor * static_cast<float>(value) + offset, 0.0F, 255.0F);
    value = static_cast<std::uint8_t>(static_cast<int>((scaled + whole) - whole));
  }
}

}  // namespace reslab::augment
