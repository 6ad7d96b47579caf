// TOML to assignments and back. The only file that sees the TOML library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/recipe/value.h"

namespace reslab::recipe {

/// Most bytes of a recipe.
inline constexpr std::size_t max_recipe_bytes = std::size_t{64} << 10;

/// Every key of the text, in the order in which it was written, tables before what they hold. `source` is named in
/// errors. Throws UserError with source and line for what isn't TOML, is too long, nests too deeply, or has a key
/// twice.
std::vector<Assignment> read_toml(std::string_view toml, const std::string& source);

/// `text` where it is one TOML value: "0.1", "[1, 2]", "\"text\"".
std::optional<Value> parse_toml_value(std::string_view text);

/// Whether a recipe can hold the text: UTF-8 without control characters.
bool is_toml_line(std::string_view text);

/// The reverse of parse_toml_value. Not for a TableMark or OtherKind.
std::string toml_value(const Value& value);

}  // namespace reslab::recipe
