// The only writer of JSON in the program (tests/core/source_rules_test.cpp holds that).
//
//   std::cout << core::json_text(json, 2) << '\n';
//   core::write_file(path, core::json_text(json));
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace reslab::core {

/// JSON that every parser reads, whatever bytes its texts hold: a byte that isn't UTF-8 stands as U+FFFD, and what
/// core/printable.h doesn't show as an escape (\u001b), which says the same. Never throws for a value. `indent`: blanks
/// a level; −1: all in one line.
std::string json_text(const nlohmann::json& json, int indent = -1);
std::string json_text(const nlohmann::ordered_json& json, int indent = -1);

}  // namespace reslab::core
