#include "reslab/cli/data_check.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/checked_data.h"
#include "reslab/cli/data_check_page.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/stage_line.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
#include "reslab/core/printable.h"
#include "reslab/core/threads.h"
#include "reslab/fetch/datasets.h"
#include "reslab/pictures/looks.h"
#include "reslab/train/build.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct CheckFlags {
  DataFlags data;
  std::string recipe;
  RecipeOptions options;
  bool json = false;
  std::filesystem::path html;
};

// Data sets in files of their own are whole or refused when they are opened.
void refuse_other_data(const CheckFlags& flags) {
  const std::string& name = flags.data.data;
  if (is_of_pictures(name, flags.options.labels.has_value())) return;
  std::error_code error;
  const bool known = fetch::find_dataset(name) != nullptr, folder = std::filesystem::is_directory(name, error);
  core::ErrorParts parts{
      .attempted = "check the pictures of " + name,
      .found = known || folder ? "a data set in files of its own, and no picture files" : "no folder of that name",
      .allowed = "a folder of picture files"};
  if (known || folder)
    parts.remedy = "see its samples and classes with " + core::command({"data", "stats", name}) +
                   "; its files are verified when they are fetched and read";
  throw core::UserError(parts);
}

CheckedData check(const CheckFlags& flags) {
  const bool listed = flags.options.labels.has_value();
  const std::string recipe_name =
      flags.recipe.empty() ? recipe_for_data(flags.data, listed, /*quiet=*/true) : flags.recipe;
  const recipe::Recipe recipe = resolve_recipe(recipe_name, flags.options);
  pictures::OpenOptions options = picture_opening(flags.data.data, flags.data, recipe);
  StageLine line;
  options.progress = [&](std::string_view stage, const pictures::Progress& progress) { line.show(stage, progress); };
  CheckedData checked{.name = flags.data.data, .opened = pictures::look_through_pictures(options), .fit = options.fit};
  pictures::CacheFolder cache = pictures::cache_of(options);
  const pictures::LooksByContent looks = pictures::find_looks(
      cache, {.set = &checked.opened.set,
              .decode = checked.opened.decode,
              .threads = options.threads,
              .progress = [&](const pictures::Progress& progress) { line.show("comparing", progress); }});
  checked.survey = pictures::make_survey(checked.opened, looks, {.fit = checked.fit});
  return checked;
}

// Nothing is ever written among the pictures.
void check_page_apart(const CheckFlags& flags) {
  if (flags.html.empty()) return;
  std::error_code error;
  const std::filesystem::path page = std::filesystem::weakly_canonical(std::filesystem::absolute(flags.html), error),
                              folder = std::filesystem::canonical(flags.data.data, error),
                              way = page.lexically_relative(folder);
  if (!error && !way.empty() && *way.begin() != "..")
    throw core::UserError({.attempted = "write the page " + flags.html.string(),
                           .found = "that is within the folder of the pictures, " + flags.data.data,
                           .allowed = "a file outside of it: nothing is written among the pictures",
                           .remedy = "name another place with --html"});
  core::check_can_write(flags.html);
}

void write_page(const CheckFlags& flags, const CheckedData& checked) {
  StageLine line;
  const std::string text =
      report::render_data_page(check_page(checked, core::thread_budget().recommended,
                                          [&](const pictures::Progress& progress) { line.show("drawing", progress); }));
  core::write_file(flags.html, text);
}

ExitCode run_check(const CheckFlags& flags) {
  refuse_other_data(flags);
  check_page_apart(flags);
  const CheckedData checked = check(flags);
  if (!flags.html.empty()) write_page(flags, checked);
  std::cout << (flags.json ? core::json_text(check_json(checked), 2) + '\n' : check_text(checked));
  if (!flags.html.empty()) std::cerr << "page: " << core::printable(flags.html.string()) << '\n';
  return checked.survey.needs_attention() ? ExitCode::some_inputs_skipped : ExitCode::ok;
}

}  // namespace

Action prepare_data_check(CLI::App& app) {
  const auto flags = std::make_shared<CheckFlags>();
  app.add_option("data", flags->data.data, "a folder of picture files")->required()->type_name("DIR");
  app.add_flag("--json", flags->json, "machine-readable");
  app.add_option("--html", flags->html, "a page with samples, copies side by side and what is damaged, to be written")
      ->type_name("FILE");
  app.add_option("--recipe", flags->recipe, "whose size of pictures is meant; left out, the one for photographs")
      ->type_name("NAME|FILE");
  add_cache_option(app, flags->data);
  add_picture_options(app, flags->options);
  app.footer("Exit code: 0 where nothing needs attention, 1 where something does, 2 where it can't be checked.");
  return [flags] { return run_check(*flags); };
}

}  // namespace reslab::cli
