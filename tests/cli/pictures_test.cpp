// What a training leaves to look at, and the whole experiment in one go.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/image/png.h"
#include "reslab/recipe/recipe.h"
#include "reslab/track/metrics.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Pictures : public RunFixture {
 protected:
  void expect_pictures(const fs::path& run) const {
    for (const char* name : {"mistakes.png", "explain-layer1.png", "explain-layer2.png", "explain-layer3.png",
                             "plots/validation.png", "plots/training.png", "plots/confusion.png"}) {
      ASSERT_TRUE(fs::exists(run / name)) << name;
      const auto picture = image::decode_png(core::read_bytes(run / name, std::size_t{1} << 24), name);
      EXPECT_GT(picture.width, 400) << name;
    }
    const std::string page = core::read_text(run / "report.html");
    EXPECT_TRUE(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>")) << page.substr(0, 40);
    EXPECT_TRUE(contains(page, run.filename().string()));
  }
};

TEST_F(Pictures, ATrainingEndsWithThem) {
  const Result result = run_reslab("train original --set model.width=4 --batch-size 100 --epochs 2 --name a" + where());
  ASSERT_EQ(result.exit_code, 0) << result.output;
  expect_pictures(folder_ / "a");
  EXPECT_TRUE(contains(result.output, (folder_ / "a" / "report.html").string())) << result.output;
}

TEST_F(Pictures, ATmpdirThatIsNotThereDoesNotCostThem) {
  const Result result = run_reslab(
      "train original --set model.width=4 --batch-size 100 --fast-dev-run --name t" + where(), "TMPDIR=/none");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_FALSE(contains(result.output, "left out")) << result.output;
  expect_pictures(folder_ / "t");
}

TEST_F(Pictures, NoReportLeavesThemOut) {
  ASSERT_EQ(run_reslab("train original --no-report --set model.width=4 --fast-dev-run --name b" + where()).exit_code,
            0);
  EXPECT_FALSE(fs::exists(folder_ / "b" / "report.html"));
  EXPECT_FALSE(fs::exists(folder_ / "b" / "plots"));
}

TEST_F(Pictures, ASignalEndsThemAndIsAnswered) {
  const std::string plots = "'" + (folder_ / "s" / "plots").string() + "'";
  const Result result = run_reslab(
      "train original --set model.width=4 --batch-size 100 --epochs 1 --name s" + where(),
      "{ until test -e " + plots + " || ! kill -0 $$; do sleep 0.01; done; kill -s INT $$; } 2>/dev/null & exec");
  EXPECT_EQ(result.exit_code, 130) << result.output;
  EXPECT_TRUE(contains(result.output, "the training is over and saved") &&
              contains(result.output, "to make them: reslab report " + (folder_ / "s").string()))
      << result.output;
  EXPECT_FALSE(fs::exists(folder_ / "s" / "report.html")) << result.output;
  EXPECT_TRUE(fs::exists(folder_ / "s" / "weights.safetensors"));
}

TEST_F(Pictures, WithoutGnuplotTheReportIsThereAllTheSame) {
  const Result result = run_reslab(
      "train original --set model.width=4 --batch-size 100 --fast-dev-run --name c" + where(), "PATH=/nowhere");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, "left out: ")) << result.output;
  EXPECT_TRUE(fs::exists(folder_ / "c" / "report.html")) << result.output;
  EXPECT_TRUE(fs::exists(folder_ / "c" / "mistakes.csv")) << result.output;
}

TEST_F(Pictures, TheExperimentGoesThroughAllSteps) {
  const Result result = run_reslab(
      "experiment original --use-found-lr --set model.width=4 --batch-size 100 --epochs 2 --name e" + where());
  ASSERT_EQ(result.exit_code, 0) << result.output;
  for (const char* part : {"== the network", "== the learning rate", "== training", "== evaluation", "Total params"})
    EXPECT_TRUE(contains(result.output, part)) << part << "\n" << result.output;
  expect_pictures(folder_ / "e");
  // What the range test recommends is what is trained with.
  const std::string choice = core::read_text(folder_ / "e-find-lr" / "find-lr.toml");
  const double max_lr = recipe::load_recipe((folder_ / "e" / "recipe.toml").string()).schedule.max_lr;
  const auto at = choice.find("recommended = ");
  ASSERT_NE(at, std::string::npos) << choice;
  EXPECT_DOUBLE_EQ(std::stod(choice.substr(at + 14)), max_lr);
  EXPECT_EQ(track::read_epochs(folder_ / "e" / "epochs.csv").size(), 2U);
}

TEST_F(Pictures, TheExperimentHasAShortForm) {
  const Result result =
      run_reslab("experiment resnet --fast-dev-run --set model.width=4 --batch-size 20 --name s" + where());
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(core::read_text(folder_ / "s-find-lr" / "find-lr.toml"), "\nsteps = 9\n")) << result.output;
  const recipe::Recipe recipe = recipe::load_recipe((folder_ / "s" / "recipe.toml").string());
  EXPECT_EQ(recipe.epochs, 1);
  EXPECT_EQ(recipe.data.limit_batches, 2);
  EXPECT_TRUE(contains(result.output, "== evaluation")) << result.output;
}

TEST_F(Pictures, TheExperimentTellsEveryStepOfTheRecipe) {
  const Result result = run_reslab("experiment original --name f --set model.width=4 --epochs 0" + where());
  EXPECT_TRUE(contains(result.output, "reslab summary original --plain --data")) << result.output;
  EXPECT_TRUE(contains(result.output, "--set model.width=4 --epochs 0")) << result.output;
}

TEST_F(Pictures, TheExperimentStopsAtTheFirstFailure) {
  const Result result = run_reslab("experiment orignal --name f" + where());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "did you mean 'original'")) << result.output;
  EXPECT_FALSE(contains(result.output, "== training")) << result.output;
}

}  // namespace
}  // namespace reslab::cli
