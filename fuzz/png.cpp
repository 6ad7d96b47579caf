// image::decode_png.
#include "reslab/image/png.h"

#include <cstdlib>

#include "fuzz/target.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) {
  // Small, so that a picture that is all right doesn't take the memory that a fault is known by.
  const image::PngLimits limits{.width = 1024, .height = 1024, .pixels = 1 << 18};
  const augment::Image image = image::decode_png(bytes, "input", limits);
  if (image.width < 1 || image.height < 1 || image.width * image.height > (1 << 18)) std::abort();
}

// Pictures are bounded by their pixels: whatever they are, no more is taken.
std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
