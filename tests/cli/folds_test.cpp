// Cross-validation of a small folder of pictures, from the command to the report.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "cli/run_program.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"
#include "reslab/image/png.h"
#include "reslab/track/campaign.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

// Cells of a CSV without quotes.
std::vector<std::vector<std::string>> cells_of(const fs::path& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(core::read_text(file, 1 << 20));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

class Folds : public testing::Test {
 protected:
  void SetUp() override {
    if (!image::has_png()) GTEST_SKIP() << "this build writes no PNG";
    core::Random random({.seed = 5});
    for (const auto& [name, colour] : {std::pair{"red", 0}, std::pair{"green", 1}, std::pair{"blue", 2}})
      for (int i = 0; i < 12; ++i)
        write(photos_ / name / ("film" + std::to_string(i / 2) + "_" + std::to_string(i) + ".png"), colour, random);
  }

  static void write(const fs::path& path, int colour, core::Random& random) {
    augment::Image image{.height = 24, .width = 20 + static_cast<int>(random.below(20)), .channels = 3};
    for (std::size_t i = 0; i < image.offset(image.height, 0); ++i)
      image.pixels.push_back(
          static_cast<std::uint8_t>(random.below(150) + (i % 3 == static_cast<std::size_t>(colour) ? 100 : 0)));
    fs::create_directories(path.parent_path());
    core::DurableFile file(path);
    file.write(image::encode_png(image));
    file.commit();
  }

  std::string words(const std::string& data, const std::string& more) const {
    return "train photos --data '" + data + "' --runs-dir '" + runs_.string() +
           "' --image-size 32 --batch-size 10 --set model.width=8 --set model.group_width=8 --cache-dir '" +
           (folder_.path() / "cache").string() + "' --threads 1 " + more +
           (contains(more, "--epochs ") ? "" : " --epochs 1");
  }
  Result train(const std::string& more) const { return run_reslab(words(photos_.string(), more)); }
  std::vector<std::byte> weights(const std::string& run) const {
    return core::read_bytes(runs_ / run / "weights.safetensors", 1 << 24);
  }
  void expect_refused(const Result& result, const std::string& part) const {
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_TRUE(contains(result.output, part)) << result.output;
  }

  const support::TemporaryFolder folder_;
  const fs::path photos_ = folder_.path() / "photos", runs_ = folder_.path() / "runs";
};

TEST_F(Folds, PredictEveryPictureOnceByANetworkThatDidNotTrainOnIt) {
  const Result trained = train("--folds 3 --name cv --group-by '(film[0-9])_'");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "photos, 3 folds, seed ")) << trained.output;
  EXPECT_TRUE(contains(trained.output, "Bengio & Grandvalet 2004")) << trained.output;
  const auto rows = cells_of(runs_ / "cv" / "predictions.csv");
  ASSERT_EQ(rows.size(), 37U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"path", "label", "prediction", "probability", "fold", "p_blue",
                                               "p_green", "p_red"}));
  std::map<std::string, std::string> fold_of;
  std::map<std::string, std::set<std::string>> folds_of_film;
  int right = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(fold_of.emplace(rows[i][0], rows[i][4]).second) << rows[i][0] << " is predicted twice";
    folds_of_film[rows[i][0].substr(rows[i][0].find('/') + 1, 5)].insert(rows[i][4]);
    right += rows[i][1] == rows[i][2] ? 1 : 0;
  }
  EXPECT_EQ(folds_of_film.size(), 6U);
  for (const auto& [film, folds] : folds_of_film) EXPECT_EQ(folds.size(), 1U) << film;
  for (int fold = 1; fold <= 3; ++fold) {
    const fs::path run = runs_ / "cv" / ("fold-" + std::to_string(fold));
    for (const auto& row : cells_of(run / "splits.csv"))
      if (row[0] != "path") {
        EXPECT_EQ(row[2] == "test", fold_of.at(row[0]) == std::to_string(fold)) << row[0];
      }
  }
  // The folds' own tests, by the same views, say the same.
  double correct = 0;
  for (const track::CampaignRow& row : track::read_campaign(runs_ / "cv" / "campaign.csv")) {
    const auto size = std::ranges::count_if(fold_of, [&](const auto& one) { return row.run == "fold-" + one.second; });
    correct += row.test_accuracy * static_cast<double>(size);
  }
  EXPECT_NEAR(correct, right, 1e-6);
  EXPECT_TRUE(contains(trained.output, "(" + std::to_string(right) + " of 36)")) << trained.output;
  if (right < 36) {
    EXPECT_EQ(cells_of(runs_ / "cv" / "mistakes.csv").size(), 37U - static_cast<std::size_t>(right));
  }
  const std::string page = core::read_text(runs_ / "cv" / "report.html", 1 << 24);
  for (const char* const part :
       {"Accuracy over all pictures", "Mean over the folds", "Standard deviation", "Parameters"})
    EXPECT_TRUE(contains(page, part)) << part;
  EXPECT_FALSE(fs::exists(runs_ / "cv" / "fold-1" / "report.html"));
}

TEST_F(Folds, GoOnWhereTheyWere) {
  const std::string command = "--no-report --epochs 2 --folds 3 --name ";
  ASSERT_EQ(train(command + "whole").exit_code, 0);
  ASSERT_EQ(train(command + "cut").exit_code, 0);
  // As a kill leaves it: the first fold done, the second within its second epoch, the third not begun.
  const fs::path second = runs_ / "cut" / "fold-2";
  for (const char* const lost : {"weights.safetensors", "checkpoint/epoch-0002.safetensors"}) fs::remove(second / lost);
  fs::remove_all(runs_ / "cut" / "fold-3");
  fs::remove(runs_ / "cut" / "predictions.csv");
  const auto first = fs::last_write_time(runs_ / "cut" / "fold-1" / "weights.safetensors");
  const Result again = train(command + "cut");
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_EQ(fs::last_write_time(runs_ / "cut" / "fold-1" / "weights.safetensors"), first);
  for (const char* const fold : {"fold-1", "fold-2", "fold-3"})
    EXPECT_EQ(weights(std::string("cut/") + fold), weights(std::string("whole/") + fold)) << fold;
  EXPECT_EQ(core::read_text(runs_ / "cut" / "predictions.csv"), core::read_text(runs_ / "whole" / "predictions.csv"));

  expect_refused(train("--no-report --epochs 2 --folds 4 --name cut"), "it was begun with --folds 3, not 4");
  expect_refused(train("--no-report --epochs 3 --folds 3 --name cut"), "another recipe");
  core::Random random({.seed = 8});
  write(photos_ / "red" / "later.png", 0, random);
  expect_refused(train(command + "cut"), "other pictures or folds than it was begun with: 'red/later.png,red,");
}

TEST_F(Folds, SayHowToGoOn) {
  const Result stopped = train("--no-report --epochs 3 --folds 2 --name s --max-minutes 0.00001");
  EXPECT_TRUE(contains(stopped.output, "campaign: 0 of 2 folds are done; to go on: ")) << stopped.output;
  EXPECT_FALSE(fs::exists(runs_ / "s" / "predictions.csv"));
}

TEST_F(Folds, HoldOutForEarlyStoppingAndLeaveAGivenTestAlone) {
  for (const char* const name : {"red", "green", "blue"}) {
    fs::create_directories(photos_ / "train");
    fs::rename(photos_ / name, photos_ / "train" / name);
    fs::create_directories(photos_ / "test" / name);
    fs::rename(photos_ / "train" / name / "film0_0.png", photos_ / "test" / name / "film0_0.png");
  }
  const Result trained = train("--no-report --folds 2 --name e --set early_stopping.patience=1");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "3 pictures of the given test split set aside")) << trained.output;
  EXPECT_EQ(cells_of(runs_ / "e" / "predictions.csv").size(), 34U);
  std::map<std::string, int> splits;
  for (const auto& row : cells_of(runs_ / "e" / "fold-1" / "splits.csv")) ++splits[row[2]];
  EXPECT_EQ(splits["unused"], 3);
  EXPECT_EQ(splits["validation"], 3) << "of each class one";
  EXPECT_EQ(splits["train"] + splits["test"], 30);
}

TEST_F(Folds, AreRefusedWhereTheyMeanNothing) {
  const std::string cifar = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";
  expect_refused(run_reslab(words(cifar, "--folds 3")), "isn't a data set of picture files");
  expect_refused(train("--folds 3 --split 70/15/15"), "folds divide all pictures themselves");
  expect_refused(train("--folds 3 --split-exact"), "--split-exact besides");
  expect_refused(train("--folds 3 --holdout 5"), "no hold-out by number");
  expect_refused(train("--folds 3 --overfit-batches 1"), "--overfit-batches 1");
  EXPECT_NE(train("--folds 1").exit_code, 0);
  EXPECT_NE(train("--folds 21").exit_code, 0);
  EXPECT_NE(train("--folds 3 --repeats 2").exit_code, 0);
  expect_refused(train("--folds 20 --group-by '(film[0-9])_'"), "into 20 folds");
  core::Random random({.seed = 9});
  write(photos_ / "lone" / "a.png", 0, random);
  expect_refused(train("--folds 3"), "the class lone has 1 picture");
  EXPECT_FALSE(fs::exists(runs_)) << "nothing is made";
}

TEST_F(Folds, ArePlannedWithoutMakingAnything) {
  const Result planned = train("--folds 3 --dry-run");
  EXPECT_EQ(planned.exit_code, 0) << planned.output;
  EXPECT_TRUE(contains(planned.output, "3 folds of 36 pictures, a run each")) << planned.output;
  EXPECT_FALSE(fs::exists(runs_));
}

}  // namespace
}  // namespace reslab::cli
