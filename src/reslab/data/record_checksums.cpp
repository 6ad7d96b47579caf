#include "reslab/data/record_checksums.h"

#include <algorithm>
#include <optional>

#include "reslab/core/command.h"
#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/number.h"

namespace reslab::data {
namespace {

constexpr std::size_t records_together = 100;

// The words of a line with one space between them.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

std::optional<RecordChecksum> stretch_of(const std::vector<std::string_view>& words) {
  if (words.size() != 4 || words[0].empty() || words[3].size() != 8) return std::nullopt;
  const auto begin = core::parse<std::size_t>(words[1]), end = core::parse<std::size_t>(words[2]);
  const auto crc32c = core::parse<std::uint32_t>(words[3], 16);
  if (!begin || !end || !crc32c || *end <= *begin) return std::nullopt;
  return RecordChecksum{.begin = *begin, .end = *end, .crc32c = *crc32c};
}

// on_purpose: whether `data checksum` would take what was found.
[[noreturn]] void refuse(const std::string& source, const std::string& found, const std::string& allowed,
                         bool on_purpose = true) {
  const std::string folder = std::filesystem::path(source).parent_path().string();
  const std::string checksum = core::command({"data", "checksum", folder.empty() ? "." : folder});
  throw core::UserError({.attempted = "read " + source,
                         .found = found,
                         .allowed = allowed,
                         .remedy = "fetch the data set again (" + core::command({"data", "fetch", "cifar10"}) +
                                   "), or bring the file from where it came" +
                                   (on_purpose ? "; if it was changed on purpose: " + checksum : "")});
}

}  // namespace

std::vector<RecordChecksum> record_checksums(std::span<const std::byte> bytes, std::size_t record_bytes) {
  std::vector<RecordChecksum> result;
  const std::size_t stretch = records_together * record_bytes;
  for (std::size_t begin = 0; begin < bytes.size(); begin += stretch) {
    const std::size_t size = std::min(stretch, bytes.size() - begin);
    result.push_back({.begin = begin, .end = begin + size, .crc32c = core::crc32c(bytes.subspan(begin, size))});
  }
  return result;
}

void write_record_checksums(const std::filesystem::path& folder, const RecordChecksums& checksums) {
  std::string text;
  for (const auto& [file, stretches] : checksums)
    for (const RecordChecksum& each : stretches)
      text += core::concatenate(file, ' ', each.begin, ' ', each.end, ' ', core::hexadecimal(each.crc32c), '\n');
  core::write_file(folder / record_checksums_name, text);
}

RecordChecksums read_record_checksums(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / record_checksums_name;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  RecordChecksums checksums = parse_record_checksums(core::read_text(path, largest_checksum_table), path.string());
  if (checksums.empty()) refuse(path.string(), "it is empty", "a line for each hundred records");
  return checksums;
}

RecordChecksums parse_record_checksums(std::string_view text, const std::string& source) {
  RecordChecksums result;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    const auto stretch = end == std::string_view::npos ? std::nullopt : stretch_of(words);
    std::vector<RecordChecksum>* const file = stretch ? &result[std::string(words[0])] : nullptr;
    if (file == nullptr || stretch->begin != (file->empty() ? 0 : file->back().end))
      refuse(source, core::concatenate("line ", line, ": '", text.substr(0, std::min<std::size_t>(end, 80)), "'"),
             "FILE BEGIN END CRC-32C, from where the line before ended, and a line's end");
    file->push_back(*stretch);
    text.remove_prefix(end + 1);
  }
  return result;
}

void check_records(std::span<const std::byte> bytes, std::size_t record_bytes,
                   const std::vector<RecordChecksum>& expected, const std::string& source) {
  const std::size_t size = expected.empty() ? 0 : expected.back().end;
  if (bytes.size() != size)
    refuse(source, core::concatenate("it has ", bytes.size(), " bytes"), core::concatenate(size, " bytes"),
           !bytes.empty() && bytes.size() % record_bytes == 0);
  for (const RecordChecksum& each : expected)
    if (const std::uint32_t found = core::crc32c(bytes.subspan(each.begin, each.end - each.begin));
        found != each.crc32c)
      refuse(
          source,
          core::concatenate("damage in the records ", each.begin / record_bytes, " to ", (each.end - 1) / record_bytes,
                            " (bytes ", each.begin, " to ", each.end - 1, "): CRC-32C ", core::hexadecimal(found)),
          core::hexadecimal(each.crc32c));
}

}  // namespace reslab::data
