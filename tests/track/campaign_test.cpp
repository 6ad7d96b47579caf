#include "reslab/track/campaign.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reslab/core/file.h"
#include "support/temporary_folder.h"

namespace reslab::track {
namespace {

TEST(Summarise, GivesMeanDeviationAndInterval) {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  const Summary summary = summarise(values);
  EXPECT_EQ(summary.n, 8);
  EXPECT_DOUBLE_EQ(summary.mean, 5);
  EXPECT_DOUBLE_EQ(summary.deviation, std::sqrt(32.0 / 7));
  EXPECT_NEAR(summary.half_interval, 2.365 * std::sqrt(32.0 / 7 / 8), 1e-9);
  EXPECT_EQ(summary.least, 2);
  EXPECT_EQ(summary.most, 9);
}

TEST(Summarise, OneValueHasNoInterval) {
  const Summary summary = summarise(std::vector{0.5});
  EXPECT_EQ(summary.mean, 0.5);
  EXPECT_EQ(summary.deviation, 0);
  EXPECT_EQ(summary.half_interval, 0);
}

TEST(StudentT, FallsToTheNormals) {
  EXPECT_EQ(student_t95(1), 12.706);
  EXPECT_NEAR(student_t95(30), 2.042, 1e-3);
  EXPECT_NEAR(student_t95(40), 2.021, 2e-3);  // the table of any textbook
  EXPECT_NEAR(student_t95(120), 1.980, 1e-3);
  for (std::int64_t degrees = 1; degrees < 100; ++degrees) EXPECT_GT(student_t95(degrees), student_t95(degrees + 1));
}

TEST(Campaign, WritesARowASeedAndReadsItBack) {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "campaign.csv";
  EXPECT_TRUE(read_campaign(path).empty());
  write_campaign(path, std::vector<CampaignRow>{
                           {.seed = 1,
                            .run = "seed-1",
                            .test_accuracy = 0.9401,
                            .one_view_accuracy = 0.935,
                            .test_loss = 0.25,
                            .seconds = 600.5,
                            .process_seconds = 610,
                            .training_flop = 2.765e14},
                           {.seed = 2, .run = "seed-2", .training_flop = 2e14, .limited = "data.limit_batches=2"}});
  EXPECT_EQ(core::read_text(path),
            "seed,run,test_accuracy,one_view_accuracy,test_loss,seconds,process_seconds,training_flop,limited\n"
            "1,seed-1,0.9401,0.935,0.25,600.5,610,2.765e+14,\n2,seed-2,0,0,0,0,,2e+14,data.limit_batches=2\n");
  const std::vector<CampaignRow> rows = read_campaign(path);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].run, "seed-1");
  EXPECT_EQ(rows[0].one_view_accuracy, 0.935);
  EXPECT_EQ(rows[0].process_seconds, 610);
  EXPECT_EQ(rows[0].training_flop, 2.765e14);
  EXPECT_EQ(rows[1].seed, 2U);
  EXPECT_EQ(rows[1].process_seconds, 0) << "not known";
  EXPECT_EQ(rows[1].training_flop, 2e14);
  EXPECT_EQ(rows[0].limited, "");
  EXPECT_EQ(rows[1].limited, "data.limit_batches=2");
}

TEST(Campaign, AFileOfAnEarlierVersionIsRead) {
  const support::TemporaryFolder folder;
  core::write_file(folder.path() / "campaign.csv",
                   "seed,run,test_accuracy,one_view_accuracy,test_loss,seconds,process_seconds,training_flop\n"
                   "1,seed-1,0.9401,0.935,0.25,600.5,,2.765e+14\n");
  const std::vector<CampaignRow> rows = read_campaign(folder.path() / "campaign.csv");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].training_flop, 2.765e14);
  EXPECT_EQ(rows[0].limited, "");
}

TEST(Campaign, WhatLimitsARecipeIsNamed) {
  recipe::Recipe recipe;
  EXPECT_EQ(limits_of(recipe), "");
  recipe.data.limit_batches = 2;
  EXPECT_EQ(limits_of(recipe), "data.limit_batches=2");
  recipe.data.overfit_batches = 3;
  EXPECT_EQ(limits_of(recipe), "data.limit_batches=2 data.overfit_batches=3");
}

TEST(Campaign, AFileOfOtherColumnsIsPassedOver) {
  const support::TemporaryFolder folder;
  core::write_file(folder.path() / "campaign.csv", "seed,run,test_accuracy\n1,seed-1,0.94\n");
  EXPECT_TRUE(read_campaign(folder.path() / "campaign.csv").empty());
}

}  // namespace
}  // namespace reslab::track
