// The group of a picture by its path: the patient, the video, the part that several pictures show.
//
//   const GroupPattern pattern("(patient[0-9]+)_");
//   pattern.group_of("cat/patient12_left.png")    // patient12
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace reslab::pictures {

/// A regular expression (ECMAScript's, without back-references), searched for in the path relative to the data's
/// folder. The time is polynomial in the lengths of pattern and path, whatever they are.
class GroupPattern {
 public:
  /// Throws UserError for what is no such expression, has no capture, or is longer than 1,000 bytes.
  explicit GroupPattern(const std::string& pattern);
  ~GroupPattern();
  GroupPattern(const GroupPattern&) = delete;
  GroupPattern& operator=(const GroupPattern&) = delete;

  /// The first capture where the pattern is first found; nothing where it isn't found or captures nothing.
  std::optional<std::string> group_of(const std::string& path) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace reslab::pictures
