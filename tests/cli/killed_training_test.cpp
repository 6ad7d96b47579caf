#include "reslab/cli/killed_training.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
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
  KilledTraining training(const std::string& script) const {
    const fs::path program = folder_.path() / "program";
    core::write_file(program, "#!/bin/sh\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
    return KilledTraining({.program = program.string(),
                           .recipe = folder_.path() / "recipe.toml",
                           .runs = folder_.path(),
                           .name = "run",
                           .flags = {"--flag"}});
  }

  const support::TemporaryFolder folder_;
};

TEST_F(KilledTrainingOf, OneThatEndsWellIsBegunAndThenResumed) {
  KilledTraining training =
      this->training("echo \"$@\" >> ${0%/*}/said; mkdir -p ${0%/*}/run; echo {} > ${0%/*}/run/environment.json");
  EXPECT_FALSE(training.live(std::nullopt).killed);
  EXPECT_FALSE(training.live(Strike{.seconds = 60}).killed) << "it had ended before";
  const std::string where = folder_.path().string();
  EXPECT_EQ(core::read_text(folder_.path() / "said"), "train " + where + "/recipe.toml --name run --runs-dir " + where +
                                                          " --flag\nresume " + where + "/run --flag\n");
}

TEST_F(KilledTrainingOf, OneIsKilledAtItsMoment) {
  const Life life = training("sleep 30").live(Strike{.seconds = 0.2});
  EXPECT_TRUE(life.killed);
  EXPECT_GE(life.seconds, 0.2);
  EXPECT_LT(life.seconds, 20);
}

TEST_F(KilledTrainingOf, OneIsKilledWithinASave) {
  const Life life = training(
                        "mkdir -p ${0%/*}/run/checkpoint; cd ${0%/*}/run/checkpoint; sleep 0.3; echo > "
                        "epoch-0001.safetensors.1.0.part; "
                        "mv epoch-0001.safetensors.1.0.part epoch-0001.safetensors; sleep 30")
                        .live(Strike{.stage = SaveStage::payload_whole});
  EXPECT_TRUE(life.killed);
  EXPECT_EQ(life.left, Left::payload_alone);
  EXPECT_LT(life.seconds, 20);
}

TEST_F(KilledTrainingOf, ErrorsAreTheUsersOrOurs) {
  EXPECT_PRED2(contains, message_of<core::UserError>([&] { training("echo no disk; exit 2").live(std::nullopt); }),
               "no disk");
  const std::string ours = message_of<core::InternalError>([&] { training("echo bad; exit 70").live(std::nullopt); });
  EXPECT_PRED2(contains, ours, "exit code 70");
  EXPECT_PRED2(contains, ours, "bad");
  // A signal that is not the killer's.
  EXPECT_PRED2(contains, message_of<core::InternalError>([&] { training("kill -SEGV $$").live(std::nullopt); }),
               "exit code 139");
}

TEST_F(KilledTrainingOf, ALostCheckpointIsFound) {
  const std::string lost = message_of<core::InternalError>([&] {
    training(
        "mkdir -p ${0%/*}/run/checkpoint; cd ${0%/*}/run/checkpoint; sleep 0.3; echo > epoch-0001.json.1.0.part; "
        "mv epoch-0001.json.1.0.part epoch-0001.json; sleep 0.3; exit 0")
        .live(Strike{.seconds = 60});
  });
  EXPECT_PRED2(contains, lost, "a checkpoint was lost: that of epoch 1");
}

}  // namespace
}  // namespace reslab::cli
