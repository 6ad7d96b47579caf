// The program as it is started and stopped from outside: signals, readers that go away, closed descriptors, no HOME.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/run_fixture.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/track/metrics.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Process : public RunFixture {
 protected:
  // `before` and `after` are what a shell finds around the command.
  Result train(const std::string& arguments, const std::string& before = "", const std::string& after = "") const {
    return run_reslab(
        "train original --no-report --set model.width=4 --set data.batch_size=100 " + arguments + where() + after,
        before);
  }

  // Once the run has made an epoch the program gets the signal. Whatever this test was started by, the program must not
  // have it ignored.
  std::string signal_after_an_epoch(const std::string& run, const std::string& signal) const {
    return "{ until grep -q ^1, '" + (folder_ / run / "epochs.csv").string() +
           "' || ! kill -0 $$; do sleep 0.01; done; kill -s " + signal + " $$; } 2>/dev/null & ";
  }

  std::string weights(const std::string& run) const {
    return core::sha256_of_file(folder_ / run / "weights.safetensors");
  }

  std::string log_of(const std::string& run) const { return core::read_text(folder_ / run / "train.log"); }
};

TEST_F(Process, ThatAskToEndSaveTheRun) {
  ASSERT_EQ(train("--epochs 8 --name whole").exit_code, 0);
  for (const auto& [signal, code] : {std::pair{"HUP", 129}, std::pair{"USR1", 138}}) {
    const std::string name = signal;
    const Result stopped =
        train("--epochs 8 --name " + name, signal_after_an_epoch(name, name) + "exec env --default-signal=" + name);
    ASSERT_EQ(stopped.exit_code, code) << stopped.output;
    EXPECT_TRUE(contains(stopped.output, "Terminated: ")) << stopped.output;
    EXPECT_TRUE(contains(stopped.output, "go on with: reslab resume " + (folder_ / name).string())) << stopped.output;
    EXPECT_TRUE(contains(log_of(name), "Terminated: ")) << log_of(name);
    const Result resumed = run_reslab("resume --no-report " + name + where());
    EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
    EXPECT_EQ(weights(name), weights("whole"));
  }
}

// What the line behind `before` says.
std::string command_behind(const Result& result, const std::string& before) {
  const std::size_t at = result.output.find(before);
  if (at == std::string::npos) return "";
  return result.output.substr(at + before.size(), result.output.find('\n', at) - at - before.size());
}

TEST_F(Process, ThatEndACampaignLeaveOneCommandThatGoesOnWithIt) {
  for (const std::string options : {"--repeats 2 --name c", "--repeats 2 --quiet --name quiet"}) {
    const std::string name = options.substr(options.rfind(' ') + 1);
    const Result stopped = train("--epochs 8 " + options,
                                 signal_after_an_epoch(name + "/seed-1", "TERM") + "exec env --default-signal=TERM");
    ASSERT_EQ(stopped.exit_code, 143) << stopped.output;
    EXPECT_FALSE(contains(stopped.output, "resume")) << stopped.output;
    const std::string line = command_behind(stopped, "campaign: 0 of 2 seeds are done; to go on: ");
    ASSERT_TRUE(line.starts_with("reslab train ")) << stopped.output;
    const Result again = run_reslab(line.substr(std::string("reslab ").size()));
    EXPECT_EQ(again.exit_code, 0) << line << '\n' << again.output;
    EXPECT_TRUE(contains(again.output, "n = 2: test accuracy")) << again.output;
    EXPECT_EQ(track::read_epochs(folder_ / name / "seed-1" / "epochs.csv").size(), 8U);
  }
}

TEST_F(Process, ThatNohupIgnoresStayIgnored) {
  const Result trained = train("--epochs 5 --name run", "trap '' HUP; " + signal_after_an_epoch("run", "HUP") + "exec");
  EXPECT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "Finished: 5 epochs")) << trained.output;
}

TEST_F(Process, AReaderThatGoesAwayDoesNotEndTheTraining) {
  const Result headed =
      train("--epochs 3 --name run", "{", " 2>&1; echo code $? > '" + (folder_ / "code").string() + "'; } | head -n 1");
  EXPECT_EQ(std::count(headed.output.begin(), headed.output.end(), '\n'), 1) << headed.output;
  EXPECT_EQ(core::read_text(folder_ / "code"), "code 0\n");
  EXPECT_EQ(track::read_epochs(folder_ / "run" / "epochs.csv").size(), 3U);
  EXPECT_TRUE(contains(log_of("run"), "Finished: 3 epochs")) << log_of("run");
}

// `true` has ended before anything is printed.
TEST_F(Process, AReaderThatGoesAwayEndsAListQuietly) {
  for (const char* command : {"recipe list", "recipe show original", "--help"}) {
    run_reslab(core::concatenate(command, " 2> '", (folder_ / "said").string(), "'; echo code $? > '",
                                 (folder_ / "code").string(), "'; } | true"),
               "{ sleep 0.2;");
    EXPECT_EQ(core::read_text(folder_ / "said"), "") << command;
    EXPECT_EQ(core::read_text(folder_ / "code"), "code 0\n") << command;
  }
}

TEST_F(Process, ALimitOnFileSizesIsSaidAsAFullDisk) {
  ASSERT_EQ(train("--epochs 2 --name whole").exit_code, 0);
  const Result stopped = train("--epochs 2 --name full", "ulimit -f 64; exec env --default-signal=XFSZ");
  EXPECT_EQ(stopped.exit_code, 2);
  EXPECT_TRUE(contains(stopped.output, "could not write " + (folder_ / "full").string()) &&
              contains(stopped.output, "File too large") && contains(stopped.output, "`ulimit -f`") &&
              contains(stopped.output, "go on with: reslab resume " + (folder_ / "full").string()))
      << stopped.output;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "full"))
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  EXPECT_EQ(run_reslab("resume --no-report full" + where()).exit_code, 0);
  EXPECT_EQ(weights("full"), weights("whole"));
}

// What is printed must not land in a file that was given the number of a closed descriptor.
TEST_F(Process, ClosedDescriptorsHurtNoFile) {
  for (int closed = 0; closed < 8; ++closed) {
    const std::string name = "run" + std::to_string(closed);
    std::string redirections;
    if ((closed & 1) != 0) redirections += " <&-";
    if ((closed & 2) != 0) redirections += " >&-";
    if ((closed & 4) != 0) redirections += " 2>&-";
    const Result trained = train("--fast-dev-run --name " + name, "( exec", redirections + " )");
    EXPECT_EQ(trained.exit_code, 0) << redirections << trained.output;
    const std::string log = log_of(name);
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 4) << redirections << log;
    EXPECT_TRUE(fs::is_empty(folder_ / name / "lock")) << redirections;
    EXPECT_EQ(track::read_metrics(folder_ / name / "metrics.csv").size(), 2U) << redirections;
  }
}

// Only what is downloaded needs a place that HOME leads to.
TEST_F(Process, AFolderOfDataNeedsNoHome) {
  const std::string homeless = "env -u HOME -u XDG_CACHE_HOME -u RESLAB_CACHE_DIR";
  const Result result = train("--fast-dev-run --name homeless", homeless);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const Result evaluated = run_reslab("evaluate homeless" + where(), homeless);
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.output;
  const Result refused = run_reslab("train original --runs-dir '" + folder_.string() + "'", homeless);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.output, "--cache-dir")) << refused.output;
}

}  // namespace
}  // namespace reslab::cli
