// Checksums of a data set's files, in a small file beside them, so that damage is found before a sample is used, and
// its place named.
//
//   DIR/crc32c.txt, a line a stretch of records: FILE BEGIN END CRC-32C
//     data_batch_1.bin 0 307300 0a1b2c3d
//
// Stretches follow each other from byte 0 to the file's last. Lines of a file stand together.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::data {

struct RecordChecksum {
  std::size_t begin = 0, end = 0;  ///< bytes, [begin, end)
  std::uint32_t crc32c = 0;

  friend bool operator==(const RecordChecksum&, const RecordChecksum&) = default;
};

/// By file name.
using RecordChecksums = std::map<std::string, std::vector<RecordChecksum>>;

inline constexpr const char* record_checksums_name = "crc32c.txt";
inline constexpr std::size_t largest_checksum_table = std::size_t{128} << 10;  ///< bytes; CIFAR-10's has 27,000

/// Of a hundred records a stretch; the last may be shorter.
std::vector<RecordChecksum> record_checksums(std::span<const std::byte> bytes, std::size_t record_bytes);

/// Writes `folder`/crc32c.txt durably.
void write_record_checksums(const std::filesystem::path& folder, const RecordChecksums& checksums);

/// Reads it; empty where there is none. Throws UserError with file and line where it isn't as above, and where it is
/// there and empty.
RecordChecksums read_record_checksums(const std::filesystem::path& folder);

/// Its text; `source` stands in messages.
RecordChecksums parse_record_checksums(std::string_view text, const std::string& source);

/// Throws UserError that names the first records of `source` that aren't as they were.
void check_records(std::span<const std::byte> bytes, std::size_t record_bytes,
                   const std::vector<RecordChecksum>& expected, const std::string& source);

}  // namespace reslab::data
