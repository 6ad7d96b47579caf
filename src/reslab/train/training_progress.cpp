#include "reslab/train/training_progress.h"

#include "reslab/core/error.h"
#include "reslab/train/decisions.h"
#include "reslab/train/divergence.h"

namespace reslab::train {

void TrainingProgress::set(std::int64_t epoch, const EpochProgress& of_epoch) {
  epoch_ = epoch;
  of_epoch_ = of_epoch;
  unread_.clear();
  events_.clear();
}

void TrainingProgress::begin_epoch() {
  seconds_before_ = of_epoch_.seconds;
  epoch_clock_ = {};
  last_read_ = epoch_seconds();
}

void TrainingProgress::end_epoch() {
  RESLAB_ASSERT(unread_.size() == 0, unread_.size());
  ++epoch_;
  of_epoch_ = {};
}

double TrainingProgress::epoch_seconds() const {
  const bool first = epoch_ == 0 && seconds_before_ == 0;
  return seconds_before_ + epoch_clock_.seconds() + (first ? seconds_before_training_ : 0);
}

void TrainingProgress::add(const BatchDone& event, const at::Tensor& values) { unread_.add(event, values); }

void TrainingProgress::add_read(BatchDone event, const BatchValues& values) {
  count(event, values);
  event.epoch_seconds = of_epoch_.seconds = epoch_seconds();
  events_.push_back(event);
}

void TrainingProgress::count(BatchDone& event, const BatchValues& values) {
  event.loss = values.loss;
  of_epoch_.batches = event.batch + 1;
  of_epoch_.samples += values.samples;
  of_epoch_.correct += values.correct;
  of_epoch_.loss_sum += values.loss * static_cast<double>(values.samples);
  event.correct = of_epoch_.correct;
  event.seen = of_epoch_.samples;
}

void TrainingProgress::read(std::int64_t leave) {
  while (unread_.size() > leave) {
    auto [event, values] = unread_.read();
    count(event, values);
    // The host learns when a batch is done only here, not when it gave the batch to the device.
    event.epoch_seconds = of_epoch_.seconds = epoch_seconds();
    event.batch_seconds = event.epoch_seconds - last_read_;
    last_read_ = event.epoch_seconds;
    if (Decisions::has_diverged(event.loss)) {
      unread_.clear();
      throw_diverged(event, "the loss; the steps after it were made before it was known");
    }
    events_.push_back(event);
  }
}

std::optional<BatchDone> TrainingProgress::next_event() {
  if (events_.empty()) return std::nullopt;
  const BatchDone event = events_.front();
  events_.pop_front();
  return event;
}

}  // namespace reslab::train
