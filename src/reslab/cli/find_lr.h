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
std::string describe_lr(const train::LrChoice& choice, const train::RangeTests& tests, const recipe::Recipe& recipe);

struct FoundLr {
  train::LrChoice choice;
  std::filesystem::path file;  ///< the find-lr.toml that says it
};

/// The choice in a find-lr.toml, or in the run of that name or path. Throws UserError.
FoundLr find_lr_choice(const std::string& run_or_file, const std::filesystem::path& runs);

/// What the rate was found for, where that isn't what it is used for; else "". `used` has the rate already. Another
/// recipe is known by its name and hash; other values of the same one where the test's recipe.toml lies beside the
/// file, without those that don't change the test: seed, length, schedule, evaluation.
std::string found_for_another(const FoundLr& found, const recipe::Recipe& used);

}  // namespace reslab::cli
