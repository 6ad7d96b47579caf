#include "reslab/train/trainer.h"

#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/divergence.h"
#include "reslab/train/training_loop.h"

namespace reslab::train {
namespace {

constexpr std::int64_t unread_on_a_gpu = 8;

TrainerOptions resolved(TrainerOptions options) {
  if (options.unread_batches < 0) options.unread_batches = options.compute.device.is_cpu() ? 0 : unread_on_a_gpu;
  return options;
}

}  // namespace

Trainer::Trainer(const recipe::Recipe& recipe, const data::Splits& splits, const TrainerOptions& options)
    : recipe_(recipe),
      options_(resolved(options)),
      split_(build_training_data(recipe_, splits, options_.compute.device)),
      initial_(make_initial_network(recipe_, split_, options_.compute.device)),
      update_(recipe_, *initial_.network, {.total = total_steps(), .per_epoch = steps_per_epoch()},
              options_.compute.device),
      step_(recipe_, *initial_.network, update_,
            {.device = options_.compute.device,
             .device_steps = options_.device_steps,
             .class_weights = split_.class_weights}),
      evaluation_(recipe_, *initial_.network, split_, options_.compute),
      decisions_({.epochs = recipe_.epochs,
                  .batches_per_epoch = batches_per_epoch(),
                  .accumulate = recipe_.optimizer.accumulate,
                  .patience = recipe_.early_stopping.patience,
                  .metric = holdout_metric_named(recipe_.early_stopping.metric),
                  .max_seconds = options_.max_seconds}),
      progress_(initial_.fit_seconds) {}

std::int64_t Trainer::batches_per_epoch() const { return recipe::batches_per_epoch(recipe_, split_.train.size()); }

std::int64_t Trainer::steps_per_epoch() const { return recipe::steps_per_epoch(recipe_, split_.train.size()); }

data::Loader Trainer::batches(std::int64_t first_epoch, std::int64_t epochs, std::int64_t first_batch) const {
  return {split_.train,
          {.batch = batch_options(recipe_, options_.compute),
           .first_epoch = first_epoch,
           .first_batch = first_batch,
           .epochs = epochs,
           .mix = build_mix(recipe_),
           .repeat_first = options_.repeat_batch}};
}

TrainingDone Trainer::run(const std::vector<Observer*>& observers, const StopRequest& stop) {
  const auto load = [this](std::int64_t first_epoch, std::int64_t first_batch) {
    return batches(first_epoch, recipe_.epochs, first_batch);
  };
  const LoopSizes sizes{.epochs = recipe_.epochs,
                        .batches_per_epoch = batches_per_epoch(),
                        .accumulate = recipe_.optimizer.accumulate,
                        .train_samples = train_samples(),
                        .unread_batches = options_.unread_batches};
  TrainingLoop loop(sizes,
                    {.load = load,
                     .network = network(),
                     .update = update_,
                     .step = step_,
                     .evaluation = evaluation_,
                     .decisions = decisions_,
                     .progress = progress_,
                     .device = options_.compute.device},
                    observers, stop);
  return loop.run();
}

TrainerState Trainer::state() {
  progress_.read(0);
  return state_of(progress_, network(), update_, decisions_);
}

bool Trainer::settle() {
  progress_.read(0);
  return !progress_.has_events();
}

void Trainer::check_finite() { train::check_finite(state()); }

void Trainer::set_position(std::int64_t epoch, const EpochProgress& progress) {
  progress_.set(epoch, progress);
  update_.set_started(epoch > 0 || progress.batches > 0);
}

BatchValues Trainer::add_gradients(const data::Batch& batch, std::int64_t batches) {
  return read_values(step_.add_gradients(batch, batches, LossCheck::before_backward));
}

}  // namespace reslab::train
