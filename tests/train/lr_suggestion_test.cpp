#include "reslab/train/lr_suggestion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <random>

#include "reslab/core/error.h"
#include "support/message.h"

namespace reslab::train {
namespace {

// A fall by `fall` around lr 0.01, on a logarithmic ramp from 1e-5 to 10 in 100 steps, and a rise at its end.
std::vector<LrPoint> synthetic(double fall, double sway = 0) {
  std::vector<LrPoint> curve;
  for (int i = 0; i < 100; ++i) {
    const double lr = 1e-5 * std::pow(1e6, i / 99.0);
    const double loss = 2.3 - fall / (1 + std::exp(-3 * (std::log10(lr) + 2))) + 0.05 * lr * lr;
    curve.push_back({.lr = lr, .loss = loss + (i % 2 == 0 ? sway : -sway), .smoothed = loss});
  }
  return curve;
}

struct Golden {
  std::vector<LrPoint> curve;
  std::map<std::string, double> suggestions;
};

std::vector<Golden> read_golden() {
  std::ifstream file(RESLAB_SOURCE_DIR "/tests/reference/lr_suggestions.csv");
  std::vector<Golden> all(3);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream cells(line);
    std::string kind, curve, lr, loss;
    std::getline(cells, kind, ','), std::getline(cells, curve, ',');
    std::getline(cells, lr, ','), std::getline(cells, loss, ',');
    Golden& golden = all.at(std::stoul(curve));
    if (kind == "point")
      golden.curve.push_back({.lr = std::stod(lr), .loss = std::stod(loss), .smoothed = std::stod(loss)});
    else
      golden.suggestions[kind] = std::stod(lr);
  }
  return all;
}

TEST(LrReading, SuggestsWhatFastaiDoes) {
  for (const Golden& golden : read_golden()) {
    ASSERT_EQ(golden.curve.size(), 100U);
    ASSERT_EQ(golden.suggestions.size(), 4U);
    const LrReading reading = read_lr_curve(golden.curve, {.planned_steps = 100});
    for (const LrRule rule : {LrRule::valley, LrRule::steep, LrRule::minimum, LrRule::slide}) {
      ASSERT_NE(reading.find(rule), nullptr) << name_of(rule);
      const double expected = golden.suggestions.at(std::string(name_of(rule)));
      EXPECT_NEAR(reading.find(rule)->lr, expected, 1e-12 * expected) << name_of(rule);
    }
  }
}

TEST(LrReading, FindsTheFallOfASyntheticCurve) {
  const LrReading reading = read_lr_curve(synthetic(0.8), {});
  EXPECT_EQ(reading.verdict, LrVerdict::fine);
  EXPECT_NEAR(std::log10(reading.find(LrRule::steep)->lr), -2, 0.1) << "the middle of the fall";
  EXPECT_GT(reading.find(LrRule::valley)->lr, 1e-4);
  EXPECT_LT(reading.find(LrRule::valley)->lr, 1e-1);
  EXPECT_NEAR(reading.fall(), 0.78, 0.02);
  // The lowest point lies where the fall's slope meets the rise's: between 0.1 and 1 here.
  EXPECT_NEAR(reading.find(LrRule::minimum)->lr * 10, reading.find(LrRule::lowest)->lr, 1e-12);
  EXPECT_GT(reading.find(LrRule::lowest)->lr, 0.1);
  EXPECT_LT(reading.find(LrRule::lowest)->lr, 1);
}

TEST(LrReading, TheSteepestFallIsNotTheOneAfterADivergence) {
  std::vector<LrPoint> curve = synthetic(0.8);
  for (std::size_t i = 80; i < 90; ++i) curve[i].smoothed = 20 - 1.5 * static_cast<double>(i - 80);
  EXPECT_NEAR(std::log10(read_lr_curve(curve, {}).find(LrRule::steep)->lr), -2, 0.1);
}

TEST(LrReading, IsCutAtTheFirstLossThatIsNoNumber) {
  std::vector<LrPoint> curve = synthetic(0.8);
  for (std::size_t i = 70; i < curve.size(); ++i) curve[i].smoothed = std::numeric_limits<double>::quiet_NaN();
  const LrReading cut = read_lr_curve(curve, {});
  curve.resize(70);
  const LrReading shorter = read_lr_curve(curve, {});
  ASSERT_EQ(cut.suggestions.size(), std::size(lr_rules));
  for (std::size_t i = 0; i < cut.suggestions.size(); ++i) {
    EXPECT_EQ(cut.suggestions[i].lr, shorter.suggestions[i].lr);
    EXPECT_TRUE(std::isfinite(cut.suggestions[i].loss));
  }
  // What is dropped at the end is the last five points before the cut.
  EXPECT_EQ(cut.find(LrRule::minimum)->lr * 10, curve[64].lr);
  EXPECT_EQ(cut.find(LrRule::lowest)->lr, curve[69].lr) << "the original's rule leaves nothing out";
}

TEST(LrReading, SaysWhenTheCurveIsFlatOrNoisy) {
  EXPECT_EQ(read_lr_curve(synthetic(0.02), {}).verdict, LrVerdict::flat);
  EXPECT_EQ(read_lr_curve(synthetic(0.8, 0.01), {}).verdict, LrVerdict::fine);
  const LrReading noisy = read_lr_curve(synthetic(0.8, 0.13), {.smoothing = 0.2});
  EXPECT_EQ(noisy.verdict, LrVerdict::noisy);
  // Neighbours differ by 0.26: a standard deviation of 0.26 / 0.6745 / √2.
  EXPECT_NEAR(noisy.noise, 0.26 / 0.6745 / std::sqrt(2), 0.02);
  EXPECT_NEAR(noisy.smoothed_noise, noisy.noise * std::sqrt(0.2 / 1.8), 1e-12);
  // The first of the two losses is the mean of eleven, so that a little more is left of its noise.
  EXPECT_NEAR(noisy.fall_error, noisy.smoothed_noise * std::sqrt(2), 0.1 * noisy.smoothed_noise);
  EXPECT_EQ(read_lr_curve(synthetic(0.8, 0.4), {.smoothing = 0.2}).verdict, LrVerdict::flat)
      << "a large fall that may be chance";
}

// Losses that sway about one value, whatever the learning rate is.
std::vector<LrPoint> nothing_but_noise(std::mt19937_64& random, std::int64_t steps, double smoothing) {
  std::normal_distribution<double> loss(2.3, 0.5);
  LossSmoother smoother(smoothing);
  std::vector<LrPoint> curve;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double drawn = loss(random);
    curve.push_back(
        {.lr = 1e-5 * std::pow(1.01, static_cast<double>(i)), .loss = drawn, .smoothed = smoother.add(drawn)});
  }
  return curve;
}

TEST(LrReading, NoiseIsSeldomTakenForAFall) {
  std::mt19937_64 random(1);
  for (const double smoothing : {0.05, 0.2, 1.0})
    for (const std::int64_t steps : {9, 12, 30, 100}) {
      int believed = 0;
      for (int i = 0; i < 1000; ++i) {
        const auto curve = nothing_but_noise(random, steps, smoothing);
        const LrReading reading = read_lr_curve(curve, {.planned_steps = steps, .smoothing = smoothing});
        believed += reading.verdict == LrVerdict::flat ? 0 : 1;
      }
      EXPECT_LE(believed, 20) << "of 1000, at " << steps << " steps and a smoothing of " << smoothing;
    }
}

TEST(LrReading, TooShortACurveGivesTheLowestAlone) {
  std::vector<LrPoint> curve = synthetic(0.8);
  curve.resize(15);  // ten and five are dropped
  const LrReading reading = read_lr_curve(curve, {});
  ASSERT_EQ(reading.suggestions.size(), 1U);
  EXPECT_EQ(reading.suggestions[0].rule, LrRule::lowest);
  EXPECT_EQ(reading.verdict, LrVerdict::flat);
  EXPECT_TRUE(read_lr_curve({}, {}).suggestions.empty());
  curve = synthetic(0.8);
  curve.resize(30);  // fifteen are left: too few for the marks of `slide`
  EXPECT_EQ(read_lr_curve(curve, {}).find(LrRule::slide), nullptr);
  EXPECT_NE(read_lr_curve(curve, {}).find(LrRule::valley), nullptr);
}

TEST(LossSmoother, CountsTheFirstLossesInFull) {
  LossSmoother smoother(0.25);
  EXPECT_DOUBLE_EQ(smoother.add(4), 4);
  EXPECT_DOUBLE_EQ(smoother.add(8), (0.75 * 4 + 8) / 1.75);
  LossSmoother none(1);
  EXPECT_EQ(none.add(4), 4);
  EXPECT_EQ(none.add(7), 7);
}

TEST(LrRules, AreFoundByNameAndTheNearestIsOffered) {
  for (const LrRule rule : lr_rules) EXPECT_EQ(lr_rule_named(std::string(name_of(rule))), rule);
  const std::string message = support::message_of<core::UserError>([] { lr_rule_named("vally"); });
  EXPECT_TRUE(support::contains(message, "did you mean 'valley'")) << message;
}

TEST(StepsNeeded, AreTheFewestThatGiveASuggestion) {
  for (const LrRule rule : lr_rules) {
    const auto reading_of = [](std::int64_t steps) {
      std::vector<LrPoint> curve;
      for (std::int64_t i = 0; i < steps; ++i) {
        const auto x = static_cast<double>(i);
        curve.push_back({.lr = 1e-4 * std::pow(1.5, x), .loss = 10 - x, .smoothed = 10 - x});
      }
      return read_lr_curve(curve, {.planned_steps = steps});
    };
    const std::int64_t needed = steps_needed(rule);
    EXPECT_NE(reading_of(needed).find(rule), nullptr) << name_of(rule);
    if (rule != LrRule::lowest) {
      EXPECT_EQ(reading_of(needed - 1).find(rule), nullptr) << name_of(rule);
    }
  }
}

}  // namespace
}  // namespace reslab::train
