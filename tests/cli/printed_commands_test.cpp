// Every command that the program prints can be pasted into a shell, whatever folders are called.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_program.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* data_folder = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

// All that a recipe's name, the data set, the runs and the folders above them can be called by.
class PrintedCommands : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    fs::create_directory_symlink(data_folder, folder_ / "the data's \"set\"");
    core::write_file(recipe_, "inherit = \"original\"\nname = \"small\"\nmodel.width = 4\ndata.batch_size = 50\n");
  }

  // Starts the program in folder_, as `words` say, through a shell as its user would; nothing in `words` is read by it.
  Result run(const core::Words& words) const { return shell(core::command(words)); }

  Result shell(const std::string& line) const {
    const core::ProcessResult result = core::run_process(
        {.arguments = {"/bin/sh", "-c",
                       "export OMP_WAIT_POLICY=passive RESLAB_PROGRAM=" + core::shell_word(program_.string()) + "; " +
                           line},
         .folder = folder_});
    return {.exit_code = result.exit_code, .output = result.output};
  }

  core::Words train(const core::Words& more) const {
    return core::joined({{"train", recipe_.string(), "--data", "the data's \"set\"", "--threads", "1", "--precision",
                          "fp32", "--runs-dir", "my 'own' runs $HOME", "--no-report"},
                         more});
  }

  // What stands after `before` in a line of the output.
  static std::string printed(const Result& result, const std::string& before) {
    const std::size_t begin = result.output.find(before);
    if (begin == std::string::npos) return ADD_FAILURE() << "no '" << before << "' in " << result.output, "false";
    const std::string line = result.output.substr(begin + before.size());
    return line.substr(0, line.find('\n'));
  }

  long runs_there() const { return std::distance(fs::directory_iterator(runs()), fs::directory_iterator()); }

  fs::path runs() const { return folder_ / "my 'own' runs $HOME"; }

 private:
  const support::TemporaryFolder temporary_;

 protected:
  const fs::path folder_ = temporary_.path() / "a 'folder' with $(false) `false` \"quotes\" & größe";
  const fs::path program_ = [this] {
    fs::create_directories(folder_ / "bin of 'mine'");
    fs::create_symlink(RESLAB_BINARY, folder_ / "bin of 'mine'" / "reslab");
    return folder_ / "bin of 'mine'" / "reslab";
  }();
  const fs::path recipe_ = folder_ / "my small; recipe.toml";

  void TearDown() override { ::unsetenv("RESLAB_PROGRAM"); }
  PrintedCommands() { ::setenv("RESLAB_PROGRAM", program_.c_str(), 1); }
};

TEST_F(PrintedCommands, GoOnWith) {
  const Result stopped = run(train({"--epochs", "2", "--name", "s", "--max-minutes", "1e-6"}));
  ASSERT_EQ(stopped.exit_code, 0) << stopped.output;
  const std::string line = printed(stopped, "go on with: ");
  for (const char* option : {"--data", "--threads 1", "--precision fp32", "--max-minutes", "--no-report"})
    EXPECT_TRUE(contains(line, option)) << line;
  const Result resumed = shell(line);
  EXPECT_EQ(resumed.exit_code, 0) << line << '\n' << resumed.output;
  EXPECT_TRUE(contains(resumed.output, "resuming after epoch 0 of 2, batch 1")) << resumed.output;
}

TEST_F(PrintedCommands, AFinishedRunsReport) {
  ASSERT_EQ(run(train({"--epochs", "1", "--limit-batches", "1", "--name", "s"})).exit_code, 0);
  const Result nothing = run({"resume", (runs() / "s").string(), "--threads", "1"});
  ASSERT_EQ(nothing.exit_code, 0) << nothing.output;
  EXPECT_TRUE(contains(nothing.output, "has finished (1 epoch);")) << nothing.output;
  const Result report = shell(printed(nothing, "for its pictures and report: "));
  EXPECT_EQ(report.exit_code, 0) << report.output;
  EXPECT_TRUE(fs::exists(runs() / "s" / "report.html"));
  // And where its name is wanted again.
  const Result taken = run(train({"--epochs", "1", "--limit-batches", "1", "--name", "s"}));
  ASSERT_EQ(taken.exit_code, 2) << taken.output;
  EXPECT_EQ(shell(printed(taken, "to go on with it: ")).exit_code, 0) << taken.output;
  // And where there are no more epochs to extend it by.
  const Result refused = run({"extend", (runs() / "s").string(), "--epochs", "1", "--threads", "1"});
  ASSERT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_EQ(shell(printed(refused, "to go on with it as it was begun: ")).exit_code, 0) << refused.output;
}

TEST_F(PrintedCommands, ALearningRateThatWasFound) {
  const Result found = run({"find-lr", recipe_.string(), "--data", "the data's \"set\"", "--threads", "1", "--runs-dir",
                            "my 'own' runs $HOME", "--name", "lr", "--steps", "60", "--epochs", "1", "--limit-batches",
                            "1", "--set", "description=it's \"short\"; so what"});
  ASSERT_EQ(found.exit_code, 0) << found.output;
  const std::string line = printed(found, "use it     ");
  for (const char* option : {"--data", "--threads 1", "--runs-dir", "--limit-batches 1", "description"})
    EXPECT_TRUE(contains(line, option)) << line;
  const Result trained = shell(line + " --no-report");
  EXPECT_EQ(trained.exit_code, 0) << line << '\n' << trained.output;
  EXPECT_FALSE(fs::exists(folder_ / "runs")) << "it was trained elsewhere";
}

TEST_F(PrintedCommands, ACampaign) {
  const Result begun = run(train({"--epochs", "1", "--limit-batches", "2", "--repeats", "2", "--max-minutes", "1e-6"}));
  const std::string line = printed(begun, "campaign: 0 of 2 seeds are done; to go on: ");
  EXPECT_TRUE(contains(line, "--name")) << line;
  EXPECT_FALSE(contains(begun.output, "go on with")) << "of its first seed alone: " << begun.output;
  EXPECT_TRUE(contains(shell(line).output, "resuming after epoch 0 of 1, batch 1")) << line;
}

TEST_F(PrintedCommands, ARunWhoseCheckpointsAreGone) {
  ASSERT_EQ(run(train({"--epochs", "2", "--limit-batches", "1", "--name", "s"})).exit_code, 0);
  fs::remove_all(runs() / "s" / "checkpoint");
  const Result refused = run({"resume", (runs() / "s").string(), "--threads", "1", "--no-report"});
  ASSERT_EQ(refused.exit_code, 2) << refused.output;
  std::string line = printed(refused, "start a new run with `");
  line.resize(line.rfind('`'));
  const Result trained = shell(line);
  EXPECT_EQ(trained.exit_code, 0) << line << '\n' << trained.output;
}

TEST_F(PrintedCommands, ARunWhoseCheckpointsAreDamaged) {
  ASSERT_EQ(run(train({"--epochs", "2", "--limit-batches", "1", "--name", "s"})).exit_code, 0);
  for (const auto& entry : fs::directory_iterator(runs() / "s" / "checkpoint"))
    if (entry.path().extension() == ".safetensors") core::write_file(entry.path(), "damaged");
  const Result refused = run({"resume", (runs() / "s").string(), "--threads", "1", "--no-report"});
  ASSERT_EQ(refused.exit_code, 2) << refused.output;
  std::string line = printed(refused, "start a new run with `");
  line.resize(line.rfind('`'));
  const Result trained = shell(line + " --threads 1");
  EXPECT_EQ(trained.exit_code, 0) << line << '\n' << trained.output;
  EXPECT_EQ(runs_there(), 2) << "beside the damaged one";
}

TEST_F(PrintedCommands, ARunThatCannotBeExtended) {
  const core::Words more{"--threads", "1", "--no-report", "--runs-dir", "my 'own' runs $HOME"};
  ASSERT_EQ(run(train({"--epochs", "1", "--limit-batches", "1", "--name", "gone"})).exit_code, 0);
  fs::remove_all(runs() / "gone" / "checkpoint");
  const Result gone = run(core::joined({{"extend", "gone", "--epochs", "2"}, more}));
  ASSERT_EQ(gone.exit_code, 2) << gone.output;
  const Result anew = shell(printed(gone, "train it anew: "));
  EXPECT_EQ(anew.exit_code, 0) << gone.output << anew.output;
  EXPECT_TRUE(contains(anew.output, "Finished: 2 epochs")) << anew.output;
  EXPECT_EQ(runs_there(), 2);

  // At such a rate nothing is learned.
  ASSERT_EQ(run(train({"--epochs", "20", "--limit-batches", "1", "--name", "patient", "--holdout", "50", "--lr", "1e-9",
                       "--set", "early_stopping.patience=1"}))
                .exit_code,
            0);
  const Result ended = run(core::joined({{"extend", "patient", "--epochs", "21"}, more}));
  ASSERT_EQ(ended.exit_code, 2) << ended.output;
  const Result patient = shell(printed(ended, "train with more patience: "));
  EXPECT_EQ(patient.exit_code, 0) << ended.output << patient.output;
  EXPECT_TRUE(contains(patient.output, "Finished: 21 epochs")) << patient.output;
}

// The data set isn't fetched here: that the command tries to, and where to, is all that can be seen.
TEST_F(PrintedCommands, TheDataSetThatIsMissing) {
  const auto try_to_fetch = [&](const std::string& line) {
    const Result fetched = shell("export RESLAB_CIFAR10_URL=http://127.0.0.1:1/none PATH=/none; " + line);
    EXPECT_TRUE(contains(fetched.output, "http://127.0.0.1:1/none")) << line << '\n' << fetched.output;
    EXPECT_TRUE(fs::exists(folder_ / "my 'cache' $HOME")) << line << '\n' << fetched.output;
    fs::remove_all(folder_ / "my 'cache' $HOME");
  };
  const core::Words cache{"--cache-dir", "my 'cache' $HOME"};
  const Result doctor = run(core::joined({{"doctor", "--no-estimate"}, cache}));
  ASSERT_EQ(doctor.exit_code, 0) << doctor.output;
  try_to_fetch(printed(doctor, "(train fetches it by itself)\n    "));
  ASSERT_EQ(run(train({"--epochs", "1", "--limit-batches", "1", "--name", "s"})).exit_code, 0);
  const Result extended = run(
      core::joined({{"extend", (runs() / "s").string(), "--epochs", "2", "--dry-run", "--data", "cifar10"}, cache}));
  ASSERT_EQ(extended.exit_code, 2) << extended.output;
  try_to_fetch(printed(extended, "what to do: "));
}

TEST_F(PrintedCommands, DataThatWasChangedOnPurpose) {
  const fs::path data = folder_ / "my 'data' $HOME";
  fs::create_directories(data);
  for (const auto& entry : fs::directory_iterator(data_folder))
    if (entry.path().extension() == ".bin") fs::copy_file(entry.path(), data / entry.path().filename());
  ASSERT_EQ(run({"data", "checksum", data.string()}).exit_code, 0);
  std::string records = core::read_text(data / "test_batch.bin");
  records[100] = static_cast<char>(records[100] ^ 1);
  core::write_file(data / "test_batch.bin", records);
  const Result refused = run({"data", "stats", data.string()});
  ASSERT_EQ(refused.exit_code, 2) << refused.output;
  const Result taken = shell(printed(refused, "if it was changed on purpose: "));
  EXPECT_EQ(taken.exit_code, 0) << refused.output << taken.output;
  EXPECT_EQ(run({"data", "stats", data.string()}).exit_code, 0);
}

TEST_F(PrintedCommands, TheStepsOfAnExperiment) {
  const core::Words small{"--data",     "the data's \"set\"",  "--threads",       "1",
                          "--runs-dir", "my 'own' runs $HOME", "--limit-batches", "1"};
  const Result result = run(core::joined({{"experiment", recipe_.string(), "--epochs", "1", "--name", "e"}, small}));
  const std::string line = printed(result, "== the network: ");
  const Result summary = shell(line);
  EXPECT_EQ(summary.exit_code, 0) << line << '\n' << summary.output;
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const std::string evaluation = printed(result, "== evaluation: ");
  EXPECT_EQ(shell(evaluation).exit_code, 0) << evaluation;
}

TEST_F(PrintedCommands, WhatThereIsToAskFor) {
  const Result unknown = run({"train", recipe_.string(), "--no-such-option"});
  ASSERT_EQ(unknown.exit_code, 2) << unknown.output;
  EXPECT_EQ(shell(printed(unknown, "see: ")).exit_code, 0) << unknown.output;
  const Result no_recipe = run({"train", "none.toml"});
  std::string line = printed(no_recipe, "choose one of `");
  line.resize(line.rfind('`'));
  EXPECT_EQ(shell(line).exit_code, 0) << no_recipe.output;
}

}  // namespace
}  // namespace reslab::cli
