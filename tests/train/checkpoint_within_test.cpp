// Checkpoints within an epoch.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "reslab/core/error.h"
#include "support/message.h"
#include "support/sanitized.h"
#include "train/checkpoint_fixture.h"

namespace reslab::train {
namespace {

// Means and counts of each epoch, which must not tell of an interruption either.
struct Sums final : Observer {
  std::vector<std::tuple<double, double, std::int64_t>> epochs;
  void on_epoch_done(const EpochDone& event) override {
    epochs.emplace_back(event.train_loss, event.train_accuracy, event.test.correct);
  }
};

class CheckpointWithin : public Checkpoint {
 protected:
  // To the end, or until the stop request was asked `batches` times.
  std::string train_until(int batches, bool resume, double seconds = 300) {
    Trainer trainer(recipe_, splits_, {});
    if (resume) resumed_ = restore_newest(folder_, trainer, identity_);
    CheckpointWriter writer(folder_, trainer, identity_, {.seconds = seconds});
    sums_ = {};
    trainer.run({&sums_, &writer},
                [&]() -> std::optional<End> { return --batches == 0 ? std::optional(End::terminated) : std::nullopt; });
    return nn::state_hash(trainer.state().network);
  }
  void empty() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  Sums sums_;
};

// As on a GPU: losses are read behind the steps, and observers are told of several batches in a row.
TEST_F(CheckpointWithin, IsWrittenWhenAllThatItCountsHasBeenTold) {
  struct Told final : Observer {
    std::int64_t batches = 0;  // of this epoch
    void on_batch_done(const BatchDone& event) override { batches = event.batch + 1; }
  };
  // Counts, as a run's logs do, what it has been told when a checkpoint is written.
  struct Seen {
    std::vector<std::pair<std::int64_t, std::int64_t>> told_and_counted;
  } seen;
  Trainer trainer(recipe_, splits_, {.unread_batches = 3});
  Told told;
  CheckpointWriter writer(folder_, trainer, identity_, {.seconds = 1e-9, .sync_logs = [&] {
                                                          seen.told_and_counted.emplace_back(
                                                              told.batches, trainer.state().progress.batches);
                                                          return std::vector<LogMark>{};
                                                        }});
  trainer.run({&told, &writer}, [] { return std::nullopt; });
  EXPECT_GE(seen.told_and_counted.size(), 2U);
  for (const auto& [batches, counted] : seen.told_and_counted)
    EXPECT_TRUE(batches == counted || counted == 0) << batches << " of " << counted;
}

TEST_F(CheckpointWithin, ResumesToTheSameBitsFromAnyStep) {
  const std::vector<recipe::Overrides> variants = {
      {{"data.batch_size", "60"}},
      {{"data.batch_size", "40"}, {"optimizer.accumulate", "3"}},
      {{"data.batch_size", "60"}, {"optimizer.name", "adamw"}, {"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
  };
  for (const recipe::Overrides& variant : variants) {
    take_recipe({{"epochs", "2"}}, variant);
    empty();
    const std::string whole = train_until(0, false);
    const auto sums = sums_.epochs;
    for (const int stop : {1, 2, 4, 5}) {
      empty();
      train_until(stop, false);
      // A stop that is asked for within an accumulation waits for its step; one in an epoch's last batch, for its
      // evaluation.
      const std::optional<Position> saved = newest_whole(folder_);
      ASSERT_TRUE(saved) << "stopped after " << stop;
      EXPECT_EQ(train_until(0, true), whole) << "stopped after " << stop;
      EXPECT_EQ((Position{.epoch = resumed_.epoch, .batch = resumed_.batch}), *saved) << "stopped after " << stop;
      ASSERT_FALSE(sums_.epochs.empty());
      EXPECT_EQ(sums_.epochs.back(), sums.back()) << "stopped after " << stop;
      if (resumed_.epoch == 0) {
        EXPECT_EQ(sums_.epochs, sums);
      }
    }
  }
}

TEST_F(CheckpointWithin, GoesOnFromTheVeryBatch) {
  train_until(2, false);
  train_until(1, true);
  EXPECT_EQ(resumed_.epoch, 0);
  EXPECT_EQ(resumed_.batch, 2);
  EXPECT_TRUE(fs::exists(folder_ / "epoch-0000-batch-00002.safetensors"));
}

TEST_F(CheckpointWithin, IsWrittenEverySoOftenAndTheLastTwoAreKept) {
  const std::string whole = train_until(0, false, 1e-9);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"epoch-0002-batch-00003.json", "epoch-0002-batch-00003.safetensors",
                                             "epoch-0003.json", "epoch-0003.safetensors"}));
  // The epoch was trained to its last batch: what is missing is its evaluation.
  fs::remove(file(3));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.epoch, 2);
  EXPECT_EQ(resumed_.batch, 3);
  EXPECT_EQ(sums_.epochs.size(), 1U);
}

// The default recipe's whole network: what stands between the end of a batch and that of the training.
TEST_F(CheckpointWithin, AStopIsSavedWithinTwoSeconds) {
  using Clock = std::chrono::steady_clock;
  struct LastBatch final : Observer {
    void on_batch_done(const BatchDone&) override { end = Clock::now(); }
    Clock::time_point end;
  } last;
  recipe_ = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/fast94.toml", {{"data.batch_size", "20"}});
  Trainer trainer(recipe_, splits_, {});
  CheckpointWriter writer(folder_, trainer, identity_);
  trainer.run({&last, &writer}, [] { return std::optional(End::interrupted); });
  EXPECT_LT(Clock::now() - last.end, std::chrono::seconds(RESLAB_SANITIZED ? 60 : 2));
  EXPECT_EQ(newest_whole(folder_), (Position{.batch = 1}));
  EXPECT_EQ(writer.saves(), 1);
  EXPECT_GT(writer.seconds(), 0);
}

TEST_F(CheckpointWithin, RefusesMoreBatchesThanAnEpochHas) {
  train_until(2, false);
  const fs::path written = folder_ / "epoch-0000-batch-00002.safetensors";
  ASSERT_TRUE(fs::exists(written));
  const fs::path other = folder_ / "epoch-0000-batch-00007.safetensors";
  fs::rename(written, other);
  Manifest manifest = read_manifest(manifest_of(written));
  manifest.file = other.filename().string();
  write_manifest(manifest_of(other), manifest);
  const auto refusal = [&] { return support::message_of<core::UserError>([&] { train_until(0, true); }); };
  std::string said = refusal();
  EXPECT_TRUE(support::contains(said, "'2' of reslab.batch")) << "the name says another batch than the file: " << said;
  empty();
  TrainerState state = Trainer(recipe_, splits_, {}).state();
  state.progress = {.batches = 7, .samples = 420};
  write_checkpoint(other, state, identity_);
  said = refusal();
  EXPECT_TRUE(support::contains(said, "'7' of reslab.batch")) << "an epoch has 5 or fewer: " << said;
}

// A clock that goes backwards changes nothing: the position decides.
TEST_F(CheckpointWithin, TheNewestIsToldByItsPositionNotByTheClock) {
  const std::string whole = train_until(0, false, 1e-9);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 365);
  for (const char* const name : {"epoch-0003.json", "epoch-0003.safetensors"})
    fs::last_write_time(folder_ / name, long_ago);
  EXPECT_EQ(newest_whole(folder_), (Position{.epoch = 3}));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.epoch, 3);
}

TEST_F(CheckpointWithin, AKilledFirstSaveIsNoLoss) {
  const std::string whole = train_until(0, false);
  empty();
  train_until(1, false);
  const fs::path first = checkpoint_path(folder_, {.batch = 1});
  ASSERT_TRUE(fs::exists(first));
  fs::remove(manifest_of(first));
  EXPECT_EQ(unfinished_saves(folder_), std::set<std::string>{first.filename().string()});
  EXPECT_FALSE(newest_whole(folder_));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.passed_over.size(), 1U);
  EXPECT_TRUE(resumed_.path.empty());
}

// Asked to stop while it evaluates, a training stands at the epoch's last batch, as if it had not begun to.
TEST_F(CheckpointWithin, AnEvaluationIsGivenUpAndMadeAnew) {
  struct AfterTraining final : Observer {
    int left = 2;
    bool evaluating = false;
    void on_epoch_trained(const EpochDone&) override { evaluating = --left == 0; }
  };
  const std::vector<recipe::Overrides> variants = {
      {},
      {{"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
      {{"early_stopping.patience", "2"}, {"data.holdout", "50"}},
  };
  for (const recipe::Overrides& variant : variants)
    for (const int polls : {1, 2}) {  // in the hold-out's or the test's evaluation
      take_recipe({{"epochs", "3"}, {"data.batch_size", "60"}}, variant);
      empty();
      const std::string whole = train_until(0, false);
      const auto sums = sums_.epochs;
      empty();
      {
        Trainer trainer(recipe_, splits_, {});
        CheckpointWriter writer(folder_, trainer, identity_);
        AfterTraining watcher;
        int asked = 0;
        const TrainingDone done = trainer.run({&watcher, &writer}, [&]() -> std::optional<End> {
          return watcher.evaluating && ++asked >= polls ? std::optional(End::interrupted) : std::nullopt;
        });
        EXPECT_EQ(done.end, End::interrupted);
        EXPECT_EQ(done.epochs_done, 1);
      }
      EXPECT_EQ(train_until(0, true), whole);
      EXPECT_EQ(resumed_.epoch, 1);
      EXPECT_EQ(sums_.epochs.front(), sums[1]);
      EXPECT_EQ(sums_.epochs.back(), sums.back());
    }
}

}  // namespace
}  // namespace reslab::train
