// JPEG files for thumbnails in reports: small, where every pixel needn't be kept. (What is decoded: image/decode.h.)
//
//   if (image::has_jpeg()) file.write(image::encode_jpeg(thumbnail));
#pragma once

#include <cstddef>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::image {

/// Whether this build reads and writes JPEG files.
bool has_jpeg();

/// `image` has 1 or 3 channels and at most 65,500 pixels a side; `quality` is libjpeg's, 1 to 100. Throws a UserError
/// that says what to install where libjpeg-turbo was missing.
std::vector<std::byte> encode_jpeg(const augment::Image& image, int quality = 85);

}  // namespace reslab::image
