// reslab data fetch | stats | show | checksum | check

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/data_check.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/data_show.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/core/error.h"
#include "reslab/core/json_text.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/data/record_checksums.h"
#include "reslab/data/statistics.h"
#include "reslab/fetch/cache.h"
#include "reslab/fetch/datasets.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct Options {
  DataFlags flags;
  bool json = false;
  ShowOptions show;
  RecipeOptions show_recipe;
};

ExitCode fetch_data(const Options& options) {
  const std::vector<std::string> names = fetch::dataset_names();
  const fetch::NamedDataset* const dataset = fetch::find_dataset(options.flags.data);
  if (dataset == nullptr)
    throw core::UserError({.attempted = "fetch '" + options.flags.data + "'",
                           .found = "no data set of that name",
                           .allowed = core::join(names),
                           .remedy = core::did_you_mean(options.flags.data, names)});
  const std::filesystem::path folder =
      dataset->fetch({.cache = fetch::cache_folder(options.flags.cache_dir), .thorough = true});
  std::cout << core::printable(folder.string()) << '\n';
  return ExitCode::ok;
}

nlohmann::ordered_json split_json(const data::Split& split) {
  const data::Statistics statistics = data::statistics(split);
  nlohmann::ordered_json counts;
  for (std::size_t i = 0; i < split.classes().size(); ++i) counts[split.classes()[i]] = statistics.class_counts[i];
  return {{"samples", split.size()}, {"mean", statistics.mean}, {"std", statistics.std}, {"class_counts", counts}};
}

std::string digits(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%s%.8f", text.empty() ? "" : " ", value);
    text += buffer.data();
  }
  return text;
}

std::string size_of_images(const data::DatasetInfo& info) {
  return info.size ? core::concatenate(info.size->height, " × ", info.size->width, " pixels") : "different sizes";
}

void print_split(const data::Split& split) {
  const data::Statistics statistics = data::statistics(split);
  std::cout << core::printable(split.name) << ": " << split.size() << " samples of " << size_of_images(split.info())
            << "\n  mean  " << digits(statistics.mean) << "\n  std   " << digits(statistics.std) << "\n  classes";
  for (std::size_t i = 0; i < split.classes().size(); ++i)
    std::cout << (i == 0 ? "  " : ", ") << core::printable(split.classes()[i]) << ' ' << statistics.class_counts[i];
  std::cout << '\n';
}

// "CIFAR-10's six .bin files, or …"
std::string known_files() {
  std::string text;
  for (const fetch::NamedDataset& dataset : fetch::named_datasets())
    text += (text.empty() ? "" : ", or ") + dataset.files;
  return text;
}

ExitCode print_statistics(const Options& options) {
  const OpenedData data = open_data(options.flags, default_dataset());
  const data::Splits& splits = data.splits;
  if (options.json) {
    const nlohmann::ordered_json json{{"train", split_json(splits.train)}, {"test", split_json(splits.test)}};
    std::cout << core::json_text(json, 2) << '\n';
  } else {
    print_split(splits.train);
    if (splits.validation) print_split(*splits.validation);
    print_split(splits.test);
  }
  return with_skipped(ExitCode::ok, data);
}

ExitCode show_augmented(const Options& options) {
  ShowOptions show = options.show;
  if (show.recipe.empty()) show.recipe = is_of_pictures(options.flags.data, /*listed=*/false) ? "photos" : "original";
  recipe::Recipe recipe = resolve_recipe(show.recipe, options.show_recipe);
  recipe.data.name = default_dataset();
  const OpenedData data = open_data(options.flags, recipe);
  return with_skipped(show_samples(data.splits, recipe, show), data);
}

void add_show_options(CLI::App& app, ShowOptions& options, RecipeOptions& recipe) {
  app.add_option("-o,--output", options.output, "The picture to write (PNG)")->capture_default_str()->type_name("FILE");
  app.add_option("--rows", options.rows, "Samples, taken from the classes in turn")->check(CLI::Range(1, 100));
  app.add_option("--versions", options.versions, "Augmented versions of each")->check(CLI::Range(0, 30));
  app.add_option("--seed", options.seed, "Of the choice of samples and of the augmentation");
  app.add_option("--recipe", options.recipe, "Whose augmentation is shown")
      ->type_name("NAME|FILE")
      ->default_str("original, or photos for picture files");
  app.add_option("--set", recipe.set, "Set a key of the recipe (repeatable; keys: reslab recipe keys)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group("Recipe");
  add_flip_option(app, recipe);
  app.add_flag("--test", options.test, "Samples of the test set");
}

}  // namespace

Action prepare_data(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary) {
    CLI::App* subcommand = app.add_subcommand(name, summary);
    subcommand
        ->add_option("data", options->flags.data, core::join(fetch::dataset_names()) + ", or a folder with its files")
        ->default_val(default_dataset())
        ->type_name("NAME|DIR");
    add_cache_option(*subcommand, options->flags);
    return subcommand;
  };
  CLI::App* fetch_app = add("fetch", "Bring a data set to this machine and verify it; prints its folder");
  std::string sources;
  for (const fetch::NamedDataset& dataset : fetch::named_datasets())
    sources += (sources.empty() ? "" : "\n") + dataset.sources;
  fetch_app->footer(sources);
  CLI::App* checksum =
      app.add_subcommand("checksum", "Write checksums beside a folder's files, so that damage is found from then on");
  checksum->add_option("data", options->flags.data, "a folder with " + known_files())->required()->type_name("DIR");
  CLI::App* stats = add("stats", "Mean and standard deviation of the pixels, samples by class");
  stats->add_flag("--json", options->json, "Machine-readable");
  CLI::App* show = add("show", "A picture of samples, plain and augmented");
  add_show_options(*show, options->show, options->show_recipe);
  CLI::App* check = app.add_subcommand("check", "What a folder of pictures holds: damage, copies, balance, sizes");
  const Action check_action = prepare_data_check(*check);
  return [=] {
    if (check->parsed()) return check_action();
    if (fetch_app->parsed()) return fetch_data(*options);
    if (checksum->parsed()) {
      const std::filesystem::path folder = fetch::write_dataset_checksums(options->flags.data);
      std::cout << core::printable((folder / data::record_checksums_name).string()) << '\n';
      return ExitCode::ok;
    }
    if (stats->parsed()) return print_statistics(*options);
    return show_augmented(*options);
  };
}

}  // namespace reslab::cli
