// What a training and its plan settle before anything is made: a plan refuses what the training would refuse, since
// both ask here.
//
//   const RunAsked asked = settle(recipe, flags, name);
//   const OpenedData data = open_data(flags.data, asked.recipe);
//   const auto trainer = make_trainer(asked, data.splits, flags);
//   … from here on a plan prints, and a training makes its run
#pragma once

#include <memory>
#include <string>

#include "reslab/cli/training.h"
#include "reslab/track/tensorboard.h"
#include "reslab/train/trainer.h"

namespace reslab::cli {

struct RunAsked {
  recipe::Recipe recipe;  ///< with the data set of the flags
  train::Compute compute;
};

/// Throws UserError where the run can't be: its data set's folder can't be kept in a recipe, check_new_run refuses it,
/// the device or precision isn't here. Makes nothing. `name` is "" for one by time and recipe.
RunAsked settle(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name);

/// The part of it that doesn't ask for a recipe: a place for a new run, and what is to be written there. Throws
/// UserError. Makes nothing.
void check_new_run(const TrainingFlags& flags, const std::string& recipe, const std::string& name);

/// Throws UserError where recipe and data don't go together.
std::unique_ptr<train::Trainer> make_trainer(const RunAsked& asked, const data::Splits& splits,
                                             const TrainingFlags& flags);

/// What --tensorboard asks for. Throws UserError where this build can't make it.
track::EventDetail event_detail(const TrainingFlags& flags);

}  // namespace reslab::cli
