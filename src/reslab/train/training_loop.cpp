#include "reslab/train/training_loop.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/train/divergence.h"
#include "reslab/train/non_finite.h"
#include "reslab/train/step_graph.h"
#include "reslab/train/training_state.h"

namespace reslab::train {

TrainingDone TrainingLoop::run() {
  const OwnStream stream(pieces_.device);
  // An exception may have left batches of an earlier run.
  pieces_.progress.read(0);
  pieces_.progress.forget_events();
  tell_started();
  const std::int64_t first_epoch = pieces_.progress.epoch();
  // A run that is resumed after its early end.
  if (pieces_.decisions.is_stopped_early(first_epoch)) return tell_done(End::stopped_early);
  pieces_.update.hide_average();
  data::Loader loader = pieces_.load(first_epoch, pieces_.progress.of_epoch().batches);
  pieces_.network.train();
  pieces_.update.forget_gradients();
  while (pieces_.progress.epoch() < sizes_.epochs) {
    if (const auto end = train_epoch(loader)) return tell_done(*end);
    if (const auto end = finish_epoch()) return tell_done(*end);
    pieces_.update.hide_average();
  }
  return tell_done(End::finished);
}

// The batches of an epoch that are left.
std::optional<End> TrainingLoop::train_epoch(data::Loader& loader) {
  pieces_.progress.begin_epoch();
  double waited = loader.waiting_seconds();
  while (const auto batch = loader.next()) {
    RESLAB_ASSERT(batch->epoch == pieces_.progress.epoch(), "the loader is in epoch ", batch->epoch,
                  ", the training in ", pieces_.progress.epoch());
    train_batch(*batch, loader.waiting_seconds() - waited);
    waited = loader.waiting_seconds();
    tell_batches();
    const std::int64_t batches = batch->index + 1;
    if (!pieces_.decisions.may_stop_after_batch(batches)) continue;
    if (const auto end = pieces_.decisions.stop_after_batch(batches, stop_facts())) {
      settle();
      return end;
    }
  }
  settle();
  return std::nullopt;
}

void TrainingLoop::train_batch(const data::Batch& batch, double waiting_seconds) {
  const core::Stopwatch watch;
  const StepPlace place = place_of(batch.epoch, batch.index, sizes_.batches_per_epoch, sizes_.accumulate);
  const schedule::Setting setting = pieces_.update.shown_setting(place.step);
  BatchDone event{.epoch = batch.epoch,
                  .batch = batch.index,
                  .batches = sizes_.batches_per_epoch,
                  .step = place.step,
                  .lr = setting.lr,
                  .momentum = setting.momentum,
                  .waiting_seconds = waiting_seconds};
  const bool late = sizes_.unread_batches > 0 || pieces_.step.is_device_step(place.step);
  pieces_.update.freeze(place.step);
  const at::Tensor values = pieces_.step.make(batch, place, late ? LossCheck::none : LossCheck::before_backward);
  if (late) {
    pieces_.progress.add(event, values);
    pieces_.progress.read(sizes_.unread_batches);
    return;
  }
  const BatchValues read = read_values(values);
  event.loss = read.loss;
  if (Decisions::has_diverged(event.loss))
    throw_diverged(event, first_non_finite(pieces_.network, batch.images.to(pieces_.device)));
  event.batch_seconds = watch.seconds() + waiting_seconds;
  pieces_.progress.add_read(event, read);
}

// From the last batch to the next epoch: evaluation, and the decision whether there is one.
std::optional<End> TrainingLoop::finish_epoch() {
  EpochDone event = summary();
  check_finite(state_of(pieces_.progress, pieces_.network, pieces_.update, pieces_.decisions));
  tell(&Observer::on_epoch_trained, event);
  // The average, where there is one, is evaluated, and observers save it.
  pieces_.update.show_average();
  if (!pieces_.evaluation.evaluate_epoch(event, pieces_.decisions, stop_)) {
    pieces_.update.hide_average();
    return Decisions::stop_in_evaluation(stop_());
  }
  pieces_.progress.end_epoch();
  tell(&Observer::on_epoch_done, event);
  return pieces_.decisions.stop_after_epoch(pieces_.progress.epoch(), stop_facts());
}

StopFacts TrainingLoop::stop_facts() const {
  return {.asked = stop_ ? stop_() : std::nullopt, .seconds = watch_.seconds()};
}

EpochDone TrainingLoop::summary() const {
  const EpochProgress& epoch = pieces_.progress.of_epoch();
  const auto seen = static_cast<double>(std::max<std::int64_t>(epoch.samples, 1));
  return {.epoch = pieces_.progress.epoch(),
          .epochs = sizes_.epochs,
          .train_loss = epoch.loss_sum / seen,
          .train_accuracy = static_cast<double>(epoch.correct) / seen,
          .train_seconds = epoch.seconds};
}

void TrainingLoop::tell_started() const {
  const std::int64_t epoch = pieces_.progress.epoch(), batches = pieces_.progress.of_epoch().batches;
  const auto rounded_up = [&](std::int64_t count) { return (count + sizes_.accumulate - 1) / sizes_.accumulate; };
  tell(&Observer::on_training_started,
       TrainingStarted{.epochs = sizes_.epochs,
                       .first_epoch = epoch,
                       .first_batch = batches,
                       .first_step = epoch * rounded_up(sizes_.batches_per_epoch) + rounded_up(batches),
                       .batches_per_epoch = sizes_.batches_per_epoch,
                       .train_samples = sizes_.train_samples});
}

TrainingDone TrainingLoop::tell_done(End end) const {
  const TrainingDone event{.end = end, .epochs_done = pieces_.progress.epoch(), .seconds = watch_.seconds()};
  tell(&Observer::on_training_done, event);
  return event;
}

void TrainingLoop::tell_batches() {
  while (const auto event = pieces_.progress.next_event()) tell(&Observer::on_batch_done, *event);
}

// Reads the unread batches one by one, so that observers are told of each as soon as it is known.
void TrainingLoop::settle() {
  while (pieces_.progress.unread() > 0) {
    pieces_.progress.read(pieces_.progress.unread() - 1);
    tell_batches();
  }
}

}  // namespace reslab::train
