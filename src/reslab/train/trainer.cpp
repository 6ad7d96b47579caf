#include "reslab/train/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/record_function.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/data/device_maker.h"
#include "reslab/data/split.h"
#include "reslab/models/summary.h"
#include "reslab/nn/layer.h"
#include "reslab/optim/clip.h"
#include "reslab/train/learning_rate.h"
#include "reslab/train/lone_values.h"
#include "reslab/train/non_finite.h"
#include "reslab/train/recipe_schedule.h"
#include "reslab/train/step_graph.h"

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

constexpr std::int64_t unread_on_a_gpu = 8;

}  // namespace

/// A batch on its way through the network.
struct Trainer::Passed {
  at::Tensor outputs, labels, loss;

  double scale = 1;  ///< loss = scale · mean loss

  /// [2], fp64, on the device: the mean loss, and how many are right.
  at::Tensor values() const {
    const at::Tensor correct = outputs.detach().argmax(1).eq(labels).sum();
    return at::stack({loss.detach().to(at::kDouble) / scale, correct.to(at::kDouble)});
  }
};

Trainer::~Trainer() = default;

Trainer::Trainer(const Recipe& recipe, const data::Parts& parts, const TrainerOptions& options)
    : recipe_(recipe),
      options_(options),
      train_{.dataset = parts.train, .normalizer = build_normalizer(recipe, parts.train)},
      test_{.dataset = parts.test, .normalizer = train_.normalizer},
      patience_(recipe.early_stopping.patience) {
  if (options_.unread_batches < 0) options_.unread_batches = options.compute.device.is_cpu() ? 0 : unread_on_a_gpu;
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
  if (!options.compute.device.is_cpu()) make_resident(parts);
  network_ = build_network(recipe, parts.train);
  nn::initialise(*network_, recipe.seed);
  fit_network();
  try_sizes();
  network_->to(options.compute.device);
  parts_ = build_parts(recipe, *network_, total_steps(), steps_per_epoch());
  leading_schedule_ = make_schedule(recipe, leading_part(recipe), total_steps(), steps_per_epoch());
  frozen_late_ = late_frozen_parameters(recipe, *network_);
  average_ = build_average(recipe, *network_, steps_per_epoch());
  if ((options.device_steps || options.compute.device.is_cuda()) && DeviceSteps::suit(recipe, parts_, total_steps()))
    device_steps_ = std::make_unique<DeviceSteps>(parts_, options.compute.device,
                                                  [this](const at::Tensor& images, const at::Tensor& labels) {
                                                    const Passed passed = forward(images, labels);
                                                    backward(passed, 1);
                                                    RECORD_FUNCTION("reslab::optimizer", std::vector<c10::IValue>());
                                                    limit_gradients();
                                                    return passed.values();
                                                  });
}

// Where batches can be made on the device at all, and the images fit in there; else the processor makes them.
void Trainer::make_resident(const data::Parts& parts) {
  if (!data::DeviceMaker::suits(train_)) {
    why_batches_wait_ = "the recipe's augmentation can't be done in its fast memory";
    return;
  }
  const auto copy = [&](const data::Dataset& dataset) -> std::shared_ptr<const data::ResidentData> {
    try {
      return data::copy_to(dataset, options_.compute.device);
    } catch (const c10::OutOfMemoryError&) {
      why_batches_wait_ = "it has no room for the images (" + core::size_text(dataset.images.nbytes()) + ")";
      return nullptr;
    }
  };
  train_.resident = copy(parts.train);
  if (holdout_) holdout_->resident = train_.resident;
  test_.resident = recipe_.data.overfit_batches > 0 ? train_.resident : copy(parts.test);
}

// Before the first step, not in the epoch in which the images grow.
void Trainer::try_sizes() const {
  const at::Tensor& images = train_.dataset.images;
  TrainedImages trained{.samples = train_.size(), .channels = images.size(3)};
  for (const std::int64_t side : sides_by_epoch(recipe_)) {
    models::summarise(*network_, {.channels = images.size(3), .height = side, .width = side});
    trained.sizes.push_back({static_cast<int>(side), static_cast<int>(side)});
  }
  const augment::Size whole{static_cast<int>(images.size(1)), static_cast<int>(images.size(2))};
  if (trained.sizes.empty()) trained.sizes.push_back(train_.pipeline ? train_.pipeline->output_size(whole) : whole);
  check_lone_values(*network_, recipe_, trained);
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
          .pinned = options_.compute.device.is_cuda(),
          .seed = recipe_.seed,
          .sides = sides_by_epoch(recipe_)};
}

std::int64_t Trainer::batches_per_epoch() const { return train::batches_per_epoch(recipe_, train_.size()); }

std::int64_t Trainer::steps_per_epoch() const { return train::steps_per_epoch(recipe_, train_.size()); }

TrainerState Trainer::state() {
  read_losses(0);
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

void Trainer::check_finite() {
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
  const std::int64_t batches = progress_.batches + unread_.size();
  return batches % recipe_.optimizer.accumulate == 0 || batches == batches_per_epoch();
}

void Trainer::set_position(std::int64_t epoch, const EpochProgress& progress) {
  epoch_ = epoch;
  progress_ = progress;
  unread_.clear();
  untold_.clear();
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

at::Tensor Trainer::on_device(const at::Tensor& tensor) const {
  return tensor.to(options_.compute.device, /*non_blocking=*/true);
}

Trainer::Passed Trainer::forward(const at::Tensor& images, const at::Tensor& labels) {
  Passed passed{.outputs = network_->forward(on_device(images)), .labels = on_device(labels)};
  passed.loss = loss_of(passed.outputs, passed.labels);
  if (recipe_.loss.reduction == "sum") passed.scale = static_cast<double>(labels.size(0));
  return passed;
}

void Trainer::backward(const Passed& passed, std::int64_t together) const {
  (together == 1 ? passed.loss : passed.loss / static_cast<double>(together)).backward();
}

Trainer::BatchLoss Trainer::add_gradients(const data::Batch& batch, std::int64_t together) {
  const Passed passed = forward(batch.images, batch.labels);
  BatchLoss result{.loss = passed.loss.item<double>() / passed.scale};
  if (!std::isfinite(result.loss)) return result;
  backward(passed, together);
  result.correct = passed.outputs.detach().argmax(1).eq(passed.labels).sum().item<std::int64_t>();
  return result;
}

// Into the sums of the epoch.
void Trainer::count(BatchDone& event, std::int64_t samples, std::int64_t correct) {
  progress_.batches = event.batch + 1;
  progress_.samples += samples;
  progress_.correct += correct;
  progress_.loss_sum += event.loss * static_cast<double>(samples);
  event.correct = progress_.correct;
  event.seen = progress_.samples;
}

// Waits for the oldest of the batches under way, until so many are left.
void Trainer::read_losses(std::int64_t leave) {
  while (unread_.size() > leave) {
    const UnreadLosses::Read oldest = unread_.read();
    BatchDone event = oldest.event;
    event.loss = oldest.loss;
    count(event, oldest.samples, oldest.correct);
    // When the batch was done, as far as the host can know: not when it was given to the device.
    event.epoch_seconds = progress_.seconds = epoch_seconds();
    event.batch_seconds = event.epoch_seconds - last_read_;
    last_read_ = event.epoch_seconds;
    if (!std::isfinite(event.loss)) {
      unread_.clear();
      diverged(event.loss, event.epoch, event.batch, event.lr,
               "the loss; the steps after it were made before it was known");
    }
    untold_.push_back(event);
  }
}

bool Trainer::settle() {
  read_losses(0);
  return untold_.empty();
}

// What the network took from the images before its first step is part of the first epoch.
double Trainer::epoch_seconds() const {
  const bool first = epoch_ == 0 && seconds_before_ == 0;
  return seconds_before_ + seconds_since(epoch_start_) + (first ? fit_seconds_ : 0);
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
  const bool on_device = options_.compute.device.is_cuda() && step > 0;
  for (TrainedPart& part : parts_) {
    const schedule::Setting setting = part.schedule->at(step);
    if (on_device && part.optimizer->steps_on_device())
      part.optimizer->step_on_device(
          at::full({}, setting.lr, at::TensorOptions(at::kFloat).device(options_.compute.device)), setting.momentum);
    else
      part.optimizer->step(setting.lr, setting.momentum);
    part.optimizer->zero_grad();
  }
  if (average_) average_->after_step(step, step + 1 == total_steps());
}

void Trainer::update(const schedule::Setting& setting) {
  limit_gradients();
  for (TrainedPart& part : parts_) {
    const double scale = highest_lr(recipe_, part.part) / highest_lr(recipe_, leading_part(recipe_));
    const double momentum = part.part == Part::filters ? recipe_.optimizer.muon.momentum : setting.momentum;
    // As a training at that rate has it: see build_parts.
    if (recipe_.optimizer.decay_per_step > 0)
      part.optimizer->scale_decay(peak_lr(recipe_, part.part) / (scale * setting.lr));
    part.optimizer->step(scale * setting.lr, momentum);
    part.optimizer->scale_decay(1);
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
      : trainer_(trainer), progress_(trainer.progress_), epoch_(epoch), batches_(trainer.batches_per_epoch()) {
    trainer.seconds_before_ = progress_.seconds;
    trainer.epoch_start_ = Clock::now();
    trainer.last_read_ = trainer.epoch_seconds();
  }

  /// Forward, backward and, at the end of an accumulation, the update. What it tells stands in untold_, as far as it is
  /// known.
  void train(const data::Batch& batch, double waiting_seconds) {
    const auto start = Clock::now();
    const std::int64_t accumulate = trainer_.recipe_.optimizer.accumulate;
    const std::int64_t step = epoch_ * trainer_.steps_per_epoch() + batch.index / accumulate;
    const schedule::Setting setting = trainer_.leading_schedule_->at(step);
    trainer_.freeze(step);
    const std::int64_t first = batch.index / accumulate * accumulate;
    const std::int64_t together = std::min(accumulate, batches_ - first);
    BatchDone event{.epoch = epoch_,
                    .batch = batch.index,
                    .batches = batches_,
                    .step = step,
                    .lr = setting.lr,
                    .momentum = setting.momentum,
                    .waiting_seconds = waiting_seconds};
    // An optimiser's first step is a different one.
    const bool whole = trainer_.device_steps_ && step > 0;
    const bool late = whole || trainer_.options_.unread_batches > 0;
    at::Tensor values;
    if (whole) {
      values = trainer_.device_steps_->make(trainer_.on_device(batch.images), trainer_.on_device(batch.labels), step);
      if (trainer_.average_) trainer_.average_->after_step(step, step + 1 == trainer_.total_steps());
    } else {
      if (late)
        values = enqueue(batch, together);
      else
        read(event, batch, together);
      if (batch.index == first + together - 1) trainer_.update(step);
    }
    if (late) {
      trainer_.unread_.add(event, batch.size(), values);
      trainer_.read_losses(trainer_.options_.unread_batches);
      return;
    }
    event.epoch_seconds = progress_.seconds = trainer_.epoch_seconds();
    event.batch_seconds = seconds_since(start) + waiting_seconds;
    trainer_.untold_.push_back(event);
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
  void read(BatchDone& event, const data::Batch& batch, std::int64_t together) {
    const BatchLoss result = trainer_.add_gradients(batch, together);
    event.loss = result.loss;
    if (!std::isfinite(result.loss))
      diverged(result.loss, epoch_, batch.index, event.lr,
               first_non_finite(*trainer_.network_, trainer_.on_device(batch.images)));
    trainer_.count(event, batch.size(), result.correct);
  }

  // Nothing here waits for the device.
  at::Tensor enqueue(const data::Batch& batch, std::int64_t together) {
    const Passed passed = trainer_.forward(batch.images, batch.labels);
    trainer_.backward(passed, together);
    return passed.values();
  }

  Trainer& trainer_;
  EpochProgress& progress_;
  std::int64_t epoch_, batches_;
};

TrainingDone Trainer::run(const std::vector<Observer*>& observers, const StopRequest& stop) {
  const auto start = Clock::now();
  const OwnStream stream(options_.compute.device);
  // What an exception may have left.
  read_losses(0);
  untold_.clear();
  const auto tell = [&](auto method, const auto& event) {
    for (Observer* observer : observers) (observer->*method)(event);
  };
  const auto tell_batches = [&] {
    while (!untold_.empty()) {
      const BatchDone event = untold_.front();
      untold_.pop_front();
      tell(&Observer::on_batch_done, event);
    }
  };
  // One by one, so that each is told when it is known.
  const auto tell_all = [&] {
    while (unread_.size() > 0) {
      read_losses(unread_.size() - 1);
      tell_batches();
    }
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
      epoch.train(*batch, loader.waiting_seconds() - waited);
      waited = loader.waiting_seconds();
      tell_batches();
      // After the last batch the epoch is whole but for its evaluation: see below. Gradients that wait for a step
      // aren't part of the state.
      if (batch->index + 1 == batches_per_epoch() || !is_between_steps()) continue;
      if (const auto asked = stop_now()) {
        tell_all();
        return done(*asked);
      }
    }
    tell_all();
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
