// What a network is made for, and the values of its own options (core/option.h), which each network describes in a
// table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/core/option.h"
#include "reslab/core/required.h"

namespace reslab::models {

using core::find_option;
using core::Option;
using core::option_text;
using core::OptionValue;
using core::OptionValues;

/// What a network is made for, and the values of its own options.
struct Options {
  core::Required<std::int64_t> classes;      ///< ≥ 1
  core::Required<std::int64_t> in_channels;  ///< ≥ 1
  OptionValues values = {};
};

/// Throws UserError where `values` has a name that the network doesn't know (the nearest of its own is offered), or a
/// value of another type or out of bounds.
inline void check_options(const std::string& network, const std::vector<Option>& options, const OptionValues& values) {
  core::check_options("make the network '" + network + "'", "this network", options, values);
}

/// The value of every option, given or initial.
class Settings : public core::Settings {
 public:
  /// Requires: `given.values` has passed check_options.
  Settings(const std::vector<Option>& options, const Options& given)
      : core::Settings(options, given.values), classes_(given.classes), in_channels_(given.in_channels) {}

  std::int64_t classes() const { return classes_; }
  std::int64_t in_channels() const { return in_channels_; }

 private:
  std::int64_t classes_, in_channels_;
};

}  // namespace reslab::models
