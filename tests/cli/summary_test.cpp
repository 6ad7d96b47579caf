#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "reslab/core/file.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

TEST(SummaryCommand, PlainIsTorchsummarysTable) {
  const Result result = run_reslab("summary resnet --plain");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, core::read_text(RESLAB_SOURCE_DIR "/tests/reference/torchsummary.txt"));
}

TEST(SummaryCommand, ShowsTheTreeToTheAskedDepth) {
  const Result result = run_reslab("summary original --batch 1");
  EXPECT_EQ(result.exit_code, 0);
  for (const char* text : {"CustomResNet, a batch of [1, 3, 32, 32]", "  0         Conv2d", "3×3",
                           "6,573,120 (6,573,120", "379.27 M", "35.89 %"})
    EXPECT_TRUE(contains(result.output, text)) << text << '\n' << result.output;
  const Result top = run_reslab("summary original --depth 1");
  EXPECT_FALSE(contains(top.output, "Conv2d")) << top.output;
  EXPECT_TRUE(contains(top.output, "4,720,640")) << "a block's sum\n" << top.output;
}

// A layer of a name, and its last column.
TEST(SummaryCommand, SaysWhatIsTrainedWhollyPartlyAndNotAtAll) {
  const Result result = run_reslab("summary fast94");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto row = [&](const std::string& start) {
    const auto begin = result.output.find("\n" + start) + 1;
    return result.output.substr(begin, result.output.find('\n', begin) - begin);
  };
  EXPECT_TRUE(row("whiten ").ends_with(" partly")) << row("whiten ");
  EXPECT_TRUE(row("    norm1 ").ends_with(" partly")) << row("    norm1 ");
  EXPECT_TRUE(row("    conv1 ").ends_with(" yes")) << row("    conv1 ");
  EXPECT_TRUE(contains(row("layers "), "Group")) << row("layers ");
  EXPECT_FALSE(contains(result.output, "ModuleGroup") || contains(result.output, "not run")) << result.output;
  EXPECT_LT(result.output.find("\nwhiten "), result.output.find("\nactivation ")) << "the order of registration";
  const auto json = nlohmann::json::parse(run_reslab("summary fast94 --json").output);
  EXPECT_EQ(json["layers"][0]["path"], "whiten");
  EXPECT_EQ(json["layers"][0]["trainable"], false);
  EXPECT_EQ(json["layers"][0]["trainable_parameters"], 24);
}

TEST(SummaryCommand, GivesJsonForPrograms) {
  const Result result = run_reslab("summary original --json --batch 512 --precision bf16");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["multiply_adds"], 194'184'413'184);
  EXPECT_EQ(json["activation_bytes"], 2'382'405'632 / 2);
  EXPECT_EQ(json["layers"].size(), 29U + 6U);
  EXPECT_EQ(json["layers"][1]["output"], (std::vector<int>{512, 64, 32, 32}));
}

TEST(SummaryCommand, FlopsIsTheLedgerOfTheTraining) {
  const Result text = run_reslab("summary airbench94 --flops");
  ASSERT_EQ(text.exit_code, 0) << text.output;
  for (const char* part : {"200 steps, 400000 images", "layers.0.conv1", "training   0.2765 PFLOP",
                           "1.416 TFLOP at first, 1.362", "views: six) 0.0142"})
    EXPECT_TRUE(contains(text.output, part)) << part << '\n' << text.output;
  const Result json = run_reslab("summary airbench94 --flops --json --epochs 16");
  ASSERT_EQ(json.exit_code, 0) << json.output;
  const auto ledger = nlohmann::json::parse(json.output);
  EXPECT_EQ(ledger["steps"], 400);
  EXPECT_EQ(ledger["layers"].size(), 8U);
  EXPECT_EQ(ledger["layers"][0]["training"]["weight_gradient"], 0);
  EXPECT_GT(ledger["training"]["total"], 5.3e14);
  EXPECT_EQ(run_reslab("summary airbench94 --flops --plain").exit_code, 2);
}

TEST(SummaryCommand, ImagesTooSmallForTheNetworkAreTheUsersError) {
  const Result result =
      run_reslab("summary original --flops --set 'resolution.epochs=[0]' --set 'resolution.sides=[8]'");
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_TRUE(contains(result.output, "an image of 8 × 8 pixels")) << result.output;
}

TEST(SummaryCommand, FlopsOfWeightsAloneIsRefused) {
  const support::TemporaryFolder folder;
  ASSERT_EQ(run_reslab("train resnet --no-report --set model.width=4 --batch-size 300 --fast-dev-run --name narrow "
                       "--threads 1 --data "
                       "'" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10' --runs-dir '" +
                       folder.path().string() + "'")
                .exit_code,
            0);
  const Result of_run = run_reslab("summary narrow --flops --json --runs-dir '" + folder.path().string() + "'");
  ASSERT_EQ(of_run.exit_code, 0) << of_run.output;
  EXPECT_EQ(nlohmann::json::parse(of_run.output)["images"], 300) << "the tests' images, one batch of them all";
  const Result weights =
      run_reslab("summary '" + (folder.path() / "narrow" / "weights.safetensors").string() + "' --flops");
  EXPECT_EQ(weights.exit_code, 2);
  EXPECT_TRUE(contains(weights.output, "doesn't say how they were trained")) << weights.output;
}

TEST(SummaryCommand, TakesARunsOwnNetworkAndOffersNames) {
  const support::TemporaryFolder folder;
  const std::string runs = " --runs-dir '" + folder.path().string() + "'";
  ASSERT_EQ(run_reslab("train resnet --no-report --set model.width=4 --batch-size 300 --fast-dev-run --name narrow "
                       "--threads 1 --data "
                       "'" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'" +
                       runs)
                .exit_code,
            0);
  for (const char* run : {"narrow", ""}) {
    const Result result = run_reslab(std::string("summary ") + run + " --json" + runs);
    ASSERT_EQ(result.exit_code, 0) << result.output;
    EXPECT_EQ(nlohmann::json::parse(result.output)["layers"][1]["output"][1], 4) << "the run's width";
  }
  const Result unknown = run_reslab("summary narow" + runs);
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.output, "did you mean 'narrow'")) << unknown.output;
  EXPECT_TRUE(contains(run_reslab("summary orignal" + runs).output, "did you mean 'original'"));
}

}  // namespace
}  // namespace reslab::cli
