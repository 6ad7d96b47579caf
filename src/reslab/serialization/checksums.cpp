#include "reslab/serialization/checksums.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <span>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"

namespace reslab::serialization {
namespace {

constexpr std::uint64_t chunk = std::uint64_t{1} << 20;

[[noreturn]] void refuse_bytes(const std::filesystem::path& path, const std::string& found,
                               const std::string& allowed = {}) {
  throw core::DamagedFile({.attempted = "verify " + path.string(), .found = found, .allowed = allowed});
}

}  // namespace

void verify(const std::filesystem::path& path, const Checksums& expected) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) core::refuse_read("verify " + path.string(), error.value());
  if (size != expected.bytes)
    refuse_bytes(path, core::concatenate("it has ", size, " bytes"), core::concatenate(expected.bytes, " bytes"));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) core::refuse_read("verify " + path.string(), errno);
  core::Sha256 sha256;
  std::vector<std::byte> buffer(std::min(chunk, size));
  for (const Section& section : expected.sections) {
    std::uint32_t crc32c = 0;
    for (std::uint64_t place = section.begin; place < section.end;) {
      const std::span<std::byte> part = std::span(buffer).first(std::min(chunk, section.end - place));
      errno = 0;
      if (!file.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size()))) {
        if (errno != 0) core::refuse_read("verify " + path.string(), errno);
        refuse_bytes(path, "it ended while it was read");
      }
      crc32c = core::crc32c(part, crc32c);
      sha256.update(part);
      place += part.size();
    }
    if (crc32c != section.crc32c)
      refuse_bytes(path,
                   core::concatenate("damage in its section ", section.name, " (bytes ", section.begin, " to ",
                                     section.end, "): CRC32C ", core::hexadecimal(crc32c)),
                   core::hexadecimal(section.crc32c));
  }
  if (const std::string found = sha256.finish(); found != expected.sha256)
    refuse_bytes(path, "SHA-256 " + found, expected.sha256);
}

}  // namespace reslab::serialization
