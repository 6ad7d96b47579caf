// What a learning-rate range test's curve says: which learning rates to use, and whether to believe them. Pure
// functions of the curve.
//
//   const LrReading reading = read_lr_curve(curve, {.planned_steps = 100});
//   if (const LrSuggestion* valley = reading.find(LrRule::valley)) use(valley->lr);
//
// Sources: L. N. Smith, "Cyclical learning rates for training neural networks", 2017 (the test); the four suggestions
// are those of fastai's lr_find, with its cuts: the first tenth of the planned steps and the last five points are left
// out, and everything from the first loss that is no number. Unlike there, `steep` looks no further than the lowest
// loss.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::train {

/// A point of the curve.
struct LrPoint {
  double lr = 0;        ///< > 0, rising from point to point
  double loss = 0;      ///< of the batch before the step at `lr`; may be no number
  double smoothed = 0;  ///< of this and the batches before; may be no number
};

enum class LrRule {
  valley,   ///< in the middle third of the longest falling run: what is recommended
  steep,    ///< where the loss falls fastest over ln lr, before it is lowest
  minimum,  ///< a tenth of the learning rate of the lowest loss
  slide,    ///< before the loss shoots up
  lowest,   ///< the lowest loss of the whole curve, nothing left out: the original's choice, usually too high
};

inline constexpr LrRule lr_rules[] = {LrRule::valley, LrRule::steep, LrRule::minimum, LrRule::slide, LrRule::lowest};

std::string_view name_of(LrRule rule);

/// Throws UserError with the nearest name for an unknown one.
LrRule lr_rule_named(const std::string& name);

struct LrSuggestion {
  LrRule rule = LrRule::valley;
  double lr = 0;
  double loss = 0;  ///< smoothed, at that learning rate (between two points: along the line in ln lr)
};

enum class LrVerdict {
  fine,
  flat,   ///< the loss falls by hardly more than nothing, or than chance: no suggestion is to be trained with
  noisy,  ///< the loss falls, but it sways so much that the place isn't sure
};

std::string_view name_of(LrVerdict verdict);

struct LrReading {
  std::vector<LrSuggestion> suggestions;  ///< in the order of lr_rules; without those that the curve is too short for
  LrVerdict verdict = LrVerdict::flat;
  double first_loss = 0;      ///< smoothed, at the start of what is looked at
  double lowest_loss = 0;     ///< smoothed, the lowest there
  double noise = 0;           ///< standard deviation of the batches' losses about their trend, before the lowest
  double smoothed_noise = 0;  ///< what smoothing leaves of it
  double fall_error = 0;      ///< standard error of fall() by that noise

  /// first_loss − lowest_loss, ≥ 0.
  double fall() const { return first_loss - lowest_loss; }
  /// nullptr when the curve doesn't give it.
  const LrSuggestion* find(LrRule rule) const;
};

struct LrReadingOptions {
  std::int64_t planned_steps = 100;  ///< of the test, also where it was stopped before
  double smoothing = 0.2;            ///< weight of a new loss in the smoothed one, in (0, 1]
};

/// The share of the first loss that a fall must reach, or the curve is flat.
inline constexpr double flat_below = 0.02;
/// The standard errors that it must reach as well. The lowest of many points lies below the first by chance, and the
/// noise of few points is known badly: curves of nothing but normal noise get this far in about 1 of 100 tests, whether
/// of 9 steps or of 1000, and with a smoothing of 0.05, 0.2 or 1.
inline constexpr double chance_below = 5;
/// The share of the fall that the noise left after smoothing may have, or the curve is noisy.
inline constexpr double noisy_above = 0.1;

/// Reads a curve. Fewer points than the cuts leave give no suggestion (but the lowest) and the verdict "flat".
LrReading read_lr_curve(const std::vector<LrPoint>& curve, const LrReadingOptions& options);

/// Points of a finite loss that a recommendation by the rule needs of a test of `planned_steps` steps, with those that
/// are left out. `lowest` gives a suggestion of a single one, but of fewer than these nobody can say that it falls.
std::int64_t points_needed(LrRule rule, std::int64_t planned_steps);

/// Fewest steps of a test by whose curve the rule can recommend a learning rate when every loss is finite.
std::int64_t steps_needed(LrRule rule);

/// Smooths the losses: m ← (1 − weight) · m + weight · loss from m = 0, divided by 1 − (1 − weight)^n after n losses,
/// so that the first ones count in full.
class LossSmoother {
 public:
  explicit LossSmoother(double weight) : weight_(weight) {}

  double add(double loss) {
    mean_ = (1 - weight_) * mean_ + weight_ * loss;
    rest_ *= 1 - weight_;
    return mean_ / (1 - rest_);
  }

 private:
  double weight_, mean_ = 0, rest_ = 1;
};

}  // namespace reslab::train
