// A network whose file of weights doesn't say what it is, described by options: weights of PyTorch, or of another
// program, need no more than the recipe or the model's name.
//
//   add_description_options(app, flags);
//   … later:
//   check_description(flags, train::missing_description(path), path);
//   auto loaded = train::load_network(path, described_metadata(flags, path, splits.train));
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"
#include "reslab/serialization/weights.h"

namespace CLI {
class App;
}

namespace reslab::cli {

struct DescriptionFlags {
  std::string recipe;            ///< --recipe: a name, or the path of a .toml file; "": none
  std::string model;             ///< --model: a name; "": the recipe's
  std::vector<std::string> set;  ///< --set: "key=value"
  std::string classes;           ///< --classes: names by commas, or the path of a file; "": the data set's

  bool given() const { return !recipe.empty() || !model.empty() || !set.empty() || !classes.empty(); }
};

/// `flags` must live until the options were read. Of a command that has a --set already, that one counts:
/// `with_set` is false then, and flags.set is the caller's to fill.
void add_description_options(CLI::App& app, DescriptionFlags& flags, bool with_set = true);

/// Throws UserError where the file at `path` lacks metadata (`missing`: train::missing_description) that nothing can
/// stand in for without an option, and names the options; and where an option would have no effect.
void check_description(const DescriptionFlags& flags, const std::vector<std::string>& missing,
                       const std::filesystem::path& path);

/// The recipe that the options make; none without --recipe, --model and --set. Throws UserError for a key that says
/// nothing of a network that is trained already.
std::optional<recipe::Recipe> described_recipe(const DescriptionFlags& flags);

/// Metadata for a network of these options that was trained on `train`: the data set's classes and size of images, and
/// the mean and standard deviation that the recipe gives, or else those of `train`.
serialization::Metadata described_metadata(const DescriptionFlags& flags, const data::Split& train);

/// The same for a data set whose images aren't looked at: where the options give no mean and deviation, they are 0
/// and 1.
serialization::Metadata described_metadata(const DescriptionFlags& flags, const data::DatasetInfo& info);

/// "A, B, C", or a file of a name a line. Throws UserError for none, and for one that stands twice.
std::vector<std::string> class_names(const std::string& names_or_path);

}  // namespace reslab::cli
