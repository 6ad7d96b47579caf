// server.py, running on this machine for one test.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "reslab/core/file.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

namespace reslab::fetch {

class LocalServer {
 public:
  LocalServer() {
    std::array<int, 2> to_server{}, from_server{};
    EXPECT_EQ(::pipe2(to_server.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(from_server.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_server[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_server[1], STDOUT_FILENO);
    std::string program = "python3", script = RESLAB_SOURCE_DIR "/tests/fetch/server.py",
                files = folder_.path().string(), log = log_path().string();
    std::array<char*, 5> arguments{program.data(), script.data(), files.data(), log.data(), nullptr};
    EXPECT_EQ(::posix_spawnp(&process_, "python3", &actions, nullptr, arguments.data(), environ), 0) << "no python3";
    posix_spawn_file_actions_destroy(&actions);
    ::close(to_server[0]);
    ::close(from_server[1]);
    input_ = to_server[1];
    std::array<char, 16> port{};
    EXPECT_GT(::read(from_server[0], port.data(), port.size() - 1), 0) << "the server did not start";
    output_ = from_server[0];
    address_ = "http://127.0.0.1:" + std::to_string(std::atoi(port.data())) + "/";
  }

  ~LocalServer() { stop(); }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  void stop() {
    if (input_ < 0) return;
    ::close(input_);
    ::close(output_);
    ::waitpid(process_, nullptr, 0);
    input_ = -1;
  }

  /// "http://127.0.0.1:PORT/" + path.
  std::string url(const std::string& path) const { return address_ + path; }

  /// The folder that is served.
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// "PATH RANGE" of every request so far.
  std::vector<std::string> requests() const {
    std::vector<std::string> lines;
    if (!std::filesystem::exists(log_path())) return lines;
    std::istringstream text(core::read_text(log_path()));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

 private:
  std::filesystem::path log_path() const { return folder_.path() / "requests.log"; }

  support::EnvironmentVariable no_proxy_{"no_proxy", "127.0.0.1"};
  support::TemporaryFolder folder_;
  std::string address_;
  pid_t process_ = -1;
  int input_ = -1, output_ = -1;
};

}  // namespace reslab::fetch
