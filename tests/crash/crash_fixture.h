// A training that something goes wrong with, and what it should have come to.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reslab/cli/program.h"
#include "reslab/core/error.h"
#include "reslab/track/run_comparison.h"
#include "reslab/train/checkpoint.h"
#include "support/temporary_folder.h"

namespace reslab::crash {

class CrashFixture : public testing::Test {
 protected:
  /// What takes minutes runs where RESLAB_CAMPAIGN=full asks for it.
  static void skip_unless_full() {
    const char* const wish = std::getenv("RESLAB_CAMPAIGN");
    if (wish == nullptr || std::string(wish) != "full") GTEST_SKIP() << "only with RESLAB_CAMPAIGN=full";
  }

  /// Trains a small network for two epochs of two batches, saved after each, inside this process. Throws what the
  /// program would say.
  void train(const std::string& name) const {
    std::vector<std::string> words{"train", "original", "--name", name, "--data", data, "--no-report"};
    for (const char* const set :
         {"model.width=4", "epochs=2", "data.batch_size=16", "data.limit_batches=2", "data.holdout=20"})
      words.insert(words.end(), {"--set", set});
    words.insert(words.end(), common_.begin(), common_.end());
    ASSERT_EQ(cli::run_subcommand(words), core::ExitCode::ok);
  }

  void resume(const std::string& name) const {
    std::vector<std::string> words{"resume", run(name).path.string(), "--no-report"};
    words.insert(words.end(), common_.begin(), common_.end());
    ASSERT_EQ(cli::run_subcommand(words), core::ExitCode::ok);
  }

  track::RunFolder run(const std::string& name) const { return {runs_ / name}; }

  /// What the user would do after a crash: go on with the run, or begin it anew where it is none yet. Then it must be
  /// what it would have been.
  void expect_recovery(const std::string& name, const std::string& what) {
    if (std::filesystem::exists(run(name).environment())) {
      ASSERT_NO_THROW(resume(name)) << what;
    } else {
      std::filesystem::remove_all(run(name).path);
      train(name);
    }
    for (const std::string& line : track::differences(run("whole"), run(name))) ADD_FAILURE() << what << ": " << line;
    std::filesystem::remove_all(run(name).path);
  }

  static constexpr const char* data = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";
  const support::TemporaryFolder temporary_;
  const std::filesystem::path runs_ = temporary_.path() / "runs";

 private:
  const std::vector<std::string> common_{"--threads", "1",          "--precision", "fp32", "-q", "--checkpoint-minutes",
                                         "1e-9",      "--runs-dir", runs_.string()};
};

}  // namespace reslab::crash
