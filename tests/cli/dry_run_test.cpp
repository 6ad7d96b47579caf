// A plan refuses what the training would refuse, in the same words.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class DryRun : public RunFixture {
 protected:
  // What is refused is refused both ways, and nothing is made.
  void expect_refused(const std::string& command, const std::string& said) const {
    const auto before = all_there();
    const Result plan = run_reslab(command + " --dry-run", "OMP_WAIT_POLICY=passive");
    EXPECT_EQ(plan.exit_code, 2) << command << '\n' << plan.output;
    EXPECT_TRUE(contains(plan.output, said)) << command << '\n' << plan.output;
    EXPECT_EQ(all_there(), before) << command;
    const Result training = run_reslab(command, "OMP_WAIT_POLICY=passive");
    EXPECT_EQ(training.exit_code, 2) << command << '\n' << training.output;
    EXPECT_EQ(plan.output, training.output) << command;
  }

  // With the usual options where `options` doesn't name them.
  std::string training(const std::string& options) const {
    std::string command = "train original --no-report --set model.width=4 --epochs 1 --threads 1 " + options;
    const auto otherwise = [&](const std::string& option, const std::string& value) {
      if (!contains(options, option)) command += " " + option + " '" + value + "'";
    };
    otherwise("--batch-size", "50");
    otherwise("--data", RESLAB_SOURCE_DIR "/tests/data_samples/cifar10");
    otherwise("--runs-dir", folder_.string());
    return command;
  }

  std::vector<std::string> all_there() const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) paths.push_back(entry.path().string());
    std::ranges::sort(paths);
    return paths;
  }
};

TEST_F(DryRun, RefusesWhatTheTrainingRefuses) {
  core::write_file(folder_ / "file", "");
  fs::create_directories(folder_ / "taken");
  core::write_file(folder_ / "taken" / "other", "");
  const std::string file = (folder_ / "file").string();
  expect_refused(training("--name '../a b'"), "could not name the run '../a b'");
  expect_refused(training("--name x.toml"), "could not name the run");
  expect_refused(training("--name taken"), "exists, and is no run");
  expect_refused(training("--name t --runs-dir '" + file + "'"), "is no folder");
  expect_refused(training("--name t --runs-dir '" + file + "/below'"), "could not make a run in ");
  expect_refused(training("--name t --runs-dir '" + (folder_ / std::string(300, 'x')).string() + "'"), "too long");
  expect_refused(training("--device cuda"), "--device cuda");
  expect_refused(training("--holdout 300"), "");
  expect_refused(training("--set data.drop_last=true --batch-size 400"), "");
  expect_refused(training("--data '" + file + "'"), "could not open the data set");
  expect_refused(training("--repeats 2 --name '../a b'"), "could not name the run '../a b'");
  expect_refused(training("--repeats 2 --name t --runs-dir '" + file + "'"), "is no folder");
}

TEST_F(DryRun, RefusesTheNameOfARunAndSeedsOfAnotherRecipe) {
  ASSERT_EQ(run_reslab(training("--limit-batches 1 --name a")).exit_code, 0);
  expect_refused(training("--limit-batches 1 --name a"), "to go on with it");
  ASSERT_EQ(run_reslab(training("--limit-batches 1 --name c --repeats 1")).exit_code, 0);
  expect_refused(training("--limit-batches 1 --batch-size 60 --name c --repeats 2"), "was trained by another recipe");
  const auto before = all_there();
  const Result plan = run_reslab(training("--limit-batches 1 --name c --repeats 2 --dry-run"));
  EXPECT_EQ(plan.exit_code, 0) << plan.output;
  EXPECT_TRUE(contains(plan.output, "seeds 1 to 2, a run each; begun: 1")) << plan.output;
  EXPECT_EQ(all_there(), before);
  // A run for more epochs is a new one, too.
  const std::string extend = "extend a --epochs 2 --no-report " + where();
  expect_refused(extend + " --name '../a b'", "could not name the run '../a b'");
  expect_refused(extend + " --name a", "to go on with it");
}

TEST_F(DryRun, SaysYesToWhatIsTrainedThen) {
  const std::string command =
      training("--limit-batches 1 --name a --runs-dir '" + (folder_ / "new" / "runs").string() + "'");
  const Result plan = run_reslab(command + " --dry-run");
  EXPECT_EQ(plan.exit_code, 0) << plan.output;
  EXPECT_TRUE(contains(plan.output, "1 epoch × 1 batch of 50 = 1 step\n")) << plan.output;
  EXPECT_TRUE(all_there().empty());
  EXPECT_EQ(run_reslab(command).exit_code, 0);
}

}  // namespace
}  // namespace reslab::cli
