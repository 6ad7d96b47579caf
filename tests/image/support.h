// Samples of pictures and the pixels that they hold (made by make_samples.py).
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/core/file.h"

namespace reslab::image {

inline const std::filesystem::path samples = std::filesystem::path(RESLAB_SOURCE_DIR) / "tests/image/samples";

inline std::vector<std::byte> sample(const std::string& name) { return core::read_bytes(samples / name, 1 << 20); }

/// A PPM or PGM file of 8 bits, without comments.
inline augment::Image read_netpbm(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = core::read_bytes(path, 1 << 20);
  std::istringstream text(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::string kind;
  int most = 0;
  augment::Image image;
  text >> kind >> image.width >> image.height >> most;
  image.channels = kind == "P5" ? 1 : 3;
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data()) + static_cast<std::size_t>(text.tellg()) + 1;
  image.pixels.assign(begin, begin + image.offset(image.height, 0));
  return image;
}

/// What the sample `name` holds when it is read with as many channels as it stores.
inline augment::Image expected_pixels(const std::string& name) {
  const bool grey = std::filesystem::exists(samples / (name + ".pgm"));
  return read_netpbm(samples / (name + (grey ? ".pgm" : ".ppm")));
}

/// The largest difference, or 256 where the sizes differ.
inline int largest_difference(const augment::Image& left, const augment::Image& right) {
  if (left.height != right.height || left.width != right.width || left.pixels.size() != right.pixels.size()) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < left.pixels.size(); ++i)
    largest = std::max(largest, std::abs(int{left.pixels[i]} - int{right.pixels[i]}));
  return largest;
}

}  // namespace reslab::image
