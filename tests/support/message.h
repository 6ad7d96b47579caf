// What an error says.
#pragma once

#include <exception>
#include <string>

namespace reslab::support {

/// The message of the `Error` that `call` throws, or "" when it throws nothing. Other exceptions pass through.
template <typename Error, typename Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace reslab::support
