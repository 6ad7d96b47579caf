#include "reslab/train/range_test.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

// A copy of the trainer's state, put back at the end.
class KeptState {
 public:
  explicit KeptState(Trainer& trainer)
      : trainer_(trainer), shared_(trainer.state()), training_(trainer.network().is_training()) {
    for (const auto& [name, tensor] : shared_.network) copies_.push_back(tensor.detach().clone());
    for (const auto* buffers : {&shared_.momenta, &shared_.more})
      for (const auto& [name, buffer] : *buffers) copies_.push_back(buffer.clone());
  }
  ~KeptState() {
    const at::NoGradGuard no_grad;
    auto copy = copies_.begin();
    for (auto& [name, tensor] : shared_.network) tensor.copy_(*copy++);
    for (auto* buffers : {&shared_.momenta, &shared_.more})
      for (auto& [name, buffer] : *buffers) buffer.copy_(*copy++);
    trainer_.forget_gradients();
    trainer_.set_position(shared_.epoch, shared_.progress);
    trainer_.network().train(training_);
  }
  KeptState(const KeptState&) = delete;
  KeptState& operator=(const KeptState&) = delete;

 private:
  Trainer& trainer_;
  TrainerState shared_;
  std::vector<at::Tensor> copies_;
  bool training_;
};

void check(const RangeTestOptions& options) {
  const auto refuse = [](std::string found, const char* allowed) {
    throw core::UserError(
        {.attempted = "make a learning-rate range test", .found = std::move(found), .allowed = allowed});
  };
  if (!(options.first_lr > 0 && options.last_lr > options.first_lr && std::isfinite(options.last_lr)))
    refuse(core::concatenate("learning rates from ", options.first_lr, " to ", options.last_lr),
           "a range that rises, above 0");
  if (options.steps < 2) refuse(core::concatenate(options.steps, " steps"), "at least 2");
  if (!(options.smoothing > 0 && options.smoothing <= 1))
    refuse(core::concatenate("a smoothing of ", options.smoothing), "the weight of a new loss, in (0, 1]");
  if (!(options.divergence == 0 || options.divergence > 1))
    refuse(core::concatenate("an end at ", options.divergence, " times the lowest loss"),
           "more than 1, or 0 for no such end");
}

// The mean loss of the batches that make one step, and the step; a loss that is no number ends it.
class Steps {
 public:
  Steps(Trainer& trainer, const recipe::Recipe& recipe, std::int64_t steps)
      : trainer_(trainer),
        accumulate_(recipe.optimizer.accumulate),
        batches_(trainer.batches_per_epoch()),
        loader_(trainer.batches(trainer.epoch(), last_epoch(trainer, steps))) {}

  double make(const schedule::Setting& setting) {
    double sum = 0;
    std::int64_t together = 1;
    for (std::int64_t done = 0; done < together; ++done) {
      auto batch = loader_.next();
      if (!batch) batch = loader_.next();  // an epoch has ended
      RESLAB_ASSERT(batch, "more steps than the epochs hold");
      if (done == 0) together = std::min(accumulate_, batches_ - batch->index);
      const double loss = trainer_.add_gradients(*batch, together).loss;
      if (!std::isfinite(loss)) return loss;
      sum += loss;
    }
    trainer_.update(setting);
    return sum / static_cast<double>(together);
  }

 private:
  static std::int64_t last_epoch(const Trainer& trainer, std::int64_t steps) {
    return trainer.epoch() + (steps + trainer.steps_per_epoch() - 1) / trainer.steps_per_epoch();
  }

  Trainer& trainer_;
  std::int64_t accumulate_, batches_;
  data::Loader loader_;
};

// As far as all tests have finite losses.
std::size_t common_length(const std::vector<SeededRangeTest>& tests) {
  std::size_t length = std::numeric_limits<std::size_t>::max();
  for (const SeededRangeTest& one : tests) {
    const auto& curve = one.test.curve;
    const bool whole = curve.empty() || std::isfinite(curve.back().loss);
    length = std::min(length, curve.size() - (whole ? 0 : 1));
  }
  return length;
}

void average(RangeTests& result) {
  const auto count = static_cast<double>(result.tests.size());
  const std::size_t length = common_length(result.tests);
  for (std::size_t i = 0; i < length; ++i) {
    LrPoint mean{.lr = result.tests.front().test.curve[i].lr};
    for (const SeededRangeTest& one : result.tests) {
      mean.loss += one.test.curve[i].loss / count;
      mean.smoothed += one.test.curve[i].smoothed / count;
    }
    double squares = 0;
    for (const SeededRangeTest& one : result.tests) squares += std::pow(one.test.curve[i].smoothed - mean.smoothed, 2);
    result.mean.push_back(mean);
    result.deviation.push_back(count > 1 ? std::sqrt(squares / (count - 1)) : 0);
  }
}

}  // namespace

std::string_view name_of(RangeTestEnd end) {
  switch (end) {
    case RangeTestEnd::finished: return "finished";
    case RangeTestEnd::diverged: return "diverged";
    case RangeTestEnd::not_finite: return "not_finite";
    case RangeTestEnd::interrupted: break;
  }
  return "interrupted";
}

RangeTest range_test(Trainer& trainer, const recipe::Recipe& recipe, const RangeTestOptions& options,
                     const RangeTestProgress& progress) {
  check(options);
  const schedule::Ramp ramp({.total_steps = options.steps,
                             .first_lr = options.first_lr,
                             .last_lr = options.last_lr,
                             .curve = options.ramp,
                             .momentum = recipe.optimizer.momentum});
  const KeptState kept(trainer);
  trainer.network().train();
  trainer.forget_gradients();
  Steps steps(trainer, recipe, options.steps);
  LossSmoother smoother(options.smoothing);
  double lowest = std::numeric_limits<double>::infinity();
  RangeTest result;
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const schedule::Setting setting = ramp.at(step);
    const double loss = steps.make(setting), smoothed = smoother.add(loss);
    result.curve.push_back({.lr = setting.lr, .loss = loss, .smoothed = smoothed});
    const bool asked = progress && progress(result.curve.back(), step + 1);
    lowest = std::min(lowest, smoothed);
    if (!std::isfinite(loss))
      result.end = RangeTestEnd::not_finite;
    else if (options.divergence > 0 && smoothed > options.divergence * lowest)
      result.end = RangeTestEnd::diverged;
    else if (asked && step + 1 < options.steps)
      result.end = RangeTestEnd::interrupted;
    if (result.end != RangeTestEnd::finished) break;
  }
  return result;
}

double RangeTests::spread(LrRule rule) const {
  double lowest = std::numeric_limits<double>::infinity(), highest = 0;
  for (const SeededRangeTest& one : tests) {
    const LrSuggestion* found = one.reading.find(rule);
    if (found == nullptr) return 0;
    lowest = std::min(lowest, found->lr), highest = std::max(highest, found->lr);
  }
  return tests.empty() ? 0 : highest / lowest;
}

RangeTests range_tests(const recipe::Recipe& recipe, const data::Splits& splits, const Compute& compute,
                       const RangeTestOptions& options, std::int64_t repeats, const RangeTestsProgress& progress) {
  RESLAB_ASSERT(repeats >= 1, repeats);
  const LrReadingOptions reading{.planned_steps = options.steps, .smoothing = options.smoothing};
  RangeTests result;
  for (std::int64_t repeat = 0; repeat < repeats; ++repeat) {
    recipe::Recipe seeded = recipe;
    seeded.seed += static_cast<std::uint64_t>(repeat);
    Trainer trainer(seeded, splits, {.compute = compute});
    SeededRangeTest one{.seed = seeded.seed};
    one.test = range_test(trainer, seeded, options, [&](const LrPoint& point, std::int64_t done) {
      return progress && progress(repeat, point, done);
    });
    one.reading = read_lr_curve(one.test.curve, reading);
    result.tests.push_back(std::move(one));
    if (result.interrupted()) break;
  }
  average(result);
  // Averaging makes the batches' noise smaller, but not the question whether the tests agree.
  result.reading = read_lr_curve(result.mean, reading);
  if (result.reading.verdict == LrVerdict::fine && result.spread(LrRule::valley) > noisy_spread)
    result.reading.verdict = LrVerdict::noisy;
  return result;
}

}  // namespace reslab::train
