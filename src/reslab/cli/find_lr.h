// What `find-lr` does after its options were read: for `experiment` too.
#pragma once

#include <optional>
#include <string>

#include "reslab/track/run_folder.h"
#include "reslab/train/lr_choice.h"

namespace reslab::cli {

/// Writes find-lr.toml, find-lr.csv and find-lr.png into `run`. False when gnuplot isn't installed, and so no picture
/// was drawn.
bool write_lr_files(const track::RunFolder& run, const train::LrChoice& choice, const train::RangeTests& tests,
                    const train::RangeTestOptions& options);

/// The table of suggestions, the verdict and its numbers, for people: lines, each ended by '\n'.
std::string describe_lr(const train::LrChoice& choice, const train::RangeTests& tests, const train::Recipe& recipe);

/// The choice in a find-lr.toml, or in the run of that name or path. Throws UserError.
train::LrChoice find_lr_choice(const std::string& run_or_file, const std::filesystem::path& runs);

}  // namespace reslab::cli
