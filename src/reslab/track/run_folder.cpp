#include "reslab/track/run_folder.h"

#include <unistd.h>

#include <cerrno>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/track/environment.h"

namespace reslab::track {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+=@";

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text.find_first_not_of(name_characters) == std::string_view::npos &&
         text.front() != '.' && text.front() != '-' && !text.ends_with(".safetensors") && !text.ends_with(".toml");
}

// A recipe read from a file may have any name.
std::string as_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return name_characters.find(c) == std::string_view::npos; }, '_');
  return text.substr(0, 100);
}

std::string timed_name(const NewRun& options) {
  std::tm parts{};
  ::localtime_r(&options.now, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return std::string(text.data(), length) + "-" + as_name(options.recipe);
}

std::vector<std::string> names_of(const std::vector<RunFolder>& runs, const fs::path& before = {}) {
  std::vector<std::string> names;
  names.reserve(runs.size());
  for (const RunFolder& run : runs) names.push_back((before / run.name()).string());
  return names;
}

// "rep/seed-1" for itself and for "rep/seed-1/"; "" for a path that may lead out of the folder that it is read from,
// and for a name without a slash.
fs::path name_with_slash(const std::string& text) {
  const fs::path given(text);
  fs::path name;
  if (given.is_absolute()) return {};
  for (const fs::path& part : given) {
    if (part == "." || part == "..") return {};
    if (!part.empty()) name /= part;
  }
  return name.has_parent_path() ? name : fs::path();
}

void refuse_other_kind(const RunFolder& run, Kinds kinds) {
  const RunKind kind = run_kind(run.environment());
  if (!kinds || kind == *kinds) return;
  throw core::UserError(
      {.attempted = "use " + run.path.string() + " as a run of `" + core::command({name_of(*kinds)}) + "`",
       .found = "it is one of `" + core::command({name_of(kind)}) + "`",
       .remedy = kind == RunKind::find_lr
                     ? "train with what it found: " +
                           core::command(core::joined({{"train"},
                                                       core::option("--lr-from", run.path.string()),
                                                       runs_option(run.path.parent_path())}))
                     : "name another run"});
}

}  // namespace

core::Words runs_option(const fs::path& runs) {
  if (runs == "runs") return {};
  return core::option("--runs-dir", runs.empty() ? "." : runs.string());
}

void check_own_files(const RunFolder& run) {
  for (const fs::path& file : {run.log(), run.metrics(), run.epochs(), run.lock()}) core::check_own_file(file);
  for (const fs::path& folder : {run.checkpoint(), run.plots()}) core::check_own_folder(folder);
}

namespace {

// What remove_unbegun removes.
bool is_unbegun(const RunFolder& run) {
  std::error_code error;
  // What a link leads to is somebody's choice, and not ours to remove.
  if (fs::is_symlink(run.path, error) || !fs::is_directory(run.path, error) || fs::exists(run.environment(), error))
    return false;
  for (const auto& entry : fs::directory_iterator(run.path, error)) {
    const fs::path& path = entry.path();
    const bool ours = path == run.lock() || path == run.recipe() || path == run.splits() || core::is_unfinished(path) ||
                      (path == run.checkpoint() && fs::is_empty(path, error));
    if (!ours || error) return false;
  }
  return true;
}

// Throws where `path` couldn't be made in the folder of runs: the first folder above it that is there can't be written,
// or is none.
void check_can_make(const fs::path& path) {
  const auto refuse = [&](const std::string& found) {
    throw core::UserError({.attempted = "make a run in " + path.parent_path().string(),
                           .found = found,
                           .remedy = "choose another folder of runs with --runs-dir"});
  };
  for (fs::path folder = path;;) {
    std::error_code error;
    const fs::file_type type = fs::symlink_status(folder, error).type();
    if (type == fs::file_type::none) refuse(folder.string() + ": " + error.message());
    if (type != fs::file_type::not_found && folder != path) {
      if (!fs::is_directory(folder, error)) refuse(folder.string() + " is no folder");
      if (::access(folder.c_str(), W_OK | X_OK) != 0) refuse(folder.string() + ": " + core::system_message(errno));
      return;
    }
    folder = folder.has_parent_path() && folder.parent_path() != folder ? folder.parent_path() : ".";
  }
}

[[noreturn]] void refuse_taken(const NewRun& options) {
  const RunFolder run{options.runs / options.name};
  std::error_code error;
  const bool is_run = fs::exists(run.environment(), error), is_link = fs::is_symlink(run.path, error),
             leads_nowhere = is_link && !fs::exists(run.path, error);
  throw core::UserError({.attempted = "name the run '" + options.name + "'",
                         .found = run.path.string() + (leads_nowhere ? " is a link that leads nowhere"
                                                       : is_run      ? " exists"
                                                                     : " exists, and is no run"),
                         .remedy = std::string("choose another --name, or remove that ") +
                                   (is_link ? "link" : "folder") +
                                   (is_run && run_kind(run.environment()) == RunKind::train
                                        ? "; to go on with it: " + core::command({"resume", run.path.string()})
                                        : "")});
}

}  // namespace

bool remove_unbegun(const RunFolder& run) {
  if (!is_unbegun(run)) return false;
  std::error_code error;
  // Somebody may be about to begin it.
  std::unique_ptr<core::FileLock> held;
  if (fs::exists(run.lock(), error) && (held = core::FileLock::try_lock(run.lock())) == nullptr) return false;
  fs::remove_all(run.path, error);
  return !error;
}

std::string free_name(const NewRun& options) {
  const std::string name = timed_name(options);
  // A link that leads nowhere takes a name, too.
  const auto is_free = [&](const std::string& text) {
    std::error_code error;
    return !fs::exists(fs::symlink_status(options.runs / text, error));
  };
  if (is_free(name)) return name;
  for (int number = 2;; ++number)
    if (const std::string other = name + "-" + std::to_string(number); is_free(other)) return other;
}

void check_run_name(const std::string& name) {
  if (is_name(name)) return;
  throw core::UserError(
      {.attempted = "name the run '" + name.substr(0, 200) + "'",
       .found = "a name that can't be a run's folder",
       .allowed = "at most 128 letters, digits and - _ . + = @, not beginning with - or ., not ending "
                  "in .toml or .safetensors",
       .remedy = "choose another name; where it was meant as a path, say with --runs-dir where the runs are kept"});
}

void check_new_run(const NewRun& options) {
  if (!options.name.empty()) check_run_name(options.name);
  check_can_make(options.runs / (options.name.empty() ? timed_name(options) : options.name));
  const fs::path named = options.runs / options.name;
  if (std::error_code error; !options.name.empty() && fs::exists(fs::symlink_status(named, error)))
    if (!is_unbegun({named})) refuse_taken(options);
}

RunFolder create_run(const NewRun& options) {
  check_new_run(options);
  core::make_directories(options.runs);
  if (!options.name.empty()) {
    const fs::path path = options.runs / options.name;
    if (core::make_directory(path) || (remove_unbegun({path}) && core::make_directory(path))) return {path};
    refuse_taken(options);
  }
  const fs::path path = options.runs / timed_name(options);
  if (core::make_directory(path)) return {path};
  for (int number = 2;; ++number) {
    fs::path other = path;
    other += "-" + std::to_string(number);
    if (core::make_directory(other)) return {other};
  }
}

std::vector<RunFolder> list_runs(const fs::path& runs, Kinds kinds) {
  std::vector<std::pair<std::string, RunFolder>> found;
  std::error_code error;
  for (fs::directory_iterator place(runs, error), end; !error && place != end; place.increment(error)) {
    const RunFolder run{place->path()};
    if (std::error_code ignored; !fs::exists(run.environment(), ignored)) continue;
    // One whose record is damaged comes last.
    if (!kinds || run_kind(run.environment()) == *kinds)
      found.emplace_back(started(run.environment()).value_or(""), run);
  }
  // The name decides between equal times, so that the order never depends on the file system.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.path) > std::pair(b.first, b.second.path);
  });
  std::vector<RunFolder> sorted;
  sorted.reserve(found.size());
  for (auto& [start, run] : found) sorted.push_back(std::move(run));
  return sorted;
}

namespace {

// What to say where there is no run of that name: the nearest that there is, those of a campaign that is meant as a
// whole, or the newest.
std::string nearest_run(const std::string& name, const fs::path& runs, const std::vector<RunFolder>& known,
                        Kinds kinds) {
  std::vector<std::string> names = names_of(known);
  const std::string newest = names.empty() ? "" : "name another run; the newest one is called '" + names.front() + "'";
  if (is_name(name)) {
    const std::vector<std::string> below = names_of(list_runs(runs / name, kinds), name);
    if (!below.empty()) return "it is a folder of runs: name one of them, such as " + below.front();
  }
  if (const fs::path before = name_with_slash(name).parent_path(); !before.empty()) {
    const std::vector<std::string> below = names_of(list_runs(runs / before, kinds), before);
    names.insert(names.end(), below.begin(), below.end());
  }
  const std::string remedy = core::did_you_mean(name, names);
  return remedy.empty() ? newest : remedy;
}

}  // namespace

RunFolder find_run(const std::string& name_or_path, const fs::path& runs, Kinds kinds) {
  const std::vector<RunFolder> known = list_runs(runs, kinds);
  if (name_or_path.empty()) {
    if (!known.empty()) return known.front();
    throw core::UserError({.attempted = "find the newest run",
                           .found = "no run in " + runs.string(),
                           .remedy = "train one (" + core::command(core::joined({{"train"}, runs_option(runs)})) +
                                     "), or give the path of a run"});
  }
  for (const RunFolder& run : known)
    if (run.name() == name_or_path) return run;
  const RunFolder direct{fs::path(name_or_path).lexically_normal()};
  std::error_code error;
  if (fs::exists(direct.environment(), error)) {
    refuse_other_kind(direct, kinds);
    // "runs/x/" has no last part to take for a name.
    return {direct.path.has_filename() ? direct.path : direct.path.parent_path()};
  }
  const fs::path deeper = name_with_slash(name_or_path);
  if (const RunFolder named{runs / deeper}; !deeper.empty() && fs::exists(named.environment(), error)) {
    refuse_other_kind(named, kinds);
    return named;
  }
  if (const RunFolder named{runs / name_or_path}; is_name(name_or_path) && fs::exists(named.environment()))
    refuse_other_kind(named, kinds);
  const std::string remedy = nearest_run(deeper.empty() ? name_or_path : deeper.string(), runs, known, kinds);
  throw core::UserError({.attempted = "find the run '" + name_or_path + "'",
                         .found = fs::exists(direct.path, error)
                                      ? "a path that is no run's folder: it has no environment.json"
                                      : "no such run in " + runs.string() + " and no such path",
                         .allowed = "the name of a run in " + runs.string() + ", or a run's folder",
                         .remedy = remedy});
}

}  // namespace reslab::track
