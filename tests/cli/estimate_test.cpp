#include "reslab/cli/estimate.h"

#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "reslab/data/cifar10.h"

namespace reslab::cli {
namespace {

TEST(Estimate, DurationsHaveTwoDigits) {
  EXPECT_EQ(duration_text(48.4), "48 s");
  EXPECT_EQ(duration_text(99.6), "100 s");
  EXPECT_EQ(duration_text(360), "6 min");
  EXPECT_EQ(duration_text(100), "1.7 min");
  EXPECT_EQ(duration_text(590), "9.8 min");
  EXPECT_EQ(duration_text(597), "10 min");
  EXPECT_EQ(duration_text(5999), "100 min");
  EXPECT_EQ(duration_text(2.44 * 3600), "2.4 h");
}

TEST(Estimate, IsSilentWhereNothingIsKnown) {
  const train::Compute compute = train::resolve_compute({.threads = 1});
  train::TimedData data{.info = data::cifar10_info(), .tested = {32, 32}, .train = 50'000, .test = 10'000};
  const auto text = [&](const recipe::Overrides& overrides) {
    const auto known = estimate(recipe::load_recipe("airbench94", overrides), data, compute);
    return known ? std::optional(known->text) : std::nullopt;
  };
  const auto whole = text({});
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->starts_with("about ")) << *whole;
  EXPECT_NE(whole->find(" an epoch"), std::string::npos) << *whole;
  EXPECT_FALSE(text({{"data.limit_batches", "2"}}));
  EXPECT_FALSE(text({{"data.overfit_batches", "2"}}));
  data.train = 5'000;
  EXPECT_FALSE(text({}));
}

TEST(Estimate, WithoutARecipeFast94IsPlanned) {
  const Result result = run_reslab("train --dry-run --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
  EXPECT_EQ(result.exit_code, 2) << "no batch of 1536 among a few hundred images: " << result.output;
  const Result smaller =
      run_reslab("train --dry-run --batch-size 50 --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
  EXPECT_EQ(smaller.exit_code, 0) << smaller.output;
  EXPECT_NE(smaller.output.find("fast94"), std::string::npos) << smaller.output;
  EXPECT_NE(smaller.output.find("speednet"), std::string::npos) << smaller.output;
}

}  // namespace
}  // namespace reslab::cli
