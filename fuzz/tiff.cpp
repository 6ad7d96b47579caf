// image::decode, for its TIFF files.
#include "fuzz/picture.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) { read_picture(bytes, image::Format::tiff); }

// Pictures are bounded by their pixels: whatever they are, no more is taken.
std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
