// A training that something goes wrong with, and what it should have come to.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "reslab/cli/program.h"
#include "reslab/core/error.h"
#include "reslab/train/checkpoint.h"
#include "reslab/verify/run_comparison.h"
#include "support/temporary_folder.h"

namespace reslab::crash {

class CrashFixture : public testing::Test {
 protected:
  void SetUp() override {
    train("whole");
    train("part", {"--max-minutes", "1e-9"});
  }

  /// What is interrupted: a training from its start, or one that goes on after its first batch. The run is "victim".
  enum class Work { train, resume };

  void prepare(Work work) const {
    if (work == Work::resume)
      std::filesystem::copy(run("part").path, run("victim").path, std::filesystem::copy_options::recursive);
  }

  /// Inside this process. Throws what the program would say.
  void perform(Work work) const { work == Work::train ? train("victim") : resume("victim"); }

  /// What the user would do after a crash: go on with the run, or begin it anew where it is none yet. Then it must be
  /// what it would have been.
  void expect_recovery(const std::string& what) const {
    const track::RunFolder victim = run("victim");
    const bool is_run = std::filesystem::exists(victim.environment());
    ASSERT_NO_THROW(perform(is_run ? Work::resume : Work::train)) << what;
    for (const std::string& line : verify::differences(run("whole"), victim)) ADD_FAILURE() << what << ": " << line;
    std::filesystem::remove_all(victim.path);
  }

  /// A small network for two epochs of two batches, saved after each.
  void train(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"train", "original", "--name",
                                   name,    "--data",   RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"};
    for (const char* const set :
         {"model.width=4", "epochs=2", "data.batch_size=16", "data.limit_batches=2", "data.holdout=20"})
      words.insert(words.end(), {"--set", set});
    words.insert(words.end(), more.begin(), more.end());
    go(words);
  }
  void resume(const std::string& name) const { go({"resume", run(name).path.string()}); }

  track::RunFolder run(const std::string& name) const { return {runs_ / name}; }

  /// What takes minutes runs where RESLAB_CAMPAIGN=full asks for it.
  static bool is_full() { return campaign() == "full"; }

  /// Every so manieth call is tried: each, but for RESLAB_CAMPAIGN=short, for programs that sanitizers make slow.
  static long stride() { return campaign() == "short" ? 10 : 1; }

  const support::TemporaryFolder temporary_;
  const std::filesystem::path runs_ = temporary_.path() / "runs";

 private:
  static std::string campaign() {
    const char* const wish = std::getenv("RESLAB_CAMPAIGN");
    return wish == nullptr ? "" : wish;
  }

  void go(std::vector<std::string> words) const {
    words.insert(words.end(), {"--threads", "1", "--precision", "fp32", "-q", "--no-report", "--checkpoint-minutes",
                               "1e-9", "--runs-dir", runs_.string()});
    ASSERT_EQ(cli::run_subcommand(words), core::ExitCode::ok);
  }
};

}  // namespace reslab::crash
