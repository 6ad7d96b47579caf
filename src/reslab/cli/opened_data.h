// The data set of a command, whatever it is: one that has a name, a folder of its files, or pictures in folders or a
// list.
//
//   const OpenedData data = open_data(flags, recipe, {.splits = run.path / "splits.csv"});
//   train::Trainer trainer(recipe, data.splits, …);
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/cli/data_options.h"
#include "reslab/core/error.h"
#include "reslab/data/eval_transform.h"
#include "reslab/data/split.h"
#include "reslab/pictures/open.h"
#include "reslab/recipe/recipe.h"
#include "reslab/track/run_folder.h"

namespace reslab::cli {

struct OpenedData {
  data::Splits splits;
  std::shared_ptr<const pictures::OpenedPictures> pictures = nullptr;  ///< null for a data set that isn't picture files

  /// Whether pictures that were asked for are left out: the command ends with exit code 1.
  bool some_skipped() const { return pictures != nullptr && pictures->set.some_skipped(); }
};

/// What pictures are opened for. Of no effect on other data sets.
struct DataUse {
  std::filesystem::path splits = {};  ///< splits.csv of the run that the data belong to; empty: the recipe's splits
  /// Text of a splits.csv, in place of it: the pictures have to be exactly those that it names.
  std::shared_ptr<const std::string> splits_text = nullptr;
  std::vector<std::string> classes = {};   ///< of a network that is only evaluated; empty: those of the training split
  std::optional<data::ImageFit> fit = {};  ///< of a network's weights; none: the recipe's
  int channels = 0;                        ///< of a network's weights; 0: as the recipe says
  std::optional<image::SampleRange> range16 = {};  ///< of a network's weights; none: of the training pictures
  /// Behind transparent pixels, of a network's weights; none: the recipe's.
  std::optional<std::array<std::uint8_t, 3>> background = {};
  bool quiet = false;   ///< say only what is left out
  bool silent = false;  ///< say nothing at all, since it was said before
};

/// How open_data opens a folder of picture files, but for a display of progress.
pictures::OpenOptions picture_opening(const std::string& folder, const DataFlags& flags, const recipe::Recipe& recipe,
                                      const DataUse& use = {});

/// Whether `name` is a folder of picture files rather than of a data set that has a name; `listed`: a list of labels
/// goes with it.
bool is_of_pictures(const std::string& name, bool listed);

/// The recipe that is meant where nobody names one: that for photographs where --data is a folder of picture files,
/// which is said unless `quiet`, else default_recipe.
std::string recipe_for_data(const DataFlags& flags, bool listed, bool quiet);

/// Throws UserError where a folder of runs would lie within a folder of pictures, among which nothing is ever written.
void check_apart(const std::string& data, const std::filesystem::path& runs);

/// The use for a run: with the splits that it keeps, where it does.
DataUse use_of(const track::RunFolder& run);

/// Writes the run's splits.csv, where the data set is one of picture files.
void keep_splits(const OpenedData& data, const track::RunFolder& run);

/// The exit code of a command that went well on these data: pictures may have been left out.
inline core::ExitCode with_skipped(core::ExitCode code, const OpenedData& data) {
  return code == core::ExitCode::ok && data.some_skipped() ? core::ExitCode::some_inputs_skipped : code;
}

/// Opens what the flags name, or the recipe's data set where they name nothing; fetches it when it is missing. Says on
/// standard error what was found in a folder of pictures. Throws UserError.
OpenedData open_data(const DataFlags& flags, const recipe::Recipe& recipe, const DataUse& use = {});

/// The pictures that such a data set has, all in the training split but those of a given test split, which are set
/// aside (pictures/set_aside.h); for those who divide them. Says on standard error what was found. Throws UserError.
/// Requires: is_of_pictures.
pictures::PictureSet find_pool(const DataFlags& flags, const recipe::Recipe& recipe, bool quiet);

/// Says what is to be said of findings: notes only where they aren't `quiet`.
void say_findings(const pictures::Findings& findings, bool quiet);

/// The same for commands without a recipe: a data set by name, a folder, or `otherwise`.
OpenedData open_data(const DataFlags& flags, const std::string& otherwise);

}  // namespace reslab::cli
