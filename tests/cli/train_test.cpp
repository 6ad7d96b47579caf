#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/track/campaign.h"
#include "reslab/track/metrics.h"
#include "reslab/train/manifest.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Train : public RunFixture {
 protected:
  Result train(const std::string& arguments, const std::string& before = "") const {
    const std::string command =
        " train original --no-report --set model.width=4 --set data.batch_size=100 " + arguments + where();
    return before.empty() ? run_reslab(command) : run_reslab(command, before);
  }

  // Before the program in a shell's command: it is sent the signal of the run's name once it has made an epoch.
  std::string signal_after_an_epoch(const std::string& name) const {
    return "{ until grep -q ^1, '" + (folder_ / name / "epochs.csv").string() +
           "' || ! kill -0 $$; do sleep 0.01; done; kill -s " + name + " $$; } 2>/dev/null & exec";
  }

  std::string weights(const std::string& run) const {
    return core::sha256_of_file(folder_ / run / "weights.safetensors");
  }
};

TEST_F(Train, AnInterruptedRunIsResumedToTheSameBits) {
  const std::string epochs = "--epochs 20 ";
  ASSERT_EQ(train(epochs + "--name whole").exit_code, 0);
  for (const auto& [signal, code] : {std::pair{"INT", 130}, std::pair{"TERM", 143}}) {
    const std::string name = signal;
    const Result stopped = train(epochs + "--name " + name, signal_after_an_epoch(name));
    ASSERT_EQ(stopped.exit_code, code) << stopped.output;
    EXPECT_TRUE(contains(stopped.output, "go on with: reslab resume " + (folder_ / name).string())) << stopped.output;
    EXPECT_TRUE(fs::exists(folder_ / name / "weights.safetensors"));
    const Result resumed = run_reslab("resume --no-report " + name + where());
    EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
    EXPECT_EQ(weights(name), weights("whole"));
    // Every epoch once, with the same numbers but for the times.
    const auto expected = track::read_epochs(folder_ / "whole" / "epochs.csv"),
               found = track::read_epochs(folder_ / name / "epochs.csv");
    ASSERT_EQ(found.size(), 20U);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].epoch, expected[i].epoch);
      EXPECT_EQ(found[i].train_loss, expected[i].train_loss);
      EXPECT_EQ(found[i].test_loss, expected[i].test_loss);
    }
    const auto steps = track::read_metrics(folder_ / "whole" / "metrics.csv"),
               again = track::read_metrics(folder_ / name / "metrics.csv");
    ASSERT_EQ(again.size(), steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      EXPECT_EQ(again[i].step, steps[i].step);
      EXPECT_EQ(again[i].loss, steps[i].loss);
    }
  }
}

TEST_F(Train, AnEarlyEndIsSaidAndStays) {
  // Nothing moves at such a rate, so that no epoch is better than the first.
  const std::string still =
      "--epochs 9 --holdout 60 --set early_stopping.patience=2 --set schedule.name=constant --lr 1e-12 ";
  const Result ended = train(still + "--name early");
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_TRUE(contains(ended.output, "Stopped early, no better on the hold-out: ")) << ended.output;
  EXPECT_FALSE(contains(ended.output, "go on with")) << ended.output;
  EXPECT_LT(track::read_epochs(folder_ / "early" / "epochs.csv").size(), 9U);
  const Result resumed = run_reslab("resume --no-report early" + where());
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_TRUE(contains(resumed.output, "nothing to do") && contains(resumed.output, "stopped early")) << resumed.output;
  const Result refused = train("--set early_stopping.patience=2");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "--holdout")) << refused.output;
}

TEST_F(Train, IsResumedFromTheBatchAtWhichItEnded) {
  ASSERT_EQ(train("--epochs 2 --name whole").exit_code, 0);
  const Result part = train("--epochs 2 --max-minutes 0.000001 --name part");
  ASSERT_EQ(part.exit_code, 0) << part.output;
  EXPECT_TRUE(fs::exists(folder_ / "part" / "checkpoint" / "epoch-0000-batch-00001.safetensors")) << part.output;
  EXPECT_EQ(track::read_metrics(folder_ / "part" / "metrics.csv").size(), 1U);
  const Result resumed = run_reslab("resume --no-report part" + where());
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_TRUE(contains(resumed.output, "resuming after epoch 0 of 2, batch 1 of 3")) << resumed.output;
  EXPECT_EQ(weights("part"), weights("whole"));
  EXPECT_EQ(track::read_metrics(folder_ / "part" / "metrics.csv").size(), 6U);
}

TEST_F(Train, WithoutANameTheNewestUnfinishedRunIsResumed) {
  ASSERT_EQ(train("--epochs 1 --name old").exit_code, 0);
  ASSERT_EQ(train("--epochs 2 --max-minutes 0.000001 --name part").exit_code, 0);
  ASSERT_EQ(train("--epochs 1 --name new").exit_code, 0);
  const Result resumed = run_reslab("resume --no-report" + where());
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_TRUE(contains(resumed.output, "resuming after epoch 0 of 2, batch 1 of 3") &&
              contains(resumed.output, "/part/"))
      << resumed.output;
  const Result again = run_reslab("resume --no-report" + where());
  EXPECT_TRUE(contains(again.output, "nothing to do: " + (folder_ / "new").string())) << again.output;
}

TEST_F(Train, ARunWhoseLastSaveFailedIsUnfinished) {
  ASSERT_EQ(train("--epochs 2 --name cut").exit_code, 0);
  const std::string whole = weights("cut");
  ASSERT_EQ(train("--epochs 2 --name newest").exit_code, 0);
  for (const auto& entry : fs::directory_iterator(folder_ / "cut" / "checkpoint"))
    if (contains(entry.path().filename().string(), "epoch-0002")) fs::remove(entry.path());
  const Result resumed = run_reslab("resume --no-report" + where());
  EXPECT_TRUE(contains(resumed.output, "resuming after epoch 1 of 2") && contains(resumed.output, "/cut/"))
      << resumed.output;
  EXPECT_EQ(weights("cut"), whole);
}

TEST_F(Train, ARunThatAnotherTrainsIsNotResumed) {
  ASSERT_EQ(train("--epochs 2 --max-minutes 0.000001 --name old").exit_code, 0);
  ASSERT_EQ(train("--epochs 2 --max-minutes 0.000001 --name busy").exit_code, 0);
  const auto held = core::FileLock::try_lock(folder_ / "busy" / "lock");
  ASSERT_NE(held, nullptr);
  const Result resumed = run_reslab("resume --no-report" + where());
  EXPECT_TRUE(contains(resumed.output, "/old/")) << resumed.output;
}

TEST_F(Train, AfterARefusedWriteItSaysHowToGoOn) {
  ASSERT_EQ(train("--epochs 2 --name whole").exit_code, 0);
  const Result stopped = train("--epochs 2 --name full", "trap '' XFSZ; ulimit -f 64;");
  EXPECT_EQ(stopped.exit_code, 2);
  EXPECT_TRUE(contains(stopped.output, "File too large") &&
              contains(stopped.output, "go on with: reslab resume " + (folder_ / "full").string()))
      << stopped.output;
  EXPECT_EQ(run_reslab("resume --no-report full" + where()).exit_code, 0);
  EXPECT_EQ(weights("full"), weights("whole"));
}

TEST_F(Train, AFinishedRunHasNothingToResume) {
  ASSERT_EQ(train("--epochs 1 --name done").exit_code, 0);
  const std::string before = weights("done");
  const Result resumed = run_reslab("resume --no-report done" + where());
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_TRUE(contains(resumed.output, "nothing to do")) << resumed.output;
  EXPECT_EQ(weights("done"), before);
}

TEST_F(Train, TheBestEpochIsChosenOnTheHoldOutAlone) {
  ASSERT_EQ(train("--epochs 3 --holdout 60 --name held").exit_code, 0);
  double best = -1;
  for (const track::EpochRow& row : track::read_epochs(folder_ / "held" / "epochs.csv")) {
    ASSERT_TRUE(row.holdout);
    best = std::max(best, row.holdout->accuracy);
  }
  EXPECT_GE(best, 0);
  EXPECT_EQ(run_reslab("evaluate held --weights best" + where()).exit_code, 0);
  ASSERT_EQ(train("--epochs 1 --name plain").exit_code, 0);
  const Result refused = run_reslab("evaluate plain --weights best" + where());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "--holdout")) << refused.output;
}

TEST_F(Train, TheHoldOutIsFoundAgainAfterTheTraining) {
  ASSERT_EQ(train("--epochs 1 --holdout 60 --name held").exit_code, 0);
  const Result held = run_reslab("evaluate held --split holdout --views one --json" + where());
  ASSERT_EQ(held.exit_code, 0) << held.output;
  const auto json = nlohmann::json::parse(held.output);
  EXPECT_EQ(json.at("samples"), 60);
  EXPECT_EQ(json.at("correct"), track::read_epochs(folder_ / "held" / "epochs.csv").back().holdout->correct);
  const Result alike = run_reslab("mistakes held --part holdout --neighbours 1" + where());
  EXPECT_EQ(alike.exit_code, 0) << alike.output;
  EXPECT_TRUE(contains(alike.output, "looking at 240 training images")) << alike.output;
  ASSERT_EQ(train("--epochs 1 --name plain").exit_code, 0);
  const Result refused = run_reslab("evaluate plain --split holdout" + where());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "held out no images")) << refused.output;
}

TEST_F(Train, RepeatsGoOnWhereTheyWere) {
  const Result whole = train("--epochs 2 --repeats 3 --name whole");
  ASSERT_EQ(whole.exit_code, 0) << whole.output;
  EXPECT_TRUE(contains(whole.output, "n = 3: test accuracy ")) << whole.output;
  const std::string csv = core::read_text(folder_ / "whole" / "campaign.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4) << csv;
  const auto before = track::read_campaign(folder_ / "whole" / "campaign.csv");
  ASSERT_EQ(before.size(), 3U);
  EXPECT_NE(weights("whole/seed-1"), weights("whole/seed-2"));

  // As an interruption leaves it: the first seed done, the second begun, the third not there.
  const std::string second = weights("whole/seed-2");
  const fs::path begun = folder_ / "whole" / "seed-2";
  for (const char* lost : {"weights.safetensors", "checkpoint/epoch-0002.safetensors"}) fs::remove(begun / lost);
  fs::remove_all(folder_ / "whole" / "seed-3");
  fs::remove(folder_ / "whole" / "campaign.csv");
  const auto first = fs::last_write_time(folder_ / "whole" / "seed-1" / "weights.safetensors");
  const Result again = train("--epochs 2 --repeats 3 --name whole");
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_EQ(fs::last_write_time(folder_ / "whole" / "seed-1" / "weights.safetensors"), first);
  EXPECT_EQ(weights("whole/seed-2"), second);
  EXPECT_TRUE(fs::exists(folder_ / "whole" / "seed-3" / "weights.safetensors"));
  const auto rows = track::read_campaign(folder_ / "whole" / "campaign.csv");
  ASSERT_EQ(rows.size(), 3U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].test_accuracy, before[i].test_accuracy) << i;
    EXPECT_EQ(rows[i].one_view_accuracy, before[i].one_view_accuracy) << i;
    EXPECT_EQ(rows[i].test_loss, before[i].test_loss) << i;
  }

  const Result other = train("--epochs 3 --repeats 3 --name whole");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(contains(other.output, "another recipe")) << other.output;
}

TEST_F(Train, RepeatsTouchNothingOfOthers) {
  const fs::path theirs = folder_ / "theirs" / "seed-1" / "thesis.txt";
  fs::create_directories(theirs.parent_path());
  core::write_file(theirs, "all of it");
  EXPECT_EQ(train("--epochs 1 --repeats 1 --name theirs").exit_code, 2);
  EXPECT_TRUE(fs::exists(theirs));
  for (const std::string& name : {std::string("../elsewhere"), (folder_ / "elsewhere").string()}) {
    const Result refused = train("--epochs 1 --repeats 1 --name '" + name + "'");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.output, "--runs-dir")) << refused.output;
  }
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere") || fs::exists(folder_.parent_path() / "elsewhere"));
}

// A kill between a row of epochs.csv and the weights leaves weights that are an epoch behind.
TEST_F(Train, ASeedWhoseWeightsLagBehindIsGoneOnWith) {
  const std::string campaign = "--epochs 2 --repeats 1 --name w";
  ASSERT_EQ(train(campaign).exit_code, 0);
  ASSERT_EQ(train("--epochs 1 --seed 1 --name shorter").exit_code, 0);
  const std::string whole = weights("w/seed-1");
  fs::copy_file(folder_ / "shorter" / "weights.safetensors", folder_ / "w" / "seed-1" / "weights.safetensors",
                fs::copy_options::overwrite_existing);
  fs::remove(folder_ / "w" / "seed-1" / "checkpoint" / "epoch-0002.json");
  ASSERT_EQ(train(campaign).exit_code, 0);
  EXPECT_EQ(weights("w/seed-1"), whole);
}

TEST_F(Train, ARunWhoseCheckpointsAreGoneIsNotBegunAnew) {
  ASSERT_EQ(train("--epochs 2 --name bare").exit_code, 0);
  const std::string before = weights("bare");
  fs::remove_all(folder_ / "bare" / "checkpoint");
  const Result resumed = run_reslab("resume --no-report bare" + where());
  EXPECT_EQ(resumed.exit_code, 2);
  EXPECT_TRUE(contains(resumed.output, "no checkpoint, though 2 epochs are finished")) << resumed.output;
  EXPECT_EQ(weights("bare"), before);
  EXPECT_EQ(track::read_epochs(folder_ / "bare" / "epochs.csv").size(), 2U);
}

TEST_F(Train, OfARunWithoutAWholeEpochToo) {
  ASSERT_EQ(train("--epochs 3 --max-minutes 0.000001 --name part").exit_code, 0);
  fs::remove_all(folder_ / "part" / "checkpoint");
  const std::string rows = core::read_text(folder_ / "part" / "metrics.csv");
  const Result resumed = run_reslab("resume --no-report part" + where());
  EXPECT_EQ(resumed.exit_code, 2);
  EXPECT_TRUE(contains(resumed.output, "the folder of its checkpoints is gone")) << resumed.output;
  EXPECT_EQ(core::read_text(folder_ / "part" / "metrics.csv"), rows);
}

// A run from elsewhere may say what it likes: what isn't a log is never cut, nor what lies outside.
TEST_F(Train, AForeignManifestCutsNothing) {
  ASSERT_EQ(train("--epochs 3 --max-minutes 0.000001 --name part").exit_code, 0);
  const fs::path run = folder_ / "part", outside = folder_ / "outside.csv";
  fs::path manifest_path;
  for (const auto& entry : fs::directory_iterator(run / "checkpoint"))
    if (entry.path().extension() == ".json") manifest_path = entry.path();
  train::Manifest manifest = train::read_manifest(manifest_path);
  manifest.logs = {{.file = "recipe.toml", .bytes = 0}};
  train::write_manifest(manifest_path, manifest);
  const std::string recipe = core::read_text(run / "recipe.toml");
  Result resumed = run_reslab("resume --no-report part" + where());
  EXPECT_EQ(resumed.exit_code, 2);
  EXPECT_TRUE(contains(resumed.output, "names recipe.toml as a log")) << resumed.output;
  EXPECT_EQ(core::read_text(run / "recipe.toml"), recipe);
  manifest.logs = {{.file = "metrics.csv", .bytes = 0}};
  train::write_manifest(manifest_path, manifest);
  fs::rename(run / "metrics.csv", outside);
  fs::create_symlink(outside, run / "metrics.csv");
  const std::string rows = core::read_text(outside);
  resumed = run_reslab("resume --no-report part" + where());
  EXPECT_EQ(resumed.exit_code, 2);
  EXPECT_TRUE(contains(resumed.output, "is a link")) << resumed.output;
  EXPECT_EQ(core::read_text(outside), rows);
}

TEST_F(Train, RowsThatWereLostAreSaid) {
  ASSERT_EQ(train("--epochs 3 --max-minutes 0.000001 --name part").exit_code, 0);
  fs::resize_file(folder_ / "part" / "metrics.csv", 20);
  const Result resumed = run_reslab("resume --no-report part" + where());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_TRUE(contains(resumed.output, "rows are missing in")) << resumed.output;
}

TEST_F(Train, ANameThatCommandsWouldTakeForAFileIsRefused) {
  for (const char* name : {"a.safetensors", "a.toml"}) {
    const Result refused = train(std::string("--epochs 1 --name ") + name);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.output, "a name that can't be a run's folder")) << refused.output;
  }
}

TEST_F(Train, ValuesOutOfRangeAreRefusedInWords) {
  for (const auto& [option, says] :
       {std::pair{"--checkpoint-minutes 0", "'0' isn't a number above 0"},
        std::pair{"--max-minutes -1", "'-1' isn't a number from 0 on"}, std::pair{"--name ''", "it is empty"}}) {
    const Result refused = train(std::string("--epochs 1 ") + option);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.output, says)) << refused.output;
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Train, AnEmptyRecipeIsRefused) {
  core::write_file(folder_ / "cut.toml", "# a recipe\n");
  const Result refused = run_reslab("train '" + (folder_ / "cut.toml").string() + "'" + where());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "sets no key")) << refused.output;
}

TEST_F(Train, AFullDiskBehindTheOutputIsSaid) { EXPECT_EQ(run_reslab("recipe list > /dev/full").exit_code, 2); }

TEST_F(Train, APlanDownloadsNothing) {
  const Result result = run_reslab("train original --no-report --dry-run --data cifar10 --cache-dir '" +
                                   (folder_ / "cache").string() + "'");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, "not here yet")) << result.output;
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Train, ADryRunWritesNothing) {
  const Result result = train("--dry-run");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(contains(result.output, "3 batches of 100")) << result.output;
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Train, AFastDevRunDoesTwoBatchesOfEverything) {
  ASSERT_EQ(train("--fast-dev-run --name dev").exit_code, 0);
  EXPECT_EQ(track::read_metrics(folder_ / "dev" / "metrics.csv").size(), 2U);
  EXPECT_EQ(track::read_epochs(folder_ / "dev" / "epochs.csv").size(), 1U);
}

TEST_F(Train, QuietSaysOneLine) {
  const Result result = train("--epochs 1 -q");
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
}

TEST_F(Train, RefusesWhatItCannotDo) {
  struct Case {
    const char *arguments, *says;
  };
  for (const Case& example :
       {Case{"--device tpu", "auto, cpu, cuda"}, Case{"--precision fp33", "did you mean"},
        Case{"--holdout 300", "hold"}, Case{"--set data.drop_last=true --set data.batch_size=5000", "batch_size"},
        Case{"--set optimizer.lrr=1", "optimizer.lr"}, Case{"--max-minutes -1", "max-minutes"},
        Case{"-q -v", "exclude"}}) {
    const Result result = train(example.arguments);
    EXPECT_EQ(result.exit_code, 2) << example.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << example.arguments << '\n' << result.output;
  }
  const Result result = run_reslab("train original --no-report --threads 100000");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "processors")) << result.output;
  EXPECT_TRUE(fs::is_empty(folder_)) << "a refused run leaves nothing behind";
}

TEST_F(Train, TwoProcessesDoNotTrainInOneRun) {
  ASSERT_EQ(train("--epochs 1 --name mine").exit_code, 0);
  const core::FileLock held(folder_ / "mine" / "lock");
  const Result refused = run_reslab("resume mine" + where());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "another process is training there")) << refused.output;
}

TEST_F(Train, TheDataSetIsPartOfTheRun) {
  ASSERT_EQ(train("--epochs 1 --name own").exit_code, 0);
  // No --data here: neither command may fall back to another data set.
  const std::string runs = " --runs-dir '" + folder_.string() + "'";
  EXPECT_TRUE(contains(run_reslab("resume --no-report own" + runs).output, "nothing to do"));
  const Result evaluated = run_reslab("evaluate own" + runs);
  EXPECT_EQ(evaluated.exit_code, 0);
  EXPECT_TRUE(contains(evaluated.output, "100 samples")) << evaluated.output;
}

TEST_F(Train, AnUnknownRunIsAnsweredWithTheNearest) {
  ASSERT_EQ(train("--epochs 1 --name first").exit_code, 0);
  const Result result = run_reslab("resume frist" + where());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "did you mean 'first'?")) << result.output;
}

}  // namespace
}  // namespace reslab::cli
