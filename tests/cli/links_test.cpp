// Links and special files in a run's folder: what the program writes there never goes elsewhere.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/track/metrics.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Links : public RunFixture {
 protected:
  // A training that ended after a batch.
  void begin(const std::string& name) const {
    const Result begun = run_reslab(
        "train original --no-report --set model.width=4 --set data.batch_size=100 --epochs 2 "
        "--max-minutes 0.000001 --name " +
        name + where());
    ASSERT_EQ(begun.exit_code, 0) << begun.output;
  }

  Result resume(const std::string& run) const { return run_reslab("resume --no-report " + run + where()); }

  // What lies under that name in the run moves out of it, and a link to it takes its place.
  fs::path move_out(const fs::path& path) const {
    const fs::path outside = folder_ / ("outside-" + path.filename().string());
    fs::rename(path, outside);
    fs::create_symlink(outside, path);
    return outside;
  }
};

TEST_F(Links, InTheLogsPlaceAreNotWrittenThrough) {
  begin("part");
  for (const char* name : {"train.log", "metrics.csv", "epochs.csv", "lock"}) {
    const fs::path log = folder_ / "part" / name, outside = move_out(log);
    core::write_file(outside, "a line\nand a half");
    const Result refused = resume("part");
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    EXPECT_TRUE(contains(refused.output, "could not write " + log.string() + ": it is a link")) << refused.output;
    EXPECT_EQ(core::read_text(outside), "a line\nand a half") << name;
    fs::remove(outside);
    EXPECT_EQ(resume("part").exit_code, 2) << "a link that leads nowhere makes no file there";
    EXPECT_FALSE(fs::exists(outside)) << name;
    fs::remove(log);
  }
}

TEST_F(Links, InAFoldersPlaceAreNotWrittenThrough) {
  begin("part");
  fs::create_directory(folder_ / "part" / "plots");
  for (const char* name : {"checkpoint", "plots"}) {
    const fs::path link = folder_ / "part" / name, outside = move_out(link);
    // Both would be removed as left over, by a training of this run.
    core::write_file(outside / "a.csv.1.0.part", "theirs");
    core::write_file(outside / "epoch-0000-batch-00000.safetensors", "theirs");
    const Result refused = resume("part");
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    EXPECT_TRUE(contains(refused.output, "could not write " + link.string() + ": it is a link")) << refused.output;
    for (const char* theirs : {"a.csv.1.0.part", "epoch-0000-batch-00000.safetensors"}) {
      EXPECT_TRUE(fs::exists(outside / theirs)) << name;
      fs::remove(outside / theirs);
    }
    fs::remove(link);
    fs::rename(outside, link);
  }
  EXPECT_EQ(resume("part").exit_code, 0);
}

TEST_F(Links, InTheFiguresPlaceAreReplaced) {
  begin("part");
  ASSERT_EQ(resume("part").exit_code, 0);
  const fs::path run = folder_ / "part", dear = folder_ / "dear";
  core::write_file(dear, "dear");
  for (const char* name : {"mistakes.csv", "mistakes.png", "report.html"}) fs::create_symlink(dear, run / name);
  for (const char* command : {"mistakes part", "report part"}) {
    const Result written = run_reslab(command + where());
    EXPECT_EQ(written.exit_code, 0) << written.output;
  }
  EXPECT_EQ(core::read_text(dear), "dear");
  for (const char* name : {"mistakes.csv", "mistakes.png", "report.html"})
    EXPECT_FALSE(fs::is_symlink(run / name)) << name;
  fs::create_directory(folder_ / "elsewhere");
  fs::create_directory_symlink(folder_ / "elsewhere", run / "plots");
  const Result refused = run_reslab("plot part --figure validation" + where());
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_TRUE(contains(refused.output, "could not write " + (run / "plots").string() + ": it is a link"))
      << refused.output;
  EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
}

// Of a pipe nobody might ever read what is written, nor write what is read.
TEST_F(Links, APipeHoldsNothingUp) {
  begin("part");
  for (const char* name : {"train.log", "metrics.csv", "lock"}) {
    const fs::path log = folder_ / "part" / name, kept = folder_ / "kept";
    fs::rename(log, kept);
    ASSERT_EQ(::mkfifo(log.c_str(), 0666), 0);
    const Result refused = run_reslab("resume --no-report part" + where(), "timeout --kill-after=1 60");
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    EXPECT_TRUE(contains(refused.output, log.string() + ": it is a pipe")) << refused.output;
    fs::rename(kept, log);
  }
  begin("other");
  fs::remove(folder_ / "part" / "environment.json");
  ASSERT_EQ(::mkfifo((folder_ / "part" / "environment.json").c_str(), 0666), 0);
  const Result listed = run_reslab("runs list --runs-dir '" + folder_.string() + "'", "timeout --kill-after=1 60");
  EXPECT_EQ(listed.exit_code, 1) << listed.output;
  EXPECT_TRUE(contains(listed.output, "other  original")) << listed.output;
}

TEST_F(Links, ToARunOrToTheFolderOfRunsAreFollowed) {
  begin("part");
  fs::create_directory(folder_ / "disk");
  fs::rename(folder_ / "part", folder_ / "disk" / "part");
  fs::create_directory_symlink(folder_ / "disk" / "part", folder_ / "linked");
  const Result resumed = resume("linked");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(track::read_epochs(folder_ / "disk" / "part" / "epochs.csv").size(), 2U);
  fs::create_directory_symlink(folder_ / "disk", folder_ / "runs");
  const Result again = run_reslab("resume --no-report part --runs-dir '" + (folder_ / "runs").string() + "'");
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_TRUE(contains(again.output, "nothing to do")) << again.output;
}

}  // namespace
}  // namespace reslab::cli
