#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/image/png.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/track/environment.h"
#include "reslab/train/lr_choice.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class FindLr : public RunFixture {
 protected:
  Result find(const std::string& arguments, const std::string& before = "") const {
    return run_reslab("find-lr resnet --set model.width=4 --batch-size 64 --precision fp32 " + arguments + where(),
                      before);
  }
  fs::path file(const std::string& run, const std::string& name) const { return folder_ / run / name; }
};

TEST_F(FindLr, WritesItsRunAndTrainTakesTheValue) {
  const Result found = find("--from 1e-4 --steps 60 --name lr");
  ASSERT_EQ(found.exit_code, 0) << found.output;
  for (const char* word : {"valley", "steep", "minimum", "slide", "lowest", "← recommended", "verdict", "--lr-from"})
    EXPECT_TRUE(contains(found.output, word)) << word << '\n' << found.output;
  const train::LrChoice choice = train::read_lr_choice(file("lr", "find-lr.toml"));
  EXPECT_GT(choice.lr, 1e-3);
  EXPECT_LT(choice.lr, 3);
  EXPECT_EQ(choice.rule, "valley");
  EXPECT_EQ(choice.recipe, "resnet");
  const std::string csv = core::read_text(file("lr", "find-lr.csv"));
  EXPECT_TRUE(csv.starts_with("repeat,seed,step,lr,loss,smoothed_loss\n0,0,0,1e-04,"));
  const augment::Image picture = image::decode_png(core::read_bytes(file("lr", "find-lr.png"), 1 << 24), "find-lr.png");
  EXPECT_EQ(picture.width, 1700);
  EXPECT_EQ(track::run_kind(file("lr", "environment.json")), track::RunKind::find_lr);

  for (const std::string& from : {std::string("lr"), file("lr", "find-lr.toml").string(), file("lr", "").string()}) {
    const Result trained =
        run_reslab("train resnet --no-report --set model.width=4 --batch-size 64 --fast-dev-run --name t --lr-from '" +
                   from + "'" + where());
    ASSERT_EQ(trained.exit_code, 0) << trained.output;
    EXPECT_TRUE(contains(trained.output, "learning rate ")) << trained.output;
    const recipe::Recipe recipe = recipe::load_recipe(file("t", "recipe.toml").string());
    EXPECT_EQ(recipe::learning_rate(recipe), choice.lr);
    EXPECT_NEAR(recipe.optimizer.norm_lr / recipe.optimizer.muon.lr, 0.4 / 0.1, 1e-12) << "groups keep their ratios";
    fs::remove_all(folder_ / "t");
  }
  const Result cycle = run_reslab(
      "train original --no-report --set model.width=4 --batch-size 64 --fast-dev-run --name c --lr-from lr" + where());
  ASSERT_EQ(cycle.exit_code, 0) << cycle.output;
  EXPECT_EQ(recipe::load_recipe(file("c", "recipe.toml").string()).schedule.max_lr, choice.lr);
}

TEST_F(FindLr, ItsRunIsNoTraining) {
  ASSERT_EQ(
      run_reslab("train resnet --no-report --set model.width=4 --batch-size 64 --fast-dev-run --name trained" + where())
          .exit_code,
      0);
  ASSERT_EQ(find("--steps 20 --rule lowest --name later").exit_code, 1);
  const Result newest = run_reslab("resume --no-report" + where());
  EXPECT_TRUE(contains(newest.output, "trained has finished")) << newest.output;
  const Result named = run_reslab("evaluate later" + where());
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_TRUE(contains(named.output, "one of `reslab find-lr`")) << named.output;
  const Result other = run_reslab("train resnet --no-report --lr-from trained" + where());
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(contains(other.output, "it has no find-lr.toml")) << other.output;
  const Result unknown = run_reslab("train resnet --no-report --lr-from latr" + where());
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.output, "did you mean 'later'")) << unknown.output;
}

TEST_F(FindLr, TheOriginalsPresetTakesTheLowestLoss) {
  const Result found = find("--preset original --steps 80 --name original");
  ASSERT_EQ(found.exit_code, 0) << found.output;
  const train::LrChoice choice = train::read_lr_choice(file("original", "find-lr.toml"));
  EXPECT_EQ(choice.rule, "lowest");
  EXPECT_GE(choice.lr, 0.01);
  EXPECT_LE(choice.lr, 0.02);
  const std::string text = core::read_text(file("original", "find-lr.toml"));
  for (const char* line :
       {"first_lr = 0.01\n", "last_lr = 0.02\n", "steps = 80\n", "smoothing = 0.05\n", "divergence = 5.0\n"})
    EXPECT_TRUE(contains(text, line)) << text;
  // Under the name that it had once, too.
  ASSERT_EQ(find("--preset seed --steps 80 --name old").exit_code, 0);
  EXPECT_EQ(train::read_lr_choice(file("old", "find-lr.toml")).lr, choice.lr);
}

TEST_F(FindLr, WithoutGnuplotOnlyThePictureIsMissing) {
  const Result found = find("--from 1e-4 --steps 60 --repeats 2 --name bare", "PATH=/nonexistent");
  EXPECT_EQ(found.exit_code, 0) << found.output;
  EXPECT_TRUE(contains(found.output, "gnuplot isn't installed")) << found.output;
  EXPECT_TRUE(contains(found.output, "2 tests")) << found.output;
  EXPECT_FALSE(fs::exists(file("bare", "find-lr.png")));
  EXPECT_TRUE(contains(core::read_text(file("bare", "find-lr.csv")), "\n1,1,0,"));
}

TEST_F(FindLr, KeepsACurveThatGivesNoRateAndSaysHowManyStepsAreNeeded) {
  const Result few = find("--steps 8 --name few");
  EXPECT_EQ(few.exit_code, 1) << few.output;
  EXPECT_TRUE(contains(few.output, "make more --steps, at least 9")) << few.output;
  EXPECT_TRUE(contains(few.output, "too few steps with a usable loss to judge")) << few.output;
  const Result diverged = find("--from 100 --to 1000 --steps 40 --name wild");
  EXPECT_EQ(diverged.exit_code, 1) << diverged.output;
  EXPECT_TRUE(contains(diverged.output, "the test ended at learning rate ")) << diverged.output;
  EXPECT_TRUE(contains(diverged.output, "at least 13 such steps")) << diverged.output;
  for (const char* run : {"few", "wild"}) {
    for (const char* name : {"find-lr.csv", "find-lr.png", "find-lr.toml", "recipe.toml"})
      EXPECT_TRUE(fs::exists(file(run, name))) << run << '/' << name;
    EXPECT_FALSE(contains(core::read_text(file(run, "find-lr.toml")), "\nrecommended")) << run;
    const Result used = run_reslab(std::string("train resnet --no-report --lr-from ") + run + where());
    EXPECT_EQ(used.exit_code, 2);
    EXPECT_TRUE(contains(used.output, "no key `recommended`")) << used.output;
    EXPECT_TRUE(contains(used.output, "make another with more --steps")) << used.output;
  }
}

TEST_F(FindLr, RecommendsNothingByACurveThatDoesNotFallClearly) {
  // As many steps as the message asks for, and every rule has its suggestion: of a curve that is flat.
  for (const char* arguments : {"--steps 9 --name flat", "--steps 9 --rule lowest --name lowest"}) {
    const Result flat = find(arguments);
    EXPECT_EQ(flat.exit_code, 1) << flat.output;
    for (const char* word : {"valley", "verdict    flat", "a curve that doesn't fall clearly", "2 % of the first loss",
                             "5 times its standard error", "make more --steps"})
      EXPECT_TRUE(contains(flat.output, word)) << word << '\n' << flat.output;
    for (const char* word : {"use it", "recommended 0", "← recommended", "--lr-from"})
      EXPECT_FALSE(contains(flat.output, word)) << word << '\n' << flat.output;
  }
  for (const char* name : {"find-lr.csv", "find-lr.png", "find-lr.toml", "recipe.toml"})
    EXPECT_TRUE(fs::exists(file("flat", name))) << name;
  const std::string text = core::read_text(file("flat", "find-lr.toml"));
  EXPECT_FALSE(contains(text, "\nrecommended")) << text;
  EXPECT_TRUE(contains(text, "\nvalley = ") && contains(text, "\nfall_error = ")) << text;
  const Result used = run_reslab("train resnet --no-report --lr-from flat" + where());
  EXPECT_EQ(used.exit_code, 2);
  EXPECT_TRUE(contains(used.output, "doesn't fall clearly")) << used.output;
}

TEST_F(FindLr, TheExperimentTakesNoRateThatWasNotFound) {
  const std::string small = "experiment resnet --use-found-lr --set model.width=4 --batch-size 20 --device cpu ";
  const Result tried = run_reslab(small + "--fast-dev-run --name s" + where());
  EXPECT_EQ(tried.exit_code, 0) << tried.output;
  EXPECT_TRUE(contains(tried.output, "this try takes the recipe's own")) << tried.output;
  EXPECT_TRUE(contains(tried.output, "== evaluation")) << tried.output;
  const Result meant = run_reslab(small + "--limit-batches 2 --name m" + where());
  EXPECT_EQ(meant.exit_code, 1) << meant.output;
  EXPECT_TRUE(contains(meant.output, "without --use-found-lr the recipe's own is taken")) << meant.output;
  EXPECT_FALSE(contains(meant.output, "== training")) << meant.output;
}

TEST_F(FindLr, ARateThatWasFoundForAnotherRecipeIsUsedWithAWarning) {
  ASSERT_EQ(find("--from 1e-4 --steps 60 --name lr").exit_code, 0);
  const std::string same = " --set model.width=4 --batch-size 64 --dry-run --lr-from ";
  const std::string test = "'" + file("lr", "find-lr.toml").string() + "'";
  for (const std::string& from : {std::string("lr"), test}) {
    // What a training may change without another test.
    const Result right = run_reslab("train resnet --epochs 3 --seed 5 --limit-batches 2" + same + from + where());
    EXPECT_EQ(right.exit_code, 0) << right.output;
    EXPECT_FALSE(contains(right.output, "warning")) << right.output;
    // On standard error, whether quiet or not.
    for (const char* quiet : {"", " --quiet"}) {
      const Result other = run_reslab("train original" + same + from + quiet + where() + " 2>&1 >/dev/null; }", "{");
      EXPECT_EQ(other.exit_code, 0) << other.output;
      EXPECT_TRUE(contains(other.output, " was found for resnet and is used for original")) << other.output;
    }
  }
  const Result values = run_reslab("train resnet --dry-run --set model.width=8 --batch-size 64 --lr-from lr" + where());
  EXPECT_TRUE(contains(values.output, "was found for resnet with model.width = 4 (here 8) and is used for"))
      << values.output;
  // The file alone says for which recipe it was.
  fs::copy(file("lr", "find-lr.toml"), file("", "alone.toml"));
  const std::string alone = "'" + file("", "alone.toml").string() + "'";
  EXPECT_TRUE(contains(run_reslab("train original" + same + alone + where()).output, "warning: "));
  EXPECT_FALSE(contains(run_reslab("train resnet" + same + alone + where()).output, "warning: "));
  const Result trained =
      run_reslab("train original --no-report --set model.width=4 --fast-dev-run --lr-from lr" + where());
  EXPECT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "warning: ")) << trained.output;
  const Result campaign = run_reslab("train original --repeats 2" + same + "lr" + where());
  EXPECT_TRUE(contains(campaign.output, "warning: ")) << campaign.output;
}

TEST_F(FindLr, ATakenNameIsRefusedBeforeTheTest) {
  ASSERT_EQ(find("--steps 2 --rule lowest --name taken").exit_code, 1);
  const Result again = find("--steps 2 --rule lowest --name taken");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_TRUE(contains(again.output, "name the run 'taken'")) << again.output;
  EXPECT_FALSE(contains(again.output, "step 1 of 2")) << again.output;
  EXPECT_FALSE(contains(again.output, "resume")) << "a range test is nothing to go on with: " << again.output;
}

TEST_F(FindLr, MakesFewerStepsWithLimitBatches) {
  const Result found = find("--limit-batches 12 --name short");
  ASSERT_EQ(found.exit_code, 1) << found.output;
  EXPECT_TRUE(contains(core::read_text(file("short", "find-lr.toml")), "\nsteps = 12\n"));
  const Result least = find("--limit-batches 1 --name least");
  EXPECT_TRUE(contains(core::read_text(file("least", "find-lr.toml")), "\nsteps = 9\n")) << least.output;
}

TEST_F(FindLr, RefusesWhatItCannotDo) {
  struct Case {
    const char *arguments, *says;
  };
  for (const Case& example :
       {Case{"--from 1 --to 0.1", "a range that rises"}, Case{"--preset orignal", "did you mean 'original'"},
        Case{"--rule vally", "did you mean 'valley'"}, Case{"--repeats 0", "repeats"}, Case{"--ramp up", "ramp"}}) {
    const Result result = find(example.arguments);
    EXPECT_EQ(result.exit_code, 2) << example.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << example.arguments << '\n' << result.output;
  }
  EXPECT_TRUE(fs::is_empty(folder_)) << "a refused test leaves nothing behind";
}

}  // namespace
}  // namespace reslab::cli
