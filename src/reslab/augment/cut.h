// Cuts a window out of an image.
#pragma once

#include <string_view>

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// A part of an image, in whole pixels.
struct Window {
  int top = 0, left = 0;
  Size size{};
  friend bool operator==(const Window&, const Window&) = default;
};

/// The window lies inside the image and becomes all of it.
void cut(Image& image, const Window& window);

/// Throws UserError when `window` is larger than `image`. policy: the name that its keys begin with.
void check_window_fits(Size window, Size image, std::string_view policy);

}  // namespace reslab::augment
