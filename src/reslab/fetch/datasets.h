// The data sets that have a name: how each is fetched, recognised in a folder, and opened. What `--data` and a recipe's
// `data.name` mean.
//
//   const data::Splits splits = fetch::open_dataset("cifar10", fetch::cache_folder());
//   const data::Splits own = fetch::open_dataset("/data/cifar-10-batches-bin", "");
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reslab/data/split.h"

namespace reslab::fetch {

/// How a data set is brought to this machine.
struct FetchOptions {
  std::filesystem::path cache;  ///< see cache_folder()
  bool thorough = false;        ///< read what is there to the last byte, even if it was verified before
};

/// All that the program knows of a data set before it is there. Its name is info.name.
struct NamedDataset {
  data::DatasetInfo info;
  std::int64_t train_samples = 0, test_samples = 0;  ///< of the published data set
  std::string files;                                 ///< "CIFAR-10's six .bin files"
  std::string sources;                               ///< where it comes from: a sentence for the manual

  /// Its folder below a cache.
  std::function<std::filesystem::path(const std::filesystem::path& cache)> folder;
  /// Returns that folder, which then holds the verified files. Throws UserError.
  std::function<std::filesystem::path(const FetchOptions& options)> fetch;
  /// What is wrong with the files of a folder; "" where they are those that were published.
  std::function<std::string(const std::filesystem::path& folder)> fault;
  std::size_t file_count = 0;
  /// The names of the files that a folder lacks.
  std::function<std::vector<std::string>(const std::filesystem::path& folder)> missing;
  /// Folders below one that a user names in which the files may lie too, as the published archive has them.
  std::vector<std::filesystem::path> below;
  /// Reads the files of a folder that lacks none. Throws UserError.
  std::function<data::Splits(const std::filesystem::path& folder)> open;
  /// Writes the checksums of the files beside them.
  std::function<void(const std::filesystem::path& folder)> write_checksums;
};

/// All of them; the first is what is meant where nobody names one.
const std::deque<NamedDataset>& named_datasets();

/// Makes one more known. Before anything else of this file is used by another thread. Asserts that its name is new.
void register_dataset(NamedDataset dataset);

/// nullptr where there is none of that name.
const NamedDataset* find_dataset(const std::string& name);

/// The names, in the same order.
std::vector<std::string> dataset_names();

/// Whether a folder has some or all of the files of a data set that has a name, or holds the folder in which its
/// published archive has them.
bool has_files_of_a_dataset(const std::string& folder);

/// A data set by name (fetched to `cache` when it isn't there), or a folder that holds the files of one of them. A name
/// goes before a folder of the same name ("./cifar10" is the folder). Throws UserError for anything else.
data::Splits open_dataset(const std::string& name_or_folder, const std::filesystem::path& cache);

/// Writes checksums beside the files of a folder as open_dataset takes it (data/record_checksums.h): from then on
/// damage is found when they are read. Returns where they lie. Throws UserError for anything else than such a folder.
std::filesystem::path write_dataset_checksums(const std::string& folder);

/// Whether open_dataset would download it: a known name whose files aren't in `cache`.
bool needs_fetching(const std::string& name_or_folder, const std::filesystem::path& cache);

}  // namespace reslab::fetch
