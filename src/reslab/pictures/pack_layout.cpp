#include "reslab/pictures/pack_layout.h"

#include <algorithm>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/pictures/number_bytes.h"

namespace reslab::pictures {
namespace {

constexpr std::uint32_t largest_pack_side = 1U << 20, most_pack_channels = augment::most_channels;
constexpr std::size_t head_checksum_end = 12;

std::uint32_t checksum_of(std::string_view text) { return core::crc32c(std::as_bytes(std::span(text))); }

// Where the table is, by the last bytes.
struct Trailer {
  std::uint64_t table = 0, entries = 0;
  std::uint32_t checksum = 0;
};

std::optional<Trailer> parse_trailer(std::string_view file) {
  const std::string_view text = file.substr(file.size() - pack_trailer_bytes);
  NumberReader reader(text);
  Trailer trailer;
  trailer.table = reader.take<std::uint64_t>();
  trailer.entries = reader.take<std::uint64_t>();
  trailer.checksum = reader.take<std::uint32_t>();
  if (reader.take<std::uint32_t>() != checksum_of(text.substr(0, 20)) || reader.rest() != pack_magic)
    return std::nullopt;
  const std::uint64_t end = file.size() - pack_trailer_bytes;
  if (trailer.table < pack_page || trailer.table > end) return std::nullopt;
  if ((end - trailer.table) / pack_entry_bytes != trailer.entries || (end - trailer.table) % pack_entry_bytes != 0)
    return std::nullopt;
  return trailer;
}

PackEntry take_entry(NumberReader& reader) {
  PackEntry entry;
  for (std::uint8_t& byte : entry.hash.bytes) byte = reader.take<std::uint8_t>();
  entry.offset = reader.take<std::uint64_t>();
  entry.height = reader.take<std::uint32_t>();
  entry.width = reader.take<std::uint32_t>();
  entry.channels = reader.take<std::uint32_t>();
  entry.checksum = reader.take<std::uint32_t>();
  return entry;
}

// Sides are bounded so that no product of them overflows.
bool is_entry(const PackEntry& entry, std::uint64_t offset, std::uint64_t end) {
  const auto is_within = [](std::uint32_t value, std::uint32_t most) { return value >= 1 && value <= most; };
  return is_within(entry.height, largest_pack_side) && is_within(entry.width, largest_pack_side) &&
         is_within(entry.channels, most_pack_channels) && entry.offset == offset && entry.slot_bytes() <= end - offset;
}

}  // namespace

std::string pack_head(std::string_view about) {
  RESLAB_ASSERT(about.size() <= most_about_bytes, about.size(), " bytes");
  std::string rest;
  append_number<std::uint32_t>(rest, static_cast<std::uint32_t>(about.size()));
  rest += about;
  rest.resize(pack_page - head_checksum_end);
  std::string head(pack_magic);
  append_number<std::uint32_t>(head, checksum_of(rest));
  return head + rest;
}

std::string pack_tail(std::span<const PackEntry> entries) {
  std::string table;
  std::uint64_t end = pack_page;
  for (const PackEntry& entry : entries) {
    for (const std::uint8_t byte : entry.hash.bytes) table += static_cast<char>(byte);
    append_number<std::uint64_t>(table, entry.offset);
    append_number<std::uint32_t>(table, entry.height);
    append_number<std::uint32_t>(table, entry.width);
    append_number<std::uint32_t>(table, entry.channels);
    append_number<std::uint32_t>(table, entry.checksum);
    end = entry.offset + entry.slot_bytes();
  }
  std::string trailer;
  append_number<std::uint64_t>(trailer, end);
  append_number<std::uint64_t>(trailer, entries.size());
  append_number<std::uint32_t>(trailer, checksum_of(table));
  append_number<std::uint32_t>(trailer, checksum_of(trailer));
  return table + trailer + std::string(pack_magic);
}

std::optional<std::vector<PackEntry>> parse_pack(std::span<const std::byte> file, std::string_view about) {
  if (file.size() < pack_page + pack_trailer_bytes || about.size() > most_about_bytes) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.substr(0, pack_page) != pack_head(about)) return std::nullopt;
  const std::optional<Trailer> trailer = parse_trailer(text);
  if (!trailer) return std::nullopt;
  const std::string_view table = text.substr(static_cast<std::size_t>(trailer->table),
                                             static_cast<std::size_t>(trailer->entries) * pack_entry_bytes);
  if (checksum_of(table) != trailer->checksum) return std::nullopt;
  std::vector<PackEntry> entries;
  entries.reserve(static_cast<std::size_t>(trailer->entries));
  NumberReader reader(table);
  std::uint64_t offset = pack_page;
  for (std::uint64_t i = 0; i < trailer->entries; ++i) {
    const PackEntry entry = take_entry(reader);
    if (!is_entry(entry, offset, trailer->table)) return std::nullopt;
    offset += entry.slot_bytes();
    entries.push_back(entry);
  }
  return offset == trailer->table ? std::optional(std::move(entries)) : std::nullopt;
}

}  // namespace reslab::pictures
