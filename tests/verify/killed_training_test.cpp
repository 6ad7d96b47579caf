#include "reslab/verify/killed_training.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::verify {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using support::contains;
using support::message_of;

TEST(SaveWatch, TellsTheStagesOfASaveInTheirOrder) {
  const support::TemporaryFolder folder;
  SaveWatch watch(folder.path());
  EXPECT_FALSE(watch.next(milliseconds(0)));
  core::write_file(folder.path() / "a stranger's", "");
  core::write_file(folder.path() / "epoch-0001-batch-00002.safetensors", "payload");
  core::write_file(folder.path() / "epoch-0001-batch-00002.json", "manifest");
  for (const SaveStage stage :
       {SaveStage::payload_begun, SaveStage::payload_whole, SaveStage::manifest_begun, SaveStage::manifest_whole}) {
    const auto event = watch.next(milliseconds(1000));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->stage, stage);
    EXPECT_EQ(fs::path(event->file).stem(), "epoch-0001-batch-00002");
  }
  EXPECT_FALSE(watch.next(milliseconds(0)));
  EXPECT_THROW(SaveWatch(folder.path() / "missing"), core::UserError);
}

// Against programs that do what a trainer must not.
class KilledTrainingOf : public testing::Test {
 protected:
  KilledTraining training(const std::string& script, const std::function<bool()>& stop = {}) const {
    const fs::path program = folder_.path() / "program";
    core::write_file(program, "#!/bin/sh\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
    return KilledTraining({.program = program.string(),
                           .recipe = folder_.path() / "recipe.toml",
                           .runs = folder_.path(),
                           .name = "run",
                           .flags = {"--flag"},
                           .stop = stop});
  }

  const support::TemporaryFolder folder_;
};

TEST_F(KilledTrainingOf, OneThatEndsWellIsBegunAndThenResumed) {
  KilledTraining training =
      this->training("echo \"$@\" >> ${0%/*}/said; mkdir -p ${0%/*}/run; echo {} > ${0%/*}/run/environment.json");
  EXPECT_FALSE(training.attempt(std::nullopt).killed);
  EXPECT_FALSE(training.attempt(KillPoint{.seconds = 60}).killed) << "it had ended before";
  const std::string where = folder_.path().string();
  EXPECT_EQ(core::read_text(folder_.path() / "said"), "train " + where + "/recipe.toml --name run --runs-dir " + where +
                                                          " --flag\nresume " + where + "/run --flag\n");
}

TEST_F(KilledTrainingOf, OneIsKilledAtItsMoment) {
  const Attempt attempt = training("sleep 30").attempt(KillPoint{.seconds = 0.2});
  EXPECT_TRUE(attempt.killed);
  EXPECT_GE(attempt.seconds, 0.2);
  EXPECT_LT(attempt.seconds, 20);
}

TEST_F(KilledTrainingOf, OneIsKilledWithinASave) {
  const Attempt attempt = training(
                              "mkdir -p ${0%/*}/run/checkpoint; cd ${0%/*}/run/checkpoint; sleep 0.3; echo > "
                              "epoch-0001.safetensors.1.0.part; "
                              "mv epoch-0001.safetensors.1.0.part epoch-0001.safetensors; sleep 30")
                              .attempt(KillPoint{.stage = SaveStage::payload_whole});
  EXPECT_TRUE(attempt.killed);
  EXPECT_EQ(attempt.residue, Residue::payload_alone);
  EXPECT_LT(attempt.seconds, 20);
}

TEST_F(KilledTrainingOf, EveryOtherEndIsAFault) {
  const std::vector<std::pair<std::string, std::string>> ends{
      {"echo no disk; exit 2", "exit code 2; its last process said:\nno disk"},
      {"exit 70", "exit code 70"},
      // A signal that is not the killer's.
      {"kill -SEGV $$", "exit code 139"}};
  for (const auto& end : ends)
    EXPECT_PRED2(contains, message_of<TrainingFault>([&] { training(end.first).attempt(std::nullopt); }), end.second);
}

TEST_F(KilledTrainingOf, AStopKillsTheProcess) {
  const auto start = std::chrono::steady_clock::now();
  KilledTraining stopped = training("sleep 30", [] { return true; });
  EXPECT_THROW(stopped.attempt(std::nullopt), TrainingStopped);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(KilledTrainingOf, ALostCheckpointIsFound) {
  const std::string lost = message_of<TrainingFault>([&] {
    training(
        "mkdir -p ${0%/*}/run/checkpoint; cd ${0%/*}/run/checkpoint; sleep 0.3; echo > epoch-0001.json.1.0.part; "
        "mv epoch-0001.json.1.0.part epoch-0001.json; sleep 0.3; exit 0")
        .attempt(KillPoint{.seconds = 60});
  });
  EXPECT_PRED2(contains, lost, "a checkpoint was lost: that of epoch 1");
}

TEST_F(KilledTrainingOf, AResumptionFromElsewhereIsFound) {
  core::make_directories(folder_.path() / "run" / "checkpoint");
  core::write_file(folder_.path() / "run" / "environment.json", "{}");
  train::write_checkpoint(folder_.path() / "run" / "checkpoint" / "epoch-0002.safetensors", {.epoch = 2}, {});
  const std::string good = "echo 'resuming after epoch 2 of 3, from x/epoch-0002.safetensors'";
  EXPECT_NO_THROW(training(good).attempt(std::nullopt));
  EXPECT_PRED2(contains, message_of<TrainingFault>([&] {
                 training("echo 'resuming after epoch 1 of 3, from x/epoch-0001.safetensors'").attempt(std::nullopt);
               }),
               "did not go on from the newest whole checkpoint, that of epoch 2");
  EXPECT_PRED2(contains, message_of<TrainingFault>([&] {
                 training(good + "; : > ${0%/*}/run/checkpoint/epoch-0002.safetensors").attempt(std::nullopt);
               }),
               "a checkpoint was lost");
}

}  // namespace
}  // namespace reslab::verify
