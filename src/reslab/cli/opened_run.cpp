#include "reslab/cli/opened_run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "reslab/cli/compute_options.h"
#include "reslab/cli/validators.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/data/fingerprint.h"
#include "reslab/data/holdout.h"
#include "reslab/recipe/recipe.h"
#include "reslab/recipe/schedule.h"
#include "reslab/track/environment.h"
#include "reslab/train/checkpoint.h"

namespace reslab::cli {
namespace {

recipe::Recipe recipe_for(const std::string& dataset) {
  recipe::Recipe recipe;
  recipe.data.name = dataset;
  return recipe;
}

struct WeightsPlace {
  std::optional<track::RunFolder> folder;
  std::filesystem::path weights;
  recipe::Recipe recipe = recipe_for(default_dataset());  // of the run; its data set and how pictures are read count
  std::int64_t batch_size = 512;
  train::ViewOptions views{};
  std::int64_t holdout = 0;
  std::uint64_t seed = 0;
  std::int64_t limit_batches = 0;
};

WeightsPlace place_of_file(const RunFlags& flags) {
  WeightsPlace place{.weights = flags.run};
  if (const auto recipe = described_recipe(flags.description)) {
    place.recipe = *recipe;
    place.batch_size = recipe->data.batch_size;
    place.views = train::view_options(recipe->evaluation);
  }
  return place;
}

// The batches that an epoch of the run's training was cut to, or 0 where it had all of them.
std::int64_t cut_to(const track::RunFolder& run, recipe::Recipe recipe) {
  const std::int64_t limit = recipe.data.overfit_batches > 0 ? recipe.data.overfit_batches : recipe.data.limit_batches;
  const auto samples = track::recorded_samples(run.environment(), "train");
  if (limit == 0 || !samples) return limit;
  recipe.data.overfit_batches = recipe.data.limit_batches = 0;
  return limit >= recipe::batches_per_epoch(recipe, recipe::training_samples(recipe, *samples)) ? 0 : limit;
}

// A file of weights alone, or a run's.
WeightsPlace find_place(const RunFlags& flags, const std::string& verb) {
  if (flags.run.ends_with(".safetensors")) return place_of_file(flags);
  if (flags.description.given())
    throw core::UserError({.attempted = "describe the network of a run by --recipe, --model, --set or --classes",
                           .found = "a run has its recipe, and its weights say what they are",
                           .allowed = "these options for a .safetensors file that doesn't say it",
                           .remedy = "leave them out"});
  const track::RunFolder run = track::find_run(flags.run, flags.runs);
  const bool best = flags.weights == "best";
  const std::filesystem::path path = best ? run.best() : run.weights();
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw core::UserError(
        {.attempted = verb + " the run " + run.name(),
         .found = "it has no " + path.filename().string(),
         .remedy = best ? "a best epoch is chosen only with a hold-out (train --holdout N); use --weights last"
                        : "let it finish or save: " +
                              core::command(core::joined(
                                  {{"resume", run.path.string()}, words_of(flags.data), words_of(flags.compute)}))});
  const recipe::Recipe recipe = recipe::load_recipe(run.recipe().string());
  return {.folder = run,
          .weights = path,
          .recipe = recipe,
          .batch_size = recipe.data.batch_size,
          .views = train::view_options(recipe.evaluation),
          .holdout = recipe.data.holdout,
          .seed = recipe.seed,
          .limit_batches = cut_to(run, recipe)};
}

// Takes the hold-out out of the training images, by the draw that the training made.
data::Split take_holdout(const WeightsPlace& place, data::Splits& splits, const std::string& verb) {
  if (splits.validation) return *splits.validation;
  data::Split& train = splits.train;
  if (place.holdout == 0)
    throw core::UserError(
        {.attempted = verb + " " + place.weights.string() + " on its hold-out",
         .found = place.folder ? "the run held out no images" : "a file of weights alone doesn't say what was held out",
         .allowed = "--split holdout for a run of `train --holdout N`"});
  // Of other data the draw would choose images that the network was trained on.
  if (const auto identity = train::newest_identity(place.folder->checkpoint());
      identity && !identity->data.empty() && identity->data != data::fingerprint(splits))
    throw core::UserError({.attempted = verb + " " + place.weights.string() + " on its hold-out",
                           .found = "other data than the run was trained on",
                           .remedy = "leave out --data, or name the data set of the run's recipe.toml"});
  const data::Holdout places = data::draw_holdout(train, place.holdout, place.seed);
  data::Split held_out = data::select(train, places.holdout);
  held_out.name = core::concatenate(train.name, ", held out");
  train = data::select(train, places.train);
  return held_out;
}

void check_data(const serialization::WeightsMetadata& weights, const data::Split& split, const std::string& verb,
                const std::filesystem::path& path) {
  const std::int64_t channels = split.info().channels;
  if (weights.channels != channels)
    throw core::UserError({.attempted = verb + " " + path.string() + " on " + split.name,
                           .found = core::concatenate("it was trained for images of ", weights.channels,
                                                      " channels; the data set's have ", channels)});
  if (weights.classes != split.classes())
    throw core::UserError({.attempted = verb + " " + path.string() + " on " + split.name,
                           .found = "it was trained for the classes " + core::join(weights.classes) +
                                    "; the data set has " + core::join(split.classes())});
}

[[noreturn]] void refuse_undescribed(const WeightsPlace& place, const std::vector<std::string>& missing,
                                     const std::string& verb) {
  throw core::UserError(
      {.attempted = verb + " the run " + place.folder->name(),
       .found = "no metadata " + core::join(missing) + " in " + place.weights.string() + ": reslab didn't write it",
       .remedy = "put the run's own file back, or describe this one: " +
                 core::command({"evaluate", place.weights.string(), "--recipe", place.folder->recipe().string()})});
}

// What was taken in place of metadata that the file lacks: a wrong guess would only show in the accuracy.
void say_description(const serialization::WeightsMetadata& weights, const std::filesystem::path& path,
                     const std::vector<std::string>& missing) {
  const serialization::Metadata taken = serialization::to_metadata(weights);
  std::cerr << core::printable(path.string()) << " has no metadata " << core::join(missing) << "; taken for it are:";
  for (const std::string& key : missing)
    if (key != "reslab.format" && key != "reslab.recipe")
      std::cerr << "\n  " << key.substr(std::string("reslab.").size()) << ' ' << taken.at(key);
  std::cerr << '\n';
}

}  // namespace

namespace {

// Pictures as the network was trained on them: its classes, its splits, its size.
DataUse use_of(const WeightsPlace& place, const train::NetworkDescription& description) {
  DataUse use = place.folder ? cli::use_of(*place.folder) : DataUse();
  use.classes = description.weights.classes;
  use.fit = train::transform_of(description).fit;
  use.channels = static_cast<int>(description.weights.channels);
  if (const auto& range = description.weights.range16)
    use.range16 = image::SampleRange{.low = static_cast<std::uint16_t>((*range)[0]),
                                     .high = static_cast<std::uint16_t>((*range)[1])};
  if (const auto& colour = description.weights.background; !colour.empty())
    use.background = {static_cast<std::uint8_t>(colour[0]), static_cast<std::uint8_t>(colour[1]),
                      static_cast<std::uint8_t>(colour[2])};
  use.quiet = true;
  return use;
}

}  // namespace

OpenedRun open_run(const RunFlags& flags, const std::string& verb) {
  const WeightsPlace place = find_place(flags, verb);
  const std::vector<std::string> missing = train::missing_description(place.weights);
  if (place.folder && !missing.empty()) refuse_undescribed(place, missing, verb);
  check_description(flags.description, missing, place.weights);
  std::optional<OpenedData> data;
  if (flags.opened != nullptr)
    data = *flags.opened;
  else if (!missing.empty())
    data = open_data(flags.data, place.recipe);
  train::LoadedNetwork loaded =
      train::load_network(place.weights, missing.empty() ? serialization::Metadata()
                                                         : described_metadata(flags.description, data->splits.train));
  if (!missing.empty()) say_description(loaded.description.weights, place.weights, missing);
  train::ComputeRequest request = flags.compute;
  // As it was trained, so that the accuracy is the one that training showed.
  if (request.precision == "auto") request.precision = loaded.description.precision;
  if (!data) data = open_data(flags.data, place.recipe, use_of(place, loaded.description));
  OpenedRun run{.folder = place.folder,
                .weights = place.weights,
                .network = loaded.network,
                .description = loaded.description,
                .compute = train::resolve_compute(request),
                .splits = data->splits,
                .split_name = flags.split,
                .batch_size = place.batch_size,
                .views = place.views,
                .limit_batches = place.limit_batches};
  if (data->pictures != nullptr) {
    run.file_of = [pictures = data->pictures](std::int64_t id) { return pictures->file_of(id); };
    const auto& seen = data->pictures->set.test_seen_in_training;
    run.seen_in_training.assign(seen.begin(), seen.end());
    std::ranges::sort(run.seen_in_training);
  }
  run.some_skipped = data->some_skipped();
  check_data(run.description.weights, run.split(), verb, place.weights);
  if (flags.split == "holdout") run.holdout = take_holdout(place, run.splits, verb);
  run.network->to(run.compute.device);
  return run;
}

void add_opening_options(CLI::App& app, RunFlags& flags) {
  app.add_option("--weights", flags.weights, "the run's last epoch, or the best on its hold-out")
      ->check(one_of({"last", "best"}))
      ->capture_default_str();
  app.add_option("--runs-dir", flags.runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  add_data_options(app, flags.data);
  add_compute_options(app, flags.compute);
}

void add_run_options(CLI::App& app, RunFlags& flags) {
  app.add_option("run", flags.run, "path or name of a run, or a .safetensors file; left out, the newest run");
  add_network_options(app, flags);
  add_description_options(app, flags.description);
}

void add_network_options(CLI::App& app, RunFlags& flags) {
  auto* const split =
      app.add_option("--split", flags.split, "of the data set; holdout: what the run kept back from its training")
          ->check(one_of({"test", "train", "holdout"}))
          ->capture_default_str();
  // As it was called once; not shown.
  app.add_option("--part", flags.split)->check(one_of({"test", "train", "holdout"}))->group("")->excludes(split);
  add_opening_options(app, flags);
}

}  // namespace reslab::cli
