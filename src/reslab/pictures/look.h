// How a picture looks, in 264 bytes: a perceptual hash by which pictures that look alike are found, and a small grey
// image by which it is made sure that they do.
//
//   const Look a = look_of(decoded_a), b = look_of(decoded_b);
//   if (are_alike(a, b)) say("the same picture, saved again");
//
// Both are of the decoded, upright, grey picture. The hash is pHash: the picture is shrunk to 32 × 32, and of its
// two-dimensional DCT-II the 8 × 8 lowest frequencies are taken; a bit says whether the coefficient is above their
// median. Source: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1,
// without its mean filter, which shrinking with antialiasing stands for.
//
// Copies that were saved again, made smaller, brightened or made grey are found; crops of more than about a hundredth
// of a side and mirror images aren't. Measured in docs/data_check.md.
//
// All functions are pure and may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reslab/augment/policy.h"

namespace reslab::pictures {

constexpr int look_side = 16;  ///< pixels of the small grey image's side

struct Look {
  std::uint64_t hash = 0;  ///< bit 8 · v + u, from the lowest, is of the coefficient of v periods down and u across
  std::array<std::uint8_t, std::size_t{look_side} * look_side> grey{};  ///< row by row

  friend bool operator==(const Look&, const Look&) = default;
};

/// The shorter side, in pixels, at which a picture is decoded for it: a larger one gives the same within a level or
/// two.
constexpr int look_decoding_side = 64;

/// `grey` has one channel and at least one pixel.
Look look_of(const augment::Image& grey);

/// Whether the picture is of one tone, as far as can be seen: its hash is of noise alone, and says nothing.
bool is_plain(const Look& look);

/// Hamming distance of hashes up to which pictures may be alike.
constexpr int near_distance = 6;

/// Pearson's correlation of the small grey images from which on they are. It doesn't change with brightness and
/// contrast.
constexpr double near_correlation = 0.99;

/// In [−1, 1]; 0 where one is of a single value.
double correlation(const Look& a, const Look& b);

/// Whether neither is plain, the hashes are near, and so are the images.
bool are_alike(const Look& a, const Look& b);

/// As the value of a record, and back; nothing for a text that is none.
std::string encode_look(const Look& look);
std::optional<Look> decode_look(std::string_view value);

}  // namespace reslab::pictures
