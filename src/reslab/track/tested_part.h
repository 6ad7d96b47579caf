// Accuracies that aren't of the whole test set are marked wherever they are told.
#pragma once

#include <string>

#include "reslab/train/recipe.h"

namespace reslab::track {

/// What the figures of a run of this recipe were measured on, where that is a part of the test set or no test at all:
/// "the first 2 batches of the test set (data.limit_batches)"; "" for the whole test set.
std::string tested_part(const train::Recipe& recipe);

/// What stands behind such a figure.
inline constexpr const char* part_mark = " *";

/// What a mark means, in a line: "* of the first 2 batches of … alone: not to be compared with …".
std::string part_note(const std::string& part);

}  // namespace reslab::track
