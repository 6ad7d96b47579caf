#include "reslab/track/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "reslab/core/error.h"
#include "support/temporary_folder.h"

namespace reslab::track {
namespace {

class MetricsFiles : public ::testing::Test {
 protected:
  MetricsOptions options() const {
    return {.steps = folder_.path() / "metrics.csv",
            .epochs = folder_.path() / "epochs.csv",
            .average_loss = AverageLoss::original};
  }

  static train::BatchDone batch(std::int64_t epoch, std::int64_t number) {
    return {.epoch = epoch,
            .batch = number,
            .batches = 3,
            .step = epoch * 3 + number,
            .loss = 1.0 / 3 + static_cast<double>(epoch),
            .seen = 8 * (number + 1),
            .lr = 0.1,
            .momentum = 0.9,
            .batch_seconds = 0.25,
            .waiting_seconds = 1e-9};
  }

  static train::EpochDone epoch(std::int64_t number, bool holdout = false) {
    train::EpochDone done{.epoch = number,
                          .epochs = 9,
                          .train_loss = 1.0 / 7,
                          .train_accuracy = 0.75,
                          .train_seconds = 12.5,
                          .test = {.samples = 100,
                                   .correct = 60 + number,
                                   .correct_top5 = 99,
                                   .mean_loss = 1.5,
                                   .sum_of_batch_means = 3,
                                   .seconds = 2},
                          .has_holdout = holdout,
                          .holdout = {}};
    if (holdout) done.holdout = {.samples = 10, .correct = 3, .mean_loss = 1.25};
    return done;
  }

  // Epochs [first, last) and then the first `batches` batches of the next.
  void train(std::int64_t first, std::int64_t last, std::int64_t batches = 0) {
    Metrics metrics(options());
    metrics.on_training_started({.epochs = 9, .first_epoch = first, .batches_per_epoch = 3});
    for (std::int64_t number = first; number < last; ++number) {
      for (std::int64_t i = 0; i < 3; ++i) metrics.on_batch_done(batch(number, i));
      metrics.on_epoch_done(epoch(number));
    }
    for (std::int64_t i = 0; i < batches; ++i) metrics.on_batch_done(batch(last, i));
  }

  std::string error_of_epochs() {
    try {
      static_cast<void>(read_epochs(options().epochs));
    } catch (const core::UserError& error) {
      return error.what();
    }
    return "";
  }

  support::TemporaryFolder folder_;
};

TEST_F(MetricsFiles, HoldWhatTheEventsSay) {
  train(0, 2);
  const auto steps = read_metrics(options().steps);
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps[4], (StepRow{.epoch = 2,
                               .batch = 1,
                               .step = 4,
                               .loss = 1.0 / 3 + 1,
                               .lr = 0.1,
                               .momentum = 0.9,
                               .batch_seconds = 0.25,
                               .waiting_seconds = 1e-9,
                               .samples = 16}));
  const auto epochs = read_epochs(options().epochs);
  ASSERT_EQ(epochs.size(), 2U);
  EXPECT_EQ(epochs[1], (EpochRow{.epoch = 2,
                                 .train_loss = 1.0 / 7,
                                 .train_accuracy = 0.75,
                                 .train_seconds = 12.5,
                                 .test_loss = 1.5,
                                 .test_accuracy = 0.61,
                                 .test_correct = 61,
                                 .test_samples = 100,
                                 .test_top5 = 99,
                                 .test_average_loss_as_printed = 0.03,
                                 .test_seconds = 2,
                                 .holdout = {}}));
  EXPECT_TRUE(core::read_text(options().steps).starts_with("epoch,batch,step,loss,lr,momentum,"));
}

TEST_F(MetricsFiles, HoldTheMeasuresOfUnevenClasses) {
  Metrics metrics(options());
  metrics.on_training_started({});
  train::EpochDone done = epoch(0, true);
  done.test.classes = {{.samples = 90, .predicted = 96, .correct = 90}, {.samples = 10, .predicted = 4, .correct = 4}};
  done.holdout.classes = {{.samples = 3, .predicted = 4, .correct = 2}, {.samples = 7, .predicted = 6, .correct = 1}};
  metrics.on_epoch_done(done);
  const std::vector<EpochRow> rows = read_epochs(options().epochs);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].test_balanced_accuracy, (1 + 0.4) / 2);
  EXPECT_EQ(rows[0].test_macro_f1, (180.0 / 186 + 8.0 / 14) / 2);
  EXPECT_EQ(rows[0].holdout->balanced_accuracy, (2.0 / 3 + 1.0 / 7) / 2);
  EXPECT_EQ(rows[0].holdout->macro_f1, (4.0 / 7 + 2.0 / 13) / 2);
  using enum train::HoldoutMetric;
  EXPECT_EQ(score(*rows[0].holdout, balanced_accuracy), train::score(done.holdout, balanced_accuracy));
  EXPECT_EQ(score(*rows[0].holdout, macro_f1), train::score(done.holdout, macro_f1));
  EXPECT_EQ(score(*rows[0].holdout, loss), train::score(done.holdout, loss));
  EXPECT_EQ(score(*rows[0].holdout, accuracy), train::score(done.holdout, accuracy));
}

// Its checkpoints say how many bytes its rows take: they must not become longer.
TEST_F(MetricsFiles, OfAnEarlierVersionKeepTheirColumns) {
  const std::string header =
      "epoch,train_loss,train_accuracy,train_seconds,test_loss,test_accuracy,test_correct,test_samples,"
      "test_top5,test_average_loss_as_printed,test_seconds,holdout_loss,holdout_accuracy,"
      "holdout_correct,holdout_samples\n";
  const std::string rows =
      "1,1.5,0.25,60,2.5,0.5,10,20,20,2.5,5,,,,\n2,1.5,0.25,60,2.5,0.5,10,20,20,2.5,5,1,0.5,5,10\n";
  core::write_file(options().epochs, header + rows);
  Metrics metrics(options());
  metrics.on_training_started({.epochs = 9, .first_epoch = 2, .batches_per_epoch = 3});
  EXPECT_EQ(core::read_text(options().epochs), header + rows);
  train::EpochDone done = epoch(2, true);
  done.test.classes = done.holdout.classes = {{.samples = 3, .predicted = 3, .correct = 3}};
  metrics.on_epoch_done(done);
  const std::vector<EpochRow> read = read_epochs(options().epochs);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_FALSE(read[0].holdout);
  EXPECT_EQ(read[1].holdout->correct, 5);
  EXPECT_FALSE(read[2].test_macro_f1 || read[2].holdout->macro_f1);
}

TEST_F(MetricsFiles, TheHoldoutIsThereWhenThereIsOne) {
  Metrics metrics(options());
  metrics.on_training_started({});
  metrics.on_epoch_done(epoch(0, true));
  const auto epochs = read_epochs(options().epochs);
  ASSERT_EQ(epochs.size(), 1U);
  EXPECT_EQ(epochs[0].holdout, (HoldoutColumns{.loss = 1.25, .accuracy = 0.3, .correct = 3, .samples = 10}));
}

TEST_F(MetricsFiles, NumbersComeBackExactly) {
  const bool holds = rc::check("read(write(x)) == x", [this] {
    Metrics metrics(options());
    metrics.on_training_started({});
    train::BatchDone event = batch(0, 0);
    event.loss = *rc::gen::arbitrary<double>();
    event.lr = 1.0 / *rc::gen::inRange(1, 1'000'000);
    event.seen = *rc::gen::arbitrary<std::int64_t>();
    metrics.on_batch_done(event);
    const StepRow row = read_metrics(options().steps).at(0);
    RC_ASSERT(row.loss == event.loss);
    RC_ASSERT(row.lr == event.lr);
    RC_ASSERT(row.samples == event.seen);
  });
  EXPECT_TRUE(holds);
}

TEST_F(MetricsFiles, ALossThatIsNoNumberIsKept) {
  Metrics metrics(options());
  metrics.on_training_started({});
  train::BatchDone event = batch(0, 0);
  event.loss = std::numeric_limits<double>::quiet_NaN();
  event.lr = std::numeric_limits<double>::infinity();
  metrics.on_batch_done(event);
  EXPECT_TRUE(std::isnan(read_metrics(options().steps).at(0).loss));
  EXPECT_TRUE(std::isinf(read_metrics(options().steps).at(0).lr));
}

TEST_F(MetricsFiles, AResumedRunEqualsAnUninterruptedOne) {
  train(0, 5);
  const std::string steps = core::read_text(options().steps), epochs = core::read_text(options().epochs);
  for (const std::int64_t left : {0, 1, 2}) {  // batches of an interrupted third epoch
    train(0, 2, left);
    train(2, 5);
    EXPECT_EQ(core::read_text(options().steps), steps) << left;
    EXPECT_EQ(core::read_text(options().epochs), epochs) << left;
  }
  train(0, 4, 1);  // and one resumed further back than it had come
  train(2, 5);
  EXPECT_EQ(core::read_text(options().steps), steps);
  EXPECT_EQ(core::read_text(options().epochs), epochs);
}

TEST_F(MetricsFiles, ATornLastLineIsCut) {
  train(0, 2);
  const std::string whole = core::read_text(options().epochs);
  core::AppendFile(options().epochs).append("3,0.5,0.");
  EXPECT_EQ(read_epochs(options().epochs).size(), 2U);
  train(2, 2);
  EXPECT_EQ(core::read_text(options().epochs), whole);
}

TEST_F(MetricsFiles, ATornHeaderIsWrittenAgain) {
  core::write_file(options().epochs, "epoch,tr");
  core::write_file(options().steps, "");
  train(2, 3);
  EXPECT_EQ(read_epochs(options().epochs).size(), 1U);
  EXPECT_EQ(read_metrics(options().steps).size(), 3U);
}

TEST_F(MetricsFiles, DamageIsNamedWithItsLine) {
  train(0, 2);
  const std::string whole = core::read_text(options().epochs);
  core::write_file(options().epochs, whole + "3,x,1,1,1,1,1,1,1,1,1,,,,\n");
  EXPECT_NE(error_of_epochs().find("line 4 of"), std::string::npos) << error_of_epochs();
  EXPECT_NE(error_of_epochs().find("'x'"), std::string::npos) << error_of_epochs();
  core::write_file(options().epochs, whole + "3,1x,1,1,1,1,1,1,1,1,1,,,,\n");
  EXPECT_NE(error_of_epochs().find("'1x'"), std::string::npos) << error_of_epochs();
  core::write_file(options().epochs, whole + "3,1\n");
  EXPECT_NE(error_of_epochs().find("too few fields"), std::string::npos) << error_of_epochs();
  core::write_file(options().epochs, whole + "3,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n");
  EXPECT_NE(error_of_epochs().find("too many fields"), std::string::npos) << error_of_epochs();
  core::write_file(options().epochs, "a,b\n");
  EXPECT_NE(error_of_epochs().find("line 1 of"), std::string::npos) << error_of_epochs();
  EXPECT_NE(error_of_epochs().find("'a,b'"), std::string::npos) << error_of_epochs();
}

}  // namespace
}  // namespace reslab::track
