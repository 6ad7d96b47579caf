// `reslab runs list|compare|rm`: what is in the folder of runs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/run_table.h"
#include "reslab/cli/validators.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/recipe/entries.h"
#include "reslab/report/test_sets.h"
#include "reslab/track/environment.h"
#include "reslab/track/original_log.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using core::ExitCode;

struct RunsFlags {
  std::vector<std::string> runs;
  std::string folder = "runs", sort = "started";
  bool json = false, yes = false;
};

// ---- list ----

ExitCode list(const RunsFlags& flags) {
  std::vector<track::RunSummary> summaries;
  for (const track::RunFolder& run : track::list_runs(flags.folder)) summaries.push_back(track::summarise(run));
  sort_runs(summaries, flags.sort);
  if (flags.json)
    std::cout << core::json_text(to_json(summaries), 2) << '\n';
  else if (summaries.empty())
    std::cout << "no runs in " << core::printable(flags.folder) << '\n';
  else
    std::cout << aligned(run_rows(summaries)) << run_notes(summaries);
  ExitCode code = ExitCode::ok;
  for (const track::RunSummary& summary : summaries) {
    if (summary.problem.empty()) continue;
    std::cerr << core::printable(summary.folder.name() + ": " + summary.problem) << '\n';
    code = ExitCode::some_inputs_skipped;
  }
  return code;
}

// ---- compare ----

ExitCode compare(const RunsFlags& flags) {
  if (flags.runs.size() < 2)
    throw core::UserError({.attempted = "compare runs", .found = "one run", .allowed = "two or more"});
  std::vector<track::RunSummary> summaries;
  std::vector<track::RunFolder> folders;
  std::vector<recipe::Recipe> recipes;
  for (const std::string& name : flags.runs) {
    const track::RunFolder run = track::find_run(name, flags.folder);
    folders.push_back(run);
    recipes.push_back(recipe::load_recipe(run.recipe().string()));
    summaries.push_back(track::summarise(run));
    if (!summaries.back().problem.empty())
      throw core::UserError({.attempted = "compare " + name, .found = summaries.back().problem});
  }
  const report::TestSets sets = report::compare_test_sets(folders);
  const auto differences = recipe::recipe_differences(recipes);
  if (flags.json) {
    nlohmann::ordered_json keys = nlohmann::ordered_json::object();
    for (const recipe::RecipeDifference& difference : differences) keys[difference.key] = difference.values;
    const nlohmann::ordered_json json{{"runs", to_json(summaries)}, {"recipe", keys}, {"test_pictures", to_json(sets)}};
    std::cout << core::json_text(json, 2) << '\n';
    return ExitCode::ok;
  }
  std::vector<Cells> rows = metric_rows(summaries);
  if (std::ranges::any_of(sets.accuracy, [](const auto& accuracy) { return accuracy.has_value(); })) {
    Cells& row = rows.emplace_back(Cells{core::concatenate("on ", sets.compared, " common pictures")});
    for (const auto& accuracy : sets.accuracy) row.push_back(accuracy ? track::percent(*accuracy) : "-");
  }
  if (!differences.empty()) rows.push_back({});
  for (const recipe::RecipeDifference& difference : differences) {
    Cells& row = rows.emplace_back(Cells{difference.key});
    row.insert(row.end(), difference.values.begin(), difference.values.end());
  }
  std::cout << aligned(rows) << run_notes(summaries);
  if (differences.empty()) std::cout << "\nThe recipes are the same.\n";
  if (!sets.sentences.empty()) std::cout << '\n';
  for (const std::string& sentence : sets.sentences) std::cout << core::printable(sentence) << '\n';
  return ExitCode::ok;
}

// ---- rm ----

// A run that lies elsewhere: its link in the folder of runs goes, the run itself stays.
bool is_link(const track::RunFolder& run) { return fs::is_symlink(run.path); }

// By one path for each name, so that none is removed twice. Of a link, the folder that holds it.
fs::path settled(const fs::path& path) {
  if (!fs::is_symlink(path)) return fs::canonical(path);
  return fs::canonical(path.has_parent_path() ? path.parent_path() : ".") / path.filename();
}

// Only what this program made as a run is ever removed.
track::RunFolder removable(const std::string& name, const std::string& folder) {
  const track::RunFolder run = track::find_run(name, folder);
  if (!track::started(run.environment()) || !fs::exists(run.recipe()))
    throw core::UserError({.attempted = "remove " + run.path.string(),
                           .found = "a folder that is no run: it has no recipe.toml and environment.json with a start",
                           .remedy = "remove it by the means of the system, if it is to go"});
  return {settled(run.path)};
}

std::uintmax_t bytes_in(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
  return bytes;
}

bool agreed(const std::vector<track::RunFolder>& runs) {
  for (const track::RunFolder& run : runs)
    std::cerr << core::printable(run.path.string())
              << (is_link(run) ? " (the link alone; " + core::printable(fs::canonical(run.path).string()) + " stays)\n"
                               : " (" + core::size_text(bytes_in(run.path)) + ")\n");
  std::cerr << "Remove " << (runs.size() == 1 ? "this run" : "these runs") << " for good? [y/N] ";
  std::string answer;
  if (!std::getline(std::cin, answer)) std::cerr << '\n';  // Ctrl-D leaves the cursor behind the question
  return answer == "y" || answer == "Y" || answer == "yes";
}

// A training may have been begun by the link, and would lose its folder.
std::unique_ptr<core::FileLock> lock_to_remove(const track::RunFolder& run) {
  auto held = core::FileLock::try_lock(run.lock());
  if (held == nullptr)
    throw core::UserError(
        {.attempted = "remove " + run.path.string(), .found = "a process is training there", .remedy = "end it first"});
  return held;
}

void remove_link(const track::RunFolder& run) {
  std::error_code error;
  // The run may have been removed by its own name just before.
  const bool stays = fs::exists(run.path, error);
  const fs::path target = stays ? fs::canonical(run.path) : fs::path();
  const auto held = stays && fs::exists(run.lock(), error) ? lock_to_remove(run) : nullptr;
  fs::remove(run.path, error);
  if (error) throw core::UserError({.attempted = "remove " + run.path.string(), .found = error.message()});
  std::cout << "removed the link " << core::printable(run.path.string());
  if (stays) std::cout << "; the run itself stays: " << core::printable(target.string());
  std::cout << '\n';
}

void remove_run(const track::RunFolder& run) {
  if (is_link(run)) return remove_link(run);
  // Held while the folder goes, so that no training begins in it.
  const auto held = lock_to_remove(run);
  std::error_code error;
  fs::remove_all(run.path, error);
  if (error) throw core::UserError({.attempted = "remove " + run.path.string(), .found = error.message()});
  std::cout << "removed " << core::printable(run.path.string()) << '\n';
}

ExitCode remove(const RunsFlags& flags) {
  std::vector<track::RunFolder> runs;
  for (const std::string& name : flags.runs) {
    const track::RunFolder run = removable(name, flags.folder);
    if (track::is_training(run))
      throw core::UserError({.attempted = "remove " + run.path.string(),
                             .found = "a process is training there; nothing was removed",
                             .remedy = "end it first, or leave this run out"});
    if (std::ranges::find(runs, run.path, &track::RunFolder::path) == runs.end()) runs.push_back(run);
  }
  if (!flags.yes) {
    if (::isatty(STDIN_FILENO) == 0)
      throw core::UserError(
          {.attempted = "remove runs", .found = "no terminal to ask on; nothing was removed", .remedy = "add --yes"});
    if (!agreed(runs)) {
      std::cerr << "nothing was removed\n";
      return ExitCode::ok;
    }
  }
  for (const track::RunFolder& run : runs) remove_run(run);
  return ExitCode::ok;
}

}  // namespace

Action prepare_runs(CLI::App& app) {
  const auto flags = std::make_shared<RunsFlags>();
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary) {
    CLI::App* command = app.add_subcommand(name, summary);
    command->add_option("--runs-dir", flags->folder, "folder of the runs")->type_name("DIR")->capture_default_str();
    return command;
  };
  const auto json = [&](CLI::App* command) { command->add_flag("--json", flags->json, "for programs"); };
  CLI::App* listing = add("list", "A line a run");
  listing->add_option("--sort", flags->sort, "by which column; the newest, best or first name on top")
      ->check(one_of(sort_names()))
      ->capture_default_str();
  json(listing);
  CLI::App* comparing = add("compare", "Figures of two or more runs, and what their recipes don't have in common");
  comparing->add_option("runs", flags->runs, "paths or names")->required();
  json(comparing);
  CLI::App* removing = add("rm", "Remove runs for good");
  removing->add_option("runs", flags->runs, "paths or names")->required();
  removing->add_flag("-y,--yes", flags->yes, "don't ask");
  return [=] {
    if (listing->parsed()) return list(*flags);
    return comparing->parsed() ? compare(*flags) : remove(*flags);
  };
}

}  // namespace reslab::cli
