#include "reslab/pictures/groups.h"

#include <regex>

#include "reslab/core/error.h"

namespace reslab::pictures {

struct GroupPattern::Compiled {
  std::regex expression;
};

GroupPattern::GroupPattern(const std::string& pattern) {
  const auto refuse = [&](const std::string& found) {
    throw core::UserError({.attempted = "group pictures by the pattern '" + pattern + "'",
                           .found = found,
                           .allowed =
                               "a regular expression with a group in parentheses, such as (patient[0-9]+)_, without "
                               "back-references",
                           .remedy = "put the part of the path that names the group into parentheses"});
  };
  constexpr std::size_t longest = 1000;
  if (pattern.size() > longest) refuse(core::concatenate(pattern.size(), " bytes"));
  try {
    // libstdc++'s usual search goes back and forth: exponential time, and a recursion as deep as the path is long.
    compiled_ = std::make_unique<const Compiled>(
        Compiled{std::regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial)});
  } catch (const std::regex_error& error) {
    refuse(error.what());
  }
  if (compiled_->expression.mark_count() == 0) refuse("no group in parentheses");
}

GroupPattern::~GroupPattern() = default;

std::optional<std::string> GroupPattern::group_of(const std::string& path) const {
  std::smatch match;
  if (!std::regex_search(path, match, compiled_->expression) || match.length(1) == 0) return std::nullopt;
  return match.str(1);
}

}  // namespace reslab::pictures
