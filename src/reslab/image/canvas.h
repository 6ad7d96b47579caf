// Rows of samples, as a decoder delivers them, made into the pixels that were asked for: alpha composed on the
// background, 16 bits scaled to 8, grey repeated or RGB made grey.
//
//   Canvas canvas({.height = h, .width = w, .colours = 3, .alpha = true, .bits = 8}, options);
//   for (int y = 0; y < h; ++y) canvas.put(y, row);        // RGBA
//   augment::Image image = canvas.take();
//
// Source of the rounding: Pillow (libImaging/Paste.c and Convert.c), whose results it equals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reslab/image/decode.h"

namespace reslab::image {

/// Where a sample of 16 bits is cut and scaled: (min(max(v >> shift, low), high) − low) · 255 / (high − low), rounded.
struct SampleScale {
  int shift = 0;
  std::uint32_t low = 0, high = 65'535;
};

struct CanvasLayout {
  int height = 0, width = 0;
  int colours = 3;                      ///< 1 or 3
  bool alpha = false;                   ///< one more sample a pixel, behind the colours
  int bits = 8;                         ///< 8 or 16
  std::array<SampleScale, 4> scales{};  ///< of 16-bit samples, in the order of the samples

  int samples() const { return colours + (alpha ? 1 : 0); }  ///< a pixel
};

class Canvas {
 public:
  Canvas(const CanvasLayout& layout, const DecodeOptions& options);

  /// Whether rows of samples are the image's rows as they are: a decoder may then write into direct_row.
  bool is_direct() const { return direct_; }
  std::uint8_t* direct_row(int row) { return image_.pixels.data() + image_.offset(row, 0); }

  void put(int row, const std::uint8_t* samples);   ///< of 8 bits, width · samples() of them
  void put(int row, const std::uint16_t* samples);  ///< of 16 bits, in the processor's order

  /// Of the 16-bit samples of colours that were put.
  std::optional<SampleRange> stored_range() const;

  augment::Image take() { return std::move(image_); }

 private:
  template <int colours, bool alpha>
  void convert(const std::uint8_t* samples, std::uint8_t* out) const;

  CanvasLayout layout_;
  std::array<std::uint8_t, 3> background_;
  augment::Image image_;
  bool direct_;
  std::vector<std::uint8_t> narrow_;  // a row of 16-bit samples after scaling
  std::uint16_t lowest_ = 65'535, highest_ = 0;
};

/// RGB of `pixels` inverted CMYK pixels, as Adobe's programs store them in JPEG: 255 is no ink.
void rgb_of_inverted_cmyk(const std::uint8_t* cmyk, std::uint8_t* rgb, int pixels);

}  // namespace reslab::image
