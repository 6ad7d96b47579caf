// The same recipe over several seeds: what each gave, and what they say together.
//
//   const track::Summary accuracy = track::summarise({0.9391, 0.9405, 0.9398});
//   accuracy.mean; accuracy.deviation; accuracy.half_interval;   // mean ± half_interval holds the true mean, 95 % of
//   times
//
// campaign.csv has one row a seed, none left out (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::track {

struct Summary {
  std::int64_t n = 0;
  double mean = 0;
  double deviation = 0;      ///< of the sample, with n − 1; 0 for n = 1
  double half_interval = 0;  ///< of the 95 % interval for the mean by Student's t; 0 for n = 1
  double least = 0, most = 0;
};

/// At least one value.
Summary summarise(std::span<const double> values);

/// The value that |t| of so many degrees of freedom (≥ 1) exceeds with probability 5 %.
double student_t95(std::int64_t degrees);

/// One finished seed.
struct CampaignRow {
  std::uint64_t seed = 0;
  std::string run = {};          ///< folder, relative to the campaign's
  double test_accuracy = 0;      ///< in [0, 1], after the last epoch, with the recipe's test-time augmentation
  double one_view_accuracy = 0;  ///< the same network's, by each image alone
  double test_loss = 0;          ///< mean over the samples
  double seconds = 0;            ///< training of all epochs and the last evaluation; those between decide nothing
  double process_seconds = 0;    ///< from start to end, everything included; 0 (in the file: empty) where the seed was
                                 ///< interrupted
  double training_flop = 0;      ///< by the ledger (train/flop_ledger.h)
  std::string limited = {};      ///< limits_of its recipe; "" for a whole training and test
};

/// What cuts a recipe's epochs and tests short, so that its figures are no results: "data.limit_batches=2",
/// "data.overfit_batches=1", both with a space between, or "" for none.
std::string limits_of(const recipe::Recipe& recipe);

/// Writes all rows durably.
void write_campaign(const std::filesystem::path& path, std::span<const CampaignRow> rows);

/// What write_campaign wrote, or an earlier version did, which didn't say what limited the rows; nothing where there is
/// no file, or one of other columns: its figures can be had anew.
std::vector<CampaignRow> read_campaign(const std::filesystem::path& path);

}  // namespace reslab::track
