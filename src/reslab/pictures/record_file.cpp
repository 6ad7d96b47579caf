#include "reslab/pictures/record_file.h"

#include <algorithm>
#include <utility>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/number_bytes.h"

namespace reslab::pictures {
namespace {

// Records have a least size, so that the list of their places is small beside them.
constexpr std::size_t checksum_bytes = 4, record_head_bytes = 8, least_record_bytes = 32;

void append_text(std::string& to, std::string_view text) {
  append_number<std::uint32_t>(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

std::string_view take_record_text(NumberReader& reader) { return reader.take_text(reader.take<std::uint32_t>()); }

}  // namespace

std::optional<RecordFile> RecordFile::parse(std::vector<std::byte> bytes, std::string_view kind,
                                            std::string_view about) {
  if (bytes.size() < checksum_bytes) return std::nullopt;
  const std::size_t size = bytes.size() - checksum_bytes;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (NumberReader(text.substr(size)).take<std::uint32_t>() != core::crc32c(std::span(bytes).first(size)))
    return std::nullopt;
  NumberReader reader(text.substr(0, size));
  if (take_record_text(reader) != kind || take_record_text(reader) != about) return std::nullopt;
  const auto count = reader.take<std::uint64_t>();
  if (count > reader.rest().size() / (record_head_bytes + least_record_bytes)) return std::nullopt;
  RecordFile file;
  file.places_.reserve(static_cast<std::size_t>(count));
  std::string_view before;
  for (std::uint64_t i = 0; i < count; ++i) {
    file.places_.push_back(size - reader.rest().size());
    const auto key_size = reader.take<std::uint32_t>(), value_size = reader.take<std::uint32_t>();
    const std::string_view key = reader.take_text(key_size);
    const std::string_view value = reader.take_text(value_size);
    if (reader.failed() || key.size() + value.size() < least_record_bytes || (i > 0 && key <= before))
      return std::nullopt;
    before = key;
  }
  if (!reader.is_whole()) return std::nullopt;
  file.bytes_ = std::move(bytes);
  return file;
}

RecordFile::Record RecordFile::at(std::size_t place) const {
  RESLAB_ASSERT(place < places_.size(), place, " of ", places_.size());
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  NumberReader reader(text.substr(static_cast<std::size_t>(places_[place])));
  const auto key_size = reader.take<std::uint32_t>(), value_size = reader.take<std::uint32_t>();
  Record record{.key = reader.take_text(key_size)};
  record.value = reader.take_text(value_size);
  return record;
}

std::optional<std::string_view> RecordFile::find(std::string_view key) const {
  std::size_t low = 0, high = places_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle).key < key)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == places_.size() || at(low).key != key) return std::nullopt;
  return at(low).value;
}

std::string record_text(std::string_view kind, std::string_view about, const Records& records) {
  std::string text;
  append_text(text, kind);
  append_text(text, about);
  append_number<std::uint64_t>(text, records.size());
  for (const auto& [key, value] : records) {
    append_number<std::uint32_t>(text, static_cast<std::uint32_t>(key.size()));
    append_number<std::uint32_t>(text, static_cast<std::uint32_t>(value.size()));
    text += key;
    text += value;
  }
  append_number<std::uint32_t>(text, core::crc32c(std::as_bytes(std::span(text))));
  return text;
}

void write_record_file(const std::filesystem::path& path, std::string_view kind, std::string_view about,
                       const Records& records) {
  core::write_file(path, record_text(kind, about, records));
}

std::optional<RecordFile> read_record_file(const std::filesystem::path& path, std::string_view kind,
                                           std::string_view about, const RecordReadOptions& options) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > options.limit) {
    if (options.say)
      options.say(core::concatenate(path.string(), " isn't used, since it has ", core::size_text(size),
                                    ", and what it is about takes ", core::size_text(options.limit),
                                    " at most: the pictures are looked through again, which costs time alone"));
    return std::nullopt;
  }
  try {
    return RecordFile::parse(core::read_bytes(path, static_cast<std::size_t>(options.limit)), kind, about);
  } catch (const core::UserError&) {
    return std::nullopt;  // there is none, or none that can be read: it costs a second look at the pictures
  }
}

}  // namespace reslab::pictures
