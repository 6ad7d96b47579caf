#include "reslab/train/initial_network.h"

#include <algorithm>
#include <utility>

#include "reslab/core/stopwatch.h"
#include "reslab/data/batch_maker.h"
#include "reslab/models/summary.h"
#include "reslab/nn/layer.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/lone_values.h"

namespace reslab::train {
namespace {

// Takes the first samples in their own order, so that the seed doesn't change them, and never held-out ones. Returns
// the seconds that it took.
double fit_to_images(models::Network& network, const data::BatchSource& train) {
  const std::int64_t wanted = std::min(network.images_to_fit(), train.size());
  if (wanted == 0) return 0;
  const core::Stopwatch watch;
  data::BatchSource plain = train;
  plain.pipeline = nullptr;
  const data::BatchMaker maker(std::move(plain), {.batch_size = wanted, .shuffle = false});
  network.fit(maker.make(maker.order(0), 0, 0).images);
  return watch.seconds();
}

// Finds sizes that don't fit before the first step, not in the epoch in which the images grow.
void try_sizes(models::Network& network, const recipe::Recipe& recipe, const data::BatchSource& train) {
  const data::DatasetInfo& info = train.samples.info();
  TrainedImages trained{.samples = train.size(), .channels = info.channels};
  for (const std::int64_t side : sides_by_epoch(recipe)) {
    models::summarise(network, {.channels = info.channels, .height = side, .width = side});
    trained.sizes.push_back({static_cast<int>(side), static_cast<int>(side)});
  }
  if (trained.sizes.empty()) trained.sizes.push_back(data::size_of_images(train));
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
