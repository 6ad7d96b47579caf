// Real numbers as a recipe's text has them. Independent of the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reslab::recipe {

/// The shortest decimal that reads back to the same number: "0.0199", "1e-300".
std::string shortest_text(double number);

/// All of "0.0199", "1e-3", ".5"; nothing for other texts.
std::optional<double> parse_number(std::string_view text);

/// "5/24": the quotient, rounded once. Nothing for other texts, division by 0 included.
std::optional<double> parse_fraction(std::string_view text);

}  // namespace reslab::recipe
