#include "reslab/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw UserError({.attempted = "wait for a program's end", .found = system_message(errno)});
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ProcessResult run_process(const ProcessOptions& options) {
  RESLAB_ASSERT(!options.arguments.empty(), "no program given");
  std::vector<char*> arguments;
  for (const std::string& argument : options.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

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
  result.exit_code = wait_for(child);
  return result;
}

}  // namespace reslab::core
