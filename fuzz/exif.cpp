// image::read_exif.
#include "reslab/image/exif.h"

#include <cstdlib>

#include "fuzz/target.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) {
  const image::Exif exif = image::read_exif(bytes);
  if (exif.orientation < 1 || exif.orientation > 8) std::abort();
  if (exif.state != image::ExifState::read && exif.orientation != 1) std::abort();
}

// As many entries as a directory can have, all of them orientations.
std::vector<std::string> worst_cases() {
  using namespace std::string_literals;
  const std::string entry = "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s;
  return {repeated(
      "II*\0\x08\0\0\0\xFF\xFF"s, [&](std::size_t) { return entry; }, "\0\0\0\0"s, 14 + 65'535 * 12)};
}

}  // namespace reslab::fuzz
