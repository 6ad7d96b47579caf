#include "reslab/train/training_data.h"

#include <ATen/ops/arange.h>
#include <c10/util/Exception.h>

#include <memory>

#include "reslab/core/quantity.h"
#include "reslab/data/device_maker.h"
#include "reslab/data/split.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"

namespace reslab::train {
namespace {

// Leaves the images on the processor where the device can't make batches of them, or has no room.
void make_resident(TrainingData& split, const recipe::Recipe& recipe, const data::Parts& parts,
                   const c10::Device& device) {
  if (!data::DeviceMaker::suits(split.train)) {
    split.why_batches_wait = "the recipe's augmentation can't be done in its fast memory";
    return;
  }
  const auto copy = [&](const data::Dataset& dataset) -> std::shared_ptr<const data::ResidentData> {
    try {
      return data::copy_to(dataset, device);
    } catch (const c10::OutOfMemoryError&) {
      split.why_batches_wait = "it has no room for the images (" + core::size_text(dataset.images.nbytes()) + ")";
      return nullptr;
    }
  };
  split.train.resident = copy(parts.train);
  if (split.holdout) split.holdout->resident = split.train.resident;
  split.test.resident = recipe.data.overfit_batches > 0 ? split.train.resident : copy(parts.test);
}

}  // namespace

TrainingData build_training_data(const recipe::Recipe& recipe, const data::Parts& parts, const c10::Device& device) {
  const augment::Normalizer normalizer = build_normalizer(recipe, parts.train);
  TrainingData split{.train = {.dataset = parts.train, .normalizer = normalizer},
                     .test = {.dataset = parts.test, .normalizer = normalizer}};
  if (recipe.data.holdout > 0) {
    const data::Split indices =
        data::split_holdout({.samples = parts.train.size(), .holdout = recipe.data.holdout, .seed = recipe.seed});
    split.train.indices = indices.train;
    split.holdout = split.train;
    split.holdout->indices = indices.holdout;
  }
  if (recipe.data.overfit_batches > 0) {
    const at::Tensor all =
        split.train.indices.defined() ? split.train.indices : at::arange(parts.train.size(), at::kLong);
    split.train.indices = all.slice(0, 0, recipe.data.overfit_batches * recipe.data.batch_size).contiguous();
    split.test = split.train;
  } else {
    split.train.pipeline = build_pipeline(recipe, normalizer);
  }
  if (!device.is_cpu()) make_resident(split, recipe, parts, device);
  return split;
}

data::BatchOptions batch_options(const recipe::Recipe& recipe, const Compute& compute) {
  return {.batch_size = recipe.data.batch_size,
          .shuffle = recipe.data.shuffle && recipe.data.overfit_batches == 0,
          .drop_last = recipe.data.drop_last,
          .limit_batches = recipe.data.limit_batches,
          .type = compute.batch_type(),
          .pinned = compute.device.is_cuda(),
          .seed = recipe.seed,
          .sides = sides_by_epoch(recipe)};
}

}  // namespace reslab::train
