#include "reslab/core/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/temporary_folder.h"

namespace reslab::core {
namespace {

TEST(RunProcess, GivesOutputAndExitCode) {
  const ProcessResult result = run_process({.arguments = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  EXPECT_TRUE(result.started);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(RunProcess, PassesArgumentsUnchanged) {
  const ProcessResult result = run_process({.arguments = {"printf", "%s|", "a b", "$HOME", "`id`", "'\"", ""}});
  EXPECT_EQ(result.output, "a b|$HOME|`id`|'\"||");
}

TEST(RunProcess, KnowsAMissingProgramFromAFailingOne) {
  EXPECT_FALSE(run_process({.arguments = {"reslab-no-such-program"}}).started);
  const ProcessResult killed = run_process({.arguments = {"sh", "-c", "kill -9 $$"}});
  EXPECT_TRUE(killed.started);
  EXPECT_EQ(killed.exit_code, 128 + 9);
}

TEST(RunProcess, RunsInTheFolderWithNothingToRead) {
  const support::TemporaryFolder folder;
  EXPECT_EQ(run_process({.arguments = {"pwd", "-P"}, .folder = folder.path()}).output, folder.path().string() + "\n");
  EXPECT_EQ(run_process({.arguments = {"cat"}}).output, "");
}

TEST(RunProcess, KeepsOnlySoMuchOutput) {
  const ProcessResult result =
      run_process({.arguments = {"sh", "-c", "head -c 300000 /dev/zero; exit 5"}, .output_limit = 1000});
  EXPECT_EQ(result.output.size(), 1000U);
  EXPECT_EQ(result.exit_code, 5) << "the program was not held up by what nobody reads";
}

TEST(RunProcess, TicksWhileItWaits) {
  int ticks = 0;
  run_process(
      {.arguments = {"sleep", "0.3"}, .tick = [&] { ++ticks; }, .tick_interval = std::chrono::milliseconds(20)});
  EXPECT_GE(ticks, 3);
}

// Whether a process of that id is there and isn't only waiting to be reaped.
bool runs(const std::string& pid) {
  std::error_code error;
  const std::filesystem::path status = "/proc/" + pid + "/stat";
  if (!std::filesystem::exists(status, error)) return false;
  try {
    const std::string text = read_text(status);
    return text.substr(text.rfind(')') + 2, 1) != "Z";
  } catch (const UserError&) {
    return false;
  }
}

TEST(ChildProcess, EndsWithAParentThatIsKilled) {
  const support::TemporaryFolder folder;
  const std::filesystem::path output = folder.path() / "output";
  const pid_t parent = ::fork();
  if (parent == 0) {
    const ChildProcess child({.arguments = {"sh", "-c", "echo $$; exec sleep 100"}, .output = output});
    for (;;) ::pause();
  }
  std::string pid;
  for (int i = 0; i < 1000 && !pid.ends_with('\n'); ++i) {
    ::usleep(10'000);
    std::error_code error;
    if (std::filesystem::exists(output, error)) pid = read_text(output);
  }
  ASSERT_TRUE(pid.ends_with('\n'));
  pid.pop_back();
  EXPECT_TRUE(runs(pid));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  for (int i = 0; i < 1000 && runs(pid); ++i) ::usleep(10'000);
  EXPECT_FALSE(runs(pid));
}

TEST(ChildProcess, IsWaitedForAndItsOutputKept) {
  const support::TemporaryFolder folder;
  ChildProcess child(
      {.arguments = {"sh", "-c", "echo out; echo err >&2; sleep 2; exit 3"}, .output = folder.path() / "output"});
  EXPECT_FALSE(child.wait(std::chrono::milliseconds(1)));
  EXPECT_EQ(child.wait(std::chrono::seconds(20)), 3);
  EXPECT_EQ(child.wait(std::chrono::milliseconds(0)), 3);
  EXPECT_EQ(child.kill(), 3) << "it had ended before";
  EXPECT_EQ(read_text(folder.path() / "output"), "out\nerr\n");
}

TEST(ChildProcess, IsKilled) {
  const support::TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  ChildProcess child({.arguments = {"sleep", "30"}, .output = folder.path() / "output"});
  EXPECT_EQ(child.kill(), 128 + SIGKILL);
  { const ChildProcess forgotten({.arguments = {"sleep", "30"}, .output = folder.path() / "output"}); }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(ChildProcess, SaysWhyItCouldNotStart) {
  const support::TemporaryFolder folder;
  EXPECT_THROW(ChildProcess({.arguments = {"reslab-no-such-program"}, .output = folder.path() / "output"}), UserError);
  EXPECT_THROW(ChildProcess({.arguments = {"true"}, .output = folder.path() / "missing" / "output"}), UserError);
  write_file(folder.path() / "dear", "text");
  std::filesystem::create_symlink("dear", folder.path() / "link");
  EXPECT_THROW(ChildProcess({.arguments = {"true"}, .output = folder.path() / "link"}), UserError);
  EXPECT_EQ(read_text(folder.path() / "dear"), "text");
}

}  // namespace
}  // namespace reslab::core
