// image::decode, for its PNG files: of every kind, and with what is damaged (fuzz/png.cpp has image::decode_png).
#include "fuzz/picture.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) { read_picture(bytes, image::Format::png); }

// Pictures are bounded by their pixels: whatever they are, no more is taken.
std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
