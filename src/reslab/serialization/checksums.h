// What is known of a file's bytes, so that damage is found before they are used, and its place named.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reslab::serialization {

/// A stretch of a file, [begin, end) in bytes from its start.
struct Section {
  std::string name;
  std::uint64_t begin = 0, end = 0;
  std::uint32_t crc32c = 0;

  friend bool operator==(const Section&, const Section&) = default;
};

struct Checksums {
  std::uint64_t bytes = 0;        ///< of the whole file
  std::string sha256;             ///< of the whole file, 64 lower-case hexadecimal digits
  std::vector<Section> sections;  ///< one after the other, without gaps, from 0 to `bytes`

  friend bool operator==(const Checksums&, const Checksums&) = default;
};

/// Reads the file and compares. Throws UserError that names the first section that differs. Needs 1 MiB of memory.
void verify(const std::filesystem::path& path, const Checksums& expected);

}  // namespace reslab::serialization
