// What decoding a picture once has told about it, and how that is remembered from one start to the next.
//
//   PictureFacts facts = examine_picture(bytes, path, limits);
//   if (facts.verdict == Verdict::refused) say(path, facts.reason);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reslab/image/decode.h"
#include "reslab/image/refusal.h"

namespace reslab::pictures {

enum class Verdict : std::uint8_t {
  usable,
  damaged,  ///< a part of it could be decoded
  refused,  ///< none
};

struct PictureFacts {
  Verdict verdict = Verdict::usable;
  image::Refusal refusal = image::Refusal::unusable;  ///< where it is refused
  image::Format format = image::Format::unknown;
  std::string reason;                 ///< what is wrong, where something is; at most 1,000 bytes. Of a usable
                                      ///< picture: what is odd in its file (image::DecodedImage::oddity)
  std::optional<std::uint64_t> byte;  ///< of the file, where that was noticed
  // The rest is of pictures that aren't refused.
  augment::Size size;  ///< in full and upright, in pixels
  image::Colour colour = image::Colour::rgb;
  bool grey = false;  ///< decoded, it has one channel
  bool alpha = false;
  int bits = 8;
  int orientation = 1;                             ///< EXIF's, 1 to 8
  std::optional<image::SampleRange> stored_range;  ///< DecodedImage::stored_range; low = high is possible

  friend bool operator==(const PictureFacts&, const PictureFacts&);
};

/// Decodes in full, by the decoder that training uses. `source` names the picture in nothing that is remembered.
/// `memory` is image::DecodeOptions::memory.
PictureFacts examine_picture(std::span<const std::byte> bytes, std::string_view source, const image::Limits& limits,
                             core::MemoryShare* memory = nullptr);

/// As the value of a record, and back; nothing for a text that is none.
std::string encode_facts(const PictureFacts& facts);
std::optional<PictureFacts> decode_facts(std::string_view value);

/// What remembered facts depend on beside the content: limits, and the decoders of this build.
std::string facts_about(const image::Limits& limits);

/// The decoders' names and versions: what a change of could change pixels.
std::string decoders_text();

constexpr std::string_view picture_facts_kind = "reslab facts of pictures 2";

}  // namespace reslab::pictures
