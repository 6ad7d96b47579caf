// Pictures as files have them, made into 8-bit pixels that stand upright.
//
//   const image::DecodedImage picture = image::decode(bytes, path.string(), {.channels = 3});
//   if (picture.damage) ++damaged;                       // what could be read is there
//   use(picture.image, picture.facts.format);
//
// What always holds:
// - The format is found by content, never by name. Width, height and pixels are checked before anything is allocated.
// - EXIF's orientation is applied. A broken EXIF block counts as none and is told in the facts.
// - Colours are those of Pillow's convert('RGB') and convert('L'), but for alpha (below). Colour profiles aren't
// applied.
// - Alpha is composed on a background colour and never just dropped: what lies under transparent pixels is arbitrary.
// - 16-bit samples are scaled by a range, never cut to their upper byte. PNG's sBIT says the range where it is there.
// - A broken picture is a PictureError (image/refusal.h), or, if some of it could be decoded, a picture with `damage`.
// - The same bytes and options give the same pixels whatever the number of threads. Functions may be called from any
// thread.
//
// The decoders are libjpeg-turbo, libspng, libwebp, libtiff, and a reader of our own for BMP. A build without one of
// them (RESLAB_HAS_JPEG, … isn't defined) throws a PictureError that says what to install.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reslab/augment/policy.h"
#include "reslab/core/memory_budget.h"
#include "reslab/image/probe.h"

namespace reslab::image {

/// Bounds are included, and hold for the picture as it is stored.
struct Limits {
  std::uint32_t width = 65'535, height = 65'535;  ///< pixels
  std::uint64_t pixels = 100'000'000;             ///< width · height
};

/// Of 16-bit samples: `low` becomes 0, `high` becomes 255, what is outside is clamped. Requires: low < high.
struct SampleRange {
  std::uint16_t low = 0, high = 65'535;
};

struct DecodeOptions {
  /// 1, 3, or 0 for what is stored: 1 for grey, 3 for everything else. Grey becomes RGB by repetition; RGB becomes grey
  /// as (19595 R + 38470 G + 7471 B + 32768) >> 16, which is ITU-R BT.601's luma, rounded as Pillow does.
  int channels = 0;
  /// On which alpha is composed, RGB: white, as a page or a screen's window would be.
  std::array<std::uint8_t, 3> background{255, 255, 255};
  Limits limits{};
  /// For 16-bit samples of files without sBIT; found over a training split, from DecodedImage::stored_range.
  SampleRange range16{};
  /// JPEG alone: where it isn't 0, the picture is decoded at the smallest of the scales 1, 1/2, 1/4, 1/8 whose shorter
  /// side has at least this many pixels. Decoding then takes less time, and the pixels are means of about the right
  /// ones.
  int least_side = 0;
  /// Grows by what decoding takes before it is taken (the pixels, and what a format needs beside them), and isn't made
  /// smaller. Null: nothing is counted. Not owned.
  core::MemoryShare* memory = nullptr;
};

/// What was wrong with a picture of which a part could be decoded. What is missing is grey or a smear in JPEG, and 0
/// (or the background) elsewhere.
struct Damage {
  std::string reason;                 ///< in plain words: "the file ends within the pixels"
  std::optional<std::uint64_t> byte;  ///< of the file, where it was noticed; decoders read ahead, so it is about there
};

struct DecodedImage {
  augment::Image image;  ///< upright, with 1 or 3 channels, uint8
  Facts facts;           ///< of the file, as stored
  int reduction = 1;     ///< 1, 2, 4 or 8: the part of the size at which it was decoded (DecodeOptions::least_side)
  std::optional<Damage> damage;
  /// What isn't as the format says and concerns no pixel: bytes between the parts of a JPEG file, an unknown version.
  std::optional<Damage> oddity;
  /// The lowest and highest 16-bit sample of a colour, before scaling; nothing where samples have 8 bits or sBIT is
  /// there.
  std::optional<SampleRange> stored_range;
};

/// `bytes` is a whole file; `source` names it in messages. Throws PictureError.
DecodedImage decode(std::span<const std::byte> bytes, std::string_view source, const DecodeOptions& options = {});

}  // namespace reslab::image
