// From pictures to a network that knows them: train, the weights, evaluate.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "cli/run_program.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

// 300 real images to train on and 100 to test.
const std::string of_samples = " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'";

class Learning : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(runs_); }
  void TearDown() override { fs::remove_all(runs_); }

  nlohmann::json evaluate(const std::string& arguments) const {
    const Result result =
        run_reslab("evaluate " + arguments + of_samples + " --json --runs-dir '" + runs_.string() + "'");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return nlohmann::json::parse(result.output, nullptr, /*allow_exceptions=*/false);
  }

  const fs::path runs_ = fs::temp_directory_path() / ("reslab-learning-" + std::to_string(::getpid()));
};

// What the last "Test set: …" line counts as right.
int last_correct(const std::string& output) {
  const std::regex line(R"(Test set: Average loss: [0-9.]+, Accuracy: (\d+)/100 )");
  int correct = -1;
  for (std::sregex_iterator match(output.begin(), output.end(), line), end; match != end; ++match)
    correct = std::stoi((*match)[1]);
  return correct;
}

// The original's recipe, but for size: a sixteenth of the arithmetic, and enough steps for 300 images.
TEST_F(Learning, TheSamplesAreLearntKeptAndRecognised) {
  const Result trained = run_reslab(
      "train original --no-report --epochs 30 --batch-size 20 --set model.width=16 --precision fp32 --name a" +
      of_samples + " --runs-dir '" + runs_.string() + "'");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(fs::exists(runs_ / "a" / "weights.safetensors"));

  const auto on_train = evaluate("a --split train");
  EXPECT_EQ(on_train["samples"], 300);
  EXPECT_GT(on_train["top1"], 0.6) << trained.output;  // chance is 0.1

  // The program that reads the weights finds what the one that trained them printed.
  const auto on_test = evaluate("a");
  EXPECT_EQ(on_test["samples"], 100);
  EXPECT_EQ(on_test["correct"], last_correct(trained.output)) << trained.output;
  EXPECT_EQ(evaluate("'" + (runs_ / "a" / "weights.safetensors").string() + "'")["correct"], on_test["correct"]);
}

}  // namespace
}  // namespace reslab::cli
