#include "reslab/augment/resize_to.h"

#include <algorithm>

#include "reslab/augment/check.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"

namespace reslab::augment {

ResizeTo::ResizeTo(const ResizeToOptions& options) {
  const bool by_side = options.shorter_side != 0, exactly = options.height != 0 || options.width != 0;
  if (by_side == exactly)
    throw core::UserError(
        {.attempted = "resize images",
         .found = core::concatenate("resize.shorter_side of ", options.shorter_side, ", resize.height of ",
                                    options.height, " and resize.width of ", options.width),
         .allowed = "either shorter_side, or height and width",
         .remedy = "set the others to 0"});
  if (by_side) {
    shorter_side_ = checked_side(options.shorter_side, "resize.shorter_side");
  } else {
    size_ = {checked_side(options.height, "resize.height"), checked_side(options.width, "resize.width")};
  }
}

Size ResizeTo::result_of(Size input) const {
  if (shorter_side_ == 0) return size_;
  RESLAB_ASSERT(input.height >= 1 && input.width >= 1, input.height, "×", input.width);
  const std::int64_t shorter = std::min(input.height, input.width), longer = std::max(input.height, input.width);
  const std::int64_t to = longer * shorter_side_ / shorter;
  return input.height <= input.width ? checked_enlarged(input, shorter_side_, to, name())
                                     : checked_enlarged(input, to, shorter_side_, name());
}

void ResizeTo::apply(Image& image, core::Random& /*random*/) const {
  resize(image, result_of({image.height, image.width}));
}

std::optional<Size> ResizeTo::output_size(std::optional<Size> input) const {
  if (shorter_side_ == 0) return size_;
  if (!input) return std::nullopt;
  return result_of(*input);
}

}  // namespace reslab::augment
