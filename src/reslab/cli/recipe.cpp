// `reslab recipe`: what recipes there are, what is in them, and how their schedules run.
#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/table.h"
#include "reslab/cli/terminal.h"
#include "reslab/cli/text_chart.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/fetch/datasets.h"
#include "reslab/recipe/schedule.h"
#include "reslab/track/terminal.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

ExitCode list() {
  const std::vector<recipe::RecipeFile> recipes = recipe::list_recipes();
  std::vector<Cells> rows;
  rows.reserve(recipes.size());
  for (const recipe::RecipeFile& recipe : recipes) rows.push_back({recipe.name, recipe.description});
  if (!rows.empty()) std::cout << aligned(rows);
  if (!recipes.empty()) return ExitCode::ok;
  std::vector<std::string> folders;
  for (const auto& folder : recipe::recipe_folders()) folders.push_back(folder.string());
  throw core::UserError({.attempted = "list the recipes",
                         .found = "none in " + core::join(folders),
                         .remedy = "name their folder in RESLAB_RECIPES"});
}

ExitCode show(const recipe::Recipe& recipe) {
  std::cout << "# hash " << recipe::recipe_hash(recipe) << '\n' << recipe::to_toml(recipe);
  return ExitCode::ok;
}

ExitCode plot(const recipe::Recipe& recipe, std::int64_t samples) {
  const std::int64_t used = recipe::training_samples(recipe, samples);
  const std::int64_t steps_per_epoch = recipe::steps_per_epoch(recipe, used);
  const std::int64_t steps = recipe.epochs * steps_per_epoch;
  const auto schedule = recipe::make_schedule(recipe, steps);
  // More points than a chart can show would only take memory.
  constexpr std::int64_t most_points = 1 << 16;
  const std::int64_t points = std::min(steps, most_points);
  std::vector<double> lr, momentum;
  for (std::int64_t point = 0; point < points; ++point) {
    const double share = points == 1 ? 0 : static_cast<double>(point) / static_cast<double>(points - 1);
    const schedule::Setting setting = schedule->at(std::llround(share * static_cast<double>(steps - 1)));
    lr.push_back(setting.lr);
    momentum.push_back(setting.momentum);
  }
  const ChartFormat format{.width = terminal_width(), .height = 9, .unicode = track::utf8_locale()};
  const auto draw = [&](const char* title, std::vector<double> values, bool from_zero) {
    const auto range = std::ranges::minmax(values);
    const std::string heading = core::concatenate(title, ": first ", short_number(values.front()), ", highest ",
                                                  short_number(range.max), ", last ", short_number(values.back()));
    std::cout << draw_chart({.title = heading,
                             .values = std::move(values),
                             .from_zero = from_zero,
                             .x_end = static_cast<double>(recipe.epochs),
                             .x_label = "epoch"},
                            format);
  };
  std::cout << recipe.name << ": " << core::counted(recipe.epochs, "epoch") << " of "
            << core::counted(steps_per_epoch, "step") << " (" << core::counted(used, "sample") << "), "
            << recipe.schedule.name << "\n\n";
  draw("learning rate", std::move(lr), true);
  std::cout << '\n';
  draw("momentum", std::move(momentum), false);
  return ExitCode::ok;
}

/// The table of docs/recipes.md.
ExitCode keys() {
  const auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
  };
  std::cout << "| key | initial value | allowed | meaning |\n| --- | --- | --- | --- |\n";
  for (const recipe::KeyDescription& key : recipe::describe_keys())
    std::cout << "| `" << key.key << "` | `" << key.initial << "` | " << cell(key.allowed) << " | " << cell(key.meaning)
              << " |\n";
  return ExitCode::ok;
}

/// A subcommand below `recipe` that takes a recipe and its options.
struct WithRecipe {
  CLI::App* app;
  std::shared_ptr<std::string> name = std::make_shared<std::string>();
  std::shared_ptr<RecipeOptions> options;

  WithRecipe(CLI::App& parent, const char* verb, const char* summary)
      : app(parent.add_subcommand(verb, summary)), options(add_recipe_options(*app)) {
    app->add_option("RECIPE", *name, "a name, or the path of a .toml file")->required();
  }
  recipe::Recipe resolve() const { return resolve_recipe(*name, *options); }
};

}  // namespace

Action prepare_recipe(CLI::App& app) {
  app.require_subcommand(1);
  const CLI::App* list_app = app.add_subcommand("list", "Names and descriptions of all recipes");
  const WithRecipe show_app(app, "show", "Every key of a recipe, resolved, and its hash");
  const WithRecipe plot_app(app, "plot", "Learning rate and momentum by step");
  const auto samples = std::make_shared<std::int64_t>(fetch::named_datasets().front().train_samples);
  plot_app.app->add_option("--samples", *samples, "training samples, for the number of steps")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_subcommand("keys", "Every key, what it may be and what it means (Markdown)");
  return [=] {
    if (list_app->parsed()) return list();
    if (show_app.app->parsed()) return show(show_app.resolve());
    if (plot_app.app->parsed()) return plot(plot_app.resolve(), *samples);
    return keys();
  };
}

}  // namespace reslab::cli
