#include "reslab/recipe/override.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/recipe/number.h"
#include "reslab/recipe/toml.h"
#include "reslab/recipe/value.h"

namespace reslab::recipe {
namespace {

using core::UserError;

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// "[pad, cutout]", as a shell leaves it, or "pad,cutout".
std::vector<Value> split_list(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<Value> items;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::optional<Value> value = parse_toml_value(trim(item));
    items.push_back(value ? *value : Value{std::string(trim(item))});
  }
  return items;
}

template <typename T>
bool holds(const Field* field) {
  return field != nullptr && std::holds_alternative<Access<T>>(field->access);
}

Value override_value(const std::string& key, const std::string& text) {
  const Field* field = find_field(key);
  const std::optional<Value> value = parse_toml_value(text);
  // `data.name=5` means the text.
  if (holds<std::string>(field))
    return value && std::holds_alternative<std::string>(value->data) ? *value : Value{text};
  if (holds<std::vector<double>>(field) || holds<std::vector<std::string>>(field))
    return value && std::holds_alternative<std::vector<Value>>(value->data) ? *value : Value{split_list(text)};
  if (value) return *value;
  if (const std::optional<double> number = parse_number(text); number && holds<double>(field)) return {*number};
  return {text};
}

}  // namespace

std::pair<std::string, std::string> parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || trim(text.substr(0, equals)).empty())
    throw UserError({.attempted = "read the setting '" + std::string(text) + "'",
                     .found = equals == std::string_view::npos ? "no '='" : "no key before the '='",
                     .allowed = "key=value, such as loss.label_smoothing=0.1"});
  return {std::string(trim(text.substr(0, equals))), std::string(trim(text.substr(equals + 1)))};
}

void apply_override(Recipe& recipe, const std::string& key, const std::string& text) {
  const Assignment assignment{
      .key = key, .value = override_value(key, text), .attempted = "set " + key + " to '" + text + "'", .place = {}};
  if (!is_toml_line(text)) throw UserError({.attempted = "set " + key, .found = "not one line of UTF-8 text"});
  assign(recipe, assignment);
}

}  // namespace reslab::recipe
