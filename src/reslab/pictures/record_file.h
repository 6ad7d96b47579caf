// A small file of records that are found by a key: what the cache remembers between two starts. It is only ever a copy
// of what can be found out again, so a file that is damaged, cut, of another version or of other options is none.
//
//   write_record_file(path, "reslab facts 1", options, {{key, value}, …});
//   std::optional<RecordFile> file = read_record_file(path, "reslab facts 1", options);
//   if (file) if (auto value = file->find(key)) use(*value);
//
// Layout, little-endian: u32 length and bytes of the kind, the same for `about`, u64 number of records; for each, in
// the order of their keys, u32 size of its key, u32 size of its value, key, value, together at least 32 bytes; u32
// CRC-32C of all before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::pictures {

/// A bound for a file about so many pictures: more than they can fill, and enough for some that are gone by now.
/// `key_bytes`: of all their keys.
constexpr std::uint64_t most_record_bytes(std::uint64_t pictures, std::uint64_t key_bytes) {
  constexpr std::uint64_t base = std::uint64_t{128} << 20, a_picture = 1'200;  // a reason has 1,000 bytes at most
  return base + a_picture * pictures + 4 * key_bytes;
}

/// Thread safety: const functions may be called at once.
class RecordFile {
 public:
  /// Nothing unless `bytes` is such a file to the last byte, of that kind and `about`. It takes 8 bytes a record, of at
  /// least 40, beside the bytes themselves.
  static std::optional<RecordFile> parse(std::vector<std::byte> bytes, std::string_view kind, std::string_view about);

  std::size_t size() const { return places_.size(); }

  struct Record {
    std::string_view key, value;
  };
  /// `place` in [0, size()); views into this object.
  Record at(std::size_t place) const;

  std::optional<std::string_view> find(std::string_view key) const;

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::uint64_t> places_;  // of the records in bytes_
};

using Records = std::map<std::string, std::string>;

/// The text of such a file.
std::string record_text(std::string_view kind, std::string_view about, const Records& records);

/// Durably, whatever its size. Throws core::FileRefused where the system refuses it.
void write_record_file(const std::filesystem::path& path, std::string_view kind, std::string_view about,
                       const Records& records);

struct RecordReadOptions {
  std::uint64_t limit = most_record_bytes(0, 0);     ///< bytes; a larger file isn't read
  std::function<void(const std::string&)> say = {};  ///< gets a sentence where one is too large
};

/// Nothing where it isn't there, can't be read, is too large, or isn't such a file.
std::optional<RecordFile> read_record_file(const std::filesystem::path& path, std::string_view kind,
                                           std::string_view about, const RecordReadOptions& options = {});

}  // namespace reslab::pictures
