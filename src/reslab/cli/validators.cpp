#include "reslab/cli/validators.h"

#include <algorithm>

#include "reslab/core/nearest.h"

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

CLI::Validator one_of(const std::vector<std::string>& names) {
  return CLI::Validator(
      [names](const std::string& text) -> std::string {
        if (std::ranges::find(names, text) != names.end()) return "";
        const std::string remedy = core::did_you_mean(text, names);
        return "'" + text + "' isn't one of " + core::join(names) + (remedy.empty() ? "" : "; " + remedy);
      },
      "{" + core::join(names, ",") + "}");
}

CLI::Validator not_empty() {
  return CLI::Validator(
      [](const std::string& text) -> std::string { return text.empty() ? "it is empty; leave the option out" : ""; },
      "");
}

}  // namespace reslab::cli
