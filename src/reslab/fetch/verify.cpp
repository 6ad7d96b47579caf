#include "reslab/fetch/verify.h"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/json_text.h"
#include "reslab/data/record_checksums.h"

namespace reslab::fetch {
namespace {

using core::UserError;
using nlohmann::json;

constexpr std::string_view stamp_name = "verified.json";
constexpr std::size_t largest_file = data::cifar10_records_per_file * data::cifar10_record_bytes;

// What the stamp says of one file: null when it isn't there.
json describe(const std::filesystem::path& path, std::string_view md5) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return nullptr;
  return {{"bytes", status.st_size},
          {"modified_ns", std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec},
          {"md5", md5}};
}

json describe_all(const std::filesystem::path& folder, std::span<const data::CifarFile> files) {
  json all = json::object();
  for (const data::CifarFile& file : files) all[std::string(file.name)] = describe(folder / file.name, file.md5);
  return all;
}

json read_stamp(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return nullptr;
  return json::parse(core::read_text(path, 1 << 16), nullptr, false);
}

void write_stamp(const std::filesystem::path& folder, const data::RecordChecksums& checksums, const json& stamp) {
  try {
    data::write_record_checksums(folder, checksums);
    core::write_file(folder / stamp_name, core::json_text(stamp, 2) + '\n');
  } catch (const UserError&) {
    // A cache that others share may be read-only: then the checksums are computed each time.
  }
}

bool can_write(const std::filesystem::path& folder) { return ::access(folder.c_str(), W_OK) == 0; }

}  // namespace

std::string find_fault(const std::filesystem::path& folder, std::span<const data::CifarFile> files, bool thorough) {
  const json present = describe_all(folder, files);
  for (const data::CifarFile& file : files)
    if (present[std::string(file.name)].is_null()) return core::concatenate(file.name, " is missing");
  std::error_code ignored;
  const bool complete = std::filesystem::exists(folder / data::record_checksums_name, ignored) || !can_write(folder);
  if (!thorough && complete && read_stamp(folder / stamp_name) == present) return "";
  data::RecordChecksums checksums;
  for (const data::CifarFile& file : files) {
    // Both sums of the same bytes.
    const std::vector<std::byte> bytes = core::read_bytes(folder / file.name, largest_file);
    if (const std::string md5 = core::md5(bytes); md5 != file.md5)
      return core::concatenate(file.name, " has MD5 ", md5, " instead of ", file.md5);
    checksums[std::string(file.name)] = data::record_checksums(bytes, data::cifar10_record_bytes);
  }
  write_stamp(folder, checksums, present);
  return "";
}

}  // namespace reslab::fetch
