#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/recipe/recipe.h"
#include "reslab/recipe/schedule.h"
#include "reslab/track/metrics.h"
#include "reslab/verify/run_comparison.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Extend : public RunFixture {
 protected:
  Result train(const std::string& arguments) const {
    return run_reslab("train original --no-report -q --set model.width=4 --set data.batch_size=100 " + arguments +
                      where());
  }
  Result extend(const std::string& arguments) const { return run_reslab("extend --no-report " + arguments + where()); }

  // Names and bytes of all files.
  std::string fingerprint(const fs::path& folder) const {
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (!entry.is_directory()) all.push_back(entry.path().string() + core::sha256_of_file(entry.path()));
    std::ranges::sort(all);
    std::string text;
    for (const std::string& each : all) text += each + '\n';
    return text;
  }
};

TEST_F(Extend, GoesOnInANewRunOnTheRescaledSchedule) {
  ASSERT_EQ(train("--epochs 2 --name short").exit_code, 0);
  const std::string before = fingerprint(folder_ / "short");
  const Result result = extend("short --epochs 4 --name long");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, "short stands after epoch 2 of 2")) << result.output;
  EXPECT_TRUE(contains(result.output, "2 → 4 epochs of 3 steps")) << result.output;
  EXPECT_TRUE(contains(result.output, "is unlearned first")) << result.output;
  EXPECT_EQ(fingerprint(folder_ / "short"), before) << "the old run stays as it is";

  const recipe::Recipe recipe = recipe::load_recipe((folder_ / "long" / "recipe.toml").string());
  EXPECT_EQ(recipe.epochs, 4);
  const auto old_rows = track::read_metrics(folder_ / "short" / "metrics.csv"),
             rows = track::read_metrics(folder_ / "long" / "metrics.csv");
  ASSERT_EQ(old_rows.size(), 6U);
  ASSERT_EQ(rows.size(), 12U);
  EXPECT_TRUE(std::equal(old_rows.begin(), old_rows.end(), rows.begin())) << "what is behind is taken over";
  const auto schedule = recipe::make_schedule(recipe, 12);
  for (std::size_t step = 6; step < 12; ++step)
    EXPECT_EQ(rows[step].lr, schedule->at(static_cast<std::int64_t>(step)).lr) << step;
  EXPECT_TRUE(contains(core::read_text(folder_ / "long" / "environment.json"), "\"extends\": \"short\""));
  EXPECT_TRUE(
      contains(run_reslab("runs list --runs-dir '" + folder_.string() + "'").output, "finished (extends short)"));
}

TEST_F(Extend, GoesOnFromWithinAnEpoch) {
  ASSERT_EQ(train("--epochs 2 --max-minutes 0.000001 --name part").exit_code, 0);
  const Result result = extend("part --epochs 3 --name more");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(run_reslab("resume" + where()).output, "nothing to do")) << "the other goes on with it";
  EXPECT_TRUE(contains(result.output, "after epoch 0 of 2, batch 1")) << result.output;
  EXPECT_EQ(track::read_metrics(folder_ / "more" / "metrics.csv").size(), 9U);
}

// Where the schedule is the same for any number of epochs, the two halves are the whole.
TEST_F(Extend, IsWhatTheWholeTrainingWouldBeWhereNothingIsRescaled) {
  const std::string constant = "--set schedule.name=constant ";
  for (const std::string more :
       {"", "--set averaging.name=ema --set averaging.decay=0.5 ", "--set optimizer.name=adamw --lr 0.001 "}) {
    ASSERT_EQ(train("--epochs 4 --name whole " + constant + more).exit_code, 0);
    for (const std::string where_it_stands : {"", "--max-minutes 0.000001 "}) {
      ASSERT_EQ(train("--epochs 2 --name half " + constant + more + where_it_stands).exit_code, 0);
      const Result result = extend("half --epochs 4 --name extended");
      ASSERT_EQ(result.exit_code, 0) << result.output;
      for (const std::string& line : verify::differences({folder_ / "whole"}, {folder_ / "extended"}))
        ADD_FAILURE() << more << where_it_stands << line;
      for (const char* const name : {"half", "extended"}) fs::remove_all(folder_ / name);
    }
    fs::remove_all(folder_ / "whole");
  }
}

// The old run was killed between its weights and its checkpoint: the new one doesn't take what it never had.
TEST_F(Extend, WeightsOfALaterEpochThanTheCheckpointsStay) {
  ASSERT_EQ(train("--epochs 2 --holdout 60 --name short").exit_code, 0);
  for (const char* const ending : {"json", "safetensors"})
    fs::remove(folder_ / "short" / "checkpoint" / (std::string("epoch-0002.") + ending));
  const Result result = extend("short --epochs 3 --name long");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(contains(result.output, "short/weights.safetensors is of epoch 2, after the checkpoint: left out"))
      << result.output;
  EXPECT_EQ(track::read_epochs(folder_ / "long" / "epochs.csv").size(), 3U);
}

TEST_F(Extend, ADryRunShowsTheScheduleAndWritesNothing) {
  ASSERT_EQ(train("--epochs 2 --name short").exit_code, 0);
  const std::string before = fingerprint(folder_);
  const Result result = extend("short --epochs 4 --dry-run");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(contains(result.output, "lr rescaled")) << result.output;
  EXPECT_EQ(fingerprint(folder_), before);
}

TEST_F(Extend, RefusesWhatItCannotDo) {
  ASSERT_EQ(train("--epochs 2 --name short").exit_code, 0);
  const Result fewer = extend("short --epochs 2");
  EXPECT_EQ(fewer.exit_code, 2);
  EXPECT_TRUE(contains(fewer.output, "allowed: more than 2") && contains(fewer.output, "reslab resume"))
      << fewer.output;
  EXPECT_EQ(extend("short --epochs 3 --name short").exit_code, 2) << "the name is taken";
  fs::remove_all(folder_ / "short" / "checkpoint");
  const Result gone = extend("short --epochs 3");
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_TRUE(contains(gone.output, "no checkpoint to go on from")) << gone.output;

  ASSERT_EQ(train("--epochs 9 --holdout 60 --set early_stopping.patience=1 --set schedule.name=constant --lr 1e-12 "
                  "--name early")
                .exit_code,
            0);
  const Result early = extend("early --epochs 12");
  EXPECT_EQ(early.exit_code, 2);
  EXPECT_TRUE(contains(early.output, "its patience ended it")) << early.output;
}

}  // namespace
}  // namespace reslab::cli
