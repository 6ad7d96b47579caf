#include "reslab/pictures/file_index.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "reslab/pictures/number_bytes.h"

namespace reslab::pictures {
namespace {

// The kinds that this build tells apart, and which of them it reads: files of other kinds were given no hash.
std::string kinds_text() {
  std::string text;
  for (int i = 0; i <= static_cast<int>(FileKind::special); ++i) {
    const auto kind = static_cast<FileKind>(i);
    text += std::string(name_of(kind)) + (is_read(kind) ? " is read\n" : "\n");
  }
  return text;
}

}  // namespace

std::string encode_examined(const Examined& found) {
  std::string value;
  append_number<std::uint64_t>(value, found.stamp.size);
  append_number<std::int64_t>(value, found.stamp.modified);
  append_number<std::int64_t>(value, found.stamp.status_changed);
  append_number<std::uint64_t>(value, found.stamp.inode);
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(found.kind));
  append_number<std::uint64_t>(value, found.bytes);
  for (const std::uint8_t byte : found.hash.bytes) value += static_cast<char>(byte);
  return value;
}

std::optional<Examined> decode_examined(std::string_view value) {
  NumberReader reader(value);
  Examined found;
  found.stamp.size = reader.take<std::uint64_t>();
  found.stamp.modified = reader.take<std::int64_t>();
  found.stamp.status_changed = reader.take<std::int64_t>();
  found.stamp.inode = reader.take<std::uint64_t>();
  const auto kind = reader.take<std::uint8_t>();
  found.bytes = reader.take<std::uint64_t>();
  for (std::uint8_t& byte : found.hash.bytes) byte = reader.take<std::uint8_t>();
  if (!reader.is_whole() || kind > static_cast<std::uint8_t>(FileKind::special)) return std::nullopt;
  found.kind = static_cast<FileKind>(kind);
  return found;
}

FileIndex::FileIndex(std::filesystem::path path, FileIndexOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (!options_.root.empty() && !options_.root.ends_with('/')) options_.root += '/';
}

void FileIndex::expect(std::uint64_t files, std::uint64_t path_bytes) {
  if (std::exchange(read_, true)) return;
  before_ = read_record_file(path_, file_index_kind, kinds_text(),
                             {.limit = most_record_bytes(files, path_bytes), .say = options_.say});
}

std::string FileIndex::key_of(const std::string& path) const {
  return path.starts_with(options_.root) ? path.substr(options_.root.size()) : path;
}

std::optional<Examined> FileIndex::find(const std::string& path, const FileStamp& stamp) {
  if (!before_) return std::nullopt;
  const std::optional<std::string_view> value = before_->find(key_of(path));
  std::optional<Examined> found = value ? decode_examined(*value) : std::nullopt;
  if (!found || found->stamp != stamp) return std::nullopt;
  const std::lock_guard lock(mutex_);
  now_.insert_or_assign(key_of(path), std::string(*value));
  return found;
}

void FileIndex::remember(const std::string& path, const Examined& found) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (std::max(found.stamp.modified, found.stamp.status_changed) + options_.settle > now) return;
  const std::lock_guard lock(mutex_);
  now_.insert_or_assign(key_of(path), encode_examined(found));
  changed_ = true;
}

void FileIndex::save() {
  const std::lock_guard lock(mutex_);
  if (!changed_ && before_ && before_->size() == now_.size()) return;
  if (!changed_ && !before_ && now_.empty()) return;
  write_record_file(path_, file_index_kind, kinds_text(), now_);
  changed_ = false;
}

}  // namespace reslab::pictures
