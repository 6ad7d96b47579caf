#include "reslab/augment/cut.h"

#include <cstring>

#include "reslab/core/error.h"

namespace reslab::augment {

void cut(Image& image, const Window& window) {
  const auto [height, width] = window.size;
  RESLAB_ASSERT(window.top >= 0 && window.left >= 0 && height >= 0 && width >= 0);
  RESLAB_ASSERT(window.top + height <= image.height && window.left + width <= image.width, window.top, " + ", height,
                ", ", window.left, " + ", width, " in ", image.height, "×", image.width);
  const std::size_t row_bytes = image.offset(0, width);
  // Rows only move towards the front, so going forwards none is overwritten before its turn.
  for (int row = 0; row < height; ++row)
    std::memmove(image.pixels.data() + static_cast<std::size_t>(row) * row_bytes,
                 image.pixels.data() + image.offset(window.top + row, window.left), row_bytes);
  image.height = height;
  image.width = width;
  image.pixels.resize(static_cast<std::size_t>(height) * row_bytes);
}

void check_window_fits(Size window, Size image, std::string_view policy) {
  if (image.height >= window.height && image.width >= window.width) return;
  throw core::UserError(
      {.attempted = core::concatenate("cut windows of ", window.height, "×", window.width, " out of the images"),
       .found = core::concatenate("images of ", image.height, "×", image.width, " pixels"),
       .allowed = "windows no larger than the images",
       .remedy = core::concatenate("make ", policy, ".height and ", policy,
                                   ".width smaller, or pad or resize the images first")});
}

}  // namespace reslab::augment
