#include "reslab/train/training_data.h"

#include <c10/util/Exception.h>

#include <memory>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/data/device_maker.h"
#include "reslab/data/holdout.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/loss.h"

namespace reslab::train {
namespace {

// Whether samples are drawn so that classes are equally likely.
bool draws_alike(const recipe::Recipe& recipe) {
  return recipe.data.balance == "sampling" && recipe.data.overfit_batches == 0;
}

// Leaves the images on the processor where the device can't make batches of them, or has no room.
void make_resident(TrainingData& data, const c10::Device& device, const recipe::Recipe& recipe) {
  if (draws_alike(recipe)) {
    data.why_batches_wait = "data.balance is 'sampling'";
    return;
  }
  const std::shared_ptr<const data::ImageSource>& source = data.train.samples.source;
  if (!data::DeviceMaker::suits(data.train)) {
    data.why_batches_wait = source->tensor().defined() ? "the recipe's augmentation can't be done in its fast memory"
                                                       : "the images aren't in memory";
    return;
  }
  try {
    data.train.resident = data::copy_to(source, device);
  } catch (const c10::OutOfMemoryError&) {
    data.why_batches_wait = "it has no room for the images (" + core::size_text(source->tensor().nbytes()) + ")";
    return;
  }
  if (data.holdout) data.holdout->resident = data.train.resident;
  if (data.test.samples.source == source) data.test.resident = data.train.resident;
}

}  // namespace

TrainingData build_training_data(const recipe::Recipe& recipe, const data::Splits& splits, const c10::Device& device) {
  const data::EvalTransform transform = build_transform(recipe, splits.train);
  TrainingData data{.train = {.samples = splits.train, .transform = transform},
                    .test = {.samples = splits.test, .transform = transform}};
  if (splits.validation) {
    if (recipe.data.holdout > 0)
      throw core::UserError({.attempted = core::concatenate("hold out ", recipe.data.holdout, " training samples"),
                             .found = splits.info().name + " has a validation split of its own, of " +
                                      std::to_string(splits.validation->size()),
                             .allowed = "data.holdout 0",
                             .remedy = "leave out --holdout; the validation split is the hold-out"});
    data.holdout = data::BatchSource{.samples = *splits.validation, .transform = transform};
  } else if (recipe.data.holdout > 0) {
    const data::Holdout places = data::draw_holdout(splits.train, recipe.data.holdout, recipe.seed);
    data.holdout = data.train;
    data.holdout->samples = data::select(splits.train, places.holdout);
    data.train.samples = data::select(splits.train, places.train);
  }
  if (recipe.early_stopping.patience > 0 && !data.holdout)
    throw core::UserError({.attempted = "end the training by early_stopping.patience",
                           .found = "no hold-out to look at",
                           .allowed = "data.holdout above 0 (--holdout 5000), or data with a validation split"});
  if (recipe.data.overfit_batches > 0) {
    data.train.samples = data::first(data.train.samples, recipe.data.overfit_batches * recipe.data.batch_size);
    data.test = data.train;
  } else {
    data.train.pipeline = build_pipeline(recipe, transform.normalizer);
    data.train.least_side = least_side(recipe).value_or(0);
  }
  if (recipe.data.balance == "loss")
    data.class_weights = balancing_weights(data.train.samples.labels(), splits.info().class_count());
  if (!device.is_cpu()) make_resident(data, device, recipe);
  return data;
}

data::BatchOptions batch_options(const recipe::Recipe& recipe, const Compute& compute) {
  return {.batch_size = recipe.data.batch_size,
          .shuffle = recipe.data.shuffle && recipe.data.overfit_batches == 0,
          .balanced = draws_alike(recipe),
          .drop_last = recipe.data.drop_last,
          .join_last = recipe.data.join_last,
          .limit_batches = recipe.data.limit_batches,
          .type = compute.batch_type(),
          .pinned = compute.device.is_cuda(),
          .seed = recipe.seed,
          .sides = sides_by_epoch(recipe)};
}

}  // namespace reslab::train
