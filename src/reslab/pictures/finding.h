// What was met while pictures were looked for that a user may want to know: for a table, a page, JSON, an exit code.
//
//   Findings findings;
//   findings.add({.kind = "hidden", .severity = Severity::note, .text = "3 hidden files were skipped", .count = 3,
//                 .examples = first_of(paths)});
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reslab::pictures {

enum class Severity : std::uint8_t {
  note,     ///< for information
  warning,  ///< a result may be worth less for it
  skipped,  ///< pictures that were asked for are left out: exit code 1 (core::ExitCode::some_inputs_skipped)
};

/// "note", "warning", "skipped".
constexpr std::string_view name_of(Severity severity) {
  return severity == Severity::note ? "note" : severity == Severity::warning ? "warning" : "skipped";
}

struct Finding {
  std::string kind;  ///< one lower-case word or several with '-', the same in every version: "hidden", "empty-class"
  Severity severity = Severity::note;
  std::string text;                   ///< a sentence, with the number; what to do, where there is something
  std::uint64_t count = 0;            ///< of what it is about
  std::vector<std::string> examples;  ///< some, or all where the text says so; bytes as they are (core/printable.h)
};

using Findings = std::vector<Finding>;

/// Examples that a finding has as a rule.
constexpr std::size_t usual_examples = 10;

/// The first of them.
inline std::vector<std::string> first_of(std::span<const std::string> all) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), usual_examples))};
}

/// Adds a finding about all of `names`, unless there are none.
inline void add_finding(Findings& findings, std::string kind, Severity severity, std::string text,
                        std::span<const std::string> names) {
  if (names.empty()) return;
  findings.push_back({.kind = std::move(kind),
                      .severity = severity,
                      .text = std::move(text),
                      .count = names.size(),
                      .examples = first_of(names)});
}

}  // namespace reslab::pictures
