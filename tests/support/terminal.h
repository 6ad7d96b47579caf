// A terminal without a screen, for what a program asks where it can be answered.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <string>

namespace reslab::support {

/// `program < path()` reads from it what was typed, and finds it to be a terminal.
class Terminal {
 public:
  Terminal() : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    std::array<char, 128> name{};
    if (keyboard_ < 0 || ::grantpt(keyboard_) != 0 || ::unlockpt(keyboard_) != 0 ||
        ::ptsname_r(keyboard_, name.data(), name.size()) != 0) {
      ADD_FAILURE() << "no pseudo-terminal";
      return;
    }
    path_ = name.data();
    // Held open, so that what is typed before the program starts isn't lost.
    held_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY);
  }
  ~Terminal() {
    ::close(held_);
    ::close(keyboard_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  const std::string& path() const { return path_; }

  /// A line ends in '\n'; '\x04' alone is Ctrl-D.
  void type(const std::string& keys) const {
    EXPECT_EQ(::write(keyboard_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

 private:
  int keyboard_ = -1, held_ = -1;
  std::string path_;
};

}  // namespace reslab::support
