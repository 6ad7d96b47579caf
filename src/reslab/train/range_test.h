// The learning-rate range test: trains a few steps, the learning rate rising from step to step, and keeps the loss of
// each. The curve's reading is train/lr_suggestion.h.
//
//   train::Trainer trainer(recipe, splits, {.compute = compute});
//   const train::RangeTest test = train::range_test(trainer, recipe, {.steps = 100});
//   const train::LrReading reading = train::read_lr_curve(test.curve, …);
//
// Everything but the schedule is the recipe's own: optimiser, batches, augmentation, loss, clipping, accumulation. The
// momentum is optimizer.momentum throughout. Source: L. N. Smith, arXiv 1506.01186, section 3.3.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "reslab/schedule/ramp.h"
#include "reslab/train/lr_suggestion.h"
#include "reslab/train/trainer.h"

namespace reslab::train {

struct RangeTestOptions {
  double first_lr = 1e-5, last_lr = 10;  ///< 0 < first_lr < last_lr
  std::int64_t steps = 100;              ///< optimiser steps, ≥ 2
  schedule::RampCurve ramp = schedule::RampCurve::exponential;
  double smoothing = 0.2;  ///< weight of a new loss in the smoothed one, in (0, 1]; a small one lags behind the rate
  double divergence = 4;   ///< end when the smoothed loss is above so many times its lowest; 0 for never
};

enum class RangeTestEnd {
  finished,     ///< all steps were made
  diverged,     ///< the smoothed loss rose too far
  not_finite,   ///< a batch's loss was no number
  interrupted,  ///< as asked
};

std::string_view name_of(RangeTestEnd end);

struct RangeTest {
  std::vector<LrPoint> curve;  ///< a point a step; the last one's loss is no number where the test ended by that
  RangeTestEnd end = RangeTestEnd::finished;
};

/// After each step: the point, and how many there are. True asks for the end.
using RangeTestProgress = std::function<bool(const LrPoint& point, std::int64_t done)>;

/// Trains on `trainer`'s batches from its current epoch on, and then puts back parameters, batch-norm's statistics,
/// momenta and position, bit for bit, also when something is thrown. `recipe` is the trainer's.
RangeTest range_test(Trainer& trainer, const recipe::Recipe& recipe, const RangeTestOptions& options,
                     const RangeTestProgress& progress = {});

/// One test of several: the recipe's seed + i decides network and batches of test i.
struct SeededRangeTest {
  std::uint64_t seed = 0;
  RangeTest test;
  LrReading reading;
};

/// What `find-lr` finds: tests over seeds, and their mean.
struct RangeTests {
  std::vector<SeededRangeTest> tests;
  std::vector<LrPoint> mean;      ///< over the tests, as far as all of them came with finite losses
  std::vector<double> deviation;  ///< of the smoothed losses about the mean's, as long as `mean`; zeros for one test
  LrReading reading;              ///< of the mean
  /// Highest ÷ lowest of the tests' own values by `rule`; 1 for one test, 0 where a test has none.
  double spread(LrRule rule) const;
  bool interrupted() const { return !tests.empty() && tests.back().test.end == RangeTestEnd::interrupted; }
};

/// Largest spread that tests over seeds may have before their mean counts as noisy.
inline constexpr double noisy_spread = 3;

/// Which of `repeats` tests is at work, from 0.
using RangeTestsProgress = std::function<bool(std::int64_t repeat, const LrPoint& point, std::int64_t done)>;

/// Makes `repeats` ≥ 1 tests, each with a network of its own. A reading is of the tests that were finished; with
/// several, one whose valley lies in much different places is noisy whatever its curves look like.
RangeTests range_tests(const recipe::Recipe& recipe, const data::Splits& splits, const Compute& compute,
                       const RangeTestOptions& options, std::int64_t repeats = 1,
                       const RangeTestsProgress& progress = {});

}  // namespace reslab::train
