// An accuracy that isn't of the whole test set is never told as if it were.
#include <gtest/gtest.h>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"

namespace reslab::cli {
namespace {

class MarkedAccuracy : public RunFixture {
 protected:
  Result train(const std::string& arguments) const {
    return run_reslab("train original --no-report --set model.width=4 " + arguments + where());
  }
};

TEST_F(MarkedAccuracy, OfAPartOfTheTestSetIsMarkedWhereverItIsTold) {
  const std::string part = "the first batch of the test set (data.limit_batches) alone";
  const Result trained = train("--epochs 1 --limit-batches 1 --batch-size 20 --repeats 2 --name part");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "Finished: 1 epoch, 00:0")) << trained.output;
  EXPECT_TRUE(contains(trained.output, " % of " + part)) << trained.output;
  EXPECT_TRUE(contains(trained.output, "* of " + part + ": not to be compared")) << trained.output;
  EXPECT_TRUE(contains(trained.output, " % *")) << trained.output;
  EXPECT_TRUE(contains(core::read_text(folder_ / "part" / "seed-1" / "train.log"), part));
  const std::string run = "'" + (folder_ / "part" / "seed-1").string() + "'";
  const Result evaluated = run_reslab("evaluate " + run + where());
  EXPECT_TRUE(contains(evaluated.output, "(after 1 epoch, an epoch cut to 1 batch, ")) << evaluated.output;
  EXPECT_TRUE(contains(run_reslab("evaluate --json " + run + where()).output, "\"trained_batches\": 1"));
  ASSERT_EQ(run_reslab("report " + run + where()).exit_code, 0);
  const std::string page = core::read_text(folder_ / "part" / "seed-1" / "report.html");
  EXPECT_TRUE(contains(page, " % *\",\"note\":\"* of " + part)) << "the headline";
  const Result whole = train("--epochs 1 --batch-size 100 --name whole");
  EXPECT_FALSE(contains(whole.output, " alone")) << whole.output;
  EXPECT_TRUE(contains(run_reslab("evaluate --json whole" + where()).output, "\"trained_batches\": null"));
}

}  // namespace
}  // namespace reslab::cli
