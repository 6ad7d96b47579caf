// Small recipes, and what trainings of them tell.
#pragma once

#include <ATen/core/grad_mode.h>

#include <string>
#include <vector>

#include "reslab/data/cifar10.h"
#include "reslab/train/trainer.h"

namespace reslab::train::test {

inline data::Splits samples() { return data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"); }

// The original's recipe for a network a hundredth of its size.
inline recipe::Recipe small(const recipe::Overrides& more = {}) {
  recipe::Overrides overrides{
      {"model.width", "4"}, {"epochs", "2"}, {"data.batch_size", "64"}, {"schedule.max_lr", "0.1"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml", overrides);
}

struct Recorder final : Observer {
  std::vector<BatchDone> batches;
  std::vector<EpochDone> epochs;
  std::vector<TrainingStarted> starts;
  std::vector<TrainingDone> ends;
  void on_training_started(const TrainingStarted& event) override { starts.push_back(event); }
  void on_batch_done(const BatchDone& event) override { batches.push_back(event); }
  void on_epoch_done(const EpochDone& event) override { epochs.push_back(event); }
  void on_training_done(const TrainingDone& event) override { ends.push_back(event); }
};

inline const StopRequest never = [] { return std::nullopt; };

inline std::string weights_after(const recipe::Recipe& recipe) {
  Trainer trainer(recipe, samples(), {});
  trainer.run({}, never);
  return nn::state_hash(trainer.state().network);
}

inline void copy_state(const TrainerState& from, Trainer& to) {
  const at::NoGradGuard no_grad;
  const TrainerState target = to.state();
  for (std::size_t i = 0; i < from.network.size(); ++i)
    at::Tensor(target.network[i].second).copy_(from.network[i].second);
  for (std::size_t i = 0; i < from.momenta.size(); ++i)
    at::Tensor(target.momenta[i].buffer).copy_(from.momenta[i].buffer);
  for (std::size_t i = 0; i < from.more.size(); ++i) at::Tensor(target.more[i].buffer).copy_(from.more[i].buffer);
  to.set_position(from.epoch, from.progress);
}

inline recipe::Recipe narrow(recipe::Overrides more) {
  recipe::Overrides all{{"model.width", "4"}, {"data.batch_size", "50"}};
  all.insert(all.end(), more.begin(), more.end());
  return recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/resnet.toml", all);
}

}  // namespace reslab::train::test
