// A folder for a test's files, and what an action is refused with.
#pragma once

#include <filesystem>
#include <string>

#include "reslab/core/error.h"
#include "reslab/core/temporary_folder.h"
#include "support/message.h"

namespace reslab::core::test {

/// Made empty, removed with all in it.
class TestFolder : public core::TemporaryFolder {
 public:
  std::filesystem::path operator/(const std::string& name) const { return path() / name; }

  /// Number of entries.
  std::ptrdiff_t size() const {
    return std::distance(std::filesystem::directory_iterator(path()), std::filesystem::directory_iterator());
  }
};

/// What `action` is refused with, or "" when it isn't.
template <typename Action>
std::string refusal_of(Action&& action) {
  return support::message_of<UserError>(std::forward<Action>(action));
}

}  // namespace reslab::core::test
