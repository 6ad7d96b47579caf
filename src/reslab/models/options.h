// The options of a network: each described once, in the network's own table, and the values that somebody gives them.
// Recipes (model.NAME), files of weights (reslab.model_options), checks and the manual all go by that table.
//
//   const std::vector<Option> options{
//       {.name = "width", .initial = 64, .meaning = "channels of the first layer", .least = 1, .most = 4096}};
//   const Settings settings(options, {.classes = 10, .in_channels = 3, .values = {{"width", 16}}});
//   settings.whole("width");   // 16
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reslab/core/required.h"

namespace reslab::models {

/// The type of an option is that of its initial value.
using OptionValue = std::variant<bool, std::int64_t, double, std::string>;

/// By name. What isn't there has its initial value.
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

struct Option {
  std::string name;                       ///< as in model.NAME
  OptionValue initial;                    ///< never changes: what has it isn't part of a recipe's hash
  std::string meaning;                    ///< one line, for the manual
  double least = 0, most = 0;             ///< bounds of a number, both allowed
  std::vector<std::string> choices = {};  ///< of a text, at least one
  bool in_weights_file = true;            ///< otherwise it only says how weights begin, and a file needn't say it
};

/// What a network is made for, and the values of its own options.
struct Options {
  core::Required<std::int64_t> classes;      ///< ≥ 1
  core::Required<std::int64_t> in_channels;  ///< ≥ 1
  OptionValues values = {};
};

/// nullptr when there is none of this name.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// "64", "true", "gelu".
std::string option_text(const OptionValue& value);

/// Throws UserError where `values` has a name that the network doesn't know (the nearest of its own is offered), or a
/// value of another type or out of bounds.
void check_options(const std::string& network, const std::vector<Option>& options, const OptionValues& values);

/// The value of every option, given or initial.
class Settings {
 public:
  /// Requires: `given.values` has passed check_options.
  Settings(const std::vector<Option>& options, const Options& given);

  std::int64_t classes() const { return classes_; }
  std::int64_t in_channels() const { return in_channels_; }

  /// By name. Require: the network's table has an option of this name and type.
  bool flag(std::string_view name) const { return value<bool>(name); }
  std::int64_t whole(std::string_view name) const { return value<std::int64_t>(name); }
  double number(std::string_view name) const { return value<double>(name); }
  const std::string& text(std::string_view name) const { return value<std::string>(name); }

 private:
  template <typename T>
  const T& value(std::string_view name) const;

  std::int64_t classes_, in_channels_;
  OptionValues values_;
};

}  // namespace reslab::models
