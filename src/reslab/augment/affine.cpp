#include "reslab/augment/affine.h"

#include <cmath>

#include "reslab/augment/check.h"
#include "reslab/augment/elementary.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

double within(double limit, core::Random& random) {
  return static_cast<double>(random.uniform(static_cast<float>(-limit), static_cast<float>(limit)));
}

}  // namespace

AffineMap affine_map(Size size, const AffineParameters& parameters) {
  RESLAB_ASSERT(parameters.scale > 0, parameters.scale);
  const Turn turn = turn_of(parameters.degrees), turn_less = turn_of(parameters.degrees - parameters.shear_y);
  const Turn shear_x = turn_of(parameters.shear_x), shear_y = turn_of(parameters.shear_y);
  // The map from the image to the result, without scale and movements; its determinant is 1.
  const double tangent = shear_x.sine / shear_x.cosine;
  const double xx = turn_less.cosine / shear_y.cosine, xy = -xx * tangent - turn.sine;
  const double yx = turn_less.sine / shear_y.cosine, yy = -yx * tangent + turn.cosine;
  AffineMap map{.xx = yy / parameters.scale,
                .xy = -xy / parameters.scale,
                .yx = -yx / parameters.scale,
                .yy = xx / parameters.scale};
  const double x = size.width * 0.5, y = size.height * 0.5;
  map.x0 = map.xx * (-x - parameters.right) + map.xy * (-y - parameters.down) + x;
  map.y0 = map.yx * (-x - parameters.right) + map.yy * (-y - parameters.down) + y;
  return map;
}

Affine::Affine(const AffineOptions& options) : options_(options), fill_(options.fill, "affine.fill") {
  checked_in(options.degrees, {0, 180}, "affine.degrees");
  checked_in(options.translation, {0, 1}, "affine.translation");
  check_range({options.least_scale, options.most_scale}, {0.1, 10}, "affine", "scale");
  checked_in(options.shear_x, {0, 80}, "affine.shear_x");
  checked_in(options.shear_y, {0, 80}, "affine.shear_y");
  checked_probability(options.probability, "affine.probability");
}

AffineParameters Affine::draw(Size size, core::Random& random) const {
  AffineParameters drawn;
  drawn.degrees = within(options_.degrees, random);
  drawn.right = static_cast<int>(std::rint(within(options_.translation * size.width, random)));
  drawn.down = static_cast<int>(std::rint(within(options_.translation * size.height, random)));
  drawn.scale = static_cast<double>(
      random.uniform(static_cast<float>(options_.least_scale), static_cast<float>(options_.most_scale)));
  drawn.shear_x = within(options_.shear_x, random);
  drawn.shear_y = within(options_.shear_y, random);
  return drawn;
}

void Affine::apply(Image& image, core::Random& random) const {
  if (!random.chance(options_.probability)) return;
  const Size size{image.height, image.width};
  warp(image, affine_map(size, draw(size, random)), options_.interpolation, fill_.of(image));
}

}  // namespace reslab::augment
