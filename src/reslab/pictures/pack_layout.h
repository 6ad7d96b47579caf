// The file of the packed cache: pixels of many pictures in one form, found by their content's hash.
//
//   page of 4,096 bytes  "RLPACK1\n", u32 CRC-32C of the rest of this page, u32 length and bytes of `about`, zeros
//   slots                the pixels of each picture (HWC, uint8), then zeros to the next multiple of 4,096
//   table                for each slot, in their order: hash (32 bytes), u64 offset, u32 height, width, channels,
//                        u32 CRC-32C of the whole slot
//   32 bytes             u64 offset of the table, u64 entries, u32 CRC-32C of the table, u32 CRC-32C of the 20 bytes
//                        before, "RLPACK1\n"
//
// All numbers are little-endian. Slots follow each other without gaps, so that every byte of the file is under a
// checksum, or is one. `about` says the form and all that pixels depend on beside the picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/pictures/content_hash.h"

namespace reslab::pictures {

constexpr std::string_view pack_magic = "RLPACK1\n";  ///< the first bytes of a pack
constexpr std::uint64_t pack_page = 4096;
constexpr std::size_t pack_entry_bytes = 56, pack_trailer_bytes = 32;
constexpr std::size_t most_about_bytes = 2048;

struct PackEntry {
  ContentHash hash;
  std::uint64_t offset = 0;  ///< of the slot in the file, bytes
  std::uint32_t height = 0, width = 0, channels = 0;
  std::uint32_t checksum = 0;  ///< of the slot

  std::uint64_t pixel_bytes() const { return std::uint64_t{height} * width * channels; }
  std::uint64_t slot_bytes() const { return (pixel_bytes() + pack_page - 1) / pack_page * pack_page; }
};

/// Of an image of that size.
inline std::uint64_t slot_bytes_of(augment::Size size, int channels) {
  return PackEntry{.height = static_cast<std::uint32_t>(size.height),
                   .width = static_cast<std::uint32_t>(size.width),
                   .channels = static_cast<std::uint32_t>(channels)}
      .slot_bytes();
}

/// The first page. Requires: `about` has at most most_about_bytes.
std::string pack_head(std::string_view about);

/// Table and trailer, for slots that follow each other from the second page on.
std::string pack_tail(std::span<const PackEntry> entries);

/// The table of a whole file; nothing unless head, table and trailer are intact, `about` is the one that is given, and
/// the slots fill the file. Pixels aren't looked at. It takes no more memory than the table itself.
std::optional<std::vector<PackEntry>> parse_pack(std::span<const std::byte> file, std::string_view about);

}  // namespace reslab::pictures
