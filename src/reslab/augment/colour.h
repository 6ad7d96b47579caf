// The colour of what a policy adds to an image: one value a channel, or one for all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::augment {

class Colour {
 public:
  /// `values` in [0, 255]: one a channel, one for all channels, or none for 0. Throws UserError otherwise, naming
  /// `key`.
  Colour(const std::vector<std::int64_t>& values, std::string_view key);

  /// A value for each of the image's channels, in [1, most_channels]. Throws UserError when there are neither that many
  /// values nor one.
  std::array<std::uint8_t, most_channels> of(const Image& image) const;

 private:
  std::vector<std::uint8_t> values_;
  std::string key_;
};

/// Writes `colour` to `pixels` pixels from `begin` on.
void paint(std::uint8_t* begin, int pixels, const std::array<std::uint8_t, most_channels>& colour, int channels);

}  // namespace reslab::augment
