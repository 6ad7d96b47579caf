// The two forms in which pictures are used, and kept: training's, which a pipeline cuts and resizes further, and
// evaluation's, which has its final size.
//
//   const Form training = least_side_form(146), evaluation = fitted_form(transform.fit);
//   render(bytes, path, decode, training, image);
//
// Both are functions of a file's bytes, the decode options and the form alone: the packed cache, threads and order
// change nothing.
//
// | form         | pixels                                                                                            |
// | least side L | decoded at the largest reduction (JPEG alone) whose shorter side is at least L; where the shorter |
// |              | side is above L still, resized to L with antialiasing, as augment::ResizeTo does. L = 0: in full  |
// | fitted       | decoded in full, then data::fit_image()                                                           |
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "reslab/data/eval_transform.h"
#include "reslab/image/decode.h"
#include "reslab/pictures/picture_file.h"

namespace reslab::pictures {

struct Form {
  int least_side = 0;       ///< pixels, ≥ 0; unused where there is a fit
  data::ImageFit fit = {};  ///< of kind none: the form is training's

  bool is_fitted() const { return fit.kind != data::FitKind::none; }
  friend bool operator==(const Form&, const Form&) = default;
};

inline Form least_side_form(int pixels) { return {.least_side = pixels}; }
inline Form fitted_form(const data::ImageFit& fit) { return {.fit = fit}; }

/// Replaces `image`. Throws image::PictureError. decode.least_side is ignored.
void render(std::span<const std::byte> file, std::string_view source, const image::DecodeOptions& decode,
            const Form& form, augment::Image& image);

/// The same of a picture's file, read as read_picture_file does. File and decoding have their share of `memory` (null:
/// none is counted), which it waits for. Throws as both do.
void render_file(const std::string& path, const ExpectedContent& content, core::MemoryBudget* memory,
                 const image::DecodeOptions& decode, const Form& form, augment::Image& image);

/// What render() makes of a picture that has that size in full and upright.
augment::Size rendered_size(const Form& form, augment::Size full, image::Format format);

/// "least side 146", "crop 224 × 224 of 256"; lines that say everything that pixels depend on beside the file. Other
/// pixels, other text.
std::string description_of(const Form& form);
std::string description_of(const image::DecodeOptions& decode);

}  // namespace reslab::pictures
