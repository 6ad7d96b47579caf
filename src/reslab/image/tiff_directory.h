// The first directory of a TIFF structure: what a TIFF file says of its first page, and where an EXIF block keeps the
// orientation. Nothing is allocated by what the bytes claim.
//
// Source: TIFF 6.0, section 2; BigTIFF (Aware Systems), which has 8 bytes where TIFF has 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace reslab::image {

struct TiffDirectory {
  std::optional<std::uint64_t> width, height, bits, compression, photometric, samples, orientation, kind;
  bool extra_samples = false;         ///< more than its colours: alpha
  bool sub_directories = false;       ///< as cameras' raw files have them
  bool digital_negative = false;      ///< the tag that DNG files have
  std::optional<std::uint64_t> next;  ///< where the next page's directory is
};

/// Nothing when the structure is broken: no header, a directory outside of the bytes or cut off, an orientation of
/// another type than a whole number.
std::optional<TiffDirectory> read_tiff_directory(std::span<const std::byte> bytes);

}  // namespace reslab::image
