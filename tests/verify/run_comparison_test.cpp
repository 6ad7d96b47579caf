#include "reslab/verify/run_comparison.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "reslab/core/file.h"
#include "reslab/track/metrics.h"
#include "reslab/train/checkpoint.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::verify {
namespace {

namespace fs = std::filesystem;

class RunComparison : public testing::Test {
 protected:
  void SetUp() override {
    for (const track::RunFolder& run : {whole_, other_}) write(run);
  }

  // Two epochs of one batch; the times are each run's own.
  static void write(const track::RunFolder& run) {
    core::make_directories(run.checkpoint());
    track::Metrics metrics({.steps = run.metrics(), .epochs = run.epochs()});
    metrics.on_training_started({.epochs = 2});
    for (const std::int64_t epoch : {0, 1}) {
      const double seconds = run.name() == "whole" ? 1 : 2;
      metrics.on_batch_done({.epoch = epoch, .step = epoch, .loss = 0.25, .seen = 8, .batch_seconds = seconds});
      metrics.on_epoch_done({.epoch = epoch, .train_loss = 0.25, .train_seconds = seconds});
    }
    for (const fs::path& path : {run.weights(), run.best(), run.log()}) core::write_file(path, "the same");
    core::write_file(run.path / ("events.out.tfevents." + run.name()), run.name());
  }

  // The only difference, or all in one text.
  std::string difference() const {
    std::string all;
    for (const std::string& line : differences(whole_, other_)) all += (all.empty() ? "" : "\n") + line;
    return all;
  }

  void replace(const fs::path& path, const std::string& from, const std::string& to) {
    std::string text = core::read_text(path);
    const std::size_t place = text.rfind(from);
    ASSERT_NE(place, std::string::npos);
    core::write_file(path, text.replace(place, from.size(), to));
  }

  const support::TemporaryFolder folder_;
  const track::RunFolder whole_{folder_.path() / "whole"}, other_{folder_.path() / "other"};
};

TEST_F(RunComparison, FindsNothingWhereOnlyTimesDiffer) { EXPECT_EQ(difference(), ""); }

TEST_F(RunComparison, NamesTheStep) {
  replace(other_.metrics(), "0.25", "0.25000000000000006");
  EXPECT_EQ(difference(), "metrics.csv, epoch 2, batch 0: loss is 0.25000000000000006 instead of 0.25");
}

TEST_F(RunComparison, NamesTheEpoch) {
  replace(other_.epochs(), "0.25", "-0.25");
  EXPECT_EQ(difference(), "epochs.csv, epoch 2: train_loss is -0.25 instead of 0.25");
}

TEST_F(RunComparison, CountsRows) {
  const std::string text = core::read_text(other_.metrics());
  core::write_file(other_.metrics(), text + text.substr(text.rfind("\n2,") + 1));
  EXPECT_EQ(difference(), "metrics.csv has 3 rows instead of 2");
}

TEST_F(RunComparison, ComparesWeightsByTheirBytes) {
  core::write_file(other_.best(), "another");
  EXPECT_PRED2(support::contains, difference(), "best.safetensors has SHA-256 ");
}

TEST_F(RunComparison, FindsWhatIsMissingAndWhatIsStray) {
  fs::remove(other_.best());
  core::write_file(other_.path / "weights.safetensors.12.0.part", "half");
  core::write_file(other_.checkpoint() / "epoch-0001.safetensors", "no manifest");
  EXPECT_EQ(difference(),
            "best.safetensors is missing\nweights.safetensors.12.0.part should not be there\n"
            "checkpoint/epoch-0001.safetensors was left by an unfinished save");
}

class CompareCheckpoints : public RunComparison {
 protected:
  static void save(const track::RunFolder& run, std::int64_t epoch, double value) {
    train::write_checkpoint(train::checkpoint_path(run.checkpoint(), {.epoch = epoch}),
                            {.epoch = epoch, .network = {{"weight", at::full({3}, value, at::kFloat)}}}, {});
  }
};

TEST_F(CompareCheckpoints, ByTheirBytes) {
  save(whole_, 2, 1);
  save(other_, 2, 1);
  EXPECT_EQ(difference(), "");
  save(other_, 2, 1.5);
  EXPECT_PRED2(support::contains, difference(), "epoch-0002.safetensors has SHA-256 ");
}

TEST_F(CompareCheckpoints, ByTheirPosition) {
  save(whole_, 2, 1);
  save(other_, 1, 1);
  EXPECT_EQ(difference(), "the newest whole checkpoint is epoch-0001.safetensors instead of epoch-0002.safetensors");
}

TEST_F(CompareCheckpoints, OlderOnesMayDifferButAreNoMoreThanTwo) {
  for (const std::int64_t epoch : {1, 2}) save(whole_, epoch, 1);
  for (const std::int64_t epoch : {0, 2}) save(other_, epoch, 1);
  EXPECT_EQ(difference(), "");
  save(other_, 1, 1);
  EXPECT_EQ(difference(), "3 checkpoints were kept instead of two");
}

}  // namespace
}  // namespace reslab::verify
