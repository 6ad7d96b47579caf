#include "reslab/train/lr_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/file_size_limit.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::train {
namespace {

using support::contains;

RangeTests synthetic() {
  RangeTests tests;
  SeededRangeTest one{.seed = 7};
  for (int i = 0; i < 40; ++i) {
    const double lr = 1e-3 * std::pow(1e3, i / 39.0), loss = 2.3 - 0.02 * i;
    one.test.curve.push_back({.lr = lr, .loss = loss, .smoothed = loss});
  }
  tests.mean = one.test.curve;
  tests.deviation.assign(40, 0);
  one.reading = tests.reading = read_lr_curve(tests.mean, {.planned_steps = 40});
  one.test.curve.push_back({.lr = 2, .loss = std::numeric_limits<double>::quiet_NaN(), .smoothed = 1});
  one.test.end = RangeTestEnd::not_finite;
  tests.tests = {one};
  return tests;
}

recipe::Recipe named(const char* name) {
  recipe::Recipe recipe;
  recipe.name = name;
  return recipe;
}

TEST(LrChoice, ComesBackFromItsFile) {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "find-lr.toml";
  const RangeTests tests = synthetic();
  const LrChoice choice = choose_lr(tests, LrRule::minimum, named("a \"quoted\" recipe"));
  EXPECT_EQ(choice.lr, tests.reading.find(LrRule::minimum)->lr);
  write_lr_choice(path, choice, tests, {.steps = 40});
  const LrChoice read = read_lr_choice(path);
  EXPECT_EQ(read.lr, choice.lr);
  EXPECT_EQ(read.rule, "minimum");
  EXPECT_EQ(read.verdict, name_of(tests.reading.verdict));
  EXPECT_EQ(read.recipe, "a \"quoted\" recipe");
  EXPECT_EQ(read.recipe_hash, recipe_hash(named("")));
  const std::string text = core::read_text(path);
  for (const char* line : {"\nsteps = 40\n", "\nseeds = [7]\n", "\nends = [\"not_finite\"]\n",
                           "\nramp = \"exponential\"\n", "\n[suggestions]\nvalley = "})
    EXPECT_TRUE(contains(text, line)) << line << " in\n" << text;
}

TEST(LrChoice, AFileByHandNeedsTheRateAlone) {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "mine.toml";
  core::write_file(path, "recommended = 1\n");
  EXPECT_EQ(read_lr_choice(path).lr, 1);
  EXPECT_EQ(read_lr_choice(path).rule, "");
}

TEST(LrChoice, DamagedFilesAreRefused) {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "find-lr.toml";
  const auto message = [&](const char* text) {
    core::write_file(path, text);
    return support::message_of<core::UserError>([&] { read_lr_choice(path); });
  };
  EXPECT_TRUE(contains(message("rule = \"valley\"\n"), "no key `recommended`"));
  for (const char* text :
       {"recommended = -1.0", "recommended = 0", "recommended = nan", "recommended = 2000.0", "recommended = \"0.1\"",
        "recommended = 2026-11-22", "recommended = [0.1]", "recommended = {}"})
    EXPECT_TRUE(contains(message(text), "find-lr.toml:1: `recommended` is no learning rate")) << message(text);
  EXPECT_TRUE(contains(message("recommended = 0.1\nrule = 5\n"), "find-lr.toml:2: rule isn't a text"));
  EXPECT_FALSE(message("recommended = \n").empty());
  std::filesystem::remove(path);
  EXPECT_TRUE(contains(support::message_of<core::UserError>([&] { read_lr_choice(path); }), "find-lr.toml"));
}

TEST(LrChoice, AFlatCurveGivesNoneByAnyRule) {
  RangeTests tests = synthetic();
  for (LrPoint& point : tests.mean) point.loss = point.smoothed = 2.3 - 1e-6 * point.lr;
  tests.reading = read_lr_curve(tests.mean, {.planned_steps = 40});
  for (const LrRule rule : lr_rules) {
    ASSERT_NE(tests.reading.find(rule), nullptr) << name_of(rule);
    EXPECT_EQ(choose_lr(tests, rule, named("x")).lr, 0) << name_of(rule);
    const std::string message = no_choice(tests, rule, {.steps = 40}).what();
    EXPECT_TRUE(contains(message, "a curve that doesn't fall clearly: by ")) << message;
    EXPECT_TRUE(contains(message, "0.046 (2 % of the first loss)")) << message;
  }
}

TEST(LrChoice, ACurveThatGivesNoSuggestionSaysWhy) {
  RangeTests tests = synthetic();
  tests.reading = read_lr_curve({}, {});
  tests.mean.clear();
  EXPECT_EQ(choose_lr(tests, LrRule::valley, named("x")).lr, 0);
  const std::string message = no_choice(tests, LrRule::valley, {.steps = 100}).what();
  EXPECT_TRUE(contains(message, "0 of 100 steps have a usable loss")) << message;
  EXPECT_TRUE(contains(message, "at least 19 such steps")) << message;
}

TEST(RangeTestsFile, HasARowAStepAndAFullDiskIsAnError) {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "find-lr.csv";
  write_range_tests(path, synthetic());
  std::istringstream lines(core::read_text(path));
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(line);
  ASSERT_EQ(rows.size(), 42U);
  EXPECT_EQ(rows[0], "repeat,seed,step,lr,loss,smoothed_loss");
  EXPECT_EQ(rows[1], "0,7,0,0.001,2.3,2.3");
  EXPECT_EQ(rows[41], "0,7,40,2,nan,1");
  const support::FileSizeLimit full(100);
  EXPECT_TRUE(contains(
      support::message_of<core::UserError>([&] { write_range_tests(folder.path() / "other.csv", synthetic()); }),
      "other.csv"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "other.csv"));
}

}  // namespace
}  // namespace reslab::train
