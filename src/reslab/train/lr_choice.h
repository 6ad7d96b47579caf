// The files of a learning-rate range test: find-lr.toml, the value that it recommends and what it rests on, and
// find-lr.csv, its curve (docs/formats.md).
//
//   train::write_lr_choice("find-lr.toml", choice);
//   const train::LrChoice read = train::read_lr_choice("find-lr.toml");
#pragma once

#include <filesystem>
#include <string>

#include "reslab/train/range_test.h"

namespace reslab::train {

/// What find-lr.toml says: as much as is needed to use it, and to know where it comes from.
struct LrChoice {
  double lr = 0;                    ///< recommended, in (0, 1000]; 0 where the curve gives none by the rule, or is flat
  std::string rule;                 ///< by which, name_of(LrRule); "" where the file doesn't say
  std::string verdict;              ///< name_of(LrVerdict); likewise
  std::string recipe, recipe_hash;  ///< what was tested; likewise
};

/// The suggestion by `rule` as a choice, for tests of `recipe`; its lr is 0 when the curve doesn't give one or doesn't
/// fall clearly: of a flat curve each rule gives some rate, and none means anything.
LrChoice choose_lr(const RangeTests& tests, LrRule rule, const recipe::Recipe& recipe);

/// Why none is recommended by `rule`, and what to do: how many steps the curve has and how many are needed, or how far
/// it falls and how far it must.
core::UserError no_choice(const RangeTests& tests, LrRule rule, const RangeTestOptions& options);

/// Writes the choice with all suggestions, the numbers behind the verdict and the test's options; without the key
/// `recommended` where there is none. Durable.
void write_lr_choice(const std::filesystem::path& path, const LrChoice& choice, const RangeTests& tests,
                     const RangeTestOptions& options);

/// Reads what write_lr_choice wrote; of a file by hand `recommended` alone is needed. Throws UserError.
LrChoice read_lr_choice(const std::filesystem::path& path);

/// A row a step of each test: repeat,seed,step,lr,loss,smoothed_loss. Durable.
void write_range_tests(const std::filesystem::path& path, const RangeTests& tests);

}  // namespace reslab::train
