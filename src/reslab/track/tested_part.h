// Accuracies that aren't of the whole test set are marked wherever they are told.
#pragma once

#include <optional>
#include <string>

#include "reslab/recipe/recipe.h"
#include "reslab/track/run_folder.h"

namespace reslab::track {

/// What the figures of a run of this recipe were measured on, where that is a part of the test set or no test at all:
/// "the first 2 batches of the test set (data.limit_batches)"; "" for the whole test set. `test_samples` is the size of
/// the whole test set; where it isn't known, data.limit_batches is taken to have left something out.
std::string tested_part(const recipe::Recipe& recipe, std::optional<std::int64_t> test_samples);

/// The same of a run of this recipe, by what it recorded. `tested` is how many samples an epoch's test looked at, or 0.
std::string tested_part(const RunFolder& run, const recipe::Recipe& recipe, std::int64_t tested);

/// What stands behind such a figure.
inline constexpr const char* part_mark = " *";

/// What a mark means, in a line: "* of the first 2 batches of … alone: not to be compared with …".
std::string part_note(const std::string& part);

}  // namespace reslab::track
