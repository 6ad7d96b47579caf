// The samples of a training as its recipe splits them: those that are trained on, the hold-out, and the test set.
#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <string>

#include "reslab/data/batch_plan.h"
#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"

namespace reslab::train {

struct TrainingData {
  data::BatchSource train;  ///< with the recipe's augmentation; without, where the recipe overfits a few batches
  data::BatchSource test;   ///< the batches that are trained on, where the recipe overfits them
  std::optional<data::BatchSource> holdout;  ///< of the training set, disjoint from `train`
  at::Tensor class_weights;  ///< in the loss, [classes], fp32, CPU; undefined where the recipe doesn't balance it
  /// Why the processor makes the batches although `device` is a GPU; empty where it doesn't.
  std::string why_batches_wait;
};

/// Takes the hold-out and the rest from `splits` as the recipe says. Copies the images to `device` where that is a GPU
/// that can make batches itself and has room. Throws UserError where no sample is left to train on.
TrainingData build_training_data(const recipe::Recipe& recipe, const data::Splits& splits, const c10::Device& device);

/// How batches are made for training.
data::BatchOptions batch_options(const recipe::Recipe& recipe, const Compute& compute);

}  // namespace reslab::train
