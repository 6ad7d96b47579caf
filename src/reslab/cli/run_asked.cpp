#include "reslab/cli/run_asked.h"

#include <algorithm>

#include "reslab/cli/opened_data.h"
#include "reslab/fetch/datasets.h"
#include "reslab/image/png.h"
#include "reslab/recipe/fields.h"
#include "reslab/recipe/value.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

// The folder as a recipe can keep it, by its whole path: itself, or the way by which it was named where only that is a
// text of a recipe, such as a link with a plain name.
std::string kept_path(const std::string& folder) {
  const std::string canonical = fs::canonical(folder).string();
  const std::string fault = recipe::text_fault(canonical);
  if (fault.empty()) return canonical;
  if (const std::string as_named = fs::absolute(folder).string(); recipe::text_fault(as_named).empty()) return as_named;
  throw core::UserError(
      {.attempted = "train on the data set in '" + canonical + "'",
       .found = "a path with " + fault + ", which a recipe can't keep: the run couldn't be read again",
       .allowed = recipe::allowed_text(),
       .remedy = "rename or move the folder, or make a link to it (ln -s) and name that by --data"});
}

}  // namespace

namespace {

// A run may be resumed from elsewhere.
void make_whole(std::string& path) {
  std::error_code error;
  if (!path.empty() && fs::exists(path, error)) path = fs::absolute(path).lexically_normal().string();
}

}  // namespace

recipe::Recipe with_data(recipe::Recipe recipe, const DataFlags& flags) {
  if (!flags.data.empty()) recipe.data.name = flags.data;
  if (std::error_code error; fs::is_directory(recipe.pictures.splits, error)) recipe.pictures.splits += "/splits.csv";
  make_whole(recipe.pictures.splits);
  make_whole(recipe.pictures.labels);
  std::error_code ignored;
  if (fetch::find_dataset(recipe.data.name) == nullptr && fs::is_directory(recipe.data.name, ignored))
    recipe.data.name = kept_path(recipe.data.name);
  return recipe;
}

track::EventDetail event_detail(const TrainingFlags& flags) {
  const track::EventDetail detail = track::event_detail_named(flags.tensorboard);
  if (detail >= track::EventDetail::images && !image::has_png())
    throw core::UserError({.attempted = "train with --tensorboard " + flags.tensorboard,
                           .found = "this build of reslab knows no PNG, because libspng was missing",
                           .remedy = "use --tensorboard scalars, or install libspng and build again"});
  return detail;
}

void check_new_run(const TrainingFlags& flags, const std::string& recipe, const std::string& name) {
  event_detail(flags);
  track::check_new_run({.runs = flags.runs, .recipe = recipe, .name = name});
}

RunAsked settle(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name) {
  RunAsked asked{.recipe = with_data(recipe, flags.data), .compute = train::resolve_compute(flags.compute)};
  check_apart(asked.recipe.data.name, flags.runs);
  check_new_run(flags, asked.recipe.name, name);
  return asked;
}

std::unique_ptr<train::Trainer> make_trainer(const RunAsked& asked, const data::Splits& splits,
                                             const TrainingFlags& flags) {
  return std::make_unique<train::Trainer>(
      asked.recipe, splits, train::TrainerOptions{.compute = asked.compute, .max_seconds = 60 * flags.max_minutes});
}

}  // namespace reslab::cli
