// How one optimiser step changes the weights: it limits the gradients, steps the optimiser of each parameter group at
// the group's rate, and brings the average of the weights up to date.
//
//   train::WeightUpdate update(recipe, network, {.total = 2352, .per_epoch = 98}, at::kCPU);
//   update.freeze(step);
//   …                     // backward
//   update.make(step);    // and the gradients are forgotten
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "reslab/models/network.h"
#include "reslab/optim/averaging.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/build.h"

namespace reslab::train {

/// Optimiser steps of a training.
struct StepCount {
  std::int64_t total = 1;      ///< ≥ 1
  std::int64_t per_epoch = 1;  ///< ≥ 1
};

/// Not thread-safe: the training thread alone calls it. Steps count from 0.
class WeightUpdate {
 public:
  /// `recipe` and `network` must outlive this; the network lies on `device` and stays there. Throws UserError where the
  /// recipe names a layer that isn't there.
  WeightUpdate(const recipe::Recipe& recipe, const models::Network& network, const StepCount& steps,
               const c10::Device& device);

  /// The parameter groups, at least one, each with its optimiser and its schedule.
  const std::vector<TrainedGroup>& groups() const { return groups_; }

  const StepCount& steps() const { return steps_; }

  /// The parameters of all groups, in the order of the groups.
  std::vector<at::Tensor> parameters() const;

  /// Learning rate and momentum that events show for a step: the leading group's (recipe/learning_rate.h).
  schedule::Setting shown_setting(std::int64_t step) const { return leading_schedule_->at(step); }

  /// Switches the gradients of parameters on or off as the recipe has it for `step`: of the whitening layer after its
  /// epochs, and of the layer that is frozen at the end. Call it before the forward pass.
  void freeze(std::int64_t step) const;

  /// Clips the gradients as the recipe says.
  void limit_gradients() const;

  /// Makes step `step` from the gradients so far, then forgets them.
  void make(std::int64_t step);

  /// Makes a step outside the schedule from the gradients so far, then forgets them. setting.lr stands for the leading
  /// group's rate: the other groups keep their ratio to it. Leaves the average alone.
  void make_at(const schedule::Setting& setting);

  /// Brings the average up to date after step `step`. make() does so by itself.
  void average_after(std::int64_t step);

  /// Forgets the gradients so far.
  void forget_gradients();

  /// Tells the optimisers whether a step was made before, since their first one differs.
  void set_started(bool started);

  /// Puts the average in the network's place, where there is one that has begun. No step may be made until
  /// hide_average().
  void show_average();

  /// Puts the trained weights back into the network.
  void hide_average();

  /// The average of the weights; null where the recipe has none.
  const optim::WeightAverage* average() const { return average_.get(); }

 private:
  const recipe::Recipe& recipe_;
  StepCount steps_;
  c10::Device device_;
  std::vector<TrainedGroup> groups_;
  std::unique_ptr<schedule::Schedule> leading_schedule_;
  std::vector<at::Tensor> frozen_late_;
  std::unique_ptr<optim::WeightAverage> average_;  // null: none
};

}  // namespace reslab::train
