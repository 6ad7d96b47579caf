#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "reslab/cli/run_table.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/recipe/entries.h"
#include "reslab/recipe/recipe.h"
#include "reslab/track/run_summary.h"
#include "support/temporary_folder.h"
#include "support/terminal.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Runs : public testing::Test {
 protected:
  // A run as training leaves it, without its large files.
  void make(const std::string& name, const std::string& started, const std::vector<double>& accuracies,
            const std::string& change = "") {
    const fs::path run = folder_.path() / name;
    fs::create_directories(run / "checkpoint");
    recipe::Overrides overrides{{"data.batch_size", "50"}};
    if (!change.empty()) overrides.push_back(recipe::parse_override(change));
    core::write_file(run / "recipe.toml", recipe::to_toml(recipe::load_recipe("original", overrides)));
    core::write_file(run / "environment.json", R"({"started": ")" + started + R"(", "precision": "bf16"})");
    core::write_file(run / "weights.safetensors", "not looked at");
    std::string rows =
        "epoch,train_loss,train_accuracy,train_seconds,test_loss,test_accuracy,test_correct,test_samples,test_top5,"
        "test_average_loss_as_printed,test_seconds,holdout_loss,holdout_accuracy,holdout_correct,holdout_samples\n";
    for (std::size_t i = 0; i < accuracies.size(); ++i)
      rows += core::concatenate(i + 1, ",1.5,0.25,60,2.5,", accuracies[i], ",10,100,50,2.5,5,,,,\n");
    core::write_file(run / "epochs.csv", rows);
  }

  Result runs(const std::string& arguments, const std::string& tail = "") const {
    return run_reslab("runs " + arguments + " --runs-dir '" + folder_.path().string() + "' " + tail);
  }

  // At a terminal on which this was typed.
  Result answered(const std::string& arguments, const std::string& typed) const {
    const support::Terminal terminal;
    terminal.type(typed);
    return runs(arguments, "< " + terminal.path());
  }

  Json listed(const std::string& arguments = "") const { return Json::parse(runs("list --json " + arguments).output); }

  std::vector<std::string> names(const std::string& sort) const {
    std::vector<std::string> found;
    for (const Json& run : listed("--sort " + sort)) found.push_back(run["name"]);
    return found;
  }

  const support::TemporaryFolder folder_;
};

TEST_F(Runs, ListsThemNewestFirst) {
  make("early", "2026-01-01T10:00:00.000000Z", {0.5, 0.75, 0.625});
  make("late", "2026-02-01T10:00:00.000000Z", {0.25});
  make("empty", "2025-12-31T10:00:00.000000Z", {});
  fs::create_directories(folder_.path() / "no-run");
  const Json list = listed();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0]["name"], "late");
  EXPECT_EQ(list[1]["epochs_done"], 3);
  EXPECT_EQ(list[1]["epochs"], 24);
  EXPECT_EQ(list[1]["test_accuracy"], 0.625);
  EXPECT_EQ(list[1]["best"], Json::parse(R"({"accuracy": 0.75, "epoch": 2})"));
  EXPECT_EQ(list[1]["seconds"], 195.0);
  EXPECT_EQ(list[1]["precision"], "bf16");
  EXPECT_EQ(list[1]["recipe"], "original");
  EXPECT_EQ(list[1]["state"], "interrupted");
  EXPECT_TRUE(list[2]["test_accuracy"].is_null());
  const std::string table = runs("list").output;
  EXPECT_TRUE(contains(
      table, "early  original  interrupted  3/24    62.50 %   75.00 % (2)          03:15  bf16       2026-01-01 10:00"))
      << table;
}

TEST_F(Runs, AnAccuracyOfAPartOfTheTestSetIsMarked) {
  make("part", "2026-02-01T10:00:00.000000Z", {0.5}, "data.limit_batches=2");
  make("own", "2026-01-01T11:00:00.000000Z", {0.5}, "data.overfit_batches=1");
  make("whole", "2026-01-01T10:00:00.000000Z", {0.5});
  const Json list = listed();
  EXPECT_EQ(list[0]["tested_part"], "the first 2 batches of the test set (data.limit_batches)");
  EXPECT_EQ(list[0]["test_samples"], 100);
  EXPECT_EQ(list[1]["tested_part"], "the training's own batch (data.overfit_batches)");
  EXPECT_TRUE(list[2]["tested_part"].is_null());
  const std::string table = runs("list").output, note =
                                                     "* of the first 2 batches of the test set (data.limit_batches) "
                                                     "alone: not to be compared with accuracies on the whole test "
                                                     "set\n";
  EXPECT_TRUE(contains(table, "50.00 % *  50.00 % * (1)")) << table;
  EXPECT_TRUE(contains(table, "50.00 %    50.00 % (1)")) << table;
  EXPECT_TRUE(contains(table, note)) << table;
  const std::string compared = runs("compare part whole").output;
  EXPECT_TRUE(contains(compared, "test accuracy        50.00 % *         50.00 %\n")) << compared;
  EXPECT_TRUE(contains(compared, note)) << compared;
  EXPECT_FALSE(contains(runs("compare whole whole").output, " *")) << "nothing to mark";
}

TEST_F(Runs, OfAnEarlierVersionTheSizeOfTheTestSetIsToldWhereItCanBe) {
  // 100 images were tested: more would have fitted into three batches of 50, and perhaps there were more than two.
  const auto part = [&](const std::string& change) {
    make("run", "2026-02-01T10:00:00.000000Z", {0.5}, change);
    return listed()[0]["tested_part"];
  };
  EXPECT_TRUE(part("data.limit_batches=3").is_null());
  EXPECT_EQ(part("data.limit_batches=2"), "the first 2 batches of the test set (data.limit_batches)");
  for (const auto& [recorded, whole] : {std::pair{"100", true}, std::pair{"101", false}, std::pair{"\"?\"", false}}) {
    core::write_file(
        folder_.path() / "run" / "environment.json",
        std::string(R"({"started": "2026-02-01T10:00:00.000000Z", "data": {"test_samples": )") + recorded + "}}");
    EXPECT_EQ(listed()[0]["tested_part"].is_null(), whole) << recorded;
  }
}

TEST_F(Runs, AnEpochThatIsNotFinishedCountsInTheTime) {
  make("begun", "2026-01-01T10:00:00.000000Z", {0.5});
  core::write_file(folder_.path() / "begun" / "metrics.csv",
                   "epoch,batch,step,loss,lr,momentum,batch_seconds,waiting_seconds,samples\n"
                   "1,0,0,2.5,0.1,0.9,60,0,512\n2,0,1,2.5,0.1,0.9,7,0,512\n2,1,2,2.5,0.1,0.9,8,0,1024\n");
  EXPECT_EQ(listed()[0]["seconds"], 80.0) << "60 and 5 of the first, 15 of the second";
}

TEST_F(Runs, SortsByAnyColumn) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.9, 0.5});
  make("b", "2026-01-02T10:00:00.000000Z", {0.75});
  make("c", "2026-01-03T10:00:00.000000Z", {});
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("started"), (Names{"c", "b", "a"}));
  EXPECT_EQ(names("name"), (Names{"a", "b", "c"}));
  EXPECT_EQ(names("accuracy"), (Names{"b", "a", "c"}));
  EXPECT_EQ(names("best"), (Names{"a", "b", "c"}));
  EXPECT_EQ(names("epochs"), (Names{"a", "b", "c"}));
  EXPECT_EQ(names("time"), (Names{"a", "b", "c"}));
  const Result refused = runs("list --sort colour");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "accuracy")) << refused.output;
}

TEST_F(Runs, ADamagedRunIsListedAndNamed) {
  make("good", "2026-01-01T10:00:00.000000Z", {0.5});
  make("bad", "2026-01-02T10:00:00.000000Z", {0.5});
  core::write_file(folder_.path() / "bad" / "epochs.csv", "no,such,columns\n");
  const Result result = runs("list");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(contains(result.output, "bad/epochs.csv")) << result.output;
  EXPECT_TRUE(contains(result.output, "good")) << result.output;
}

TEST_F(Runs, OneWhoseRecordIsDamagedIsListedLastAndNamed) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  make("b", "2026-01-02T10:00:00.000000Z", {0.5});
  core::write_file(folder_.path() / "b" / "environment.json", "{bad");
  const Result result = runs("list");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(contains(result.output, "environment.json doesn't say when it began")) << result.output;
  EXPECT_LT(result.output.find("\na "), result.output.find("\nb ")) << result.output;
}

TEST_F(Runs, NoRunsIsNoError) {
  const Result result = runs("list");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(contains(result.output, "no runs in")) << result.output;
  EXPECT_EQ(listed(), Json::array());
}

TEST_F(Runs, ComparesFiguresAndRecipes) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  make("b", "2026-01-02T10:00:00.000000Z", {0.75}, "optimizer.weight_decay=0.25");
  make("same", "2026-01-02T10:00:00.000000Z", {0.75});
  const Json compared = Json::parse(runs("compare b a --json").output);
  EXPECT_EQ(compared["runs"][0]["test_accuracy"], 0.75);
  EXPECT_EQ(compared["recipe"].size(), 1U);
  EXPECT_EQ(compared["recipe"]["optimizer.weight_decay"], Json::parse(R"(["0.25", "0.005"])"));
  const std::string table = runs("compare b a").output;
  EXPECT_TRUE(contains(table, "test accuracy           75.00 %           50.00 %\n")) << table;
  EXPECT_TRUE(contains(table, "optimizer.weight_decay  0.25              0.005\n")) << table;
  EXPECT_TRUE(contains(runs("compare a same").output, "The recipes are the same."));
  EXPECT_EQ(runs("compare a").exit_code, 2);
  EXPECT_TRUE(contains(runs("compare a smae").output, "did you mean 'same'"));
}

TEST_F(Runs, RemovesOnlyWhatWasNamed) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  make("b", "2026-01-02T10:00:00.000000Z", {0.5});
  const Result result = runs("rm a --yes");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_FALSE(fs::exists(folder_.path() / "a"));
  EXPECT_TRUE(fs::exists(folder_.path() / "b" / "weights.safetensors"));
}

TEST_F(Runs, WithoutATerminalOrYesNothingIsRemoved) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  const Result result = runs("rm a", "< /dev/null");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "--yes")) << result.output;
  EXPECT_TRUE(fs::exists(folder_.path() / "a" / "recipe.toml"));
}

TEST_F(Runs, AtATerminalAYesRemoves) {
  for (const char* yes : {"y\n", "yes\n", "Y\n"}) {
    make("a", "2026-01-01T10:00:00.000000Z", {0.5});
    make("b", "2026-01-02T10:00:00.000000Z", {0.5});
    const Result one = answered("rm a", yes);
    EXPECT_EQ(one.exit_code, 0) << one.output;
    EXPECT_TRUE(contains(one.output, (folder_.path() / "a").string() + " (")) << one.output;
    EXPECT_TRUE(contains(one.output, "Remove this run for good? [y/N] ")) << one.output;
    EXPECT_FALSE(fs::exists(folder_.path() / "a")) << yes;
    EXPECT_TRUE(fs::exists(folder_.path() / "b" / "recipe.toml")) << yes;
  }
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  const Result two = answered("rm a b", "y\n");
  EXPECT_TRUE(contains(two.output, "Remove these runs for good? [y/N] ")) << two.output;
  EXPECT_FALSE(fs::exists(folder_.path() / "a"));
  EXPECT_FALSE(fs::exists(folder_.path() / "b"));
}

TEST_F(Runs, AtATerminalAnythingElseRemovesNothing) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  for (const char* no : {"n\n", "\n", "yess\n", " a\n", "\x04"}) {
    const Result result = answered("rm a", no);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(contains(result.output, "[y/N] ")) << result.output;
    EXPECT_TRUE(contains(result.output, "nothing was removed\n")) << result.output;
    EXPECT_TRUE(fs::exists(folder_.path() / "a" / "recipe.toml")) << no;
  }
  EXPECT_FALSE(contains(answered("rm a --yes", "n\n").output, "[y/N]")) << "what was said beforehand isn't asked";
  EXPECT_FALSE(fs::exists(folder_.path() / "a"));
}

TEST_F(Runs, ARunOfAllItsEpochsIsFinished) {
  make("done", "2026-01-01T10:00:00.000000Z", std::vector<double>(24, 0.5));
  EXPECT_EQ(listed()[0]["state"], "finished");
  EXPECT_TRUE(contains(runs("list").output, "finished  24/24")) << runs("list").output;
}

TEST_F(Runs, ARunThatIsBeingTrainedStays) {
  make("idle", "2026-01-01T10:00:00.000000Z", {0.5});
  make("busy", "2026-01-02T10:00:00.000000Z", {0.5});
  const auto held = core::FileLock::try_lock(folder_.path() / "busy" / "lock");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(listed()[0]["state"], "training");
  const Result result = runs("rm idle busy --yes");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "a process is training there")) << result.output;
  EXPECT_TRUE(fs::exists(folder_.path() / "busy")) << result.output;
  EXPECT_TRUE(fs::exists(folder_.path() / "idle")) << "none goes when one can't";
}

TEST_F(Runs, WhatIsNoRunStays) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  const fs::path plain = folder_.path() / "photos", odd = folder_.path() / "odd";
  fs::create_directories(plain);
  core::write_file(plain / "holiday.png", "dear");
  fs::create_directories(odd);
  core::write_file(odd / "environment.json", "{}");
  for (const fs::path& folder : {plain, odd, folder_.path()}) {
    const Result result = runs("rm '" + folder.string() + "' --yes");
    EXPECT_EQ(result.exit_code, 2) << folder << result.output;
    EXPECT_TRUE(fs::exists(folder)) << folder;
  }
  EXPECT_TRUE(fs::exists(plain / "holiday.png"));
  EXPECT_TRUE(fs::exists(odd / "environment.json"));
}

// What lies outside the folder of runs isn't this command's to remove.
TEST_F(Runs, OfALinkedRunTheLinkIsRemoved) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  const fs::path run = folder_.path() / "a", elsewhere = folder_.path() / "elsewhere" / "kept";
  fs::create_directory(elsewhere.parent_path());
  fs::rename(run, elsewhere);
  for (const std::string& name : {std::string("a"), run.string(), run.string() + "/"}) {
    fs::create_directory_symlink("elsewhere/kept", run);
    const Result result = runs("rm '" + name + "' --yes");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_EQ(result.output,
              "removed the link " + run.string() + "; the run itself stays: " + elsewhere.string() + "\n");
    EXPECT_FALSE(fs::is_symlink(run)) << "its name is free again: " << name;
    EXPECT_TRUE(fs::exists(elsewhere / "recipe.toml"));
    EXPECT_FALSE(fs::exists(elsewhere / "lock"));
  }
  fs::create_directory_symlink("elsewhere/kept", run);
  EXPECT_TRUE(
      contains(answered("rm a", "n\n").output, run.string() + " (the link alone; " + elsewhere.string() + " stays)\n"));
  const Result both = runs("rm a '" + elsewhere.string() + "' --yes");
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_FALSE(fs::is_symlink(run) || fs::exists(elsewhere)) << both.output;
}

TEST_F(Runs, ALinkGoesAfterItsRunAndNotWhileItIsTrained) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  const fs::path link = folder_.path() / "link";
  fs::create_directory_symlink("a", link);
  {
    const auto training = core::FileLock::try_lock(folder_.path() / "a" / "lock");
    const Result held = runs("rm link --yes");
    EXPECT_EQ(held.exit_code, 2) << held.output;
    EXPECT_TRUE(fs::is_symlink(link));
  }
  const Result both = runs("rm a link --yes");
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_FALSE(fs::is_symlink(link) || fs::exists(folder_.path() / "a")) << both.output;
}

// `runs` itself may be a link to a larger disk.
TEST_F(Runs, InALinkedFolderARunIsRemoved) {
  make("a", "2026-01-01T10:00:00.000000Z", {0.5});
  fs::create_directory_symlink(folder_.path(), folder_.path() / "linked");
  const Result result = run_reslab("runs rm a --yes --runs-dir '" + (folder_.path() / "linked").string() + "'");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(result.output, "removed " + (folder_.path() / "a").string() + "\n");
  EXPECT_FALSE(fs::exists(folder_.path() / "a"));
}

TEST(RunTable, ColumnsAreAlignedByLetters) {
  const std::vector<Cells> rows{{"é", "b"}, {}, {"long", "c"}};
  EXPECT_EQ(aligned(rows), "é     b\n\nlong  c\n");
}

TEST(RecipeDifferences, AreTheKeysThatDiffer) {
  const std::vector<recipe::Recipe> recipes{recipe::load_recipe("original"),
                                            recipe::load_recipe("original", {{"epochs", "3"}})};
  const auto found = recipe::recipe_differences(recipes);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key, "epochs");
  EXPECT_EQ(found[0].values, (std::vector<std::string>{"24", "3"}));
}

// Every command that takes runs finds them alike.
TEST_F(Runs, OfACampaignAreNamedWithASlash) {
  const std::string sample = " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'";
  const auto run = [&](const std::string& arguments) {
    return run_reslab(arguments + " --runs-dir '" + folder_.path().string() + "'");
  };
  for (const char* name : {"rep/seed-1", "rep/seed-2"}) make(name, "2026-11-22T20:00:00Z", {0.5}, "model.width=4");
  make("single", "2026-11-22T19:00:00Z", {0.5});
  const std::string path = (folder_.path() / "rep" / "seed-1").string();
  for (const std::string& command :
       {"evaluate rep/seed-1" + sample, "explain rep/seed-1" + sample, "mistakes rep/seed-1" + sample,
        "report rep/seed-1" + sample, "plot rep/seed-1" + sample, "summary rep/seed-1" + sample,
        "extend rep/seed-1 --epochs 40" + sample, "resume rep/seed-1 --threads 1 --max-minutes 1e-6" + sample}) {
    const Result result = run(command);
    EXPECT_FALSE(contains(result.output, "find the run")) << command << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, path)) << command << '\n' << result.output;
  }
  EXPECT_EQ(runs("compare rep/seed-1 rep/seed-2").exit_code, 0);
  EXPECT_EQ(runs("rm rep/../single --yes").exit_code, 2);
  EXPECT_TRUE(fs::exists(folder_.path() / "single"));
  EXPECT_EQ(runs("rm rep/seed-2 --yes").exit_code, 0);
  EXPECT_FALSE(fs::exists(folder_.path() / "rep" / "seed-2"));
}

}  // namespace
}  // namespace reslab::cli
