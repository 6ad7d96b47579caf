#include <cstdlib>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/fetch/archive.h"
#include "reslab/fetch/cifar10_sources.h"
#include "reslab/fetch/source_error.h"

namespace reslab::fetch {
namespace {

constexpr const char* official_url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
constexpr std::string_view folder_in_archive = "cifar-10-batches-bin/";

std::string choose_url(const Cifar10Options& options) {
  if (!options.url.empty()) return options.url;
  const char* mirror = std::getenv("RESLAB_CIFAR10_URL");
  return mirror == nullptr || *mirror == '\0' ? official_url : mirror;
}

// Downloads until `part` has the right checksum. A resumed part may stem from another file, so a wrong one gets a
// second chance, from its first byte.
void complete(const Cifar10Options& options, const std::filesystem::path& part) {
  const std::string url = choose_url(options);
  std::error_code none;
  bool resumed = std::filesystem::file_size(part, none) > 0 && !none;
  if (resumed && core::md5_of_file(part) == options.archive_md5) return;
  for (;; resumed = false) {
    download({.url = url,
              .part = part,
              .limit = options.archive_limit,
              .network = options.network,
              .silent = options.silent});
    const std::string md5 = core::md5_of_file(part);
    if (md5 == options.archive_md5) return;
    std::filesystem::remove(part);
    if (!resumed)
      throw SourceError(core::concatenate(url, ": what came has MD5 ", md5, " instead of ", options.archive_md5,
                                          "; it was thrown away"));
  }
}

}  // namespace

void fetch_archive(const Cifar10Options& options, const WorkFolder& work) {
  const std::filesystem::path part = work.folder / "cifar-10-binary.tar.gz.part";
  complete(options, part);
  std::vector<ArchiveMember> members;
  for (const data::CifarFile& file : options.files)
    members.push_back({.name = core::concatenate(folder_in_archive, file.name),
                       .limit = options.records_per_file * data::cifar10_record_bytes});
  read_archive(part, members, [&](const std::string& name, const std::vector<std::byte>& bytes) {
    keep_verified(options, work, name.substr(folder_in_archive.size()), bytes);
  });
}

}  // namespace reslab::fetch
