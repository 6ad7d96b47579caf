// image::decode, for its JPEG files.
#include "fuzz/picture.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) { read_picture(bytes, image::Format::jpeg); }

// Pictures are bounded by their pixels: whatever they are, no more is taken.
std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
