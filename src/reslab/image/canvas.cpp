#include "reslab/image/canvas.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/image/decoders.h"

namespace reslab::image {

namespace {

// v / 255, rounded, for v in [0, 255 · 255].
constexpr std::uint32_t by_255(std::uint32_t value) {
  const std::uint32_t rounded = value + 128;
  return ((rounded >> 8) + rounded) >> 8;
}

constexpr std::uint8_t luma(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

std::uint8_t scaled(std::uint32_t sample, const SampleScale& scale) {
  const std::uint32_t span = scale.high - scale.low;
  const std::uint32_t value = std::clamp(sample >> scale.shift, scale.low, scale.high) - scale.low;
  return static_cast<std::uint8_t>((value * 255 + span / 2) / span);
}

}  // namespace

Canvas::Canvas(const CanvasLayout& layout, const DecodeOptions& options)
    : layout_(layout),
      background_(options.background),
      image_{.height = layout.height,
             .width = layout.width,
             .channels = options.channels == 0 ? layout.colours : options.channels,
             .pixels = {}} {
  RESLAB_ASSERT(layout.colours == 1 || layout.colours == 3, layout.colours, " colours");
  for (const SampleScale& scale : layout.scales) RESLAB_ASSERT(scale.low < scale.high, "an empty range");
  direct_ = layout.bits == 8 && !layout.alpha && image_.channels == layout.colours;
  reserve_memory(options, image_.offset(image_.height, 0));
  image_.pixels.resize(image_.offset(image_.height, 0));
  if (layout.bits == 16)
    narrow_.resize(static_cast<std::size_t>(layout.width) * static_cast<std::size_t>(layout.samples()));
}

template <int colours, bool alpha>
void Canvas::convert(const std::uint8_t* samples, std::uint8_t* out) const {
  const bool to_grey = image_.channels == 1;
  const std::uint8_t ground = luma(background_[0], background_[1], background_[2]);
  for (int column = 0; column < layout_.width; ++column, samples += colours + (alpha ? 1 : 0)) {
    std::array<std::uint32_t, 3> colour{samples[0], samples[colours == 3 ? 1 : 0], samples[colours == 3 ? 2 : 0]};
    if constexpr (alpha) {
      const std::uint32_t opaque = samples[colours];
      // Grey stays grey where one channel is asked for, whatever the background.
      for (std::size_t i = 0; i < 3; ++i) {
        const std::uint32_t under = colours == 1 && to_grey ? ground : background_[i];
        colour[i] = by_255(colour[i] * opaque + under * (255 - opaque));
      }
    }
    if (to_grey) {
      *out++ = colours == 1 ? static_cast<std::uint8_t>(colour[0]) : luma(colour[0], colour[1], colour[2]);
    } else {
      for (const std::uint32_t value : colour) *out++ = static_cast<std::uint8_t>(value);
    }
  }
}

void Canvas::put(int row, const std::uint8_t* samples) {
  std::uint8_t* out = direct_row(row);
  if (direct_) {
    std::copy_n(samples, image_.offset(1, 0), out);
  } else if (layout_.colours == 1) {
    layout_.alpha ? convert<1, true>(samples, out) : convert<1, false>(samples, out);
  } else {
    layout_.alpha ? convert<3, true>(samples, out) : convert<3, false>(samples, out);
  }
}

void Canvas::put(int row, const std::uint16_t* samples) {
  const auto count = static_cast<std::size_t>(layout_.samples());
  for (std::size_t i = 0; i < narrow_.size(); ++i) {
    const std::size_t place = i % count;
    narrow_[i] = scaled(samples[i], layout_.scales.at(place));
    if (place >= static_cast<std::size_t>(layout_.colours)) continue;
    lowest_ = std::min(lowest_, samples[i]);
    highest_ = std::max(highest_, samples[i]);
  }
  put(row, narrow_.data());
}

std::optional<SampleRange> Canvas::stored_range() const {
  if (layout_.bits != 16 || lowest_ > highest_) return std::nullopt;
  return SampleRange{.low = lowest_, .high = highest_};
}

void rgb_of_inverted_cmyk(const std::uint8_t* cmyk, std::uint8_t* rgb, int pixels) {
  // Pillow's formula is 255 − k − (255 − k) · c / 255, rounded on the way, for the inks themselves.
  for (int i = 0; i < pixels; ++i, cmyk += 4, rgb += 3)
    for (int colour = 0; colour < 3; ++colour) {
      const std::uint32_t paper = cmyk[3];
      rgb[colour] = static_cast<std::uint8_t>(paper - by_255((255U - cmyk[colour]) * paper));
    }
}

}  // namespace reslab::image
