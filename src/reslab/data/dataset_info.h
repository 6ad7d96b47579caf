// What a data set's samples are like: all that networks, summaries, ledgers and files of weights need to know of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::data {

struct DatasetInfo {
  std::string name;                   ///< "cifar10"
  std::vector<std::string> classes;   ///< names by label, at least one
  std::int64_t channels = 0;          ///< of every sample, ≥ 1
  std::optional<augment::Size> size;  ///< of every sample, in pixels; none where they differ in size

  std::int64_t class_count() const { return static_cast<std::int64_t>(classes.size()); }
};

}  // namespace reslab::data
