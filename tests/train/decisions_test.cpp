#include "reslab/train/decisions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace reslab::train {
namespace {

constexpr StopFacts nothing{};
const StopFacts interrupted{.asked = End::interrupted};
constexpr StopFacts late{.seconds = 60};

Evaluation holdout_of(std::int64_t correct) { return {.samples = 100, .correct = correct}; }

TEST(Decisions, StopBetweenStepsAlone) {
  const Decisions decisions({.epochs = 2, .batches_per_epoch = 5, .accumulate = 2, .max_seconds = 60});
  // 5 batches make the steps {0, 1}, {2, 3}, {4}; the last batch is followed by the evaluation.
  for (const std::int64_t batches : {0, 1, 2, 3, 4, 5}) {
    const bool between = batches != 1 && batches != 3, may_stop = between && batches != 5;
    EXPECT_EQ(decisions.is_between_steps(batches), between) << batches;
    EXPECT_EQ(decisions.is_epoch_trained(batches), batches == 5) << batches;
    EXPECT_EQ(decisions.may_stop_after_batch(batches), may_stop) << batches;
    EXPECT_EQ(decisions.stop_after_batch(batches, interrupted),
              may_stop ? std::optional(End::interrupted) : std::nullopt)
        << batches;
    EXPECT_EQ(decisions.stop_after_batch(batches, late), may_stop ? std::optional(End::out_of_time) : std::nullopt)
        << batches;
    EXPECT_EQ(decisions.stop_after_batch(batches, nothing), std::nullopt) << batches;
  }
}

TEST(Decisions, StopForTheCallerBeforeTheTimeLimit) {
  const Decisions limited({.batches_per_epoch = 9, .max_seconds = 60}), unlimited({.batches_per_epoch = 9});
  EXPECT_EQ(limited.stop_after_batch(1, {.asked = End::terminated, .seconds = 99}), End::terminated);
  EXPECT_EQ(limited.stop_after_batch(1, {.seconds = 60}), End::out_of_time) << "the limit itself is over";
  EXPECT_EQ(limited.stop_after_batch(1, {.seconds = 59.9}), std::nullopt);
  EXPECT_EQ(unlimited.stop_after_batch(1, {.seconds = 1e9}), std::nullopt) << "0 is no limit";
}

TEST(Decisions, FinishAfterTheLastEpochWhateverIsAsked) {
  const Decisions decisions({.epochs = 3, .batches_per_epoch = 2, .max_seconds = 60});
  EXPECT_EQ(decisions.stop_after_epoch(2, nothing), std::nullopt);
  EXPECT_EQ(decisions.stop_after_epoch(2, interrupted), End::interrupted);
  EXPECT_EQ(decisions.stop_after_epoch(2, late), End::out_of_time);
  EXPECT_EQ(decisions.stop_after_epoch(3, nothing), End::finished);
  EXPECT_EQ(decisions.stop_after_epoch(3, interrupted), End::finished);
  EXPECT_FALSE(decisions.is_complete(2));
  EXPECT_TRUE(decisions.is_complete(3));
  EXPECT_FALSE(decisions.is_last_evaluation(1));
  EXPECT_TRUE(decisions.is_last_evaluation(2));
}

TEST(Decisions, EndEarlyWhereTheHoldOutGetsNoBetter) {
  Decisions decisions({.epochs = 9, .batches_per_epoch = 2, .patience = 2, .max_seconds = 60});
  decisions.after_holdout(holdout_of(50));
  decisions.after_holdout(holdout_of(50));
  EXPECT_EQ(decisions.stop_after_epoch(2, nothing), std::nullopt);
  EXPECT_FALSE(decisions.is_last_evaluation(1));
  decisions.after_holdout(holdout_of(49));
  EXPECT_TRUE(decisions.is_last_evaluation(2)) << "of the epoch that has just been counted";
  EXPECT_TRUE(decisions.is_stopped_early(3));
  EXPECT_TRUE(decisions.is_complete(3));
  EXPECT_EQ(decisions.stop_after_epoch(3, interrupted), End::stopped_early) << "patience comes before a wish to stop";
  EXPECT_EQ(decisions.stop_after_epoch(9, nothing), End::finished) << "the last epoch comes before patience";
  EXPECT_FALSE(decisions.is_stopped_early(9));
}

TEST(Decisions, CountAnEvaluationOnceThatIsGivenUpAndRepeated) {
  Decisions decisions({.epochs = 9, .batches_per_epoch = 2, .patience = 2});
  decisions.after_holdout(holdout_of(50));
  for (int i = 0; i < 3; ++i) {
    decisions.after_holdout(holdout_of(40));
    decisions.forget_holdout();
  }
  decisions.forget_holdout();  // nothing is left to take back
  EXPECT_FALSE(decisions.is_complete(2));
  decisions.after_holdout(holdout_of(40));
  EXPECT_FALSE(decisions.is_complete(2));
  decisions.after_holdout(holdout_of(40));
  EXPECT_TRUE(decisions.is_complete(3));
  EXPECT_EQ(Decisions::stop_in_evaluation(End::terminated), End::terminated);
  EXPECT_EQ(Decisions::stop_in_evaluation(std::nullopt), End::interrupted);
}

TEST(Decisions, KeepPatienceOnlyWhereTheRulesHaveIt) {
  Decisions impatient({.epochs = 9, .batches_per_epoch = 2});
  for (int i = 0; i < 20; ++i) impatient.after_holdout(holdout_of(10));
  EXPECT_FALSE(impatient.is_stopped_early(5));
  EXPECT_FALSE(impatient.patience_state().defined());

  Decisions patient({.epochs = 9, .batches_per_epoch = 2, .patience = 1}), restored({.epochs = 9, .patience = 1});
  patient.after_holdout(holdout_of(50));
  patient.after_holdout(holdout_of(50));
  restored.patience_state().copy_(patient.patience_state());
  EXPECT_TRUE(restored.is_stopped_early(2)) << "a checkpoint restores it by its tensor";
}

TEST(Decisions, CompareEpochsByTheMetricThatIsNamed) {
  // The accuracy rises and the rest falls, or the other way round.
  Evaluation first{.samples = 12, .correct = 9, .mean_loss = 0.5},
      second{.samples = 12, .correct = 10, .mean_loss = 0.6};
  first.classes = {{.samples = 10, .predicted = 8, .correct = 7}, {.samples = 2, .predicted = 4, .correct = 2}};
  second.classes = {{.samples = 10, .predicted = 12, .correct = 10}, {.samples = 2}};
  for (const HoldoutMetric metric :
       {HoldoutMetric::accuracy, HoldoutMetric::balanced_accuracy, HoldoutMetric::macro_f1, HoldoutMetric::loss}) {
    const bool rises = metric == HoldoutMetric::accuracy;
    Decisions forth({.epochs = 9, .batches_per_epoch = 2, .patience = 1, .metric = metric}),
        back({.epochs = 9, .batches_per_epoch = 2, .patience = 1, .metric = metric});
    forth.after_holdout(first);
    EXPECT_FALSE(forth.is_complete(1));
    Decisions restored({.epochs = 9, .batches_per_epoch = 2, .patience = 1, .metric = metric});
    restored.patience_state().copy_(forth.patience_state());
    for (Decisions* one : {&forth, &restored}) {
      one->after_holdout(second);
      EXPECT_EQ(one->is_complete(2), !rises) << static_cast<int>(metric);
    }
    back.after_holdout(second);
    back.after_holdout(first);
    EXPECT_EQ(back.is_complete(2), rises) << static_cast<int>(metric);
  }
  EXPECT_EQ(holdout_metric_named("loss"), HoldoutMetric::loss);
  EXPECT_EQ(holdout_metric_named("macro_f1"), HoldoutMetric::macro_f1);
}

TEST(Decisions, TakeAScoreThatIsNoNumberForNoneBetter) {
  Decisions decisions({.epochs = 9, .batches_per_epoch = 2, .patience = 1, .metric = HoldoutMetric::loss});
  decisions.after_holdout({.samples = 1, .mean_loss = std::nan("")});
  EXPECT_TRUE(decisions.is_complete(1));
}

TEST(Decisions, SaveBetweenStepsWhenTheIntervalIsOver) {
  EXPECT_TRUE(Decisions::is_save_due({.seconds_since_save = 300, .interval = 300, .between_steps = true}));
  EXPECT_FALSE(Decisions::is_save_due({.seconds_since_save = 299, .interval = 300, .between_steps = true}));
  EXPECT_FALSE(Decisions::is_save_due({.seconds_since_save = 900, .interval = 300, .between_steps = false}));
}

TEST(Decisions, TakeALossThatIsNotFiniteAsDivergence) {
  EXPECT_FALSE(Decisions::has_diverged(1e300));
  EXPECT_TRUE(Decisions::has_diverged(std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(Decisions::has_diverged(std::nan("")));
}

}  // namespace
}  // namespace reslab::train
