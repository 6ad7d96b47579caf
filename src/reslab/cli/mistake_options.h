// The options that choose among mistakes: the same in `mistakes` and `explain`.
#pragma once

#include <string>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/explain/mistakes.h"

namespace CLI {
class App;
}

namespace reslab::cli {

struct MistakeFlags {
  std::string order = "sample";   ///< --order: "sample" or "loss"
  std::string actual, predicted;  ///< --actual, --predicted: names of classes; "": any
  std::int64_t count = 20;        ///< --count, ≥ 1
};

/// `flags` must live until the options were read.
void add_mistake_options(CLI::App& app, MistakeFlags& flags);

/// Without a limit. Throws UserError for unknown classes.
explain::MistakeFilter mistake_filter(const MistakeFlags& flags, const std::vector<std::string>& classes);

/// That there is nothing to show, among so many `samples` of the data set `name`.
core::UserError no_mistakes(const MistakeFlags& flags, const std::string& verb, std::int64_t samples,
                            const std::string& name);

}  // namespace reslab::cli
