#include "reslab/core/error.h"

#include <system_error>
#include <utility>

#include "reslab/core/printable.h"

namespace reslab::core {
namespace {

std::string compose(const ErrorParts& parts) {
  // Each part is a line of its own: what a path or a file puts into it can't look like another.
  std::string text = "could not " + printable(parts.attempted);
  if (!parts.found.empty()) text += ": " + printable(parts.found);
  if (!parts.allowed.empty()) text += "\n  allowed: " + printable(parts.allowed);
  if (!parts.remedy.empty()) text += "\n  what to do: " + printable(parts.remedy);
  return text;
}

}  // namespace

UserError::UserError(ErrorParts parts) : std::runtime_error(compose(parts)), parts_(std::move(parts)) {}

std::string system_message(int error_number) { return std::generic_category().message(error_number); }

void assertion_failed(const char* expression, const char* file, int line, const std::string& message) {
  throw InternalError(concatenate("internal error: ", expression, " does not hold at ", file, ':', line,
                                  message.empty() ? "" : ": ", message));
}

}  // namespace reslab::core
