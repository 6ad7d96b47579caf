#include "reslab/augment/resize_taps.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"

namespace reslab::augment {

Taps::Taps(const LinePart& part) {
  RESLAB_ASSERT(part.length >= 1 && part.results >= 1 && part.begin >= 0 && part.begin < part.end &&
                    part.end <= static_cast<float>(part.length),
                part.begin, " to ", part.end, " of ", part.length, " for ", part.results);
  // The difference is rounded to float, as Pillow does.
  const double step = static_cast<double>(part.end - part.begin) / part.results;
  const double radius = std::max(step, 1.0), inverse = 1 / radius;
  std::vector<double> shares;
  for (int result = 0; result < part.results; ++result) {
    const double centre = part.begin + (result + 0.5) * step;
    int first = std::max(0, static_cast<int>(centre - radius + 0.5));
    const int end = std::min(part.length, static_cast<int>(centre + radius + 0.5));
    shares.clear();
    double sum = 0;
    for (int pixel = first; pixel < end; ++pixel) {
      shares.push_back(std::max(0.0, 1 - std::abs((pixel - centre + 0.5) * inverse)));
      sum += shares.back();
    }
    RESLAB_ASSERT(sum > 0, "no pixel at ", centre, " of ", part.length);
    offset_.push_back(weights_.size());
    int count = 0;  // up to the last that isn't 0
    for (const double share : shares) {
      const auto weight = static_cast<std::int32_t>(share / sum * (1 << weight_bits) + 0.5);
      if (weight == 0 && weights_.size() == offset_.back()) {
        ++first;  // none yet
        continue;
      }
      weights_.push_back(weight);
      if (weight != 0) count = static_cast<int>(weights_.size() - offset_.back());
    }
    first_.push_back(first);
    count_.push_back(count);
    weights_.resize(offset_.back() + static_cast<std::size_t>(even_count(result)));
  }
  halves_.resize(weights_.size());
  for (std::size_t i = 0; i < weights_.size(); i += 2) {
    const std::int32_t first = weights_[i], second = weights_[i + 1];
    halves_[i] = (first >> low_bits) | (second >> low_bits) << 16;
    halves_[i + 1] = (first & ((1 << low_bits) - 1)) | (second & ((1 << low_bits) - 1)) << 16;
  }
  copies_ = std::ranges::all_of(count_, [](int count) { return count == 1; });
  for (int result = 1; result < part.results; ++result)
    copies_ = copies_ && first_[static_cast<std::size_t>(result)] == from() + result;
}

}  // namespace reslab::augment
