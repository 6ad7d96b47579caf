// The options that choose among mistakes: the same in `mistakes` and `explain`.
#pragma once

#include <optional>
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

/// A search that found nothing, for the message that says so.
struct NothingFound {
  std::string verb;                           ///< what was attempted: "show the mistakes of …"
  std::int64_t samples = 0;                   ///< of the data set
  std::string dataset;                        ///< its name
  std::string run;                            ///< whose network it is, as commands take it
  std::optional<std::int64_t> mistakes = {};  ///< of all classes, where that is known
  bool suspects = false;                      ///< looked for were suspected labels, not mistakes
};

/// That there is nothing to show, and why: by the choice, by the criterion of a suspect, or since nothing is wrong.
core::UserError nothing_to_show(const MistakeFlags& flags, const NothingFound& nothing);

}  // namespace reslab::cli
