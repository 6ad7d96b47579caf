#include "reslab/cli/opened_run.h"

#include <CLI/CLI.hpp>

#include "reslab/cli/compute_options.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/train/recipe.h"

namespace reslab::cli {
namespace {

struct Place {
  std::optional<track::RunFolder> folder;
  std::filesystem::path weights;
  std::string dataset = "cifar10";
  std::int64_t batch_size = 512;
  train::ViewOptions views{};
};

// A file of weights alone, or a run's.
Place find_place(const RunFlags& flags, const std::string& verb) {
  if (flags.run.ends_with(".safetensors")) return {.weights = flags.run};
  const track::RunFolder run = track::find_run(flags.run, flags.runs);
  const bool best = flags.weights == "best";
  const std::filesystem::path path = best ? run.best() : run.weights();
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw core::UserError(
        {.attempted = verb + " the run " + run.name(),
         .found = "it has no " + path.filename().string(),
         .remedy = best ? "a best epoch is chosen only with a hold-out (train --holdout N); use --weights last"
                        : "let it finish or save: reslab resume " + run.path.string()});
  const train::Recipe recipe = train::load_recipe(run.recipe().string());
  return {.folder = run,
          .weights = path,
          .dataset = recipe.data.name,
          .batch_size = recipe.data.batch_size,
          .views = train::view_options(recipe.evaluation)};
}

void check_data(const exchange::WeightsMetadata& weights, const data::Dataset& dataset, const std::string& verb,
                const std::filesystem::path& path) {
  const std::int64_t channels = dataset.images.size(3);
  if (weights.channels != channels)
    throw core::UserError({.attempted = verb + " " + path.string() + " on " + dataset.name,
                           .found = core::concatenate("it was trained for images of ", weights.channels,
                                                      " channels; the data set's have ", channels)});
  if (weights.classes != dataset.classes)
    throw core::UserError({.attempted = verb + " " + path.string() + " on " + dataset.name,
                           .found = "it was trained for the classes " + core::join(weights.classes) +
                                    "; the data set has " + core::join(dataset.classes)});
}

}  // namespace

data::BatchSource OpenedRun::source() const { return source(dataset()); }

data::BatchSource OpenedRun::source(const data::Dataset& samples) const {
  return {.dataset = samples, .normalizer = {description.weights.mean, description.weights.std}};
}

OpenedRun open_run(const RunFlags& flags, const std::string& verb) {
  const Place place = find_place(flags, verb);
  train::LoadedNetwork loaded = train::load_network(place.weights);
  train::ComputeRequest request = flags.compute;
  // As it was trained, so that the accuracy is the one that training showed.
  if (request.precision == "auto") request.precision = loaded.description.precision;
  OpenedRun run{.folder = place.folder,
                .weights = place.weights,
                .network = loaded.network,
                .description = loaded.description,
                .compute = train::resolve_compute(request),
                .parts = open_dataset(flags.data, place.dataset),
                .part = flags.part,
                .batch_size = place.batch_size,
                .views = place.views};
  check_data(run.description.weights, run.dataset(), verb, place.weights);
  run.network->to(run.compute.device);
  return run;
}

void add_opening_options(CLI::App& app, RunFlags& flags) {
  app.add_option("--weights", flags.weights, "the run's last epoch, or the best on its hold-out")
      ->check(CLI::IsMember({"last", "best"}))
      ->capture_default_str();
  app.add_option("--runs-dir", flags.runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  add_data_options(app, flags.data);
  add_compute_options(app, flags.compute);
}

void add_run_options(CLI::App& app, RunFlags& flags) {
  app.add_option("run", flags.run, "path or name of a run, or a .safetensors file; left out, the newest run");
  add_network_options(app, flags);
}

void add_network_options(CLI::App& app, RunFlags& flags) {
  app.add_option("--part", flags.part, "of the data set")
      ->check(CLI::IsMember({"test", "train"}))
      ->capture_default_str();
  add_opening_options(app, flags);
}

}  // namespace reslab::cli
