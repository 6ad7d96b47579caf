// The default recipe's whole network on a small data set: killed, resumed to the end, compared to the bit. 20 kills, or
// as many as RESLAB_KILLS says; docs/reliability.md has the figures of the campaign.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <string>

#include "cli/run_program.h"

namespace reslab::crash {
namespace {

using cli::contains;
using cli::run_reslab;

// One thread: the same bits, and the other tests aren't held up.
constexpr const char* data = " --threads 1 --batch-size 50 --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'";

TEST(KillCampaign, EveryRunEndsWithTheSameBits) {
  const char* const wish = std::getenv("RESLAB_KILLS");
  const std::string kills = wish == nullptr ? "20" : wish;
  // Eight epochs, so that the images grow twice.
  const cli::Result result =
      run_reslab("verify-resume --precision bf16 --epochs 8 --limit-batches 2 --kills " + kills + data);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  std::puts(result.output.c_str());
  std::smatch found;
  ASSERT_TRUE(std::regex_search(result.output, found, std::regex("([0-9]+) kills, ([0-9]+) within a save")))
      << result.output;
  EXPECT_GE(std::stoi(found[1]), std::stoi(kills));
  EXPECT_GE(2 * std::stoi(found[2]), std::stoi(kills)) << "half of them within a save";
  ASSERT_TRUE(std::regex_search(result.output, found, std::regex("([0-9]+) of ([0-9]+) runs ended with the bits")));
  EXPECT_EQ(found[1], found[2]);
}

// What else has a state of its own: accumulated gradients, a hold-out's best, patience, averages; in fp32, too.
TEST(KillCampaign, OtherRecipesToo) {
  for (const char* const recipe :
       {"original --precision fp32 --set optimizer.accumulate=2",
        "resnet --set model.width=8 --holdout 50 --set early_stopping.patience=3 --set averaging.name=ema"}) {
    const cli::Result result = run_reslab(std::string("verify-resume --kills 3 --set model.width=8 ") + recipe + data);
    EXPECT_EQ(result.exit_code, 0) << result.output;
  }
}

TEST(KillCampaign, RefusesAFolderWithSomethingInIt) {
  const cli::Result result = run_reslab(std::string("verify-resume --in '" RESLAB_SOURCE_DIR "'") + data);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "it isn't empty")) << result.output;
}

}  // namespace
}  // namespace reslab::crash
