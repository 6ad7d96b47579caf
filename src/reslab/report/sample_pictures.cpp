#include "reslab/report/sample_pictures.h"

#include "reslab/data/split.h"
#include "reslab/report/gallery.h"
#include "reslab/report/shown_image.h"
#include "reslab/train/build.h"

namespace reslab::report {

std::vector<track::TaggedPicture> sample_pictures(const recipe::Recipe& recipe, const data::Split& train,
                                                  const augment::Normalizer& normalizer) {
  constexpr std::int64_t samples = 32;
  const auto pipeline = train::build_pipeline(recipe, normalizer);
  const data::ImageFit fit = train::build_fit(recipe);
  Gallery plain{.columns = 8, .scale = 1}, augmented = plain;
  for (std::int64_t place = 0; place < std::min(samples, train.size()); ++place) {
    augment::Image image = shown_image(train, place, fit);
    plain.cells.push_back({.image = image});
    if (pipeline->takes_any_size()) image = shown_image(train, place, {});
    pipeline->apply(image, {.seed = recipe.seed, .epoch = 0, .sample = static_cast<std::uint32_t>(train.id(place))});
    augmented.cells.push_back({.image = std::move(image)});
  }
  return {{"samples/plain", plain_grid(plain)}, {"samples/augmented", plain_grid(augmented)}};
}

}  // namespace reslab::report
