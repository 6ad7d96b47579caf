#include "reslab/report/page.h"

#include "reslab/core/base64.h"
#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/core/printable.h"
#include "reslab/report/page/embedded.h"

namespace reslab::report {
namespace {

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

// The scripts are one, so that a name declared in one file is known in the next.
std::string own_script() {
  std::string script;
  for (const std::string_view file :
       {embedded::page_tools, embedded::page_curves, embedded::page_errors, embedded::page_start})
    script += file;
  return script;
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

}  // namespace

std::string render_page(const Page& page) {
  RESLAB_ASSERT(!page.runs.empty(), "a report of nothing");
  const std::string script = own_script(), chart(embedded::chart_library), style(embedded::page_style);
  const std::string policy = "default-src 'none'; img-src data:; style-src " + source_hash(style) + "; script-src " +
                             source_hash(script) + " " + source_hash(chart) + "; base-uri 'none'; form-action 'none'";
  return filled(embedded::page_template, {{"policy", policy},
                                          {"title", escaped_html(page.title + " · reslab")},
                                          {"style", style},
                                          {"data", page_json(page)},
                                          {"chart", chart},
                                          {"script", script}});
}

}  // namespace reslab::report
