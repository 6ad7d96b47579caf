// The orientation of a picture, from its EXIF block: a small TIFF structure that cameras write beside the pixels. It is
// a hint and no more: a block that can't be read counts as none, and the picture is taken as it is stored.
//
//   const image::Exif exif = image::read_exif(block);
//   if (exif.state == image::ExifState::broken) ++broken;
//   image::turn_upright(picture, exif.orientation);
//
// Source: Exif 2.32 (CIPA DC-008-2019), 4.6; TIFF 6.0, section 2 and the tag 274, Orientation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "reslab/augment/policy.h"

namespace reslab::image {

enum class ExifState : std::uint8_t { absent, read, broken };

/// What `orientation` says: where row 0 and column 0 of the stored pixels belong in the upright picture.
struct Exif {
  ExifState state = ExifState::absent;
  int orientation = 1;  ///< 1 (as stored) to 8; 1 where the block has none
};

/// The block as TIFF lays it out: it begins with "II*\0" or "MM\0*". Never throws; reads nothing outside of `block`.
Exif read_exif(std::span<const std::byte> block);

/// Whether `orientation` (1 to 8) exchanges width and height.
constexpr bool exchanges_sides(int orientation) { return orientation >= 5; }

/// Turns and mirrors the pixels so that an image of this orientation (1 to 8) stands upright.
void turn_upright(augment::Image& image, int orientation);

}  // namespace reslab::image
