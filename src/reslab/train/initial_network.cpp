#include "reslab/train/initial_network.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "reslab/core/stopwatch.h"
#include "reslab/data/batch_maker.h"
#include "reslab/models/summary.h"
#include "reslab/nn/layer.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/lone_values.h"

namespace reslab::train {
namespace {

// The samples whose images a network is fitted to: never held-out ones, and the seed doesn't change them. Of images
// that all have one size, the first. Of pictures that are brought to a size, as many as have the pixels of so many
// images of 32 × 32, evenly spaced: a folder's pictures stand class by class, and large ones would take gigabytes.
data::Split samples_to_fit(const data::BatchSource& train, std::int64_t wanted) {
  const data::ImageFit& fit = train.transform.fit;
  if (fit.kind == data::FitKind::none || wanted == 0) return data::first(train.samples, wanted);
  constexpr double usual_pixels = 32 * 32;
  const double share = usual_pixels / (static_cast<double>(fit.output.height) * fit.output.width);
  const auto fewer = static_cast<std::int64_t>(std::ceil(static_cast<double>(wanted) * std::min(1.0, share)));
  const std::int64_t taken = std::min(fewer, train.samples.size());
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < taken; ++i) places.push_back(i * train.samples.size() / taken);
  return data::select(train.samples, places);
}

// Returns the seconds that it took.
double fit_to_images(models::Network& network, const data::BatchSource& train) {
  if (network.images_to_fit() == 0 || train.size() == 0) return 0;
  const core::Stopwatch watch;
  data::BatchSource plain = train;
  plain.pipeline = nullptr;
  plain.samples = samples_to_fit(train, network.images_to_fit());
  const std::int64_t images = plain.size();
  const data::BatchMaker maker(std::move(plain), {.batch_size = images, .shuffle = false});
  network.fit(maker.make(maker.order(0), 0, 0).images);
  return watch.seconds();
}

// Finds sizes that don't fit before the first step, not in the epoch in which the images grow.
void try_sizes(models::Network& network, const recipe::Recipe& recipe, const data::BatchSource& train) {
  const data::DatasetInfo& info = train.samples.info();
  TrainedImages trained{.samples = train.size(), .channels = info.channels};
  for (const std::int64_t side : sides_by_epoch(recipe))
    trained.sizes.push_back({static_cast<int>(side), static_cast<int>(side)});
  if (trained.sizes.empty()) trained.sizes.push_back(data::size_of_images(train));
  for (const augment::Size& size : trained.sizes)
    models::summarise(network, {.channels = info.channels, .height = size.height, .width = size.width});
  check_lone_values(network, recipe, trained);
}

}  // namespace

InitialNetwork make_initial_network(const recipe::Recipe& recipe, const TrainingData& split,
                                    const c10::Device& device) {
  InitialNetwork made{.network = build_network(recipe, split.train.samples.info())};
  nn::initialise(*made.network, recipe.seed);
  made.fit_seconds = fit_to_images(*made.network, split.train);
  try_sizes(*made.network, recipe, split.train);
  made.network->to(device);
  return made;
}

}  // namespace reslab::train
