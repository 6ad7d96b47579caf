// Which epoch is the best on the hold-out, by the metric that the recipe names.
#include <gtest/gtest.h>

#include "cli/run_fixture.h"
#include "reslab/track/metrics.h"

namespace reslab::cli {
namespace {

class Metric : public RunFixture {
 protected:
  Result train(const std::string& arguments) const {
    return run_reslab("train original --no-report --set model.width=4 --set data.batch_size=100 " + arguments +
                      where());
  }
};

TEST_F(Metric, EpochsAreComparedByTheMetricThatIsNamed) {
  const std::string by_loss = "--epochs 4 --holdout 60 --set early_stopping.metric=loss --name loss ";
  ASSERT_EQ(train(by_loss).exit_code, 0);
  const std::vector<track::EpochRow> rows = track::read_epochs(folder_ / "loss" / "epochs.csv");
  ASSERT_EQ(rows.size(), 4U);
  const auto lowest = std::ranges::min_element(rows, {}, [](const track::EpochRow& row) { return row.holdout->loss; });
  const Result best = run_reslab("evaluate --weights best loss" + where());
  EXPECT_TRUE(contains(best.output, "(after " + std::to_string(lowest->epoch) + " epoch")) << best.output;
  for (const track::EpochRow& row : rows)
    EXPECT_TRUE(row.test_balanced_accuracy && row.holdout->balanced_accuracy && row.holdout->macro_f1);
  const Result refused = train("--set early_stopping.metric=f1");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "macro_f1")) << refused.output;
}

}  // namespace
}  // namespace reslab::cli
