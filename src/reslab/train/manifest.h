// The manifest of a checkpoint: what its payload must be to the byte. It is written last, durably: a checkpoint whose
// manifest is there was written whole, and one that differs from it is damaged.
//
//   runs/x/checkpoint/epoch-0007.safetensors     the payload
//   runs/x/checkpoint/epoch-0007.json            its manifest, a JSON object
//     format     "reslab checkpoint manifest 1"
//     file       the payload's name
//     bytes      its size
//     sha256     its SHA-256
//     sections   [{"name": "network.prep.0.weight", "begin": 9016, "end": 12472, "crc32c": "0a1b2c3d"}, …]
//     logs       [{"file": "metrics.csv", "bytes": 5120}, …]: how far they had come, on the disk before the manifest
//     crc32c     of all bytes of the manifest before the line that says it
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reslab/serialization/checksums.h"

namespace reslab::train {

/// How far a growing file had come.
struct LogMark {
  std::string file;  ///< its name in the run's folder
  std::uint64_t bytes = 0;

  friend bool operator==(const LogMark&, const LogMark&) = default;
};

struct Manifest {
  std::string file;  ///< the payload's name, without folder
  serialization::Checksums checksums;
  std::vector<LogMark> logs;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Beside the payload: ….safetensors → ….json.
std::filesystem::path manifest_of(const std::filesystem::path& payload);

/// Writes durably.
void write_manifest(const std::filesystem::path& path, const Manifest& manifest);

/// Throws UserError where it can't be read, was damaged (its own CRC32C), or isn't one: unknown, missing or double
/// keys, sections that leave gaps.
Manifest read_manifest(const std::filesystem::path& path);

/// The text of a manifest, and back; `source` stands in messages.
std::string format_manifest(const Manifest& manifest);
Manifest parse_manifest(const std::string& text, const std::string& source);

}  // namespace reslab::train
