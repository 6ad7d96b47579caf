#include "reslab/fetch/locate.h"

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/data/cifar10.h"
#include "reslab/fetch/cifar10.h"

namespace reslab::fetch {
namespace {

using std::filesystem::path;

std::vector<std::string> missing_files(const path& folder) {
  std::vector<std::string> missing;
  for (const data::CifarFile& file : data::cifar10_files)
    if (std::error_code error; !std::filesystem::is_regular_file(folder / file.name, error))
      missing.emplace_back(file.name);
  return missing;
}

[[noreturn]] void unknown(const std::string& given) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(given, error);
  const std::vector<std::string> names = dataset_names();
  const std::string near = core::did_you_mean(given, names);
  throw core::UserError({.attempted = "open the data set '" + given + "'",
                         .found = is_folder ? "the folder lacks " + core::join(missing_files(given))
                                            : "neither a known name nor a folder",
                         .allowed = core::join(names) + ", or a folder with CIFAR-10's six .bin files",
                         .remedy = !near.empty() ? near
                                   : is_folder
                                       ? "complete the folder, or name another with --data"
                                       : "check the path; where the folder was moved, name its place with --data"});
}

path folder_of_files(const std::string& given) {
  for (path folder : {path(given), path(given) / "cifar-10-batches-bin"})
    if (missing_files(folder).empty()) return folder;
  unknown(given);
}

}  // namespace

std::vector<std::string> dataset_names() { return {"cifar10"}; }

bool needs_fetching(const std::string& name_or_folder, const path& cache) {
  return name_or_folder == "cifar10" && !missing_files(cache / "cifar10").empty();
}

data::Parts open_dataset(const std::string& name_or_folder, const path& cache) {
  return data::read_cifar10(name_or_folder == "cifar10" ? cifar10({.cache = cache}) : folder_of_files(name_or_folder));
}

path write_dataset_checksums(const std::string& folder) {
  path files = folder_of_files(folder);
  data::write_cifar10_checksums(files);
  return files;
}

}  // namespace reslab::fetch
