// A table of options: what a network, a policy or anything else that recipes name can be told. Each option is described
// once, in the table of what it belongs to; recipes, files, checks and the manual all go by that table.
//
//   const std::vector<core::Option> options{
//       {.name = "width", .initial = 64, .meaning = "channels of the first layer", .least = 1, .most = 4096}};
//   const core::Settings settings(options, {{"width", 16}});
//   settings.whole("width");   // 16
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace reslab::core {

/// The type of an option is that of its initial value.
using OptionValue = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;

/// By name. What isn't there has its initial value.
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

struct Option {
  std::string name;                       ///< as in model.NAME
  OptionValue initial;                    ///< never changes: what has it isn't part of a recipe's hash
  std::string meaning;                    ///< one line, for the manual
  double least = 0, most = 0;             ///< bounds of a number, or of each of a list, both allowed
  std::vector<std::string> choices = {};  ///< of a text, at least one
  bool in_weights_file = true;            ///< otherwise it only says how weights begin, and a file needn't say it
};

/// nullptr when there is none of this name.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// "64", "true", "gelu", "[0.5, 1]".
std::string option_text(const OptionValue& value);

/// Throws UserError that begins with `attempted` where `values` has a name that isn't among the options (the nearest of
/// them is offered), or a value of another type or out of bounds. `owner`: "this network".
void check_options(const std::string& attempted, const std::string& owner, const std::vector<Option>& options,
                   const OptionValues& values);

/// The value of every option, given or initial.
class Settings {
 public:
  /// Requires: `values` has passed check_options.
  Settings(const std::vector<Option>& options, const OptionValues& values);

  /// By name. Require: the table has an option of this name and type.
  bool flag(std::string_view name) const { return value<bool>(name); }
  std::int64_t whole(std::string_view name) const { return value<std::int64_t>(name); }
  double number(std::string_view name) const { return value<double>(name); }
  const std::string& text(std::string_view name) const { return value<std::string>(name); }
  const std::vector<double>& numbers(std::string_view name) const { return value<std::vector<double>>(name); }
  /// The same where they are whole.
  std::vector<std::int64_t> wholes(std::string_view name) const;

 private:
  template <typename T>
  const T& value(std::string_view name) const;

  OptionValues values_;
};

}  // namespace reslab::core
