#include "reslab/core/json_text.h"

#include <nlohmann/json.hpp>

#include "reslab/core/printable.h"

namespace reslab::core {
namespace {

// In what nlohmann writes a line's end stands between values alone, and all other letters that are escaped here stand
// in texts.
template <typename Json>
std::string text_of(const Json& json, int indent) {
  return printable_lines(json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace

std::string json_text(const nlohmann::json& json, int indent) { return text_of(json, indent); }
std::string json_text(const nlohmann::ordered_json& json, int indent) { return text_of(json, indent); }

}  // namespace reslab::core
