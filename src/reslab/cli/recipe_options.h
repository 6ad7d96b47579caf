// The options by which every subcommand takes a recipe's values: --set and its short forms.
//
//   const auto options = add_recipe_options(app);
//   return [options, name] { const recipe::Recipe recipe = resolve_recipe(*name, *options); … };
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/core/command.h"
#include "reslab/recipe/recipe.h"

namespace CLI {
class App;
}

namespace reslab::cli {

/// What is trained where no recipe is named.
inline constexpr const char* default_recipe = "fast94";

/// As given; the recipe checks them, so that a value is refused in the same words everywhere.
struct RecipeOptions {
  std::vector<std::string> set;  ///< "key=value"
  std::optional<std::string> epochs, batch_size, lr, seed, holdout, limit_batches, overfit_batches, balance;
  std::optional<std::string> flip;  ///< recipe::flip_names()
  /// Of pictures: see recipe::PictureSettings.
  std::optional<std::string> image_size, fit, labels, columns, delimiter, split, split_exact, splits, group_by, damaged;
};

/// Adds the options to `app`. The result is filled when the command line is read.
std::shared_ptr<RecipeOptions> add_recipe_options(CLI::App& app);

/// Those about pictures alone. `options` must live until the command line was read.
void add_picture_options(CLI::App& app, RecipeOptions& options);

/// The options again, but --lr, for a command that is to have them too.
core::Words words_of(const RecipeOptions& options);

/// What a recipe is resolved for: which of its keys count.
enum class Purpose { training, range_test };

/// The recipe with its values replaced: --set in order, then the short forms, then --flip (recipe/flips.h), then --lr,
/// which scales the rates of all groups (recipe/learning_rate.h). Throws UserError for a key that another one switches
/// off; says on standard error which keys of the user's own file are, and which keys need more epochs
/// (recipe/idle_keys.h).
recipe::Recipe resolve_recipe(const std::string& name_or_path, const RecipeOptions& options,
                              Purpose purpose = Purpose::training);

/// Adds --flip alone, for a command that takes fewer of them.
void add_flip_option(CLI::App& app, RecipeOptions& options);

/// Whether the user says how many epochs: by --epochs, by --set, or in a recipe file of their own.
bool gives_epochs(const std::string& name_or_path, const RecipeOptions& options);

}  // namespace reslab::cli
