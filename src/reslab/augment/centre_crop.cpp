#include "reslab/augment/centre_crop.h"

#include "reslab/augment/check.h"
#include "reslab/augment/cut.h"

namespace reslab::augment {
namespace {

// Half of `left_over`, rounded to the nearest whole number, of two to the even one.
int rows_before(int left_over) { return (left_over + (left_over / 2) % 2) / 2; }

}  // namespace

CentreCrop::CentreCrop(const CentreCropOptions& options)
    : size_{checked_side(options.height, "centre_crop.height"), checked_side(options.width, "centre_crop.width")} {}

void CentreCrop::apply(Image& image, core::Random& /*random*/) const {
  check_window_fits(size_, {image.height, image.width}, name());
  cut(image,
      {.top = rows_before(image.height - size_.height), .left = rows_before(image.width - size_.width), .size = size_});
}

std::optional<Size> CentreCrop::output_size(std::optional<Size> input) const {
  if (input) check_window_fits(size_, *input, name());
  return size_;
}

}  // namespace reslab::augment
