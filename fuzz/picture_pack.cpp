// pictures::parse_pack: head, table and trailer of the packed cache.
#include <cstdlib>
#include <cstring>

#include "fuzz/target.h"
#include "reslab/core/crc32c.h"
#include "reslab/pictures/number_bytes.h"
#include "reslab/pictures/pack_layout.h"

namespace reslab::fuzz {

namespace {

constexpr std::string_view about = "about";

void check(std::string_view file) {
  const auto entries = pictures::parse_pack(std::as_bytes(std::span(file)), about);
  if (!entries) return;
  for (const pictures::PackEntry& entry : *entries)
    if (entry.offset + entry.pixel_bytes() > file.size() || entry.pixel_bytes() == 0) std::abort();
}

// A file whose checksums are right, around a table of the fuzzer's: without them nothing behind would be reached.
std::string sealed(std::string_view table, std::size_t slots) {
  std::string file = pictures::pack_head(about) + std::string(slots * pictures::pack_page, '\0');
  std::string trailer;
  pictures::append_number<std::uint64_t>(trailer, file.size());
  pictures::append_number<std::uint64_t>(trailer, table.size() / pictures::pack_entry_bytes);
  pictures::append_number<std::uint32_t>(trailer, core::crc32c(std::as_bytes(std::span(table))));
  pictures::append_number<std::uint32_t>(trailer, core::crc32c(std::as_bytes(std::span(trailer))));
  return file.append(table) + trailer + "RLPACK1\n";
}

}  // namespace

void read(std::span<const std::byte> bytes) {
  // The first byte says which of both, and the number of slots.
  if (bytes.empty()) return;
  const auto slots = static_cast<std::size_t>(bytes[0]);
  const std::string_view rest = text_of(bytes.subspan(1));
  check(slots == 255 ? rest : sealed(rest, slots % 8));
}

std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
