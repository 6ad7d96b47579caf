#include "reslab/core/random.h"

#include <cmath>
#include <numbers>

namespace reslab::core {

float Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log((next() + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * (next() * 0x1p-32);
  return static_cast<float>(radius * std::cos(angle));
}

}  // namespace reslab::core
