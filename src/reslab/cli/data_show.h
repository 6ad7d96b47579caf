// The picture of `reslab data show`: one row a sample, plain and then as augmentation changes it. Where the recipe
// mixes the images of a batch, the samples of an epoch's column are the batch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reslab/core/error.h"
#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"

namespace reslab::cli {

struct ShowOptions {
  std::filesystem::path output = "samples.png";
  int rows = 10;     ///< samples, of class 0, 1, …, and again from 0; ≥ 1
  int versions = 8;  ///< augmented ones, as they come in epochs 0, 1, …; ≥ 0
  std::uint64_t seed = 0;
  std::string recipe;  ///< its name, for the title
  bool test = false;
};

/// Writes it, and names it on standard output, with what was drawn for each batch that is mixed. Throws UserError.
core::ExitCode show_samples(const data::Splits& splits, const recipe::Recipe& recipe, const ShowOptions& options);

}  // namespace reslab::cli
