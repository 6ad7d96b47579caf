// Networks for tests that are about something else.
#pragma once

#include <string>

#include "reslab/models/network.h"

namespace reslab::support {

/// For ten classes and three channels; of `values` those that the network has an option for.
inline models::Options options_for(const std::string& network, const models::OptionValues& values) {
  models::Options options{.classes = 10, .in_channels = 3};
  for (const auto& [name, value] : values)
    if (models::find_option(models::kind(network).options, name) != nullptr) options.values.emplace(name, value);
  return options;
}

}  // namespace reslab::support
