#include "reslab/pictures/form.h"

#include <algorithm>
#include <utility>

#include "reslab/augment/resize_to.h"
#include "reslab/core/error.h"

namespace reslab::pictures {
namespace {

augment::ResizeTo resize_to_side(int side) { return augment::ResizeTo({.shorter_side = side}); }

}  // namespace

void render(std::span<const std::byte> file, std::string_view source, const image::DecodeOptions& decode,
            const Form& form, augment::Image& image) {
  image::DecodeOptions options = decode;
  options.least_side = form.is_fitted() ? 0 : form.least_side;
  image = image::decode(file, source, options).image;
  if (form.is_fitted()) return data::fit_image(form.fit, image);
  if (form.least_side == 0 || std::min(image.height, image.width) <= form.least_side) return;
  core::Random unused({});
  resize_to_side(form.least_side).apply(image, unused);
}

void render_file(const std::string& path, const ExpectedContent& content, core::MemoryBudget* memory,
                 const image::DecodeOptions& decode, const Form& form, augment::Image& image) {
  core::MemoryShare share = memory != nullptr ? memory->take(content.stamp.size) : core::MemoryShare();
  image::DecodeOptions options = decode;
  options.memory = &share;
  render(read_picture_file(path, content), path, options, form, image);
}

augment::Size rendered_size(const Form& form, augment::Size full, image::Format format) {
  if (form.is_fitted()) return data::output_size(form.fit, full).value();
  if (form.least_side == 0) return full;
  augment::Size size = full;
  if (format == image::Format::jpeg)
    for (int reduction = 8; reduction > 1; reduction /= 2) {
      const auto part = [&](int side) { return (side + reduction - 1) / reduction; };
      if (part(std::min(full.height, full.width)) < form.least_side) continue;
      size = {part(full.height), part(full.width)};
      break;
    }
  return std::min(size.height, size.width) <= form.least_side
             ? size
             : resize_to_side(form.least_side).output_size(size).value();
}

std::string description_of(const Form& form) {
  const data::ImageFit& fit = form.fit;
  const std::string output = core::concatenate(fit.output.height, " × ", fit.output.width);
  switch (fit.kind) {
    case data::FitKind::none: return core::concatenate("least side ", form.least_side);
    case data::FitKind::crop: return core::concatenate("crop ", output, " of ", fit.resize);
    case data::FitKind::stretch: return core::concatenate("stretch ", output);
    case data::FitKind::pad: break;
  }
  std::string text = core::concatenate("pad ", output, " on");
  for (const std::uint8_t value : fit.background) text += core::concatenate(' ', static_cast<int>(value));
  return text;
}

std::string description_of(const image::DecodeOptions& decode) {
  std::string text = core::concatenate("channels ", decode.channels, "\nbackground");
  for (const std::uint8_t value : decode.background) text += core::concatenate(' ', static_cast<int>(value));
  return text + core::concatenate("\nrange ", decode.range16.low, ' ', decode.range16.high, '\n');
}

}  // namespace reslab::pictures
