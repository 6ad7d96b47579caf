#include "reslab/train/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/record_function.h>

#include <chrono>
#include <cmath>
#include <map>

#include "reslab/core/error.h"
#include "reslab/data/split.h"
#include "reslab/models/summary.h"
#include "reslab/nn/layer.h"
#include "reslab/optim/clip.h"
#include "reslab/train/non_finite.h"
#include "reslab/train/recipe_schedule.h"

namespace reslab::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr const char* divergence_remedy =
    "lower the learning rate (--lr), or clip gradients (--set optimizer.clip_value=0.1), in a new run; what was saved "
    "before "
    "stays";

[[noreturn]] void diverged(double loss, std::int64_t epoch, std::int64_t batch, double lr, const std::string& where) {
  throw core::UserError(
      {.attempted = core::concatenate("train on: the loss is ", loss, " in epoch ", epoch + 1, ", batch ", batch),
       .found = core::concatenate("training diverged at learning rate ", lr,
                                  "; the first that is no finite number: ", where),
       .remedy = divergence_remedy});
}

}  // namespace

Trainer::Trainer(const Recipe& recipe, const data::Parts& parts, const TrainerOptions& options)
    : recipe_(recipe),
      options_(options),
      train_{.dataset = parts.train, .normalizer = build_normalizer(recipe, parts.train)},
      test_{.dataset = parts.test, .normalizer = train_.normalizer},
      patience_(recipe.early_stopping.patience) {
  if (recipe.data.holdout > 0) {
    const data::Split split =
        data::split_holdout({.samples = parts.train.size(), .holdout = recipe.data.holdout, .seed = recipe.seed});
    train_.indices = split.train;
    holdout_ = train_;
    holdout_->indices = split.holdout;
  }
  if (recipe.data.overfit_batches > 0) {
    const at::Tensor indices = train_.indices.defined() ? train_.indices : at::arange(parts.train.size(), at::kLong);
    train_.indices = indices.slice(0, 0, recipe.data.overfit_batches * recipe.data.batch_size).contiguous();
    test_ = train_;
  } else {
    train_.pipeline = build_pipeline(recipe, train_.normalizer);
  }
  network_ = build_network(recipe, parts.train);
  nn::initialise(*network_, recipe.seed);
  fit_network();
  try_sizes();
  network_->to(options.compute.device);
  parts_ = build_parts(recipe, *network_, total_steps(), steps_per_epoch());
  frozen_late_ = late_frozen_parameters(recipe, *network_);
  average_ = build_average(recipe, *network_, steps_per_epoch());
}

// Before the first step, not in the epoch in which the images grow.
void Trainer::try_sizes() const {
  for (const std::int64_t side : sides_by_epoch(recipe_))
    models::summarise(*network_, {.channels = train_.dataset.images.size(3), .height = side, .width = side});
}

// On the first samples in their own order, so that the seed doesn't change it; never on held-out ones.
void Trainer::fit_network() {
  const std::int64_t wanted = std::min(network_->images_to_fit(), train_.size());
  if (wanted == 0) return;
  const auto start = Clock::now();
  data::BatchSource plain = train_;
  plain.pipeline = nullptr;
  data::BatchMaker maker(std::move(plain), {.batch_size = wanted, .shuffle = false});
  network_->fit(maker.make(maker.order(0), 0, 0).images);
  fit_seconds_ = seconds_since(start);
}

// What isn't trained any more needs no gradient, and then nor do the layers above for its sake.
void Trainer::freeze(std::int64_t step) {
  for (TrainedPart& part : parts_) {
    if (part.part != Part::whitening) continue;
    const bool trained = step < whitening_steps(recipe_, total_steps(), steps_per_epoch());
    for (const at::Tensor& parameter : part.optimizer->parameters()) parameter.set_requires_grad(trained);
  }
  const bool trained = step < freeze_step(recipe_, total_steps(), steps_per_epoch());
  for (const at::Tensor& parameter : frozen_late_) parameter.set_requires_grad(trained);
}

std::vector<at::Tensor> Trainer::trained_parameters() const {
  std::vector<at::Tensor> all;
  for (const TrainedPart& part : parts_)
    for (const at::Tensor& parameter : part.optimizer->parameters()) all.push_back(parameter);
  return all;
}

data::BatchOptions Trainer::batch_options() const {
  return {.batch_size = recipe_.data.batch_size,
          .shuffle = recipe_.data.shuffle && recipe_.data.overfit_batches == 0,
          .drop_last = recipe_.data.drop_last,
          .limit_batches = recipe_.data.limit_batches,
          .type = options_.compute.batch_type(),
          .seed = recipe_.seed,
          .sides = sides_by_epoch(recipe_)};
}

std::int64_t Trainer::batches_per_epoch() const { return train::batches_per_epoch(recipe_, train_.size()); }

std::int64_t Trainer::steps_per_epoch() const { return train::steps_per_epoch(recipe_, train_.size()); }

TrainerState Trainer::state() const {
  TrainerState state{.epoch = epoch_, .progress = progress_, .network = nn::state_of(*network_)};
  for (const TrainedPart& part : parts_)
    for (const optim::Momentum& momentum : part.optimizer->state()) state.momenta.push_back(momentum);
  if (recipe_.early_stopping.patience > 0) state.more.push_back({"patience", patience_.state()});
  if (!average_) return state;
  for (const optim::Momentum& average : average_->state())
    state.more.push_back({"average." + average.name, average.buffer});
  // While the average stands in the network's place, what is trained lies elsewhere.
  std::map<std::string, at::Tensor> live;
  for (std::size_t i = 0; i < average_->names().size(); ++i) live[average_->names()[i]] = average_->live()[i];
  for (auto& [name, tensor] : state.network)
    if (const auto found = live.find(name); found != live.end()) tensor = found->second;
  return state;
}

void Trainer::check_finite() const {
  const TrainerState now = state();
  const auto check = [&](const std::string& name, const at::Tensor& tensor) {
    if (is_finite(tensor)) return;
    throw core::UserError(
        {.attempted = core::concatenate("train on after epoch ", epoch_, ", batch ", progress_.batches),
         .found = "training diverged; the first that is no finite number: " + name,
         .remedy = divergence_remedy});
  };
  for (const auto& [name, tensor] : now.network) check(name, tensor);
  for (const optim::Momentum& momentum : now.momenta) check("the momentum of " + momentum.name, momentum.buffer);
}

bool Trainer::is_between_steps() const {
  return progress_.batches % recipe_.optimizer.accumulate == 0 || progress_.batches == batches_per_epoch();
}

void Trainer::set_position(std::int64_t epoch, const EpochProgress& progress) {
  epoch_ = epoch;
  progress_ = progress;
  for (TrainedPart& part : parts_) part.optimizer->set_started(epoch > 0 || progress.batches > 0);
}

at::Tensor Trainer::loss_of(const at::Tensor& outputs, const at::Tensor& labels) const {
  RECORD_FUNCTION("reslab::loss", std::vector<c10::IValue>());
  const auto reduction = recipe_.loss.reduction == "sum" ? at::Reduction::Sum : at::Reduction::Mean;
  at::Tensor loss = at::cross_entropy_loss(outputs, labels, /*weight=*/{}, reduction, /*ignore_index=*/-100,
                                           recipe_.loss.label_smoothing);
  if (recipe_.loss.l1 > 0)
    for (const at::Tensor& parameter : trained_parameters()) loss = loss + recipe_.loss.l1 * parameter.abs().sum();
  return loss;
}

data::Loader Trainer::batches(std::int64_t first_epoch, std::int64_t epochs, std::int64_t first_batch) const {
  return {train_,
          {.batch = batch_options(),
           .first_epoch = first_epoch,
           .first_batch = first_batch,
           .epochs = epochs,
           .repeat_first = options_.repeat_batch}};
}

Trainer::BatchLoss Trainer::add_gradients(const data::Batch& batch, std::int64_t together) {
  const c10::Device device = options_.compute.device;
  const at::Tensor labels = batch.labels.to(device);
  const at::Tensor outputs = network_->forward(batch.images.to(device));
  const at::Tensor loss = loss_of(outputs, labels);
  const double scale = recipe_.loss.reduction == "sum" ? static_cast<double>(labels.size(0)) : 1;
  BatchLoss result{.loss = loss.item<double>() / scale};
  if (!std::isfinite(result.loss)) return result;
  (together == 1 ? loss : loss / static_cast<double>(together)).backward();
  result.correct = outputs.detach().argmax(1).eq(labels).sum().item<std::int64_t>();
  return result;
}

void Trainer::forget_gradients() {
  for (TrainedPart& part : parts_) part.optimizer->zero_grad();
}

void Trainer::limit_gradients() {
  const auto parameters = trained_parameters();
  if (recipe_.optimizer.clip_value > 0) optim::clip_by_value(parameters, recipe_.optimizer.clip_value);
  if (recipe_.optimizer.clip_norm > 0) optim::clip_by_norm(parameters, recipe_.optimizer.clip_norm);
}

void Trainer::update(std::int64_t step) {
  RECORD_FUNCTION("reslab::optimizer", std::vector<c10::IValue>());
  limit_gradients();
  for (TrainedPart& part : parts_) {
    const schedule::Setting setting = part.schedule->at(step);
    part.optimizer->step(setting.lr, setting.momentum);
    part.optimizer->zero_grad();
  }
  if (average_) average_->after_step(step, step + 1 == total_steps());
}

void Trainer::update(const schedule::Setting& setting) {
  limit_gradients();
  for (TrainedPart& part : parts_) {
    const double scale = highest_lr(recipe_, part.part) / recipe_.optimizer.lr;
    const double momentum = part.part == Part::filters ? recipe_.optimizer.muon.momentum : setting.momentum;
    part.optimizer->step(scale * setting.lr, momentum);
    part.optimizer->zero_grad();
  }
}

Evaluation Trainer::evaluate_on(const data::BatchSource& source, const ViewOptions& views, const StopRequest& stop) {
  return evaluate(*network_, source, options_.compute,
                  {.batch_size = recipe_.data.batch_size,
                   .limit_batches = recipe_.data.limit_batches,
                   .views = views,
                   .give_up = [&] { return stop && stop().has_value(); }});
}

// False when it was asked to stop: then it is as if it had not begun.
bool Trainer::evaluate_epoch(EpochDone& event, const StopRequest& stop) {
  const at::Tensor patience = patience_.state().clone();
  try {
    if (holdout_) {
      event.has_holdout = true;
      // By one view in every epoch, since epochs are compared by it.
      event.holdout = evaluate_on(*holdout_, {}, stop);
      // Counted before the test, which may be the last one then, and before checkpoints are written.
      patience_.after_epoch(event.holdout);
    }
    // Those between are only looked at: more views would cost time and change nothing.
    const bool last = epoch_ + 1 == recipe_.epochs || patience_.is_over();
    event.test = evaluate_on(test_, last ? view_options(recipe_.evaluation) : ViewOptions{}, stop);
    return true;
  } catch (const EvaluationGivenUp&) {
    at::Tensor(patience_.state()).copy_(patience);
    return false;
  }
}

/// One epoch of training, from its start or from within: adds to the trainer's sums.
class Trainer::EpochRun {
 public:
  EpochRun(Trainer& trainer, std::int64_t epoch)
      : trainer_(trainer),
        progress_(trainer.progress_),
        epoch_(epoch),
        batches_(trainer.batches_per_epoch()),
        seconds_before_(trainer.progress_.seconds) {}

  /// Forward, backward and, at the end of an accumulation, the update.
  BatchDone train(const data::Batch& batch, double waiting_seconds) {
    const auto start = Clock::now();
    const std::int64_t accumulate = trainer_.recipe_.optimizer.accumulate;
    const std::int64_t step = epoch_ * trainer_.steps_per_epoch() + batch.index / accumulate;
    const schedule::Setting setting = trainer_.parts_.front().schedule->at(step);
    trainer_.freeze(step);
    const std::int64_t first = batch.index / accumulate * accumulate;
    const std::int64_t together = std::min(accumulate, batches_ - first);
    const auto [value, correct] = trainer_.add_gradients(batch, together);
    if (!std::isfinite(value))
      diverged(value, epoch_, batch.index, setting.lr,
               first_non_finite(*trainer_.network_, batch.images.to(trainer_.options_.compute.device)));
    if (batch.index == first + together - 1) trainer_.update(step);

    progress_.batches = batch.index + 1;
    progress_.samples += batch.size();
    progress_.correct += correct;
    progress_.loss_sum += value * static_cast<double>(batch.size());
    progress_.seconds = seconds();
    return {.epoch = epoch_,
            .batch = batch.index,
            .batches = batches_,
            .step = step,
            .loss = value,
            .correct = progress_.correct,
            .seen = progress_.samples,
            .lr = setting.lr,
            .momentum = setting.momentum,
            .epoch_seconds = progress_.seconds,
            .batch_seconds = seconds_since(start) + waiting_seconds,
            .waiting_seconds = waiting_seconds};
  }

  EpochDone summary() const {
    const auto seen = static_cast<double>(std::max<std::int64_t>(progress_.samples, 1));
    return {.epoch = epoch_,
            .epochs = trainer_.recipe_.epochs,
            .train_loss = progress_.loss_sum / seen,
            .train_accuracy = static_cast<double>(progress_.correct) / seen,
            .train_seconds = progress_.seconds};
  }

 private:
  // What the network took from the images before its first step is part of the first epoch.
  double seconds() const {
    const bool first = epoch_ == 0 && seconds_before_ == 0;
    return seconds_before_ + seconds_since(start_) + (first ? trainer_.fit_seconds_ : 0);
  }

  Trainer& trainer_;
  EpochProgress& progress_;
  std::int64_t epoch_, batches_;
  double seconds_before_;
  Clock::time_point start_ = Clock::now();
};

TrainingDone Trainer::run(const std::vector<Observer*>& observers, const StopRequest& stop) {
  const auto start = Clock::now();
  const auto tell = [&](auto method, const auto& event) {
    for (Observer* observer : observers) (observer->*method)(event);
  };
  const StopRequest stop_now = [&]() -> std::optional<End> {
    if (stop)
      if (const auto asked = stop()) return asked;
    if (options_.max_seconds > 0 && seconds_since(start) >= options_.max_seconds) return End::out_of_time;
    return std::nullopt;
  };
  const auto done = [&](End end) {
    const TrainingDone event{.end = end, .epochs_done = epoch_, .seconds = seconds_since(start)};
    tell(&Observer::on_training_done, event);
    return event;
  };

  tell(&Observer::on_training_started,
       TrainingStarted{
           .epochs = recipe_.epochs,
           .first_epoch = epoch_,
           .first_batch = progress_.batches,
           .first_step = epoch_ * steps_per_epoch() +
                         (progress_.batches + recipe_.optimizer.accumulate - 1) / recipe_.optimizer.accumulate,
           .batches_per_epoch = batches_per_epoch(),
           .train_samples = train_.size()});
  // A run that was resumed after its end.
  if (patience_.is_over() && epoch_ < recipe_.epochs) return done(End::stopped_early);
  if (average_ && average_->exchanged()) average_->exchange();
  data::Loader loader = batches(epoch_, recipe_.epochs, progress_.batches);
  network_->train();
  forget_gradients();
  while (epoch_ < recipe_.epochs) {
    EpochRun epoch(*this, epoch_);
    double waited = loader.waiting_seconds();
    while (const auto batch = loader.next()) {
      RESLAB_ASSERT(batch->epoch == epoch_, "the loader is in epoch ", batch->epoch, ", the training in ", epoch_);
      tell(&Observer::on_batch_done, epoch.train(*batch, loader.waiting_seconds() - waited));
      waited = loader.waiting_seconds();
      // After the last batch the epoch is whole but for its evaluation: see below. Gradients that wait for a step
      // aren't part of the state.
      if (batch->index + 1 == batches_per_epoch() || !is_between_steps()) continue;
      if (const auto asked = stop_now()) return done(*asked);
    }
    EpochDone event = epoch.summary();
    check_finite();
    tell(&Observer::on_epoch_trained, event);
    // The average, where there is one, is what is evaluated and what observers save.
    if (average_) average_->exchange();
    if (!evaluate_epoch(event, stop)) {
      if (average_) average_->exchange();
      return done(stop().value_or(End::interrupted));
    }
    ++epoch_;
    progress_ = {};
    tell(&Observer::on_epoch_done, event);
    if (patience_.is_over() && epoch_ < recipe_.epochs) return done(End::stopped_early);
    if (const auto asked = stop_now(); asked && epoch_ < recipe_.epochs) return done(*asked);
    if (average_ && average_->exchanged() && epoch_ < recipe_.epochs) average_->exchange();
  }
  return done(End::finished);
}

}  // namespace reslab::train
