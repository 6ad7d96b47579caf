// The picture of `reslab data show`: one row a sample, plain and then as augmentation changes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reslab/core/error.h"
#include "reslab/data/split.h"

namespace reslab::cli {

struct ShowOptions {
  std::filesystem::path output = "samples.png";
  int rows = 10;     ///< samples, of class 0, 1, …, and again from 0; ≥ 1
  int versions = 8;  ///< augmented ones, as they come in epochs 0, 1, …; ≥ 0
  std::uint64_t seed = 0;
  std::string recipe = "original";
  bool test = false;
};

core::ExitCode show_samples(const data::Splits& splits, const ShowOptions& options);

}  // namespace reslab::cli
