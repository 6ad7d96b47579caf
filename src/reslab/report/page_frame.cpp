#include "reslab/report/page_frame.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "reslab/core/base64.h"
#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/core/json_text.h"
#include "reslab/core/printable.h"
#include "reslab/report/page/embedded.h"

namespace reslab::report {
namespace {

using FrameJson = nlohmann::ordered_json;

std::string escaped_html(std::string_view text) {
  std::string html;
  for (const char letter : core::printable(text)) switch (letter) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += letter;
    }
  return html;
}

// As a policy names a script or style that may be used: by its hash.
std::string source_hash(std::string_view text) {
  const std::string digits = core::sha256(std::as_bytes(std::span(text)));
  std::vector<std::byte> digest;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    digest.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return "'sha256-" + core::base64(digest) + "'";
}

// Puts each text in its {{place}}, in one pass: what a text holds isn't looked at again.
std::string filled(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& texts) {
  std::string result;
  for (std::size_t open = 0; (open = page.find("{{")) != std::string_view::npos;) {
    const std::size_t close = page.find("}}", open);
    RESLAB_ASSERT(close != std::string_view::npos, "a place without an end");
    const std::string_view name = page.substr(open + 2, close - open - 2);
    const auto text = std::ranges::find_if(texts, [&](const auto& entry) { return entry.first == name; });
    RESLAB_ASSERT(text != texts.end(), "no text for ", name);
    result.append(page.substr(0, open)).append(text->second);
    page.remove_prefix(close + 2);
  }
  return result.append(page);
}

// What files say is shown as core/printable.h has it, wherever the page puts it.
FrameJson printable_json(const FrameJson& json) {
  if (json.is_string()) return core::printable(json.get<std::string>());
  if (!json.is_structured()) return json;
  FrameJson shown = json.is_array() ? FrameJson::array() : FrameJson::object();
  for (const auto& [key, value] : json.items())
    if (json.is_array())
      shown.push_back(printable_json(value));
    else
      shown[key] = printable_json(value);
  return shown;
}

// JSON has these letters in its texts alone, where \u says the same.
std::string escaped_json(const std::string& json) {
  std::string text;
  text.reserve(json.size() + json.size() / 64);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i);
    if (json[i] == '<') {
      text += "\\u003c";
    } else if (json[i] == '>') {
      text += "\\u003e";
    } else if (json[i] == '&') {
      text += "\\u0026";
    } else if (rest.starts_with("\u2028") || rest.starts_with("\u2029")) {
      text += rest.starts_with("\u2028") ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      text += json[i];
    }
  }
  return text;
}

}  // namespace

std::string framed(const Frame& frame) {
  const std::string style(embedded::page_style);
  const std::string policy = "default-src 'none'; img-src data:; style-src " + source_hash(style) + "; script-src " +
                             source_hash(frame.script) + " " + source_hash(frame.chart) +
                             "; base-uri 'none'; form-action 'none'";
  return filled(embedded::page_template, {{"policy", policy},
                                          {"title", escaped_html(frame.title + " · reslab")},
                                          {"style", style},
                                          {"data", frame.data},
                                          {"chart", frame.chart},
                                          {"script", frame.script}});
}

std::string script_json(const nlohmann::ordered_json& json) {
  return escaped_json(core::json_text(printable_json(json)));
}

}  // namespace reslab::report
