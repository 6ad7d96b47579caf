#include "reslab/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "reslab/core/error.h"

extern char** environ;

namespace reslab::core {
namespace {

// The file actions of a child: nothing on its input, one pipe for all that it says.
class FileActions {
 public:
  FileActions(int output, const std::filesystem::path& folder) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string read_all(int descriptor, const ProcessOptions& options) {
  std::string output;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, options.tick ? static_cast<int>(options.tick_interval.count()) : -1);
    if (options.tick) options.tick();
    if (ready < 0 && errno != EINTR) break;
    if (ready <= 0) continue;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    const std::size_t room = options.output_limit - std::min(options.output_limit, output.size());
    output.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
  }
  return output;
}

// Nothing where it still runs, and `options` say not to wait (WNOHANG).
std::optional<int> exit_code_of(pid_t child, int options) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(child, &status, options)) < 0)
    if (errno != EINTR) throw UserError({.attempted = "wait for a program's end", .found = system_message(errno)});
  if (ended == 0) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// As posix_spawn takes them; `words` must outlive the result.
std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  RESLAB_ASSERT(!words.empty(), "no program given");
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the child, between fork and exec: system calls alone, since other threads may have held any lock.
[[noreturn]] void become(const std::vector<char*>& arguments, int output, pid_t parent, int report) {
  int error = 0;
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it ended before that
#else
  static_cast<void>(parent);
#endif
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0) {
    error = errno;
  } else {
    ::execvp(arguments[0], arguments.data());
    error = errno;
  }
  static_cast<void>(!::write(report, &error, sizeof error));
  ::_exit(127);
}

}  // namespace

ProcessResult run_process(const ProcessOptions& options) {
  const std::vector<char*> arguments = pointers_to(options.arguments);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw UserError({.attempted = "run " + options.arguments[0], .found = system_message(errno)});
  pid_t child = 0;
  const FileActions actions(ends[1], options.folder);
  const int error = ::posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    if (error == ENOENT) return {};
    throw UserError({.attempted = "run " + options.arguments[0], .found = system_message(error)});
  }
  ProcessResult result;
  result.started = true;
  result.output = read_all(ends[0], options);
  ::close(ends[0]);
  result.exit_code = exit_code_of(child, 0).value();
  return result;
}

ChildProcess::ChildProcess(const Options& options) {
  const std::vector<char*> arguments = pointers_to(options.arguments);
  const auto fail = [&](const std::string& attempted, int error) {
    throw UserError({.attempted = attempted, .found = system_message(error)});
  };
  const int output =
      ::open(options.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (output < 0) fail("write " + options.output.string(), errno);
  // The child says by this pipe why it isn't the program; exec closes it.
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(output);
    fail("run " + options.arguments[0], error);
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments, output, parent, ends[1]);
  int error = pid_ < 0 ? errno : 0;
  ::close(output);
  ::close(ends[1]);
  if (pid_ > 0) {
    ssize_t count = 0;
    while ((count = ::read(ends[0], &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (count != sizeof error) error = 0;
  }
  ::close(ends[0]);
  if (error == 0) return;
  if (pid_ > 0) static_cast<void>(exit_code_of(pid_, 0));
  fail("run " + options.arguments[0], error);
}

ChildProcess::~ChildProcess() {
  if (exit_code_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (!exit_code_) exit_code_ = exit_code_of(pid_, WNOHANG);
    if (exit_code_ || std::chrono::steady_clock::now() >= end) return exit_code_;
    std::this_thread::sleep_for(std::min(limit, std::chrono::milliseconds(2)));
  }
}

int ChildProcess::kill() {
  if (!exit_code_) {
    ::kill(pid_, SIGKILL);
    exit_code_ = exit_code_of(pid_, 0);
  }
  return *exit_code_;
}

}  // namespace reslab::core
