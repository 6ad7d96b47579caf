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
  const std::string rows = core::read_text(folder_ / "part" / "campaign.csv");
  EXPECT_TRUE(contains(rows, ",limited\n1,seed-1,") && rows.ends_with(",data.limit_batches=1\n")) << rows;
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

TEST_F(MarkedAccuracy, OfAWholeTestSetIsNotMarkedThoughBatchesAreLimited) {
  // 100 test images and 300 to train on: three batches of 50 are all of the first, but not of the second.
  for (const std::string limit : {"2", "3"}) {
    const std::string name = "limit-" + limit, run = "'" + (folder_ / name / "seed-1").string() + "'";
    const Result trained = train("--epochs 1 --batch-size 50 --repeats 1 --name " + name + " --limit-batches " + limit);
    ASSERT_EQ(trained.exit_code, 0) << trained.output;
    EXPECT_FALSE(contains(trained.output, " alone") || contains(trained.output, " % *")) << trained.output;
    EXPECT_TRUE(contains(run_reslab("evaluate " + run + where()).output, "an epoch cut to " + limit + " batches"));
    const std::string runs = " --runs-dir '" + (folder_ / name).string() + "'";
    const Result listed = run_reslab("runs list" + runs);
    EXPECT_FALSE(contains(listed.output, " alone") || contains(listed.output, " *")) << listed.output;
    ASSERT_EQ(run_reslab("report " + run + where()).exit_code, 0);
    EXPECT_FALSE(contains(core::read_text(folder_ / name / "seed-1" / "report.html"), " % *\""));
  }
  ASSERT_EQ(train("--epochs 1 --batch-size 50 --name all --limit-batches 6").exit_code, 0);
  EXPECT_FALSE(contains(run_reslab("evaluate all" + where()).output, "an epoch cut"));
  EXPECT_TRUE(contains(run_reslab("evaluate --json all" + where()).output, "\"trained_batches\": null"));
}

}  // namespace
}  // namespace reslab::cli
