#include "reslab/cli/opened_data.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <tuple>
#include <utility>

#include "reslab/cli/recipe_options.h"
#include "reslab/cli/stage_line.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/core/threads.h"
#include "reslab/fetch/cache.h"
#include "reslab/fetch/datasets.h"
#include "reslab/pictures/split_file.h"
#include "reslab/train/build.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

void say_finding(const pictures::Finding& finding) {
  std::cerr << (finding.severity == pictures::Severity::note ? "" : "note: ") << core::printable(finding.text) << '\n';
  constexpr std::size_t shown = 3;
  for (std::size_t i = 0; i < std::min(shown, finding.examples.size()); ++i)
    std::cerr << "  " << core::printable(finding.examples[i]) << '\n';
  if (finding.count > shown) std::cerr << "  … (" << finding.count << " in all)\n";
}

// The settings by which pictures are found, as options of a command.
core::Words picture_words(const recipe::PictureSettings& given) {
  const recipe::PictureSettings usual;
  core::Words words;
  for (const auto& [name, value, initial] :
       {std::tuple{"--labels", &given.labels, &usual.labels}, std::tuple{"--columns", &given.columns, &usual.columns},
        std::tuple{"--delimiter", &given.delimiter, &usual.delimiter},
        std::tuple{"--split", &given.split, &usual.split}, std::tuple{"--splits", &given.splits, &usual.splits},
        std::tuple{"--group-by", &given.group_by, &usual.group_by},
        std::tuple{"--damaged", &given.damaged, &usual.damaged}})
    if (*value != *initial) words = core::joined({words, core::option(name, *value)});
  if (given.split_exact) words.emplace_back("--split-exact");
  return words;
}

void say_what_was_found(const pictures::OpenedPictures& opened, bool quiet) {
  say_findings(opened.set.findings, /*quiet=*/true);
  if (quiet) return;
  const auto size = [&](pictures::Split split) { return std::ssize(opened.set.ids(split)); };
  std::cerr << core::printable(opened.set.layout_text) << '\n'
            << core::printable(opened.set.split_text) << '\n'
            << core::counted(std::ssize(opened.set.classes), "class") << ", " << size(pictures::Split::train)
            << " pictures to train on, " << size(pictures::Split::validation) << " held out, "
            << size(pictures::Split::test) << " to test"
            << (opened.set.no_untouched_test ? " (none is untouched: the hold-out stands in)" : "") << '\n';
}

// Of the training pictures, where train and test are given: what validation would get of the two.
double holdout_of(const pictures::Shares& shares) { return shares.validation / (shares.train + shares.validation); }

pictures::PictureOptions picture_options(const std::string& folder, const recipe::Recipe& recipe, const DataUse& use) {
  const recipe::PictureSettings& settings = recipe.pictures;
  pictures::PictureOptions options{.data = folder,
                                   .splits = use.splits.empty() ? fs::path(settings.splits) : use.splits,
                                   .splits_text = use.splits_text,
                                   .shares = pictures::parse_shares(settings.split),
                                   .exact = settings.split_exact,
                                   .holdout = holdout_of(pictures::parse_shares(settings.split)),
                                   .seed = static_cast<std::uint64_t>(settings.split_seed),
                                   .group_by = settings.group_by,
                                   .classes = use.classes};
  if (!settings.labels.empty())
    options.labels =
        pictures::ListOptions{.file = settings.labels, .columns = settings.columns, .delimiter = settings.delimiter};
  return options;
}

std::array<std::uint8_t, 3> background_of(const recipe::PictureSettings& settings) {
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t c = 0; c < colour.size(); ++c)
    colour[c] = static_cast<std::uint8_t>(settings.background[std::min(c, settings.background.size() - 1)]);
  return colour;
}

void check_class_names(const std::string& folder, const std::vector<std::string>& classes) {
  for (const std::string& name : classes)
    if (!core::is_utf8(name))
      throw core::UserError({.attempted = "use the pictures of " + folder,
                             .found = "the class name '" + core::printable(name) + "', which isn't UTF-8 text",
                             .allowed = "names in UTF-8, since files of weights keep them",
                             .remedy = "rename the folder or the label"});
}

// Where pictures have come, gone or changed since their splits were made.
void check_exact(const std::string& folder, const pictures::PictureSet& set, const std::string& wanted) {
  const std::string found = pictures::splits_csv(set);
  if (found == wanted) return;
  std::istringstream is(found), was(wanted);
  std::string line, before;
  do {
    line.clear();
    before.clear();
    std::getline(is, line);
    std::getline(was, before);
  } while (line == before && is && was);
  throw core::UserError({.attempted = "train on the pictures of " + folder + " as they were divided",
                         .found = "other pictures than then: " + (line.empty() ? "none" : line) + ", where there was " +
                                  (before.empty() ? "none" : before),
                         .allowed = "the same pictures, since each is tested once and trained on in all other folds",
                         .remedy = "put them back as they were, or begin a campaign of another --name"});
}

OpenedData open_folder(const std::string& folder, const DataFlags& flags, const recipe::Recipe& recipe,
                       const DataUse& use) {
  StageLine line;
  pictures::OpenOptions options = picture_opening(folder, flags, recipe, use);
  options.progress = [&](std::string_view stage, const pictures::Progress& progress) { line.show(stage, progress); };
  auto opened = std::make_shared<pictures::OpenedPictures>(pictures::open_pictures(options));
  check_class_names(folder, opened->set.classes);
  if (use.splits_text) check_exact(folder, opened->set, *use.splits_text);
  if (!use.silent) say_what_was_found(*opened, use.quiet);
  const auto matters = [](const pictures::Finding& finding) { return finding.severity != pictures::Severity::note; };
  if (!use.quiet && !use.silent && std::ranges::any_of(opened->set.findings, matters))
    std::cerr << "a closer look, with copies and look-alikes: "
              << core::command(core::joined({{"data", "check", folder}, picture_words(recipe.pictures)})) << '\n';
  OpenedData data{.splits = opened->splits};
  data.pictures = std::move(opened);
  return data;
}

}  // namespace

pictures::OpenOptions picture_opening(const std::string& folder, const DataFlags& flags, const recipe::Recipe& recipe,
                                      const DataUse& use) {
  return {.pictures = picture_options(folder, recipe, use),
          .cache = fetch::find_cache_folder(flags.cache_dir).value_or(fs::path()),
          .cache_limit = picture_cache_limit(flags),
          .threads = core::thread_budget().recommended,
          .channels = use.channels != 0 ? use.channels : static_cast<int>(recipe.pictures.channels),
          .background = use.background.value_or(background_of(recipe.pictures)),
          .use_damaged = recipe.pictures.damaged == "use",
          .range16 = use.range16,
          .fit = use.fit ? *use.fit : train::build_fit(recipe),
          .least_side = train::least_side(recipe),
          .say = [](const std::string& text) { std::cerr << "note: " << core::printable(text) << '\n'; }};
}

void say_findings(const pictures::Findings& findings, bool quiet) {
  for (const pictures::Finding& finding : findings)
    if (!quiet || finding.severity != pictures::Severity::note) say_finding(finding);
}

pictures::PictureSet find_pool(const DataFlags& flags, const recipe::Recipe& recipe, bool quiet) {
  const std::string& folder = flags.data.empty() ? recipe.data.name : flags.data;
  StageLine line;
  pictures::OpenOptions options = picture_opening(folder, flags, recipe, {});
  options.progress = [&](std::string_view stage, const pictures::Progress& progress) { line.show(stage, progress); };
  options.pictures.pool = true;
  pictures::PictureSet set = pictures::find_usable(options);
  check_class_names(folder, set.classes);
  say_findings(set.findings, quiet);
  return set;
}

bool is_of_pictures(const std::string& name, bool listed) {
  std::error_code error;
  return fetch::find_dataset(name) == nullptr && fs::is_directory(name, error) &&
         (listed || !fetch::has_files_of_a_dataset(name));
}

std::string recipe_for_data(const DataFlags& flags, bool listed, bool quiet) {
  if (flags.data.empty() || !is_of_pictures(flags.data, listed)) return default_recipe;
  const std::string photographs = "photos";
  if (!quiet)
    std::cerr << "recipe " << photographs << ", since " << core::printable(flags.data)
              << " holds picture files (reslab recipe list has the others)\n";
  return photographs;
}

void check_apart(const std::string& data, const fs::path& runs) {
  if (!is_of_pictures(data, /*listed=*/false)) return;
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(fs::absolute(runs), error), outer = fs::canonical(data, error);
  const fs::path way = inner.lexically_relative(outer);
  if (error || way.empty() || *way.begin() == "..") return;
  throw core::UserError({.attempted = "keep runs in " + runs.string(),
                         .found = "that is within the folder of the pictures, " + data,
                         .allowed = "a folder outside of it: nothing is written among the pictures",
                         .remedy = "start the program elsewhere, or name another folder with --runs-dir"});
}

DataUse use_of(const track::RunFolder& run) {
  std::error_code error;
  return {.splits = fs::exists(run.splits(), error) ? run.splits() : fs::path()};
}

void keep_splits(const OpenedData& data, const track::RunFolder& run) {
  if (data.pictures != nullptr) core::write_file(run.splits(), pictures::splits_csv(data.pictures->set));
}

namespace {

// What is said of picture files must not be passed over in silence where there are none.
void refuse_picture_settings(const recipe::Recipe& recipe, const std::string& name) {
  const recipe::PictureSettings& given = recipe.pictures;
  const recipe::PictureSettings usual;
  for (const auto& [key, differs] :
       {std::pair{"labels", given.labels != usual.labels}, std::pair{"columns", given.columns != usual.columns},
        std::pair{"split", given.split != usual.split}, std::pair{"split_exact", given.split_exact},
        std::pair{"splits", given.splits != usual.splits}, std::pair{"group_by", given.group_by != usual.group_by},
        std::pair{"damaged", given.damaged != usual.damaged}})
    if (differs)
      throw core::UserError({.attempted = core::concatenate("use pictures.", key, " for the data set ", name),
                             .found = "it isn't one of picture files, so that this would have no effect",
                             .remedy = "leave it out"});
}

}  // namespace

OpenedData open_data(const DataFlags& flags, const recipe::Recipe& recipe, const DataUse& use) {
  const std::string& name = flags.data.empty() ? recipe.data.name : flags.data;
  if (is_of_pictures(name, !recipe.pictures.labels.empty())) return open_folder(name, flags, recipe, use);
  refuse_picture_settings(recipe, name);
  const bool known = fetch::find_dataset(name) != nullptr;
  return {.splits = fetch::open_dataset(name, known ? fetch::cache_folder(flags.cache_dir) : fs::path())};
}

OpenedData open_data(const DataFlags& flags, const std::string& otherwise) {
  recipe::Recipe recipe;
  recipe.data.name = otherwise;
  return open_data(flags, recipe);
}

}  // namespace reslab::cli
