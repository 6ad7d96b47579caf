// What several trainings of one command have in common: a run each in one folder, which are begun, gone on with and
// told of in turn.
//
//   const auto held = lock_campaign(folder);
//   const PartsTrained trained = train_parts({.folder = folder, .noun = "seed", .count = 5, .part = …}, {});
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reslab/cli/training.h"
#include "reslab/report/opened_run.h"
#include "reslab/track/campaign.h"

namespace reslab::cli {

/// Throws UserError where the run was begun by another recipe.
void check_same_recipe(const track::RunFolder& run, const recipe::Recipe& recipe);

/// One training of several.
struct CampaignPart {
  track::RunFolder run;
  recipe::Recipe recipe;
  TrainingFlags flags;
  std::string title = {};  ///< said before it is trained; "": nothing
};

/// What is trained, one after the other.
struct Campaign {
  std::filesystem::path folder;
  std::string noun;                                       ///< "seed"
  std::int64_t count = 0;                                 ///< ≥ 1
  std::function<CampaignPart(std::int64_t number)> part;  ///< numbers count from 1
  /// Of a finished part: the accuracy of one view and the cost are asked of it, which the training doesn't tell.
  std::function<report::OpenedRun(const CampaignPart&)> open;
  /// The rows of campaign.csv, of those that are done; may add some of an earlier command's.
  std::function<std::vector<track::CampaignRow>(const std::vector<track::CampaignRow>& done)> table;
};

struct PartsTrained {
  std::vector<track::CampaignRow> rows;  ///< of those that are done, in order
  bool all = false;                      ///< whether all are
  core::ExitCode code = core::ExitCode::ok;
};

/// Trains the parts in turn, each from where it was: what is finished stays, what was interrupted goes on. Writes
/// campaign.csv after each. Where it ends early, it says how to go on. `earlier`: the rows of campaign.csv as it was,
/// from which figures of finished parts are taken. Requires: the campaign is locked.
PartsTrained train_parts(const Campaign& campaign, const std::vector<track::CampaignRow>& earlier);

/// "91.20 % ± 0.40 (95 % interval; deviation 0.32, 90.80 to 91.50)", of percentages.
std::string mean_text(const track::Summary& percent);

/// Nobody else trains in the folder while the lock is held. Throws UserError where somebody does.
std::unique_ptr<core::FileLock> lock_campaign(const std::filesystem::path& folder);

/// Where a campaign lies: a new folder by time and recipe, or the one that is named. Throws UserError for a bad name.
struct CampaignPlace {
  std::filesystem::path folder;
  track::NewRun place;
  bool named = false;

  /// Makes the folder, where it isn't there yet, and says where it is.
  std::filesystem::path make() const;
};
CampaignPlace campaign_place(const TrainingFlags& flags, const std::string& recipe, const std::string& name);

/// Whether trainings by `recipe` can be in `folder`, before anything is made. Throws UserError.
void check_campaign_folder(const std::string& recipe, const std::filesystem::path& folder);

}  // namespace reslab::cli
