// What all pages have in common: one HTML file that holds all it needs, its policy, and data that is never markup.
//
//   const std::string html = framed({.title = "photos", .data = script_json(json), .script = script});
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace reslab::report {

struct Frame {
  std::string title;       ///< of the window; any text
  std::string data;        ///< as script_json gives it
  std::string script;      ///< the page's own, which makes its content of the data
  std::string chart = {};  ///< a library that the script needs
};

/// The whole file. A Content-Security-Policy lets no other script run and nothing be fetched.
std::string framed(const Frame& frame);

/// JSON that may stand inside <script>: no <, > or &, no U+2028 or U+2029; texts are shown as core/printable.h has
/// them, and bytes that aren't UTF-8 are replaced.
std::string script_json(const nlohmann::ordered_json& json);

}  // namespace reslab::report
