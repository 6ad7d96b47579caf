#include "reslab/cli/validators.h"

namespace reslab::cli {
namespace {

CLI::Validator number(bool zero_too) {
  const std::string allowed = zero_too ? "a number from 0 on" : "a number above 0";
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        double value = 0;
        const bool good = CLI::detail::lexical_cast(text, value) && (value > 0 || (zero_too && value == 0));
        return good ? "" : "'" + text + "' isn't " + allowed;
      },
      "");
}

}  // namespace

CLI::Validator above_zero() { return number(false); }
CLI::Validator from_zero() { return number(true); }

CLI::Validator not_empty() {
  return CLI::Validator(
      [](const std::string& text) -> std::string { return text.empty() ? "it is empty; leave the option out" : ""; },
      "");
}

}  // namespace reslab::cli
