// One learning rate, everywhere: what --lr sets is what a training does, logs, plots and find-lr tell of.
#include "reslab/recipe/learning_rate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/track/metrics.h"
#include "reslab/train/lr_choice.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class LearningRate : public RunFixture {
 protected:
  void train(const std::string& arguments, const std::string& name) const {
    const Result result =
        run_reslab("train " + arguments + few_steps + " --no-report --quiet --name " + name + where());
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  std::string weights(const std::string& name) const {
    return core::read_text(folder_ / name / "weights.safetensors", std::size_t{1} << 26);
  }
  double highest_logged(const std::string& name) const {
    double highest = 0;
    for (const auto& row : track::read_metrics(folder_ / name / "metrics.csv")) highest = std::max(highest, row.lr);
    return highest;
  }

  static constexpr const char* few_steps =
      " --epochs 1 --limit-batches 2 --batch-size 20 --set model.width=8 --precision fp32";
};

TEST_F(LearningRate, GivenByTheUserDecidesTheWeightsOfEveryRecipe) {
  for (const char* recipe : {"original", "resnet", "fast94", "airbench94", "fast96"}) {
    const std::string name = recipe;
    train(name + " --lr 0.0001", name + "-low");
    train(name + " --lr 0.01", name + "-high");
    EXPECT_NE(weights(name + "-low"), weights(name + "-high")) << name;
    // one_cycle reaches its peak between the two steps.
    if (name == "original") continue;
    EXPECT_DOUBLE_EQ(highest_logged(name + "-low"), 0.0001) << name;
    EXPECT_DOUBLE_EQ(highest_logged(name + "-high"), 0.01) << name;
  }
}

TEST_F(LearningRate, OfARecipeByTheUserToo) {
  const fs::path file = folder_ / "mine.toml";
  // The head has no rate of its own, so that Muon's filters aren't the first group.
  std::ofstream(file) << "inherit = 'original'\n[optimizer]\nname = 'muon'\nlr = 0.02\n[optimizer.muon]\nlr = 0.1\n"
                         "[schedule]\nname = 'constant'\n";
  train("'" + file.string() + "' --lr 0.05", "mine");
  EXPECT_DOUBLE_EQ(highest_logged("mine"), 0.05);
  const recipe::Recipe kept = recipe::load_recipe((folder_ / "mine" / "recipe.toml").string());
  EXPECT_DOUBLE_EQ(kept.optimizer.muon.lr, 0.05);
  EXPECT_DOUBLE_EQ(kept.optimizer.lr, 0.01) << "it keeps its ratio";
}

TEST_F(LearningRate, IsTheSameInThePlotOfTheRecipe) {
  for (const char* recipe : {"fast94", "airbench94", "resnet"}) {
    const Result plain = run_reslab(std::string("recipe plot ") + recipe);
    const std::string rate = std::to_string(recipe::learning_rate(recipe::load_recipe(recipe))).substr(0, 5);
    EXPECT_TRUE(contains(plain.output, "highest " + rate.substr(0, 3))) << plain.output;
    const Result set = run_reslab(std::string("recipe plot ") + recipe + " --lr 0.0625");
    EXPECT_TRUE(contains(set.output, "highest 0.0625")) << set.output;
  }
}

TEST_F(LearningRate, FoundIsTheOneThatTrains) {
  for (const char* recipe : {"resnet", "fast94"}) {
    const std::string name = recipe;
    const Result found =
        run_reslab("find-lr " + name + " --set model.width=8 --batch-size 60 --precision fp32 --steps 60 " +
                   "--from 1e-3 --to 1 --rule lowest --name " + name + "-lr" + where());
    ASSERT_EQ(found.exit_code, 0) << found.output;
    const double lr = train::read_lr_choice(folder_ / (name + "-lr") / "find-lr.toml").lr;
    train(name + " --lr-from " + name + "-lr", name);
    EXPECT_DOUBLE_EQ(highest_logged(name), lr) << name;
  }
}

TEST_F(LearningRate, TestedAtTheRecipesOwnRateMakesItsStep) {
  // Two steps of a test whose rates are nearly the recipe's: the loss before the second is the training's own.
  const std::string options =
      " --set model.width=8 --batch-size 20 --precision fp32 --set schedule.name=constant --set "
      "optimizer.whitening_epochs=0";
  const Result found = run_reslab("find-lr fast94" + options +
                                  " --from 0.2255 --to 0.22550000001 --steps 2 --rule lowest"
                                  " --name lr" +
                                  where());
  ASSERT_EQ(found.exit_code, 1) << "two steps show no fall: " << found.output;
  const Result trained = run_reslab("train fast94" + options +
                                    " --epochs 1 --set resolution.epochs=[0] --set "
                                    "resolution.sides=[24] --limit-batches 2 --no-report --quiet --name t" +
                                    where());
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  const auto rows = track::read_metrics(folder_ / "t" / "metrics.csv");
  ASSERT_EQ(rows.size(), 2U);
  std::ifstream csv(folder_ / "lr" / "find-lr.csv");
  std::string line;
  for (int i = 0; i < 3; ++i) std::getline(csv, line);
  const std::string loss = line.substr(0, line.rfind(','));
  EXPECT_NEAR(std::stod(loss.substr(loss.rfind(',') + 1)), rows[1].loss, 1e-4) << line;
}

TEST_F(LearningRate, FilesOfTheOldMeaningAreRefused) {
  const fs::path file = folder_ / "old.toml";
  std::ofstream(file) << "format = 1\nrecommended = 0.1\n";
  const Result old = run_reslab("train fast94 --no-report --lr-from '" + file.string() + "'" + where());
  EXPECT_EQ(old.exit_code, 2) << old.output;
  EXPECT_TRUE(contains(old.output, "format 1")) << old.output;
}

TEST_F(LearningRate, SettingsWithoutEffectAreRefusedOrTold) {
  struct Case {
    const char *arguments, *says;
  };
  for (const Case& example :
       {Case{"recipe show fast94 --set optimizer.lr=0.1", "--lr scales them all"},
        Case{"recipe show resnet --set schedule.max_lr=0.2", "only one_cycle has it"},

        Case{"train fast94 --fast-dev-run --epochs 3", "--fast-dev-run"},
        Case{"train fast94 --repeats 2 --seed 3", "--seed"},
        Case{"recipe show original --set schedule.warmup_epochs=100", "schedule.name is 'one_cycle'"},
        Case{"find-lr resnet --lr 0.1", "say --from and --to"}}) {
    const Result result = run_reslab(example.arguments);
    EXPECT_EQ(result.exit_code, 2) << example.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << result.output;
  }
  for (const char* arguments :
       {"recipe show resnet --epochs 1 --set schedule.warmup_epochs=100",
        "recipe show original --set schedule.name=linear --epochs 2 --set schedule.tail_epochs=2"}) {
    const Result result = run_reslab(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(contains(result.output, "can't take effect: the training has ")) << result.output;
  }
  // Of two keys that exclude each other, each can be switched off whatever the other says.
  for (const char* arguments :
       {"recipe show resnet --set optimizer.name=adamw --set optimizer.momentum=0 --set optimizer.nesterov=false",
        "recipe show original --set averaging.name=lookahead --set averaging.last_epochs=3 --set "
        "averaging.start_epoch=0"})
    EXPECT_EQ(run_reslab(arguments).exit_code, 0) << run_reslab(arguments).output;
  // A range test has the optimizer's own momentum, though the training's schedule cycles it.
  const Result momentum = run_reslab(
      "find-lr original --set optimizer.momentum=0.5 --set model.width=4 --batch-size 20 --steps 2 --rule lowest" +
      where());
  EXPECT_EQ(momentum.exit_code, 1) << momentum.output;
  const fs::path file = folder_ / "mine.toml";
  std::ofstream(file) << "inherit = 'fast94'\n[optimizer]\nlr = 0.3\nmomentum = 0.8\n";
  const Result told = run_reslab("recipe show '" + file.string() + "'");
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_TRUE(contains(told.output, "optimizer.lr in " + file.string() + " can't take effect")) << told.output;
  EXPECT_FALSE(contains(told.output, "optimizer.momentum in ")) << told.output;
  for (const char* recipe : {"original", "resnet", "fast94", "airbench94", "fast96"})
    EXPECT_FALSE(contains(run_reslab(std::string("recipe show ") + recipe).output, "can't take effect")) << recipe;
  const Result by_path = run_reslab("recipe show '" RESLAB_SOURCE_DIR "/recipes/fast94.toml'");
  EXPECT_FALSE(contains(by_path.output, "can't take effect")) << by_path.output;
}

TEST_F(LearningRate, TheRecipeOfARunTrainsAgainWithoutAWord) {
  train("fast94 --lr 0.1", "first");
  const std::string kept = (folder_ / "first" / "recipe.toml").string();
  const Result shown = run_reslab("recipe show '" + kept + "'");
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_FALSE(contains(shown.output, "can't take effect")) << shown.output;
}

}  // namespace
}  // namespace reslab::cli
