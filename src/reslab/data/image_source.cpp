#include "reslab/data/image_source.h"

namespace reslab::data {

void ImageReader::read_fitted(std::int64_t id, const ImageFit& fit, augment::Image& image) {
  read(id, {}, image);
  fit_image(fit, image);
}

}  // namespace reslab::data
