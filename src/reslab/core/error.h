// Two kinds of error: the user's, which explains itself, and ours, which is an assertion.
//
//   throw core::UserError({.attempted = "read the recipe 'fast'",
//                          .found = "no recipe of that name",
//                          .allowed = "original, resnet, or the path of a .toml file",
//                          .remedy = "did you mean 'fast94'?"});
//   RESLAB_ASSERT(index < size, "index ", index, " of ", size);
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace reslab::core {

/// Exit codes of the program, the same for every subcommand. After a signal that asks to end: 128 + its number, 130 for
/// Ctrl-C (train/stop.h).
enum class ExitCode : int {
  ok = 0,
  some_inputs_skipped = 1,
  user_error = 2,
  internal_error = 70,
};

/// What a message to the user has to say. Empty parts are left out.
struct ErrorParts {
  std::string attempted = {};  ///< what the program was doing, as a verb phrase: "read the recipe x.toml"
  std::string found = {};      ///< what it met instead of what it needs, with the value
  std::string allowed = {};    ///< what would have been right
  std::string remedy = {};     ///< what the user can do now
};

/// An error that the user can mend: a file, a flag, a full disk, a lost network. Exit code 2.
class UserError : public std::runtime_error {
 public:
  explicit UserError(ErrorParts parts);

  const ErrorParts& parts() const { return parts_; }

 private:
  ErrorParts parts_;
};

/// What a file should hold can't be had from it: it is damaged, cut off, of another format, on a disk that can't read
/// it, or not there. Never what the system refuses (a right, memory, one more open file): that says nothing of the
/// content.
class DamagedFile : public UserError {
 public:
  using UserError::UserError;
};

/// The system refused to make, write or lock a file: a full disk, a right that is missing, a read-only or failing
/// device. What was written before stays; once that is mended, the same can be tried again.
class FileRefused : public UserError {
 public:
  using UserError::UserError;
};

/// A defect of the program, thrown by RESLAB_ASSERT alone. Exit code 70.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// What errno says, as text, for `found`.
std::string system_message(int error_number);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line, const std::string& message);

template <typename... Parts>
std::string concatenate(const Parts&... parts) {
  std::ostringstream stream;
  static_cast<void>((stream << ... << parts));
  return std::move(stream).str();
}

}  // namespace reslab::core

/// For conditions that only a defect of the program can break; never for files, flags or anything else from outside.
#define RESLAB_ASSERT(condition, ...)                                                                             \
  do {                                                                                                            \
    if (!(condition)) [[unlikely]]                                                                                \
      ::reslab::core::assertion_failed(#condition, __FILE__, __LINE__, ::reslab::core::concatenate(__VA_ARGS__)); \
  } while (false)
