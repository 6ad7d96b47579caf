// Finds a data set by name or folder: what `--data` and a recipe's `data.name` mean.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reslab/data/dataset.h"

namespace reslab::fetch {

/// The names that open_dataset knows.
std::vector<std::string> dataset_names();

/// "cifar10" (fetched to `cache`, see cache_folder(), when it isn't there), or a folder that holds the six record files
/// or has them below it in cifar-10-batches-bin. A name goes before a folder of the same name ("./cifar10" is the
/// folder). Throws UserError for anything else.
data::Parts open_dataset(const std::string& name_or_folder, const std::filesystem::path& cache);

/// Writes checksums beside the files of a folder as open_dataset takes it (data/record_checksums.h): from then on
/// damage is found when they are read. Returns where they lie. Throws UserError for anything else than such a folder.
std::filesystem::path write_dataset_checksums(const std::string& folder);

/// Whether open_dataset would download it: a known name whose files aren't in `cache`.
bool needs_fetching(const std::string& name_or_folder, const std::filesystem::path& cache);

}  // namespace reslab::fetch
